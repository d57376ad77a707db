"""The tokenizer of a model folder, loaded in this one place: corrected, whole, or refused with file and reason."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

from transformers import AutoTokenizer, PreTrainedTokenizerBase

from backend.contracts.problems import KnownError
from workers.analysis.batches import encode
from workers.analysis.token_bytes import TokenBytes
from workers.failures import is_out_of_memory
from workers.sources import tekken

_SAMPLE = "The 25 größte, ñandú čekat; नमस्ते दुनिया, 你好 שלום"
"""Letters with marks, digits, scripts with and without spaces."""
_JSON = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json")


def load_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    """The tokenizer that every number of the model is computed with; runs no code of the folder.

    Raises `broken_tokenizer` (naming the file), `no_tokenizer_library` where a package is missing.
    """
    given = tekken.options(folder)
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False, **given)
    except Exception as error:  # transformers and the tokenizers library raise whatever met them first
        if is_out_of_memory(error):
            raise
        raise _why(folder, error) from None
    if given.get("fix_mistral_regex") and tekken.MARK not in _split_rule(tokenizer):
        raise _broken(
            folder / "tokenizer.json", "it splits words by a wrong rule that this transformers cannot correct"
        )
    return tokenizer


def notes_on(tokenizer: PreTrainedTokenizerBase, folder: Path, *, n_embeddings: int) -> list[str]:
    """What a reader must know of the tokenizer: corrected, tokens without an embedding, text it does not give back.

    Raises `token_beyond_embedding` when a text, BOS or EOS could ask for an embedding that is not there.
    """
    rule = tekken.note(folder)
    notes = [rule] if rule else []
    beyond = _beyond(tokenizer, folder, n_embeddings)
    return [*notes, *([beyond] if beyond else []), *_round_trip(tokenizer)]


def _beyond(tokenizer: PreTrainedTokenizerBase, folder: Path, n_embeddings: int) -> str | None:
    """Specials beyond the embedding are never read from a text (`batches.encode`), all others are."""
    added = tokenizer.added_tokens_decoder
    if len(tokenizer) <= n_embeddings and max(added, default=0) < n_embeddings:
        return None
    beyond = {number: token for token, number in tokenizer.get_vocab().items() if number >= n_embeddings}
    if not beyond:
        return None
    ends = {tokenizer.bos_token_id, tokenizer.eos_token_id}
    read = sorted(number for number in beyond if number in ends or number not in added or not added[number].special)
    if read:
        raise KnownError(
            "token_beyond_embedding",
            f"the tokenizer in {folder} has {len(beyond)} tokens beyond the model's {n_embeddings} embeddings, "
            f"such as {beyond[read[0]]!r} ({read[0]})",
            hint="Fetch the tokenizer that belongs to these weights, or enlarge the embedding "
            "(model.resize_token_embeddings(len(tokenizer))), train it, and save both.",
            field="source",
        )
    names = ", ".join(beyond[number] for number in sorted(beyond)[:3])
    return f"The tokenizer has special tokens without an embedding, which no text is turned into: {names}."


def _round_trip(tokenizer: PreTrainedTokenizerBase) -> list[str]:
    """Whether a text of several scripts comes back from its tokens, by transformers and by their bytes."""
    token_ids = encode(tokenizer, _SAMPLE, bos=False, eos=False)
    token_bytes = TokenBytes(tokenizer)
    by_bytes = b"".join(token_bytes.of(number) for number in token_ids).decode(errors="replace")
    notes: list[str] = []
    if not token_ids or set(token_ids) == {tokenizer.unk_token_id}:
        return ["The tokenizer knows no token of ordinary text: is it the one of this model?"]
    if tokenizer.unk_token_id is not None and tokenizer.unk_token_id in token_ids:
        notes.append(f"The tokenizer writes {tokenizer.unk_token} for letters it does not know; their bytes are lost.")
    elif by_bytes.lstrip() != _SAMPLE:
        notes.append(f"The tokenizer changes text before it reads it: {_SAMPLE!r} becomes {by_bytes!r}.")
    return notes


def _split_rule(tokenizer: PreTrainedTokenizerBase) -> bytes:
    """How text is cut before BPE, as tokenizer.json spells it."""
    rule = getattr(getattr(tokenizer, "backend_tokenizer", None), "pre_tokenizer", None)
    return bytes(rule.__getstate__()) if rule is not None else b""


def _why(folder: Path, error: Exception) -> KnownError:
    """The file that is to blame, and what to do about it."""
    reason = " ".join(str(error).split())[:300] or type(error).__name__
    for name in _JSON:
        try:
            content = json.loads((folder / name).read_bytes()) if (folder / name).is_file() else {}
        except (ValueError, RecursionError) as broken:
            return _broken(folder / name, f"it is no whole JSON: {broken}")
        if not isinstance(content, dict):
            return _broken(folder / name, "it holds no JSON object")
    if not (folder / "tokenizer.json").is_file() and (folder / "tokenizer.model").is_file():
        if importlib.util.find_spec("sentencepiece") is None:
            return KnownError(
                "no_tokenizer_library",
                f"{folder} has tokenizer.model alone, which takes the package sentencepiece; it is not installed",
                hint="Install it (pip install sentencepiece protobuf) and open the model again, "
                "or put the model's tokenizer.json into the folder.",
                field="source",
            )
        return _broken(folder / "tokenizer.model", reason)
    return _broken(folder, reason)


def _broken(path: Path, reason: str) -> KnownError:
    return KnownError(
        "broken_tokenizer",
        f"the tokenizer cannot be loaded from {path}: {reason}",
        hint="Copy or download the model's tokenizer files again.",
        field="source",
    )
