"""The project's own ontology is OWL 2 DL that HermiT finds consistent, and says what each term means."""

from __future__ import annotations

import pytest
import rdflib
from rdflib import OWL, RDF, RDFS

from ontology.errors import VocabularyError
from ontology.namespaces import PREFIXES
from ontology.reason import check, own_ontology

GN = PREFIXES["gn"]
KINDS = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.NamedIndividual)


@pytest.fixture(scope="module")
def graph() -> rdflib.Graph:
    return rdflib.Graph().parse(data=own_ontology(), format="turtle")


def test_it_is_consistent_and_every_class_can_have_members() -> None:
    assert check(own_ontology()).sound


def test_a_class_that_cannot_have_members_is_found() -> None:
    broken = own_ontology() + "\ngn:Odd a owl:Class ; rdfs:subClassOf gn:Mention , gn:Claim .\n"
    verdict = check(broken)
    assert verdict.consistent and verdict.unsatisfiable == (GN + "Odd",) and not verdict.sound


@pytest.mark.parametrize(
    "fact",
    [
        "<urn:x> a gn:Work , skos:Concept .",
        "<urn:x> gn:improvesOn <urn:x> .",
        '<urn:x> gn:confidence "high" .',
        "<urn:e> gn:supports <urn:c> ; gn:disputes <urn:c> .",
        "<urn:x> a gn:Work ; gn:uses <urn:y> .",
    ],
)
def test_facts_against_the_axioms_are_found(fact: str) -> None:
    assert not check(f"{own_ontology()}\n{fact}\n").consistent


def test_what_is_no_turtle_is_said_so() -> None:
    with pytest.raises(VocabularyError, match="Turtle"):
        check("@prefix gn <")


def test_every_own_term_is_declared_labelled_and_explained(graph: rdflib.Graph) -> None:
    used = {str(t) for triple in graph for t in triple if isinstance(t, rdflib.URIRef) and str(t).startswith(GN)}
    declared = {str(s) for kind in KINDS for s in graph.subjects(RDF.type, kind) if str(s).startswith(GN)}
    assert used == declared
    for one in map(rdflib.URIRef, declared):
        assert graph.value(one, RDFS.label) and graph.value(one, RDFS.comment), one


def test_prefixes_are_the_ones_used_everywhere(graph: rdflib.Graph) -> None:
    bound = {prefix: str(iri) for prefix, iri in graph.namespaces()}
    assert {p: iri for p, iri in bound.items() if p in PREFIXES and PREFIXES[p] != iri} == {}
