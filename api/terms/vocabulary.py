"""The vocabulary that curators' verdicts on new terms make: a function of the journal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from api.library import CURATED
from graph.convert import TermDecision, curated_lines
from ingest.journal.database import Database
from ingest.journal.terms import TermBook, TermVerdict
from ontology.namespaces import Base
from ontology.reading import Term
from ontology.scheme import Concept, Label, Scheme

OWNER: Final = "curated-terms"
"""Whose lines these are in the ledger."""
_SENTENCES: Final = 5


def graph_lines(database: Database, base: Base) -> list[str]:
    """What the graph says of accepted terms."""
    book = TermBook(database)
    accepted = book.accepted()
    decisions = [
        TermDecision(
            term=row.text, concept=verdict.concept, decided_by=verdict.decided_by, note=verdict.note,
            sentences=tuple(sentences(book.uses(row.id, _SENTENCES), verdict.key, base))[:_SENTENCES],
        )
        if (row := book.named_by_key(verdict.key))
        else TermDecision(
            term=verdict.label, concept=verdict.concept, decided_by=verdict.decided_by, note=verdict.note
        )
        for verdict in accepted
    ]  # fmt: skip
    names = [(concept, label) for concept, labels in names_of(accepted) for label in labels]
    return list(curated_lines(scheme_of(accepted, base), names, decisions, base))


def sentences(uses: Iterable[tuple[str, Term]], key: str, base: Base) -> Iterable[str]:
    """IRIs of sentences in which works use a term."""
    for work, use in uses:
        for path in use.sentences:
            yield f"{base.entity('work', work)}/{path}"


def scheme_of(accepted: Sequence[TermVerdict], base: Base) -> Scheme:
    """The curators' own vocabulary; terms that share a label are one concept."""
    own: dict[str, list[TermVerdict]] = {}
    for verdict in accepted:
        if not verdict.existing:
            own.setdefault(verdict.concept, []).append(verdict)
    concepts = [
        Concept(
            iri=iri,
            labels=_labels(said),
            broader=tuple(dict.fromkeys(up for v in said for up in v.broader)),
            definition=next((v.definition for v in said if v.definition), ""),
        )
        for iri, said in sorted(own.items())
    ]
    return Scheme(base.scheme(CURATED), CURATED, concepts, title="Terms accepted by curators")


def _labels(said: Sequence[TermVerdict]) -> tuple[Label, ...]:
    """The first decided is preferred."""
    first, *others = sorted(said, key=lambda verdict: (verdict.decided_at, verdict.key))
    more = (Label(v.label, v.language, "alt") for v in others if (v.label, v.language) != (first.label, first.language))
    return (Label(first.label, first.language), *dict.fromkeys(more))


def names_of(accepted: Iterable[TermVerdict]) -> list[tuple[str, tuple[Label, ...]]]:
    """Concept of another vocabulary → the names that curators gave it."""
    found: dict[str, list[Label]] = {}
    for verdict in accepted:
        if verdict.existing:
            found.setdefault(verdict.concept, []).append(Label(verdict.label, verdict.language, "alt"))
    return [(iri, tuple(dict.fromkeys(found[iri]))) for iri in sorted(found)]
