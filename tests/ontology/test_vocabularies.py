"""Vocabulary readers on small invented files: what they read, what they refuse, what they report."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import Graph

from ontology.errors import HierarchyCycle, VocabularyError
from ontology.namespaces import Base
from ontology.scheme import Label, Match, Scheme
from ontology.vocabularies.base import VOCABULARIES, VocabularyFile, load_vocabulary, read_vocabulary
from ontology.vocabularies.cache import load_scheme, save_scheme

BASE = Base("http://test.example")
CSO = "https://cso.kmi.open.ac.uk/topics/"


def read(body: str | bytes, place: str = "things.txt", name: str = "") -> Scheme:
    raw = body.encode() if isinstance(body, str) else body
    return read_vocabulary(VocabularyFile(body=raw, place=place, base=BASE, name=name))


KLINK = """"semantic web";klink:broaderGeneric;ontologies
"computer science";klink:broaderGeneric;"semantic web"
ontologies;klink:relatedEquivalent;ontology
ontology;klink:relatedEquivalent;ontologies
ontologies;klink:primaryLabel;ontology
ontology;klink:primaryLabel;ontology
"p2p (peer/peer)";klink:contributesTo;"semantic web"
"computer science";klink:contributesTo;ontology
"p2p (peer/peer)";rdf:type;klink:Topic
"""
PUBLISHED = """"<https://cso.kmi.open.ac.uk/topics/computer_science>","<http://cso.kmi.open.ac.uk/schema/cso#superTopicOf>","<https://cso.kmi.open.ac.uk/topics/semantic_web>"
"<https://cso.kmi.open.ac.uk/topics/semantic_web>","<http://cso.kmi.open.ac.uk/schema/cso#superTopicOf>","<https://cso.kmi.open.ac.uk/topics/ontology>"
"<https://cso.kmi.open.ac.uk/topics/ontologies>","<http://cso.kmi.open.ac.uk/schema/cso#preferentialEquivalent>","<https://cso.kmi.open.ac.uk/topics/ontology>"
"<https://cso.kmi.open.ac.uk/topics/ontologies>","<http://cso.kmi.open.ac.uk/schema/cso#relatedEquivalent>","<https://cso.kmi.open.ac.uk/topics/ontology>"
"<https://cso.kmi.open.ac.uk/topics/p2p_%28peer%2Fpeer%29>","<http://cso.kmi.open.ac.uk/schema/cso#contributesTo>","<https://cso.kmi.open.ac.uk/topics/semantic_web>"
"<https://cso.kmi.open.ac.uk/topics/p2p_%28peer%2Fpeer%29>","<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>","<http://cso.kmi.open.ac.uk/schema/cso#Topic>"
"""


@pytest.mark.parametrize("body", [KLINK, PUBLISHED])
def test_cso_both_editions_give_the_same_concepts(body: str) -> None:
    scheme = read(body, "any.csv")
    assert scheme.name == "cso"
    assert not scheme.faults
    assert set(scheme.concepts) == {
        CSO + "computer_science",
        CSO + "semantic_web",
        CSO + "ontology",
        CSO + "p2p_%28peer%2Fpeer%29",
    }
    ontology = scheme.concepts[CSO + "ontology"]
    assert ontology.labels == (Label("ontology"), Label("ontologies", kind="alt"))
    assert ontology.exact == (CSO + "ontologies",)
    assert ontology.broader == (CSO + "semantic_web",)
    assert scheme.ancestors(CSO + "ontology") == {CSO + "semantic_web": 1, CSO + "computer_science": 2}
    peers = scheme.concepts[CSO + "p2p_%28peer%2Fpeer%29"]
    assert peers.name() == "p2p (peer/peer)"
    assert peers.related == (CSO + "semantic_web",)


def test_cso_contribution_along_the_hierarchy_is_not_related() -> None:
    assert read(KLINK).concepts[CSO + "computer_science"].related == ()


def test_cso_reports_rows_it_cannot_use() -> None:
    scheme = read(KLINK + "one;two\n")
    assert [fault.place for fault in scheme.faults] == ["things.txt line 10"]


MESH = """D000001\tEyes\tEye|Ocular Organ\tA01.456\t
D000002\tLens\t\tA01.456.100|J01.900\t55
D000003\tCortex\tOuter Lens\tA01.456.100.050\t
nonsense
"""


def test_mesh_hierarchy_comes_from_tree_numbers() -> None:
    scheme = read(MESH)
    lens = scheme.concepts["http://id.nlm.nih.gov/mesh/D000002"]
    assert lens.broader == ("http://id.nlm.nih.gov/mesh/D000001",)
    assert lens.notation == "D000002"
    assert scheme.descendants("http://id.nlm.nih.gov/mesh/D000001") == {
        "http://id.nlm.nih.gov/mesh/D000002": 1,
        "http://id.nlm.nih.gov/mesh/D000003": 2,
    }
    messages = {fault.message for fault in scheme.faults}
    assert any("J01" in one for one in messages)
    assert any("no descriptor" in one for one in messages)


MESH_XML = """<?xml version="1.0"?>
<!DOCTYPE DescriptorRecordSet SYSTEM "https://nowhere.example/desc.dtd">
<DescriptorRecordSet LanguageCode="eng">
<DescriptorRecord><DescriptorUI>D000001</DescriptorUI><DescriptorName><String>Eyes</String></DescriptorName>
<TreeNumberList><TreeNumber>A01.456</TreeNumber></TreeNumberList>
<ConceptList><Concept PreferredConceptYN="Y"><ScopeNote>What sees.</ScopeNote>
<TermList><Term><String>Eyes</String></Term><Term><String>Eye</String></Term></TermList></Concept></ConceptList>
</DescriptorRecord>
<DescriptorRecord><DescriptorUI>D000002</DescriptorUI><DescriptorName><String>Lens</String></DescriptorName>
<TreeNumberList><TreeNumber>A01.456.100</TreeNumber></TreeNumberList>
<SeeRelatedList><SeeRelatedDescriptor><DescriptorReferredTo><DescriptorUI>D000001</DescriptorUI></DescriptorReferredTo>
</SeeRelatedDescriptor></SeeRelatedList></DescriptorRecord></DescriptorRecordSet>"""


def test_mesh_xml_without_fetching_its_dtd() -> None:
    scheme = read(MESH_XML.replace("A01.456<", "A01<").replace("A01.456.100", "A01.100"))
    eyes = scheme.concepts["http://id.nlm.nih.gov/mesh/D000001"]
    assert eyes.labels == (Label("Eyes"), Label("Eye", kind="alt"))
    assert eyes.definition == "What sees."
    assert scheme.narrower[eyes.iri] == ("http://id.nlm.nih.gov/mesh/D000002",)
    assert not scheme.faults


TURTLE = """@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xl: <http://www.w3.org/2008/05/skos-xl#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix : <http://v.example/> .
:scheme a skos:ConceptScheme ; skos:prefLabel "Tiere"@de, "Animals"@en ; owl:versionInfo "3.1 beta" ;
  dct:license <http://l.example/cc0> .
