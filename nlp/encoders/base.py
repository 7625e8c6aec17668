"""The plug for text encoders: sentences to vectors whose dot product is their likeness.

An encoder is named by `name` or `name:argument` ("e5-small", "onnx:/srv/models/bge",
"http:http://127.0.0.1:8080/v1/embeddings#bge-m3"); `nlp.encoders.prepare` makes one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Literal, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from ontology.registry import Registry

Role = Literal["query", "passage"]
Vectors = NDArray[np.float32]
Progress = Callable[[str], None]
"""Called with one short sentence when a preparation reaches a new step."""


class Encoder(Protocol):
    """A model that turns texts into vectors. Safe to call from several threads."""

    @property
    def id(self) -> str:
        """Names model and quantisation; stored beside vectors, which are comparable only within one id."""
        ...

    @property
    def dimensions(self) -> int: ...

    def encode(self, texts: Sequence[str], role: Role) -> Vectors:
        """One row per text, in the order given, of unit length: shape (len(texts), dimensions).

        Texts are cut at the encoder's limit of tokens; an empty text gets a vector like any other.
        Raises EncoderError where the model cannot be run or reached.
        """
        ...


class Preparation(msgspec.Struct, frozen=True, kw_only=True):
    """What a factory needs: the part after the colon, the folder models are kept in, and settings.

    `threads` 0 lets the runtime take all cores; `max_tokens` in [16, 512] cuts texts.
    """

    folder: Path
    argument: str = ""
    progress: Progress = lambda _: None
    threads: int = 0
    max_tokens: int = 512


Factory = Callable[[Preparation], Encoder]

ENCODERS: Final[Registry[Factory]] = Registry(
    "encoder",
    {
        "e5-small": "nlp.encoders.e5:prepare",
        "minilm": "nlp.encoders.minilm:prepare",
        "onnx": "nlp.encoders.onnx:prepare",
        "http": "nlp.encoders.http:prepare",
    },
)


def unit_length(vectors: NDArray[np.floating]) -> Vectors:
    """Rows scaled to length one, shape kept; a row of zeros stays one."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.ascontiguousarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)
