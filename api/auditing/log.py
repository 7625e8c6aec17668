"""The audit log: one line for each call that changes something or is refused for want of rights.

A call is written down before it is let through and its outcome after it, each in a transaction of its own: what a
killed process was about to change is there without an outcome. Triggers keep lines from being changed, and from being
deleted other than by retention, which leaves a line of its own.
"""

from __future__ import annotations

import hmac
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from api.settings import Settings
from ontology.errors import AuditError, QueryParameterError
from ontology.transactions import transaction

AddressForm = Literal["truncated", "hashed", "none"]
"""How much of a client's address is kept."""
Door = Literal["api", "page", "sparql", "mcp", "cli"]

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS call (
    number INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, refused INTEGER NOT NULL, who TEXT NOT NULL,
    role TEXT NOT NULL, door TEXT NOT NULL, address TEXT NOT NULL, method TEXT NOT NULL, operation TEXT NOT NULL,
    target TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS call_by_who ON call (who, number);
CREATE INDEX IF NOT EXISTS call_by_operation ON call (operation, number);
CREATE TABLE IF NOT EXISTS outcome (
    number INTEGER PRIMARY KEY, at TEXT NOT NULL, status INTEGER NOT NULL, code TEXT NOT NULL, targets TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS retention (
    at TEXT NOT NULL, refused INTEGER NOT NULL, upto INTEGER NOT NULL, calls INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS pepper (secret BLOB NOT NULL);
CREATE TRIGGER IF NOT EXISTS call_stands BEFORE UPDATE ON call BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER IF NOT EXISTS outcome_stands BEFORE UPDATE ON outcome BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER IF NOT EXISTS retention_stands BEFORE UPDATE ON retention BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER IF NOT EXISTS retention_stays BEFORE DELETE ON retention BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER IF NOT EXISTS call_stays BEFORE DELETE ON call
    WHEN NOT EXISTS (SELECT 1 FROM retention r WHERE r.refused = OLD.refused AND r.upto >= OLD.number)
    BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER IF NOT EXISTS outcome_stays BEFORE DELETE ON outcome
    WHEN EXISTS (SELECT 1 FROM call WHERE number = OLD.number) BEGIN SELECT RAISE(ABORT, 'append only'); END;
"""
_ENTRY: Final = (
    "SELECT call.number, call.at, refused, who, role, door, address, method, operation, target, targets,"
    " coalesce(status, 0), coalesce(code, ''), coalesce(outcome.at, '') FROM call LEFT JOIN outcome USING (number)"
)
_KINDS: Final = ("key:", "person:", "user:")
"""What the names of callers begin with."""
_EVERY: Final = 256
"""Lines between two looks at the retention."""
_LONGEST: Final = 2_000


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked. `who` is `key:NAME`, `person:NAME`, `user:NAME` (of the machine) or `anonymous`; `operation` the
    operation's id, a page's path or a command; `target` the IRI or name of what is to change."""

    who: str
    role: str
    door: Door
    operation: str
    address: str = ""
    method: str = ""
    target: str = ""


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the log. `status` is that of HTTP, of a command its exit status, and null where the call is under way
    or its process was killed; `code` that of the error, if it was one. Times are UTC."""

    number: int
    at: str
    who: str
    role: str
    door: str
    address: str
    method: str
    operation: str
    targets: tuple[str, ...]
    refused: bool
    status: int | None
    code: str
    ended: str


class AuditPage(msgspec.Struct, frozen=True, kw_only=True):
    """Lines, the newest first; `cursor` asks for the next ones, empty after the last. `removed` lines are older than
    the retention keeps."""

    entries: tuple[AuditEntry, ...]
    cursor: str
    removed: int


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which lines: of somebody (with or without the kind of name), from a moment on (ISO 8601), of an operation."""

    who: str = ""
    since: str = ""
    operation: str = ""
    refused: bool | None = None


class AuditLog:
    """A small database beside the graph. Raises AuditError where it cannot be written."""

    def __init__(
        self, path: Path, *, days: int = 0, entries: int = 10**6, addresses: AddressForm = "truncated"
    ) -> None:
        """Lines are kept for `days` (0: for ever), at most `entries` of changes and as many of refusals: so no flood
        of refusals takes a change's place."""
        self._path, self._days, self._most, self._addresses = path, days, entries, addresses
        self._lock = threading.Lock()
        self._looked = False

    def begin(self, call: Call) -> int:
        """Write down what is about to be done; its number."""
        with self._writing() as connection:
            return self._add(connection, call, refused=False)

    def end(self, number: int, status: int, code: str = "", targets: tuple[str, ...] = ()) -> None:
        """Write down what came of it; `targets` are those known only now."""
        with self._writing() as connection:
            self._outcome(connection, number, status, code, targets)

    def done(self, call: Call, status: int, code: str = "", *, refused: bool = False) -> int:
        """Both at once."""
        with self._writing() as connection:
            number = self._add(connection, call, refused=refused)
            self._outcome(connection, number, status, code, ())
            return number

    def page(self, wanted: Wanted = Wanted(), cursor: str = "", limit: int = 100) -> AuditPage:  # noqa: B008 - frozen
        """The newest lines, or those after a cursor. QueryParameterError for what is no time or no cursor."""
        conditions, values = _conditions(wanted)
        if cursor not in ("", "*"):
            conditions.append("call.number < ?")
            values.append(_number(cursor))
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        if not self._path.exists():
            return AuditPage(entries=(), cursor="", removed=0)
        with transaction(self._path, _TABLES) as connection:
            rows = connection.execute(f"{_ENTRY}{where} ORDER BY call.number DESC LIMIT ?", (*values, limit + 1))
            found = [_entry(row) for row in rows]
            (removed,) = connection.execute("SELECT coalesce(sum(calls), 0) FROM retention").fetchone()
        more = str(found[limit - 1].number) if len(found) > limit else ""
        return AuditPage(entries=tuple(found[:limit]), cursor=more, removed=removed)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            with transaction(self._path, _TABLES, writing=True) as connection:
                yield connection
        except (sqlite3.Error, OSError) as error:
            raise AuditError(
                f"the audit log cannot be written: {error}", place=str(self._path), hint="nothing is changed without it"
            ) from error

    def _add(self, connection: sqlite3.Connection, call: Call, *, refused: bool) -> int:
        row = (
            _now(), refused, call.who[:200], call.role, call.door, self._shown(connection, call.address), call.method,
            call.operation[:200], call.target[:_LONGEST],
        )  # fmt: skip
        added = connection.execute(
            "INSERT INTO call (at, refused, who, role, door, address, method, operation, target)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )
        number = int(added.lastrowid or 0)
        with self._lock:
            due, self._looked = not self._looked or number % _EVERY == 0, True
        if due:
            self._retain(connection)
        return number

    @staticmethod
    def _outcome(
        connection: sqlite3.Connection, number: int, status: int, code: str, targets: tuple[str, ...]
    ) -> None:  # fmt: skip
        said = "\n".join(targets)[: 10 * _LONGEST]
        connection.execute("INSERT INTO outcome VALUES (?, ?, ?, ?, ?)", (number, _now(), status, code[:100], said))

    def _shown(self, connection: sqlite3.Connection, address: str) -> str:
        """As much of an address as is kept: its network, or a hash that tells one client from another."""
        if not address or self._addresses == "none":
            return ""
        if self._addresses == "truncated":
            return network_of(address)
        row = connection.execute("SELECT secret FROM pepper").fetchone()
        if row is None:
            row = (secrets.token_bytes(32),)
            connection.execute("INSERT INTO pepper VALUES (?)", row)
        return hmac.new(row[0], address.encode(), sha256).hexdigest()[:16]

    def _retain(self, connection: sqlite3.Connection) -> None:
        """Remove what is older than is kept, and say so."""
        for refused in (0, 1):
            (most,) = connection.execute(
                "SELECT coalesce((SELECT number FROM call WHERE refused = ? ORDER BY number DESC LIMIT 1 OFFSET ?), 0)",
                (refused, self._most),
            ).fetchone()
            if self._days:
                first = (datetime.now(UTC) - timedelta(days=self._days)).isoformat(timespec="milliseconds")
                (old,) = connection.execute(
                    "SELECT coalesce(max(number), 0) FROM call WHERE refused = ? AND at < ?", (refused, first)
                ).fetchone()
                most = max(most, old)
            (calls,) = connection.execute(
                "SELECT count(*) FROM call WHERE refused = ? AND number <= ?", (refused, most)
            ).fetchone()
            if calls:
                connection.execute("INSERT INTO retention VALUES (?, ?, ?, ?)", (_now(), refused, most, calls))
                connection.execute("DELETE FROM call WHERE refused = ? AND number <= ?", (refused, most))
                connection.execute("DELETE FROM outcome WHERE number NOT IN (SELECT number FROM call)")


def audit_log(settings: Settings) -> AuditLog:
    """The log of a data folder."""
    return AuditLog(
        settings.data / "audit.sqlite", days=settings.audit_days, entries=settings.audit_entries,
        addresses=settings.audit_addresses,
    )  # fmt: skip


def network_of(address: str) -> str:
    """The network of an address: 24 bits of an IPv4 address, 48 of an IPv6 one; what is none is not kept."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    mapped = getattr(found, "ipv4_mapped", None)
    found = mapped or found
    return str(ip_network(f"{found}/{24 if found.version == 4 else 48}", strict=False))


def _conditions(wanted: Wanted) -> tuple[list[str], list[Any]]:
    conditions: list[str] = []
    values: list[Any] = []
    if wanted.who:
        names = [wanted.who, *(kind + wanted.who for kind in _KINDS)]
        conditions.append(f"who IN ({', '.join('?' * len(names))})")
        values += names
    if wanted.since:
        conditions.append("call.at >= ?")
        values.append(_moment(wanted.since))
    if wanted.operation:
        conditions.append("operation = ?")
        values.append(wanted.operation)
    if wanted.refused is not None:
        conditions.append("refused = ?")
        values.append(wanted.refused)
    return conditions, values


def _moment(said: str) -> str:
    try:
        found = datetime.fromisoformat(said)
    except ValueError as error:
        raise QueryParameterError(
            f"{said[:50]!r} is no time", place="since", hint="2026-01-31 or as ISO 8601"
        ) from error
    try:
        moment = found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except OverflowError as error:
        raise QueryParameterError(f"{said[:50]!r} is out of range", place="since") from error
    return moment.isoformat(timespec="milliseconds")


def _number(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        raise QueryParameterError("this is no cursor of ours", place="cursor", hint="begin again without one")
    return int(cursor)


def _entry(row: tuple[Any, ...]) -> AuditEntry:
    number, at, refused, who, role, door, address, method, operation, target, later, status, code, ended = row
    targets = tuple(dict.fromkeys(one for one in (target, *(later or "").split("\n")) if one))
    return AuditEntry(
        number=number, at=at, who=who, role=role, door=door, address=address, method=method, operation=operation,
        targets=targets, refused=bool(refused), status=status if ended else None, code=code, ended=ended,
    )  # fmt: skip


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
