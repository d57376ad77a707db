"""Mistral's tokenizers (tekken) that were saved with another model's rule for splitting text before BPE.

Folders of Mistral-Nemo and Mistral-Small that were written before transformers 5 split at combining marks and group
digits, as Llama 3 does: Hindi takes a quarter more tokens, and the words are not those the model was trained on
(https://github.com/huggingface/transformers/issues/42299). transformers offers `fix_mistral_regex`.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

MODEL_TYPES = ("mistral", "mistral3", "voxtral", "ministral", "pixtral")
"""Which transformers looks at (`TokenizersBackend._patch_mistral_regex`)."""
CORRECTED = "The tokenizer splits words by a wrong rule as it is saved; it is corrected (fix_mistral_regex)."
MARK = b"p{Lu}"
"""In tekken's rule, which tells capitals from small letters, and in none that it was confused with."""
LEFT = (
    "transformers takes this tokenizer for one of Mistral's with a wrong split rule; its vocabulary groups digits, "
    "which Mistral's never does, so it is left as it is saved."
)
_FIXED_IN = Version("5.0.0")
_N_TOKENS = 100_000
"""transformers takes only larger vocabularies for tekken's."""
_DIGITS = re.compile(r"^Ġ?\d{2,}$", re.ASCII)
_N_NUMBERS = 100
"""Tokens of several digits from which on the vocabulary was made by a rule that groups digits; tekken's has none."""


def options(folder: Path) -> dict[str, bool]:
    """What `AutoTokenizer.from_pretrained` is told of a Mistral folder, whatever else is installed; {} of all others.

    Never left open: with the package mistral-common transformers would else take another tokenizer.
    """
    is_mistral = _json(folder / "config.json").get("model_type") in MODEL_TYPES
    return {"fix_mistral_regex": needs_rule(folder)} if is_mistral else {}


def note(folder: Path) -> str | None:
    """What a reader must know of the split rule; None of a tokenizer that transformers does not suspect either."""
    vocabulary = _suspected(folder)
    if vocabulary is None:
        return None
    return LEFT if _groups_digits(vocabulary) else CORRECTED


def needs_rule(folder: Path) -> bool:
    """Whether the split rule is corrected: where transformers finds it wrong and the vocabulary bears that out.

    A model of Mistral's architecture may have a vocabulary of its own that groups digits (Llama 3's does, tekken
    never): there the rule that was saved is the right one.
    """
    vocabulary = _suspected(folder)
    return vocabulary is not None and not _groups_digits(vocabulary)


def _suspected(folder: Path) -> dict[str, Any] | None:
    """The vocabulary of a tokenizer whose rule transformers finds wrong."""
    config = _json(folder / "config.json")
    if config.get("model_type") not in MODEL_TYPES or _is_fixed(config.get("transformers_version")):
        return None
    tokenizer = _json(folder / "tokenizer.json")
    model = tokenizer.get("model")
    vocabulary = model.get("vocab") if isinstance(model, dict) else None
    if not isinstance(vocabulary, dict) or len(vocabulary) <= _N_TOKENS or not tokenizer.get("pre_tokenizer"):
        return None
    return vocabulary


def _groups_digits(vocabulary: dict[str, Any]) -> bool:
    return sum(1 for token in vocabulary if _DIGITS.match(token)) >= _N_NUMBERS


def _is_fixed(version: object) -> bool:
    try:
        return isinstance(version, str) and Version(version) >= _FIXED_IN
    except InvalidVersion:
        return False


def _json(path: Path) -> dict[str, Any]:
    """What the file holds; {} where it is missing or broken, which others tell."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
