"""Axioms of an OWL ontology beyond its hierarchy of classes: what a reasoner needs to find that classes clash.

Read with the ontology and kept with its scheme, in the terms of the OWL 2 structural specification (W3C, 2012): of
unnamed classes only restrictions and complements directly above a named class. What else there is does not count here;
HermiT (`ontology.reason`) is asked where all of it must.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rdflib import DCTERMS, OWL, RDF, RDFS, SKOS, BNode, Graph, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from ontology.axiom import Axiom

MOST: Final = 200_000
"""Axioms kept of one ontology."""


_BETWEEN: Final = {
    OWL.disjointWith: "DisjointClasses", OWL.equivalentClass: "EquivalentClasses", OWL.complementOf: "DisjointClasses",
    RDFS.domain: "ObjectPropertyDomain", RDFS.range: "ObjectPropertyRange", RDFS.subPropertyOf: "SubObjectPropertyOf",
    OWL.equivalentProperty: "EquivalentObjectProperties", OWL.inverseOf: "InverseObjectProperties",
    OWL.propertyDisjointWith: "DisjointObjectProperties", OWL.sameAs: "SameIndividual",
    OWL.differentFrom: "DifferentIndividuals",
}  # fmt: skip
_LISTED: Final = {
    OWL.AllDisjointClasses: "DisjointClasses", OWL.AllDisjointProperties: "DisjointObjectProperties",
    OWL.AllDifferent: "DifferentIndividuals",
}  # fmt: skip
_CHARACTERS: Final = {
    getattr(OWL, f"{name}Property"): f"{name}ObjectProperty"
    for name in ("Functional", "InverseFunctional", "Asymmetric", "Irreflexive", "Symmetric", "Transitive")
}
_TOLD: Final = tuple(str(one) for one in (SKOS, OWL, RDF, RDFS, DCTERMS))
"""Terms of these say what concepts are, and OWL itself: they are no properties and classes of the ontology's own."""


def axioms_of(graph: Graph) -> tuple[Axiom, ...]:
    """The axioms of an ontology, sorted."""
    found = {axiom for axiom in _axioms(graph) if len(axiom.names) > 1 or axiom.kind.endswith("ObjectProperty")}
    return tuple(sorted(found, key=lambda one: (one.kind, one.names))[:MOST])


def _axioms(graph: Graph) -> Iterator[Axiom]:
    for link, kind in _BETWEEN.items():
        for one, other in graph.subject_objects(link):
            if isinstance(one, URIRef) and isinstance(other, URIRef):
                yield Axiom(kind, (str(one), str(other)))
    for type_, kind in _CHARACTERS.items():
        yield from (Axiom(kind, (str(one),)) for one in graph.subjects(RDF.type, type_) if isinstance(one, URIRef))
    for link in (RDFS.subClassOf, OWL.equivalentClass):
        for one, above in graph.subject_objects(link):
            if isinstance(one, URIRef) and isinstance(above, BNode):
                yield from _above(graph, str(one), above)
    yield from _lists(graph)
    yield from _facts(graph)


def _lists(graph: Graph) -> Iterator[Axiom]:
    for type_, kind in _LISTED.items():
        for node in graph.subjects(RDF.type, type_):
            for link in (OWL.members, OWL.distinctMembers):
                for head in graph.objects(node, link):
                    yield Axiom(kind, tuple(_listed(graph, head)))
    for one, head in graph.subject_objects(OWL.disjointUnionOf):
        parts = tuple(_listed(graph, head))
        yield Axiom("DisjointClasses", parts)
        yield from (Axiom("SubClassOf", (part, str(one))) for part in parts)


def _above(graph: Graph, one: str, above: Node) -> Iterator[Axiom]:
    """What an unnamed class above a named one says of it."""
    for head in graph.objects(above, OWL.intersectionOf):
        for part in Collection(graph, head):
            if not isinstance(part, URIRef):
                yield from _above(graph, one, part)
            elif part != OWL.Thing:
                yield Axiom("SubClassOf", (one, str(part)))
    yield from (Axiom("Not", (one, str(c))) for c in graph.objects(above, OWL.complementOf) if isinstance(c, URIRef))
    for link in graph.objects(above, OWL.onProperty):
        for kind, values in (("Some", OWL.someValuesFrom), ("Only", OWL.allValuesFrom)):
            for value in graph.objects(above, values):
                if isinstance(link, URIRef) and isinstance(value, URIRef):
                    yield Axiom(kind, (one, str(link), str(value)))


def _facts(graph: Graph) -> Iterator[Axiom]:
    """What is said of individuals: of those that are declared, or have a class that is."""
    classes = {one for one in graph.subjects(RDF.type, OWL.Class) if one == OWL.Nothing or not _told(one)}
    properties = set(graph.subjects(RDF.type, OWL.ObjectProperty))
    for kind in _CHARACTERS:
        properties.update(graph.subjects(RDF.type, kind))
    for one, type_ in graph.subject_objects(RDF.type):
        if isinstance(one, URIRef) and type_ in classes:
            yield Axiom("ClassAssertion", (str(type_), str(one)))
    for link in properties:
        for one, other in () if _told(link) else graph.subject_objects(link):
            if isinstance(one, URIRef) and isinstance(other, URIRef):
                yield Axiom("ObjectPropertyAssertion", (str(link), str(one), str(other)))


def _told(term: Node) -> bool:
    return str(term).startswith(_TOLD)


def _listed(graph: Graph, head: Node) -> Iterator[str]:
    yield from (str(one) for one in Collection(graph, head) if isinstance(one, URIRef))
