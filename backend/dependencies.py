"""What the lifespan of the app opened, as parameters of the routes."""

from __future__ import annotations

from typing import Annotated

import redis
from fastapi import Depends, Request

from backend.artifacts.corpora import Corpora
from backend.artifacts.imports import Imports
from backend.artifacts.models import ModelEntries
from backend.artifacts.results import ResultStore
from backend.results.service import ResultViews
from backend.settings import Settings


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def _redis(request: Request) -> redis.Redis:
    connection: redis.Redis = request.app.state.redis
    return connection


def _store(request: Request) -> ResultStore:
    store: ResultStore = request.app.state.store
    return store


def _models(request: Request) -> ModelEntries:
    models: ModelEntries = request.app.state.models
    return models


def _corpora(request: Request) -> Corpora:
    corpora: Corpora = request.app.state.corpora
    return corpora


def _imports(request: Request) -> Imports:
    return Imports(_settings(request).layout.imports)


def _views(request: Request) -> ResultViews:
    views: ResultViews = request.app.state.views
    return views


SettingsOf = Annotated[Settings, Depends(_settings)]
RedisOf = Annotated[redis.Redis, Depends(_redis)]
StoreOf = Annotated[ResultStore, Depends(_store)]
ModelsOf = Annotated[ModelEntries, Depends(_models)]
CorporaOf = Annotated[Corpora, Depends(_corpora)]
ImportsOf = Annotated[Imports, Depends(_imports)]
ViewsOf = Annotated[ResultViews, Depends(_views)]
