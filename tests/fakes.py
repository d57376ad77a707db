"""Tiny random models with a real tokenizer, on disk in milliseconds: the whole pipeline runs on them."""

from __future__ import annotations

import json
from pathlib import Path

ARCHITECTURES = (
    "llama", "mistral", "qwen2", "qwen3", "gemma2", "gemma3_text", "olmo2", "gpt2", "gpt_neox", "bloom",
)  # fmt: skip


def tiny_config(architecture: str, **changes: object):
    """Config of a two-layer random model; 260 tokens: 256 bytes, then bos, eos, pad, unk."""
    from transformers import AutoConfig

    common = {"vocab_size": 260, "bos_token_id": 256, "eos_token_id": 257, "pad_token_id": 258}
    if architecture == "gpt2":
        shape = {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 256, "n_inner": 48}
    elif architecture == "bloom":
        shape = {"hidden_size": 32, "n_layer": 2, "n_head": 4}
    else:
        shape = {
            "hidden_size": 32,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "intermediate_size": 48,
            "max_position_embeddings": 256,
        }
        if architecture != "gpt_neox":
            shape |= {"num_key_value_heads": 2, "head_dim": 8}
    return AutoConfig.for_model(architecture, **(common | shape | changes))


def tiny_model(architecture: str = "llama", *, seed: int = 0, **changes: object):
    """Random model in float32, eval mode, the same for the same seed."""
    import torch
    from transformers import AutoModelForCausalLM

    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_config(tiny_config(architecture, **changes), dtype=torch.float32)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            # Norms and biases away from their initial value, so that a wrong view shows.
            parameter.add_(torch.randn_like(parameter) * (0.1 if parameter.ndim == 1 else 0.05))
            del name
    return model.eval()


def write_tokenizer(folder: Path) -> None:
    """Byte-level tokenizer without merges: every byte is a token, so one character may be several."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    alphabet = pre_tokenizers.ByteLevel.alphabet()
    byte_of = _bytes_to_unicode()
    assert set(byte_of.values()) == set(alphabet)
    vocabulary = {character: byte for byte, character in byte_of.items()}
    vocabulary |= {"<bos>": 256, "<eos>": 257, "<pad>": 258, "<unk>": 259}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<bos>", "<eos>", "<pad>", "<unk>"])
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(
        json.dumps(
            {
                "tokenizer_class": "PreTrainedTokenizerFast",
                "add_bos_token": True,
                "bos_token": "<bos>",
                "eos_token": "<eos>",
                "pad_token": "<pad>",
                "unk_token": "<unk>",
                "clean_up_tokenization_spaces": False,
            }
        )
    )


def write_model(folder: Path, architecture: str = "llama", *, seed: int = 0, **changes: object) -> Path:
    """A whole model folder (config, safetensors, tokenizer); gives the folder back."""
    tiny_model(architecture, seed=seed, **changes).save_pretrained(folder)
    write_tokenizer(folder)
    return folder


def write_corpus(folder: Path, languages: tuple[str, ...] = ("de", "en", "fr"), n_lines: int = 8) -> Path:
    """A small aligned corpus; short lines, so that byte tokens stay few."""
    folder.mkdir(parents=True, exist_ok=True)
    for language in languages:
        lines = [f"{language} line {index} é{index * 7}" for index in range(n_lines)]
        (folder / f"{language}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def _bytes_to_unicode() -> dict[int, str]:
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    table = {byte: chr(byte) for byte in printable}
    rest = [byte for byte in range(256) if byte not in table]
    return table | {byte: chr(256 + index) for index, byte in enumerate(rest)}
