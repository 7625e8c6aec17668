"""What citation intents are told by, over several draws of folds: `python -m bench.intents [--gold FOLDER]`.

`gnomon evaluate citation-intent` draws its five folds once, and one draw differs from another by a hundredth. Here
eight draws (the first is that one) share a closed form: least squares with squared weights over the features that ship
(`nlp.intents`), which does as well as the margins that ship and needs one inverse for all folds.
Prints macro F1 on SciCite's development part, the mean of the draws, the first draw, and the least and the most.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp.evaluation.gold.citing import citing
from nlp.evaluation.gold.parts import files_of
from nlp.intent_training import BALANCE, HAND, lessons, rows
from nlp.learned.hashing import Rows
from nlp.learned.logistic import FOLDS, folds

Array = NDArray[np.float32]
Numbers = NDArray[np.int64]
_DRAWS: Final = 8
_OFTEN: Final = 300
"""Features of more texts than this are multiplied as a matrix, the others text by text."""


class Lessons(NamedTuple):
    """Likenesses of all texts, SciCite's `own` first, and their classes by number."""

    likeness: Array
    answers: Numbers
    own: int


class Way(NamedTuple):
    """How much an error costs, how much a hand-labelled text counts, which share of either part is left out: the texts
    whose own label scores least in a model of the part's other texts."""

    name: str
    cost: float = 1.0
    hand: float = HAND
    drop_hand: float = 0.0
    drop_own: float = 0.0


WAYS: Final = (
    Way("errors cost 1, hand labels count .5"),
    Way("errors cost .3", cost=0.3),
    Way("errors cost 3", cost=3.0),
    Way("hand labels count .25", hand=0.25),
    Way("hand labels count 1", hand=1.0),
    Way("no hand labels", hand=1e-4),
    Way("without the doubtful 5 % of the hand labels", drop_hand=0.05),
    Way("without the doubtful 12 % of the hand labels", drop_hand=0.12),
    Way("without the doubtful 5 % of SciCite", drop_own=0.05),
    Way("without the doubtful 10 % of SciCite", drop_own=0.1),
    Way("without the doubtful 20 % of SciCite", drop_own=0.2),
)


def likeness(texts: Sequence[Rows]) -> Array:
    """Products of the texts' features, each text's of length one."""
    columns = np.concatenate(texts)
    owners = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    owners = owners[np.argsort(columns, kind="stable")]
    ends = np.cumsum(np.unique(columns, return_counts=True)[1])
    shared = np.zeros((len(texts), len(texts)), dtype=np.float32)
    often = [part for part in np.split(owners, ends[:-1]) if len(part) > 1]
    common = [part for part in often if len(part) > _OFTEN]
    table = np.zeros((len(texts), len(common)), dtype=np.float32)
    for number, part in enumerate(common):
        table[part, number] = 1
    shared += table @ table.T
    for part in often:
        if len(part) <= _OFTEN:
            shared[np.ix_(part, part)] += 1
    lengths = np.sqrt([max(len(text), 1) for text in texts]).astype(np.float32)
    shared[np.diag_indices(len(texts))] = lengths**2
    products: Array = shared / lengths / lengths[:, None]
    return products


def answered(lessons: Lessons, way: Way, drawn: Sequence[Sequence[Numbers]]) -> Iterator[Numbers]:
    """For each draw of folds the classes of SciCite's texts, each from the other folds and the hand-labelled texts."""
    own, answers = lessons.own, lessons.answers
    signs = np.where(answers[:, None] == np.arange(3), 1.0, -1.0).astype(np.float32)
    share = np.bincount(answers, minlength=3) / len(answers)
    count = np.where(np.arange(len(answers)) < own, 1.0, way.hand) * (1 / (3 * share[answers])) ** BALANCE
    grown = lessons.likeness + 1
    grown[np.diag_indices(len(answers))] += (1 / (way.cost * count)).astype(np.float32)
    hand = np.arange(own, len(answers))
    if way.drop_hand:
        hand = hand[_likely(np.linalg.inv(grown[own:, own:]), signs[own:], way.drop_hand)]
    taught = np.linalg.solve(grown[np.ix_(hand, hand)], np.hstack([grown[hand, :own], signs[hand]]))
    told = grown[:own, hand] @ taught[:, own:]
    rest = (grown[:own, :own] - grown[:own, hand] @ taught[:, :own]).astype(np.float64)
    given = np.zeros(own, dtype=np.int64)
    for parts in drawn:
        for held in parts:
            seen = np.setdiff1d(np.arange(own), held)
            if way.drop_own:
                turned = np.linalg.inv(rest[np.ix_(seen, seen)])
                seen = seen[_likely(turned, (signs[:own] - told)[seen], way.drop_own, signs[seen])]
            weights = np.linalg.solve(rest[np.ix_(seen, seen)], (signs[:own] - told)[seen])
            given[held] = (told[held] + rest[np.ix_(held, seen)] @ weights).argmax(axis=1)
        yield given.copy()


def _likely(
    inverse: NDArray[np.floating], left: NDArray[np.floating], drop: float, signs: NDArray[np.floating] | None = None
) -> Numbers:
    """The texts but for the share whose own class scores least against the best other, each left out itself; `left` is
    what remains to be told of `signs`, all of it if those are not given."""
    signs = left if signs is None else signs
    scores = signs - (inverse @ left) / np.diag(inverse)[:, None]
    right = signs > 0
    margins = scores[right] - np.where(right, -np.inf, scores).max(axis=1)
    return np.flatnonzero(margins >= np.quantile(margins, drop))


def _macro(gold: Numbers, given: Numbers) -> float:
    """The mean F1 of the classes."""
    each = [2 * ((gold == c) & (given == c)).sum() / ((gold == c).sum() + (given == c).sum()) for c in np.unique(gold)]
    return float(np.mean(each))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.intents", description=__doc__)
    parser.add_argument("--gold", type=Path, default=Path("../shared/data/gold"))
    place = parser.parse_args().gold / "scibert_data/text_classification/sci-cite"
    items = [item for file in files_of(place, "dev") for item in citing(file)]
    hand = lessons()
    labels = [item.label for item in items]
    names = sorted(set(labels))
    numbers = np.array([names.index(label) for label in [*labels, *hand.labels]])
    all_of_them = Lessons(likeness([*(rows(item.text) for item in items), *hand.rows]), numbers, len(items))
    random = np.random.default_rng(1)
    drawn = [folds(len(items), FOLDS)]
    drawn += [np.array_split(random.permutation(len(items)), FOLDS) for _ in range(_DRAWS - 1)]
    print(f"{len(items)} sentences of SciCite, {len(hand.rows):,} labelled by hand, {_DRAWS} draws of {FOLDS} folds")
    for way in WAYS:
        found = [_macro(numbers[: len(items)], given) for given in answered(all_of_them, way, drawn)]
        print(
            f"{way.name:<46} {np.mean(found):.3f}   first {found[0]:.3f}, {min(found):.3f} to {max(found):.3f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
