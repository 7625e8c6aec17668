"""What a data folder holds: counts from the journal, the store and the index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from api.reencoding import Reencoding, progress

if TYPE_CHECKING:
    from api.wiring import Services


class SourceStatus(msgspec.Struct, frozen=True):
    """One source: payloads harvested, records read from them, and how many could not be read."""

    name: str
    payloads: int
    records: int
    quarantined: int
    newest: str


class VocabularyStatus(msgspec.Struct, frozen=True):
    name: str
    title: str
    concepts: int
    version: str


class Status(msgspec.Struct, frozen=True):
    """`entities` counts living entities by kind; `waiting` those not written yet; `redirects` those
    merged into another one. `reencoding`: how far the last change of the text encoder is."""

    sequence: int
    quads: int
    entities: dict[str, int]
    waiting: dict[str, int]
    redirects: int
    sources: list[SourceStatus]
    vocabularies: list[VocabularyStatus]
    reencoding: Reencoding | None = None


def status_of(services: Services) -> Status:
    """Counts as of now. Raises NotFound before the first build."""
    journal = services.journal
    store = services.store
    alive = (
        "survivor IS NULL AND (EXISTS (SELECT 1 FROM said WHERE entity = seq)"
        " OR EXISTS (SELECT 1 FROM evidence WHERE claim = seq))"
    )
    return Status(
        sequence=services.snapshot().sequence,
        quads=store.count(),
        entities=dict(journal.rows(f"SELECT kind, count(*) FROM entity WHERE {alive} GROUP BY kind").fetchall()),  # noqa: S608
        waiting=dict(journal.rows("SELECT kind, count(*) FROM entity WHERE dirty = 1 GROUP BY kind").fetchall()),
        redirects=int(journal.one("SELECT count(*) FROM entity WHERE survivor IS NOT NULL")),
        sources=[
            SourceStatus(*row)
            for row in journal.rows(
                "SELECT p.source, count(*), (SELECT count(*) FROM record r JOIN payload q ON q.id = r.payload"
                " WHERE q.source = p.source), (SELECT count(*) FROM quarantine z JOIN payload q ON q.id = z.payload"
                " WHERE q.source = p.source), max(p.datestamp) FROM payload p GROUP BY p.source ORDER BY p.source"
            )
        ],
        vocabularies=[VocabularyStatus(s.name, s.title, len(s), s.version) for s in services.library.schemes],
        reencoding=progress(services.settings),
    )
