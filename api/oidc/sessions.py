"""Sessions of people who signed in through the provider: kept as hashes beside the keys, until they are over."""

from __future__ import annotations

import secrets
import time
from hashlib import sha256
from pathlib import Path
from typing import Final

from api.auth import Caller, Role
from ontology.curation.scope import Scope
from ontology.errors import NotFound, Unauthenticated
from ontology.transactions import transaction

PREFIX: Final = "gs_"
_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS session (hash TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL,"
    " vocabularies TEXT NOT NULL, languages TEXT NOT NULL, until REAL NOT NULL)"
)


class Sessions:
    """Each has 256 bits from the system's generator, and ends by itself."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def begin(self, person: Caller, hours: float) -> str:
        """A new session's secret. Those that are over are forgotten."""
        secret, now = PREFIX + secrets.token_urlsafe(32), time.time()
        limits = ("\n".join(one) for one in (person.scope.vocabularies, person.scope.languages))
        row = (_hashed(secret), person.name, person.role.name, *limits)
        with transaction(self._path, _TABLE, writing=True) as connection:
            connection.execute("DELETE FROM session WHERE until <= ?", (now,))
            connection.execute("INSERT INTO session VALUES (?, ?, ?, ?, ?, ?)", (*row, now + hours * 3600))
        return secret

    def find(self, secret: str) -> Caller:
        """Whose it is; Unauthenticated where it is not, or is over."""
        with transaction(self._path, _TABLE) as connection:
            row = connection.execute(
                "SELECT name, role, vocabularies, languages FROM session WHERE hash = ? AND until > ?",
                (_hashed(secret), time.time()),
            ).fetchone()
        if row is None:
            raise Unauthenticated("this session is over", hint="sign in again")
        name, role, vocabularies, languages = row
        return Caller(name, Role[role], Scope(tuple(vocabularies.splitlines()), tuple(languages.splitlines())))

    def end(self, secret: str) -> None:
        """Sign out."""
        with transaction(self._path, _TABLE, writing=True) as connection:
            connection.execute("DELETE FROM session WHERE hash = ?", (_hashed(secret),))

    def end_all(self, name: str) -> None:
        """Sign somebody out everywhere; NotFound where nobody so called is signed in."""
        with transaction(self._path, _TABLE, writing=True) as connection:
            if not connection.execute("DELETE FROM session WHERE name = ?", (name,)).rowcount:
                raise NotFound(f"nobody called {name!r} is signed in")


def _hashed(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
