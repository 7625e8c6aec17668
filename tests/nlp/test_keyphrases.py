from __future__ import annotations

from nlp.keyphrases.base import MOST, phrases
from nlp.keyphrases.english import stemmed
from nlp.matcher import Matcher
from nlp.reader import Reader
from ontology.documents import of_record
from ontology.records import Record, Title
from ontology.scheme import Scheme

TITLE = "Sediment transport in braided gravel rivers"
ABSTRACT = (
    "Sediment transport shapes braided rivers. We measured bed load transport in two alpine catchments and compare "
    "the bed load transport with a physically-based model. Bed load transport rises with discharge."
)
ZH_TITLE = "黄土高原土壤侵蚀的遥感监测"
ZH_ABSTRACT = "采用遥感监测方法研究了黄土高原的土壤侵蚀。土壤侵蚀与植被覆盖度有关，遥感监测可以用于土壤侵蚀评价。"


def test_english_phrases_are_noun_phrases_the_frequent_and_early_first() -> None:
    found = list(phrases([(TITLE, True), *((s, False) for s in ABSTRACT.split(". "))], "en"))
    assert "Sediment transport" in found[:3]
    assert any(stemmed(phrase) == stemmed("bed load transport") for phrase in found[:4])
    assert not any(phrase.lower().startswith(("the ", "we ")) for phrase in found)
    assert len(found) <= MOST


def test_chinese_phrases_hold_no_function_words() -> None:
    found = list(phrases([(ZH_TITLE, True), (ZH_ABSTRACT, False)], "zh", 4))
    assert "土壤侵蚀" in found
    assert not any("的" in phrase or "研究" in phrase for phrase in found)


def test_a_reading_has_keyphrases_where_no_vocabulary_covers_the_work() -> None:
    reader = Reader(Matcher.build([Scheme("http://example.org/none", "none", [])]))
    record = Record(key="x", format="test", titles=(Title(TITLE),), abstract=ABSTRACT, language="en")
    document = of_record(record)
    assert document is not None
    reading = reader.read_one(document)
    assert reading.keyphrases
    paths = {s.path for s in reading.sentences}
    for phrase in reading.keyphrases:
        assert document.text[phrase.begin : phrase.end] == phrase.text
        assert phrase.sentence in paths
        assert 0 < phrase.score < 1
    assert [p.score for p in reading.keyphrases] == sorted((p.score for p in reading.keyphrases), reverse=True)
    assert reader.read_one(document) == reading


def test_hostile_texts_are_read_in_bounded_time() -> None:
    for text in ("x" * 100_000, "-/" * 20_000, "的" * 5_000, "\u0301" * 500, "😀 " * 500, ""):
        for language in ("en", "zh"):
            assert len(list(phrases([(text, False)], language))) <= MOST
