"""What curators decided on terms and topics. Terms they accepted are concepts of their own vocabulary, or names for
concepts of others, in the default graph like every vocabulary; who decided stands in the graph `curation`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from graph.convert.names import digest, topic_iri
from graph.convert.safe import literal, ref, term
from graph.convert.schemes import scheme_lines
from ontology.entities import Work
from ontology.namespaces import Base
from ontology.reading import Reading
from ontology.scheme import Label, Scheme

_A: Final = term("rdf:type")


class TermDecision(msgspec.Struct, frozen=True, kw_only=True):
    """That a term names a concept; `sentences` are IRIs of places where works use it."""

    term: str
    concept: str
    decided_by: str
    note: str = ""
    sentences: tuple[str, ...] = ()


def curated_lines(
    scheme: Scheme, names: Iterable[tuple[str, Label]], decisions: Iterable[TermDecision], base: Base
) -> Iterator[str]:
    """Quads of the curators' vocabulary, of (concept, label) pairs for concepts of other ones, and of the decisions;
    nothing where nothing is accepted."""
    said = list(decisions)
    if not said:
        return
    yield from scheme_lines(scheme, base)
    for concept, label in names:
        yield f"{ref(concept)} {term('skos:altLabel')} {literal(label.text, label.language)} ."
    end = f" <{base.graph('curation')}> ."
    for decision in said:
        iri = f"<{base.iri}/decision/{digest('term', decision.term)}>"
        yield f"{iri} {_A} {term('gn:TermDecision')}{end}"
        yield f"{iri} {term('gn:term')} {literal(decision.term)}{end}"
        yield f"{iri} {term('gn:namesConcept')} {ref(decision.concept)}{end}"
        yield f"{iri} {term('gn:decidedBy')} {literal(decision.decided_by)}{end}"
        yield f"{iri} {term('gn:state')} {term('gn:Active')}{end}"
        if decision.note:
            yield f"{iri} {term('rdfs:comment')} {literal(decision.note)}{end}"
        for sentence in decision.sentences:
            yield f"{iri} {term('prov:wasDerivedFrom')} {ref(sentence)}{end}"


def topic_decision_lines(
    work: Work, reading: Reading, decisions: Iterable[tuple[str, str, str]], base: Base
) -> Iterator[str]:
    """Of (concept, "confirmed" or "rejected", who decided): the topic's state, also of one that is gone for it."""
    end = f" <{base.graph('curation')}> ."
    for concept, verdict, who in decisions:
        iri = f"<{topic_iri(base, work.iri, concept, reading.maker)}>"
        yield f"{iri} {term('gn:state')} {term('gn:Confirmed' if verdict == 'confirmed' else 'gn:Rejected')}{end}"
        yield f"{iri} {term('gn:decidedBy')} {literal(who)}{end}"
