"""`/models`, `/corpora`, `/analyses`, `/capabilities` and `/health`."""

from __future__ import annotations

from typing import Annotated

import redis
from fastapi import APIRouter, Query

from backend.catalog import analyses, service
from backend.contracts.models import (
    AnalysisList,
    Capabilities,
    CorpusLines,
    CorpusList,
    ModelDescription,
    ModelList,
)
from backend.contracts.redis_problems import redis_problem, redis_state
from backend.dependencies import CorporaOf, ModelsOf, RedisOf, SettingsOf
from backend.openapi import problems

router = APIRouter(tags=["catalog"])


@router.get("/models")
def list_models(models: ModelsOf) -> ModelList:
    """Opened models, newest first, with the state of their files."""
    listed = models.listed()
    return ModelList(models=tuple(service.summary_of(one, models) for one in listed.entries), broken=listed.broken)


@router.get("/models/{name}", responses=problems(404))
def describe_model(name: str, models: ModelsOf) -> ModelDescription:
    """Shape, matrices, sides, licence and identity of one opened model."""
    return models.named(name)


@router.get("/corpora")
def list_corpora(corpora: CorporaOf) -> CorpusList:
    """Corpora that a request can name; a broken one says why."""
    return CorpusList(corpora=corpora.summaries())


@router.get("/corpora/{name}/lines", responses=problems(404, 409))
def read_lines(
    name: str,
    corpora: CorporaOf,
    start: Annotated[int, Query(ge=0, le=2**53)] = 0,
    stop: Annotated[int | None, Query(ge=1, le=2**53)] = None,
    languages: Annotated[list[str], Query(max_length=100, description="None: all of them.")] = [],  # noqa: B006
) -> CorpusLines:
    """Aligned lines of a corpus, at most 1000 at a time."""
    return service.lines_of(corpora, name, start, stop, languages)


@router.get("/analyses")
def list_analyses() -> AnalysisList:
    """Every kind of question: what it computes, its schema and an example."""
    return AnalysisList(analyses=analyses.described())


@router.get("/capabilities", responses=problems(503))
def describe_capabilities(settings: SettingsOf, connection: RedisOf) -> Capabilities:
    """Workers and their devices, waiting jobs, disk."""
    return service.capabilities(settings, connection)


@router.get("/health")
def health(connection: RedisOf) -> dict[str, str]:
    """Whether the API and its Redis are up and take writes; needs no token, always 200 while the API lives."""
    try:
        connection.set("lingua-atlas:health", "", ex=60)
    except redis.RedisError as error:
        state = redis_state(error) or "down"
        return {"status": "degraded", "redis": state, "problem": redis_problem(state).problem.detail}
    return {"status": "ok", "redis": "up"}
