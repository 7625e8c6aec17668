"""Queries put to the engine otherwise than they were written: the same rows, by a shorter way."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from functools import partial

import pyoxigraph as ox
import pytest

from bench.synthetic import concept, lines, work
from ontology.errors import QuerySyntaxError
from ontology.namespaces import PREFIXES
from sparql.filling import filled
from sparql.plan import Plan, Search, planned
from sparql.scope import projected
from sparql.shape import Unreadable
from sparql.syntax import read
from sparql.terms import Names

QUERIES = 500


@pytest.fixture(scope="module")
def store() -> ox.Store:
    made = ox.Store()
    made.bulk_load("\n".join(lines(66_000)).encode(), format=ox.RdfFormat.N_QUADS)
    return made


@pytest.fixture(scope="module")
def put(store: ox.Store) -> Callable[[str], ox.QuerySolutions]:
    return partial(store.query, prefixes=PREFIXES)  # type: ignore[return-value]


def plan(text: str) -> Plan:
    return planned(text, Names.of(text))


def bag(found: ox.QuerySolutions) -> Counter[tuple[tuple[str, str], ...]]:
    names = [variable.value for variable in found.variables]
    return Counter(tuple(sorted((n, str(v)) for n, v in zip(names, row, strict=True))) for row in found)


def random_query(dice: random.Random) -> str:
    """A query about paths, of any of many shapes."""
    node = concept(dice.choice([dice.randrange(1, 40), dice.randrange(40, 15_000)]))
    up = dice.choice(["skos:broader*", "skos:broader+", "skos:broader?", "(skos:broader|^skos:narrower)*",
                      "^skos:narrower*", "(^skos:narrower)+"])  # fmt: skip
    about = dice.choice(["dct:subject/", "cito:cites/dct:subject/", "dct:subject/skos:broader/", ""])
    thing = "?p" if about else "?c"
    pattern = f"{thing} {about}{up} {node}"
    if dice.random() < 0.2:
        pattern = f"{node} (^skos:broader)*/^dct:subject ?p"
        thing = "?p"
    more = dice.choice(
        [
            "", f" . {thing} a ?type", f" . OPTIONAL {{ {thing} dct:title ?t }}",
            f" . {work(dice.randrange(99))} ?y {thing}",
            f" FILTER NOT EXISTS {{ {thing} dct:subject {concept(dice.randrange(9))} }}",
        ]
    )  # fmt: skip
    group = dice.choice(["{ %s }", "{ { %s } UNION { ?c skos:prefLabel 'none' } }", "{ SELECT * { %s } }"]) % (
        pattern + more
    )
    return dice.choice(["SELECT * ", "SELECT ?p ?c ", "SELECT DISTINCT ?p ", "SELECT (COUNT(*) AS ?n) "]) + group


def test_random_paths_have_the_same_rows(put: Callable[[str], ox.QuerySolutions]) -> None:
    dice = random.Random(3)
    changed = 0
    for _ in range(QUERIES):
        text = random_query(dice)
        if "UNION" not in text and dice.random() < 0.5:
            text = text.replace("SELECT *", "SELECT ?p ?c", 1)
        made = plan(text)
        changed += bool(made.holes)
        evaluated = filled(made, put)
        assert bag(put(evaluated)) == bag(put(text)), text
    assert changed > 0.8 * QUERIES


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?p dct:subject ?c }",
        "SELECT * { ?p dct:subject/skos:broader* ?c }",
        "SELECT * { GRAPH ?g { ?c skos:broader* <x:c> } }",
        "SELECT * FROM <x:g> { ?c skos:broader* <x:c> }",
        "SELECT * { _:a dct:subject ?c . ?c skos:broader* <x:c> }",
        "CONSTRUCT WHERE { ?c skos:broader <x:c> }",
        "ASK { <x:a> skos:broader* <x:c> }",
    ],
)
def test_what_is_left_as_it_is(text: str) -> None:
    assert plan(text).pieces == (text,)


def test_columns_stay_what_they_were() -> None:
    text = (
        "SELECT * { ?p dct:subject/skos:broader* <x:T> ; dct:title ?t . OPTIONAL { ?p gn:year ?y } MINUS { ?p a ?no } }"
    )
    made = plan(text)
    assert made.pieces[0].startswith("SELECT ?p ?t ?y {")
    assert len(made.holes) == 1


def test_a_node_reaches_itself_even_where_the_graph_does_not_know_it() -> None:
    text = "SELECT ?s { ?s <x:p>* <x:nowhere> }"
    empty = ox.Store()
    evaluated = filled(plan(text), empty.query)  # type: ignore[arg-type]
    assert [str(row[0]) for row in empty.query(evaluated)] == ["<x:nowhere>"]  # type: ignore[union-attr]


def test_large_closures_are_left_to_the_engine(put: Callable[[str], ox.QuerySolutions]) -> None:
    text = f"SELECT (COUNT(*) AS ?n) {{ ?c skos:broader* {concept(0)} . ?c skos:prefLabel 'none'@en }}"
    made = plan(text)
    assert made.holes
    assert "VALUES" not in filled(made, put)


@pytest.mark.parametrize(
    ("text", "columns", "words", "most"),
    [
        ('SELECT * { ?w gn:search "deep nets" }', "(?w)", "deep nets", 100),
        ('SELECT * { (?w ?s) gn:search ("a \\"b\\" \\u0063" 7) . ?w a gn:Work }', "(?w ?s)", 'a "b" c', 7),
        ("SELECT ?w { { ?w gn:search '''x''' } UNION { ?w a gn:Venue } }", "(?w)", "x", 100),
        ('SELECT ?w { ?w gn:search "x" } ORDER BY DESC(gn:score(?w))', "(?w ?gnScore_w)", "x", 100),
    ],
)
def test_searches(text: str, columns: str, words: str, most: int) -> None:
    (hole,) = plan(text).holes
    assert isinstance(hole, Search)
    assert (hole.words, hole.most) == (words, most)
    assert hole.before == f"VALUES {columns} {{"
    whole = plan(text).with_found([f"{hole.before} }}"])
    assert not whole.holes
    ox.Store().query(whole.pieces[0], prefixes=PREFIXES)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?w gn:search ?words }",
        '_SELECT * { <x:w> gn:search "x" }'[1:],
        'SELECT * { ?a a ?b MINUS { ?w gn:search "x" } }',
        'SELECT * { ?a a ?b FILTER EXISTS { ?w gn:search "x" } }',
        'SELECT * { GRAPH ?g { ?w gn:search "x" } }',
        "SELECT * { ?w a gn:Work } ORDER BY gn:score(?w)",
    ],
)
def test_misplaced_searches(text: str) -> None:
    with pytest.raises(QuerySyntaxError):
        plan(text)


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("SELECT ?a (COUNT(?b) AS ?n) { ?a ?p ?b } GROUP BY ?a", ("a", "n")),
        ("SELECT * { ?a ?p ?b . { SELECT ?c { ?c ?d ?e } } BIND(1 AS ?f) VALUES ?g { 1 } }", tuple("apbcfg")),
        ("SELECT * { GRAPH ?g { ?a <x:p> [ <x:q> ?b ] } FILTER EXISTS { ?x ?y ?z } }", ("g", "a", "b")),
    ],
)
def test_columns_of_a_query(text: str, columns: tuple[str, ...]) -> None:
    assert projected(read(text, Names.of(text)), text) == columns


def test_shapes_that_are_not_known() -> None:
    for text in ("SELECT * { << ?a ?b ?c >> ?d ?e }", "SELECT * { ?a ?b"):
        with pytest.raises(Unreadable):
            read(text, Names.of(text))
        assert plan(text).pieces == (text,)


@pytest.mark.parametrize(
    ("written", "evaluated"),
    [
        (
            "(COUNT(?v) AS ?n) (?n + 1 AS ?m) ($m * ?n AS ?o)",
            "(COUNT(?v) AS ?n) ((COUNT(?v)) + 1 AS ?m) (((COUNT(?v)) + 1) * (COUNT(?v)) AS ?o)",
        ),
        (
            "(COUNT(?v) AS ?n) (IF(?n > 2, ABS(?n), 0) AS ?m)",
            "(COUNT(?v) AS ?n) (IF((COUNT(?v)) > 2, ABS((COUNT(?v))), 0) AS ?m)",
        ),
        ("(COUNT(?v) AS ?n) (SUM(?v) AS ?m)", ""),
        ("(RAND() AS ?n) (COUNT(?v) + ?n AS ?m)", ""),
        ("(?v AS ?n) (?n AS ?m)", ""),
    ],
)  # fmt: skip
def test_columns_of_columns(written: str, evaluated: str) -> None:
    end = " { VALUES ?v { 1 2 3 } }"
    assert str(plan(f"SELECT {written}{end}")) == f"SELECT {evaluated or written}{end}"
    inner = f"SELECT * {{ {{ SELECT {written}{end} }} }}"
    assert str(plan(inner)) == inner.replace(written, evaluated or written)


def test_columns_of_columns_do_not_grow_without_end() -> None:
    columns = " ".join(f"(?c{at} + ?c{at} AS ?c{at + 1})" for at in range(60))
    assert len(str(plan(f"SELECT (COUNT(*) AS ?c0) {columns} {{}}"))) < 20_000
