"""Opening the journal: one writer for a data folder, any number of readers."""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ingest.journal.migrations import MIGRATED, migrate
from ontology.errors import DiskFull, JournalError, WriterBusy

SCHEMA_VERSION = 6
_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS payload (
    id INTEGER PRIMARY KEY, source TEXT NOT NULL, locator TEXT NOT NULL, media TEXT NOT NULL,
    datestamp TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL,
    format TEXT NOT NULL DEFAULT '', reader TEXT NOT NULL DEFAULT '', body BLOB,
    stage TEXT NOT NULL CHECK (stage IN ('parsed', 'quarantined', 'deleted')),
    UNIQUE (source, locator));
CREATE TABLE IF NOT EXISTS record (
    id INTEGER PRIMARY KEY, payload INTEGER NOT NULL REFERENCES payload, key TEXT NOT NULL,
    sha256 TEXT NOT NULL, body BLOB NOT NULL,
    stage TEXT NOT NULL CHECK (stage IN ('parsed', 'identified')),
    UNIQUE (payload, key));
CREATE INDEX IF NOT EXISTS record_stage ON record (stage) WHERE stage = 'parsed';
CREATE TABLE IF NOT EXISTS fact (
    record INTEGER PRIMARY KEY, fields INTEGER NOT NULL, language TEXT NOT NULL, year INTEGER NOT NULL,
    refs INTEGER NOT NULL, broken TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS cited (owner INTEGER PRIMARY KEY, listed INTEGER NOT NULL, resolved INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS quarantine (
    payload INTEGER NOT NULL REFERENCES payload, key TEXT NOT NULL, error TEXT NOT NULL,
    message TEXT NOT NULL, place TEXT NOT NULL, hint TEXT NOT NULL,
    PRIMARY KEY (payload, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entity (
    seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL UNIQUE,
    survivor INTEGER REFERENCES entity, dirty INTEGER NOT NULL DEFAULT 1);
CREATE INDEX IF NOT EXISTS entity_dirty ON entity (kind, seq) WHERE dirty = 1;
CREATE INDEX IF NOT EXISTS entity_survivor ON entity (survivor) WHERE survivor IS NOT NULL;
CREATE TABLE IF NOT EXISTS said (
    node INTEGER PRIMARY KEY, entity INTEGER, cell INTEGER, parent INTEGER, method TEXT, score REAL,
    keys BLOB NOT NULL, blocks BLOB NOT NULL, body BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS said_entity ON said (entity);
CREATE TABLE IF NOT EXISTS alias (key INTEGER NOT NULL, node INTEGER NOT NULL, PRIMARY KEY (key, node)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS told (
    record INTEGER NOT NULL, slot INTEGER NOT NULL, node INTEGER NOT NULL, PRIMARY KEY (record, slot)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS told_node ON told (node);
CREATE TABLE IF NOT EXISTS link (
    low INTEGER NOT NULL, high INTEGER NOT NULL, score REAL NOT NULL, relation TEXT NOT NULL,
    PRIMARY KEY (low, high)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS link_high ON link (high);
CREATE TABLE IF NOT EXISTS stale (
    kind TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (kind, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS vanished (record INTEGER PRIMARY KEY);
CREATE TABLE IF NOT EXISTS wanted (
    key INTEGER NOT NULL, record INTEGER NOT NULL, PRIMARY KEY (key, record)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS wanted_record ON wanted (record);
CREATE TABLE IF NOT EXISTS verdict (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, verdict TEXT NOT NULL CHECK (verdict IN ('same', 'different')),
    decided_by TEXT NOT NULL, decided_at TEXT NOT NULL, note TEXT NOT NULL, undone INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS verdict_side (
    verdict INTEGER NOT NULL REFERENCES verdict, side INTEGER NOT NULL, iri TEXT NOT NULL, source TEXT NOT NULL,
    locator TEXT NOT NULL, key TEXT NOT NULL, slot INTEGER NOT NULL, node INTEGER);
CREATE TABLE IF NOT EXISTS reading (
    text TEXT NOT NULL, maker TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (text, maker)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS vector (
    text TEXT NOT NULL, encoder TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (text, encoder)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS text_use (
    text TEXT NOT NULL, owner INTEGER NOT NULL, PRIMARY KEY (text, owner)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS text_use_owner ON text_use (owner);
CREATE TABLE IF NOT EXISTS tombstone (
    entity INTEGER PRIMARY KEY, reason TEXT NOT NULL CHECK (reason IN ('deleted', 'withdrawn', 'unreadable')),
    source TEXT NOT NULL, locator TEXT NOT NULL, key TEXT NOT NULL, datestamp TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS evidence (
    claim INTEGER NOT NULL, owner INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (claim, owner)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS evidence_owner ON evidence (owner);
CREATE TABLE IF NOT EXISTS term (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL UNIQUE, text TEXT NOT NULL,
    own INTEGER NOT NULL DEFAULT 0, nested INTEGER NOT NULL DEFAULT 0, wholes INTEGER NOT NULL DEFAULT 0,
    works INTEGER NOT NULL DEFAULT 0, c_value REAL NOT NULL DEFAULT 0, known INTEGER NOT NULL DEFAULT 0,
    stale INTEGER NOT NULL DEFAULT 1);
CREATE INDEX IF NOT EXISTS term_stale ON term (id) WHERE stale = 1;
CREATE INDEX IF NOT EXISTS term_rank ON term (c_value DESC, key) WHERE known = 0;
CREATE TABLE IF NOT EXISTS term_use (
    term INTEGER NOT NULL, owner INTEGER NOT NULL, count INTEGER NOT NULL, known INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (term, owner)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS term_use_owner ON term_use (owner);
CREATE TABLE IF NOT EXISTS term_part (
    part INTEGER NOT NULL, whole INTEGER NOT NULL, known INTEGER NOT NULL, PRIMARY KEY (part, whole)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS term_part_whole ON term_part (whole);
CREATE TABLE IF NOT EXISTS term_verdict (id INTEGER PRIMARY KEY, key TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS term_verdict_key ON term_verdict (key);
CREATE TABLE IF NOT EXISTS topic_verdict (
    id INTEGER PRIMARY KEY, work TEXT NOT NULL, concept TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('confirmed', 'rejected')), decided_by TEXT NOT NULL,
    decided_at TEXT NOT NULL, note TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS topic_verdict_work ON topic_verdict (work);
CREATE TABLE IF NOT EXISTS lesson (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, by TEXT NOT NULL, version TEXT NOT NULL, figures TEXT NOT NULL,
    body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS written (owner TEXT PRIMARY KEY, sequence INTEGER NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS outbox (owner TEXT PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS source_note (
    source TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (source, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS run (
    id TEXT NOT NULL, source TEXT NOT NULL, started TEXT NOT NULL, ended TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (source, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS update_log (
    sequence INTEGER NOT NULL, at TEXT NOT NULL, author TEXT NOT NULL, kind TEXT NOT NULL,
    said TEXT NOT NULL, graphs TEXT NOT NULL, added INTEGER NOT NULL, removed INTEGER NOT NULL);
"""


class Database:
    """The journal's SQLite file. Writers hold an exclusive lock on `<file>.lock` that the kernel
    drops with the process, however it ends; readers need none."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self._lock: int | None = None
        if read_only:
            if not path.exists():
                raise JournalError("there is no journal here", place=str(path), hint="run `gnomon build` first")
            self._connection = _connect(f"file:{path}?mode=ro", check_same_thread=False)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = _acquire(path.with_suffix(".lock"))
        try:
            self._connection = _connect(f"file:{path}", check_same_thread=True)
            self._prepare()
        except BaseException:
            self._release()
            raise

    def _prepare(self) -> None:
        with _typed(self.path):
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            # Keys come in random order: room for their pages saves reading them again.
            self._connection.execute("PRAGMA cache_size = -131072")
            self._connection.execute("PRAGMA wal_autocheckpoint = 24000")
            self._migrate()
            self._connection.executescript(_SCHEMA)
            self.set_meta("schema", str(SCHEMA_VERSION))

    def shrink(self) -> None:
        """Give up most of the pages held in memory: what comes now is written in order."""
        with _typed(self.path):
            self._connection.execute("PRAGMA cache_size = -16384")
            self._connection.execute("PRAGMA shrink_memory")

    def _migrate(self) -> None:
        """Bring a journal that an older version wrote up to today's schema."""
        if not self.one("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'meta'"):
            return
        found = self.meta("schema")
        if found not in ("", str(SCHEMA_VERSION), *MIGRATED):
            raise JournalError(
                f"the journal has schema {found}, this version reads {SCHEMA_VERSION}",
                place=str(self.path), hint="use the version that wrote it, or build into a new folder",
            )  # fmt: skip
        with self.transaction():
            migrate(self._connection, found)
            self.set_meta("schema", str(SCHEMA_VERSION))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; an error inside rolls back."""
        with _typed(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def rows(self, sql: str, parameters: tuple[Any, ...] | dict[str, Any] = ()) -> sqlite3.Cursor:
        with _typed(self.path):
            return self._connection.execute(sql, parameters)

    def one(self, sql: str, parameters: tuple[Any, ...] = ()) -> Any:
        """First column of the first row, or None."""
        row = self.rows(sql, parameters).fetchone()
        return row[0] if row else None

    def many(self, sql: str, parameters: Iterable[tuple[Any, ...] | dict[str, Any]]) -> None:
        with _typed(self.path):
            self._connection.executemany(sql, parameters)

    def meta(self, key: str, default: str = "") -> str:
        value = self.one("SELECT value FROM meta WHERE key = ?", (key,))
        return default if value is None else str(value)

    def set_meta(self, key: str, value: str) -> None:
        self.rows("INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value))

    def close(self) -> None:
        self._connection.close()
        self._release()

    def _release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _connect(uri: str, *, check_same_thread: bool) -> sqlite3.Connection:
    try:
        return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=30, check_same_thread=check_same_thread)
    except sqlite3.Error as error:
        raise JournalError(f"the journal cannot be opened: {error}", place=uri) from error


def _acquire(path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
        os.close(descriptor)
        raise WriterBusy(
            f"process {holder} is writing this data folder", place=str(path.parent),
            hint="wait for it to end; reading and searching go on meanwhile",
        ) from error  # fmt: skip
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor


@contextmanager
def _typed(path: Path) -> Iterator[None]:
    """SQLite's errors as ours."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if "full" in str(error) or "disk I/O" in str(error):
            raise disk_full(path) from error
        raise JournalError(f"the journal failed: {error}", place=str(path)) from error
    except sqlite3.DatabaseError as error:
        raise JournalError(
            f"the journal is damaged: {error}", place=str(path), hint="restore it from a backup"
        ) from error
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise disk_full(path) from error
        raise


def disk_full(path: Path) -> DiskFull:
    return DiskFull(
        "no space is left on the disk", place=str(path.parent),
        hint="free some space and run the same command again: it goes on where it stopped",
    )  # fmt: skip
