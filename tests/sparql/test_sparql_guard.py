"""What passes the guard and what does not, with the place it names."""

from __future__ import annotations

from itertools import pairwise

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ontology.errors import QueryError, QueryForbidden, QuerySyntaxError, QueryTooLarge
from ontology.namespaces import PREFIXES
from sparql.guard import Form, inspect
from sparql.lexer import Kind, place, tokens
from sparql.limits import TextLimits


def kinds(text: str) -> list[tuple[str, str]]:
    return [(token.kind.value, token.text) for token in tokens(text)]


def test_terminals() -> None:
    text = """SELECT $x { ?x a foaf:Person ; :n.m "a\\"b"@en-GB, '''it's''', 1.5e3 . _:b.1 <p#q> ex:\\-z%20 } # ?no"""
    assert kinds(text) == [
        ("word", "SELECT"), ("variable", "$x"), ("mark", "{"), ("variable", "?x"), ("word", "a"),
        ("name", "foaf:Person"), ("mark", ";"), ("name", ":n.m"), ("string", '"a\\"b"'), ("language", "@en-GB"),
        ("mark", ","), ("string", "'''it's'''"), ("mark", ","), ("number", "1.5e3"), ("mark", "."),
        ("blank", "_:b.1"), ("iri", "<p#q>"), ("name", "ex:\\-z%20"), ("mark", "}"),
    ]  # fmt: skip


def test_less_than_and_iri() -> None:
    assert kinds("?a < ?b") == [("variable", "?a"), ("mark", "<"), ("variable", "?b")]
    assert kinds("?a<=3") == [("variable", "?a"), ("mark", "<="), ("number", "3")]
    assert kinds("<a>/<b>")[1] == ("mark", "/")


def test_a_name_ends_before_its_last_full_stop() -> None:
    assert kinds("ex:a. ex:b.c.")[0] == ("name", "ex:a")
    assert kinds("ex:b.c.")[0] == ("name", "ex:b.c")


@given(st.text(alphabet="?$<>\"'\\{}().;:#@^|&!*+-/\nab1_é \u00b7", max_size=60))
@settings(max_examples=300, deadline=None)
def test_tokens_cover_the_text_or_an_error_has_a_place(text: str) -> None:
    try:
        found = list(tokens(text))
    except QuerySyntaxError as error:
        assert error.place.startswith("line ")
        return
    assert all(text.startswith(token.text, token.offset) for token in found)
    assert all(one.offset + len(one.text) <= two.offset for one, two in pairwise(found))


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("select * {}", Form.SELECT), ("ASK{}", Form.ASK), ("DESCRIBE <a:b>", Form.DESCRIBE),
        ("# SELECT\nPREFIX a: <x:> BASE <x:> CONSTRUCT WHERE {?s ?p ?o}", Form.CONSTRUCT),
    ],
)  # fmt: skip
def test_forms(text: str, form: Form) -> None:
    assert inspect(text).form is form


INNOCENT = [
    "SELECT ?service { ?service ?p 'SERVICE', <http://a/SERVICE> # SERVICE <x:y> {}\n }",
    'SELECT * { ?s ?p """ } SERVICE <http://a> {} """ }',
    "SELECT * { ?s dcat:accessService ?x, schema:serviceType }",
    "SELECT * { VALUES (?a ?b) { (<http://x/a_(b)#c> <http://x/it's#service>) } }",
    "SELECT * { ?s ?p ?a FILTER(?a < 3 && ?a > 2) }",
]


@pytest.mark.parametrize("text", INNOCENT)
def test_innocent(text: str) -> None:
    assert inspect(text).form is Form.SELECT


HIDDEN = [
    "SELECT * { SERVICE <http://127.0.0.1:9/> {} }",
    "SELECT * { service silent <http://127.0.0.1:9/> {} }",
    "SELECT * { ?s ?p trueSERVICE <http://127.0.0.1:9/> {} }",
    "SELECT * { ?s ?p 1SERVICE <http://127.0.0.1:9/> {} }",
    "PREFIX : <x:> SELECT * { ?s ?p 1 SERVICE:x {} }",
    "PREFIX : <x:> SELECT * { ?s ?p trueSERVICE:x {} }",
    "PREFIX : <http://a:> SELECT * { ?s ?p :SERVICE <http://127.0.0.1:9/> {} }",
    "PREFIX : <http://a/> SELECT * { ?s ?p :a.b.SERVICE <http://127.0.0.1:9/> {} }",
    "SELECT * { { SELECT * { OPTIONAL { SERVICE ?x {} } } } }",
    "SELECT * { FILTER EXISTS { SERVICE ?x {} } }",
]
CONFUSING = [
    "PREFIX : <x:> SELECT * { ?s ?p ?a FILTER(?a<?a)SERVICE#>\n:x{} }",
    "PREFIX : <x:> SELECT * { ?s ?p ?a FILTER(?a<?a)#>'''\n SERVICE :x {} #'''\n }",
    "PREFIX : <x:> SELECT * { ?s ?p ?a FILTER(?a<?a+'>')SERVICE :x{}#'\n }",
]


