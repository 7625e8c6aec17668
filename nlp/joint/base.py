"""The encoders that are tuned, whose weights come as data from packages: all-MiniLM-L6-v2, all-mpnet-base-v2."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from nlp.encoders import mpnet as large
from nlp.encoders.base import Preparation, Progress
from nlp.encoders.bert import Embeddings, Layer, from_huggingface
from nlp.encoders.minilm import MEMBERS, PACKAGE, SHAPE, read_safetensors
from nlp.encoders.packaged import unpacked
from nlp.joint.training import Base, Learner, Plan
from nlp.learned.tape import Weights

_LARGE: Final = Plan(low=6, high=8, hidden=256, epochs=4, shared=1, encoder_rate=1.5e-4)


def learners(preparation: Preparation, *, large: bool = False) -> list[Learner]:
    """The encoders of an extractor; `large` adds one with which texts are read four times as slowly."""
    small = Learner("all-MiniLM-L6-v2", Plan(), lambda: minilm(preparation))
    return [small, Learner("all-mpnet-base-v2", _LARGE, lambda: mpnet(preparation))] if large else [small]


def minilm(preparation: Preparation) -> Base:
    """Fetched once by hash. Raises RegistryUnavailable, SourceError or DiskFull as `ontology.packages` does."""
    with unpacked(PACKAGE, MEMBERS, preparation) as files:
        embeddings, layers = from_huggingface(read_safetensors(files["model.safetensors"]), SHAPE.layers)
        return Base(named(embeddings, layers), files["tokenizer.json"].read_text("utf-8"), SHAPE.heads)


def mpnet(preparation: Preparation) -> Base:
    """Fetched once by hash, 0.4 GB. Raises as `minilm` does."""
    with large.files(preparation) as files:
        embeddings, layers, near = large.from_mpnet(read_safetensors(files["model.safetensors"]), large.SHAPE.layers)
        weights = {**named(embeddings, layers), "near": near.astype("float32")}
        return Base(weights, files["tokenizer.json"].read_text("utf-8"), large.SHAPE.heads)


def named(embeddings: Embeddings, layers: list[Layer]) -> Weights:
    """The weights under the names that JointModel uses."""
    found = {"words": embeddings.words, "positions": embeddings.positions}
    found["embedded.scale"], found["embedded.bias"] = embeddings.norm
    for number, layer in enumerate(layers):
        name = f"layer{number}"
        for part in ("qkv", "out", "up", "down"):
            found[f"{name}.{part}.matrix"] = getattr(layer, part)
            found[f"{name}.{part}.bias"] = getattr(layer, f"{part}_bias")
        found[f"{name}.attended.scale"], found[f"{name}.attended.bias"] = layer.attention_norm
        found[f"{name}.fed.scale"], found[f"{name}.fed.bias"] = layer.output_norm
    return {key: value.astype("float32") for key, value in found.items()}


def preparation(folder: Path, progress: Progress) -> Preparation:
    """How the package is fetched into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    return Preparation(folder=folder, progress=progress)
