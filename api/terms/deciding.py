"""Curators decide on new terms: in the journal for ever, in the graph at once, in the dictionary when asked.

Accepted terms are concepts of a vocabulary of the curators' own, or further names of concepts there are. Texts are
searched for them after `gnomon candidates apply`, which, like any new vocabulary, has every work read again.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import blake2b

import msgspec

from api.build import BuildReport
from api.harvesting.running import run_build, run_decision
from api.library import CURATED, Library
from api.settings import Settings
from api.terms.vocabulary import names_of, scheme_of
from api.watch import Watcher
from ingest.journal.database import Database
from ingest.journal.terms import TermBook, TermRow, TermVerdict
from ontology.errors import NotFound, SettingsError
from ontology.found import found_name

_MOST_LABEL = 160


class Decided(msgspec.Struct, frozen=True):
    """What was decided on a term; `concept` is what it names now, "" where it was rejected."""

    term: str
    verdict: str
    concept: str = ""


class Acceptance(msgspec.Struct, frozen=True, kw_only=True):
    """How a term is accepted: as another name of `existing` (a concept's IRI), or, where that is empty, as a new
    concept below `broader`. `label` is how it is to be written (default: as works write it most often)."""

    existing: str = ""
    label: str = ""
    broader: tuple[str, ...] = ()
    definition: str = ""
    note: str = ""


def accept(settings: Settings, by: str, name: str, how: Acceptance, watcher: Watcher) -> Decided:
    """Raises NotFound for a term nobody uses, SettingsError for concepts that are not here."""
    library = Library(settings.data, settings.base)
    with Database(settings.journal) as journal:
        book = TermBook(journal)
        row = _term(book, name)
        label = how.label.strip()[:_MOST_LABEL] or row.text
        known = {v.concept for v in book.accepted() if not v.existing}
        for iri in filter(None, (how.existing, *how.broader)):
            if iri not in known and not any(iri in scheme.concepts for scheme in library.schemes):
                raise SettingsError(
                    "no loaded vocabulary has this concept", place=iri, hint="`gnomon concept LABEL` finds IRIs"
                )
        if not how.existing and not found_name(label):
            raise SettingsError("a label needs letters or digits", place=label)
        concept = how.existing or settings.base.concept(CURATED, found_name(label))
        if concept in how.broader:
            raise SettingsError("a concept cannot be broader than itself", place=concept)
        verdict = TermVerdict(
            key=row.key, verdict="accepted", decided_by=by, decided_at=_now(), note=how.note, concept=concept,
            label=label, language=row.language, broader=how.broader, definition=how.definition,
            existing=bool(how.existing),
        )  # fmt: skip
        with journal.transaction():
            book.decide(verdict)
    run_decision(settings, watcher)
    return Decided(row.text, "accepted", concept)


def reject(settings: Settings, by: str, name: str, note: str, watcher: Watcher) -> Decided:
    """The term is never offered again; where it was accepted, that is taken back. Raises NotFound."""
    with Database(settings.journal) as journal:
        book = TermBook(journal)
        row = _term(book, name)
        was_accepted = any(v.key == row.key for v in book.accepted())
        with journal.transaction():
            book.decide(TermVerdict(key=row.key, verdict="rejected", decided_by=by, decided_at=_now(), note=note))
    if was_accepted:
        run_decision(settings, watcher)
    return Decided(row.text, "rejected")


def apply(settings: Settings, watcher: Watcher) -> BuildReport:
    """Take what is accepted into the dictionary, and read every work again."""
    library = Library(settings.data, settings.base)
    with Database(settings.journal, read_only=True) as journal:
        accepted = TermBook(journal).accepted()
    hashed = blake2b(msgspec.json.encode(accepted), digest_size=16).hexdigest()
    library.curate(scheme_of(accepted, settings.base), dict(names_of(accepted)), hashed)
    return run_build(settings, [], [], watcher)


def _term(book: TermBook, name: str) -> TermRow:
    row = book.named(name)
    if row is None:
        raise NotFound("no work here uses this term", place=name, hint="`gnomon candidates list` shows what there is")
    return row


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
