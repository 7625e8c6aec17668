"""Payloads and the records they became, or the reason they did not."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Literal

import msgspec

from ingest.facts import Facts
from ingest.formats.base import Rejected
from ingest.journal.database import Database
from ingest.journal.packing import pack, unpack
from ingest.parsing import PackedRecord
from ontology.agents import AgentRecord, AnyRecord
from ontology.entities import SourcePayload, SourceRecord
from ontology.errors import GnomonError
from ontology.namespaces import Base
from ontology.records import Payload, Record

PayloadState = Literal["new", "changed", "unchanged"]
TombstoneReason = Literal["deleted", "withdrawn", "unreadable"]
"""Its source says so; its payload no longer has it; its payload can no longer be read."""
Entry = AnyRecord | PackedRecord | Rejected
_decode: Callable[[bytes], AnyRecord] = msgspec.json.Decoder(AnyRecord).decode


class StoredRecord(msgspec.Struct, frozen=True):
    """A record of a work as kept, with its number in the journal (order of harvest)."""

    id: int
    record: Record


class StoredAgent(msgspec.Struct, frozen=True):
    """A record of a person, organisation or venue as kept, with its number in the journal."""

    id: int
    record: AgentRecord


class Known(msgspec.Struct, frozen=True):
    """What came of a payload: its hash, who read it, the keys of its records, and whether that was `whole`."""

    sha256: str
    format: str
    reader: str
    keys: frozenset[str]
    whole: bool


class Harvested:
    """The harvest's side of the journal. Calls that write belong inside `database.transaction()`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def state(self, payload: Payload) -> PayloadState:
        """Whether this payload is known with exactly these bytes. Quarantined ones are known too:
        they are read again only when their bytes change or on request."""
        row = self._db.rows(
            "SELECT sha256, stage FROM payload WHERE source = ? AND locator = ?", (payload.source, payload.locator)
        ).fetchone()
        if row is None:
            return "new"
        if payload.deleted:
            return "unchanged" if row[1] == "deleted" else "changed"
        return "unchanged" if row == (payload.sha256, row[1]) and row[1] != "deleted" else "changed"

    def held(self, payload: Payload) -> str:
        """SHA-256 of this payload as it is kept; empty for one that is new."""
        found = self._db.one(
            "SELECT sha256 FROM payload WHERE source = ? AND locator = ?", (payload.source, payload.locator)
        )
        return str(found or "")

    def known(self, payload: Payload) -> Known | None:
        """What came of this payload as it was before; None for one that is new."""
        row = self._db.rows(
            "SELECT id, sha256, format, reader, stage = 'parsed' AND NOT EXISTS ("
            " SELECT 1 FROM quarantine q WHERE q.payload = p.id) FROM payload p WHERE source = ? AND locator = ?",
            (payload.source, payload.locator),
        ).fetchone()
        if row is None:
            return None
        number, sha256_, format_, reader, whole = row
        keys = self._db.rows("SELECT key FROM record WHERE payload = ?", (number,))
        return Known(sha256_, format_, reader, frozenset(key for (key,) in keys), bool(whole))

    def keep(
        self,
        payload: Payload,
        format_name: str,
        outcome: Iterable[Entry],
        reader: str = "",
        instead_of: Collection[str] | None = None,
    ) -> int:
        """Store the payload with what was read from it; returns the number of new or changed records.

        Records that say the same as before stay as they are; vanished ones are removed and the
        entities they spoke of become dirty. With `instead_of` only records with these keys can have
        vanished. `outcome` is consumed inside the caller's transaction: an error it raises leaves the
        journal as it was.
        """
        entries = list(outcome)
        number = self._put(payload, format_name, reader, "deleted" if payload.deleted else "parsed")
        self._db.rows("DELETE FROM quarantine WHERE payload = ?", (number,))
        some = None if instead_of is None else {*instead_of, *(one.key for one in entries)}
        known = {key: hashed for key, _, hashed in self._records(number, some)}
        changed = 0
        facts: dict[str, Facts] = {}
        for entry in entries:
            if isinstance(entry, Rejected):
                self._reject(number, entry.key, entry.error, entry.message, entry.place, "")
                continue
            packed = entry if isinstance(entry, PackedRecord) else PackedRecord.of(entry)
            facts[packed.key] = packed.facts
            if known.pop(packed.key, None) != packed.sha256:
                self._replace(number, packed)
                changed += 1
        for key in known if instead_of is None else filter(instead_of.__contains__, known):
            self._remove(number, key, "deleted" if payload.deleted else "withdrawn")
        self._note(number, facts, some)
        return changed

    def quarantine(self, payload: Payload, error: GnomonError, format_name: str = "", reader: str = "") -> None:
        """Keep the payload with the reason why nothing could be read from it."""
        number = self._put(payload, format_name, reader, "quarantined")
        self._db.rows("DELETE FROM quarantine WHERE payload = ?", (number,))
        self._reject(number, "", error.code, error.message, error.place, error.hint)
        for (key,) in self._db.rows("SELECT key FROM record WHERE payload = ?", (number,)).fetchall():
            self._remove(number, key, "unreadable")

    def unidentified(self) -> list[int]:
        """Numbers of the records that no entity knows yet, in order of harvest."""
        return [number for (number,) in self._db.rows("SELECT id FROM record WHERE stage = 'parsed' ORDER BY id")]

    def origins(self, numbers: Iterable[int]) -> dict[int, tuple[str, str, str]]:
        """Record → source, locator and key, which name it in any journal."""
        listed = msgspec.json.encode(list(numbers)).decode()
        rows = self._db.rows(
            "SELECT r.id, p.source, p.locator, r.key FROM record r JOIN payload p ON p.id = r.payload"
            " WHERE r.id IN (SELECT value FROM json_each(?))",
            (listed,),
        )
        return {number: (source, locator, key) for number, source, locator, key in rows}

    def records(self, numbers: Iterable[int]) -> Iterator[StoredRecord]:
        """The records of works among these."""
        for stored in self.numbered(numbers):
            if isinstance(stored, StoredRecord):
                yield stored

    def agents(self, numbers: Iterable[int]) -> Iterator[StoredAgent]:
        """The records of people, organisations and venues among these."""
        for stored in self.numbered(numbers):
            if isinstance(stored, StoredAgent):
                yield stored

    def numbered(self, numbers: Iterable[int]) -> Iterator[StoredRecord | StoredAgent]:
        """The records among these."""
        listed = msgspec.json.encode(list(numbers)).decode()
        for number, body in self._db.rows(
            "SELECT id, body FROM record WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id", (listed,)
        ):
            yield _stored(number, body)

    def sources(self, numbers: Iterable[int], base: Base) -> dict[int, SourceRecord]:
        """Provenance of records by their number."""
        listed = msgspec.json.encode(list(numbers)).decode()
        found = self._db.rows(
            "SELECT r.id, p.source, p.locator, r.key FROM record r JOIN payload p ON p.id = r.payload"
            " WHERE r.id IN (SELECT value FROM json_each(?))",
            (listed,),
        )
        return {
            number: SourceRecord(
                iri=base.record(source, f"{locator}#{key}"),
                source=source,
                key=key,
                payload=base.payload(source, locator),
            )
            for number, source, locator, key in found
        }

    def count_unwritten(self) -> int:
        """How many payloads the graph does not know as they are now."""
        return int(self._db.one("SELECT count(*) FROM stale WHERE kind = 'payload'"))

    def unwritten(self, base: Base, limit: int) -> dict[int, tuple[SourcePayload, bool]]:
        """The next payloads that the graph does not know as they are now, by number, each with whether it has
        records. They stay until `ledger.settle` is told of them."""
        found = self._db.rows(
            "SELECT id, source, locator, sha256, format, datestamp,"
            " EXISTS (SELECT 1 FROM record WHERE record.payload = p.id) FROM payload p"
            " WHERE id IN (SELECT number FROM stale WHERE kind = 'payload' ORDER BY number LIMIT ?)",
            (limit,),
        )
        return {
            row[0]: (
                SourcePayload(
                    iri=base.payload(row[1], row[2]), source=row[1], locator=row[2], sha256=row[3], format=row[4],
                    datestamp=row[5],
                ),
                bool(row[6]),
            )
            for row in found
        }  # fmt: skip

    def payload(self, source: str, locator: str) -> Payload | None:
        """A payload as harvested, byte for byte."""
        row = self._db.rows(
            "SELECT media, datestamp, body, stage FROM payload WHERE source = ? AND locator = ?", (source, locator)
        ).fetchone()
        if row is None:
            return None
        return Payload(
            source=source, locator=locator, media=row[0], datestamp=row[1],
            body=unpack(row[2]) if row[2] else b"", deleted=row[3] == "deleted",
        )  # fmt: skip

    def _put(self, payload: Payload, format_name: str, reader: str, stage: str) -> int:
        body = pack(payload.body) if payload.body else None
        row = (payload.media, payload.datestamp, payload.sha256, len(payload.body), body, format_name, reader, stage)
        number = int(
            self._db.one(
                "INSERT INTO payload (media, datestamp, sha256, size, body, format, reader, stage, source, locator)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source, locator) DO UPDATE SET"
                " media = excluded.media, datestamp = excluded.datestamp, sha256 = excluded.sha256,"
                " size = excluded.size, body = excluded.body, format = excluded.format,"
                " reader = excluded.reader, stage = excluded.stage"
                " RETURNING id",
                (*row, payload.source, payload.locator),
            )
        )
        self._db.rows("INSERT OR IGNORE INTO stale VALUES ('payload', ?)", (number,))
        return number

    def _records(self, payload: int, keys: Collection[str] | None) -> list[tuple[str, int, str]]:
        """Key, number and hash of the records of a payload, of those with these keys where some are named."""
        if keys is None:
            return self._db.rows("SELECT key, id, sha256 FROM record WHERE payload = ?", (payload,)).fetchall()
        return self._db.rows(
            "SELECT key, id, sha256 FROM record WHERE payload = ? AND key IN (SELECT value FROM json_each(?))",
            (payload, msgspec.json.encode(list(keys)).decode()),
        ).fetchall()

    def _note(self, payload: int, facts: Mapping[str, Facts], some: Collection[str] | None) -> None:
        """What the records of a payload have and lack, also of those that say the same as before."""
        self._db.many(
            "INSERT OR REPLACE INTO fact VALUES (?, ?, ?, ?, ?, ?)",
            [
                (number, f.fields, f.language, f.year, f.references, _names(f.broken) if f.broken else "")
                for key, number, _ in self._records(payload, some)
                if (f := facts.get(key))
            ],
        )

    def _reject(self, number: int, key: str, error: str, message: str, place: str, hint: str) -> None:
        self._db.rows(
            "INSERT OR REPLACE INTO quarantine VALUES (?, ?, ?, ?, ?, ?)", (number, key, error, message, place, hint)
        )

    def _replace(self, payload: int, packed: PackedRecord) -> None:
        self._db.rows(
            "INSERT INTO record (payload, key, sha256, body, stage) VALUES (?, ?, ?, ?, 'parsed')"
            " ON CONFLICT (payload, key) DO UPDATE"
            " SET sha256 = excluded.sha256, body = excluded.body, stage = 'parsed'",
            (payload, packed.key, packed.sha256, packed.body),
        )

    def _remove(self, payload: int, key: str, reason: TombstoneReason) -> None:
        """Take the record away; identity takes back what it said (`ingest.identity.observing`)."""
        self._db.rows(
            "INSERT OR REPLACE INTO tombstone SELECT s.entity, ?, p.source, p.locator, r.key, p.datestamp"
            " FROM record r JOIN payload p ON p.id = r.payload JOIN said s ON s.node IN ("
            " SELECT node FROM said WHERE node >= r.id << 20 AND node < (r.id + 1) << 20"
            " UNION ALL SELECT node FROM told WHERE record = r.id)"
            " WHERE r.payload = ? AND r.key = ? AND s.entity IS NOT NULL",
            (reason, payload, key),
        )
        self._db.rows(
            "INSERT OR IGNORE INTO vanished SELECT id FROM record WHERE payload = ? AND key = ?", (payload, key)
        )
        self._db.rows(
            "DELETE FROM fact WHERE record = (SELECT id FROM record WHERE payload = ? AND key = ?)", (payload, key)
        )
        self._db.rows("DELETE FROM record WHERE payload = ? AND key = ?", (payload, key))


def _stored(number: int, body: bytes) -> StoredRecord | StoredAgent:
    record = _decode(unpack(body))
    return StoredRecord(number, record) if isinstance(record, Record) else StoredAgent(number, record)


def _names(found: tuple[str, ...]) -> str:
    return msgspec.json.encode(found).decode()
