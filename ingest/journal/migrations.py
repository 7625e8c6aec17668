"""What makes today's journal of an older one: journals are kept for years.

Records need no step: payloads that other readers read are read again (`ingest.rereading`).
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from ingest.journal.packing import unpack
from ingest.sources.lists import Names
from ontology.namespaces import Base

_ADD_READER = "ALTER TABLE payload ADD COLUMN reader TEXT NOT NULL DEFAULT ''"
_IDENTIFY_ANEW = (
    *(f"DROP TABLE IF EXISTS {table}" for table in ("alias", "assertion", "wanted", "decision")),
    "UPDATE record SET stage = 'parsed'",
    "UPDATE entity SET dirty = 1 WHERE kind <> 'claim'",
)
_PAYLOADS_ANEW = (
    "CREATE TABLE IF NOT EXISTS stale (kind TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (kind, number))"
    " WITHOUT ROWID",
    "INSERT OR IGNORE INTO stale SELECT 'payload', id FROM payload",
    "UPDATE entity SET dirty = 1 WHERE kind = 'work'",
)
MIGRATED: Final = {
    "1": (_ADD_READER, *_IDENTIFY_ANEW, *_PAYLOADS_ANEW), "2": (_ADD_READER, *_IDENTIFY_ANEW, *_PAYLOADS_ANEW),
    "3": (*_IDENTIFY_ANEW, *_PAYLOADS_ANEW), "4": _PAYLOADS_ANEW, "5": (),
}  # fmt: skip
"""Schemas that can be brought up to date → the statements that do, before lines get their names."""
_LINE: Final = re.compile(r"(.*)#L(\d+)", re.DOTALL)


def migrate(connection: sqlite3.Connection, schema: str) -> None:
    """Bring a journal of this schema up to date. Belongs inside a transaction: whole or not at all."""
    for statement in MIGRATED.get(schema, ()):
        connection.execute(statement)
    if schema in MIGRATED:
        _name_lines(connection)


def _name_lines(connection: sqlite3.Connection) -> None:
    """Lines of files, until now known by their numbers, are called by what they say they are.

    Verdicts and tombstones come along. Their records are identified again: what nothing else tells is named after its
    place, and IRIs that change lead on. Everything is written again, as it names the records it comes from.
    """
    said = connection.execute("SELECT value FROM meta WHERE key = 'base'").fetchone()
    base = Base(said[0]) if said else Base()
    connection.execute(
        "CREATE TEMP TABLE moved (source TEXT, before TEXT, now TEXT, PRIMARY KEY (source, before)) WITHOUT ROWID"
    )
    for number, source, before, now in _renamed(connection):
        if connection.execute("UPDATE OR IGNORE payload SET locator = ? WHERE id = ?", (now, number)).rowcount:
            connection.execute("INSERT INTO moved VALUES (?, ?, ?)", (source, before, now))
            connection.execute("UPDATE record SET stage = 'parsed' WHERE payload = ?", (number,))
            connection.execute("INSERT OR IGNORE INTO stale VALUES ('payload', ?)", (number,))
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for table in tables & {"verdict_side", "tombstone"}:
        connection.execute(
            f"UPDATE {table} AS t SET locator = m.now FROM moved m WHERE m.source = t.source AND m.before = t.locator"  # noqa: S608
        )
    owners = ((base.payload(source, now), base.payload(source, before))
              for source, before, now in connection.execute("SELECT * FROM moved").fetchall())  # fmt: skip
    for now, before in owners:  # under which names its statements lie in the store
        for table in tables & {"written", "outbox"}:
            connection.execute(f"UPDATE OR REPLACE {table} SET owner = ? WHERE owner = ?", (now, before))  # noqa: S608
    if connection.execute("SELECT 1 FROM moved LIMIT 1").fetchone():
        connection.execute("UPDATE entity SET dirty = 1 WHERE kind <> 'claim'")
    connection.execute("DROP TABLE moved")


def _renamed(connection: sqlite3.Connection) -> Iterator[tuple[int, str, str, str]]:
    """Number, source, locator until now and new locator of each line that has another name."""
    lines = connection.execute(
        "SELECT id, source, locator FROM payload WHERE media = '.json' AND size > 0 AND locator GLOB '*#L[0-9]*'"
    ).fetchall()
    found = [(source, said[1], int(said[2]), number)
             for number, source, locator in lines if (said := _LINE.fullmatch(locator))]  # fmt: skip
    for (source, file), every in groupby(sorted(found), key=lambda line: line[:2]):
        names = Names()
        for _, _, line, number in every:
            (body,) = connection.execute("SELECT body FROM payload WHERE id = ?", (number,)).fetchone()
            before = f"{file}#L{line}"
            now = f"{file}#{names.of(unpack(body), f'L{line}')}"
            if now != before:
                yield number, source, before, now
