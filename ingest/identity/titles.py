"""How much two titles say for and against being one, in bits. Pure."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from functools import lru_cache
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


def titles_most(a: str, b: str) -> float:
    """No less than `titles_bits` of these comes to, by a quick look: as if all words that begin alike were one."""
    if not a or not b:
        return 0.0
    words_a, words_b = words_in(a), words_in(b)
    here, there, alike_a, alike_b = frozenset(words_a), frozenset(words_b), _alike(words_a), _alike(words_b)
    alone_a = [word for word in words_a if word not in there and word[:2] not in alike_b]
    alone_b = [word for word in words_b if word not in here and word[:2] not in alike_a]
    own = weight(alone_a), weight(alone_b)
    against = 0.5 * (0.75 * (own[0] + own[1]) if all(own) else 0.4 * max(own))
    return max(-9.0, weight(here.difference(alone_a)) + _LETTER - against) + 0.1


def _matched(left: Sequence[str], right: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
    """Words in both titles (or nearly: "diagnosing", "diagnosis"), words only here, words only there."""
    rest = dict.fromkeys(right)
    alike = _alike(tuple(right))
    shared, alone = [], []
    for word in dict.fromkeys(left):
        found = word if word in rest else _near(word, alike, rest)
        if found is None:
            alone.append(word)
        else:
            shared.append(word)
            del rest[found]
    return shared, alone, list(rest)


@lru_cache(maxsize=16384)
def _alike(words: tuple[str, ...]) -> Mapping[str, Sequence[str]]:
    """The long ones of some words by how they begin."""
    found: dict[str, list[str]] = {}
    for word in dict.fromkeys(words):
        if len(word) >= _LONG:
            found.setdefault(word[:2], []).append(word)
    return found


def _near(word: str, alike: Mapping[str, Sequence[str]], rest: Container[str]) -> str | None:
    """The first of the words left that is nearly this one; `alike` has the long ones by how they begin."""
    if len(word) >= _LONG and (candidates := alike.get(word[:2])):
        for candidate in candidates:
            if candidate in rest and JaroWinkler.similarity(word, candidate) >= 0.9:
                return candidate
    return None
