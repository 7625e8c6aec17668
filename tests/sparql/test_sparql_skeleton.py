"""Texts that share a skeleton are judged once for all of them, and no differently than one by one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.snapshots import FixedCheckpoint
from ontology.errors import GnomonError
from ontology.namespaces import Base
from sparql.catalogue import named_queries
from sparql.guard import Question, inspect
from sparql.lexer import tokens
from sparql.plan import Plan, planned
from sparql.pool import QueryPool
from sparql.service import Service
from sparql.skeleton import skeleton
from sparql.terms import Names

PIECES = (
    "<http://a/b>", "<http://a/b#c>", "<x:y>", "<urn:x#z>", '"plain"', '"has # and <http://a/b>"', "'single \"'",
    '""', "'", '"', "?v", "a", "<", ">", "{", "}", "(", ")", ".", ";", "SELECT", "*", "WHERE", "# note \"\n", "\n",
    "LIMIT", "5", "'" * 3, "gn:search", "skos:broader*", "/", "FILTER", "PREFIX", "x:", "BASE", "SERVICE", "\\u0041",
    "@en", "^^", "é",
)  # fmt: skip


def alone(text: str) -> tuple[Question, Plan] | str:
    """What guard and planner say of one text."""
    try:
        question = inspect(text)
        return question, planned(text, Names.of(text))
    except GnomonError as error:
        return f"{error.code} {error.place}"


def together(service: Service, text: str) -> tuple[Question, Plan] | str:
    try:
        return service._planned(text)
    except GnomonError as error:
        return f"{error.code} {error.place}"


def test_what_makes_no_difference_is_left_out() -> None:
    made = skeleton('SELECT ?p { <http://a/1> ?p "one" # <http://a/2> "two"\n }')
    assert made == skeleton('SELECT ?p { <http://a/2> ?p "" # <http://a/2> "two"\n }')
    assert made != skeleton('SELECT ?p { <http://a/1> ?p "one" # <http://a/3> "two"\n }')
    assert skeleton("ASK { ?s <http://a/#x> ?o }") != skeleton("ASK { ?s <http://a/#y> ?o }")
    assert skeleton("SELECT * {} LIMIT 5") != skeleton("SELECT * {} LIMIT 6")


@pytest.mark.parametrize(
    "text", ["ASK { sErViCe <http://a/> {} }", "BASE <http://a/> ASK {}", 'ASK { ?s ?p "\\u0041" }']
)
def test_what_is_hard_has_none(text: str) -> None:
    assert skeleton(text) is None


@given(st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join) | st.lists(st.sampled_from(PIECES)).map("".join))
def test_it_reads_strings_iris_and_comments_as_the_lexer_does(text: str) -> None:
    try:
        words = [(token.kind, token.offset) for token in tokens(text)]
    except GnomonError:
        return
    bare = skeleton(text)
    assert bare is None or [token.kind for token in tokens(bare)] == [kind for kind, _ in words]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map(lambda parts: f"SELECT * {{ ?s ?p {' '.join(parts)} }}"))
def test_the_same_is_said_of_any_text(judging: Service, text: str) -> None:
    assert together(judging, text) == alone(text)


def test_the_same_is_said_of_the_named_queries(judging: Service) -> None:
    texts = [query.text for query in named_queries(Base("http://localhost:8000"))]
    assert len(texts) > 50
    for text in texts:
        assert together(judging, text) == alone(text)


@pytest.mark.shared
def test_the_same_is_said_of_the_w3cs_queries(judging: Service, shared: Path) -> None:
    found = sorted((shared / "w3c_rdf_tests" / "sparql").rglob("*.rq"))
    assert len(found) > 500
    for path in found:
        text = path.read_bytes().decode("utf-8", "replace")
        assert together(judging, text) == alone(text), path


@pytest.fixture(scope="session")
def judging() -> Iterator[Service]:
    """Nothing is evaluated here, so no worker starts."""
    pool = QueryPool(FixedCheckpoint(Path("nowhere")))
    yield Service(pool)
    pool.close()
