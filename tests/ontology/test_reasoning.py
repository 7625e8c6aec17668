"""Edits that would make an ontology inconsistent are refused, with the fewest axioms that clash."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import rdflib
from rdflib import OWL, RDF, RDFS, URIRef

from ontology.axiom import Axiom
from ontology.axioms import axioms_of
from ontology.clashes import Clash, clashes
from ontology.curation import edits as ask
from ontology.curation.desk import Desk
from ontology.curation.scope import Author
from ontology.errors import OntologyClash
from ontology.namespaces import Base
from ontology.reason import check
from ontology.scheme import Scheme
from ontology.vocabularies.base import VocabularyFile, read_vocabulary
from ontology.vocabularies.cache import load_scheme, save_scheme
from ontology.vocabularies.owl import ontology_of
from ontology.vocabularies.turtle import turtle
from tests.ontology.curating import desk

EX = "https://example.org/zoo#"
_HEAD = f"""@prefix : <{EX}> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""
ZOO = (
    _HEAD
    + """
<https://example.org/zoo> a owl:Ontology .
:Thing a owl:Class ; rdfs:label "living thing" . :Animal a owl:Class ; rdfs:label "animal" ; rdfs:subClassOf :Thing .
:Plant a owl:Class ; rdfs:label "plant" ; rdfs:subClassOf :Thing ; owl:disjointWith :Animal .
:Cow a owl:Class ; rdfs:label "cow" ; rdfs:subClassOf :Animal . :Calf a owl:Class ; rdfs:label "calf" ;
  rdfs:subClassOf :Cow . :Fern a owl:Class ; rdfs:label "fern" ; rdfs:subClassOf :Plant .
:Coral a owl:Class ; rdfs:label "coral" ; rdfs:subClassOf :Thing . :daisy a :Cow .
:Eater a owl:Class ; rdfs:label "eater" ; rdfs:subClassOf :Thing ,
  [ a owl:Restriction ; owl:onProperty :eats ; owl:someValuesFrom :Coral ] .
:eats a owl:ObjectProperty ; rdfs:domain :Animal ; rdfs:range :Plant .
"""
)


def zoo() -> Scheme:
    return read_vocabulary(VocabularyFile(body=ZOO.encode(), place="zoo.ttl", base=Base(), name="tools"))


def found(turtle: str) -> list[Clash]:
    graph = rdflib.Graph().parse(data=_HEAD + turtle, format="turtle")
    classes = sorted(str(one) for one in graph.subjects(RDF.type, OWL.Class) if isinstance(one, URIRef))

    def above(iri: str) -> list[str]:
        return [str(one) for one in graph.objects(URIRef(iri), RDFS.subClassOf) if isinstance(one, URIRef)]

    return list(clashes(axioms_of(graph), above, classes))


CLASH = {
    "cax-dw": ":A a owl:Class ; owl:disjointWith :B . :B a owl:Class . :x a :A , :B .",
    "cls-com": ":B a owl:Class . :A a owl:Class ; rdfs:subClassOf :B , [ owl:complementOf :B ] .",
    "cls-nothing2": ":A a owl:Class ; rdfs:subClassOf owl:Nothing .",
    "prp-irp": ":p a owl:ObjectProperty , owl:IrreflexiveProperty . :x :p :x .",
    "prp-asyp": ":p a owl:AsymmetricProperty . :q a owl:ObjectProperty ; owl:inverseOf :p . :x :p :y ; :q :y .",
    "prp-pdw": ":p a owl:ObjectProperty ; owl:propertyDisjointWith :q . :q a owl:ObjectProperty . :x :p :y ; :q :y .",
    "eq-diff1": ":p a owl:ObjectProperty , owl:FunctionalProperty . :x :p :y , :z . :y owl:differentFrom :z .",
    "some values, cax-dw": ":p a owl:ObjectProperty , owl:FunctionalProperty . :B a owl:Class ; owl:disjointWith :C ."
    " :C a owl:Class . :A a owl:Class ; rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ;"
    " owl:someValuesFrom :B ] , [ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :C ] .",
}


@pytest.mark.parametrize("rule", CLASH)
def test_each_rule_finds_its_clash_and_no_axiom_too_many(rule: str) -> None:
    more = ":Z a owl:Class ; owl:disjointWith :Y . :Y a owl:Class . :r a owl:ObjectProperty ; rdfs:domain :Z ."
    clash, *_ = found(CLASH[rule] + more)
    assert clash.rule == rule
    assert all(not any(name in axiom for name in ("#Z>", "#Y>", "#r>")) for axiom in clash.axioms)


