"""Candidates for new terms, ranked and shown with what a curator needs to decide.

C-value comes from the journal; NC-value adds how telling the words beside a term are: a word's weight is the share
of the best candidates that it stands beside (Frantzi et al., 2000, with their 0.8 and 0.2).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final, Literal, get_args

import msgspec

from api.library import Library
from api.terms.nearest import NearConcept, Nearest
from api.terms.vocabulary import sentences
from graph.discovery.ask import column, names, rows, values
from graph.stores.base import ReadableStore
from ingest.journal.database import Database
from ingest.journal.ledger import Ledger
from ingest.journal.terms import TermBook, TermRow, TermVerdict, latest
from ontology.errors import NotFound
from ontology.found import TYPES, found_iri
from ontology.namespaces import Base

Order = Literal["nc", "c", "works"]
ORDERS: Final = get_args(Order)
LOOKED_AT: Final = 2_000
"""Candidates with the highest C-value: only these are ranked otherwise."""
_CONTEXTS: Final = 10
_SHARE: Final = 0.2
_WITHIN: Final = 0.7
"""Share of a phrase's occurrences inside one longer phrase from which on it is a part of that."""
_KEPT: Final = 8
_NEAR_LISTED: Final = 3
_LONGER: Final = 20


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A term that works use and no vocabulary has. `occurrences` in titles and abstracts, `nested` of them inside
    longer phrases; `concepts` are what it may be below or beside."""

    name: str
    text: str
    language: str
    occurrences: int
    nested: int
    works: int
    c_value: float
    nc_value: float
    concepts: tuple[NearConcept, ...] = ()


class Candidates(msgspec.Struct, frozen=True):
    """One page of candidates, the best first; `total` counts those with enough works."""

    total: int
    candidates: tuple[Candidate, ...]


class Context(msgspec.Struct, frozen=True):
    """A sentence (its IRI) that uses the term, in which work."""

    sentence: str
    text: str
    work: str
    title: str


class CandidateDetail(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one term: where works use it, the longer terms that hold it, near concepts, the types it was
    found as in texts (method, dataset …), and what was decided on it, the latest first."""

    candidate: Candidate
    contexts: tuple[Context, ...]
    longer: tuple[str, ...]
    found_as: tuple[str, ...]
    verdicts: tuple[TermVerdict, ...]


class TermVerdicts(msgspec.Struct, frozen=True):
    """What was decided on terms, the latest decision on each, in order of the terms."""

    verdicts: tuple[TermVerdict, ...]