@pytest.mark.parametrize("text", HIDDEN)
def test_service_is_refused_however_it_is_written(text: str) -> None:
    with pytest.raises(QueryForbidden) as caught:
        inspect(text)
    assert caught.value.place.startswith("line 1, column ")


@pytest.mark.parametrize("text", CONFUSING)
def test_comparison_that_hides_service_is_refused(text: str) -> None:
    ox.Store().query(text)  # the engine does read it so
    with pytest.raises(QuerySyntaxError, match="IRI or as a comparison"):
        inspect(text)


PIECES = [
    "SERVICE", "trueSERVICE", "<?a)SERVICE#>", "<x:y>", "{", "}", "(", ")", "?a", ":x", ":", "'", "#", "\n", " ", "<",
    ">", "FILTER(", "'''", '"', "1", "_:b", "@en", "true", ".", "\\", "|", "^", "a", ",", "+", "VALUES ?a",
    "{}", "SERVICE:x",
]  # fmt: skip


def engine_reads(text: str) -> bool:
    try:
        ox.Store().query(text)
    except (SyntaxError, RuntimeError):
        return False
    return True


@given(st.lists(st.sampled_from(PIECES), max_size=9), st.sampled_from(["", "#", "'", "'''", ">#", "'}#"]))
@settings(max_examples=2000, deadline=None)
def test_no_text_that_passes_holds_service_as_a_keyword(pieces: list[str], end: str) -> None:
    """Where the engine reads a text that passed, it reads it with another word in SERVICE's place too:
    there it can only stand in a string, a comment, an IRI or a name."""
    text = "PREFIX : <x:> SELECT * { ?s ?p ?o . " + "".join(pieces) + " SERVICE :x {} " + end + "\n}"
    try:
        inspect(text)
    except QueryError:
        return
    if engine_reads(text):
        assert engine_reads(text.replace("SERVICE", "NOTHING"))


@pytest.mark.parametrize(
    "text", ["INSERT DATA {}", "PREFIX a: <x:> LOAD <http://a>", "clear all", "WITH <x:y> DELETE {}"]
)
def test_updates_are_refused(text: str) -> None:
    with pytest.raises(QueryForbidden, match="this is a query"):
        inspect(text)


@pytest.mark.parametrize(
    ("text", "where", "says"),
    [
        ("", "line 1, column 1", "no query"),
        ("SELECT * {\n ?s ?p 'abc }", "line 2, column 8", "not closed"),
        ("SELECT * {\n ?s ?p '''abc }", "line 2, column 8", "'''"),
        ("SELECT * {\n  { ?s ?p ?o }", "line 1, column 10", "never closed"),
        ("SELECT * { ( }", "line 1, column 14", "closes nothing"),
        ("SELECT * { ?s nope:x 1 }", "line 1, column 15", "nope:"),
        ("SELECT * { ?s ?p \\u0041 }", "line 1, column 18", "outside a string"),
        ("SELECT * { ?s ?p '\\uD800' }", "line 1, column 18", "escape"),
        ("HELLO", "line 1, column 1", "starts with"),
        ("SELECT * { ?s ?p \x00 }", "line 1, column 18", "starts nothing"),
        ("SELECT '\ud800'", "line 1, column 9", "not Unicode"),
    ],
)
def test_syntax_errors_name_their_place(text: str, where: str, says: str) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        inspect(text)
    assert caught.value.place == where
    assert says in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * " + "{" * 5_000 + "}" * 5_000,
        "SELECT * { FILTER(" + "(" * 5_000 + "1" + ")" * 5_000 + ") }",
        "SELECT * {" + " UNION ".join(["{}"] * 20_000) + "}",
        "SELECT * { FILTER(" + "!" * 100_000 + "1) }",
        "SELECT * { ?s ?p '" + "x" * 300_000 + "' }",
    ],
)
def test_what_would_break_the_parser_is_refused(text: str) -> None:
    with pytest.raises(QueryTooLarge):
        inspect(text)


