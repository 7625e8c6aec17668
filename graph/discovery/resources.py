"""Datasets and software as a catalogue: those with an entry and those that texts name, with the works that use them.

A catalogued dataset or program and the names texts have for it (`gn:catalogueEntry`) are one resource. A work uses a
resource that its text names, or that it cites or links; of a catalogue entry itself that is no use. Topics and
organisations of a resource are those of the entry and of the works that use it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Final

import msgspec

from graph.discovery.ask import Counted, Named, chunks, column, named, names, rows, values
from graph.discovery.scope import ORGANISATION, TOPIC
from graph.stores.base import ReadableStore
from ontology.errors import QueryTooLarge
from ontology.found import ResourceKind

MOST: Final = 200
MOST_USES: Final = 2_000_000
"""Pairs of a work and a resource that are held; beyond them the catalogue says that it is partial."""
FACET: Final = 12
_FOUND: Final = (
    """SELECT ?x ?k { GRAPH ?g { ?x a gn:Found ; gn:foundType ?k } FILTER(?k IN ("dataset", "software")) }"""
)
_CATALOGUED: Final = {"dataset": "dcat:Dataset", "software": "fabio:ComputerProgram"}
_NAMING: Final = """SELECT DISTINCT ?x ?p {{ VALUES ?x {{ {values} }}
    GRAPH ?g {{ ?m oa:hasBody ?x ; prov:wasGeneratedBy ?r . ?r prov:used ?p }} }}"""
_LINKING: Final = """SELECT DISTINCT ?x ?p {{ VALUES ?x {{ {values} }}
    ?p cito:cites|cito:citesAsDataSource|cito:documents|dct:requires|dct:hasPart|dct:relation ?x . ?p a gn:Work }}"""


class Resource(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A dataset or program that `works` works use: `named` name it, `linked` cite or link it. `iri` is that of its
    catalogue entry where it has one (`catalogued`), else of the name in texts, which has a page with the sentences."""

    iri: str
    name: str
    kind: ResourceKind
    catalogued: bool
    works: int
    named: int = 0
    linked: int = 0
    names: tuple[str, ...] = ()
    """IRIs of the names in texts."""
    licences: tuple[str, ...] = ()
    used_by: tuple[Named, ...] = ()
    """A few of the works that use it, by IRI."""


class ResourceFacets(msgspec.Struct, frozen=True, kw_only=True):
    """The most frequent values among the resources found, by the number of resources."""

    kind: tuple[Counted, ...]
    topic: tuple[Counted, ...]
    organisation: tuple[Counted, ...]
    licence: tuple[Counted, ...]


