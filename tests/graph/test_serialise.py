"""rdflib reads back every serialisation we write, and so do we."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
import rdflib
from rdflib.compare import isomorphic

from graph.serialise import FORMATS, dumps, form_of, load
from graph.terms import line, parts, text
from ontology.errors import StoreError

ODD = [
    line("<http://x/s>", "<http://x/p>", value, graph)
    for graph in ("", "<http://x/g>")
    for value in (
        text('" \\ \n\r\t \\u0041'), text("<a> & ]]> 😀 中"), text("x", "zh-hans"), text(""), text(" lead "),
        '"1.50"^^<http://www.w3.org/2001/XMLSchema#decimal>', "<http://x/ü?a=b&c#d>",
    )
]  # fmt: skip


def merged(lines: list[str]) -> set[str]:
    return {" ".join(parts(one)[:3]) for one in lines}


@pytest.mark.parametrize("name", FORMATS)
def test_we_read_back_what_we_wrote(name: str, world: Any) -> None:
    lines = [*world.lines(), *ODD]
    found = list(load(dumps(lines, name), name))
    assert set(found) == set(lines) if FORMATS[name].graphs else merged(found) == merged(lines)


@pytest.mark.parametrize("name", FORMATS)
def test_rdflib_reads_what_we_wrote(name: str, world: Any) -> None:
    lines = [*world.lines(), *ODD]
    form = FORMATS[name]
    body = dumps(lines, name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        theirs, ours = rdflib.Dataset(), rdflib.Dataset()
        if form.graphs:
            theirs.parse(data=body, format=form.rdflib)
            ours.parse(data="\n".join(lines), format="nquads")
            assert set(theirs.quads()) == set(ours.quads()) and len(set(ours.quads())) == len(lines)
            return
    graph = rdflib.Graph().parse(data=body, format=form.rdflib)
    plain = rdflib.Graph().parse(data="".join(f"{one} .\n" for one in merged(lines)), format="nt11")
    assert isomorphic(graph, plain) and len(graph) == len(merged(lines))


def test_xml_refuses_what_it_cannot_hold() -> None:
    odd = line("<http://x/s>", "<http://x/p>", text("bell \x07"))
    with pytest.raises(StoreError, match="control character"):
        dumps([odd], "rdfxml")
    assert list(load(dumps([odd], "turtle"), "turtle")) == [odd]
    fine = line("<http://x/s>", "<http://x/p>", text("a backslash before u0007: \\u0007"))
    assert list(load(dumps([fine], "rdfxml"), "rdfxml")) == [fine]


def test_prefixes_make_it_readable(world: Any) -> None:
    body = dumps(world.lines(), "turtle").decode()
    assert "@prefix gn: <https://w3id.org/gnomon/ontology#>" in body and "a gn:" in body


def test_formats_go_by_name_media_type_and_suffix() -> None:
    assert form_of("text/turtle; charset=utf-8") is form_of(".ttl") is FORMATS["turtle"]
    with pytest.raises(StoreError, match="no RDF format"):
        form_of("text/csv")


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("turtle", b"<a> <b>"), ("nquads", b"<http://a> ."), ("jsonld", b'{"@id": '), ("rdfxml", b"<rdf:RDF"),
        ("jsonld", b'{"@context": "http://127.0.0.1:9/c", "name": "x"}'),
    ],
)  # fmt: skip
def test_broken_documents_are_store_errors(name: str, body: bytes) -> None:
    with pytest.raises(StoreError):
        list(load(body, name))
