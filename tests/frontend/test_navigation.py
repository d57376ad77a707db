"""The header and the tabs offer exactly the pages that are there."""

from frontend import navigation, router, shell, urls
from frontend.app import PAGES
from frontend.urls import Page
from tests.frontend.fake_api import FakeApi
from tests.frontend.test_pages import text

EVERY = tuple(urls.PATHS.values())


def test_every_registered_page_can_be_reached_and_no_other_is_offered():
    known = [page.PATH for page in PAGES]
    offered = {urls.PATHS[place.page] for place in navigation.places(known)}
    offered |= {
        urls.PATHS[tab.page] for head in navigation.FAMILIES for tab in navigation.tabs(urls.PATHS[head], known)
    }
    offered |= {urls.PATHS[place.page] for place in navigation.ASIDE}
    assert offered == set(known)


def test_a_family_is_shown_on_each_of_its_pages_alone():
    family = (Page.REGIONS, Page.COMBINE, Page.DIMENSIONS, Page.ESTIMATORS)
    assert tuple(tab.page for tab in navigation.tabs("/estimators", EVERY)) == family
    languages = (Page.LANGUAGES, Page.NEURONS, Page.TASKS, Page.DEVELOPMENT)
    assert tuple(tab.page for tab in navigation.tabs("/tasks", EVERY)) == languages
    assert navigation.tabs("/atlas", EVERY) == ()
    assert shell.family_tabs("/regions", ["/", "/regions"]) is None
    assert '"aria-current": "page"' in text(shell.family_tabs("/regions", EVERY))


def test_every_page_of_a_family_marks_the_link_that_leads_to_it():
    assert navigation.heads()["/combine"] == {"head": "/regions", "name": "Combine"}


def test_tabs_stand_above_the_page():
    shown = text(router.show_page("/regions", "", None, pages=PAGES, api=FakeApi()))
    has_tabs = len(navigation.tabs("/regions", [page.PATH for page in PAGES])) > 1
    assert ("atlas-tab" in shown) == has_tabs
