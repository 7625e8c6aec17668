"""Sentences with their grammar: word classes and dependencies, and the way from one word to another."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import Final, NamedTuple

from nlp.model import grammar

_DEEPEST: Final = 40


class Word(NamedTuple):
    """A word with its lemma and word class (Penn Treebank), and the number of the word it depends on, and how;
    a root depends on itself."""

    text: str
    lemma: str
    tag: str
    relation: str
    head: int


class Way(NamedTuple):
    """Numbers of words from one up to what both depend on (`meet`, -1 where nothing is), and of the other likewise."""

    up: tuple[int, ...]
    meet: int
    down: tuple[int, ...]


def parsed(sentences: Sequence[Sequence[str]]) -> list[list[Word]]:
    """The sentences, given as words, with their grammar."""
    return [[Word(t.text, t.lemma_.lower(), t.tag_, t.dep_, t.head.i) for t in doc] for doc in grammar(sentences)]


def head_of(words: Sequence[Word], first: int, last: int) -> int:
    """The last word of a stretch that depends on none of the others."""
    free = [i for i in range(first, last + 1) if words[i].head == i or not first <= words[i].head <= last]
    return free[-1] if free else last


def above(words: Sequence[Word], place: int) -> list[int]:
    """A word and all that it depends on, nearest first."""
    found = [place]
    while words[place].head != place and len(found) < _DEEPEST:
        place = words[place].head
        found.append(place)
    return found


def way(words: Sequence[Word], one: int, other: int) -> Way:
    """How two words hang together."""
    left, right = above(words, one), above(words, other)
    meet = next((place for place in left if place in right), -1)
    return Way(
        tuple(takewhile(lambda place: place != meet, left)), meet, tuple(takewhile(lambda place: place != meet, right))
    )
