"""Every page that can be linked has a view, also before anything is stored or open."""

from __future__ import annotations

from importlib import import_module

import pytest

from backend.contracts.problems import KnownError
from frontend import urls
from frontend.urls import Page
from tests.frontend.fake_api import MODEL, FakeApi
from tests.frontend.pages.test_reproduction_page import Api
from tests.frontend.views.holds import holds

MINE = (
    Page.START, Page.LANGUAGES, Page.NEURONS, Page.TASKS, Page.DEVELOPMENT, Page.COMPARE, Page.REPRODUCTION, Page.RUNS,
)  # fmt: skip
NEEDS_A_MODEL = {Page.LANGUAGES, Page.NEURONS, Page.TASKS, Page.COMPARE, Page.REPRODUCTION}


@pytest.mark.parametrize("page", MINE)
def test_a_page_without_results_says_so(page: Page) -> None:
    view = holds(urls.link(page), Api(views={"tasks": ()}))
    assert callable(import_module(f"frontend.views.{page.value}").view)
    assert MODEL in view.lead + view.address or page in (Page.DEVELOPMENT, Page.RUNS)


@pytest.mark.parametrize("page", MINE)
def test_a_page_without_a_model_names_the_way_out(page: Page) -> None:
    api = FakeApi(models=(), views={"tasks": ()})
    if page not in NEEDS_A_MODEL:
        assert holds(urls.link(page), api).tables or page is Page.DEVELOPMENT
        return
    with pytest.raises(KnownError) as told:
        holds(urls.link(page), api)
    assert told.value.problem.code == "no_model" and "start page" in told.value.problem.hint
