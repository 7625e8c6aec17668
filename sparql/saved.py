"""Queries that analysts keep: named, versioned, never overwritten.

They live in a database of their own beside the graph. A version is what its author wrote, for
good; saving under the same name adds one. `{base}` and `$parameters` work as in the queries that
come with Gnomon, and the same guard looks at both.
"""

from __future__ import annotations

import re
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from ontology.errors import Forbidden, NotFound, QueryForbidden, QuerySyntaxError
from ontology.namespaces import Base
from ontology.transactions import transaction
from sparql.catalogue import NamedQuery, named_queries, read_query
from sparql.guard import Form, inspect
from sparql.limits import TextLimits

MAX_QUERIES: Final = 10_000
"""Versions kept in all."""
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_MAX_NAME: Final = 64
_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS query (name TEXT NOT NULL, version INTEGER NOT NULL, owner TEXT NOT NULL,"
    " created TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (name, version)) WITHOUT ROWID"
)


class SavedQuery(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a query somebody saved; `created` is an ISO time in UTC."""

    name: str
    version: int
    owner: str
    created: str
    text: str


class SavedQueries:
    """The saved queries of one data folder."""

    def __init__(self, path: Path, base: Base, limits: TextLimits) -> None:
        self._path = path
        self._base = base
        self._limits = limits

    def save(self, name: str, text: str, owner: str) -> SavedQuery:
        """A new version, 1 for a new name. What it holds already as its newest version is not saved again.

        Raises QuerySyntaxError (name, header, query), QueryForbidden (what the guard refuses, or no
        SELECT), Forbidden (another's name, or one of a query that comes with Gnomon).
        """
        self._check(name, text)
        with transaction(self._path, _TABLE, writing=True) as connection:
            newest = self._newest(connection, name)
            if newest and newest.owner != owner:
                raise Forbidden(f"the query {name!r} belongs to {newest.owner}", place="name", hint="choose another")
            if newest and newest.text == text:
                return newest
            if connection.execute("SELECT count(*) FROM query").fetchone()[0] >= MAX_QUERIES:
                raise QueryForbidden(f"there are {MAX_QUERIES:,} saved queries already", hint="remove some first")
            created = datetime.now(UTC).isoformat(timespec="seconds")
            version = newest.version + 1 if newest else 1
            saved = SavedQuery(name=name, version=version, owner=owner, created=created, text=text)
            connection.execute("INSERT INTO query VALUES (?, ?, ?, ?, ?)", msgspec.structs.astuple(saved))
        return saved

    def _check(self, name: str, text: str) -> None:
        if not _NAME.fullmatch(name) or len(name) > _MAX_NAME:
            raise QuerySyntaxError(
                "a name is lower case words with hyphens between them", place="name", hint="such as works-of-my-group"
            )
        if any(query.name == name for query in named_queries(self._base)):
            raise Forbidden(f"{name!r} comes with Gnomon", place="name", hint="choose another name")
        query = read_query(name, text, self._base)
        if inspect(query.bound(), self._limits).form is not Form.SELECT:
            raise QueryForbidden("only SELECT queries can be saved", place="query")

    def find(self, name: str, version: int | None = None) -> tuple[NamedQuery, SavedQuery]:
        """That version, or the newest; NotFound where there is none."""
        with transaction(self._path, _TABLE) as connection:
            if version is None:
                found = self._newest(connection, name)
            else:
                rows = connection.execute("SELECT * FROM query WHERE name = ? AND version = ?", (name, version))
                row = rows.fetchone()
                found = row and _saved(row)
        if found is None:
            raise NotFound(
                "there is no such query" if version is None else f"there is no version {version} of this query",
                place=name, hint="/v1/queries lists those there are",
            )  # fmt: skip
        return read_query(name, found.text, self._base), found

    def newest(self) -> list[SavedQuery]:
        """The newest version of each, by name."""
        with transaction(self._path, _TABLE) as connection:
            rows = connection.execute(
                "SELECT * FROM query q WHERE version = (SELECT max(version) FROM query WHERE name = q.name)"
                " ORDER BY name"
            ).fetchall()
        return [_saved(row) for row in rows]

    def remove(self, name: str, owner: str, *, any_owner: bool = False) -> None:
        """Forget all versions of one's own query, or with `any_owner` of anybody's."""
        _, found = self.find(name)
        if found.owner != owner and not any_owner:
            raise Forbidden(f"the query {name!r} belongs to {found.owner}", place="name")
        with transaction(self._path, _TABLE) as connection:
            connection.execute("DELETE FROM query WHERE name = ?", (name,))

    @staticmethod
    def _newest(connection: sqlite3.Connection, name: str) -> SavedQuery | None:
        rows = connection.execute("SELECT * FROM query WHERE name = ? ORDER BY version DESC LIMIT 1", (name,))
        row = rows.fetchone()
        return row and _saved(row)


def _saved(row: tuple[str, int, str, str, str]) -> SavedQuery:
    return SavedQuery(name=row[0], version=row[1], owner=row[2], created=row[3], text=row[4])
