"""Who knows a topic: people ranked by the works that show it, and those works.

The document-centred model of Balog, Azzopardi and de Rijke, Formal models for expert finding in enterprise corpora
(SIGIR 2006): a person's score is the sum over works of how much the work is about the topic, times the root of the
person's share in the work, times how fresh the work is. Shares follow the place among the authors: first and last
count double. The root keeps many hands from making a work nobody's. `bench.experts` says what each part gives towards
foretelling who writes on the topic next: most of it is freshness.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import sqrt
from typing import Final

import msgspec

from graph.convert.safe import ref
from graph.discovery.ask import Named, chunks, column, names, rows, values
from graph.discovery.scope import OF_ORGANISATION
from graph.discovery.tally import WorkSet, years_of
from graph.stores.base import ReadableStore
from ontology.errors import QueryTooLarge

MOST: Final = 100
"""Experts that can be asked for."""

HALF_LIFE: Final = 5.0
"""Years after which a work counts half, seen from the newest work on the topic."""

STATED: Final = 1.0
"""Strength of a topic that a source states."""

PROOFS: Final = 5
"""Works shown for each person."""


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """A work that shows it: `score` is what it adds, `place` the person's among `authors` authors."""

    iri: str
    title: str
    year: int
    place: int
    authors: int
    score: float


class Expert(msgspec.Struct, frozen=True, kw_only=True):
    """A person with `works` works on the topic, cited `citations` times in the catalogue, from `since` to `until`
    (years, 0 where none is known). `score` is the sum over all of them; `proofs` are the PROOFS that add most."""

    iri: str
    name: str
    score: float
    works: int
    citations: int
    since: int
    until: int
    organisations: tuple[Named, ...]
    proofs: tuple[Proof, ...]


class Experts(msgspec.Struct, frozen=True, kw_only=True):
    """`experts` of all `people` who wrote the `works` that were weighed, best first, ties by IRI."""

    works: int
    people: int
    experts: tuple[Expert, ...]


