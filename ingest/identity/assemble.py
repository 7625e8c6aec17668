"""Entities as they are known now, assembled from what the records say about them.

Reads the journal, writes nothing. An entity that no node speaks of any longer assembles to None and
is gone. Records are taken in an order that does not depend on when they were harvested.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from ingest.identity import organisations
from ingest.identity.deciding import Decisions
from ingest.identity.merge import by_authority, contributors_from, document, full_text, merged
from ingest.identity.nodes import CONTRIBUTOR, ORGANISATION, VENUE, Nodes, kind_of, listed, record_of, slot
from ingest.identity.organisations import OrganisationSays
from ingest.identity.people import PersonSays
from ingest.identity.relating import Relations
from ingest.identity.resolving import Targets
from ingest.identity.text import number_of
from ingest.identity.venues import VenueSays
from ingest.journal.database import Database
from ingest.journal.harvested import Harvested, StoredRecord
from ontology.entities import (
    Authorship,
    CitedWork,
    IdentityDecision,
    Organisation,
    Person,
    RelatedWork,
    SourceRecord,
    VenueEntity,
    Work,
)
from ontology.identifiers import Identifier
from ontology.namespaces import Base
from ontology.records import Affiliation, Contributor

_VENUE_KINDS = {"journal", "conference", "book", "repository"}
Links = Mapping[tuple[int, int], str]
"""(record, slot) → IRI of the entity that this place in the record speaks of."""


class AssembledWork(msgspec.Struct, frozen=True):
    """A work with the provenance of the records it was made from."""

    work: Work
    sources: tuple[SourceRecord, ...]


class _Batch(msgspec.Struct, frozen=True):
    """What is loaded for a batch of works."""

    sources: dict[int, SourceRecord]
    links: Links
    targets: Targets
    relations: Relations


class Assembler:
    """Builds entities for batches of entity numbers (`entity.seq` in the journal). With `to_read` works without a full
    text have one of title and abstract."""

    def __init__(self, database: Database, base: Base, *, to_read: bool = True) -> None:
        self._db = database
        self._to_read = to_read
        self._base = base
        self._harvested = Harvested(database)

    def works(self, numbers: Sequence[int]) -> Iterator[tuple[int, AssembledWork | None]]:
        """Each number with its work, or None where nothing speaks of it any longer."""
        members = self._records_of(numbers)
        stored = {s.id: s for s in self._harvested.records(n for ns in members.values() for n in ns)}
        batch = _Batch(
            self._harvested.sources(stored, self._base),
            self._links(stored),
            Targets(self._db, self._base, [s.record for s in stored.values()]),
            Relations(self._db, self._base, members),
        )
        names = self._names(numbers)
        for number in numbers:
            records = [stored[i] for i in members.get(number, ())]
            yield number, self._work(number, names[number], records, batch) if records else None

    def sizes(self, numbers: Sequence[int]) -> dict[int, int]:
        """Bytes, compressed, of the records that speak of each work: nearly how long its text is."""
        return dict(
            self._db.rows(
                "SELECT entity, sum(length(r.body)) FROM said JOIN record r ON r.id = node >> 20"
                " WHERE entity IN (SELECT value FROM json_each(?)) GROUP BY entity",
                (listed(numbers),),
            )
        )

    def _work(self, number: int, name: str, stored: list[StoredRecord], batch: _Batch) -> AssembledWork:
        ranked = sorted(stored, key=lambda s: batch.sources[s.id].iri)
        order = by_authority(s.record for s in ranked)
        number_of = {id(s.record): s.id for s in ranked}
        record = merged(order)
        if not record.retracted and batch.relations.retracted(number):
            record = msgspec.structs.replace(record, retracted=True)
        iri = self._base.entity("work", name)
        chosen = order[contributors_from(order)]
        venues = (batch.links.get((number_of[id(r)], slot(VENUE, 0)), "") for r in order)
        work = Work(
            iri=iri,
            record=record,
            sources=tuple(batch.sources[s.id].iri for s in ranked),
            authorships=tuple(self._authorships(chosen.contributors, number_of[id(chosen)], batch)),
            venue=next((v for v in venues if v), ""),
            cites=tuple(CitedWork(reference=r, work=batch.targets.cited(r, iri)) for r in record.references),
            related=(
                *(
                    RelatedWork(kind=r.kind, target=r.target, work=batch.targets.related(r.target, iri))
                    for r in record.relations
                ),
                *batch.relations.of(number),
            ),
            document=document(order, record) if self._to_read else full_text(order),
        )
        return AssembledWork(work, tuple(batch.sources[s.id] for s in ranked))

    def _authorships(self, contributors: tuple[Contributor, ...], number: int, batch: _Batch) -> Iterator[Authorship]:
        places = organisations.places(contributors)
        for position, person in enumerate(contributors):
            found = (iri for a in person.affiliations for iri in self._places(a, number, places, batch))
            yield Authorship(
                position=position + 1,
                name=person.name,
                person=batch.links.get((number, slot(CONTRIBUTOR, position)), "") if position < 1 << 16 else "",
                role=person.role,
                organisation=person.organisation,
                corresponding=person.corresponding,
                affiliations=tuple(a.name for a in person.affiliations),
                organisations=tuple(dict.fromkeys(iri for iri in found if iri)),
            )

    def _places(
        self, place: Affiliation, number: int, places: Mapping[tuple[Identifier, ...], int], batch: _Batch
    ) -> tuple[str, ...]:
        """Organisations of one affiliation: the identified ones, else those its line names."""
        if place.identifiers:
            known = organisations.one_each(place.identifiers)
            return tuple(batch.links.get((number, slot(ORGANISATION, places[ids])), "") for ids in known)
        return batch.targets.organisations(place.name)

    def _records_of(self, numbers: Sequence[int]) -> dict[int, list[int]]:
        found: defaultdict[int, list[int]] = defaultdict(list)
        for entity, node in self._db.rows(
            "SELECT entity, node FROM said WHERE entity IN (SELECT value FROM json_each(?)) ORDER BY node",
            (listed(numbers),),
        ):
            found[entity].append(record_of(node))
        return found

    def _names(self, numbers: Sequence[int]) -> dict[int, str]:
        return dict(
            self._db.rows(
                "SELECT seq, name FROM entity WHERE seq IN (SELECT value FROM json_each(?))", (listed(numbers),)
            )
        )

    def _links(self, records: Iterable[int]) -> Links:
        numbers = listed(records)
        found = self._db.rows(
            "SELECT s.node >> 20, s.node & 1048575, e.kind, e.name FROM json_each(?) r"
            " JOIN said s ON s.node > r.value << 20 AND s.node < (r.value + 1) << 20 JOIN entity e ON e.seq = s.entity"
            " UNION ALL SELECT t.record, t.slot, e.kind, e.name FROM told t JOIN said s ON s.node = t.node"
            " JOIN entity e ON e.seq = s.entity WHERE t.record IN (SELECT value FROM json_each(?))",
            (numbers, numbers),
        )
        return {(record, at): self._base.entity(kind, name) for record, at, kind, name in found}

    def agents(self, numbers: Sequence[int]) -> Iterator[tuple[int, Person | Organisation | VenueEntity | None]]:
        """People, organisations and venues; None where nothing speaks of one any longer."""
        said: defaultdict[int, list[tuple[int, bytes]]] = defaultdict(list)
        for node in Nodes(self._db).of_entities(numbers).values():
            if node.entity is not None:
                said[node.entity].append((node.number, node.body))
        names = self._names(numbers)
        for number in numbers:
            found = said.get(number)
            yield number, self._agent(names[number], found) if found else None

    def _parents(self, said: Iterable[OrganisationSays], itself: str) -> Iterator[str]:
        """Organisations known here by the identifiers of those that these are parts of."""
        wanted = sorted({i for s in said for i in s.parents})
        if not wanted:
            return
        nodes = Nodes(self._db)
        found = nodes.with_keys(number_of(f"o:{i}") for i in wanted)
        entities = {e for n in nodes.load(n for ns in found.values() for n in ns).values() if (e := n.entity)}
        iris = {self._base.entity("organisation", name) for name in self._names(sorted(entities)).values()}
        yield from sorted(iris - {itself})

    def _agent(self, name: str, said: list[tuple[int, bytes]]) -> Person | Organisation | VenueEntity:
        kind = kind_of(said[0][0])
        iri = self._base.entity(kind, name)
        if kind == "person":
            return _person(iri, [msgspec.msgpack.decode(body, type=PersonSays) for _, body in said])
        if kind == "organisation":
            return self._organisation(iri, [msgspec.msgpack.decode(body, type=OrganisationSays) for _, body in said])
        return _venue(iri, [msgspec.msgpack.decode(body, type=VenueSays) for _, body in said])

    def _organisation(self, iri: str, said: list[OrganisationSays]) -> Organisation:
        best = [s for s in said if s.registered] or [s for s in said if s.named] or said
        return Organisation(
            iri=iri,
            names=_own_names([(*s.names, *s.acronyms) for s in best], registered=best[0].registered),
            identifiers=_identifiers(s.ids for s in said),
            country=_usual(s.country for s in best) or _usual(s.country for s in said),
            parents=tuple(self._parents(said, iri)),
        )

    def decisions(self, numbers: Sequence[int]) -> dict[int, tuple[IdentityDecision, ...]]:
        """Why the records of these entities are one, for those that several records speak of."""
        return Decisions(self._db, self._base).of(numbers)


def _person(iri: str, said: list[PersonSays]) -> Person:
    ids = (Identifier(*one.split(":", 1)) for s in said for one in s.ids)
    names = (*_names_by_fullness(s.printed for s in said), *_names_by_fullness(name for s in said for name in s.also))
    return Person(iri=iri, names=tuple(dict.fromkeys(names)), identifiers=tuple(sorted(set(ids))))


def _venue(iri: str, said: list[VenueSays]) -> VenueEntity:
    best = [s for s in said if s.registered] or said
    kinds = [s.kind for s in said if s.kind in _VENUE_KINDS]
    return VenueEntity(
        iri=iri,
        names=_own_names([s.names for s in best] + [s.names for s in said], registered=best[0].registered),
        identifiers=_identifiers(s.ids for s in said),
        kind=_usual(kinds) or "other",
        publisher=_usual(s.publisher for s in best) or _usual(s.publisher for s in said),
    )


def _own_names(names: Sequence[tuple[str, ...]], *, registered: bool) -> tuple[str, ...]:
    """A registry's names in its order; else the fullest first."""
    every = [name for some in names for name in some]
    return tuple(filter(None, dict.fromkeys(every))) if registered else _names_by_fullness(every)


def _identifiers(lists: Iterable[Sequence[Identifier]]) -> tuple[Identifier, ...]:
    return tuple(sorted({i for one in lists for i in one}))


def _usual(values: Iterable[str]) -> str:
    """The most frequent value, between equals the first of the alphabet."""
    counted = Counter(value for value in values if value)
    return min(counted, key=lambda v: (-counted[v], v), default="")


def _names_by_fullness(names: Iterable[str]) -> tuple[str, ...]:
    """Spelled-out given names before initials, then the most frequent, then the longest."""
    counted = Counter(name for name in names if name)
    return tuple(sorted(counted, key=lambda n: (_initials(n), -counted[n], -len(n), n)))


def _initials(name: str) -> bool:
    """Whether a name begins with mere initials, or is no name but an identifier in its place."""
    first = (name.split() or [""])[0].rstrip(".")
    return not any(map(str.isalpha, name)) or len(first) < 2 or (first.isupper() and len(first) <= 3)