class Ranking:
    """Candidates of one data folder, as of the newest commit."""

    def __init__(self, journal: Database, library: Library, base: Base, store: Callable[[], ReadableStore]) -> None:
        """`store` opens the newest commit."""
        self._book = TermBook(journal)
        self._ledger = Ledger(journal)
        self._nearest = Nearest(library)
        self._base = base
        self._store = store
        self._ranked = lru_cache(_KEPT)(self._rank)

    def page(self, order: Order, least_works: int, text: str, limit: int, offset: int) -> Candidates:
        """Of the LOOKED_AT candidates with the highest C-value, those from `offset` on."""
        ranked = list(self._ranked(self._state(), least_works, text))
        if order == "c":
            ranked.sort(key=lambda one: (-one[0].c_value, one[0].key))
        elif order == "works":
            ranked.sort(key=lambda one: (-one[0].works, -one[1], one[0].key))
        shown = [self._candidate(row, nc, _NEAR_LISTED) for row, nc in ranked[offset : offset + limit]]
        return Candidates(self._book.count(least_works, text), tuple(shown))

    def detail(self, name: str) -> CandidateDetail:
        """NotFound for a term that no work uses."""
        row = self._book.named(name)
        if row is None:
            raise NotFound("no work here uses this term", place=name, hint="/v1/candidates lists what there is")
        nc = next((nc for one, nc in self._ranked(self._state(), 1, "") if one.id == row.id), row.c_value)
        verdicts = [v for v in self._book.verdicts() if v.key == row.key]
        near = (*self._nearest.inside(row.text, row.language), *self._nearest.alike(row.text))
        return CandidateDetail(
            candidate=_candidate(row, nc, tuple(dict.fromkeys(near))),
            contexts=tuple(self._contexts(row)),
            longer=tuple(one.text for one in self._book.wholes(row.id, _LONGER)),
            found_as=tuple(self._found_as(row)),
            verdicts=tuple(reversed(verdicts)),
        )

    def verdicts(self) -> TermVerdicts:
        return TermVerdicts(tuple(latest(self._book.verdicts())))

    def _state(self) -> tuple[int, int]:
        """What a ranking depends on: the commit, and how many verdicts there are."""
        return self._ledger.sequence, len(self._book.verdicts())

    def _rank(self, _: tuple[int, int], least_works: int, text: str) -> Sequence[tuple[TermRow, float]]:
        """Terms with their NC-value, the highest first, without the beginnings and ends of longer ones."""
        best = list(_complete(self._book.ranked(least_works, LOOKED_AT, text)))
        beside = self._book.contexts([row.id for row in best])
        weights = Counter(word for words in beside.values() for word in words)
        scored = [
            (row, (1 - _SHARE) * row.c_value + _SHARE * _context_value(beside.get(row.id, {}), weights, len(best)))
            for row in best
        ]
        return sorted(scored, key=lambda one: (-one[1], one[0].key))

    def _candidate(self, row: TermRow, nc: float, near: int) -> Candidate:
        return _candidate(row, nc, tuple(self._nearest.inside(row.text, row.language))[:near])

    def _contexts(self, row: TermRow) -> Iterator[Context]:
        store, base = self._store(), self._base
        found = list(dict.fromkeys(sentences(self._book.uses(row.id, _CONTEXTS), row.key, base)))[:_CONTEXTS]
        query = f"""SELECT ?x ?text ?work {{ VALUES ?x {{ {values(found)} }} GRAPH ?g {{ ?x nif:isString ?text ;
            dct:isPartOf ?work }} }}"""
        said = {row["x"]: row for row in rows(store, query)}
        works = names(store, [row["work"] for row in said.values()])
        for sentence in found:
            if one := said.get(sentence):
                yield Context(sentence, one["text"], one["work"], works[one["work"]])

    def _found_as(self, row: TermRow) -> Iterator[str]:
        """The types of things of this name that texts name."""
        iris = {found_iri(self._base, kind, row.text): kind for kind in TYPES}
        query = f"SELECT ?x {{ VALUES ?x {{ {values(iris)} }} GRAPH ?g {{ ?x a gn:Found }} }}"
        return (iris[iri] for iri in sorted(column(self._store(), query)))


def _complete(ranked: Sequence[TermRow]) -> Iterator[TermRow]:
    """Without phrases that hardly stand but inside one longer one ("masked language" of "masked language model")."""
    within: dict[str, int] = {}
    for row in ranked:
        words = row.key.split(" ")
        for first in range(len(words)):
            for last in range(first + 1, len(words) + 1):
                part = " ".join(words[first:last]) if first == 0 else f"{row.language}:{' '.join(words[first:last])}"
                if last - first < len(words):
                    within[part] = max(within.get(part, 0), row.own + row.nested)
    return (row for row in ranked if within.get(row.key, 0) < _WITHIN * (row.own + row.nested))


def _candidate(row: TermRow, nc: float, near: tuple[NearConcept, ...]) -> Candidate:
    return Candidate(
        name=row.name, text=row.text, language=row.language, occurrences=row.own + row.nested, nested=row.nested,
        works=row.works, c_value=round(row.c_value, 4), nc_value=round(nc, 4), concepts=near,
    )  # fmt: skip


def _context_value(beside: Mapping[str, int], weights: Mapping[str, int], terms: int) -> float:
    return sum(count * weights[word] / terms for word, count in beside.items())