class ExpertsOf(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """People who know about `of`, or about what `query` finds; only those of `within`, where it is given."""

    of: Named | None = None
    query: str = ""
    within: Named | None = None
    found: Experts


class Share(msgspec.Struct, frozen=True):
    """A person's place among the authors of a work, and the share in it; the shares of a work sum to one at most."""

    work: str
    person: str
    place: int
    authors: int
    part: float

    @property
    def credit(self) -> float:
        """What the work counts for the person, in (0, 1]."""
        return sqrt(self.part)


def experts(store: ReadableStore, strengths: Mapping[str, float], limit: int = 10, within: str = "") -> Experts:
    """The `limit` people who know most of what the works are about; `strengths` says how much each work is about
    it, in (0, 1]. With `within`, only people who wrote one of these works for that organisation or a part of it.

    QueryTooLarge for more than MOST.
    """
    if not 1 <= limit <= MOST:
        raise QueryTooLarge(f"1 to {MOST} experts can be asked for")
    years = years_of(store, strengths)
    members = _members(store, within, strengths) if within else None
    table: dict[str, list[tuple[float, Share]]] = {}
    for share in shares(store, strengths):
        if members is None or share.person in members:
            worth = strengths[share.work] * share.credit * freshness(years, share.work)
            table.setdefault(share.person, []).append((worth, share))
    scores = {person: sum(worth for worth, _ in found) for person, found in table.items()}
    best = sorted(scores, key=lambda person: (-round(scores[person], 9), person))[:limit]
    shown = _Shown(store, years, {person: sorted(table[person], key=_by_worth) for person in best})
    return Experts(
        works=len(strengths), people=len(table), experts=tuple(shown.expert(one, scores[one]) for one in best)
    )


def strengths_of(store: ReadableStore, concept: str) -> dict[str, float]:
    """Work → how much it is about the concept or a narrower one, in (0, 1]: the best score that reading gave it,
    STATED where a source states the subject."""
    below = column(store, f"SELECT DISTINCT ?x {{ {ref(concept)} skos:narrower* ?x }}")
    stated: dict[str, set[str]] = {}
    for chunk in chunks(below):
        query = f"SELECT DISTINCT ?p ?t {{ VALUES ?t {{ {values(chunk)} }} ?p dct:subject ?t }}"
        for row in rows(store, query):
            stated.setdefault(row["p"], set()).add(row["t"])
    scores = _assigned(store, stated)
    return {work: max(scores.get((work, one), STATED) for one in own) for work, own in stated.items()}


def _assigned(store: ReadableStore, works: Iterable[str]) -> dict[tuple[str, str], float]:
    """(work, concept) → the score that reading gave it."""
    found: dict[tuple[str, str], float] = {}
    for chunk in chunks(works):
        query = f"""SELECT ?p ?t ?s {{ VALUES ?p {{ {values(chunk)} }}
            GRAPH ?g {{ ?a gn:work ?p ; gn:score ?s ; gn:concept ?t }} }}"""
        found.update(((row["p"], row["t"]), float(row["s"])) for row in rows(store, query))
    return found


def shares(store: ReadableStore, works: Mapping[str, float]) -> Iterator[Share]:
    """The shares of the authors that are known as persons; others have theirs, but nobody to show."""
    for chunk in chunks(works):
        table: dict[str, dict[int, str]] = {}
        query = f"""SELECT ?p ?n ?x {{ VALUES ?p {{ {values(chunk)} }} ?a pro:relatesToDocument ?p ;
            pro:withRole pro:author ; gn:position ?n OPTIONAL {{ ?a pro:isHeldBy ?x }} }}"""
        for row in rows(store, query):
            table.setdefault(row["p"], {})[int(row["n"])] = row.get("x", "")
        for work, authors in sorted(table.items()):
            yield from _shared_out(work, [authors[place] for place in sorted(authors)])


def _shared_out(work: str, authors: list[str]) -> Iterator[Share]:
    last = len(authors) - 1
    weights = [2.0 if place in (0, last) else 1.0 for place in range(len(authors))]
    for place, (person, weight) in enumerate(zip(authors, weights, strict=True)):
        if person:
            yield Share(work, person, place + 1, len(authors), weight / sum(weights))


def freshness(years: Mapping[str, int], work: str, half_life: float = HALF_LIFE) -> float:
    """In (0, 1], halved every `half_life` years before the newest work; works without a year count half."""
    if work not in years:
        return 0.5
    return float(2 ** ((years[work] - max(years.values())) / half_life))


def _members(store: ReadableStore, organisation: str, works: Mapping[str, float]) -> set[str]:
    """Who wrote one of the works for the organisation or a part of it."""
    parts = column(store, f"SELECT DISTINCT ?x {{ ?x org:subOrganizationOf* {ref(organisation)} }}")
    found: set[str] = set()
    for part in parts:
        query = f"SELECT ?p ?x {{ {OF_ORGANISATION.format(iri=ref(part))} . ?a pro:isHeldBy ?x }}"
        found.update(row["x"] for row in rows(store, query) if row["p"] in works)
    return found


def _by_worth(entry: tuple[float, Share]) -> tuple[float, str]:
    return -round(entry[0], 9), entry[1].work


class _Shown:
    """The best, with names, works and organisations: what is only asked for those that are shown."""

    def __init__(
        self, store: ReadableStore, years: Mapping[str, int], found: Mapping[str, list[tuple[float, Share]]]
    ) -> None:
        self._years, self._found = years, found
        self._works = {person: [share.work for _, share in shown] for person, shown in found.items()}
        self._cited = WorkSet(store, {work for own in self._works.values() for work in own}).citations
        self._homes = _homes(store, found)
        proofs = (work for own in self._works.values() for work in own[:PROOFS])
        self._names = names(store, (*found, *proofs, *(home for own in self._homes.values() for home in own)))

    def expert(self, person: str, score: float) -> Expert:
        works = self._works[person]
        when = [self._years[work] for work in works if work in self._years]
        return Expert(
            iri=person,
            name=self._names[person],
            score=round(score, 6),
            works=len(works),
            citations=sum(self._cited.get(work, 0) for work in works),
            since=min(when, default=0),
            until=max(when, default=0),
            organisations=tuple(Named(home, self._names[home]) for home in self._homes.get(person, ())),
            proofs=tuple(self._proof(worth, share) for worth, share in self._found[person][:PROOFS]),
        )

    def _proof(self, worth: float, share: Share) -> Proof:
        return Proof(
            iri=share.work,
            title=self._names[share.work],
            year=self._years.get(share.work, 0),
            place=share.place,
            authors=share.authors,
            score=round(worth, 6),
        )


def _homes(store: ReadableStore, people: Mapping[str, object], most: int = 2) -> dict[str, list[str]]:
    """Person → the organisations of most works, all works considered."""
    found: dict[str, list[str]] = {}
    for chunk in chunks(people):
        query = f"""SELECT ?x ?o (COUNT(DISTINCT ?p) AS ?n) {{ VALUES ?x {{ {values(chunk)} }} ?a pro:isHeldBy ?x ;
            pro:relatesToOrganization ?o ; pro:relatesToDocument ?p }} GROUP BY ?x ?o ORDER BY ?x DESC(?n) ?o"""
        for row in rows(store, query):
            if "o" in row and len(own := found.setdefault(row["x"], [])) < most:
                own.append(row["o"])
    return found
