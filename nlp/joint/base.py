"""The encoder that is tuned: all-MiniLM-L6-v2 (Apache-2.0), whose weights come as data from a package."""

from __future__ import annotations

from pathlib import Path

from nlp.encoders.base import Preparation, Progress
from nlp.encoders.bert import Embeddings, Layer, from_huggingface
from nlp.encoders.minilm import MEMBERS, PACKAGE, SHAPE, read_safetensors
from nlp.encoders.packaged import unpacked
from nlp.joint.training import Base
from nlp.learned.tape import Weights


def minilm(preparation: Preparation) -> Base:
    """Fetched once by hash. Raises RegistryUnavailable, SourceError or DiskFull as `ontology.packages` does."""
    with unpacked(PACKAGE, MEMBERS, preparation) as files:
        embeddings, layers = from_huggingface(read_safetensors(files["model.safetensors"]), SHAPE.layers)
        return Base(named(embeddings, layers), files["tokenizer.json"].read_text("utf-8"), SHAPE.heads)


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
