from __future__ import annotations

from backend.contracts.perplexity_words import lost
from backend.results.perplexity_tables import removal as exported
from frontend.figures.numbers import perplexity_text, ratio_text
from frontend.figures.removal import removal_table
from tests.backend.atlas_folder import removal_request
from tests.frontend.samples import removal, row


def with_vocabulary(n_vocabulary: int):  # type: ignore[no-untyped-def]
    given = removal()
    update = {"n_vocabulary": n_vocabulary}
    conditions = [
        one.model_copy(update={"rows": tuple(each.model_copy(update=update) for each in one.rows)})
        for one in given.conditions
    ]
    return given.model_copy(update={"conditions": tuple(conditions)})


def test_beyond_the_vocabulary_a_perplexity_is_lost_and_only_its_order_is_told() -> None:
    assert lost(3.2e11, 262_144) == "lost (10¹¹)"
    assert lost(262_144.0, 262_144) is None and lost(262_145.0, 262_144) == "lost (10⁵)"
    assert lost(None, 262_144) is None and lost(1e9, None) is None and lost(float("inf"), 10) is None
    assert perplexity_text(21.5, 262_144) == "21.5000"


def test_page_and_export_say_lost_alike() -> None:
    summary = with_vocabulary(1000)
    assert removal_table(summary).lines[1].cells[1].text == "lost (10¹¹)"
    assert removal_table(summary, bits_per_byte=True).lines[1].cells[1].text != "lost (10¹¹)"
    assert "lost (10¹¹)" in exported(summary, removal_request()).rows[1]
    assert "perplexity lost (10¹¹)" in removal_table(summary).lines[1].cells[1].hover


def test_a_ratio_says_its_interval_and_what_was_drawn() -> None:
    found = row("de", 30.0).model_copy(
        update={"ratio": 1.5, "ratio_low": 1.42, "ratio_high": 1.61, "bits_added": 0.25, "resampled": "documents"}
    )
    assert ratio_text(found) == "×1.50 (1.42 to 1.61 over documents)"
    given = removal()
    top = given.conditions[1].model_copy(
        update={"rows": (found.model_copy(update={"language": "ar"}), *given.conditions[1].rows[1:])}
    )
    table = given.model_copy(update={"conditions": (given.conditions[0], top, *given.conditions[2:])})
    assert "×1.50 (1.42 to 1.61 over documents), +0.25 bits per byte" in removal_table(table).lines[0].cells[1].hover
    told = exported(table, removal_request())
    head = dict(zip(told.columns, told.rows[0], strict=True))
    assert (head["top ratio"], head["top ratio low"], head["top ratio high"]) == (1.5, 1.42, 1.61)
    assert (head["top bits per byte added"], head["Tokens per byte"]) == (0.25, 0.5)
