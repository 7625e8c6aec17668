"""How much two titles say for and against being one, in bits. Pure."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Final

from rapidfuzz.distance import Indel, JaroWinkler

from ingest.identity.text import weight, words_in

_LONG: Final = 5
_LETTER: Final = 1.5
"""Bits: titles that are the same to the letter say more than their words do."""


def titles_bits(a: str, b: str) -> float:
    """The words that two folded titles share speak for, words that only one of them has against; a
    subtitle that only one has hardly speaks against. 0 where one is empty."""
    if not a or not b:
        return 0.0
    words_a, words_b = words_in(a), words_in(b)
    if words_a == words_b:
        return weight(words_a) + _LETTER
    shared, alone_a, alone_b = _matched(words_a, words_b)
    own = weight(alone_a), weight(alone_b)
    against = 0.75 * (own[0] + own[1]) if all(own) else 0.4 * max(own)
    short, long = sorted((words_a, words_b), key=len)
    if long[: len(short)] == short:
        against *= 0.5  # cut short, or without its subtitle
    elif all(own) and Indel.normalized_similarity(a, b) >= 0.9:
        against *= 0.5
    return max(-9.0, weight(shared) - against)


def _matched(left: Sequence[str], right: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
    """Words in both titles (or nearly: "diagnosing", "diagnosis"), words only here, words only there."""
    rest = dict.fromkeys(right)
    alike: dict[str, list[str]] = {}
    for word in rest:
        if len(word) >= _LONG:
            alike.setdefault(word[:2], []).append(word)
    shared, alone = [], []
    for word in dict.fromkeys(left):
        found = word if word in rest else _near(word, alike, rest)
        if found is None:
            alone.append(word)
        else:
            shared.append(word)
            del rest[found]
    return shared, alone, list(rest)


def _near(word: str, alike: Mapping[str, Sequence[str]], rest: Container[str]) -> str | None:
    """The first of the words left that is nearly this one; `alike` has the long ones by how they begin."""
    if len(word) < _LONG:
        return None
    near = (w for w in alike.get(word[:2], ()) if w in rest and JaroWinkler.similarity(word, w) >= 0.9)
    return next(near, None)
