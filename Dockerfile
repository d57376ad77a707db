# One image for the API, the dashboard and the workers; docker-compose.yml says which command runs.
# PyPI's torch carries its own CUDA libraries; TORCH_INDEX=https://download.pytorch.org/whl/cpu gives a small CPU image.
FROM python:3.11-slim

ARG TORCH_INDEX=""
ARG EXTRAS="demo"
ENV PIP_NO_CACHE_DIR=1 PYTHONUNBUFFERED=1 LINGUA_ATLAS_DATA=/data HF_HOME=/data/huggingface

RUN useradd --create-home --uid 1000 atlas && mkdir /data && chown atlas /data
WORKDIR /app
RUN pip install "torch>=2.6,<2.14" ${TORCH_INDEX:+--index-url "$TORCH_INDEX"}
COPY pyproject.toml README.md LICENSE ./
COPY backend ./backend
COPY frontend ./frontend
COPY workers ./workers
RUN pip install ".[${EXTRAS}]"

USER atlas
VOLUME /data
CMD ["lingua-atlas", "--help"]
