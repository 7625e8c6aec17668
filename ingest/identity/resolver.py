"""Which entity a record speaks of: found by keys, minted where none is found, merged where two are.

Works through records in the order of harvest, a batch at a time, inside the caller's transaction,
so that the outcome depends on nothing but what was harvested in which order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from ingest.identity.keys import (
    Keys,
    agent_keys,
    citation_keys,
    contradict,
    organisation_keys,
    people_keys,
    reference_keys,
    venue_keys,
    work_keys,
)
from ingest.journal.database import Database
from ingest.journal.harvested import StoredAgent, StoredRecord
from ontology.agents import AgentRecord
from ontology.identifiers import Identifier, opaque
from ontology.records import Record

MAKER = "gnomon-identity/1"
_METHODS = {
    "w": ("shared identifier", 1.0),
    "p": ("shared identifier", 1.0),
    "o": ("shared identifier", 1.0),
    "v": ("shared identifier", 1.0),
    "t": ("same title, first author and year", 0.95),
    "was": ("the record that made one now names the other", 0.95),
    "pw": ("same name within one work", 0.95),
    "pa": ("same full name and affiliation", 0.9),
    "pc": ("same full name and co-author", 0.9),
    "og": ("same group author of one work", 0.9),
    "vn": ("same name", 0.9),
}
"""Why two entities were joined, by the prefix of the key they share, with the score given to it."""
_encode = msgspec.msgpack.Encoder().encode


class Observation(msgspec.Struct, frozen=True):
    """What one record says about one person, organisation or venue."""

    name: str
    identifiers: tuple[Identifier, ...] = ()
    kind: str = ""
    detail: str = ""
    """Country of an organisation, publisher of a venue."""


class Resolver:
    """Assigns the records of one batch; create a new one for each batch."""

    def __init__(self, database: Database, records: Sequence[StoredRecord | StoredAgent]) -> None:
        self._db = database
        self._records = [s for s in records if isinstance(s, StoredRecord)]
        self._agents = [s for s in records if isinstance(s, StoredAgent)]
        self._entities: dict[str, int] = {}
        self._looked_up: set[str] = set()
        self._people_of: dict[int, tuple[str, tuple[Keys, ...]]] = {}
        self._strong: defaultdict[int, set[str]] = defaultdict(set)
        self._names: dict[int, str] = {}
        self._aliases: list[tuple[str, int, int]] = []
        self._assertions: list[tuple[int, str, int, int, bytes]] = []
        self._wanted: list[tuple[str, int]] = []
        self._touched: set[int] = set()
        self._merged: dict[int, int] = {}
        self._fresh_citation_keys: set[str] = set()

    def run(self) -> None:
        """Assign every record of the batch and mark what changed as dirty."""
        works = {stored.id: _with_history(stored) for stored in self._records}
        self._prefetch(key for keys in works.values() for key in (*keys.strong, *keys.weak))
        self._prefetch(key for s in self._records for key in self._keys_of_parts(s, works[s.id]))
        for stored in self._records:
            keys = works[stored.id]
            self._parts(stored, self._assign("work", keys, stored.id, self._work_seed(stored, keys)))
        agents = {stored.id: agent_keys(stored.record) for stored in self._agents}
        self._prefetch(key for keys in agents.values() for key in (*keys.strong, *keys.weak))
        for agent in self._agents:
            self._agent(agent, agents[agent.id])
        self._store()

    def _agent(self, stored: StoredAgent, keys: Keys) -> None:
        """A registry's entry: the entity of its identifiers, with each of its names."""
        record, number = stored.record, stored.id
        seed = keys.strong[0] if keys.strong else f"record:{self._provenance(number)}"
        entity = self._assign(record.kind, keys, number, seed)
        for at, name in enumerate(record.names):
            said = Observation(name.text, record.identifiers, "".join(record.types[:1]), _detail(record))
            self._assertions.append((number, record.kind, at, entity, _encode(said)))

    def _work_seed(self, stored: StoredRecord, keys: Keys) -> str:
        if keys.strong:
            return keys.strong[0]
        return keys.weak[0] if len(keys.weak) > 1 else f"record:{self._provenance(stored.id)}"

    def _provenance(self, number: int) -> str:
        row = self._db.rows(
            "SELECT p.source, p.locator, r.key FROM record r JOIN payload p ON p.id = r.payload WHERE r.id = ?",
            (number,),
        ).fetchone()
        return "\x1f".join(row)

    def _keys_of_parts(self, stored: StoredRecord, keys: Keys) -> Iterable[str]:
        """Keys of people, organisations and venue, under the name the work will most likely have."""
        record = stored.record
        known = next((e for key in (*keys.strong, *keys.weak) if (e := self._known(key)) is not None), None)
        work = opaque("work", self._work_seed(stored, keys)) if known is None else self._names[known]
        people = people_keys(record.contributors, work)
        self._people_of[stored.id] = work, people
        parts = list(people)
        parts += [organisation_keys(identifiers) for identifiers, _ in _organisations(record)]
        parts += [venue_keys(record.venue)] if record.venue else []
        for part in parts:
            yield from part.strong
            yield from part.weak

    def _parts(self, stored: StoredRecord, work: int) -> None:
        record, number = stored.record, stored.id
        self._assertions.append((number, "work", 0, work, b"%d" % record.year))
        for key in citation_keys(record):
            self._aliases.append((key, number, work))
            self._fresh_citation_keys.add(key)
        self._people(record, number, work)
        for at, (identifiers, said) in enumerate(_organisations(record)):
            keys = organisation_keys(identifiers)
            entity = self._assign("organisation", keys, number, keys.strong[0])
            self._assertions.append((number, "organisation", at, entity, _encode(said)))
        if record.venue and (keys := venue_keys(record.venue)) and (keys.strong or keys.weak):
            entity = self._assign("venue", keys, number, (*keys.strong, *keys.weak)[0])
            said = Observation(record.venue.name, record.venue.identifiers, record.venue.kind, record.venue.publisher)
            self._assertions.append((number, "venue", 0, entity, _encode(said)))
        self._wanted += {(key, number) for r in record.references for key in reference_keys(r)}
        self._wanted += {(f"w:{r.target.scheme}:{r.target.value}", number) for r in record.relations}

    def _people(self, record: Record, number: int, work: int) -> None:
        name = self._names[work]
        expected, found = self._people_of.pop(number, ("", ()))
        people = found if expected == name else people_keys(record.contributors, name)
        for position, (person, keys) in enumerate(zip(record.contributors, people, strict=True)):
            kind = "person"
            if person.organisation:
                kind, keys = "organisation", organisation_keys(person.identifiers)
                if not keys.strong:
                    keys = Keys((), (f"og:{name}:{position}",))
            seed = keys.strong[0] if keys.strong else f"{name}/{position}/{person.name}"
            entity = self._assign(kind, keys, number, seed)
            said = Observation(person.name, person.identifiers)
            self._assertions.append((number, "contributor", position, entity, _encode(said)))

    def _assign(self, kind: str, keys: Keys, record: int, seed: str) -> int:
        """The entity these keys lead to; all keys lead to it from now on."""
        chosen, others = self._candidates(kind, keys)
        if chosen is None:
            chosen = self._mint(kind, seed)
        for other, method in others:
            self._merge(chosen, other, method)
        for key in (*keys.strong, *keys.weak):
            if key in keys.strong or self._entities.get(key, chosen) == chosen:
                self._entities[key] = chosen
                self._aliases.append((key, record, chosen))
        self._strong[chosen].update(keys.strong)
        self._touched.add(chosen)
        if kind == "work":
            self._fresh_citation_keys.update(keys.strong)
        return chosen

    def _candidates(self, kind: str, keys: Keys) -> tuple[int | None, list[tuple[int, str]]]:
        """The entity to join and those to merge into it, oldest first."""
        found: dict[int, str] = {}
        for key in keys.strong:
            entity = self._known(key)
            if entity is not None and not contradict(kind, keys.strong, self._strong[entity], strong=True):
                found.setdefault(entity, key)
        for key in keys.weak:
            entity = self._known(key)
            if entity is not None and not contradict(kind, keys.strong, self._strong[entity], strong=False):
                found.setdefault(entity, key)
        if not found:
            return None, []
        ordered = sorted(found)
        chosen = ordered[0]
        joined = set(self._strong[chosen])
        others: list[tuple[int, str]] = []
        for entity in ordered[1:]:
            if not contradict(kind, joined, self._strong[entity], strong=found[entity] in keys.strong):
                others.append((entity, found[entity]))
                joined |= self._strong[entity]
        return chosen, others

    def _known(self, key: str) -> int | None:
        if key not in self._looked_up:
            self._prefetch((key,))
        entity = self._entities.get(key)
        return None if entity is None else self._alive(entity)

    def _alive(self, entity: int) -> int:
        while entity in self._merged:
            entity = self._merged[entity]
        return entity

    def _mint(self, kind: str, seed: str) -> int:
        name, attempt = opaque(kind, seed), 1
        while (entity := self._insert(kind, name)) is None:
            if (entity := self._idle(name)) is not None:
                break
            attempt += 1
            name = opaque(kind, f"{seed}\x1f{attempt}")
        self._names[entity] = name
        return entity

    def _insert(self, kind: str, name: str) -> int | None:
        """A new entity's number; None where the name is taken."""
        inserted: int | None = self._db.one(
            "INSERT INTO entity (kind, name) VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING seq", (kind, name)
        )
        return inserted

    def _idle(self, name: str) -> int | None:
        """The entity with this name where nothing speaks of it at present: it comes back to life."""
        found: int | None = self._db.one(
            "SELECT seq FROM entity e WHERE name = ? AND survivor IS NULL"
            " AND NOT EXISTS (SELECT 1 FROM assertion WHERE entity = e.seq)",
            (name,),
        )
        return None if found in self._touched else found

    def _merge(self, survivor: int, member: int, method: str) -> None:
        self._db.rows("UPDATE entity SET survivor = ?, dirty = 1 WHERE seq = ?", (survivor, member))
        self._db.rows("UPDATE entity SET survivor = ? WHERE survivor = ?", (survivor, member))
        self._db.rows(
            "INSERT OR REPLACE INTO decision VALUES (?, ?, ?, ?, ?)",
            (survivor, member, *_METHODS[method.partition(":")[0]], MAKER),
        )
        self._touched.update(self._owners(member))
        for table in ("alias", "assertion"):
            self._db.rows(f"UPDATE {table} SET entity = ? WHERE entity = ?", (survivor, member))  # noqa: S608
        self._strong[survivor] |= self._strong.pop(member, set())
        self._merged[member] = survivor

    def _owners(self, member: int) -> set[int]:
        """Works that name or cite the merged entity and must be written again."""
        found = self._db.rows(
            "SELECT w.entity FROM assertion a JOIN assertion w ON w.record = a.record AND w.kind = 'work'"
            " WHERE a.entity = ? UNION SELECT w.entity FROM alias a JOIN wanted n ON n.key = a.key"
            " JOIN assertion w ON w.record = n.record AND w.kind = 'work' WHERE a.entity = ?",
            (member, member),
        )
        return {row[0] for row in found}

    def _prefetch(self, keys: Iterable[str]) -> None:
        """Load what the journal knows about these keys and the entities they lead to."""
        asked = set(keys) - self._looked_up
        self._looked_up |= asked
        listed = msgspec.json.encode(list(asked)).decode()
        for key, entity in self._db.rows(
            "SELECT key, min(entity) FROM alias WHERE key IN (SELECT value FROM json_each(?)) GROUP BY key", (listed,)
        ):
            self._entities.setdefault(key, entity)
        numbers = msgspec.json.encode(sorted(set(self._entities.values()) - self._names.keys())).decode()
        for entity, name in self._db.rows(
            "SELECT seq, name FROM entity WHERE seq IN (SELECT value FROM json_each(?))", (numbers,)
        ):
            self._names[entity] = name
        for entity, key in self._db.rows(
            "SELECT entity, key FROM alias WHERE entity IN (SELECT value FROM json_each(?)) AND key GLOB '?:*'"
            " AND substr(key, 1, 2) NOT IN ('t:', 'r:')",
            (numbers,),
        ):
            self._strong[entity].add(key)

    def _store(self) -> None:
        self._db.many(
            "INSERT OR REPLACE INTO alias VALUES (?, ?, ?)", [(k, r, self._alive(e)) for k, r, e in self._aliases]
        )
        self._db.many(
            "INSERT OR REPLACE INTO assertion VALUES (?, ?, ?, ?, ?)",
            [(r, kind, at, self._alive(e), body) for r, kind, at, e, body in self._assertions],
        )
        self._db.many("INSERT OR IGNORE INTO wanted VALUES (?, ?)", self._wanted)
        self._db.many("UPDATE entity SET dirty = 1 WHERE seq = ?", [(entity,) for entity in self._touched])
        numbers = [*(s.id for s in self._records), *(s.id for s in self._agents)]
        self._db.many("UPDATE record SET stage = 'identified' WHERE id = ?", [(number,) for number in numbers])
        listed = msgspec.json.encode(sorted(self._fresh_citation_keys)).decode()
        self._db.rows(
            "UPDATE entity SET dirty = 1 WHERE seq IN (SELECT a.entity FROM wanted w JOIN assertion a"
            " ON a.record = w.record AND a.kind = 'work' WHERE w.key IN (SELECT value FROM json_each(?)))",
            (listed,),
        )


def _with_history(stored: StoredRecord) -> Keys:
    """A record's keys and the work it spoke of before it was read again, so that IRIs stay."""
    keys = work_keys(stored.record)
    return Keys(keys.strong, (*keys.weak, f"was:{stored.id}"))


def _detail(record: AgentRecord) -> str:
    """What `Observation.detail` holds for this kind of agent."""
    if record.kind == "venue":
        return next((r.name for r in record.relations if r.kind == "publisher"), "")
    return record.country


def _organisations(record: Record) -> Iterable[tuple[tuple[Identifier, ...], Observation]]:
    """Identified organisations of affiliations and funders, each once."""
    seen: set[tuple[Identifier, ...]] = set()
    for person in record.contributors:
        for place in person.affiliations:
            if place.identifiers and place.identifiers not in seen:
                seen.add(place.identifiers)
                yield place.identifiers, Observation(place.name, place.identifiers, "", place.country)
    for funding in record.funding:
        if funding.identifiers and funding.identifiers not in seen:
            seen.add(funding.identifiers)
            yield funding.identifiers, Observation(funding.funder, funding.identifiers)
