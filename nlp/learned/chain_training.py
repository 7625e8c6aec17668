"""Trains a tagger: AdaGrad on the likelihood of the tags, averaged, with a fixed seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp.learned.chain import Lengths, expected
from nlp.learned.hashing import Rows
from nlp.learned.tagger import Span, Tagger, padded
from nlp.learned.tokens import Token, feature_rows, tokens

_SEED: Final = 20261127
_BATCH_TOKENS: Final = 800


class Example(NamedTuple):
    """A sentence as rows of features, with the number of each token's tag."""

    rows: Rows
    tags: NDArray[np.int64]


def example(text: str, spans: Sequence[Span], types: Sequence[str], bits: int) -> Example | None:
    """A sentence with what is marked in it; None for one without tokens."""
    places = tokens(text)
    if not places:
        return None
    rows = feature_rows([[text[b:e] for b, e in places]], bits)
    return Example(rows.astype(np.int32), np.array(_tags(places, spans, types), dtype=np.int64))


def _tags(places: Sequence[Token], spans: Sequence[Span], types: Sequence[str]) -> list[int]:
    tags = [0] * len(places)
    for span in sorted(spans, key=lambda s: s.begin - s.end):
        inside = [i for i, place in enumerate(places) if place.begin < span.end and span.begin < place.end]
        if inside and not any(tags[i] for i in inside):
            first = 1 + 2 * types.index(span.type)
            tags[inside[0]] = first
            for i in inside[1:]:
                tags[i] = first + 1
    return tags


def train(
    examples: Sequence[Example], types: tuple[str, ...], *, bits: int, epochs: int, rate: float = 0.1,
    decay: float = 1e-5, prune: float = 0.02,
) -> Tagger:  # fmt: skip
    """A tagger; weights below `prune` are left out, so that its file is small."""
    count = 1 + 2 * len(types)
    table = np.zeros((1 << bits, count), dtype=np.float32)
    squares, mean = np.full_like(table, 0.01), np.zeros_like(table)
    moves, moves_squares = np.zeros((count, count), np.float32), np.full((count, count), 0.01, np.float32)
    moves_mean = np.zeros_like(moves)
    random = np.random.default_rng(_SEED)
    kept = 0
    for epoch in range(epochs):
        for batch in _batches(examples, random):
            rows = np.concatenate([one.rows for one in batch])
            tags = np.concatenate([one.tags for one in batch])
            lengths: Lengths = np.array([len(one.tags) for one in batch])
            flat = table[rows].sum(axis=1)
            said = expected(padded(flat, lengths), lengths, moves)
            slope = said.tags[np.arange(said.tags.shape[1])[None, :] < lengths[:, None]]
            slope[np.arange(len(tags)), tags] -= 1
            steps = said.steps - _followed(batch, count)
            moves_squares += steps**2
            moves -= rate * steps / np.sqrt(moves_squares)
            _update(table, squares, rows, slope, rate, decay)
        if epoch >= epochs - max(1, epochs // 3):
            kept += 1
            mean += (table - mean) / kept
            moves_mean += (moves - moves_mean) / kept
    mean[np.abs(mean) < prune] = 0
    return Tagger.of(types, mean, moves_mean)


def _update(
    table: NDArray[np.float32], squares: NDArray[np.float32], rows: Rows, slope: NDArray[np.float32],
    rate: float, decay: float,
) -> None:  # fmt: skip
    """AdaGrad on the rows a batch touches, each once with the sum of its slopes."""
    order = np.argsort(rows, axis=None, kind="stable")
    sorted_rows = rows.ravel()[order]
    first = np.flatnonzero(np.r_[True, sorted_rows[1:] != sorted_rows[:-1]])
    touched = sorted_rows[first]
    total = np.add.reduceat(slope[order // rows.shape[1]], first) + decay * table[touched]
    squares[touched] += total**2
    table[touched] -= rate * total / np.sqrt(squares[touched])


def _followed(batch: Sequence[Example], count: int) -> NDArray[np.float32]:
    pairs = np.concatenate([one.tags[:-1] * count + one.tags[1:] for one in batch])
    return np.bincount(pairs, minlength=count * count).reshape(count, count).astype(np.float32)


def _batches(examples: Sequence[Example], random: np.random.Generator) -> Iterator[list[Example]]:
    """All examples in a new order, those of like length together."""
    drawn = random.permutation(len(examples))
    order = sorted(drawn.tolist(), key=lambda i: len(examples[i].tags) // 4)
    batches: list[list[Example]] = [[]]
    for number in order:
        one = examples[number]
        if batches[-1] and (len(batches[-1]) + 1) * len(one.tags) > _BATCH_TOKENS:
            batches.append([])
        batches[-1].append(one)
    yield from (batches[i] for i in random.permutation(len(batches)))
