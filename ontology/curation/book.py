"""Who changed what in the vocabularies, kept for ever: versions, change sets, what was said about them.

One SQLite database beside the journal, so that curators work while a build writes. A vocabulary's newest version is its
file with the concepts of table `head` in place of the file's; older versions are had by taking changes back.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

import msgspec

from ontology.curation.comparing import Change
from ontology.curation.edits import Edit
from ontology.errors import NotFound
from ontology.mappings.ledger import SCHEMA as _MAPPINGS
from ontology.mappings.ledger import Ledger
from ontology.scheme import Collection, Concept, Entry

State = Literal["proposed", "approved", "applied", "rejected", "withdrawn"]
STATES: Final[tuple[State, ...]] = ("proposed", "approved", "applied", "rejected", "withdrawn")
_SCHEMA: Final = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS version (
    scheme TEXT NOT NULL, number INTEGER NOT NULL, at TEXT NOT NULL, author TEXT NOT NULL, message TEXT NOT NULL,
    kind TEXT NOT NULL, changeset INTEGER, PRIMARY KEY (scheme, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS change (
    scheme TEXT NOT NULL, number INTEGER NOT NULL, iri TEXT NOT NULL, before BLOB, after BLOB,
    PRIMARY KEY (scheme, number, iri)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS change_iri ON change (scheme, iri, number);
CREATE TABLE IF NOT EXISTS head (
    scheme TEXT NOT NULL, iri TEXT NOT NULL, body BLOB, PRIMARY KEY (scheme, iri)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS changeset (
    id INTEGER PRIMARY KEY, scheme TEXT NOT NULL, state TEXT NOT NULL, title TEXT NOT NULL, author TEXT NOT NULL,
    at TEXT NOT NULL, base INTEGER NOT NULL, edits BLOB NOT NULL, decided_by TEXT NOT NULL DEFAULT '',
    decided_at TEXT NOT NULL DEFAULT '', version INTEGER);
CREATE INDEX IF NOT EXISTS changeset_state ON changeset (state, id);
CREATE TABLE IF NOT EXISTS remark (
    changeset INTEGER NOT NULL, at TEXT NOT NULL, author TEXT NOT NULL, text TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS remark_changeset ON remark (changeset);
"""
_PATIENCE: Final = 30.0
"""Seconds to wait for another process that writes."""
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Concept).decode
_decode_collection = msgspec.msgpack.Decoder(Collection).decode
_COLLECTION: Final = b"\xc1"
"""Before the body of a collection: the byte that MessagePack never uses."""
_decode_edits = msgspec.json.Decoder(tuple[Edit, ...]).decode


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a vocabulary's history. `kind` is edit, undo or import."""

    scheme: str
    number: int
    at: str
    author: str
    message: str
    kind: str = "edit"
    changeset: int | None = None


class Remark(msgspec.Struct, frozen=True):
    """What somebody said about a change set."""

    at: str
    author: str
    text: str


class ChangeSet(msgspec.Struct, frozen=True, kw_only=True):
    """Edits that count together or not at all. `base` is the version they were made for, `version` the one that they
    became."""

    id: int
    scheme: str
    state: State
    title: str
    author: str
    at: str
    base: int
    edits: tuple[Edit, ...]
    decided_by: str = ""
    decided_at: str = ""
    version: int | None = None
    remarks: tuple[Remark, ...] = ()


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


