"""The small trained models: relations of a sentence, highlights of a work, and that training is deterministic."""

from __future__ import annotations

import pytest

from nlp.highlights import HighlightSettings, highlights
from nlp.learned.chain_training import example, train
from nlp.learned.hashing import rows_of
from nlp.learned.linear import LinearModel
from nlp.learned.logistic import train as train_classifier
from nlp.learned.margins import train as train_margins
from nlp.learned.tagger import Span, Tagger
from nlp.relations import related
from nlp.sentences import sentences
from ontology.documents import DocumentBuilder, clean
from ontology.records import Document


def spans(text: str, **types: str) -> list[tuple[int, int, str]]:
    return sorted((text.index(name), text.index(name) + len(name), kind) for name, kind in types.items())


@pytest.mark.parametrize(
    ("text", "types", "expected"),
    [
        (
            "Treatment with lithium induced nephrotoxicity in rats.",
            {"lithium": "chemical", "nephrotoxicity": "disease"},
            ("lithium", "causes", "nephrotoxicity"),
        ),
        (
            "Mutations in BRCA1 are associated with carcinoma.",
            {"BRCA1": "gene", "carcinoma": "disease"},
            ("BRCA1", "associatedWith", "carcinoma"),
        ),
    ],
)
def test_typed_things_are_related_with_a_direction(text: str, types: dict[str, str], expected: tuple[str, ...]) -> None:
    placed = spans(text, **types)
    (found,) = related(text, placed, 0.4)
    (begin, end, _), (first, last, _) = placed[found.subject], placed[found.object]
    assert (text[begin:end], found.predicate, text[first:last]) == expected
    assert 0.4 <= found.probability <= 1


def test_things_of_other_types_are_left_alone() -> None:
    text = "Methods such as BERT improve parsing."
    assert not list(related(text, spans(text, BERT="method", parsing="task"), 0.0))


def paper() -> Document:
    builder = DocumentBuilder("en")
    builder.block("title", "title", clean("Parsing with nets"))
    opened = builder.open("abstract", "abs")
    builder.block(
        "paragraph", "abs/p/1",
        clean("Parsing long sentences remains a difficult problem. In this paper, we propose a new neural parser. "
              "Experimental results show that our parser outperforms strong baselines on two benchmarks."),
    )  # fmt: skip
    builder.close(opened)
    opened = builder.open("section", "sec/1", title="Conclusion", role="conclusion")
    builder.block("paragraph", "sec/1/p/1", clean("One limitation of this study is its small corpus."))
    builder.close(opened)
    return builder.build()


def test_sentences_that_sum_a_work_up() -> None:
    document = paper()
    parts = sentences(document, "en")
    told = {h.role: h for h in highlights(document, parts, HighlightSettings())}
    texts = {part.path: document.text[part.begin : part.end] for part in parts}
    assert "we propose" in texts[told["contribution"].sentence]
    assert "outperforms" in texts[told["result"].sentence]
    assert "limitation" in texts[told["limitation"].sentence]
    assert not highlights(document, parts, HighlightSettings(most=0))


def test_training_is_deterministic_and_models_survive_their_files() -> None:
    texts = ["ab cd", "ab ef", "gh cd", "gh ef"] * 8
    rows = [rows_of(text.split(), 10) for text in texts]
    labels = ["a" if text.startswith("ab") else "g" for text in texts]
    first, second = (train_classifier(rows, labels, bits=10, epochs=4) for _ in range(2))
    assert first.packed() == second.packed()
    again = LinearModel.unpacked(first.packed())
    assert again.best(["ab", "cd"])[0] == "a"
    assert again.reasons(["ab", "cd"], "a")[0].feature == "ab"


def test_a_tagger_learns_what_it_is_shown() -> None:
    shown = [("take aspirin now", [Span(5, 12, "drug", 1.0)]), ("go home now", [])] * 20
    examples = [one for text, marked in shown if (one := example(text, marked, ("drug",), 12))]
    first, second = (train(examples, ("drug",), bits=12, epochs=4) for _ in range(2))
    assert first.packed() == second.packed()
    (found,) = Tagger.unpacked(first.packed()).spans(["take aspirin now"])
    assert [span[:3] for span in found] == [(5, 12, "drug")]


def test_margins_are_learnt_the_same_each_time_and_weights_count() -> None:
    texts = ["we used", "they used", "it is known", "it was known"]
    labels = ["method", "method", "background", "background"]
    examples = [rows_of(text.split(), 10) for text in texts]
    model = train_margins(examples, labels, bits=10, cost=1.0, balance=0.5)
    assert model.packed() == train_margins(examples, labels, bits=10, cost=1.0, balance=0.5).packed()
    assert [model.best(text.split())[0] for text in texts] == labels
    torn = train_margins([*examples, examples[0]], [*labels, "background"], bits=10, cost=1.0, weights=[1, 1, 1, 1, 9])
    assert torn.best(["we", "used"])[0] == "background"
