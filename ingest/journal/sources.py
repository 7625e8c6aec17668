"""What the journal remembers of a source between harvests, and who was there at the last roll call."""

from __future__ import annotations

from collections.abc import Iterator

from ingest.journal.database import Database
from ingest.journal.quarantine import NOT_FETCHED
from ontology.errors import SourceError
from ontology.records import Payload

_BELOW = "/!#"
"""What may follow the locator of a folder, an archive or a file in those of its members and lines."""


class SourceNotes:
    """Calls that write belong inside `database.transaction()`."""

    def __init__(self, database: Database, source: str) -> None:
        self._db = database
        self._source = source

    def all(self) -> dict[str, str]:
        """Every note, by its key."""
        return dict(self._db.rows("SELECT key, value FROM source_note WHERE source = ?", (self._source,)).fetchall())

    def put(self, key: str, value: str) -> None:
        """Remember a note; an empty value forgets it."""
        if value:
            self._db.rows("INSERT OR REPLACE INTO source_note VALUES (?, ?, ?)", (self._source, key, value))
        else:
            self._db.rows("DELETE FROM source_note WHERE source = ? AND key = ?", (self._source, key))

    def clear(self) -> None:
        """Forget everything: the next harvest is the first one."""
        self._db.rows("DELETE FROM source_note WHERE source = ?", (self._source,))

    def missed(self) -> tuple[str, ...]:
        """Locators that could not be fetched, and have not been since."""
        found = self._db.rows(
            "SELECT locator FROM payload JOIN quarantine ON payload = id WHERE source = ? AND key = ? ORDER BY locator",
            (self._source, NOT_FETCHED),
        )
        return tuple(locator for (locator,) in found)

    def count(self) -> int:
        """Payloads that are not deleted."""
        return int(
            self._db.one("SELECT count(*) FROM payload WHERE source = ? AND stage != 'deleted'", (self._source,))
        )

    def fetch_failed(self, locator: str, error: SourceError) -> None:
        """Quarantine what could not be fetched. A payload from before and its records stay as they are."""
        number = self._db.one("SELECT id FROM payload WHERE source = ? AND locator = ?", (self._source, locator))
        if number is None:
            number = self._db.one(
                "INSERT INTO payload (source, locator, media, datestamp, sha256, size, stage)"
                " VALUES (?, ?, '', '', '', 0, 'quarantined') RETURNING id",
                (self._source, locator),
            )
        self._db.rows(
            "INSERT OR REPLACE INTO quarantine VALUES (?, ?, ?, ?, ?, ?)",
            (number, NOT_FETCHED, error.code, error.message, error.place, error.hint),
        )

    def fetched(self, locator: str) -> None:
        """It could be fetched again, and nothing of it has changed."""
        self._db.rows(
            "DELETE FROM quarantine WHERE key = ?"
            " AND payload = (SELECT id FROM payload WHERE source = ? AND locator = ?)",
            (NOT_FETCHED, self._source, locator),
        )


class RollCall:
    """Who was seen in a harvest, and hence who is missing. Kept by SQLite, so that it may be large."""

    def __init__(self, database: Database, source: str) -> None:
        self._db = database
        self._source = source
        self._shut: set[str] = set()
        database.rows("CREATE TEMP TABLE IF NOT EXISTS present (locator TEXT PRIMARY KEY) WITHOUT ROWID")
        database.rows("DELETE FROM present")

    def here(self, locator: str) -> None:
        self._db.rows("INSERT OR IGNORE INTO present VALUES (?)", (locator,))

    def shut(self, locator: str) -> None:
        """It is there and could not be looked into: nothing below it counts as missing."""
        self.here(locator)
        self._shut.add(locator)

    def missing(self) -> list[Payload]:
        """A deletion for each payload that is known and was not seen."""
        return [
            Payload(source=self._source, locator=locator, media=media, deleted=True)
            for locator, media in self._db.rows(
                "SELECT locator, media FROM payload WHERE source = ? AND stage != 'deleted'"
                " AND locator NOT IN (SELECT locator FROM present) ORDER BY id",
                (self._source,),
            )
            if self._shut.isdisjoint(_above(locator))
        ]


def _above(locator: str) -> Iterator[str]:
    """The locators this one lies below."""
    for at, character in enumerate(locator):
        if character in _BELOW:
            yield locator[:at]
