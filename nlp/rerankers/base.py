"""The plug for rerankers: a query and the texts of its best results to how well each answers.

A reranker is named by `name` or `name:argument`; "sentences" comes with Gnomon, an outside package adds a cross-encoder
by an entry point in the group `gnomon.reranker`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from nlp.encoders.base import Encoder
from ontology.registry import Registry


class Passage(msgspec.Struct, frozen=True):
    """A result as a reranker reads it; `language` as BCP 47 has it, empty where unknown."""

    title: str
    text: str
    language: str = ""


class Reranker(Protocol):
    """Safe to call from several threads."""

    @property
    def name(self) -> str:
        """What results say when they moved for its sake."""
        ...

    def score(self, query: str, passages: Sequence[Passage]) -> NDArray[np.float32]:
        """How well each passage answers, higher is better, shape (len(passages),); scores are compared within one
        call only. Raises EncoderError where a model fails."""
        ...


class Preparation(msgspec.Struct, frozen=True, kw_only=True):
    """What a factory needs: the part after the colon, the encoder of the index, the folder models are kept in."""

    encoder: Encoder
    folder: Path
    argument: str = ""


Factory = Callable[[Preparation], Reranker]

RERANKERS: Final[Registry[Factory]] = Registry("reranker", {"sentences": "nlp.rerankers.sentences:prepare"})
