"""Concepts near a term: what it may be narrower than, another name of, or related to."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from typing import Final, Literal

import msgspec
from rapidfuzz import fuzz, process

from api.library import Library

_ALIKE: Final = 86.0
"""Per cent of the letters that two spellings of one name have in common, at least."""
_MOST: Final = 5


class NearConcept(msgspec.Struct, frozen=True):
    """`relation` is what the concept may be to the term: broader (its last words), synonym (spelt alike), narrower
    (ends with the term) or related (named inside it)."""

    iri: str
    label: str
    relation: Literal["broader", "synonym", "narrower", "related"]


class Nearest:
    """Looks in the dictionary of all labels."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def inside(self, text: str, language: str) -> Iterator[NearConcept]:
        """Concepts that words of the term name, the broader ones first."""
        matcher = self._library.reader.matcher
        found = []
        for hit in matcher.find(text, language):
            for candidate in hit.candidates[:1]:
                iri = matcher.concepts[candidate.concept]
                last = hit.end == len(text)
                found.append(
                    (not last, NearConcept(iri, matcher.names[candidate.concept], "broader" if last else "related"))
                )
        return (concept for _, concept in sorted(found, key=lambda one: one[0]))

    def alike(self, text: str) -> Iterator[NearConcept]:
        """Concepts with a label spelt like the term, and those with one that ends with it."""
        labels, iris = self._table
        typed = text.casefold()
        near = process.extract(typed, labels, scorer=fuzz.ratio, score_cutoff=_ALIKE, limit=_MOST)
        longer = islice((at for at, label in enumerate(labels) if label.endswith(f" {typed}")), _MOST)
        for at in (number for _, _, number in near):
            yield NearConcept(iris[at], self._library.labels[iris[at]], "synonym")
        for at in longer:
            yield NearConcept(iris[at], self._library.labels[iris[at]], "narrower")

    @cached_property
    def _table(self) -> tuple[list[str], list[str]]:
        """Every label in lower case, and whose it is."""
        pairs = [
            (label.text.casefold(), concept.iri)
            for scheme in self._library.schemes
            for concept in scheme
            if not concept.deprecated
            for label in concept.labels
        ]
        return [label for label, _ in pairs], [iri for _, iri in pairs]
