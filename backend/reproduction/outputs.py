"""Appendix A of paper B: three prompts per language, 64 tokens, each language's key neurons off. Bytes are shown."""

from __future__ import annotations

import codecs

from backend.contracts.problems import KnownError
from backend.contracts.reproduction import Judgement
from backend.contracts.requests import (
    DeactivateNeurons,
    GenerationGridRequest,
    GenerationSettings,
    NamedChange,
    Prompt,
    Request,
)
from backend.contracts.results import Continuation, GenerationGridSummary
from backend.reproduction.blocks import Block, Known, Labels
from backend.reproduction.judging import NOTHING_YET, Rule, by_eye
from backend.reproduction.parallel import key_neurons, languages, stand_in
from backend.reproduction.setting import Setting
from backend.reproduction.spec import Spec

STEP = "texts"
N_TOKENS = 64
PROMPTS = {
    "en": ("The weather in spring is", "My grandmother always told me that", "The capital of France is"),
    "zh": ("春天的天气", "我的奶奶总是告诉我", "法国的首都是"),
    "fr": ("Au printemps, le temps est", "Ma grand-mère me disait toujours que", "La capitale de la France est"),
}
TEXTS, BASE, OWN, CHANGED = "Texts", "Broken bytes, full model", "Broken bytes, own neurons off", "Texts changed"
COLUMNS = (TEXTS, BASE, OWN, CHANGED)


def _languages(setting: Setting) -> tuple[str, ...]:
    here = languages(setting)
    found = tuple(code for code in PROMPTS if code in here)
    if not found:
        raise KnownError(
            "no_prompts",
            f"there are prompts in {', '.join(PROMPTS)}; this is about {', '.join(here)}",
            hint="Take one of these in; any other text is generated on the Touch page.",
            field="languages",
        )
    return found


def _requests(setting: Setting, _: Known) -> dict[str, Request]:
    codes, neurons = _languages(setting), key_neurons(setting)
    return {
        STEP: GenerationGridRequest(
            model=setting.conditions.model,
            dtype=setting.conditions.dtype,
            prompts=tuple(Prompt(language=code, text=text) for code in codes for text in PROMPTS[code]),
            columns=tuple(
                NamedChange(name=_off(code), change=DeactivateNeurons(neurons=neurons, language=code)) for code in codes
            ),
            settings=GenerationSettings(max_new_tokens=N_TOKENS),
        )
    }


def _off(language: str) -> str:
    return f"{language} off"


def _grid(known: Known) -> dict[str, tuple[Continuation, ...]]:
    """Texts of every column by its name."""
    stored = known.get(STEP)
    if stored is None or not isinstance(stored.summary, GenerationGridSummary):
        return {}
    return {column.name: column.continuations for column in stored.summary.columns}


def shown(continuation: Continuation) -> str:
    r"""What was written, with every byte that is no UTF-8 as `\xe4`; a character that the end cut off is left out."""
    return _decoded(continuation, "backslashreplace")


def n_broken(continuation: Continuation) -> int:
    """Bytes that are no UTF-8, and replacement characters that the model itself wrote."""
    return _decoded(continuation, "surrogateescape").count("\ufffd") + sum(
        0xDC80 <= ord(one) <= 0xDCFF for one in _decoded(continuation, "surrogateescape")
    )


def _decoded(continuation: Continuation, errors: str) -> str:
    written = bytes.fromhex("".join(token.bytes_hex for token in continuation.tokens))
    return codecs.getincrementaldecoder("utf-8")(errors).decode(written, final=False)


def _measured(setting: Setting, known: Known) -> list[Block]:
    grid = _grid(known)
    series: dict[Labels, dict[str, float]] = {}
    for code in _languages(setting) if grid else ():
        base, own = (_of(grid[name], code) for name in ("base", _off(code)))
        series[code,] = {
            TEXTS: len(base),
            BASE: sum(map(n_broken, base)),
            OWN: sum(map(n_broken, own)),
            CHANGED: sum(before.text != after.text for before, after in zip(base, own, strict=True)),
        }
    rule = f"{N_TOKENS} tokens, greedy; a character that the end cut off is not counted"
    return [Block(setting.conditions.model, COLUMNS, series, step=STEP, rule=rule)]


def _of(texts: tuple[Continuation, ...], language: str) -> list[Continuation]:
    return [one for one in texts if one.language == language]


def _chinese_breaks(block: Block) -> Judgement:
    cells = block.series.get(("zh",))
    if cells is None:
        return NOTHING_YET
    told = f"{cells[OWN]:.0f} broken bytes in {cells[TEXTS]:.0f} texts, {cells[BASE]:.0f} without the change"
    # What was written is a fact, not an estimate: no interval; as many is undecided.
    return Judgement(holds=None if cells[OWN] == cells[BASE] else cells[OWN] > cells[BASE], evidence=told)


def _texts(known: Known) -> str:
    grid = _grid(known)
    parts = []
    for name in (name for name in grid if name != "base"):
        code = name.removesuffix(" off")
        for number, (before, after) in enumerate(zip(_of(grid["base"], code), _of(grid[name], code), strict=True)):
            both = f"full model\n{_block(before)}\n\n{name}\n{_block(after)}"
            parts.append(f"**{code} {number}.** {before.prompt}\n\n````text\n{both}\n````")
    return "\n\n".join(parts)


def _block(continuation: Continuation) -> str:
    return shown(continuation).replace("````", "'''") or "(nothing)"


APPENDIX_A = Spec(
    name="b-appendix-a",
    title="Appendix A of paper B",
    question="What does the model write without the neurons of a language?",
    labels=("language",),
    requests=_requests,
    measured=_measured,
    rules=(
        Rule(
            "Chinese comes out as malformed UTF-8.",
            "the Chinese texts hold more bytes that are no UTF-8 with the Chinese neurons off than without",
            _chinese_breaks,
            "counted in these texts, which have no interval; as many is undecided",
        ),
        by_eye("English is hardly touched; French becomes wrong French, mixed with Spanish."),
    ),
    stand_ins=lambda setting: (
        stand_in(setting),
        "The prompts are ours: the paper's are a picture. Bytes that are no UTF-8 are written as \\xe4.",
    ),
    has_published=False,
    texts=_texts,
    paper="B",
    options=("sentences",),
)
