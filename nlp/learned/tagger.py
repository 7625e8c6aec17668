"""Finds spans of trained types in sentences: a conditional random field over hashed features.

Each span comes with a confidence: the least probability that any of its tokens carries the tag it was given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp.learned.chain import Array, Lengths, best, expected
from nlp.learned.tokens import Token, feature_rows, tokens

_STEPS: Final = 127
_BATCH_TOKENS: Final = 4_000


class Span(NamedTuple):
    """A stretch of a sentence, its type, and how sure it is in [0, 1]."""

    begin: int
    end: int
    type: str
    confidence: float


class Tagger:
    """`weights` in 8 bits: one row for each hashed feature, one column for each tag ("O", "B-Gene", "I-Gene" …)."""

    def __init__(self, types: tuple[str, ...], weights: NDArray[np.int8], scale: Array, transitions: Array) -> None:
        self.types = types
        self.weights = weights
        self.scale = scale
        self.transitions = transitions
        self.bits = len(weights).bit_length() - 1

    def spans(self, sentences: Sequence[str]) -> list[list[Span]]:
        """The spans of each sentence, in order of their place, disjoint."""
        found: list[list[Span]] = [[] for _ in sentences]
        cut = [tokens(sentence) for sentence in sentences]
        for numbers in _batches([len(places) for places in cut]):
            words = [[sentences[n][b:e] for b, e in cut[n]] for n in numbers]
            scores, lengths = self._scores(words)
            sure = expected(scores, lengths, self.transitions).tags
            tags = best(scores, lengths, self.transitions)
            for row, number in enumerate(numbers):
                found[number] = list(self._read(cut[number], tags[row], sure[row]))
        return found

    def _scores(self, words: Sequence[Sequence[str]]) -> tuple[Array, Lengths]:
        lengths = np.array([len(sentence) for sentence in words], dtype=np.int64)
        rows = feature_rows(words, self.bits)
        flat = self.weights[rows].sum(axis=1, dtype=np.int32) * self.scale
        return padded(flat.astype(np.float32), lengths), lengths

    def _read(self, places: Sequence[Token], tags: NDArray[np.int64], sure: Array) -> Iterator[Span]:
        for (first, end), kind in runs(tags[: len(places)].tolist()):
            least = min(float(sure[i, tags[i]]) for i in range(first, end))
            yield Span(places[first].begin, places[end - 1].end, self.types[kind], round(min(least, 1.0), 4))

    def packed(self) -> bytes:
        file = BytesIO()
        np.savez_compressed(
            file, types=np.array(self.types), weights=self.weights, scale=self.scale, transitions=self.transitions
        )
        return file.getvalue()

    @classmethod
    def unpacked(cls, data: bytes) -> Tagger:
        with np.load(BytesIO(data), allow_pickle=False) as file:
            types = tuple(str(name) for name in file["types"])
            return cls(types, file["weights"], file["scale"], file["transitions"])

    @classmethod
    def of(cls, types: tuple[str, ...], table: Array, transitions: Array) -> Tagger:
        """A tagger whose weights are rounded to 8 bits."""
        scale = np.maximum(np.abs(table).max(axis=0), 1e-9) / _STEPS
        return cls(types, np.rint(table / scale).astype(np.int8), scale.astype(np.float32), transitions)


def runs(tags: Sequence[int]) -> Iterator[tuple[tuple[int, int], int]]:
    """((first token, one past the last), number of the type) for each span; tag 0 is outside, 1 + 2k begins
    type k and 2 + 2k goes on with it. A continuation without a beginning begins a span."""
    begin, kind = 0, -1
    for place, tag in enumerate([*tags, 0]):
        goes_on = tag > 0 and tag % 2 == 0 and kind == (tag - 1) // 2
        if kind >= 0 and not goes_on:
            yield (begin, place), kind
            kind = -1
        if tag > 0 and kind < 0:
            begin, kind = place, (tag - 1) // 2


def padded(flat: Array, lengths: Lengths) -> Array:
    """(tokens, tags) of all sentences, one after the other, as (sentences, longest, tags)."""
    scores = np.zeros((len(lengths), int(lengths.max()), flat.shape[1]), dtype=np.float32)
    scores[np.arange(scores.shape[1])[None, :] < lengths[:, None]] = flat
    return scores


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Numbers of sentences of like length, together at most _BATCH_TOKENS tokens with the padding."""
    batch: list[int] = []
    for number in sorted((n for n, length in enumerate(lengths) if length), key=lambda n: (lengths[n], n)):
        if batch and (len(batch) + 1) * lengths[number] > _BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch


@cache
def shipped(name: str) -> Tagger:
    """A tagger of `nlp/data`, loaded once in a process."""
    return Tagger.unpacked(files("nlp.data").joinpath(f"{name}.npz").read_bytes())
