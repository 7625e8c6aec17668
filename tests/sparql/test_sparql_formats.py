"""Which format a client gets, and rows counted in serialised bytes."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ontology.errors import NotAcceptable
from sparql.formats import FORMATS, GRAPHS, SOLUTIONS, negotiate
from sparql.guard import Form
from sparql.meters import METERS


@pytest.mark.parametrize(
    ("accept", "form", "key"),
    [
        ("", Form.SELECT, "json"), ("*/*", Form.CONSTRUCT, "turtle"), ("text/csv", Form.SELECT, "csv"),
        ("application/json", Form.ASK, "json"), ("application/json", Form.DESCRIBE, "jsonld"),
        ("text/csv;q=0.5, application/sparql-results+xml;q=0.9", Form.SELECT, "xml"),
        ("text/*, application/*;q=0.1", Form.SELECT, "csv"),
        ("text/turtle;q=0, */*", Form.CONSTRUCT, "ntriples"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", Form.SELECT, "json"),
        ("TEXT/CSV ; Q=1", Form.SELECT, "csv"), ("csv", Form.SELECT, "csv"), ("jsonld", Form.CONSTRUCT, "jsonld"),
    ],
)  # fmt: skip
def test_negotiation(accept: str, form: Form, key: str) -> None:
    assert negotiate(accept, form).key == key


@pytest.mark.parametrize(
    ("accept", "form"),
    [("image/png", Form.SELECT), ("text/csv;q=0", Form.SELECT), ("text/csv;q=x", Form.SELECT), ("turtle", Form.ASK),
     ("text/turtle", Form.SELECT), ("text/csv", Form.CONSTRUCT)],
)  # fmt: skip
def test_nothing_fits(accept: str, form: Form) -> None:
    with pytest.raises(NotAcceptable) as caught:
        negotiate(accept, form)
    assert (SOLUTIONS if form in (Form.SELECT, Form.ASK) else GRAPHS)[0].media[0] in caught.value.hint


def test_every_format_is_one_the_engine_writes() -> None:
    for one in SOLUTIONS:
        assert one.media[0] in getattr(ox.QueryResultsFormat, one.engine).media_type
    for one in GRAPHS:
        assert one.media[0] == getattr(ox.RdfFormat, one.engine).media_type
    assert len(FORMATS) == len(SOLUTIONS) + len(GRAPHS)


VALUE = st.none() | st.text(alphabet='"\\{}[],\n\r\t<>result&é:a', max_size=12)


@pytest.mark.parametrize("key", sorted(METERS))
@given(rows=st.lists(st.tuples(VALUE, VALUE), max_size=6), cut=st.integers(1, 40))
@settings(max_examples=150, deadline=None)
def test_rows_are_counted_whatever_they_hold(key: str, rows: list[tuple[str | None, str | None]], cut: int) -> None:
    shown = " ".join("(" + " ".join("UNDEF" if v is None else str(ox.Literal(v)) for v in row) + ")" for row in rows)
    found = ox.Store().query(f"SELECT ?a ?b {{ VALUES (?a ?b) {{ {shown} }} }}")
    assert isinstance(found, ox.QuerySolutions)
    written = found.serialize(format=getattr(ox.QueryResultsFormat, FORMATS[key].engine)) or b""
    meter = METERS[key]()
    for start in range(0, len(written), cut):
        meter.add(written[start : start + cut])
    assert meter.rows == len(rows)
