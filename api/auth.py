"""Who may do what: API keys (stored hashed), roles, and an allowance of requests for each client."""

from __future__ import annotations

import hmac
import secrets
import sqlite3
import threading
from collections import deque
from datetime import UTC, datetime
from enum import IntEnum
from hashlib import sha256
from pathlib import Path

import msgspec

from ontology.curation.scope import Author, Scope
from ontology.errors import NotFound, RateLimited, SettingsError, Unauthenticated
from ontology.transactions import transaction

_TABLE = (
    "CREATE TABLE IF NOT EXISTS api_key (name TEXT PRIMARY KEY, role TEXT NOT NULL,"
    " hash TEXT NOT NULL UNIQUE, created TEXT NOT NULL);"
    "CREATE TABLE IF NOT EXISTS key_scope (name TEXT PRIMARY KEY, vocabularies TEXT NOT NULL, languages TEXT NOT NULL)"
)
_PREFIX = "gn_"
ANONYMOUS, PERSON = "anonymous", "person:"
_WINDOW = 60.0
_CLIENTS = 10_000
"""Clients remembered before those that have been quiet for a minute are forgotten."""


class Role(IntEnum):
    """Each role may do what those before it may."""

    none = 0
    reader = 1
    analyst = 2
    curator = 3
    admin = 4


class Caller(msgspec.Struct, frozen=True):
    """Whoever sent a request: `name` identifies the key, the person, or the address of an anonymous client; `scope`
    limits what a curator may edit by this key, session or token."""

    name: str
    role: Role
    scope: Scope = Scope()

    @property
    def author(self) -> Author:
        """The caller as one who edits vocabularies."""
        return Author(self.name, self.scope)


class KeyInfo(msgspec.Struct, frozen=True):
    """A key without its secret; `scope` limits what a curator may edit."""

    name: str
    role: str
    created: str
    scope: Scope = Scope()


class Keys:
    """API keys in a small database of their own, apart from the graph.

    A key has 256 bits from the system's generator, so one round of SHA-256 is enough to store it:
    there is nothing to guess (OWASP: fast hashes are for high-entropy secrets).
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, name: str, role: Role, scope: Scope = Scope()) -> str:  # noqa: B008 - frozen
        """A new key; it is shown once and can't be read back. SettingsError if the name is taken."""
        if name.startswith(PERSON):
            raise SettingsError(f"no key is called {PERSON}…", hint="so are people called whom a provider knows")
        key = _PREFIX + secrets.token_urlsafe(32)
        row = (name, role.name, _hashed(key), datetime.now(UTC).isoformat(timespec="seconds"))
        try:
            with transaction(self._path, _TABLE) as connection:
                connection.execute("INSERT INTO api_key VALUES (?, ?, ?, ?)", row)
                if scope != Scope():
                    said = (name, " ".join(scope.vocabularies), " ".join(scope.languages))
                    connection.execute("INSERT OR REPLACE INTO key_scope VALUES (?, ?, ?)", said)
        except sqlite3.IntegrityError as error:
            raise SettingsError(f"there is a key called {name!r} already", hint="revoke it first") from error
        return key

    def revoke(self, name: str) -> None:
        with transaction(self._path, _TABLE) as connection:
            if not connection.execute("DELETE FROM api_key WHERE name = ?", (name,)).rowcount:
                raise NotFound(f"no key is called {name!r}", hint="`gnomon key list` shows them")
            connection.execute("DELETE FROM key_scope WHERE name = ?", (name,))

    def all(self) -> list[KeyInfo]:
        with transaction(self._path, _TABLE) as connection:
            rows = connection.execute(
                "SELECT name, role, created, coalesce(vocabularies, ''), coalesce(languages, '')"
                " FROM api_key LEFT JOIN key_scope USING (name) ORDER BY name"
            )
            return [KeyInfo(name, role, created, _scope(*limits)) for name, role, created, *limits in rows]

    def caller(self, key: str) -> Caller:
        """Whose key this is; Unauthenticated where it is nobody's."""
        hashed = _hashed(key)
        with transaction(self._path, _TABLE) as connection:
            row = connection.execute(
                "SELECT hash, name, role, coalesce(vocabularies, ''), coalesce(languages, '')"
                " FROM api_key LEFT JOIN key_scope USING (name) WHERE hash = ?",
                (hashed,),
            ).fetchone()
        if row is None or not hmac.compare_digest(row[0], hashed):
            raise Unauthenticated("this key is not known", hint="send a valid key in X-API-Key, or none")
        _, name, role, *limits = row
        return Caller(f"key:{name}", Role[role], _scope(*limits))


def _scope(vocabularies: str, languages: str) -> Scope:
    return Scope(tuple(vocabularies.split()), tuple(languages.split()))


def _hashed(key: str) -> str:
    return sha256(key.encode()).hexdigest()


class Allowance(msgspec.Struct, frozen=True):
    """What is left of a client's allowance: `reset` in seconds from now."""

    family: str
    remaining: int
    reset: int

    def headers(self) -> dict[str, str]:
        """As the IETF draft `ratelimit-headers` has it since version 08."""
        return {"RateLimit": f'"{self.family}";r={self.remaining};t={self.reset}'}


class Allowances:
    """Requests a minute for each client, counted in this process (a moving window)."""

    def __init__(self) -> None:
        self._taken: dict[tuple[str, str], deque[float]] = {}
        self._lock = threading.Lock()

    def take(self, family: str, client: str, per_minute: int, now: float) -> Allowance:
        """Count one request; RateLimited where none is left."""
        with self._lock:
            if len(self._taken) > _CLIENTS:
                self._taken = {who: when for who, when in self._taken.items() if when and when[-1] > now - _WINDOW}
            taken = self._taken.setdefault((family, client), deque())
            while taken and taken[0] <= now - _WINDOW:
                taken.popleft()
            granted = len(taken) < per_minute
            if granted:
                taken.append(now)
            reset = max(1, round(taken[0] + _WINDOW - now)) if taken else 1
        if not granted:
            raise RateLimited(
                f"more than {per_minute} requests in a minute", place=family, hint=f"try again in {reset} seconds",
                retry_after=reset,
            )  # fmt: skip
        return Allowance(family, per_minute - len(taken), reset)