def test_limits_can_be_set() -> None:
    assert inspect("SELECT * {{{}}}", TextLimits(depth=3)).form is Form.SELECT
    with pytest.raises(QueryTooLarge):
        inspect("SELECT * {{{}}}", TextLimits(depth=2))


def test_volatile() -> None:
    assert inspect("SELECT (now() AS ?t) {}").volatile
    assert not inspect("SELECT ?now { ?now ?p 'RAND' }").volatile


def test_place_counts_code_points() -> None:
    assert place("é\n😀x", 3) == "line 2, column 2"


def test_every_known_prefix_may_be_left_out() -> None:
    for prefix in PREFIXES:
        inspect(f"ASK {{ ?s a {prefix}:Thing }}")


def test_kinds_are_all_reachable() -> None:
    text = "<a:b> c:d _:e ?f 'g' @h 1 i ."
    assert {token.kind for token in tokens(text)} == set(Kind)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT (COUNT(COUNT(*)) AS ?c) {}", "SELECT (SUM(?x + (MAX(?y))) AS ?c) {}",
        'SELECT * { BIND(<<( "a" <x:b> 1 )>> AS ?t) }',
        "SELECT * { BIND(<<( <<( <x:a> <x:b> 1 )>> <x:b> 1 )>> AS ?t) }",
    ],
)  # fmt: skip
def test_what_the_engine_takes_and_should_not(text: str) -> None:
    ox.Store().query(text)
    with pytest.raises(QuerySyntaxError):
        inspect(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT (COUNT(*) AS ?a) (SUM(?x) AS ?b) {}", "SELECT (COUNT(ABS(?x)) + COUNT(?y) AS ?a) {}",
        "SELECT (SUM(IF(EXISTS { SELECT (COUNT(*) AS ?z) {} }, 1, 0)) AS ?c) {}",
        "SELECT * { BIND(<<( <x:a> <x:b> <<( ?s <x:p> 1 )>> )>> AS ?t) }", "SELECT * { ?s ?p ?o FILTER(?s < (?o)) }",
        "SELECT * { <<( [] <x:p> [] )>> <x:q> <<( <<( ?a ?b ?c )>> <x:p> 1 )>> }",
        "SELECT * { FILTER EXISTS { <<( <<( ?a ?b ?c )>> <x:p> 1 )>> <x:q> ?z } }", "SELECT * { ?s a (1 2) }",
    ],
)  # fmt: skip
def test_what_looks_like_it(text: str) -> None:
    inspect(text)


@pytest.mark.parametrize(
    ("text", "where", "advice"),
    [
        ("SELECT ?a, ?b { ?a ?p ?b }", "line 1, column 10", "without a comma"),
        ("SELECT ?a count(?b) { ?a ?p ?b }", "line 1, column 16", "(COUNT(…) AS ?name)"),
        ("SELECT ?item { ?item wdt:P31 wd:Q146 }", "line 1, column 22", "query.wikidata.org"),
        ("ASK { ?s dcterms:title ?o }", "line 1, column 10", "dct: stands for"),
        ("ASK { ?s dbo:author ?o }", "line 1, column 10", "PREFIX dbo: <http://dbpedia.org/ontology/>"),
        ("ASK { ?s sko:broader ?o }", "line 1, column 10", "is skos: meant"),
        ("ASK { ?s ?p “x” }", "line 1, column 13", 'write "'),
    ],
)
def test_advice_for_what_is_pasted_from_elsewhere(text: str, where: str, advice: str) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        inspect(text)
    assert caught.value.place == where
    assert advice in caught.value.hint


def test_no_advice_where_nothing_is_wrong() -> None:
    for text in (
        "SELECT DISTINCT(?a) { ?a ?b ?c }", "SELECT REDUCED (IF(?a, 1, 2) AS ?d) { ?a ?b ?c }",
        "SELECT (COUNT(?a) AS ?n) (CONCAT(?b, ?c) AS ?d) FROM <http://a/> { { SELECT ?a { ?a ?b ?c, ?d } } }",
        "ASK { SELECT ?a { ?a <x:p> 1, 2 } }", "CONSTRUCT { ?a ?b 1, 2 } WHERE { ?a ?b ?c }",
    ):  # fmt: skip
        inspect(text)
