"""What was taught about subjects: each lesson as it was given, the latest counts. See `nlp.subjects.lesson`."""

from __future__ import annotations

import msgspec

from ingest.journal.database import Database
from ingest.journal.packing import pack, unpack


class LessonRow(msgspec.Struct, frozen=True):
    """A lesson without its content: who gave it when (ISO 8601, UTC), its version, and figures as JSON."""

    at: str
    by: str
    version: str
    figures: str


class Lessons:
    """Calls that write belong inside `database.transaction()`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, row: LessonRow, body: bytes) -> None:
        self._db.rows(
            "INSERT INTO lesson (at, by, version, figures, body) VALUES (?, ?, ?, ?, ?)",
            (row.at, row.by, row.version, row.figures, pack(body) if body else b""),
        )

    def latest(self) -> LessonRow | None:
        row = self._db.rows("SELECT at, by, version, figures FROM lesson ORDER BY id DESC LIMIT 1").fetchone()
        return LessonRow(*row) if row else None

    def body(self) -> bytes:
        """The latest lesson's content; empty where there is none or it was taken back."""
        held = self._db.one("SELECT body FROM lesson ORDER BY id DESC LIMIT 1")
        return unpack(held) if held else b""
