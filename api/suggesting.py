"""What may be meant by what has been typed so far: names from the index, concepts from the vocabularies."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import takewhile
from typing import Final

import msgspec
from rapidfuzz import process
from rapidfuzz.distance import OSA

from api.library import Library
from graph.search.base import EntityHit
from graph.search.engine import SearchEngine
from ontology.scheme import Concept

MAX_TYPED: Final = 200
LOOKED_AT: Final = 400
"""Labels that begin alike are looked at; the shortest are shown."""
MAX_FUZZY: Final = 20_000
FUZZY_FROM: Final = 4


class Suggestions(msgspec.Struct, frozen=True):
    """What was typed and what it may become, concepts first, then people, organisations, venues, works."""

    query: str
    suggestions: tuple[EntityHit, ...]


class Suggester:
    """Concepts from the library's labels, everything else from the engine."""

    def __init__(self, library: Library, engine: Callable[[], SearchEngine]) -> None:
        self._library = library
        self._engine = engine

    def __call__(self, typed: str, each: int) -> Iterator[EntityHit]:
        """At most `each` of every kind."""
        typed = typed.strip()[:MAX_TYPED]
        if typed:
            yield from self._concepts(typed, each)
            yield from self._engine().suggest(typed, each)

    def _concepts(self, typed: str, each: int) -> list[EntityHit]:
        """Concepts with a label that begins so, in any language; near ones where there are none."""
        labels, concepts = self._table
        begin = typed.casefold()
        found = [concepts[at] for at in _beginning(labels, begin)] or [concepts[at] for at in _near(labels, begin)]
        best = sorted(dict(found).items(), key=lambda one: (len(one[1]), one[1]))[:LOOKED_AT]
        known = [
            EntityHit(iri=iri, kind="concept", label=name, works=self._engine().tagged(iri))
            for iri, name in best[: 4 * each]
        ]
        return sorted(known, key=lambda one: -one.works)[:each]

    @cached_property
    def _table(self) -> tuple[list[str], list[tuple[str, str]]]:
        """Labels in lower case, sorted, and for each the concept's IRI and its name."""
        rows = sorted(set(_labels(concept for scheme in self._library.schemes for concept in scheme)))
        return [row[0] for row in rows], [(row[1], row[2]) for row in rows]


def _labels(concepts: Iterable[Concept]) -> Iterator[tuple[str, str, str]]:
    for concept in concepts:
        if not concept.deprecated:
            name = concept.name()
            for label in concept.labels:
                yield label.text.casefold(), concept.iri, name if label.text == name else f"{label.text} ({name})"


def _beginning(labels: list[str], begin: str) -> Iterable[int]:
    first = bisect_left(labels, begin)
    return takewhile(lambda at: labels[at].startswith(begin), range(first, min(len(labels), first + LOOKED_AT)))


def _near(labels: list[str], typed: str) -> list[int]:
    """Labels whose beginning differs by a letter, among those with the same first letter."""
    if len(typed) < FUZZY_FROM:
        return []
    first = bisect_left(labels, typed[0])
    last = bisect_left(labels, chr(ord(typed[0]) + 1))
    step = max(1, (last - first) // MAX_FUZZY)
    numbers = range(first, last, step)
    heads = [labels[at][: len(typed)] for at in numbers]
    near = process.extract(typed, heads, scorer=OSA.distance, score_cutoff=1 + (len(typed) > 7), limit=20)
    return [numbers[at] for _, _, at in near]
