"""Which relation two stretches of a sentence have that are known to be related, and which way round.

Nothing but the sentence and both stretches is given: types, and the other things named there, are the extractor's own
guesses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from nlp.joint.extractor import MOST_WORDS, Extractor, Marked, spans
from nlp.joint.parses import parsed
from nlp.joint.passages import WIDEST
from nlp.learned.linear import Array
from nlp.relations import Thing

SYMMETRIC: Final = frozenset({"COMPARE", "CONJUNCTION"})
"""Relations of SciERC that lead nowhere: either way of writing them counts."""
Ends = tuple[int, int]
"""First and last word of a stretch."""


class Asked(NamedTuple):
    """Two stretches, of which the first has the relation to the second ("used for": the tool first)."""

    subject: Ends
    object: Ends


def named(extractor: Extractor, words: Sequence[str], asked: Sequence[Asked]) -> list[dict[str, float]]:
    """For each of the pairs asked about in one sentence the relations with their shares, which sum to one.

    Each pair is judged by itself, as if no other had been asked about. ValueError for a stretch beyond the words that
    are looked at.
    """
    grammar = parsed([words[:MOST_WORDS]])
    count = len(grammar[0])
    seen = extractor.seen(grammar)
    (told,) = extractor.stretches(grammar, seen)
    logs = told.mean(extractor.weighing.share)
    rows = {place: row for row, place in enumerate(spans(count))}
    marked = extractor.disjoint(count, logs, extractor.weighing.leaning)
    found = []
    for one in asked:
        if not all(0 <= first <= last < count for first, last in one):
            raise ValueError(f"{one.subject} and {one.object} are no two stretches of {count} words")
        ends = sorted(one)
        typed = [Thing(*place, extractor.types[_likeliest(logs, rows, place)]) for place in ends]
        things = sorted([*typed, *_beside(ends, marked)])
        numbers = things.index(typed[0]), things.index(typed[1])
        (answer,) = extractor.pairs(grammar, [things], [[numbers]], seen=seen)
        shares = np.exp(answer.mean(extractor.weighing.pair_share)[0])
        found.append(_shares(extractor.relations, shares, forward=ends[0] == one.subject))
    return found


def _beside(ends: Sequence[Ends], marked: Sequence[Marked]) -> list[Thing]:
    """What else was found in the sentence."""
    return [Thing(*m[:3]) for m in marked if all(m.last < first or last < m.first for first, last in ends)]


def _likeliest(logs: Array, rows: Mapping[Ends, int], place: Ends) -> int:
    """The type's number; of a stretch that is too long to be looked at, that of its end."""
    first, last = place
    return int(logs[rows[max(first, last - WIDEST + 1), last], 1:].argmax())


def _shares(relations: Sequence[str], told: Array, *, forward: bool) -> dict[str, float]:
    """By relation, "none" aside; those that lead the other way are left out."""
    shares: dict[str, float] = {}
    for name, value in zip(relations[1:], told[1:].tolist(), strict=True):
        if name.endswith(">") == forward or name[:-1] in SYMMETRIC:
            shares[name[:-1]] = shares.get(name[:-1], 0.0) + value
    total = sum(shares.values()) or 1.0
    return {name: share / total for name, share in shares.items()}
