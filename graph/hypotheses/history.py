"""Which things works speak of together, year by year: what link prediction learns from.

A work speaks of its subjects and of what its text names most often. Things that very many works speak of
("Humans") join everything to everything and tell nothing: they are left out, and so are rare ones.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import combinations
from types import MappingProxyType
from typing import Final

from graph.discovery.ask import names, rows
from graph.stores.base import ReadableStore

EACH: Final = 25
"""Things of one work that are paired: its subjects first, then what it names most often."""
LEAST: Final = 3
"""Works that must speak of a thing."""
COMMON: Final = 0.05
"""Share of all works above which a thing joins everything."""
FEW: Final = 50
"""A thing of so many works is not too common, however small the catalogue."""
MOST_ROWS: Final = 3_000_000
"""Subjects and mentions that are read; `History.partial` tells that there are more."""

Spoken = Mapping[str, tuple[int, frozenset[str]]]
"""Work → its year and the things it speaks of."""
Kin = Mapping[str, frozenset[str]]
"""Thing → what it is a part of, what is a part of it, and what has its name: no news about it."""


class History:
    """Works with years and things; `until` gives the network as it was."""

    def __init__(self, spoken: Spoken, kin: Kin = MappingProxyType({}), partial: bool = False) -> None:
        self.spoken, self.kin, self.partial = spoken, kin, partial

    @cached_property
    def years(self) -> range:
        """From the first to the last year of a work; empty without any."""
        years = {year for year, _ in self.spoken.values()}
        return range(min(years), max(years) + 1) if years else range(0)

    def until(self, year: int) -> Together:
        """The network of works up to and with that year."""
        return Together((when, things) for when, things in self.spoken.values() if when <= year)

    def works_with(self, one: str, other: str) -> list[str]:
        """Works that speak of both, the newest first, then by IRI."""
        both = {one, other}
        found = ((-year, work) for work, (year, things) in self.spoken.items() if both <= things)
        return [work for _, work in sorted(found)]


class Together:
    """Things that stand together: `near[a][b]` is the number of works that speak of both, `works[a]` of a."""

    def __init__(self, spoken: Iterable[tuple[int, frozenset[str]]]) -> None:
        self.works: Counter[str] = Counter()
        self.near: defaultdict[str, dict[str, int]] = defaultdict(dict)
        self.first: dict[str, int] = {}
        """The year in which a thing first stood in a work."""
        for year, things in spoken:
            self.works.update(things)
            for one in things:
                self.first[one] = min(self.first.get(one, year), year)
            for one, other in combinations(sorted(things), 2):
                self.near[one][other] = self.near[other][one] = self.near[one].get(other, 0) + 1


def history(store: ReadableStore) -> History:
    """What the works of the default graph speak of. Works without a year say nothing about time and are left out."""
    years = {row["p"]: int(row["y"]) for row in rows(store, "SELECT ?p ?y { ?p a gn:Work ; gn:year ?y }")}
    weights: defaultdict[str, Counter[str]] = defaultdict(Counter)
    read = 0
    for work, thing, weight in _said(store):
        read += 1
        if work in years:
            weights[work][thing] += weight
    chosen = {work: frozenset(_first(found)) for work, found in weights.items()}
    spread = Counter(thing for things in chosen.values() for thing in things)
    most = max(FEW, int(COMMON * len(chosen)))
    telling = {thing for thing, count in spread.items() if LEAST <= count <= most}
    spoken = {work: (years[work], things & telling) for work, things in sorted(chosen.items())}
    told = {work: said for work, said in spoken.items() if said[1]}
    return History(told, kindred(store, telling), read >= MOST_ROWS)


def kindred(store: ReadableStore, things: Collection[str]) -> Kin:
    """The kin of each of the things, among them."""
    above: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows(store, "SELECT ?x ?b { ?x skos:broader|skos:exactMatch ?b }"):
        above[row["x"]].add(row["b"])
    found: defaultdict[str, set[str]] = defaultdict(set)
    for one in things:
        for other in _all_above(one, above):
            found[one].add(other)
            found[other].add(one)
    alike: defaultdict[str, set[str]] = defaultdict(set)
    for iri, name in names(store, things).items():
        alike[name.casefold()].add(iri)
    for same in alike.values():
        for one in same:
            found[one] |= same
    return {one: frozenset(found[one].intersection(things) - {one}) for one in things}


def _all_above(one: str, above: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [one]
    while waiting:
        new = above.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


_STATED: Final = f"SELECT ?p ?t {{ ?p dct:subject ?t }} LIMIT {MOST_ROWS}"
_NAMED: Final = f"""SELECT ?r ?t (COUNT(*) AS ?n) {{ GRAPH ?g {{ ?m oa:hasBody ?t ; prov:wasGeneratedBy ?r }} }}
    GROUP BY ?r ?t LIMIT {MOST_ROWS}"""
_READING: Final = "/reading/"
_SUBJECT: Final = 1_000
"""Subjects come before anything that is merely named."""


def _said(store: ReadableStore) -> Iterator[tuple[str, str, int]]:
    """(work, thing, weight); the reading that made a mention has the work in its IRI, which spares a join."""
    for row in rows(store, _STATED):
        yield row["p"], row["t"], _SUBJECT
    for row in rows(store, _NAMED):
        if "t" in row:
            yield row["r"].partition(_READING)[0], row["t"], int(row["n"])


def _first(found: Counter[str]) -> list[str]:
    return sorted(found, key=lambda thing: (-found[thing], thing))[:EACH]
