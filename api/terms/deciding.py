"""Curators decide on new terms: each accepted one is an edit of a vocabulary, and works are searched for it at once.

An accepted term becomes a further name of a concept there is, or a concept: in the vocabulary of what it is narrower
than, else in the curators' own. The edit is one version of that vocabulary; turning the term down takes it back.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from api.curation.desks import desk_of
from api.harvesting.running import settle
from api.library import Library
from api.settings import Settings
from api.terms.editing import edited
from api.watch import Watcher
from ingest.journal.database import Database
from ingest.journal.terms import TermBook, TermRow, TermVerdict
from ontology.curation.scope import Author
from ontology.errors import NotFound, SettingsError
from ontology.found import found_name

_MOST_LABEL = 160


class Decided(msgspec.Struct, frozen=True):
    """What was decided on a term; `concept` is what it names now, "" where it was rejected. `waits` says why works
    are searched for it, or no longer, only after the next build."""

    term: str
    verdict: str
    concept: str = ""
    waits: str = ""


class Acceptance(msgspec.Struct, frozen=True, kw_only=True):
    """How a term is accepted: as another name of `existing` (a concept's IRI), or, where that is empty, as a new
    concept below `broader`. `label` is how it is to be written (default: as works write it most often)."""

    existing: str = ""
    label: str = ""
    broader: tuple[str, ...] = ()
    definition: str = ""
    note: str = ""


def accept(settings: Settings, by: Author, name: str, how: Acceptance, watcher: Watcher, most: int = 0) -> Decided:
    """Where more than `most` works (0: any number) have to be written, the next build does it. Raises NotFound for a
    term nobody uses, SettingsError for concepts that are not here, and as `Desk.write`."""
    library = Library(settings.data, settings.base)
    with Database(settings.journal) as journal:
        book = TermBook(journal)
        row = _term(book, name)
        label = " ".join(how.label.split())[:_MOST_LABEL] or row.text
        if not how.existing and not found_name(label):
            raise SettingsError("a label needs letters or digits", place=label)
        verdict = TermVerdict(
            key=row.key, verdict="accepted", decided_by=by.name, decided_at=_now(), note=how.note, concept=how.existing,
            label=label, language=row.language, broader=how.broader, definition=how.definition,
            existing=bool(how.existing),
        )  # fmt: skip
        verdict = edited(desk_of(settings, library), library, verdict, by)
        with journal.transaction():
            book.decide(verdict)
    return Decided(row.text, "accepted", verdict.concept, settle(settings, watcher, most).waits)


def reject(settings: Settings, by: Author, name: str, note: str, watcher: Watcher, most: int = 0) -> Decided:
    """The term is never offered again; where it was accepted, that is taken back. NotFound, and as `Desk.undo`."""
    with Database(settings.journal) as journal:
        book = TermBook(journal)
        row = _term(book, name)
        before = next((v for v in book.accepted() if v.key == row.key), None)
        if before and before.version:
            desk_of(settings).undo(before.scheme, before.version, by, note or f"term “{before.label}” rejected")
        with journal.transaction():
            book.decide(TermVerdict(key=row.key, verdict="rejected", decided_by=by.name, decided_at=_now(), note=note))
    waits = settle(settings, watcher, most).waits if before else ""
    return Decided(row.text, "rejected", waits=waits)


def _term(book: TermBook, name: str) -> TermRow:
    row = book.named(name)
    if row is None:
        raise NotFound("no work here uses this term", place=name, hint="`gnomon candidates list` shows what there is")
    return row


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
