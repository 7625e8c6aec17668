"""Statements about the last answers on disk, so that their links outlive the server."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from ontology.transactions import transaction
from sparql.statement import Known

MOST: Final = 2_000
"""Statements on disk."""
_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS answer (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, said BLOB NOT NULL)"
)
_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(Known).decode


class AnswerFile:
    """A small database beside the graph; the newest `MOST` statements stay."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def put(self, known: Sequence[Known]) -> None:
        """Keep these, in place of what was said of the same answers before."""
        rows = [(one.statement.id, _encode(one)) for one in known[-MOST:]]
        with transaction(self._path, _TABLE, writing=True) as connection:
            connection.executemany("INSERT OR REPLACE INTO answer (id, said) VALUES (?, ?)", rows)
            connection.execute("DELETE FROM answer WHERE number <= (SELECT MAX(number) FROM answer) - ?", (MOST,))

    def get(self, name: str) -> Known | None:
        """What was said of an answer."""
        if not self._path.exists():
            return None
        with transaction(self._path, _TABLE) as connection:
            row = connection.execute("SELECT said FROM answer WHERE id = ?", (name,)).fetchone()
        return _decode(row[0]) if row else None
