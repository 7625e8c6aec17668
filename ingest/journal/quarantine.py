"""What could not be read or fetched: listed, opened at the place, and found again for another try."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec.structs import asdict

from ingest.journal.database import Database
from ingest.journal.harvested import Harvested
from ingest.journal.packing import unpack
from ontology.errors import NotFound
from ontology.records import Payload

NOT_FETCHED = "(fetch)"
"""The key of an entry that says a payload could not be fetched (again); no record's key looks like it."""


class Quarantined(msgspec.Struct, frozen=True):
    """A payload, or one record of it (`key`), that could not be read, and why. `id` is the payload's
    number; `format` is empty where no reader knows it, `size` (bytes) 0 where nothing was fetched."""

    id: int
    source: str
    locator: str
    format: str
    key: str
    error: str
    message: str
    place: str
    hint: str
    size: int


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries: all that agree with every field that is not empty."""

    source: str = ""
    format: str = ""
    error: str = ""
    id: int = 0


EVERYTHING = Selection()
_CHOSEN = (
    " FROM quarantine q JOIN payload p ON p.id = q.payload WHERE (:source = '' OR p.source = :source)"
    " AND (:format = '' OR p.format = :format) AND (:error = '' OR q.error = :error) AND (:id = 0 OR p.id = :id)"
)
_LIST = (
    f"SELECT p.id, p.source, p.locator, p.format, q.key, q.error, q.message, q.place, q.hint, p.size{_CHOSEN}"
    " ORDER BY p.source, p.locator, q.key LIMIT :limit OFFSET :offset"
)
_COUNT = f"SELECT count(*){_CHOSEN}"
_KEPT = f"SELECT DISTINCT p.id{_CHOSEN} AND p.size > 0 AND q.key <> :fetching ORDER BY p.id"


class Quarantine:
    """Questions about the journal's quarantine. Reads only."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def entries(self, chosen: Selection = EVERYTHING, limit: int = -1, offset: int = 0) -> Iterator[Quarantined]:
        """By source, locator and key."""
        for row in self._db.rows(_LIST, {**asdict(chosen), "limit": limit, "offset": offset}):
            yield Quarantined(*row)

    def count(self, chosen: Selection = EVERYTHING) -> int:
        return int(self._db.rows(_COUNT, asdict(chosen)).fetchone()[0])

    def groups(self) -> list[tuple[str, str, str, int]]:
        """(source, format, error, entries) of all there is."""
        return self._db.rows(
            "SELECT p.source, p.format, q.error, count(*) FROM quarantine q JOIN payload p ON p.id = q.payload"
            " GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
        ).fetchall()

    def payloads(self, chosen: Selection = EVERYTHING) -> list[int]:
        """Numbers of the payloads that were kept and can be read again."""
        return [row[0] for row in self._db.rows(_KEPT, {**asdict(chosen), "fetching": NOT_FETCHED})]

    def payload(self, number: int) -> Payload:
        """The payload with this number, byte for byte. NotFound where there is none in quarantine."""
        row = self._db.rows(
            "SELECT source, locator FROM payload WHERE id = ? AND id IN (SELECT payload FROM quarantine)", (number,)
        ).fetchone()
        found = Harvested(self._db).payload(*row) if row else None
        if found is None:
            raise NotFound(
                "nothing in quarantine has this number", place=str(number), hint="`gnomon quarantine list` shows them"
            )
        return found


def numbered_payload(database: Database, number: int) -> Payload:
    """A payload by its number, for reading it again."""
    source, locator, media, datestamp, body = database.rows(
        "SELECT source, locator, media, datestamp, body FROM payload WHERE id = ?", (number,)
    ).fetchone()
    return Payload(source=source, locator=locator, media=media, datestamp=datestamp, body=unpack(body))
