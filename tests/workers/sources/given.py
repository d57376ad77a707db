"""Model files to be found: a tiny GGUF, and a hub of ten lines on a loopback port."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import gguf
import numpy as np

from tests.fakes import _bytes_to_unicode, tiny_model

COMMIT = "a" * 40
_NAMES = {
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down", "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
    "model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output",
}  # fmt: skip


def write_gguf(
    path: Path, *, drop: str = "", architecture: str = "llama", add_bos: bool | None = True, pre: str = "default"
) -> Path:
    """A two-layer Llama with a byte-level tokenizer; the embedding in Q8_0, k in F16, the rest in F32."""
    path.parent.mkdir(parents=True, exist_ok=True)
    model = tiny_model("llama")
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_block_count(2)
    writer.add_context_length(256)
    writer.add_embedding_length(32)
    writer.add_feed_forward_length(48)
    writer.add_head_count(4)
    writer.add_head_count_kv(2)
    writer.add_rope_dimension_count(8)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre)
    tokens = [*(character for _, character in sorted(_bytes_to_unicode().items())), "<bos>", "<eos>", "<pad>", "Ġt"]
    writer.add_token_list(tokens)
    writer.add_token_types([1] * 256 + [3, 3, 3, 1])
    writer.add_token_merges(["Ġ t"])
    writer.add_bos_token_id(256)
    writer.add_eos_token_id(257)
    if add_bos is not None:
        writer.add_add_bos_token(add_bos)
    for name, tensor in model.state_dict().items():
        if name != drop:
            _add(writer, name, tensor.numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add(writer: gguf.GGUFWriter, name: str, values: np.ndarray) -> None:
    for ours, theirs in _NAMES.items():
        name = name.replace(ours, theirs)
    name = name.replace("model.layers.", "blk.")
    if name.startswith("token_embd"):
        kind = gguf.GGMLQuantizationType.Q8_0
        writer.add_tensor(name, gguf.quantize(values, kind), raw_dtype=kind)
    else:
        writer.add_tensor(name, values.astype(np.float16) if "attn_k" in name else values)


@contextmanager
def hub(files: dict[str, bytes], *, status: int = 200, code: str = "") -> Iterator[tuple[str, list[str]]]:
    """(address, paths asked for) of a hub with one model, or one that refuses everything."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            if status != 200:
                self._answer(status, b"{}", {"X-Error-Code": code})
            elif self.path.startswith("/api/models/"):
                siblings = [{"rfilename": name, "size": len(data)} for name, data in files.items()]
                told = {"sha": COMMIT, "siblings": siblings, "cardData": {"license": "mit"}}
                self._answer(200, json.dumps(told).encode(), {})
            else:
                data = files[self.path.rsplit(f"/resolve/{COMMIT}/")[1]]
                self._answer(200, data, {"ETag": f'"{len(data)}"', "X-Repo-Commit": COMMIT})

        def do_HEAD(self) -> None:
            self.do_GET()

        def _answer(self, status: int, data: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(data))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(data)

        def log_message(self, *told: object) -> None:
            del told

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