:animal a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "animal"@en, "Tier"@DE ; skos:narrower :dog .
:dog a skos:Concept ; skos:prefLabel "dog"@en ; skos:altLabel "hound"@en ; skos:hiddenLabel "dgo"@en ;
  skos:related :cat ; skos:exactMatch <http://w.example/Q144> ; skos:definition "Ein Hund."@de, "It barks."@en .
:cat a skos:Concept ; xl:prefLabel [ xl:literalForm "cat"@en ] ; skos:broader :animal ; skos:notation "C1" .
:moggy a skos:Concept ; skos:prefLabel "moggy" ; owl:deprecated true ; dct:isReplacedBy :cat ; skos:broader :gone .
[] a skos:Concept ; skos:prefLabel "nameless"@en .
"""


def test_skos_turtle() -> None:
    scheme = read(TURTLE, "animals.ttl")
    assert (scheme.iri, scheme.title, scheme.version) == ("http://v.example/scheme", "Animals", "3.1-beta")
    assert scheme.license == "http://l.example/cc0"
    dog, cat, moggy = (scheme.concepts[f"http://v.example/{one}"] for one in ("dog", "cat", "moggy"))
    assert set(dog.labels) == {Label("dog"), Label("hound", kind="alt"), Label("dgo", kind="hidden")}
    assert dog.broader == ("http://v.example/animal",)
    assert dog.definition == "It barks."
    assert dog.exact == ("http://w.example/Q144",)
    assert cat.labels == (Label("cat"),)
    assert cat.notation == "C1"
    assert scheme.concepts["http://v.example/animal"].name("de") == "Tier"
    assert (moggy.deprecated, moggy.replaced_by, moggy.broader) == (True, "http://v.example/cat", ())
    assert moggy.labels == (Label("moggy", ""),)
    assert ["gone" in fault.message for fault in scheme.faults] == [True]
    (nameless,) = [iri for iri in scheme.concepts if iri.startswith(BASE.iri)]
    assert nameless == next(iri for iri in read(TURTLE, "animals.ttl").concepts if iri.startswith(BASE.iri))


@pytest.mark.parametrize("kind", ["nt", "xml", "json-ld", "pretty-xml", "turtle"])
def test_skos_is_the_same_in_every_serialisation(kind: str) -> None:
    with warnings.catch_warnings():  # rdflib's JSON-LD writer uses a class it deprecates itself
        warnings.simplefilter("ignore", DeprecationWarning)
        again = Graph().parse(data=TURTLE, format="turtle").serialize(format=kind)
    one, other = read(again, "animals.x"), read(TURTLE, "animals.ttl")
    assert one.concepts == other.concepts
    assert (one.iri, one.version) == (other.iri, other.version)


OWL = """<?xml version="1.0"?>
<!DOCTYPE rdf:RDF [ <!ENTITY owl "http://www.w3.org/2002/07/owl#" > ]>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:owl="&owl;"
  xmlns:rdfs="http://www.w3.org/2000/01/rdf-schema#" xmlns:o="http://www.geneontology.org/formats/oboInOwl#">
