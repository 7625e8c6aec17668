from __future__ import annotations

from nlp.subjects.indexer import Example, Indexer
from nlp.subjects.vectors import Text

LABELS = [("soil erosion",), ("river hydraulics",), ("machine translation",), ("parsing",)]
WORKS = [
    (
        Text("Soil erosion on slopes", "Rain detaches particles and soil erosion follows; gully depth was measured."),
        {0},
    ),
    (Text("Gully depth after rain", "Rain on bare slopes detaches particles from the gully."), {0}),
    (Text("Flow in rivers", "Discharge, bed shear and flow depth in a gravel river; river hydraulics."), {1}),
    (Text("Bed shear of gravel beds", "Discharge and bed shear of a gravel bed in flow."), {1}),
    (Text("Translating sentences", "A decoder for machine translation reads a source sentence and writes words."), {2}),
    (Text("A decoder with attention", "The decoder attends to the source sentence and writes words."), {2}),
    (Text("Trees for sentences", "Parsing gives each sentence a tree; a treebank trains the parser."), {3, 2}),
    (Text("A treebank of trees", "The treebank holds a tree for each sentence for parsing."), {3}),
] * 3


def _indexer() -> Indexer:
    return Indexer.train(LABELS, [Example(text, frozenset(subjects)) for text, subjects in WORKS])


def test_terms_come_from_likeness_and_from_the_text() -> None:
    indexer = _indexer()
    unnamed = indexer.suggest(Text("Particles on slopes", "Rain detaches particles; the gully grows."))
    assert unnamed[0].term == 0
    named = indexer.suggest(Text("On parsing", "We like parsing."))
    assert named[0].term == 3
    assert all(0 < one.probability < 1 for one in named)
    assert [one.probability for one in named] == sorted((one.probability for one in named), reverse=True)


def test_every_suggestion_says_what_spoke_for_it_and_training_is_repeatable() -> None:
    text = Text("Bed shear", "Discharge over a gravel bed.")
    first, again = _indexer().suggest(text), _indexer().suggest(text)
    assert first == again
    assert set(first[0].reasons) == {"words", "similar works", "the text itself"}


def test_a_text_without_known_words_gets_an_answer() -> None:
    assert len(_indexer().suggest(Text("", ""), limit=2)) == 2
