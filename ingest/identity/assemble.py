"""Entities as they are known now, assembled from what the records say about them.

Reads the journal, writes nothing. Everything is built from assertions, so an entity that no record
speaks of any longer assembles to None and is gone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from ingest.identity.keys import reference_keys
from ingest.identity.merge import by_authority, contributors_from, document, merged
from ingest.identity.resolver import MAKER, Observation
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
from ontology.identifiers import Identifier, opaque
from ontology.namespaces import Base
from ontology.records import Contributor, Record

_observation = msgspec.msgpack.Decoder(Observation).decode
_VENUE_KINDS = {"journal", "conference", "book", "repository"}


class AssembledWork(msgspec.Struct, frozen=True):
    """A work with the provenance of the records it was made from."""

    work: Work
    sources: tuple[SourceRecord, ...]


class Assembler:
    """Builds entities for batches of entity numbers (`entity.seq` in the journal)."""

    def __init__(self, database: Database, base: Base) -> None:
        self._db = database
        self._base = base
        self._harvested = Harvested(database)

    def works(self, numbers: Sequence[int]) -> Iterator[tuple[int, AssembledWork | None]]:
        """Each number with its work, or None where nothing speaks of it any longer."""
        members = self._record_numbers(numbers)
        stored = {s.id: s for s in self._harvested.records(n for ns in members.values() for n in ns)}
        sources = self._harvested.sources(stored, self._base)
        names = self._names(numbers)
        links = self._links(stored)
        resolved = self._resolve(key for s in stored.values() for key in _outgoing(s.record))
        for number in numbers:
            ids = members.get(number, [])
            records = [stored[i] for i in ids]
            yield number, self._work(names[number], records, sources, links, resolved) if records else None

    def _work(
        self,
        name: str,
        stored: list[StoredRecord],
        sources: dict[int, SourceRecord],
        links: dict[tuple[int, str, int], str],
        resolved: dict[str, list[tuple[str, int]]],
    ) -> AssembledWork:
        ranked = sorted(stored, key=lambda s: s.id)
        order = by_authority(s.record for s in ranked)
        number_of = {id(s.record): s.id for s in ranked}
        record = merged(order)
        iri = self._base.entity("work", name)
        chosen = order[contributors_from(order)]
        work = Work(
            iri=iri,
            record=record,
            sources=tuple(sources[s.id].iri for s in ranked),
            authorships=tuple(self._authorships(chosen.contributors, number_of[id(chosen)], links)),
            venue=next((v for r in order if (v := links.get((number_of[id(r)], "venue", 0), ""))), ""),
            cites=tuple(
                CitedWork(reference=r, work=_pick(reference_keys(r), r.year, resolved, iri)) for r in record.references
            ),
            related=tuple(
                RelatedWork(kind=r.kind, target=r.target, work=_pick((_work_key(r.target),), 0, resolved, iri))
                for r in record.relations
            ),
            document=document(order, record),
        )
        return AssembledWork(work, tuple(sources[s.id] for s in ranked))

    def _authorships(
        self, people: tuple[Contributor, ...], number: int, links: dict[tuple[int, str, int], str]
    ) -> Iterator[Authorship]:
        organisations = {i: self._organisation_of(i) for p in people for a in p.affiliations for i in a.identifiers}
        for position, person in enumerate(people):
            found = (organisations[i] for a in person.affiliations for i in a.identifiers)
            yield Authorship(
                position=position + 1,
                name=person.name,
                person=links.get((number, "contributor", position), ""),
                role=person.role,
                organisation=person.organisation,
                corresponding=person.corresponding,
                affiliations=tuple(a.name for a in person.affiliations),
                organisations=tuple(dict.fromkeys(iri for iri in found if iri)),
            )

    def _organisation_of(self, found: Identifier) -> str:
        name = self._db.one(
            "SELECT e.name FROM alias a JOIN entity e ON e.seq = a.entity WHERE a.key = ? ORDER BY e.seq LIMIT 1",
            (f"o:{found.scheme}:{found.value}",),
        )
        return self._base.entity("organisation", name) if name else ""

    def _record_numbers(self, numbers: Sequence[int]) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for entity, record in self._db.rows(
            "SELECT entity, record FROM assertion WHERE kind = 'work'"
            " AND entity IN (SELECT value FROM json_each(?)) ORDER BY record",
            (_listed(numbers),),
        ):
            found.setdefault(entity, []).append(record)
        return found

    def _names(self, numbers: Sequence[int]) -> dict[int, str]:
        return dict(
            self._db.rows(
                "SELECT seq, name FROM entity WHERE seq IN (SELECT value FROM json_each(?))", (_listed(numbers),)
            )
        )

    def _links(self, records: Iterable[int]) -> dict[tuple[int, str, int], str]:
        """(record, part, position) → IRI of the entity that part of the record speaks of."""
        found = self._db.rows(
            "SELECT a.record, a.kind, a.position, e.kind, e.name FROM assertion a JOIN entity e ON e.seq = a.entity"
            " WHERE a.kind IN ('contributor', 'venue') AND a.record IN (SELECT value FROM json_each(?))",
            (_listed(records),),
        )
        return {(record, part, at): self._base.entity(kind, name) for record, part, at, kind, name in found}

    def _resolve(self, keys: Iterable[str]) -> dict[str, list[tuple[str, int]]]:
        """Key → works it leads to, oldest first, each as (IRI, year or 0)."""
        found: defaultdict[str, dict[str, int]] = defaultdict(dict)
        rows = self._db.rows(
            "SELECT a.key, e.name, w.body FROM alias a JOIN entity e ON e.seq = a.entity"
            " JOIN assertion w ON w.record = a.record AND w.kind = 'work'"
            " WHERE a.key IN (SELECT value FROM json_each(?)) ORDER BY e.seq, a.record",
            (_listed_text(set(keys)),),
        )
        for key, name, year in rows:
            found[key].setdefault(self._base.entity("work", name), int(year))
        return {key: list(works.items()) for key, works in found.items()}

    def agents(self, numbers: Sequence[int]) -> Iterator[tuple[int, Person | Organisation | VenueEntity | None]]:
        """People, organisations and venues; None where nothing speaks of one any longer."""
        said: defaultdict[int, list[Observation]] = defaultdict(list)
        for entity, body in self._db.rows(
            "SELECT entity, body FROM assertion WHERE kind <> 'work' AND entity IN (SELECT value FROM json_each(?))"
            " ORDER BY record, position",
            (_listed(numbers),),
        ):
            said[entity].append(_observation(body))
        rows = self._db.rows(
            "SELECT seq, kind, name FROM entity WHERE seq IN (SELECT value FROM json_each(?))", (_listed(numbers),)
        ).fetchall()
        for number, kind, name in rows:
            found = said.get(number)
            yield number, _agent(kind, self._base.entity(kind, name), found) if found else None

    def decisions(self, numbers: Sequence[int]) -> dict[int, tuple[IdentityDecision, ...]]:
        """Merges into each of the entities with these numbers that have any."""
        found: defaultdict[int, list[IdentityDecision]] = defaultdict(list)
        for number, survivor, kind, member, method, score, by in self._db.rows(
            "SELECT s.seq, s.name, s.kind, m.name, d.method, d.score, d.decided_by FROM decision d"
            " JOIN entity s ON s.seq = d.survivor JOIN entity m ON m.seq = d.member"
            " WHERE d.survivor IN (SELECT value FROM json_each(?)) ORDER BY d.survivor, d.member",
            (_listed(numbers),),
        ):
            decision = IdentityDecision(
                iri=f"{self._base.iri}/decision/{opaque('decision', survivor + member)}",
                survivor=self._base.entity(kind, survivor),
                members=(self._base.entity(kind, member),),
                method=method,
                score=score,
                decided_by=by or MAKER,
            )
            found[number].append(decision)
        return {number: tuple(made) for number, made in found.items()}


def _agent(kind: str, iri: str, said: list[Observation]) -> Person | Organisation | VenueEntity:
    names = _names_by_fullness(o.name for o in said)
    identifiers = tuple(sorted({i for o in said for i in o.identifiers}))
    if kind == "person":
        return Person(iri=iri, names=names, identifiers=identifiers)
    detail = next((o.detail for o in said if o.detail), "")
    if kind == "organisation":
        return Organisation(iri=iri, names=names, identifiers=identifiers, country=detail)
    venue_kind = next((o.kind for o in said if o.kind in _VENUE_KINDS), "other")
    return VenueEntity(iri=iri, names=names, identifiers=identifiers, kind=venue_kind, publisher=detail)


def _names_by_fullness(names: Iterable[str]) -> tuple[str, ...]:
    """Spelled-out given names before initials, then the most frequent, then the longest."""
    counted = Counter(name for name in names if name)
    return tuple(sorted(counted, key=lambda n: (_initials(n), -counted[n], -len(n), n)))


def _initials(name: str) -> bool:
    """Whether a name begins with mere initials, or is no name but an identifier in its place."""
    first = (name.split() or [""])[0].rstrip(".")
    return not any(map(str.isalpha, name)) or len(first) < 2 or (first.isupper() and len(first) <= 3)


def _outgoing(record: Record) -> Iterator[str]:
    for reference in record.references:
        yield from reference_keys(reference)
    for relation in record.relations:
        yield _work_key(relation.target)


def _work_key(target: Identifier) -> str:
    return f"w:{target.scheme}:{target.value}"


def _pick(keys: Iterable[str], year: int, resolved: dict[str, list[tuple[str, int]]], itself: str) -> str:
    """The work a reference means: by identifier, else by title and author with the years at most
    one apart (online first, proceedings of the year after)."""
    for key in keys:
        for iri, found in resolved.get(key, ()):
            close = key.startswith("w:") or not year or not found or abs(found - year) <= 1
            if iri != itself and close:
                return iri
    return ""


def _listed(numbers: Iterable[int]) -> str:
    return msgspec.json.encode(list(numbers)).decode()


def _listed_text(keys: Iterable[str]) -> str:
    return msgspec.json.encode(list(keys)).decode()
