# One image for the API, the dashboard and the workers; docker-compose.yml says which command runs.
# PyPI's torch carries its own CUDA libraries; TORCH_INDEX=https://download.pytorch.org/whl/cpu gives a small CPU image.
FROM python:3.11.11-slim-bookworm

ARG TORCH_INDEX=""
ARG EXTRAS="demo"
ENV PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 LINGUA_ATLAS_DATA=/data HF_HOME=/data/huggingface

RUN useradd --create-home --uid 1000 atlas && mkdir /data && chown atlas /data
WORKDIR /app
COPY pyproject.toml README.md LICENSE constraints.txt ./
RUN pip install -c constraints.txt torch ${TORCH_INDEX:+--index-url "$TORCH_INDEX"}
COPY backend ./backend
COPY frontend ./frontend
COPY workers ./workers
RUN pip install -c constraints.txt ".[${EXTRAS}]"

USER atlas
VOLUME /data
CMD ["lingua-atlas", "--help"]
