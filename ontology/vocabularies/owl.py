"""An ontology as a reasoner takes it: its classes, their hierarchy and the axioms kept with them, in N-Triples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rdflib import OWL, RDF, RDFS, BNode, Graph, URIRef
from rdflib.collection import Collection

from ontology.axiom import Axiom
from ontology.scheme import Scheme

_BETWEEN: Final = {
    "SubClassOf": RDFS.subClassOf, "EquivalentClasses": OWL.equivalentClass, "ObjectPropertyDomain": RDFS.domain,
    "ObjectPropertyRange": RDFS.range, "SubObjectPropertyOf": RDFS.subPropertyOf,
    "EquivalentObjectProperties": OWL.equivalentProperty, "InverseObjectProperties": OWL.inverseOf,
    "SameIndividual": OWL.sameAs,
}  # fmt: skip
_LISTED: Final = {
    "DisjointClasses": (OWL.AllDisjointClasses, OWL.members),
    "DisjointObjectProperties": (OWL.AllDisjointProperties, OWL.members),
    "DifferentIndividuals": (OWL.AllDifferent, OWL.distinctMembers),
}  # fmt: skip
_PROPERTIES: Final = {
    "ObjectPropertyDomain": 1, "ObjectPropertyRange": 1, "SubObjectPropertyOf": 2, "EquivalentObjectProperties": 2,
    "InverseObjectProperties": 2, "ObjectPropertyAssertion": 1,
}  # fmt: skip
"""How many of an axiom's first names are properties."""


def ontology_of(scheme: Scheme) -> str:
    """In N-Triples, which is Turtle, too; deprecated classes are left out of it but for what axioms say of them."""
    graph = Graph()
    for concept in scheme:
        if not concept.deprecated:
            graph.add((URIRef(concept.iri), RDF.type, OWL.Class))
            for up in concept.broader:
                graph.add((URIRef(concept.iri), RDFS.subClassOf, URIRef(up)))
    for axiom in scheme.axioms:
        for link in _properties(axiom):
            graph.add((URIRef(link), RDF.type, OWL.ObjectProperty))
        _add(graph, axiom)
    return graph.serialize(format="nt")


def _properties(axiom: Axiom) -> Iterator[str]:
    if axiom.kind in ("Some", "Only"):
        yield axiom.names[1]
    elif axiom.kind == "DisjointObjectProperties" or axiom.kind.endswith("ObjectProperty"):
        yield from axiom.names
    else:
        yield from axiom.names[: _PROPERTIES.get(axiom.kind, 0)]


def _add(graph: Graph, axiom: Axiom) -> None:
    kind, names = axiom.kind, [URIRef(name) for name in axiom.names]
    if kind in _BETWEEN:
        graph.add((names[0], _BETWEEN[kind], names[1]))
    elif kind in _LISTED:
        node, (type_, link) = BNode(), _LISTED[kind]
        graph.add((node, RDF.type, type_))
        graph.add((node, link, Collection(graph, BNode(), list(names)).uri))
    elif kind == "ClassAssertion":
        graph.add((names[1], RDF.type, names[0]))
        graph.add((names[0], RDF.type, OWL.Class))
    elif kind == "ObjectPropertyAssertion":
        graph.add((names[1], names[0], names[2]))
    elif kind in ("Some", "Only", "Not"):
        node = BNode()
        graph.add((names[0], RDFS.subClassOf, node))
        graph.add((node, RDF.type, OWL.Class if kind == "Not" else OWL.Restriction))
        if kind == "Not":
            graph.add((node, OWL.complementOf, names[1]))
        else:
            graph.add((node, OWL.onProperty, names[1]))
            graph.add((node, OWL.someValuesFrom if kind == "Some" else OWL.allValuesFrom, names[2]))
    else:
        graph.add((names[0], RDF.type, OWL[kind.removesuffix("ObjectProperty") + "Property"]))
