"""Short addresses: what is cut can be found again, what cannot is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.contracts.problems import KnownError
from backend.contracts.vocabulary import JobState
from frontend import router, urls
from frontend.addresses import expanded, host_of, owned, readable, shortened
from frontend.pages import dimensions, runs
from tests.frontend import dimension_samples
from tests.frontend.fake_api import MODEL, FakeApi
from tests.frontend.test_pages import text

KEY, TWIN, OTHER = "0123456789" + "a" * 10, "0123456789" + "b" * 10, "fedcba9876" + "c" * 10


class Keys:
    """An API that knows keys and counts the questions."""

    def __init__(self, *keys: str) -> None:
        self.keys = keys
        self.n_asked = 0

    def keys_beginning(self, beginnings):
        self.n_asked += 1
        return {one: tuple(key for key in self.keys if key.startswith(one)) for one in beginnings}


def test_a_beginning_is_completed_wherever_a_key_may_stand():
    api = Keys(KEY, OTHER)
    query = {"model": "tiny", "result": KEY[:8], "regions": f"core,{OTHER[:7]},{KEY}", "changes": f"{KEY[:9]}:de"}
    assert expanded(query, api) == {
        "model": "tiny", "result": KEY, "regions": f"core,{OTHER},{KEY}", "changes": f"{KEY}:de",
    }  # fmt: skip
    assert api.n_asked == 1


@pytest.mark.parametrize(
    "query",
    [{}, {"result": KEY}, {"region": "new"}, {"model": "deadbee"}, {"languages": "de,en"}, {"key": "0123456"[:6]}],
)
def test_nothing_is_asked_where_nothing_is_short(query):
    api = Keys(KEY)
    assert expanded(query, api) == query
    assert api.n_asked == 0


def test_an_ambiguous_beginning_names_its_candidates():
    with pytest.raises(KnownError) as refused:
        expanded({"result": KEY[:8]}, Keys(KEY, TWIN))
    assert KEY in refused.value.problem.detail and TWIN in refused.value.problem.detail
    assert "more of its digits" in refused.value.problem.hint


def test_a_beginning_of_nothing_is_told_on_the_page():
    page = text(router.show_page("/runs", f"?job={KEY[:8]}", None, pages=[runs], api=Keys()))
    assert f"begins with {KEY[:8]}" in page and "Runs lists those" in page


def test_an_address_is_cut_to_what_tells_it_apart():
    address = urls.link("atlas", model="tiny", result=KEY, regions=(OTHER, "core"), layer="")
    assert shortened("http://127.0.0.1:8050" + address, Keys(KEY, OTHER)) == (
        f"/atlas?model=tiny&result={KEY[:8]}&regions={OTHER[:8]},core"
    )
    assert shortened(f"/runs?job={KEY}", Keys(KEY, TWIN)) == f"/runs?job={KEY[:11]}"
    assert shortened(f"/runs?job={KEY}", Keys()) == f"/runs?job={KEY}"
    assert shortened("/", Keys()) == "/"


@given(
    keys=st.lists(st.text("01", min_size=20, max_size=20), min_size=1, max_size=6, unique=True),
    prompt=st.text(max_size=30),
)
def test_what_was_shortened_is_the_same_view(keys, prompt):
    api = Keys(*keys)
    query = {"result": keys[0], "regions": ",".join(keys), "prompt": prompt, "pair": "de,en"}
    path, short = urls.split(shortened(readable("/touch", query), api))
    assert path == "/touch"
    assert expanded(short, api) == {name: value for name, value in query.items() if value}


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.text(min_size=1, max_size=20), max_size=4))
def test_readable_addresses_may_be_kept_in_a_report(query):
    from backend.contracts.reports import NewItem

    address = readable("/touch", query)
    assert NewItem(address=address, title="x").address == address
    assert urls.split(address)[1] == query


def test_the_host_is_told_apart():
    assert host_of("https://atlas.example:8443/atlas?x=1") == "https://atlas.example:8443"
    assert host_of("/atlas?x=1") == ""


def test_a_result_stands_under_its_own_model_whichever_was_chosen_last():
    api = FakeApi()
    key = api.result_with(dimension_samples.SCAN, dimension_samples.scan()).key
    job = api.job_with(dimension_samples.SWEEP, JobState.RUNNING).key
    for query in ({"result": key}, {"runs": f"{key},{OTHER}"}, {"key": job}):
        assert owned(query, api) == query | {"model": MODEL}
    for query in ({}, {"result": OTHER}, {"result": key, "model": "another"}, {"result": key, "models": "a,b"}):
        assert owned(query, api) == query
    shown = text(router.show_page("/dimensions", f"?result={key}", "another", pages=[dimensions], api=api))
    assert "one scalar at a time" in shown and "another" not in shown
    assert router.fill_model_switcher(None, f"?result={key}", "another", api=api)[1] == MODEL


def test_a_result_without_a_page_of_its_own_opens_in_runs():
    api = FakeApi()
    key = api.result_with(dimension_samples.SCAN, dimension_samples.scan()).key
    for name in ("job", "result"):
        drawer = text(runs.layout({name: key}, api))
        assert '"opened": true' in drawer and "Where it comes from" in drawer
    assert urls.open_result("perplexity", key, MODEL) == f"/runs?job={key}"