@pytest.mark.skipif(shutil.which("java") is None, reason="HermiT needs Java")
@pytest.mark.parametrize("rule", CLASH)
def test_hermit_says_the_same(rule: str) -> None:
    assert not check(_HEAD + CLASH[rule]).sound


@pytest.mark.skipif(shutil.which("java") is None, reason="HermiT needs Java")
def test_neither_finds_fault_with_what_is_sound() -> None:
    assert check(ZOO).sound and not list(clashes(zoo().axioms, lambda iri: zoo().concepts[iri].broader, zoo().concepts))


def test_an_edit_that_leaves_a_class_without_members_is_refused_with_its_axioms(tmp_path: Path) -> None:
    at = desk(tmp_path, zoo())
    with pytest.raises(OntologyClash) as refused:
        at.write("tools", [ask.Link(concept=EX + "Cow", other=EX + "Fern")], Author("key:ada"), "")
    told = refused.value.details
    assert isinstance(told, tuple)
    by_class = {clash.what: clash for clash in told}
    assert {EX + "Cow", EX + "Calf", EX + "daisy"} == set(by_class)
    assert set(by_class[EX + "Cow"].axioms) == {
        f"SubClassOf(<{EX}Cow> <{EX}Animal>)", f"SubClassOf(<{EX}Cow> <{EX}Fern>)",
        f"SubClassOf(<{EX}Fern> <{EX}Plant>)", f"DisjointClasses(<{EX}Plant> <{EX}Animal>)",
    }  # fmt: skip
    assert by_class[EX + "daisy"].kind == "inconsistent"
    assert at.vocabulary("tools").number == 0, "nothing was saved"
    at.write("tools", [ask.Link(concept=EX + "Coral", other=EX + "Plant")], Author("key:ada"), "")


def test_domains_ranges_and_restrictions_count(tmp_path: Path) -> None:
    at = desk(tmp_path, zoo())
    with pytest.raises(OntologyClash) as refused:
        at.write("tools", [ask.Link(concept=EX + "Eater", other=EX + "Plant")], Author("key:ada"), "")
    assert any("ObjectPropertyDomain" in axiom for axiom in refused.value.details[0].axioms)  # type: ignore[index]
    at.write("tools", [ask.Link(concept=EX + "Eater", other=EX + "Animal")], Author("key:ada"), "what it is anyway")
    with pytest.raises(OntologyClash) as refused:
        at.write("tools", [ask.Link(concept=EX + "Coral", other=EX + "Animal")], Author("key:ada"), "")
    (clash,) = refused.value.details  # type: ignore[misc]
    assert clash.what == EX + "Eater", "coral may be an animal, but then it is nothing to eat"


def test_disjoint_classes_are_not_merged_nor_is_a_class_brought_in_by_other_ways(tmp_path: Path) -> None:
    at = desk(tmp_path, zoo())
    with pytest.raises(OntologyClash):
        at.write("tools", [ask.Merge(concept=EX + "Plant", into=EX + "Animal")], Author("key:ada"), "")
    with pytest.raises(OntologyClash):
        parents = (EX + "Cow", EX + "Fern")
        at.write("tools", [ask.Create(concept=EX + "Odd", label="odd", broader=parents)], Author("key:ada"), "")
    with pytest.raises(OntologyClash):
        at.propose("tools", [ask.Link(concept=EX + "Cow", other=EX + "Plant")], "key:ada", "")
    at.write("tools", [ask.Merge(concept=EX + "Calf", into=EX + "Cow")], Author("key:ada"), "")


def test_a_clash_that_was_there_stops_nobody_else(tmp_path: Path) -> None:
    broken = ZOO + ':Hydra a owl:Class ; rdfs:label "hydra" ; rdfs:subClassOf :Cow , :Fern .\n'
    scheme = read_vocabulary(VocabularyFile(body=broken.encode(), place="zoo.ttl", base=Base(), name="tools"))
    at = desk(tmp_path, scheme)
    at.write("tools", [ask.Link(concept=EX + "Hydra", other=EX + "Coral")], Author("key:ada"), "")
    at.write("tools", [ask.AddLabel(concept=EX + "Hydra", text="polyp")], Author("key:ada"), "")
    with pytest.raises(OntologyClash):
        at.write("tools", [ask.Link(concept=EX + "Calf", other=EX + "Plant")], Author("key:ada"), "")


