"""The stored text: blocks, containers and clean text."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from ontology.documents import DocumentBuilder, clean


@given(st.text())
def test_clean_text_is_nfc_single_spaced_and_stays_as_it_is(text: str) -> None:
    result = clean(text)
    assert unicodedata.is_normalized("NFC", result)
    assert "\n" not in result
    assert "  " not in result
    assert result == result.strip()
    assert clean(result) == result
    result.encode()


def test_invisible_characters_leave_no_gap_in_a_word() -> None:
    assert clean("hy\u00adphen zero\u200bwidth a\x00b") == "hyphen zerowidth a b"
    assert clean("می\u200cخواهم") == "می\u200cخواهم"


def test_an_empty_container_at_the_end_lies_inside_the_text() -> None:
    builder = DocumentBuilder()
    builder.block("title", "title", "T")
    opened = builder.open("section", "sec/1")
    builder.close(builder.open("section", "sec/1/sec/1"))
    builder.close(opened)
    document = builder.build()
    assert document.text == "T"
    assert [(f.begin, f.end) for f in document.fragments] == [(0, 1), (1, 1), (1, 1)]


def test_an_empty_container_before_more_text_stays_inside_its_parent() -> None:
    builder = DocumentBuilder()
    builder.block("title", "title", "T")
    opened = builder.open("section", "sec/1")
    builder.close(builder.open("section", "sec/1/sec/1"))
    builder.block("paragraph", "sec/1/p/1", "Body")
    builder.close(opened)
    parent, child = builder.build().fragments[1:3]
    assert (parent.begin, parent.end) == (2, 6)
    assert parent.begin <= child.begin <= child.end <= parent.end


def test_an_empty_container_after_the_last_block_of_its_parent_stays_inside() -> None:
    builder = DocumentBuilder()
    opened = builder.open("section", "sec/1")
    builder.block("paragraph", "sec/1/p/1", "Body")
    builder.close(builder.open("section", "sec/1/sec/1"))
    builder.close(opened)
    builder.block("paragraph", "p/1", "After")
    ranges = {f.path: (f.begin, f.end) for f in builder.build().fragments}
    assert ranges == {"sec/1": (0, 4), "sec/1/p/1": (0, 4), "sec/1/sec/1": (4, 4), "p/1": (5, 10)}
