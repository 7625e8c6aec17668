"""What was said about mappings beside those that stand in the vocabularies: proposed, or turned down for good.

An accepted mapping is a fact of a concept, with a version and an author, as every other edit; this book, in the same
database, keeps only the rest. So a mapping never stands twice, and undoing a version undoes an acceptance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, Literal

import msgspec

from ontology.mappings.model import Mapping

Judgement = Literal["proposed", "rejected"]
SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS mapping (
    subject TEXT NOT NULL, predicate TEXT NOT NULL, object TEXT NOT NULL, state TEXT NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (subject, predicate, object)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS mapping_object ON mapping (object);
"""
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Mapping).decode


class Ledger:
    """The table within one transaction of the book; `rows` runs a statement in it."""

    def __init__(self, rows: Callable[..., Any]) -> None:
        self._rows = rows

    def keep(self, mappings: Iterable[Mapping], state: Judgement) -> None:
        """Propose mappings, or turn them down; what was said before of the same two and predicate is replaced."""
        for one in mappings:
            self._rows(
                "INSERT OR REPLACE INTO mapping VALUES (?, ?, ?, ?, ?)",
                (one.subject, one.predicate, one.object, state, _encode(one)),
            )

    def forget(self, mappings: Iterable[Mapping]) -> None:
        """Whatever was said of these pairs, either way round and with any predicate."""
        for one in mappings:
            for pair in ((one.subject, one.object), (one.object, one.subject)):
                self._rows("DELETE FROM mapping WHERE subject = ? AND object = ?", pair)

    def kept(self, state: Judgement) -> list[Mapping]:
        """All in this state, by subject, predicate, object."""
        rows = self._rows("SELECT body FROM mapping WHERE state = ? ORDER BY subject, predicate, object", (state,))
        return [_decode(body) for (body,) in rows]
