"""A reader's profile: what it holds, and how it is changed."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from api.personal.store import ProfileStore, now
from ontology.errors import NotFound, ProfileLimit

InterestKind = Literal["concept", "person", "organisation", "venue"]
MAX_INTERESTS: Final = 500
MAX_WORKS: Final = 10_000
"""Works on the reading list, and thumbs."""


class Interest(msgspec.Struct, frozen=True):
    """Something the reader cares about; `label` is what it was called when it was added."""

    iri: str
    kind: InterestKind
    label: str
    added: str = ""


class Thumb(msgspec.Struct, frozen=True):
    """A work the reader found good (1) or not (-1)."""

    work: str
    value: Literal[-1, 1]
    added: str = ""


class Listed(msgspec.Struct, frozen=True):
    """A work on the reading list."""

    work: str
    added: str


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """All that is kept of a reader, besides saved searches."""

    consented: str
    interests: tuple[Interest, ...]
    reading_list: tuple[Listed, ...]
    thumbs: tuple[Thumb, ...]


class Profiles:
    """Reads and changes profiles. Ids come from `ProfileStore.of_token`."""

    def __init__(self, store: ProfileStore) -> None:
        self._store = store

    def read(self, profile: str) -> Profile:
        interests = self._store.rows(
            "SELECT iri, kind, label, added FROM interest WHERE profile = ? ORDER BY added, iri", (profile,)
        )
        listed = self._store.rows(
            "SELECT work, added FROM reading WHERE profile = ? ORDER BY added DESC, work", (profile,)
        )
        thumbs = self._store.rows(
            "SELECT work, value, added FROM thumb WHERE profile = ? ORDER BY added DESC, work", (profile,)
        )
        return Profile(
            consented=self._store.consented(profile), interests=tuple(Interest(*row) for row in interests),
            reading_list=tuple(Listed(*row) for row in listed), thumbs=tuple(Thumb(*row) for row in thumbs),
        )  # fmt: skip

    def add_interest(self, profile: str, interest: Interest) -> None:
        self._room("interest", profile, MAX_INTERESTS)
        self._store.change(
            "INSERT OR REPLACE INTO interest VALUES (?, ?, ?, ?, ?)",
            (profile, interest.iri, interest.kind, interest.label, now()),
        )

    def list_work(self, profile: str, work: str) -> None:
        self._room("reading", profile, MAX_WORKS)
        self._store.change("INSERT OR IGNORE INTO reading VALUES (?, ?, ?)", (profile, work, now()))

    def rate(self, profile: str, work: str, value: int) -> None:
        """1 or -1; a later word replaces the earlier."""
        self._room("thumb", profile, MAX_WORKS)
        self._store.change("INSERT OR REPLACE INTO thumb VALUES (?, ?, ?, ?)", (profile, work, value, now()))

    def drop(self, profile: str, table: Literal["interest", "reading", "thumb"], iri: str) -> None:
        """Take one thing out again; NotFound where it is not there."""
        column = "iri" if table == "interest" else "work"
        if not self._store.change(f"DELETE FROM {table} WHERE profile = ? AND {column} = ?", (profile, iri)):  # noqa: S608
            raise NotFound("the profile does not hold this", place=iri)

    def _room(self, table: str, profile: str, most: int) -> None:
        (count,) = self._store.rows(f"SELECT count(*) FROM {table} WHERE profile = ?", (profile,))[0]  # noqa: S608
        if count >= most:
            raise ProfileLimit(f"a profile holds at most {most:,} of these", place=table, hint="take some out first")