class Resources(msgspec.Struct, frozen=True, kw_only=True):
    """`total` resources were found, `catalogued` of them with an entry of their own; those that most works use come
    first, then by IRI. `read` works were read at all, of `works`: others name nothing that is known. `partial`: not all
    uses could be held."""

    total: int
    catalogued: int
    works: int
    read: int
    partial: bool
    resources: tuple[Resource, ...]
    facets: ResourceFacets


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for; `topic` includes narrower ones, `words` must all be in the name."""

    kind: str = ""
    topic: str = ""
    organisation: str = ""
    licence: str = ""
    words: str = ""
    catalogued: bool = False
    limit: int = 20
    offset: int = 0


class Catalogue:
    """All resources of one checkpoint, held in memory."""

    def __init__(self, store: ReadableStore) -> None:
        found = {row["x"]: row["k"] for row in rows(store, _FOUND)}
        entries = {
            entry: kind
            for kind, curie in _CATALOGUED.items()
            for entry in column(store, f"SELECT ?x {{ ?x a {curie} }}")
        }
        meant = {row["x"]: row["w"] for row in rows(store, "SELECT ?x ?w { ?x gn:catalogueEntry ?w }")}
        self._home = {one: meant[one] if meant.get(one) in entries else one for one in found}
        self._names: defaultdict[str, list[str]] = defaultdict(list)
        for one, home in sorted(self._home.items()):
            self._names[home].append(one)
        self.kinds: dict[str, str] = {**{home: found[one] for one, home in self._home.items()}, **entries}
        self.entries = frozenset(entries)
        self._room = MOST_USES
        self.naming = self._uses(store, _NAMING, found)
        self.linking = self._uses(store, _LINKING, entries)
        self.labels = names(store, self.kinds)
        using = {work for uses in (self.naming, self.linking) for some in uses.values() for work in some} | self.entries
        topics, houses = (_pairs(store, using, pattern) for pattern in (TOPIC, ORGANISATION))
        self.direct = frozenset(topic for some in topics.values() for topic in some)
        above = _above(store, self.direct)
        self.topics = {
            one: frozenset(up for topic in self._of(one, topics) for up in above[topic]) for one in self.kinds
        }
        """Resource → its topics and all above them; `direct` are those that works have themselves."""
        self.houses = {one: self._of(one, houses) for one in self.kinds}
        self.licences = _pairs(store, self.entries, "?p dct:license|dct:rights ?x")
        self.works = len(column(store, "SELECT ?x { ?x a gn:Work }"))
        self.read = len(set(column(store, "SELECT DISTINCT ?x { GRAPH ?g { ?r prov:used ?x } ?x a gn:Work }")))

    def _uses(self, store: ReadableStore, query: str, things: Iterable[str]) -> dict[str, set[str]]:
        """Resource → works that use it, itself left out."""
        uses: defaultdict[str, set[str]] = defaultdict(set)
        for chunk in chunks(sorted(things)):
            if self._room <= 0:
                break
            for row in rows(store, query.format(values=values(chunk))):
                home = self._home.get(row["x"], row["x"])
                if row["p"] != home:
                    uses[home].add(row["p"])
                    self._room -= 1
        return dict(uses)

    @property
    def partial(self) -> bool:
        return self._room <= 0

    def users(self, one: str) -> set[str]:
        """Works that use a resource."""
        return self.naming.get(one, set()) | self.linking.get(one, set())

    def _of(self, one: str, table: Mapping[str, set[str]]) -> frozenset[str]:
        """What the entry and the works that use it have."""
        return frozenset(value for work in (*self.users(one), one) for value in table.get(work, ()))

    def names_of(self, one: str) -> tuple[str, ...]:
        return tuple(self._names.get(one, ()))


def _pairs(store: ReadableStore, works: Iterable[str], pattern: str) -> dict[str, set[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for chunk in chunks(sorted(works), 2_000):
        for row in rows(store, f"SELECT DISTINCT ?p ?x {{ VALUES ?p {{ {values(chunk)} }} {pattern} }}"):
            found[row["p"]].add(row["x"])
    return dict(found)


def _above(store: ReadableStore, topics: Iterable[str]) -> dict[str, set[str]]:
    """Topic → itself and all above it."""
    found: dict[str, set[str]] = {topic: {topic} for topic in topics}
    for chunk in chunks(sorted(found)):
        for row in rows(store, f"SELECT DISTINCT ?x ?y {{ VALUES ?x {{ {values(chunk)} }} ?x skos:broader+ ?y }}"):
            found[row["x"]].add(row["y"])
    return found


def resources(store: ReadableStore, catalogue: Catalogue, wanted: Wanted) -> Resources:
    """The resources that are wanted, with facets over all of them. QueryTooLarge for more than MOST at once."""
    if not (1 <= wanted.limit <= MOST and wanted.offset >= 0):
        raise QueryTooLarge(f"1 to {MOST} resources can be asked for at once")
    found = [one for one in catalogue.kinds if _fits(catalogue, one, wanted)]
    ranked = sorted(found, key=lambda one: (-len(catalogue.users(one)), one not in catalogue.entries, one))
    shown = ranked[wanted.offset : wanted.offset + wanted.limit]
    return Resources(
        total=len(found), catalogued=sum(one in catalogue.entries for one in found), works=catalogue.works,
        read=catalogue.read, partial=catalogue.partial,
        resources=tuple(_resource(store, catalogue, one) for one in shown),
        facets=ResourceFacets(
            kind=_counted({}, Counter(catalogue.kinds[one] for one in found)),
            topic=_facet(store, (catalogue.topics[one] & catalogue.direct for one in found)),
            organisation=_facet(store, (catalogue.houses[one] for one in found)),
            licence=_counted({}, Counter(each for one in found for each in catalogue.licences.get(one, ()))),
        ),
    )  # fmt: skip


def _fits(catalogue: Catalogue, one: str, wanted: Wanted) -> bool:
    words = wanted.words.casefold().split()
    name = catalogue.labels[one].casefold() if words else ""
    return (
        (not wanted.kind or catalogue.kinds[one] == wanted.kind)
        and (not wanted.catalogued or one in catalogue.entries)
        and all(word in name for word in words)
        and (not wanted.licence or wanted.licence in catalogue.licences.get(one, ()))
        and (not wanted.topic or wanted.topic in catalogue.topics[one])
        and (not wanted.organisation or wanted.organisation in catalogue.houses[one])
    )


def _resource(store: ReadableStore, catalogue: Catalogue, one: str) -> Resource:
    users = catalogue.users(one)
    return Resource(
        iri=one, name=catalogue.labels[one], kind="software" if catalogue.kinds[one] == "software" else "dataset",
        catalogued=one in catalogue.entries, works=len(users), named=len(catalogue.naming.get(one, ())),
        linked=len(catalogue.linking.get(one, ())), names=catalogue.names_of(one),
        licences=tuple(sorted(catalogue.licences.get(one, ()))), used_by=named(store, sorted(users)[:3]),
    )  # fmt: skip


def _facet(store: ReadableStore, sets: Iterable[Collection[str]]) -> tuple[Counted, ...]:
    counts = Counter(value for some in sets for value in some)
    best = sorted(counts, key=lambda one: (-counts[one], one))[:FACET]
    return _counted(names(store, best), Counter({one: counts[one] for one in best}))


def _counted(labels: Mapping[str, str], counts: Counter[str]) -> tuple[Counted, ...]:
    best = sorted(counts, key=lambda one: (-counts[one], one))[:FACET]
    return tuple(Counted(iri=one, name=labels.get(one, one), count=counts[one]) for one in best)
