"""An accepted term as an edit of a vocabulary."""

from __future__ import annotations

from typing import Final

import msgspec

from api.curation.desks import desk_of
from api.library import CURATED, Library
from api.settings import Settings
from ingest.journal.database import Database
from ingest.journal.terms import TermBook, TermVerdict
from ontology.curation.desk import Desk
from ontology.curation.drafting import Vocabulary
from ontology.curation.edits import AddLabel, Create, Edit, Map
from ontology.curation.scope import Author
from ontology.errors import SettingsError

_TAKEN_OVER: Final = "terms-edited"


def edited(desk: Desk, library: Library, verdict: TermVerdict, by: Author) -> TermVerdict:
    """Make the edits that a verdict asks for; the verdict with the version that they became."""
    homes = [_home(library, iri) for iri in ((verdict.concept,) if verdict.existing else verdict.broader)]
    scheme = homes[0] if homes else CURATED
    vocabulary = desk.vocabulary(scheme)
    concept = verdict.concept if verdict.existing else _named(vocabulary, verdict) or verdict.concept
    reason = verdict.note or f"term “{verdict.label}” accepted"
    edits: list[Edit]
    if concept in vocabulary.concepts:
        labels = vocabulary.concepts[concept].labels
        if any((label.text, label.language) == (verdict.label, verdict.language) for label in labels):
            return msgspec.structs.replace(verdict, scheme=scheme, concept=concept)
        edits = [AddLabel(concept=concept, text=verdict.label, language=verdict.language)]
    else:
        concept = concept or desk.mint(scheme)
        above = dict(zip(verdict.broader, homes, strict=True))
        edits = [
            Create(
                concept=concept, label=verdict.label, language=verdict.language, definition=verdict.definition,
                broader=tuple(iri for iri, home in above.items() if home == scheme),
            ),
            *(Map(concept=concept, other=iri, relation="broad") for iri, home in above.items() if home != scheme),
        ]  # fmt: skip
    version, _ = desk.write(scheme, edits, by, reason)
    return msgspec.structs.replace(verdict, scheme=scheme, concept=concept, version=version.number)


def _named(vocabulary: Vocabulary, verdict: TermVerdict) -> str:
    """The concept that has this label already; "" for none."""
    wanted = (verdict.label.casefold(), verdict.language)
    for concept in vocabulary.concepts.values():
        if not concept.deprecated and any((o.text.casefold(), o.language) == wanted for o in concept.labels):
            return concept.iri
    return ""


def take_over(journal: Database, settings: Settings, library: Library) -> int:
    """Terms that were accepted before verdicts were edits become edits; returns how many. Done once."""
    if journal.meta(_TAKEN_OVER):
        return 0
    book, desk = TermBook(journal), desk_of(settings, library)
    old = [verdict for verdict in book.accepted() if not verdict.scheme]
    for verdict in old:
        made = edited(desk, library, verdict, Author(verdict.decided_by))
        with journal.transaction():
            book.decide(made)
    journal.set_meta(_TAKEN_OVER, "yes")
    return len(old)


def _home(library: Library, iri: str) -> str:
    """The vocabulary that has a concept; SettingsError."""
    for scheme in library.schemes:
        if iri in scheme.concepts:
            return scheme.name
    raise SettingsError("no loaded vocabulary has this concept", place=iri, hint="`gnomon concept LABEL` finds IRIs")
