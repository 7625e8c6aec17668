"""Headers of named queries, and values bound to their parameters as terms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ontology.errors import QueryParameterError, QuerySyntaxError
from ontology.namespaces import Base
from sparql.binding import bind, term_of
from sparql.catalogue import named_queries, read_query
from sparql.guard import Form, inspect
from sparql.header import Chart, Column, Parameter, read_header
from sparql.lexer import Kind, tokens
from sparql.tables import answer_of, chart_of

BASE = Base("http://example.org")
HEAD = """# title: Works of a year
# description: Works that were published in one year.
# group: catalogue
# parameter year: integer 1800..2100 = 2020; The year.
# parameter words: string = data; Words in the title.
# parameter topic: label = Malaria@en; A label.
# parameter about: iri = http://voc.test/a; A concept.
# parameter least: decimal 0..1 = 0.5; A score.
# column work: iri; The work.
# column title: string; Its title.
# column score: decimal [points]; Its score.
# chart: bar title score
"""
BODY = """SELECT ?work ?title ?score WHERE {
  ?work gn:year $year ; dct:subject $about ; dct:title ?title ; gn:score ?score . ?c skos:prefLabel $topic
  FILTER(CONTAINS(?title, $words) && ?score > $least && ?title != "$year" && ?title != "?words")
}
"""
QUERY = read_query("works-of-a-year", HEAD + BODY, BASE)


def test_the_header_says_what_it_says() -> None:
    header = QUERY.header
    assert header.title == "Works of a year"
    assert header.parameters[0] == Parameter("year", "integer", "2020", "The year.", 1800.0, 2100.0)
    assert [p.type for p in header.parameters] == ["integer", "string", "label", "iri", "decimal"]
    assert header.columns[2] == Column("score", "decimal", "Its score.", "points")
    assert header.chart == Chart("bar", "title", "score")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("# colour: red", "no header line"),
        ("# parameter year: number = 1; What.", "a parameter is"),
        ("# parameter format: string = a; What.", "a parameter is"),
        ("# column work: thing; What.", "a column is"),
        ("# chart: pie work title", "a chart is"),
        ("# chart: bar work nothing", "a column that is not there"),
        ("# group: other", "no group"),
    ],
)
def test_a_header_that_is_none_names_its_line(line: str, message: str) -> None:
    with pytest.raises(QuerySyntaxError, match=message) as caught:
        read_header(HEAD + line + "\n" + BODY, "mine")
    assert caught.value.place.startswith("query mine, line ")


def test_a_query_needs_a_title_and_columns() -> None:
    with pytest.raises(QuerySyntaxError, match="lacks description, group"):
        read_header("# title: a\nASK {}", "x")


def test_defaults_stand_where_nothing_is_given() -> None:
    bound = QUERY.bound()
    assert "gn:year 2020 ; dct:subject <http://voc.test/a> ; dct:title ?title" in bound
    assert 'skos:prefLabel "Malaria"@en' in bound
    assert 'CONTAINS(?title, "data") && ?score > 0.5' in bound
    assert '"$year" && ?title != "?words"' in bound, "what stands in a string is no parameter"


HOSTILE = st.text(max_size=60) | st.sampled_from(
    ['"', "\\", '" } ; DROP ALL #', "'''", '"""', "x\n# y", "} SERVICE <http://a> {", "$words", "\x00\ufffe", "\\u0022"]
)


@given(HOSTILE)
def test_no_value_changes_what_is_asked(value: str) -> None:
    """The bound text has the same tokens as ever, but for the one string."""
    try:
        bound = QUERY.bound({"words": value})
    except (QueryParameterError, UnicodeEncodeError):
        return
    ours = [(t.kind, t.text) for t in tokens(QUERY.bound({"words": "data"}))]
    theirs = [(t.kind, t.text) for t in tokens(bound)]
    assert len(ours) == len(theirs)
    assert [a for a, b in zip(ours, theirs, strict=True) if a != b] in ([], [(Kind.STRING, '"data"')])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("year", "1799"), ("year", "2101"), ("year", "2020.5"), ("year", "2020 } #"), ("year", ""), ("year", "٢٠٢٠"),
        ("least", "1.01"), ("least", "1e3"), ("about", "not an iri"), ("about", "http://x/> . ?s ?p ?o"),
        ("about", "<http://x/>"), ("words", "x" * 2001), ("nothing", "1"),
    ],
)  # fmt: skip
def test_what_is_not_of_the_type_is_refused(name: str, value: str) -> None:
    with pytest.raises(QueryParameterError) as caught:
        QUERY.bound({name: value})
    assert caught.value.place == f"parameter {name}"
    assert caught.value.hint


def test_labels_carry_their_language() -> None:
    label = Parameter("topic", "label", "", "A label.")
    assert term_of(label, "Fieber@de-AT") == '"Fieber"@de-at'
    assert term_of(label, "Fieber") == '"Fieber"'
    assert term_of(label, "someone@example.org says") == '"someone@example.org says"'


def test_each_that_comes_with_gnomon_is_a_select_of_its_columns() -> None:
    queries = named_queries(BASE)
    assert len(queries) >= 60
    for query in queries:
        assert inspect(query.bound()).form is Form.SELECT
        assert query.description.endswith((".", "!", "?")), query.name
        assert all(p.description.endswith(".") for p in (*query.header.parameters, *query.header.columns))
        used = {token.text[1:] for token in tokens(query.text) if token.text.startswith("$")}
        assert used == {parameter.name for parameter in query.header.parameters}, query.name


def test_an_answer_has_typed_rows_and_a_chart() -> None:
    body = (
        b'{"head":{"vars":["work","title","score"]},"results":{"bindings":[{"work":{"type":"uri","value":"w:1"},'
        b'"title":{"type":"literal","value":"T"},"score":{"type":"literal","value":"0.5"}},'
        b'{"work":{"type":"uri","value":"w:2"},"score":{"type":"literal","value":"INF?"}}]}}'
    )
    found = answer_of(QUERY, 3, {"year": "1999"}, body, "s1")
    assert found.rows == [["w:1", "T", 0.5], ["w:2", None, "INF?"]]
    assert found.parameters["year"] == "1999"
    assert not found.limited
    assert QUERY.header.chart
    chart = chart_of(found, QUERY.header.chart)
    assert chart["data"]["values"][0] == {"work": "w:1", "title": "T", "score": 0.5}
    assert chart["encoding"]["x"]["title"] == "score (points)"
    assert chart["encoding"]["y"]["field"] == "title"


def test_as_many_rows_as_the_limit_may_not_be_all() -> None:
    query = read_query("a", "# title: a\n# description: b.\n# group: text\n# parameter limit: integer 1..9 = 1; Rows.\n"
                       "# column x: iri; X.\nSELECT ?x WHERE { ?x a ?y } LIMIT $limit", BASE)  # fmt: skip
    body = b'{"head":{"vars":["x"]},"results":{"bindings":[{"x":{"type":"uri","value":"w:1"}}]}}'
    assert answer_of(query, 0, {}, body, "s").limited
    assert not answer_of(query, 0, {"limit": "2"}, body, "s").limited
    assert bind(query.text, query.header, {"limit": "7"}).endswith("LIMIT 7")
