"""Axioms of an ontology in Turtle, one statement each, as `ontology.axioms` reads them again; and the ontology as a
reasoner takes it: its classes, their hierarchy and its axioms.

In the terms of OWL 2's mapping to RDF (W3C, 2012).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from ontology.axiom import Axiom
from ontology.scheme import Scheme

_UNSAFE: Final = {ord(char): f"\\u{ord(char):04X}" for char in ' <>"{}|^`\\' + "".join(map(chr, range(32)))}
_HEAD: Final = (
    "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
)
_BETWEEN: Final = {
    "EquivalentClasses": "owl:equivalentClass", "ObjectPropertyDomain": "rdfs:domain",
    "ObjectPropertyRange": "rdfs:range", "SubObjectPropertyOf": "rdfs:subPropertyOf",
    "EquivalentObjectProperties": "owl:equivalentProperty", "InverseObjectProperties": "owl:inverseOf",
    "SameIndividual": "owl:sameAs",
}  # fmt: skip
_LISTED: Final = {
    "DisjointClasses": ("owl:disjointWith", "owl:AllDisjointClasses", "owl:members"),
    "DisjointObjectProperties": ("owl:propertyDisjointWith", "owl:AllDisjointProperties", "owl:members"),
    "DifferentIndividuals": ("owl:differentFrom", "owl:AllDifferent", "owl:distinctMembers"),
}
"""Kind of axiom → how two are said to differ, and how more are."""
_RESTRICTED: Final = {"Some": "owl:someValuesFrom", "Only": "owl:allValuesFrom"}
_PROPERTIES: Final = {
    "ObjectPropertyDomain": 1, "ObjectPropertyRange": 1, "SubObjectPropertyOf": 2, "EquivalentObjectProperties": 2,
    "InverseObjectProperties": 2, "ObjectPropertyAssertion": 1,
}  # fmt: skip
"""How many of an axiom's first names are properties."""


def iri_term(iri: str) -> str:
    """An IRI in Turtle."""
    return f"<{iri.translate(_UNSAFE)}>"


def ontology_of(scheme: Scheme) -> str:
    """In Turtle; deprecated classes are left out of it but for what axioms say of them."""
    lines = [_HEAD]
    for concept in scheme:
        if not concept.deprecated:
            lines.append(f"{iri_term(concept.iri)} a owl:Class .\n")
            lines += (f"{iri_term(concept.iri)} rdfs:subClassOf {iri_term(up)} .\n" for up in concept.broader)
    return "".join([*lines, *stated(scheme.axioms)])


def stated(axioms: Iterable[Axiom]) -> Iterator[str]:
    """Axioms in their order; before them properties, and classes that individuals have, are declared."""
    axioms = list(axioms)
    classes = {axiom.names[0] for axiom in axioms if axiom.kind == "ClassAssertion"}
    properties = {link for axiom in axioms for link in _properties(axiom)}
    for kind, declared in (("owl:Class", classes), ("owl:ObjectProperty", properties)):
        yield from (f"{iri_term(iri)} a {kind} .\n" for iri in sorted(declared))
    yield from (f"{_statement(axiom.kind, [iri_term(name) for name in axiom.names])} .\n" for axiom in axioms)


def _properties(axiom: Axiom) -> Iterator[str]:
    if axiom.kind in _RESTRICTED:
        yield axiom.names[1]
    elif axiom.kind == "DisjointObjectProperties" or axiom.kind.endswith("ObjectProperty"):
        yield from axiom.names
    else:
        yield from axiom.names[: _PROPERTIES.get(axiom.kind, 0)]


def _statement(kind: str, names: list[str]) -> str:
    one, *others = names
    if kind in _BETWEEN:
        return f"{one} {_BETWEEN[kind]} {others[0]}"
    if kind in _LISTED:
        link, type_, members = _LISTED[kind]
        return f"{one} {link} {others[0]}" if len(names) == 2 else f"[] a {type_} ; {members} ( {' '.join(names)} )"
    if kind in _RESTRICTED:
        link, value = others
        return f"{one} rdfs:subClassOf [ a owl:Restriction ; owl:onProperty {link} ; {_RESTRICTED[kind]} {value} ]"
    if kind == "Not":
        return f"{one} rdfs:subClassOf [ a owl:Class ; owl:complementOf {others[0]} ]"
    if kind == "SubClassOf":
        # Beside a named class alone it would be the hierarchy, from which it is kept apart here.
        return f"{one} rdfs:subClassOf [ a owl:Class ; owl:intersectionOf ( {others[0]} owl:Thing ) ]"
    if kind == "ClassAssertion":
        return f"{others[0]} a {one}"
    if kind == "ObjectPropertyAssertion":
        return f"{others[0]} {one} {others[1]}"
    return f"{one} a owl:{kind.removesuffix('ObjectProperty')}Property"
