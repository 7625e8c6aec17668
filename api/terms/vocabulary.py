"""What the graph says of curators' verdicts on new terms: a function of the journal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from graph.convert import TermDecision, term_decision_lines
from ingest.journal.database import Database
from ingest.journal.terms import TermBook
from ontology.namespaces import Base
from ontology.reading import Term

OWNER: Final = "curated-terms"
"""Whose lines these are in the ledger."""
_SENTENCES: Final = 5


def graph_lines(database: Database, base: Base) -> list[str]:
    """What the graph says of accepted terms."""
    book = TermBook(database)
    found: list[str] = []
    for verdict in book.accepted():
        row = book.named_by_key(verdict.key)
        places = sentences(book.uses(row.id, _SENTENCES), verdict.key, base) if row else ()
        decision = TermDecision(
            term=row.text if row else verdict.label, concept=verdict.concept, decided_by=verdict.decided_by,
            note=verdict.note, sentences=tuple(places)[:_SENTENCES],
        )  # fmt: skip
        found += term_decision_lines(decision, base)
    return found


def sentences(uses: Iterable[tuple[str, Term]], key: str, base: Base) -> Iterable[str]:
    """IRIs of sentences in which works use a term."""
    for work, use in uses:
        for path in use.sentences:
            yield f"{base.entity('work', work)}/{path}"
