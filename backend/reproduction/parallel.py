"""What the experiments of paper B share: its languages, its sentences, the key neurons that most are about."""

from __future__ import annotations

from backend.contracts.neurons import MIN_Z_LANGUAGES
from backend.contracts.problems import KnownError
from backend.contracts.requests import ActivationSpec, KeyNeuronsRequest
from backend.reproduction.setting import Setting

LANGUAGES = ("en", "zh", "fr", "es", "pt", "ar", "vi", "hi", "id")
"""Of section 4.1, in the order of Table 1."""
OWN_QUESTION = "our question, the paper makes no claim"


def languages(setting: Setting, *, least: int = 2) -> tuple[str, ...]:
    """The paper's languages, those that were asked for, or, where too few are there, all of the corpus."""
    found = setting.languages(LANGUAGES)
    if len(found) < least and not setting.conditions.languages:
        found = setting.available
    if len(found) < least:
        raise KnownError(
            "too_few_languages",
            f"this needs {least} languages or more; here are {', '.join(found)}",
            hint="z over so few languages cannot exceed 2." if least > 2 else "Name another one.",
            field="languages",
        )
    return found


def key_neurons(setting: Setting) -> KeyNeuronsRequest:
    """Of all experiments alike, so that they are found once; threshold 2 as in the paper."""
    read = ActivationSpec(model=setting.conditions.model, dtype=setting.conditions.dtype, lines=setting.sentences())
    return KeyNeuronsRequest(activations=read, languages=languages(setting, least=MIN_Z_LANGUAGES))


def read_told(setting: Setting) -> str:
    """The rule of numbers made from activations, one line."""
    return f"{setting.conditions.corpus}, lines 0 to {(setting.conditions.sentences or 1) - 1}, no BOS"


def stand_in(setting: Setting) -> str:
    """What is read instead of the Bible."""
    n_sentences = setting.conditions.sentences
    return f"{n_sentences} parallel sentences of {setting.conditions.corpus} stand in for 100 verses of the Bible."
