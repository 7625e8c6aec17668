"""Saved searches: named, shareable, with one alert for each new match.

A search is kept as the request it was. `look` asks it again at a commit: what matches for the first
time is a new match, once and for all. The first look only takes stock, so nobody is told of a
thousand old works.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from api.personal.store import ProfileStore, now
from graph.search.base import SearchRequest
from graph.search.documents import SearchDocument
from ontology.errors import NotFound, ProfileLimit, SearchError

MAX_SEARCHES: Final = 200
"""Saved by one reader."""
MAX_MATCHES: Final = 10_000
"""Works of one search that are told apart; of more, the first so many in the order of the search."""
FEED_SIZE: Final = 50
_EMAIL: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
_decode: Final = msgspec.json.Decoder(SearchRequest).decode
_COLUMNS: Final = "id, profile, name, request, shared, email, confirmed, secret, created, looked"


class SavedSearch(msgspec.Struct, frozen=True, kw_only=True):
    """A saved search. `email` gets a digest once its owner has `confirmed` the address; `secret` opens
    the feed of one that is not `shared`, confirms, and unsubscribes. `looked` is the last commit seen."""

    id: str
    name: str
    request: SearchRequest
    shared: bool
    email: str
    confirmed: bool
    created: str
    secret: str = ""
    looked: int = -1


class Match(msgspec.Struct, frozen=True):
    """A work that matched, when it was first seen, and whether its owner has been told."""

    work: str
    title: str
    seen: str
    alerted: bool


class SavedSearches:
    """The saved searches of all readers."""

    def __init__(self, store: ProfileStore) -> None:
        self._store = store

    def add(self, profile: str, name: str, request: SearchRequest, *, shared: bool, email: str) -> SavedSearch:
        """Keep a search. Raises ProfileLimit, SearchError for a name or an address that is none."""
        if not name.strip() or len(name) > 200 or not name.isprintable():
            raise SearchError("a saved search needs a name of at most 200 characters", place="name")
        if email and not _EMAIL.fullmatch(email):
            raise SearchError("this is no e-mail address", place="email", hint="leave it out to have only the feed")
        if len(self.of(profile)) >= MAX_SEARCHES:
            raise ProfileLimit(f"a profile holds at most {MAX_SEARCHES} saved searches", place="searches")
        kept = msgspec.structs.replace(request, cursor="", offset=0, explain=False, facets=(), limit=10)
        number = secrets.token_hex(8)
        row = (
            number, profile, name.strip(), msgspec.json.encode(kept), int(shared), email, 0, secrets.token_urlsafe(24),
            now(), -1,
        )  # fmt: skip
        self._store.change(f"INSERT INTO search ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)  # noqa: S608
        return self.find(number)

    def of(self, profile: str) -> list[SavedSearch]:
        return self._some("profile = ? ORDER BY created, id", (profile,))

    def all(self) -> list[SavedSearch]:
        return self._some("1 ORDER BY created, id", ())

    def find(self, number: str) -> SavedSearch:
        return self._one("id = ?", number)

    def by_secret(self, secret: str) -> SavedSearch:
        return self._one("secret = ?", secret)

    def owner(self, number: str) -> str:
        found = self._store.rows("SELECT profile FROM search WHERE id = ?", (number,))
        if not found:
            raise NotFound("there is no such saved search", place=number)
        return str(found[0][0])

    def change(self, number: str, *, name: str | None, shared: bool | None, email: str | None) -> SavedSearch:
        """Rename, share or not, send elsewhere; a new address has to be confirmed."""
        known = self.find(number)
        if email and not _EMAIL.fullmatch(email):
            raise SearchError("this is no e-mail address", place="email")
        address = known.email if email is None else email
        row = (
            known.name if name is None else name.strip(), int(known.shared if shared is None else shared), address,
            int(known.confirmed and address == known.email), number,
        )  # fmt: skip
        self._store.change("UPDATE search SET name = ?, shared = ?, email = ?, confirmed = ? WHERE id = ?", row)
        return self.find(number)

    def remove(self, number: str) -> None:
        with self._store.open() as connection:
            connection.execute("DELETE FROM match WHERE search = ?", (number,))
            connection.execute("DELETE FROM search WHERE id = ?", (number,))

    def confirm(self, secret: str) -> SavedSearch:
        """The reader of the address has followed the link in the first message."""
        found = self.by_secret(secret)
        self._store.change("UPDATE search SET confirmed = 1 WHERE id = ? AND email <> ''", (found.id,))
        return self.find(found.id)

    def unsubscribe(self, secret: str) -> SavedSearch:
        """No more messages; the search and its feed stay. Doing it twice changes nothing."""
        found = self.by_secret(secret)
        self._store.change("UPDATE search SET email = '', confirmed = 0 WHERE id = ?", (found.id,))
        return found

    def look(self, search: SavedSearch, found: Iterable[SearchDocument], sequence: int) -> int:
        """Take in what matches at commit `sequence`; returns how many matches are new. On the first
        look they count as told."""
        first = search.looked < 0
        moment = now()
        with self._store.open() as connection:
            new = sum(
                connection.execute(
                    "INSERT OR IGNORE INTO match VALUES (?, ?, ?, ?, ?)",
                    (search.id, document.iri, document.title, moment, int(first)),
                ).rowcount
                for document in found
            )
            connection.execute("UPDATE search SET looked = ? WHERE id = ?", (sequence, search.id))
        return 0 if first else new

    def matches(self, number: str, *, untold: bool = False, limit: int = FEED_SIZE) -> list[Match]:
        """Matches, newest first."""
        only = " AND alerted = 0" if untold else ""
        rows = self._store.rows(
            f"SELECT work, title, seen, alerted FROM match WHERE search = ?{only} ORDER BY seen DESC, work LIMIT ?",  # noqa: S608
            (number, limit),
        )
        return [Match(work, title, seen, bool(alerted)) for work, title, seen, alerted in rows]

    def told(self, number: str, works: Iterable[str]) -> None:
        """These matches have been sent."""
        with self._store.open() as connection:
            connection.executemany(
                "UPDATE match SET alerted = 1 WHERE search = ? AND work = ?", [(number, work) for work in works]
            )

    def _one(self, condition: str, value: str) -> SavedSearch:
        found = self._some(condition, (value,))
        if not found:
            raise NotFound("there is no such saved search", place=value[:40], hint="it may have been removed")
        return found[0]

    def _some(self, condition: str, parameters: tuple[Any, ...]) -> list[SavedSearch]:
        rows = self._store.rows(f"SELECT {_COLUMNS} FROM search WHERE {condition}", parameters)  # noqa: S608 - our own texts
        return [*_searches(rows)]


def _searches(rows: Iterable[tuple[Any, ...]]) -> Iterator[SavedSearch]:
    for number, _, name, request, shared, email, confirmed, secret, created, looked in rows:
        yield SavedSearch(
            id=number, name=name, request=_decode(request), shared=bool(shared), email=email,
            confirmed=bool(confirmed), created=created, secret=secret, looked=looked,
        )  # fmt: skip
