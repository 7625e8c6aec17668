"""The reranker the settings name: what it reads, what it adds, what happens when it fails."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from api.reranking import rescorer_of, rescoring
from api.settings import Settings
from graph.search.base import SearchRequest
from graph.search.documents import SearchDocument
from graph.search.engine import SearchEngine
from nlp.encoders.base import Role, Vectors, unit_length
from nlp.rerankers.base import Passage
from nlp.rerankers.sentences import SentenceReranker, sentences
from ontology.errors import EncoderError, SettingsError

WORDS = ("tiger", "lion", "river", "mountain", "bread", "library")
FILLER = "Nothing of note is said in this particular sentence here."


class BagOfWords:
    """Counts a few words: enough of a meaning to tell sentences apart."""

    id, dimensions = "bag", len(WORDS) + 1

    def __init__(self) -> None:
        self.read: list[str] = []
        self.broken = False

    def encode(self, texts: Sequence[str], role: Role) -> Vectors:
        if self.broken and role == "passage":
            raise EncoderError("the model is gone")
        self.read += texts if role == "passage" else []
        return unit_length(np.array([[*(text.lower().count(word) for word in WORDS), 0.5] for text in texts]))


def test_the_best_sentence_counts() -> None:
    encoder = BagOfWords()
    reranker = SentenceReranker(encoder)
    said = Passage("On walks", f"{FILLER} A tiger came down to the river at night. {FILLER}", "en")
    mixed = Passage("Bread and libraries", "The tiger likes bread and the library has a mountain river lion.", "en")
    first, second = reranker.score("tiger river", [said, mixed])
    assert first > second
    read = len(encoder.read)
    assert list(reranker.score("tiger river", [said, mixed])) == [first, second]
    assert len(encoder.read) == read


def test_a_title_is_a_sentence_and_long_texts_are_cut() -> None:
    found = sentences(Passage("Lions", " ".join(FILLER for _ in range(50)), "en"))
    assert found[0] == "Lions"
    assert len(found) == 13


def test_search_moves_what_says_it_and_says_why(tmp_path: Path) -> None:
    encoder = BagOfWords()
    engine, another = (
        SearchEngine.open(
            tmp_path, "bag", encoder.dimensions, encode_query=lambda text: encoder.encode([text], "query")[0],
            rescore=rescoring(SentenceReranker(encoder)), read_only=number == 1,
        ) for number in range(2)
    )  # fmt: skip
    works = [
        SearchDocument(iri=f"urn:w:{n}", title=f"Walks {n}", abstract=f"{FILLER} The tiger slept. {word} rose up.")
        for n, word in enumerate(WORDS)
    ]
    engine.update([(work, encoder.encode([work.embedded_text], "passage")[0]) for work in works], [], 1)
    answer = engine.search(SearchRequest(query="tiger", explain=True))
    assert any(SentenceReranker.name in hit.reasons for hit in answer.hits)
    for hit in answer.hits:
        assert sum(part.value for part in hit.parts) == pytest.approx(hit.score, abs=1e-6)
    encoder.broken = True
    failed = another.search(SearchRequest(query="lion"))
    assert failed.hits
    assert "the reranker failed" in failed.notes[0]
    engine.close()


def test_the_setting_names_it() -> None:
    assert rescorer_of(Settings(), BagOfWords()) is None
    assert rescorer_of(Settings(reranker="sentences"), None) is None
    assert rescorer_of(Settings(reranker="sentences"), BagOfWords()) is not None
    with pytest.raises(SettingsError, match="sentences"):
        rescorer_of(Settings(reranker="nothing"), BagOfWords())
