"""The query language: trees, and errors that say where."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.search.base import MAX_QUERY_CHARACTERS
from graph.search.query.parse import All, Any, Loose, Not, Phrase, Word, Years, parse
from ontology.errors import SearchSyntaxError


def test_words_side_by_side_are_loose() -> None:
    assert parse("neural nets").root == Loose((Word("neural", 0), Word("nets", 7)))


def test_and_binds_tighter_than_or() -> None:
    a, b, c = Word("a", 0), Word("b", 6), Word("c", 11)
    assert parse("a AND b OR c").root == Any((All((a, b)), c))


def test_brackets_negation_fields_and_years() -> None:
    tree = parse('author:"Ada Lovelace" (engine OR loom) -cat year:1840..1843').root
    assert tree == Loose(
        (
            Phrase("Ada Lovelace", 7, "author"),
            Any((Word("engine", 23), Word("loom", 33))),
            Not(Word("cat", 40)),
            Years(1840, 1843),
        )
    )


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ("year:2015", 2015, 2015),
        ("year:2015..", 2015, None),
        ("year:..2020", None, 2020),
        ("year:2015-2020", 2015, 2020),
    ],
)
def test_years(query: str, first: int | None, last: int | None) -> None:
    assert parse(query).root == Years(first, last)


def test_a_concept_is_switched_off_beside_the_query() -> None:
    parsed = parse("parsing -{http://example.org/parsing} -{Machine Translation}")
    assert parsed.root == Word("parsing", 0)
    assert parsed.without == ("http://example.org/parsing", "Machine Translation")


@pytest.mark.parametrize("text", ["https://example.org/a?b=c", "10.1000/xyz", "BERT:", "state-of-the-art", "C++"])
def test_what_people_paste_is_a_word(text: str) -> None:
    assert parse(text).root == Word(text, 0)


def test_lower_case_operators_are_words() -> None:
    assert isinstance(parse("salt and pepper").root, Loose)
    assert len(parse("salt and pepper").root.children) == 3  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ('deep "learning', "character 6"), ("(a OR b", "character 1"), ("a)", "character 2"), ("a AND", "character 6"),
        ("OR b", "character 1"), ("()", "character 2"), ("foo:bar", "character 1"), ("a NOT", "character 3"),
        ("year:soon", "character 6"), ("year:2020..2010", "character 6"), ("ab*", "character 1"),
        ("title:(a b)", "character 7"), ('""', "character 1"), ("a OR OR b", "character 6"),
    ],
)  # fmt: skip
def test_an_error_says_where_and_what_to_do(query: str, place: str) -> None:
    with pytest.raises(SearchSyntaxError) as caught:
        parse(query)
    assert caught.value.place == place
    assert caught.value.hint


@pytest.mark.parametrize(
    "query", ["x" * (MAX_QUERY_CHARACTERS + 1), "a " * 600, "(" * 500 + "a" + ")" * 500, "NOT " * 500 + "a"]
)
def test_a_hostile_query_is_refused(query: str) -> None:
    with pytest.raises(SearchSyntaxError):
        parse(query)


PIECES = [*'ab ()"“”:-*{}', "AND", "OR", "NOT ", "year:", "title:", "2015", ".."]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_any_text_parses_or_is_refused(text: str) -> None:
    try:
        parse(text)
    except SearchSyntaxError as error:
        assert error.hint
