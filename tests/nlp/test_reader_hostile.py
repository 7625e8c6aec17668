"""Whatever text a stranger sends is read in a time that grows with its length, not with its square."""

from __future__ import annotations

import time

import pytest

from nlp.matcher import Matcher
from nlp.reader import Reader
from ontology.documents import DocumentBuilder, clean
from ontology.reading import Reading
from ontology.records import Document
from ontology.scheme import Scheme

LENGTH = 50_000
SECONDS = 5
"""CPU seconds for LENGTH characters; each text takes half a one."""
ENGLISH = "We show that the head of a treebank is used in machine translation, and that parsing helps. " * 30
"""Goes before the text, so that every step for English is taken."""
REPEATED = {
    "a": "a", "capitals": "A", "digits": "1", "dots": ".", "dots and letters": "a.", "hyphens": "a-", "brackets": "(",
    "pairs of brackets": "()", "abbreviations": "x (AB) ", "markers": "[1]", "slashes": "a/b", "addresses": "http://",
    "hosts": "www.", "mail": "a@", "plus": "A+", "lines": "_", "quotes": "\"'", "identifiers": "10.1000/",
    "versions": "A1 v1.1 version ", "short words": "a ", "labels in a list": "Metformin, ",
    "coordination": "Head and treebank, ", "lists": "parsing such as treebank and ",
    "statements": "The head uses machine translation. ", "accession numbers": "EU123456789, EU123456789-A123, ",
    "right to left": "\u202eשלום עולם ", "marks": "e\u0301\u0302", "one letter, many marks": "\u0301",
    "emoji": "👩‍👩‍👧‍👦🏽", "NUL": "\x00a\x00 ", "scripts": "head сетчатка 糖尿病 שבכית ", "Han": "糖尿病研究",
    "Han with stops": "糖尿病研究。", "Thai": "ภาษาไทย", "separators": "\u2028a",
}  # fmt: skip


def document(text: str) -> Document:
    builder = DocumentBuilder("en")
    builder.block("title", "title", "Parsing")
    opened = builder.open("abstract", "abs")
    builder.block("paragraph", "abs/p/1", clean(ENGLISH + text))
    builder.close(opened)
    return builder.build()


@pytest.mark.parametrize("name", REPEATED)
def test_a_repeated_text_costs_no_more_than_its_length(small_reader: Reader, name: str) -> None:
    piece = REPEATED[name]
    given = document(piece * (LENGTH // len(piece)))
    reading, seconds = timed(small_reader, given)
    assert reading.language == "en"
    assert seconds < SECONDS
    assert all(given.text[one.begin : one.end] == one.text for one in reading.mentions)
    assert reading.mentions


def test_a_megabyte_without_a_space_is_read(small_reader: Reader) -> None:
    given = document("a" * 1_000_000)
    reading, seconds = timed(small_reader, given)
    assert seconds < SECONDS
    assert reading.sentences[-1].end == len(given.text)


def test_many_sections_are_read(small_schemes: tuple[Scheme, Scheme]) -> None:
    builder = DocumentBuilder("en")
    opened = []
    for number in range(20_000):
        opened.append(builder.open("section", f"sec/{number}", title="Parsing", role="funding"))
        builder.block("paragraph", f"sec/{number}/p/1", "The head.")
    for section in reversed(opened):
        builder.close(section)
    reading, seconds = timed(Reader(Matcher.build(small_schemes)), builder.build())
    assert len(reading.sentences) == 20_000
    assert seconds < 2 * SECONDS


@pytest.mark.parametrize("text", ["", " ", "\x00", "\u200b", "\u202e", "\u0301", "\ufffd" * 10])
def test_texts_of_nothing_are_read(small_reader: Reader, text: str) -> None:
    builder = DocumentBuilder("en")
    opened = builder.open("abstract", "abs")
    builder.block("paragraph", "abs/p/1", clean(text))
    builder.close(opened)
    assert small_reader.read_one(builder.build()).mentions == ()


def timed(reader: Reader, given: Document) -> tuple[Reading, float]:
    begun = time.process_time()
    reading = reader.read_one(given)
    return reading, time.process_time() - begun
