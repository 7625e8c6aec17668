"""What curators decided on terms and topics, in the graph `curation`. What became of it (a concept, a label) stands in
the vocabularies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from graph.convert.names import digest, topic_iri
from graph.convert.safe import literal, ref, term
from ontology.entities import Work
from ontology.namespaces import Base
from ontology.reading import Reading

_A: Final = term("rdf:type")


class TermDecision(msgspec.Struct, frozen=True, kw_only=True):
    """That a term names a concept; `sentences` are IRIs of places where works use it."""

    term: str
    concept: str
    decided_by: str
    note: str = ""
    sentences: tuple[str, ...] = ()


def term_decision_lines(decision: TermDecision, base: Base) -> Iterator[str]:
    """That a curator took a term for a name of a concept."""
    end = f" <{base.graph('curation')}> ."
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
