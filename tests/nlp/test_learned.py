"""The small trained models: relations of a sentence, highlights of a work, and that training is deterministic."""

from __future__ import annotations

import numpy as np
import pytest

from nlp.highlights import HighlightSettings, highlights
from nlp.learned import squares
from nlp.learned.chain_training import example, train
from nlp.learned.hashing import rows_of
from nlp.learned.linear import LinearModel
from nlp.learned.logistic import folds, scores_of
from nlp.learned.logistic import train as train_classifier
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


def lessons_of(texts: list[str], labels: list[str], counts: list[float] | None = None) -> squares.Lessons:
    rows = [rows_of(text.split(), 10) for text in texts]
    return squares.Lessons(rows, labels, counts or [1.0] * len(texts), squares.likeness(rows))


def test_least_squares_are_learnt_the_same_each_time_and_counts_count() -> None:
    texts, terms = ["we used", "they used", "it is known", "it was known"], squares.Terms(1.0, 0.5)
    labels = ["method", "method", "background", "background"]
    model = squares.train(lessons_of(texts, labels), terms, bits=10)
    assert model.packed() == squares.train(lessons_of(texts, labels), terms, bits=10).packed()
    assert [model.best(text.split())[0] for text in texts] == labels
    torn = lessons_of([*texts, texts[0]], [*labels, "background"], [1, 1, 1, 1, 9])
    assert squares.train(torn, terms, bits=10).best(["we", "used"])[0] == "background"


def test_what_is_left_out_is_answered_as_by_a_model_that_never_saw_it() -> None:
    random = np.random.default_rng(3)
    texts = [" ".join(f"w{n}" for n in random.permutation(12)[:5]) for _ in range(24)]
    labels = [("a", "b", "c")[number % 3] for number in range(24)]
    counts, own, terms = [1.0] * 15 + [0.5] * 9, 15, squares.Terms(2.0)
    draws = [folds(own, 5, draw) for draw in range(2)]
    for draw, scores in zip(draws, squares.left_out(lessons_of(texts, labels, counts), terms, draws), strict=True):
        for fold in draw:
            kept = [number for number in range(24) if number not in fold]
            seen = lessons_of(*([part[n] for n in kept] for part in (texts, labels, counts)))  # type: ignore[arg-type]
            model = squares.train(seen, terms, bits=10)
            wanted = scores_of(model, [rows_of(texts[n].split(), 10) for n in fold])
            assert np.allclose(scores[fold], wanted, atol=1e-4)
    assert not np.array_equal(draws[0][0], draws[1][0])
