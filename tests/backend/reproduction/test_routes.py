"""`/published` and `/reproductions` on a data root with a tiny model."""

from __future__ import annotations

from backend.contracts.published import PublishedList, PublishedTable
from backend.contracts.reproduction import ExperimentList, Reproduction


def test_published_tables_are_listed_and_read(api):
    entries = PublishedList.model_validate_json(api.get("/published").content).tables
    assert [entry.name for entry in entries][:2] == ["table-1", "table-2"]
    assert {entry.name: entry.n_numbers for entry in entries}["table-14"] == 240
    table = PublishedTable.model_validate_json(api.get("/published/table-14").content)
    assert len(table.parts[0].rows) == 30
    assert api.get("/published/table-99").json()["code"] == "unknown_table"


def test_a_reproduction_names_its_jobs_and_submits_none(api):
    experiments = ExperimentList.model_validate_json(api.get("/reproductions").content).experiments
    for one in experiments:
        answer = api.get(f"/reproductions/{one.name}", params={"model": "tiny"})
        assert answer.status_code == 200, answer.json()
        found = Reproduction.model_validate_json(answer.content)
        assert found.steps and all(step.state is None and step.key for step in found.steps)
        assert found.conditions.samples == 60 and found.conditions.lines == 40
    assert api.get("/jobs").json()["jobs"] == []


def test_what_cannot_be_reproduced_says_why(api):
    for path, params, code in (
        ("table-99", {"model": "tiny"}, "unknown_reproduction"),
        ("table-1", {"model": "nobody"}, "unknown_model"),
        ("table-1", {"model": "tiny", "corpus": "none"}, "unknown_corpus"),
        ("table-1", {"model": "tiny", "samples": 99}, "out_of_range"),
        ("b-figure-2", {"model": "tiny", "sentences": 61}, "out_of_range"),
        ("b-table-1", {"model": "tiny", "languages": ["en", "zh"]}, "too_few_languages"),
        ("b-figure-4", {"model": "tiny", "members": ["tiny"]}, "no_step"),
        ("b-figure-7", {"model": "tiny", "members": ["nobody"]}, "unknown_model"),
        ("table-1", {"model": "tiny", "languages": ["xx"]}, "unknown_language"),
    ):
        answer = api.get(f"/reproductions/{path}", params=params)
        assert answer.json()["code"] == code, answer.json()
