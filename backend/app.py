"""The API: opens what lives as long as it does, mounts the routers, answers every failure. No logic."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import redis
import redis.asyncio
from fastapi import FastAPI
from redis.backoff import ConstantBackoff
from redis.retry import Retry
from starlette.middleware.gzip import GZipMiddleware

from backend import errors, openapi
from backend.artifacts.corpora import Corpora
from backend.artifacts.imports import Imports
from backend.artifacts.models import ModelEntries
from backend.artifacts.results import ResultStore
from backend.artifacts.tasks import Tasks
from backend.catalog.router import router as catalog
from backend.catalog.service import installed_version
from backend.doors import BodyLimit, Doors
from backend.families.records import Records
from backend.families.router import router as families
from backend.families.service import Developments, advance_forever
from backend.jobs.fanout import Fanout
from backend.jobs.leftovers import sweep_at_start
from backend.jobs.reaper import Reaper, reap_forever
from backend.jobs.removal_router import router as removal
from backend.jobs.router import router as jobs
from backend.jobs.service import JobService
from backend.protection import TokenCheck
from backend.reports.router import router as reports
from backend.reproduction.router import router as reproduction
from backend.reproduction.service import Reproductions
from backend.results.regions_router import UPLOADS
from backend.results.router import router as results
from backend.results.service import ResultViews
from backend.settings import Settings
from backend.tagging import Tags
from backend.tasks.router import PATH as TASKS
from backend.tasks.router import router as tasks
from backend.training.router import router as training

REDIS_TIMEOUT_SECONDS = 5.0
REDIS_RETRY = Retry(ConstantBackoff(0.4), 2)
"""A restart of Redis is bridged; one that stays away is told within a second, where redis-py would try for five."""
COMPRESS_LEVEL = 4


def create_app(settings: Settings) -> FastAPI:
    """The whole API for one data root and one Redis."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        _open(app, settings)
        reaping = asyncio.create_task(reap_forever(Reaper(app.state.jobs)))
        advancing = asyncio.create_task(advance_forever(app.state.developments))
        sweeping = asyncio.create_task(sweep_at_start(settings.layout, app.state.jobs))
        try:
            yield
        finally:
            reaping.cancel()
            advancing.cancel()
            sweeping.cancel()
            app.state.redis.close()
            await app.state.fanout.close()
            await app.state.redis_async.aclose()

    app = FastAPI(
        title="Lingua Atlas",
        version=installed_version(),
        description="The linguistic regions of a language model: ask, watch, look.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    for router in (jobs, removal, results, catalog, reproduction, training, tasks, families, reports):
        app.include_router(router)
    errors.install(app)
    openapi.install(app, token=settings.token is not None)
    app.add_middleware(Tags)
    app.add_middleware(GZipMiddleware, compresslevel=COMPRESS_LEVEL)
    app.add_middleware(
        BodyLimit,
        limit_bytes=settings.max_body_bytes,
        limits_by_path=dict.fromkeys((UPLOADS, TASKS), settings.max_import_bytes),
    )
    if settings.token is not None:
        app.add_middleware(TokenCheck, token=settings.token)
    app.add_middleware(Doors)
    return app


def _open(app: FastAPI, settings: Settings) -> None:
    state = app.state
    state.settings = settings
    state.redis = redis.Redis.from_url(
        settings.redis_url,
        socket_timeout=REDIS_TIMEOUT_SECONDS,
        socket_connect_timeout=REDIS_TIMEOUT_SECONDS,
        retry=REDIS_RETRY,
    )
    # Followers of a stream wait longer than any timeout; they notice a lost Redis by the closed socket.
    state.redis_async = redis.asyncio.Redis.from_url(
        settings.redis_url, socket_connect_timeout=REDIS_TIMEOUT_SECONDS, socket_timeout=None
    )
    state.fanout = Fanout(state.redis_async)
    state.store = ResultStore(settings.layout.results)
    state.models = ModelEntries(settings.layout.models)
    state.corpora = Corpora((settings.layout.corpora, *settings.corpus_roots))
    state.views = ResultViews(state.store, state.models, settings.layout.pyramids)
    state.jobs = JobService(
        state.redis,
        store=state.store,
        models=state.models,
        corpora=state.corpora,
        imports=Imports(settings.layout.imports),
        tasks=Tasks(settings.layout.tasks),
        model_roots=(*settings.layout.own_models, *settings.model_roots),
        job_seconds=settings.job_seconds,
    )
    state.reproductions = Reproductions(
        store=state.store, models=state.models, corpora=state.corpora, jobs=state.jobs, rows=state.views.rows
    )
    state.developments = Developments(
        jobs=state.jobs,
        records=Records(state.redis),
        layout=settings.layout,
        tasks=Tasks(settings.layout.tasks),
        model_roots=(*settings.layout.own_models, *settings.model_roots),
    )
