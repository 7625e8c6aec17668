"""The database of profiles, apart from the graph and the journal: `profiles.sqlite`.

Nothing is written before consent. Erasing removes every row and overwrites its place in the file.
Whoever holds a profile's token is its reader; the token is kept hashed, as API keys are.
"""

from __future__ import annotations

import secrets
import sqlite3
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from ontology.errors import NotFound, Unauthenticated
from ontology.transactions import transaction

PREFIX: Final = "gp_"
TABLES: Final = ("interest", "reading", "thumb", "search", "match")
_SCHEMA: Final = """
PRAGMA secure_delete = ON;
CREATE TABLE IF NOT EXISTS profile (id TEXT PRIMARY KEY, token TEXT NOT NULL UNIQUE, consented TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS interest (
    profile TEXT NOT NULL, iri TEXT NOT NULL, kind TEXT NOT NULL, label TEXT NOT NULL, added TEXT NOT NULL,
    PRIMARY KEY (profile, iri)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS reading (
    profile TEXT NOT NULL, work TEXT NOT NULL, added TEXT NOT NULL, PRIMARY KEY (profile, work)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS thumb (
    profile TEXT NOT NULL, work TEXT NOT NULL, value INTEGER NOT NULL CHECK (value IN (-1, 1)), added TEXT NOT NULL,
    PRIMARY KEY (profile, work)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS search (
    id TEXT PRIMARY KEY, profile TEXT NOT NULL, name TEXT NOT NULL, request BLOB NOT NULL, shared INTEGER NOT NULL,
    email TEXT NOT NULL, confirmed INTEGER NOT NULL, secret TEXT NOT NULL UNIQUE, created TEXT NOT NULL,
    looked INTEGER NOT NULL DEFAULT -1);
CREATE TABLE IF NOT EXISTS match (
    search TEXT NOT NULL, work TEXT NOT NULL, title TEXT NOT NULL, seen TEXT NOT NULL, alerted INTEGER NOT NULL,
    PRIMARY KEY (search, work)) WITHOUT ROWID;
"""


class ProfileStore:
    """Opens the file for each call; it is made with the first profile."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def open(self) -> AbstractContextManager[sqlite3.Connection]:
        """A transaction on the database."""
        return transaction(self._path, _SCHEMA, writing=True)

    def rows(self, sql: str, parameters: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """Rows of a question; none where nobody has a profile yet."""
        if not self._path.exists():
            return []
        with self.open() as connection:
            return connection.execute(sql, parameters).fetchall()

    def change(self, sql: str, parameters: tuple[Any, ...] = ()) -> int:
        """Number of rows a statement changed."""
        with self.open() as connection:
            return connection.execute(sql, parameters).rowcount

    def create(self) -> tuple[str, str]:
        """A new profile, after consent: its id and its token, which is shown once."""
        number, token = secrets.token_hex(8), PREFIX + secrets.token_urlsafe(32)
        self.change("INSERT INTO profile VALUES (?, ?, ?)", (number, hashed(token), now()))
        return number, token

    def of_token(self, token: str) -> str:
        """The profile's id; Unauthenticated where the token is nobody's."""
        found = self.rows("SELECT id FROM profile WHERE token = ?", (hashed(token),))
        if not found:
            raise Unauthenticated("this profile does not exist", hint="POST /v1/profile makes one, with your consent")
        return str(found[0][0])

    def consented(self, profile: str) -> str:
        """When consent was given (ISO time, UTC); NotFound after erasure."""
        found = self.rows("SELECT consented FROM profile WHERE id = ?", (profile,))
        if not found:
            raise NotFound("there is no such profile", place="profile")
        return str(found[0][0])

    def erase(self, profile: str) -> None:
        """Remove everything about a reader, here and in the file's free pages."""
        with self.open() as connection:
            connection.execute(
                "DELETE FROM match WHERE search IN (SELECT id FROM search WHERE profile = ?)", (profile,)
            )
            for table in ("interest", "reading", "thumb", "search"):
                connection.execute(f"DELETE FROM {table} WHERE profile = ?", (profile,))  # noqa: S608 - one of four names
            connection.execute("DELETE FROM profile WHERE id = ?", (profile,))


def hashed(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def now() -> str:
    """The time as it is kept: ISO, UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
