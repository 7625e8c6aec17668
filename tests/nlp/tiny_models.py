"""Invented BERT models small enough to check by hand, and a server that offers one over HTTP."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import erf
from pathlib import Path
from threading import Thread

import msgspec
import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from nlp.encoders.base import Encoder
from nlp.encoders.bert import Shape, build, from_huggingface, save_quantised
from nlp.encoders.card import ModelCard

Tensors = dict[str, NDArray[np.float32]]
WORDS = ["<s>", "<pad>", "</s>", "<unk>", "query", "passage", "the", "cat", "sat", "dog", "ran", ":"]
SHAPE = Shape(layers=2, heads=4, width=32, epsilon=1e-12)
INNER = 64


def random_tensors(seed: int = 3) -> Tensors:
    """Weights under Hugging Face's names."""
    random = np.random.default_rng(seed)

    def array(*shape: int, scale: float = 0.3) -> NDArray[np.float32]:
        return random.normal(scale=scale, size=shape).astype(np.float32)

    tensors = {
        "embeddings.word_embeddings.weight": array(len(WORDS), SHAPE.width),
        "embeddings.position_embeddings.weight": array(64, SHAPE.width),
        "embeddings.token_type_embeddings.weight": array(2, SHAPE.width),
    }
    norms = ["embeddings.LayerNorm"]
    for index in range(SHAPE.layers):
        layer = f"encoder.layer.{index}"
        sizes = {f"attention.self.{name}": (SHAPE.width, SHAPE.width) for name in ("query", "key", "value")}
        sizes |= {"attention.output.dense": (SHAPE.width, SHAPE.width), "intermediate.dense": (INNER, SHAPE.width)}
        sizes |= {"output.dense": (SHAPE.width, INNER)}
        for name, (rows, columns) in sizes.items():
            tensors[f"{layer}.{name}.weight"] = array(rows, columns)
            tensors[f"{layer}.{name}.bias"] = array(rows)
        norms += [f"{layer}.attention.output.LayerNorm", f"{layer}.output.LayerNorm"]
    for name in norms:
        tensors[f"{name}.weight"], tensors[f"{name}.bias"] = 1 + array(SHAPE.width), array(SHAPE.width)
    return tensors


def by_hand(tensors: Tensors, ids: list[int]) -> NDArray[np.float64]:
    """The encoder's formula for one text: the mean of its last states, of unit length."""
    mean = by_hand_states(tensors, ids).mean(axis=0)
    return mean / np.linalg.norm(mean)  # type: ignore[no-any-return]


def by_hand_states(tensors: Tensors, ids: list[int]) -> NDArray[np.float64]:
    """The last states of the tokens, loop by loop; shape (tokens, dimensions)."""
    tensors = {name: array.astype(np.float64) for name, array in tensors.items()}  # type: ignore[misc]

    def dense(x: NDArray[np.float64], name: str) -> NDArray[np.float64]:
        return x @ tensors[f"{name}.weight"].T + tensors[f"{name}.bias"]

    def norm(x: NDArray[np.float64], name: str) -> NDArray[np.float64]:
        centred = x - x.mean(axis=1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + SHAPE.epsilon)
        return scaled * tensors[f"{name}.weight"] + tensors[f"{name}.bias"]

    part = "embeddings"
    x = tensors[f"{part}.word_embeddings.weight"][ids] + tensors[f"{part}.position_embeddings.weight"][: len(ids)]
    x = norm(x + tensors[f"{part}.token_type_embeddings.weight"][0], f"{part}.LayerNorm")
    size = SHAPE.width // SHAPE.heads
    for index in range(SHAPE.layers):
        layer = f"encoder.layer.{index}"
        q, k, v = (dense(x, f"{layer}.attention.self.{name}") for name in ("query", "key", "value"))
        heads = []
        for head in range(SHAPE.heads):
            here = slice(head * size, (head + 1) * size)
            scores = np.exp(q[:, here] @ k[:, here].T / np.sqrt(size))
            heads.append(scores / scores.sum(axis=1, keepdims=True) @ v[:, here])
        attended = dense(np.concatenate(heads, axis=1), f"{layer}.attention.output.dense")
        x = norm(x + attended, f"{layer}.attention.output.LayerNorm")
        inner = dense(x, f"{layer}.intermediate.dense")
        inner = 0.5 * inner * (1 + np.vectorize(erf)(inner / np.sqrt(2)))
        x = norm(x + dense(inner, f"{layer}.output.dense"), f"{layer}.output.LayerNorm")
    return x


