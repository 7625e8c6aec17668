"""The query language and `filter=`: trees, and errors that say where and what to write instead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.search.query.fields import BY_FILTER, BY_NAME, FIELDS
from graph.search.query.filters import parse_filter
from graph.search.query.parse import MAX_QUERY_CHARACTERS, parse
from graph.search.query.tree import All, Any, Loose, Not, Phrase, Range, Word
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
            Range("year", 1840, 1843),
        )
    )


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ("year:2015", 2015, 2015), ("year:2015..", 2015, None), ("year:..2020", None, 2020),
        ("year:2015-2020", 2015, 2020), ("year:>2015", 2016, None), ("year:<=2020", None, 2020),
    ],
)  # fmt: skip
def test_ranges(query: str, first: int | None, last: int | None) -> None:
    assert parse(query).root == Range("year", first, last)


def test_a_field_holds_for_a_whole_bracket() -> None:
    assert parse("title:(parsing OR loom)").root == Any((Word("parsing", 7, "title"), Word("loom", 18, "title")))


def test_proximity_and_prefix() -> None:
    assert parse('"parsing trees"~5').root == Phrase("parsing trees", 0, slop=5)
    assert parse("pars* x").root == Loose((Word("pars", 0, prefix=True), Word("x", 6)))


@pytest.mark.parametrize(
    ("query", "leaf"),
    [
        ("kind:Datasets", Word("dataset", 5, "type")), ("open:true", Word("yes", 5, "open")),
        ("doi:10.1/X", Word("10.1/X", 4, "id")), ("institution:CERN", Word("CERN", 12, "affiliation")),
        ("cited_by:10.1/x", Word("10.1/x", 9, "citedby")), ("like:urn:w:1", Word("urn:w:1", 5, "like")),
        ("type:figure", Word("figure", 5, "type")), ("has:fulltext", Word("fulltext", 4, "has")),
    ],
)  # fmt: skip
def test_fields_go_by_several_names(query: str, leaf: Word) -> None:
    assert parse(query).root == leaf


def test_a_concept_is_switched_off_beside_the_query() -> None:
    parsed = parse("parsing -{http://example.org/parsing} -{Machine Translation}")
    assert parsed.root == Word("parsing", 0)
    assert parsed.without == ("http://example.org/parsing", "Machine Translation")


@pytest.mark.parametrize("text", ["https://example.org/a?b=c", "10.1000/xyz", "BERT:", "state-of-the-art", "C++", "-"])
def test_what_people_paste_is_a_word(text: str) -> None:
    assert parse(text).root == Word(text, 0)


def test_lower_case_operators_are_words() -> None:
    assert parse("salt and pepper").root == Loose((Word("salt", 0), Word("and", 5), Word("pepper", 9)))


@pytest.mark.parametrize(
    ("query", "place", "says"),
    [
        ('deep "learning', 6, "not closed"), ("(a OR b", 1, "not closed"), ("a)", 2, "never opened"),
        ("a AND", 6, "a word"), ("OR b", 1, "a word"), ("()", 2, "a word"), ("a OR OR b", 6, "a word"),
        ("a NOT", 6, "a word"), ("autor:bar", 1, "author:"), ("type:datset", 6, "type:dataset"),
        ("has:abstrct", 5, "has:abstract"), ("year:soon", 6, "year:2015..2020"), ("year:2020..2010", 6, "2010..2020"),
        ("ab*", 1, "3 letters"), ('""', 1, "nothing"), ('"a b"~99', 1, "50"), ("title:(author:x)", 15, "field"),
        ("x year:(2015 OR soon)", 17, "range"),
    ],
)  # fmt: skip
def test_an_error_says_where_and_what_to_do(query: str, place: int, says: str) -> None:
    with pytest.raises(SearchSyntaxError) as caught:
        parse(query)
    assert caught.value.place == f"character {place}"
    assert says in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize(
    "query", ["x" * (MAX_QUERY_CHARACTERS + 1), "a " * 600, "(" * 500 + "a" + ")" * 500, "NOT " * 500 + "a"]
)
def test_a_hostile_query_is_refused(query: str) -> None:
    with pytest.raises(SearchSyntaxError):
        parse(query)


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_every_field_has_an_example_that_parses(field: object) -> None:
    assert parse(getattr(field, "example")).root is not None  # noqa: B009


def test_no_name_means_two_fields() -> None:
    assert len(BY_NAME) == sum(1 + len(field.aliases) for field in FIELDS)
    assert len(BY_FILTER) == len(BY_NAME) + sum(len(set(field.filters) - set(BY_NAME)) for field in FIELDS)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("publication_year:2015-2020,type:dataset", All((Range("year", 2015, 2020), Word("dataset", 32, "type")))),
        ("type:article|book", Any((Word("article", 5, "type"), Word("book", 13, "type")))),
        ("language:!en", Not(Word("en", 10, "language"))), ("has_doi:false", Not(Word("doi", 0, "has"))),
        ("cited_by_count:>10", Range("citations", 11, None)),
        ("from_publication_date:2016-05-01", Range("year", 2016, None)),
        ('title.search:"a, b"', Phrase("a, b", 13, "title")), ("", None), (" , ", None),
    ],
)  # fmt: skip
def test_filters(text: str, tree: object) -> None:
    assert parse_filter(text) == tree


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("publicaton_year:2015", 1, "publication_year"), ("type", 1, "name:value"), ("type:", 1, "name:value"),
        ("type:datset", 6, "type:dataset"), ("language:en,has_x:true", 13, "has_abstract"),
        ("has_doi:perhaps", 1, "true"), ('title:"x', 7, "close"), ("to_publication_date:soon", 1, "2015"),
    ],
)  # fmt: skip
def test_a_wrong_filter_says_where(text: str, place: int, says: str) -> None:
    with pytest.raises(SearchSyntaxError) as caught:
        parse_filter(text)
    assert caught.value.place == f"character {place}"
    assert says in f"{caught.value.message} {caught.value.hint}"


PIECES = [
    *'ab ()"“”:-*{}~5',
    "AND",
    "OR",
    "NOT ",
    "year:",
    "title:",
    "type:figure",
    "2015",
    "..",
    "has:",
    ",",
    "|",
    "!",
]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_any_text_parses_or_is_refused(text: str) -> None:
    for reader in (parse, parse_filter):
        try:
            reader(text)
        except SearchSyntaxError as error:
            assert error.hint
            assert error.place or "words" in error.message
