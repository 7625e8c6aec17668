from __future__ import annotations

import pytest

from nlp.keyphrases.base import MOST, blocks, phrases
from nlp.keyphrases.chinese import spread
from nlp.keyphrases.chinese_training import best, cross_validated, lesson, title_words, trained
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


def test_chinese_phrases_that_say_much_the_same_are_spread() -> None:
    scores = {"遥感监测": 2.0, "监测": 1.9, "侵蚀": 1.8, "黄土": 1.75}
    assert sorted(spread(scores).items(), key=lambda one: -one[1]) == [
        ("遥感监测", 2.0), ("侵蚀", 1.8), ("黄土", 1.75), ("监测", pytest.approx(1.6)),
    ]  # fmt: skip


def test_the_ranking_of_chinese_phrases_learns_what_keywords_are() -> None:
    """In these works the keyword is what stands before 算法 in the title, with it, whatever else is said more often."""
    lessons = []
    for name in ("小波", "贝叶斯", "蒙特卡洛", "有限元", "遗传", "聚类", "回归", "神经网络"):
        texts = [(f"{name}算法及其应用", True), ("本文介绍了土壤监测和水质监测。", False), ("土壤监测很重要。", False)]
        lessons.append(lesson(list(blocks(texts)), [f"{name}算法"]))
    assert all(one.right.sum() == 1 for one in lessons)
    model = trained(lessons[:6])
    for one in lessons[6:]:
        (key,) = best(model, one, 1)
        assert key == one.keys[int(one.right.argmax())]
    again = trained(lessons[:6])
    assert again.packed() == model.packed()
    assert [len(answer) for answer in cross_validated(lessons, 3)] == [3] * 8


def test_words_of_titles_are_counted_once_a_title() -> None:
    counts = dict(title_words(["土壤侵蚀的监测", "土壤侵蚀与土壤侵蚀", "水质监测"]))
    assert counts["土壤侵蚀"] == 2
    assert counts["监测"] == 2
    assert not any("的" in words or count < 2 for words, count in counts.items())


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
