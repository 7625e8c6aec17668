from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.abbreviations import definitions
from nlp.entities import EntitySettings, entities, joined
from nlp.learned.tagger import runs, shipped
from nlp.sentences import sentences
from ontology.documents import DocumentBuilder, clean
from ontology.found import found_iri, found_name, found_type
from ontology.namespaces import Base
from ontology.reading import Mention, found_in
from ontology.records import Document

BASE = Base("https://example.org/kg")


def document(text: str) -> Document:
    builder = DocumentBuilder("en")
    builder.block("paragraph", "abs/p/1", clean(text))
    return builder.build()


def things(text: str) -> list[Mention]:
    doc = document(text)
    return entities(doc, sentences(doc, "en"), definitions(doc.text), EntitySettings(base=BASE.iri))


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("Mutations of the BRCA1 gene raise the risk of breast cancer.", "gene", "BRCA1"),
        ("The rats were treated with cisplatin for two weeks.", "chemical", "cisplatin"),
        ("Patients with hypertension were followed.", "disease", "hypertension"),
        ("All networks were analysed with the Cytoscape software.", "software", "Cytoscape"),
        ("Apoptosis was seen in T98G glioma cells.", "cell-line", "T98G"),
        ("MCF10A is a breast epithelial cell line; MCF10A was grown.", "cell-line", "MCF10A"),
        ("The cell line U87MG was sequenced.", "cell-line", "U87MG"),
        ("We compared SW48, HCT-116, and HT29 cells.", "cell-line", "SW48"),
        ("Reads were mapped with Bowtie version 2.1.", "software", "Bowtie"),
        ("Models were fitted with the R package lme4.", "software", "lme4"),
        ("We used the Python library 'tinylib' for it.", "software", "tinylib"),
        ("All tests were run in SPSS at a level of 5 %.", "software", "SPSS"),
        ("Tests were run in SAS 9.4 for Windows.", "software", "SAS"),
        ("Alignments were made with Clustal Omega and checked.", "software", "Clustal Omega"),
        (
            "See https://cran.r-project.org/package=vegan for it.",
            "software",
            "https://cran.r-project.org/package=vegan",
        ),
        ("Data are kept at Dryad: 10.5061/dryad.abc12 for all to use.", "dataset", "10.5061/dryad.abc12"),
        ("Code: https://github.com/example/tool is free.", "software", "https://github.com/example/tool"),
    ],
)
def test_things_are_found_with_their_type(text: str, kind: str, name: str) -> None:
    assert (kind, name) in {(thing.type, thing.text) for thing in things(text)}


def test_a_short_form_is_the_thing_that_the_document_defines() -> None:
    text = "We propose a convolutional neural network (CNN) for image classification. The CNN outperforms LSTM models."
    iris = {thing.concept for thing in things(text) if thing.text == "CNN"}
    assert iris == {found_iri(BASE, "method", "convolutional neural network")}


def test_names_inside_citations_are_passed_over() -> None:
    text = "The rats were treated with cisplatin for two weeks."
    builder = DocumentBuilder("en")
    block = builder.block("paragraph", "abs/p/1", text)
    builder.mark(block, "citation", "cit/1", text.index("cisplatin"), text.index(" for"), refs=("b1",))
    doc = builder.build()
    assert not [m for m in entities(doc, sentences(doc, "en"), {}, EntitySettings()) if m.text == "cisplatin"]


def test_names_of_things_make_their_iris() -> None:
    assert found_iri(BASE, "dataset", "SQuAD  2.0") == "https://example.org/kg/id/concept/found/dataset:squad-2-0"
    assert found_type(found_iri(BASE, "cell-line", "HeLa")) == "cell-line"
    assert found_type("https://example.org/kg/id/concept/mesh/D003920") == ""
    assert found_name("—") == ""


def test_a_concept_of_the_same_place_takes_the_type_and_stays() -> None:
    link = Mention(begin=0, end=4, text="BERT", concept="urn:bert", label="bert", confidence=0.9, sentence="s")
    thing = Mention(
        begin=0, end=4, text="BERT", concept="urn:x", label="BERT", confidence=0.8, sentence="s", type="method"
    )
    other = Mention(
        begin=9, end=12, text="GPT", concept="urn:y", label="GPT", confidence=0.8, sentence="s", type="method"
    )
    first, second = joined([link], [thing, other])
    assert (first.concept, first.type) == ("urn:bert", "method")
    assert second == other


def test_what_a_work_names_is_counted_once_by_its_commonest_name() -> None:
    iri = found_iri(BASE, "method", "lstm")
    made = [
        Mention(begin=0, end=4, text=name, concept=iri, label=name, confidence=0.8, sentence="s", type="method")
        for name in ("LSTM", "lstm", "LSTM")
    ]
    (found,) = found_in(made)
    assert (found.iri, found.type, found.name) == (iri, "method", "LSTM")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=60), max_size=6))
def test_any_text_gives_disjoint_spans_inside_it_however_it_is_batched(texts: list[str]) -> None:
    together = shipped("entities").spans(texts)
    for text, spans in zip(texts, together, strict=True):
        edges = [edge for span in spans for edge in (span.begin, span.end)]
        assert edges == sorted(edges)
        assert all(0 <= edge <= len(text) for edge in edges)
        assert all(0 <= span.confidence <= 1 for span in spans)
        (alone,) = shipped("entities").spans([text])
        assert [span[:3] for span in alone] == [span[:3] for span in spans]


def test_runs_of_tags() -> None:
    assert list(runs([0, 1, 2, 1, 4, 0, 2])) == [((1, 3), 0), ((3, 4), 0), ((4, 5), 1), ((6, 7), 0)]


def test_what_else_stands_before_cells_is_no_cell_line() -> None:
    text = "CD34 cells, Th17 cells, B cells, V600E melanoma cells and p53 cells were counted."
    assert all(thing.type != "cell-line" for thing in things(text))


@pytest.mark.parametrize(
    "text", ["The R package for this is new.", "A library called for help.", "We saw moses and galaxies."]
)
def test_plain_words_are_no_programs(text: str) -> None:
    assert "software" not in {thing.type for thing in things(text)}