<owl:Ontology rdf:about="http://o.example/onto"><owl:versionInfo>7</owl:versionInfo></owl:Ontology>
<owl:Class rdf:about="http://o.example/A"><rdfs:label>Alpha</rdfs:label>
  <rdfs:subClassOf rdf:resource="&owl;Thing"/></owl:Class>
<owl:Class rdf:about="http://o.example/B"><rdfs:label>Beta</rdfs:label><o:hasExactSynonym>B</o:hasExactSynonym>
  <rdfs:subClassOf rdf:resource="http://o.example/A"/>
  <rdfs:subClassOf><owl:Restriction><owl:onProperty rdf:resource="http://o.example/p"/>
  <owl:someValuesFrom rdf:resource="http://o.example/A"/></owl:Restriction></rdfs:subClassOf></owl:Class></rdf:RDF>"""


def test_owl_classes_with_flat_entities() -> None:
    scheme = read(OWL, "onto.owl")
    assert (scheme.iri, scheme.version, scheme.faults) == ("http://o.example/onto", "7", ())
    beta = scheme.concepts["http://o.example/B"]
    assert beta.broader == ("http://o.example/A",)
    assert beta.labels == (Label("Beta", ""), Label("B", "", "alt"))


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (
            '<?xml version="1.0"?><!DOCTYPE rdf:RDF [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><rdf:RDF/>',
            "refers to another",
        ),
        ('<!DOCTYPE rdf:RDF [<!ENTITY x SYSTEM "file:///etc/passwd">]><rdf:RDF>&x;</rdf:RDF>', "external"),
        ('<!DOCTYPE rdf:RDF [<!ENTITY % x "y">%x;]><rdf:RDF/>', "external or a parameter"),
        (f'<!DOCTYPE rdf:RDF [<!ENTITY x "{"y" * 400}">]><rdf:RDF/>', "too long"),
        ('<?xml version="1.0" encoding="utf-7"?><rdf:RDF/>', "utf-7"),
        ('{"@context": "http://127.0.0.1:1/c.jsonld", "@id": "http://x.example/"}', "context on the network"),
        ('{"@context": [{"@import": "http://127.0.0.1:1/c"}], "@id": "x:y"}', "context on the network"),
        ('[{"@id": "x:y", "x": ' + "[" * 100_000, "broken"),
        ("@prefix skos: <http://x> .\nskos:a skos:b skos:c .\nskos:d no .", "line 3"),
        ("<http://a> <http://b> .\n<http://c> <http://d> <http://e>.\n", "broken"),
        ("@prefix : <http://x/> .\n" + ":a :b " + "[ :c " * 5000, "deep"),
        ("", "empty"),
        ("  \n", "empty"),
        (b"\xff\xfe\x00\x01", "no vocabulary reader"),
        (b"D000001\tEyes\t\tA01\t\n" + b"D000002\t\xff\t\tA01\n", "UTF-8"),
        ("@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n", "no concept"),
        ('{"graphs": [}', "JSON is broken"),
        ('{"graphs": []}', "no graph"),
        ("<DescriptorRecordSet><DescriptorRecord>", "line 1"),
    ],
)
def test_broken_or_dangerous_files_are_refused(body: str | bytes, says: str) -> None:
    with pytest.raises(VocabularyError, match=f"(?s).*{says}") as caught:
        read(body)
    assert caught.value.place.startswith("things.txt")


def test_jskos_lines_and_array() -> None:
    items = [
        {"uri": "http://j.example/1", "prefLabel": {"en": "Arts", "de": "Künste", "-": "…"}, "notation": ["1"],
         "inScheme": [{"uri": "http://j.example/"}]},
        {"uri": "http://j.example/11", "prefLabel": {"en": "Music"}, "altLabel": {"en": ["Sound"], "de": [None]},
         "broader": [{"uri": "http://j.example/1"}], "definition": {"de": ["Töne"], "en": ["Tones"]}},
        {"prefLabel": {"en": "lost"}},
    ]  # fmt: skip
    array = read(json.dumps(items))
    lines = read("\n".join(json.dumps(item) for item in items) + "\n{broken\n")
    assert array.concepts == lines.concepts
    assert array.iri == "http://j.example/"
    music = array.concepts["http://j.example/11"]
    assert (music.broader, music.definition) == (("http://j.example/1",), "Tones")
    assert music.labels == (Label("Music"), Label("Sound", kind="alt"))
    assert len(array.faults) == 1
    assert [fault.place for fault in lines.faults] == ["things.txt line 3", "things.txt line 4"]


def test_obo_graphs_and_term_lists() -> None:
    purl = "http://purl.obolibrary.org/obo/"
    graph = {
        "graphs": [{
            "id": purl + "xp.owl", "meta": {"version": purl + "xp/releases/2024-01-01/xp.owl"},
            "nodes": [
                {"id": purl + "XP_1", "lbl": "root", "type": "CLASS"},
                {"id": purl + "XP_2", "lbl": "leaf", "type": "CLASS", "meta": {
                    "definition": {"val": "At the end."},
                    "xrefs": [{"val": "MESH:D000002"}, {"val": "UMLS:C0000002"}],
                    "synonyms": [{"pred": "hasExactSynonym", "val": "blade"},
                                 {"pred": "hasBroadSynonym", "val": "bit"}]}},
                {"id": purl + "part_of", "lbl": "part of", "type": "PROPERTY"},
            ],
            "edges": [{"sub": purl + "XP_2", "pred": "is_a", "obj": purl + "XP_1"},
                      {"sub": purl + "XP_1", "pred": purl + "part_of", "obj": purl + "XP_2"}],
        }]
    }  # fmt: skip
    scheme = read(json.dumps(graph))
    leaf = scheme.concepts[purl + "XP_2"]
    assert (leaf.broader, leaf.definition, leaf.notation) == ((purl + "XP_1",), "At the end.", "XP:2")
    assert leaf.labels == (Label("leaf"), Label("blade", kind="alt"), Label("bit", kind="hidden"))
    assert leaf.matches == (Match("http://id.nlm.nih.gov/mesh/D000002"),)
    assert len(scheme) == 2
    references = [{"id": "D000002", "namespace": "MSH"}, {"id": "C0000002", "namespace": "UMLS"}]
    terms = [
        {"id": "XP:1", "name": "root"},
        {"id": "XP:2", "name": "leaf", "relations": {"is_a": ["XP:1"]}, "xrefs": references},
    ]
    second = read(json.dumps(terms)).concepts[purl + "XP_2"]
    assert (second.broader, second.matches) == ((purl + "XP_1",), leaf.matches)


def test_tables_bioportal_and_babelon() -> None:
    bioportal = (
        "Class ID,Preferred Label,Synonyms,Definitions,Obsolete,Parents\n"
        'http://e.example/t_1,Data,Datum|Record,"Facts, mostly.",FALSE,http://www.w3.org/2002/07/owl#Thing\n'
        "http://e.example/t_2,Text,,,TRUE,http://e.example/t_1\nshort,row\n"
    )
    scheme = read(bioportal)
    assert scheme.concepts["http://e.example/t_1"].definition == "Facts, mostly."
    text = scheme.concepts["http://e.example/t_2"]
    assert (text.broader, text.deprecated, text.notation) == (("http://e.example/t_1",), True, "t_2")
    assert [fault.place for fault in scheme.faults] == ["things.txt line 4"]
    babelon = (
        "source_language\ttranslation_language\tsubject_id\tpredicate_id\tsource_value\ttranslation_value\n"
        "en\tzh\tHP:0000002\trdfs:label\tBody height\t身高\n"
    )
    (height,) = read(babelon)
    assert height.iri == "http://purl.obolibrary.org/obo/HP_0000002"
    assert height.labels == (Label("Body height"), Label("身高", "zh"))


def test_cycles_are_broken_the_same_way_in_any_order() -> None:
    rows = [
        "a;klink:broaderGeneric;b",
        "b;klink:broaderGeneric;c",
        "c;klink:broaderGeneric;b",
        "c;klink:broaderGeneric;d",
    ]
    one, other = read("\n".join(rows)), read("\n".join(reversed(rows)))
    assert one.concepts == other.concepts
    (fault,) = one.faults
    assert isinstance(fault, HierarchyCycle)
    assert fault.message.startswith(f"{CSO}b → {CSO}c → {CSO}b")
    assert one.concepts[CSO + "b"].broader == (CSO + "a",)
    assert one.ancestors(CSO + "d") == {CSO + "c": 1, CSO + "b": 2, CSO + "a": 3}


@given(st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=40))
@settings(max_examples=60, deadline=None)
def test_no_hierarchy_has_a_cycle_and_only_cycles_lose_links(edges: set[tuple[int, int]]) -> None:
    body = "\n".join(f"t{a};klink:broaderGeneric;t{b}" for a, b in sorted(edges)) + "\nt0;rdf:type;klink:Topic\n"
    scheme = read("t0;klink:broaderGeneric;t10\n" + body)
    stated = nx.DiGraph([(f"t{a}", f"t{b}") for a, b in edges if a != b] + [("t0", "t10")])
    kept = nx.DiGraph((parent.removeprefix(CSO), c.name()) for c in scheme for parent in c.broader)
    assert nx.is_directed_acyclic_graph(kept)
    lost = set(stated.edges) - set(kept.edges)
    assert len(lost) == sum(isinstance(fault, HierarchyCycle) for fault in scheme.faults)
    assert all(nx.has_path(stated, b, a) for a, b in lost)


@given(st.sampled_from([KLINK, MESH, TURTLE, OWL, MESH_XML]), st.data())
@settings(max_examples=150, deadline=None)
def test_damaged_files_load_or_give_a_vocabulary_error(body: str, data: st.DataObject) -> None:
    raw = bytearray(body.encode())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
        if not raw:
            break
    try:
        assert len(read(bytes(raw))) > 0
    except VocabularyError as error:
        assert error.place


def test_names_versions_and_duplicates(tmp_path: Path) -> None:
    path = tmp_path / "My Words_2.1.ttl"
    path.write_text(TURTLE.replace('owl:versionInfo "3.1 beta" ;', ""))
    scheme = load_vocabulary(path, BASE)
    assert scheme.name == "my-words"
    assert len(scheme.version) == 12
    assert load_vocabulary(path, BASE, "pets").name == "pets"
    assert VOCABULARIES.names() == sorted(VOCABULARIES)
    clash = read(TURTLE + ':hound a skos:Concept ; skos:prefLabel "DOG"@en, "Dog"@en, " "@en .')
    assert sorted(fault.message.split("'")[0] for fault in clash.faults) == [
        "a second preferred label ", "an empty label was left out",
        "the broader concept http://v.example/gone is not in the vocabulary",
        "the preferred label ",
    ]  # fmt: skip
    with pytest.raises(VocabularyError, match="cannot be read"):
        load_vocabulary(tmp_path / "missing.ttl", BASE)


def test_a_saved_scheme_comes_back_whole(tmp_path: Path) -> None:
    scheme = read(KLINK.replace("computer science", "ontology") + "x;y\n")
    save_scheme(scheme, tmp_path / "cso.scheme")
    again = load_scheme(tmp_path / "cso.scheme")
    assert again.concepts == scheme.concepts
    for field in ("iri", "name", "title", "version", "license"):
        assert getattr(again, field) == getattr(scheme, field)
    assert [(type(f), str(f)) for f in again.faults] == [(type(f), str(f)) for f in scheme.faults]
    assert any(isinstance(fault, HierarchyCycle) for fault in again.faults)
    assert [one.name for one in tmp_path.iterdir()] == ["cso.scheme"]
    (tmp_path / "bad").write_bytes(b"\x93nonsense")
    with pytest.raises(VocabularyError):
        load_scheme(tmp_path / "bad")