class CurationBook:
    """Made where it is not there. One connection stays open: closing the last one costs more than a transaction."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._kept: sqlite3.Connection | None = None

    def _connection(self) -> sqlite3.Connection:
        if self._kept is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            kept = sqlite3.connect(self.path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
            kept.executescript(_SCHEMA + _MAPPINGS)
            self._kept = kept
        return self._kept

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Pages]:
        with self._lock:
            connection = self._connection()
            connection.execute(begin)
            try:
                yield Pages(connection)
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def reading(self) -> AbstractContextManager[Pages]:
        return self._transaction("BEGIN")

    def writing(self) -> AbstractContextManager[Pages]:
        """Nobody else writes meanwhile."""
        return self._transaction("BEGIN IMMEDIATE")

    def close(self) -> None:
        with self._lock:
            if self._kept is not None:
                self._kept.close()
                self._kept = None

    def numbers(self) -> dict[str, int]:
        """Scheme → number of its newest version, for those that curators changed."""
        if not self.path.exists():
            return {}
        with self.reading() as pages:
            return pages.numbers()

    def head(self, scheme: str, number: int) -> dict[str, Entry | None]:
        """Concepts of a version that are not as in the file; None for those that are not there."""
        with self.reading() as pages:
            later = {change.iri: change.before for change in pages.changes(scheme, number)}
            return pages.head(scheme) | later

    def changes(self, scheme: str, after: int, upto: int) -> list[Change]:
        """What became of each concept between two versions, which may be given in either order."""
        with self.reading() as pages:
            found = pages.changes(scheme, min(after, upto), max(after, upto))
        return found if after <= upto else [change.turned for change in found]


class Pages:
    """The book, open within one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._rows = connection.execute
        self._many = connection.executemany
        self.mappings = Ledger(connection.execute)

    def numbers(self) -> dict[str, int]:
        return dict(self._rows("SELECT scheme, max(number) FROM version GROUP BY scheme").fetchall())

    def number(self, scheme: str) -> int:
        """Of the newest version; 0 for a vocabulary nobody changed."""
        found = self._rows("SELECT max(number) FROM version WHERE scheme = ?", (scheme,)).fetchone()[0]
        return int(found or 0)

    def head(self, scheme: str) -> dict[str, Entry | None]:
        """Concepts that curators changed as they are now; None for those that they took away."""
        rows = self._rows("SELECT iri, body FROM head WHERE scheme = ? ORDER BY iri", (scheme,))
        return {iri: _entry(body) for iri, body in rows}

    def add(self, version: Version, changes: Sequence[Change]) -> None:
        """Keep a new version."""
        self._rows(
            "INSERT INTO version VALUES (?, ?, ?, ?, ?, ?, ?)",
            (version.scheme, version.number, version.at, version.author, version.message, version.kind,
             version.changeset),
        )  # fmt: skip
        self._many(
            "INSERT INTO change VALUES (?, ?, ?, ?, ?)",
            [(version.scheme, version.number, one.iri, _body(one.before), _body(one.after)) for one in changes],
        )
        self._many(
            "INSERT OR REPLACE INTO head VALUES (?, ?, ?)",
            [(version.scheme, one.iri, _body(one.after)) for one in changes],
        )

    def shed(self, scheme: str, kept: Iterable[str]) -> None:
        """Of the newest version keep only these concepts beside the file, which has all others."""
        listed = msgspec.json.encode(list(kept)).decode()
        self._rows(
            "DELETE FROM head WHERE scheme = ? AND iri NOT IN (SELECT value FROM json_each(?))", (scheme, listed)
        )

    def versions(self, scheme: str, limit: int = 100, before: int | None = None) -> list[Version]:
        """The newest first; those older than number `before`."""
        rows = self._rows(
            f"SELECT {_VERSION} FROM version WHERE scheme = ? AND number < ? ORDER BY number DESC LIMIT ?",  # noqa: S608
            (scheme, before if before is not None else 1 << 62, limit),
        )
        return [_version(row) for row in rows]

    def version(self, scheme: str, number: int) -> Version:
        row = self._rows(f"SELECT {_VERSION} FROM version WHERE scheme = ? AND number = ?", (scheme, number)).fetchone()  # noqa: S608
        if row is None:
            raise NotFound("the vocabulary has no such version", place=f"{scheme} {number}")
        return _version(row)

    def versions_of(self, scheme: str, iri: str) -> list[tuple[Version, Change]]:
        """The versions that changed a concept, with what they changed, the newest first."""
        rows = self._rows(
            f"SELECT {_VERSION}, before, after FROM change JOIN version USING (scheme, number)"  # noqa: S608
            " WHERE scheme = ? AND iri = ? ORDER BY number DESC",
            (scheme, iri),
        )
        return [(_version(row[:7]), Change(iri, _entry(row[7]), _entry(row[8]))) for row in rows]

    def changes(self, scheme: str, after: int, upto: int | None = None) -> list[Change]:
        """What became of each concept between two versions, by IRI: those after number `after`, up to `upto`."""
        rows = self._rows(
            "SELECT iri, before, after FROM change WHERE scheme = ? AND number > ? AND number <= ? ORDER BY number",
            (scheme, after, upto if upto is not None else 1 << 62),
        )
        found: dict[str, Change] = {}
        for iri, before, last in rows:
            first = found[iri].before if iri in found else _entry(before)
            found[iri] = Change(iri, first, _entry(last))
        return [found[iri] for iri in sorted(found) if found[iri].before != found[iri].after]

    def propose(self, made: ChangeSet) -> ChangeSet:
        """Keep a change set; its `id` is given here."""
        row = self._rows(
            "INSERT INTO changeset (scheme, state, title, author, at, base, edits) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (made.scheme, made.state, made.title, made.author, made.at, made.base, msgspec.json.encode(made.edits)),
        )
        return msgspec.structs.replace(made, id=int(row.lastrowid or 0))

    def settle(self, number: int, state: State, by: str, version: int | None = None) -> None:
        """A change set's next state."""
        self._rows(
            "UPDATE changeset SET state = ?, decided_by = ?, decided_at = ?, version = coalesce(?, version)"
            " WHERE id = ?",
            (state, by, now(), version, number),
        )

    def remark(self, number: int, remark: Remark) -> None:
        self._rows("INSERT INTO remark VALUES (?, ?, ?, ?)", (number, remark.at, remark.author, remark.text))

    def changeset(self, number: int) -> ChangeSet:
        row = self._rows(f"SELECT {_CHANGESET} FROM changeset WHERE id = ?", (number,)).fetchone()  # noqa: S608
        if row is None:
            raise NotFound("there is no such change set", place=str(number), hint="/v1/changesets lists them")
        remarks = self._rows("SELECT at, author, text FROM remark WHERE changeset = ? ORDER BY rowid", (number,))
        return _changeset(row, tuple(Remark(*one) for one in remarks))

    def changesets(self, state: str = "", scheme: str = "", limit: int = 100, offset: int = 0) -> list[ChangeSet]:
        """The newest first, without what was said about them."""
        rows = self._rows(
            f"SELECT {_CHANGESET} FROM changeset WHERE (? = '' OR state = ?) AND (? = '' OR scheme = ?)"  # noqa: S608
            " ORDER BY id DESC LIMIT ? OFFSET ?",
            (state, state, scheme, scheme, limit, offset),
        )
        return [_changeset(row, ()) for row in rows]

    def waiting(self) -> dict[str, int]:
        """Scheme → change sets that are neither applied nor turned down."""
        rows = self._rows(
            "SELECT scheme, count(*) FROM changeset WHERE state IN ('proposed', 'approved') GROUP BY scheme"
        )
        return dict(rows.fetchall())


_VERSION: Final = "scheme, number, at, author, message, kind, changeset"
_CHANGESET: Final = "id, scheme, state, title, author, at, base, edits, decided_by, decided_at, version"


def _version(row: Iterable[object]) -> Version:
    return msgspec.convert(dict(zip(_VERSION.split(", "), row, strict=True)), Version)


def _changeset(row: Iterable[object], remarks: tuple[Remark, ...]) -> ChangeSet:
    said = dict(zip(_CHANGESET.split(", "), row, strict=True))
    edits = _decode_edits(said.pop("edits"))  # type: ignore[arg-type] # bytes, as the table has them
    return ChangeSet(**said, edits=edits, remarks=remarks)  # type: ignore[arg-type]


def _body(entry: Entry | None) -> bytes | None:
    if isinstance(entry, Collection):
        return _COLLECTION + _encode(entry)
    return _encode(entry) if entry is not None else None


def _entry(body: object) -> Entry | None:
    if not isinstance(body, bytes):
        return None
    return _decode_collection(body[1:]) if body[:1] == _COLLECTION else _decode(body)