def tokenizer() -> Tokenizer:
    words = Tokenizer(models.WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    words.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    return words


def model_folder(folder: Path, tensors: Tensors, *, quantised: bool = False) -> Path:
    """A model as `OnnxEncoder` takes it."""
    folder.mkdir(parents=True)
    model = build(SHAPE, *from_huggingface(tensors, SHAPE.layers))
    if quantised:
        save_quantised(model, folder / "model.onnx")
    else:
        (folder / "model.onnx").write_bytes(model.SerializeToString())
    tokenizer().save(str(folder / "tokenizer.json"))
    card = ModelCard(
        id="tiny", dimensions=SHAPE.width, max_tokens=60, query_prefix="query: ", passage_prefix="passage: "
    )
    (folder / "encoder.json").write_bytes(msgspec.json.encode(card))
    return folder


def packed(tensors: Tensors) -> tuple[bytes, Tensors]:
    """The tensors in the layout of the packed multilingual model, and what four bits leave of them."""
    left = dict(tensors)
    directory: list[tuple[str, int, int, bytes]] = []

    def add(name: str, source: str) -> None:
        array = tensors[source]
        matrix = array.ndim == 2 and name not in ("emb.pos", "emb.type")
        if matrix:
            data, left[source] = _four_bits(array)
        else:
            data = array.astype("<f4").tobytes()
        directory.append((name, int(matrix), array.size, data))

    add("emb.word", "embeddings.word_embeddings.weight")
    add("emb.pos", "embeddings.position_embeddings.weight")
    add("emb.type", "embeddings.token_type_embeddings.weight")
    norms = {"emb.ln": "embeddings.LayerNorm"}
    for index in range(SHAPE.layers):
        layer = f"encoder.layer.{index}"
        names = {"q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value"}
        names |= {"ao": "attention.output.dense", "fi": "intermediate.dense", "fo": "output.dense"}
        for short, long in names.items():
            add(f"l{index}.{short}.w", f"{layer}.{long}.weight")
            add(f"l{index}.{short}.b", f"{layer}.{long}.bias")
        norms[f"l{index}.aln"] = f"{layer}.attention.output.LayerNorm"
        norms[f"l{index}.oln"] = f"{layer}.output.LayerNorm"
    for short, long in norms.items():
        add(f"{short}.w", f"{long}.weight")
        add(f"{short}.b", f"{long}.bias")
    return _file(directory), left


def _four_bits(array: NDArray[np.float32]) -> tuple[bytes, NDArray[np.float32]]:
    blocks = array.reshape(-1, 32)
    scales = (np.abs(blocks).max(axis=1, keepdims=True) / 7).astype("<f2")
    numbers = np.clip(np.round(blocks / scales.astype(np.float32)), -8, 7)
    nibbles = (numbers + 8).astype(np.uint8)
    low, high = nibbles[:, :16], nibbles[:, 16:]
    data = b"".join(s.tobytes() + (lo | hi << 4).tobytes() for s, lo, hi in zip(scales, low, high, strict=True))
    return data, (numbers * scales.astype(np.float32)).reshape(array.shape).astype(np.float32)


def _file(directory: list[tuple[str, int, int, bytes]]) -> bytes:
    pieces = ["<s>", "<pad>", "</s>", "<unk>", "▁the", "▁cat", "▁", "e", "s", ":", "▁query", "▁passage"]
    blob = "".join(pieces).encode()
    ends = np.cumsum([0, *(len(piece.encode()) for piece in pieces)]).astype("<u4")
    sizes = (SHAPE.width, SHAPE.layers, SHAPE.heads, INNER, len(WORDS), 64, 2)
    head = b"E5S1" + struct.pack("<I7ifi", 1, *sizes, SHAPE.epsilon, 32)
    head += struct.pack("<5iQ", len(pieces), 0, 2, 1, 3, len(blob)) + ends.tobytes()
    head += np.array([0.0] * 4 + [-1.0] * 8, dtype="<f4").tobytes() + blob + struct.pack("<iI", 0, 0)
    at = len(head) + 4 + sum(2 + len(name) + 21 for name, *_ in directory)
    table, data = struct.pack("<i", len(directory)), b""
    for name, kind, count, one in directory:
        table += (
            struct.pack("<H", len(name)) + name.encode() + struct.pack("<BIQQ", kind, count, at + len(data), len(one))
        )
        data += one
    return head + table + data


@contextmanager
def served(encoder: Encoder, fault: str = "") -> Iterator[str]:
    """The address of a server that answers `/v1/embeddings` with this encoder's vectors, or wrongly."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            vectors = encoder.encode([text.removeprefix("x") for text in asked["input"]], "passage").tolist()
            data = [{"index": n, "embedding": vector} for n, vector in enumerate(vectors)][::-1]
            if fault == "fewer":
                data = data[1:] if len(data) > 1 else []
            body = b"<html>" if fault == "html" else json.dumps({"data": data}).encode()
            self.send_response(503 if fault == "status" else 200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/embeddings"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
