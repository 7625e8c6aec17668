"""Whether and how a sentence relates two typed things it names: a classifier over the words around and between.

The model that ships is trained on BioRED: genes, chemicals, diseases and variants that are associated,
positively or negatively. It finds relations for which no cue word stands in `data/claim_cues.tsv`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, pairwise
from typing import Final, NamedTuple

from nlp.learned.linear import LinearModel, shipped
from nlp.learned.tokens import tokens

BITS: Final = 17
NONE: Final = "none"
_NEAR: Final = 3
_SHOWN: Final = 8
_MOST_BETWEEN: Final = 40
"""Things further apart are not looked at."""
_PREDICATES: Final[Mapping[tuple[str, str, str], tuple[str, bool]]] = {
    ("chemical", "disease", "positive"): ("causes", False),
    ("disease", "chemical", "positive"): ("causes", True),
    ("chemical", "disease", "negative"): ("treats", False),
    ("disease", "chemical", "negative"): ("treats", True),
    ("chemical", "gene", "negative"): ("inhibits", False),
    ("gene", "chemical", "negative"): ("inhibits", True),
}
"""(type, type, class) → property, and whether it leads from the second to the first; any other is associatedWith."""
TYPES: Final = frozenset({"gene", "chemical", "disease", "variant"})


class Thing(NamedTuple):
    """A typed stretch of a sentence, as its first and last token."""

    first: int
    last: int
    type: str


def things(text: str, spans: Sequence[tuple[int, int, str]]) -> tuple[list[str], list[Thing]]:
    """The sentence's tokens in lower case, and the spans as stretches of them, in their order; a span without
    a token is left out."""
    places = tokens(text)
    words = [text[begin:end].lower() for begin, end in places]
    found = []
    for begin, end, kind in sorted(spans):
        inside = [i for i, place in enumerate(places) if place.begin < end and begin < place.end]
        if inside:
            found.append(Thing(inside[0], inside[-1], kind))
    return words, found


def pairs(named: Sequence[Thing]) -> Iterator[tuple[int, int]]:
    """Numbers of two things that do not overlap and are not too far apart, the first first."""
    for one, other in combinations(range(len(named)), 2):
        if 0 < named[other].first - named[one].last <= _MOST_BETWEEN:
            yield one, other


def features(words: Sequence[str], named: Sequence[Thing], one: int, other: int) -> Iterator[str]:
    """Names of what tells about things `one` and `other` (numbers in `named`)."""
    left, right = named[one], named[other]
    types = f"{left.type}|{right.type}"
    between = list(_between(words, named, left, right))
    inside = sum(1 for thing in named if left.last < thing.first and thing.last < right.first)
    yield f"T {types}"
    yield f"n {inside} {types}"
    yield f"d {min(len(between), 12)}"
    yield f"m {types} {' '.join(between[:_SHOWN])}"
    for word in between:
        yield f"w {word}"
        yield f"w {types} {word}"
    yield from (f"2 {a} {b}" for a, b in pairwise(between))
    yield from (f"s {a} {b}" for a, b in zip(between, between[2:], strict=False))
    yield from (f"3 {a} {b} {c}" for a, b, c in zip(between, between[1:], between[2:], strict=False))
    before = ["^", *words[: left.first]][-_NEAR:]
    after = [*words[right.last + 1 :], "$"][:_NEAR]
    ends = (between[0], between[-1]) if between else ("", "")
    yield f"e {ends[0]} {ends[1]}"
    yield f"f {types} {ends[0]}"
    yield f"l {types} {ends[1]}"
    yield f"b {before[-1]} {ends[0]}"
    yield f"b {before[-1]}"
    yield f"b {' '.join(before[-2:])}"
    yield f"a {after[0]} {ends[1]}"
    yield f"a {after[0]}"
    yield f"a {' '.join(after[:2])}"
    yield f"o {named[one - 1].type if one else '^'} {types}"
    yield f"p {named[other + 1].type if other + 1 < len(named) else '$'} {types}"
    yield f"( {between.count('(') - between.count(')')}"
    yield from (f"B {word}" for word in before)
    yield from (f"A {word}" for word in after)
    yield from (f"h {word}" for word in words[left.first : left.last + 1])
    yield from (f"k {word}" for word in words[right.first : right.last + 1])
    yield f"hk {words[left.last]} {words[right.last]}"
    if left.type in TYPES:
        yield from (f"S {word}" for word in set(words))


def _between(words: Sequence[str], named: Sequence[Thing], left: Thing, right: Thing) -> Iterator[str]:
    """The words between two things, other things as their types."""
    starts = {thing.first: thing for thing in named if left.last < thing.first and thing.last < right.first}
    place = left.last + 1
    while place < right.first:
        thing = starts.get(place)
        yield f"<{thing.type}>" if thing else words[place]
        place = thing.last + 1 if thing else place + 1


class Related(NamedTuple):
    """Numbers of two spans of a sentence (subject, object), the property that relates them, and its probability."""

    subject: int
    object: int
    predicate: str
    probability: float


def related(
    text: str, spans: Sequence[tuple[int, int, str]], least: float, model: LinearModel | None = None
) -> Iterator[Related]:
    """Relations of probability `least` and up between spans (begin, end, type) of TYPES in a sentence, given in
    text order and disjoint."""
    words, named = things(text, spans)
    if len(named) != len(spans):
        return
    used = model or shipped("relations")
    for one, other in pairs(named):
        kinds = named[one].type, named[other].type
        if not set(kinds) <= TYPES:
            continue
        name, probability = used.best(features(words, named, one, other))
        if name != NONE and probability >= least:
            predicate, turned = _PREDICATES.get((*kinds, name), ("associatedWith", False))
            subject, target = (other, one) if turned else (one, other)
            yield Related(subject, target, predicate, round(probability, 4))
