"""Curators' yes and no to topics of works, for ever; the latest on a work and a concept counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from ingest.journal.database import Database
from ingest.journal.leads import leads

Answer = Literal["confirmed", "rejected"]


class TopicVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the work is about the concept (IRI), as somebody decided."""

    concept: str
    verdict: Answer
    decided_by: str
    decided_at: str
    note: str = ""


class TopicBook:
    """Calls that write belong inside `database.transaction()`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def decide(self, work: str, verdict: TopicVerdict) -> None:
        """`work` is the opaque name; the work becomes dirty."""
        self._db.rows(
            "INSERT INTO topic_verdict (work, concept, verdict, decided_by, decided_at, note)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (work, verdict.concept, verdict.verdict, verdict.decided_by, verdict.decided_at, verdict.note),
        )
        self._db.rows(
            "UPDATE entity SET dirty = 1 WHERE seq = (SELECT coalesce(survivor, seq) FROM entity WHERE name = ?)",
            (work,),
        )

    def of(self, numbers: Iterable[int], led: Mapping[str, str] | None = None) -> dict[int, tuple[TopicVerdict, ...]]:
        """Work's number → verdicts that hold, also those on works that were merged into it, by concept. A verdict on a
        concept in whose place there is another one (`led`, by default as the journal says) is one on that."""
        led = leads(self._db) if led is None else led
        rows = self._db.rows(
            "SELECT coalesce(e.survivor, e.seq), v.concept, v.verdict, v.decided_by, v.decided_at, v.note"
            " FROM topic_verdict v JOIN entity e ON e.name = v.work"
            " WHERE coalesce(e.survivor, e.seq) IN (SELECT value FROM json_each(?)) ORDER BY v.id",
            (msgspec.json.encode(list(numbers)).decode(),),
        )
        found: dict[int, dict[str, TopicVerdict]] = {}
        for number, said_of, verdict, by, at, note in rows:
            concept = led.get(said_of, said_of)
            found.setdefault(number, {})[concept] = TopicVerdict(
                concept=concept, verdict=verdict, decided_by=by, decided_at=at, note=note
            )
        return {number: tuple(said[concept] for concept in sorted(said)) for number, said in found.items()}
