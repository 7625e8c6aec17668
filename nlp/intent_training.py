"""Training the classifier of citation intents: SciCite's sentences, and some thousand labelled by hand.

The hand-labelled ones (`bench/training/citing_labels.tsv`) ship as hashed features without their text
(`nlp/data/intent_lessons.npz`), so that training and evaluation need no articles.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Final, NamedTuple

import numpy as np

from nlp.intents import BITS, MARK, features
from nlp.learned import squares
from nlp.learned.hashing import Rows, rows_of
from nlp.learned.linear import LinearModel
from nlp.learned.logistic import FOLDS, HeldOut, folds, temperature

TERMS: Final = squares.Terms(cost=1.0, balance=0.5)
HAND: Final = 0.5
"""What a hand-labelled sentence counts beside one of SciCite's."""
DRAWS: Final = 8
"""Draws of folds over which figures are averaged: one differs from another by a hundredth."""
_PROBE: Final = f"As was shown before {MARK}, we used 12 methods of the kind ({MARK}, {MARK}) in 1999."


class Lessons(NamedTuple):
    """Sentences as hashed features, and their classes."""

    rows: list[Rows]
    labels: list[str]


def rows(sentence: str) -> Rows:
    """The hashed features of a citing sentence."""
    return rows_of(features(sentence), BITS)


def packed(lessons: Lessons) -> bytes:
    """Lessons as a file: the steps between rows in two planes of bytes, which compress better than numbers."""
    steps = np.concatenate([np.diff(one, prepend=0) for one in lessons.rows])
    classes = sorted(set(lessons.labels))
    file = BytesIO()
    np.savez_compressed(
        file, classes=np.array(classes), labels=np.array([classes.index(one) for one in lessons.labels], np.uint8),
        lengths=np.array([len(one) for one in lessons.rows], np.uint16), low=(steps & 255).astype(np.uint8),
        high=(steps >> 8).astype(np.uint16), probe=rows(_PROBE),
    )  # fmt: skip
    return file.getvalue()


@cache
def lessons() -> Lessons:
    """The hand-labelled sentences of `nlp/data`."""
    with np.load(BytesIO(files("nlp.data").joinpath("intent_lessons.npz").read_bytes()), allow_pickle=False) as file:
        steps = file["low"].astype(np.int64) + (file["high"].astype(np.int64) << 8)
        ends = np.cumsum(file["lengths"].astype(np.int64))
        classes = [str(name) for name in file["classes"]]
        return Lessons(
            [np.cumsum(part) for part in np.split(steps, ends[:-1])], [classes[number] for number in file["labels"]]
        )


def fresh() -> bool:
    """Whether the lessons' features are those that this code makes."""
    with np.load(BytesIO(files("nlp.data").joinpath("intent_lessons.npz").read_bytes()), allow_pickle=False) as file:
        return bool(np.array_equal(file["probe"], rows(_PROBE)))


def together(examples: Sequence[Rows], labels: Sequence[str], hand: Lessons, share: float = HAND) -> squares.Lessons:
    """SciCite's sentences (there may be none) and the hand-labelled ones, each of which counts `share`."""
    texts = [*examples, *hand.rows]
    counts = [1.0] * len(examples) + [share] * len(hand.rows)
    return squares.Lessons(texts, [*labels, *hand.labels], counts, squares.likeness(texts))


def train(lessons: squares.Lessons) -> LinearModel:
    """A model of lessons that are put together."""
    return squares.train(lessons, TERMS, bits=BITS)


def held_out(lessons: squares.Lessons, own: int, terms: squares.Terms = TERMS) -> list[HeldOut]:
    """For each draw of folds answers for the `own` first sentences, SciCite's, from models that saw the other folds'
    and the hand-labelled ones."""
    classes = sorted(set(lessons.labels))
    answers = np.array([classes.index(label) for label in lessons.labels[:own]])
    return [
        HeldOut([classes[number] for number in scores.argmax(axis=1)], temperature(scores, answers))
        for scores in squares.left_out(lessons, terms, [folds(own, FOLDS, draw) for draw in range(DRAWS)])
    ]
