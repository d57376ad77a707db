"""One small stored result for every page, so that a test can look at all of them as a researcher does."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from backend.contracts.requests import Request
from backend.contracts.vocabulary import JobState
from frontend import urls
from tests.end_to_end.stack import Stack
from tests.fakes import write_corpus

CORPUS = "nine"
LANGUAGES = ("ar", "de", "en", "es", "fr", "he", "ja", "ru", "zh")
PROMPTS = {
    "ar": "تقع جامعة فودان في", "he": "אוניברסיטת פודאן נמצאת ב", "zh": "复旦大学位于", "ja": "復旦大学は",
    "ko": "푸단 대학교는", "th": "มหาวิทยาลัยฟู่ตันตั้งอยู่ที่", "hi": "फ़ुदान विश्वविद्यालय स्थित है", "en": "Fudan is",
}  # fmt: skip
"""Both directions, four scripts without spaces or with marks."""


def requests(stack: Stack) -> dict[str, dict[str, Any]]:
    """What is asked, by a name of its own."""
    model, lines = stack.model.name, {"corpus": CORPUS, "start": 0, "stop": 4}
    scores = {"model": model, "lines": lines}
    core = {"scores": scores, "languages": ["de", "en"], "fraction": 0.05}
    region = {"kind": "region", "region": core, "selection": "top"}
    evaluation = {"lines": {"corpus": CORPUS, "start": 4, "stop": 6}, "languages": ["ar", "en", "zh"]}
    neurons = {"activations": {"model": model, "lines": lines}, "languages": list(LANGUAGES), "threshold": 1.3}
    edits = [{"where": {"target": "dimension", "side": "residual", "index": 3}, "action": "zero"}]
    prompts = [{"language": language, "text": text} for language, text in PROMPTS.items()]
    short = {"max_new_tokens": 8}
    return {
        "region": region,
        "removal": {"kind": "removal", "region": core, "evaluation": evaluation},
        "structured_removal": {
            "kind": "structured_removal", "ranking": {"region": region, "setting": "head"}, "counts": [1],
            "evaluation": evaluation,
        },
        "sweep": {
            "kind": "sweep", "model": model, "action": "random", "evaluation": evaluation,
            "targets": {"over": "dimensions", "ranking": region, "n_top": 2, "n_random": 2},
        },
        "faithfulness": {
            "kind": "faithfulness", "estimators": [scores, scores | {"estimator": "magnitude"}], "language": "en",
            "n_samples": 2, "n_parameters": 20,
        },
        "perturbation": {
            "kind": "perturbation", "model": model, "edits": edits, "prompts": prompts, "settings": short,
            "evaluation": evaluation,
        },
        "generation_grid": {
            "kind": "generation_grid", "model": model, "prompts": prompts, "settings": short,
            "columns": [{"name": "dimension 3", "change": {"change": "edits", "edits": edits}}],
        },
        "training": {
            "kind": "training", "model": model, "language": "fr", "n_samples": 8, "evaluation": evaluation,
            "lines": lines,
        },
        "similarity": {"kind": "similarity", "model": model, "lines": lines, "languages": list(LANGUAGES)},
        "key_neurons": {"kind": "key_neurons", **neurons},
        "deactivation": {
            "kind": "deactivation", "neurons": neurons, "deactivated": ["ar", "zh"], "evaluation": evaluation,
        },
        "enrichment": {
            "kind": "enrichment", "neurons": neurons, "regions": [{"name": "core", "region": region}],
        },
    }  # fmt: skip


def fill(stack: Stack) -> dict[str, str]:
    """Everything above is computed; the address of each result by its name. What is stored already is not again."""
    folder = stack.root / "corpora" / CORPUS
    if not folder.is_dir():
        write_corpus(folder, LANGUAGES, 8)
    read = TypeAdapter[Any](Request)
    asked = {name: stack.api.submit(read.validate_python(body)) for name, body in requests(stack).items()}
    found = {}
    for name, status in asked.items():
        ended = status if status.state.ended else stack.api.wait(status.key)
        assert ended.state is JobState.DONE, (name, ended.problem)
        kind = requests(stack)[name]["kind"]
        found[name] = stack.url + urls.open_result(kind, status.key, stack.model.name)
    return found


def empty(stack: Stack) -> None:
    """What `fill` stored is deleted: a page shows the newest result, and the next test its own."""
    stack.forget(*{body["kind"] for body in requests(stack).values()})
