"""Concept schemes as SKOS, in the default graph."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from graph.convert.provenance import license_of
from graph.convert.safe import literal, ref, term
from graph.terms import boolean
from ontology.namespaces import Base
from ontology.scheme import Concept, Scheme

_A: Final = term("rdf:type")
_CONCEPT, _IN_SCHEME = term("skos:Concept"), term("skos:inScheme")
_BROADER, _NARROWER, _RELATED, _EXACT = (
    term(f"skos:{name}") for name in ("broader", "narrower", "related", "exactMatch")
)
_TOP_OF, _HAS_TOP = term("skos:topConceptOf"), term("skos:hasTopConcept")
_LABELS: Final = {kind: term(f"skos:{kind}Label") for kind in ("pref", "alt", "hidden")}


def scheme_lines(scheme: Scheme, base: Base) -> Iterator[str]:
    """Quads of a scheme and all its concepts, with the hierarchy in both directions."""
    iri = ref(scheme.iri)
    yield f"{iri} {_A} {term('skos:ConceptScheme')} ."
    yield f"{iri} {term('dct:title')} {literal(scheme.title)} ."
    if scheme.version:
        yield f"{iri} {term('owl:versionInfo')} {literal(scheme.version)} ."
    if scheme.license:
        yield f"{iri} {license_of(scheme.license)} ."
    for concept in scheme:
        yield from _concept(concept, iri)


def _concept(concept: Concept, scheme: str) -> Iterator[str]:
    iri = ref(concept.iri)
    yield f"{iri} {_A} {_CONCEPT} ."
    yield f"{iri} {_IN_SCHEME} {scheme} ."
    for label in concept.labels:
        yield f"{iri} {_LABELS.get(label.kind, _LABELS['alt'])} {literal(label.text, label.language)} ."
    for parent in concept.broader:
        yield f"{iri} {_BROADER} {ref(parent)} ."
        yield f"{ref(parent)} {_NARROWER} {iri} ."
    if not concept.broader and not concept.deprecated:
        yield f"{iri} {_TOP_OF} {scheme} ."
        yield f"{scheme} {_HAS_TOP} {iri} ."
    for other in concept.related:
        yield f"{iri} {_RELATED} {ref(other)} ."
    for other in concept.exact:
        yield f"{iri} {_EXACT} {ref(other)} ."
    if concept.definition:
        yield f"{iri} {term('skos:definition')} {literal(concept.definition)} ."
    if concept.notation:
        yield f"{iri} {term('skos:notation')} {literal(concept.notation)} ."
    if concept.deprecated:
        yield f"{iri} {term('owl:deprecated')} {boolean(True)} ."
    if concept.replaced_by:
        yield f"{iri} {term('dct:isReplacedBy')} {ref(concept.replaced_by)} ."