def test_axioms_are_kept_with_the_vocabulary(tmp_path: Path) -> None:
    scheme = zoo()
    save_scheme(scheme, tmp_path / "zoo.scheme")
    assert load_scheme(tmp_path / "zoo.scheme").axioms == scheme.axioms != ()
    assert isinstance(desk(tmp_path, scheme), Desk) and desk(tmp_path, scheme).as_of("tools").axioms == scheme.axioms


ALL = (
    ZOO
    + """
:Moss a owl:Class ; rdfs:label "moss" ; owl:equivalentClass :Coral ; rdfs:subClassOf [ owl:complementOf :Cow ] ,
  [ a owl:Restriction ; owl:onProperty :eats ; owl:allValuesFrom :Fern ] .
:Grazer a owl:Class ; rdfs:label "grazer" ; rdfs:subClassOf :Eater ; owl:equivalentClass
  [ owl:intersectionOf ( :Animal :Eater [ a owl:Restriction ; owl:onProperty :bites ; owl:someValuesFrom :Fern ] ) ] .
[] a owl:AllDisjointClasses ; owl:members ( :Moss :Cow :Fern ) .
:Plant owl:disjointUnionOf ( :Fern :Moss ) .
:bites a owl:ObjectProperty , owl:AsymmetricProperty , owl:IrreflexiveProperty ; rdfs:subPropertyOf :eats ;
  owl:inverseOf :bitten ; owl:propertyDisjointWith :likes ; owl:equivalentProperty :chews .
:likes a owl:ObjectProperty , owl:SymmetricProperty . :near a owl:TransitiveProperty ,
  owl:FunctionalProperty , owl:InverseFunctionalProperty .
[] a owl:AllDisjointProperties ; owl:members ( :likes :near :bites ) .
:rose :near :daisy ; owl:differentFrom :daisy . :fleur owl:sameAs :rose ; :likes :daisy .
[] a owl:AllDifferent ; owl:distinctMembers ( :rose :daisy :lily ) .
"""
)


def loaded(text: str) -> Scheme:
    return read_vocabulary(VocabularyFile(body=text.encode(), place="zoo.ttl", base=Base(), name="tools"))


def test_axioms_go_out_with_the_turtle_and_come_back_the_same(tmp_path: Path) -> None:
    scheme = loaded(ALL)
    assert len({axiom.kind for axiom in scheme.axioms}) == 22, "every kind that is read"
    text = "".join(turtle(scheme))
    again = loaded(text)
    assert again.axioms == scheme.axioms and again.concepts == scheme.concepts and not again.faults
    assert "".join(turtle(again)) == text
    at = desk(tmp_path, again)
    with pytest.raises(OntologyClash):
        at.write("tools", [ask.Link(concept=EX + "Cow", other=EX + "Fern")], Author("key:ada"), "")
    at.write("tools", [ask.Merge(concept=EX + "Calf", into=EX + "Cow")], Author("key:ada"), "")
    edited = "".join(turtle(at.as_of("tools")))
    assert loaded(edited).axioms == scheme.axioms and "".join(turtle(loaded(edited))) == edited
    classes = axioms_of(rdflib.Graph().parse(data=text, format="turtle"))
    assert classes == scheme.axioms, "as OWL it says the same, whatever SKOS says beside it"


@pytest.mark.skipif(shutil.which("java") is None, reason="HermiT needs Java")
def test_a_reasoner_takes_what_came_back() -> None:
    broken = ZOO + ':Hydra a owl:Class ; rdfs:label "hydra" ; rdfs:subClassOf :Cow , :Fern .\n'
    assert check(ontology_of(loaded("".join(turtle(loaded(broken)))))).unsatisfiable == (EX + "Hydra",)


def test_plain_skos_brings_and_writes_no_axioms() -> None:
    told = """@prefix skos: <http://www.w3.org/2004/02/skos/core#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
<urn:a> a skos:Concept ; skos:prefLabel "a"@en ; owl:sameAs <urn:b> . <urn:b> a skos:Concept ; skos:prefLabel "b"@en .
skos:related a owl:ObjectProperty . skos:Concept a owl:Class . <urn:a> skos:related <urn:b> .
"""
    scheme = loaded(told)
    assert scheme.axioms == () and "owl:Class" not in "".join(turtle(scheme))
    punned = loaded(told + "<urn:a> a owl:Class .")
    assert punned.axioms == (Axiom("SameIndividual", ("urn:a", "urn:b")),), "SKOS's own terms make none"
