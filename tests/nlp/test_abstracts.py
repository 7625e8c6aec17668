"""The small models for titles and abstracts, and the annotated abstracts they learn from."""

from __future__ import annotations

import gzip
from itertools import product
from pathlib import Path

import pytest

from bench.annotated import annotation, came_back, given_out
from bench.training import abstracts as training
from nlp.abstracts import marked, related
from nlp.claims import ClaimSettings, claims
from nlp.evaluation.as_shipped import AsShipped
from nlp.evaluation.gold import annotated as gold
from nlp.evaluation.gold.annotated import Sentence, abstracts, annotated, hash_of, shipped
from nlp.extracted import extracted
from nlp.relations import Thing
from nlp.sentences import sentences
from ontology.documents import DocumentBuilder
from ontology.errors import SettingsError
from ontology.namespaces import expand
from ontology.reading import ABSTRACTS, Mention
from ontology.records import Document

TEXT = "We propose a graph-based method for the sentence retrieval problem in question answering."
ANTHOLOGY = Path("../shared/data/acl_anthology")


def document(path: str) -> Document:
    builder = DocumentBuilder("en")
    builder.block("paragraph", path, TEXT)
    return builder.build()


def test_things_and_their_relation_are_found_in_an_abstract_without_training() -> None:
    doc = document("abs/p/1")
    (part,) = sentences(doc, "en")
    told = extracted(None, doc, [part])
    spans = {TEXT[s.begin : s.end]: s for s in told.spans[part.path]}
    assert spans["graph-based method"].type == "method"
    assert {spans[name].type for name in ("sentence retrieval problem", "question answering")} == {"task"}
    mentions = [
        Mention(
            begin=s.begin, end=s.end, text=name, concept=f"urn:{name}", label=name, confidence=s.confidence,
            sentence=part.path, method=told.method, type=s.type,
        )
        for name, s in sorted(spans.items(), key=lambda one: one[1].begin)
    ]  # fmt: skip
    said = {(c.subject, c.predicate, c.object): c for c in claims(doc, [part], mentions, ClaimSettings(), None, told)}
    claim = said["urn:sentence retrieval problem", expand("gn:uses"), "urn:graph-based method"]
    assert claim.cue == ABSTRACTS
    assert not claim.told


def test_a_body_is_not_asked_about() -> None:
    doc = document("sec/1/p/1")
    told = extracted(None, doc, sentences(doc, "en"))
    assert not told.spans
    assert not told.relations


def test_spans_that_share_a_token_are_not_related() -> None:
    assert list(related("a b", [(0, 1, "Method"), (0, 0, "Task")])) == []
    assert marked([]) == []


def test_it_answers_as_an_extractor_is_asked() -> None:
    words = ["We", "train", "hidden", "Markov", "models", "(", "HMMs", ")", "for", "speech", "recognition", "."]
    asked = AsShipped()
    (found,), (held,) = asked.extracted([words])
    assert [(one.first, one.last, one.type) for one in found][-1] == (9, 10, "Task")
    assert (found[0].first, found[0].type) == (2, "Method")
    named = [Thing(2, 4, "Method"), Thing(9, 10, "Task")]
    assert [(one.subject, one.object, one.name) for one in asked.related([words], [named])[0]] == [(0, 1, "USED-FOR")]
    assert any(one.name == "USED-FOR" for one in held)


def test_what_annotators_write_is_found_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From their files to places in the text, and from the Anthology's XML back to words."""
    (tmp_path / "given.txt").write_text(
        "# P19-1001\ns1 A parser ( PA ) and a tagger use a parser .\ns2 It works .\n\n# P19-1002\ns1 Nothing .\n",
        "utf-8",
    )
    (tmp_path / "back.txt").write_text(
        "# P19-1001\ns1\nM parser\nM PA\nM tagger\nM parser\nE speed\n> 3 C 1\n> 3 U 4\n> 3 U 5\ns2\nG It\n"
        "# P19-1002\ns1\n", "utf-8",
    )  # fmt: skip
    text = "A parser (PA) and a tagger use a parser. It works."
    sources = given_out([tmp_path / "given.txt"])
    ((name, told),) = came_back(tmp_path / "back.txt", sources)
    one = annotation(name, sources[name], told, text)
    assert one is not None
    assert [text[b:e] for b, e, _ in one.marks] == ["parser", "PA", "tagger", "parser", "It"]
    assert one.relations == ((0, "C", 2), (2, "U", 3))
    assert annotation(name, sources[name], told, "Another text.") is None
    marked_up = "A <b>parser</b> (PA) and a tagger\nuse a parser. It works."
    paper = f"<paper><abstract>{marked_up}</abstract><url>{name}</url></paper>"
    (tmp_path / "P19.xml.gz").write_bytes(gzip.compress(f"<collection><volume>{paper}</volume></collection>".encode()))
    assert abstracts(tmp_path, [name, "P19-1002"]) == {name: text}
    monkeypatch.setattr(gold, "shipped", lambda: [one])
    (read,) = annotated(tmp_path)
    assert read.sentences == [
        ["A", "parser", "(", "PA", ")", "and", "a", "tagger", "use", "a", "parser", "."],
        ["It", "works", "."],
    ]
    assert read.marks == {
        (0, 1, 1): "Method", (0, 3, 3): "Method", (0, 7, 7): "Method", (0, 10, 10): "Method", (1, 0, 0): "Generic",
    }  # fmt: skip
    assert read.relations == {(0, 1, 1, 7, 7): "COMPARE>", (0, 7, 7, 10, 10): "USED-FOR>"}
    with pytest.raises(SettingsError, match="no annotated abstract"):
        list(annotated(tmp_path / "elsewhere"))


def test_models_learn_from_sentences() -> None:
    methods, tasks = ("boosting", "bagging", "kernels", "dropout"), ("parsing", "tagging", "retrieval", "indexing")
    known = []
    for method, task in product(methods, tasks):
        text = f"we use {method} for {task} ."
        begin = text.index(task)
        marks = ((7, 7 + len(method), "Method"), (begin, begin + len(task), "Task"))
        known.append([Sentence(text, marks, ((0, "USED-FOR", 1),))])
        text = f"{method} is not {task} ."
        begin = text.index(task)
        known.append([Sentence(text, ((0, len(method), "Method"), (begin, begin + len(task), "Task")), ())])
    tagger, classifier = training.tagger(one for some in known for one in some), training.classifier(known)
    text = "we use stacking for ranking ."
    (spans,) = marked([text], tagger)
    assert [(text[s.begin : s.end], s.type) for s in spans] == [("stacking", "Method"), ("ranking", "Task")]
    (found,) = related(text, [s[:3] for s in spans], model=classifier)
    assert found[:3] == (0, 1, "USED-FOR")
    assert not list(related("stacking is not ranking .", [(0, 8, "Method"), (16, 23, "Task")], model=classifier))


@pytest.mark.shared
def test_every_annotation_fits_its_text() -> None:
    if not ANTHOLOGY.is_dir():
        pytest.skip("no copy of the ACL Anthology beside")
    known = shipped()
    texts = abstracts(ANTHOLOGY, [one.id for one in known])
    assert [one.id for one in known if hash_of(texts.get(one.id, "")) != one.text] == []
    for one, read in zip(known, annotated(ANTHOLOGY), strict=True):
        assert len(read.sentences) == len(one.sentences)
        assert len(read.marks) >= 0.95 * len(one.marks)
        assert all((s, a, b) in read.marks and (s, c, d) in read.marks for s, a, b, c, d in read.relations)
