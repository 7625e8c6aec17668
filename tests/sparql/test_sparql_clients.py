"""Programs that others wrote ask a running server, and get the same rows."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pyoxigraph as ox
import pytest
from rdflib import Graph
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import CSV, JSON, POST, POSTDIRECTLY, TURTLE, XML, SPARQLWrapper

from bench.w3c.server import key_for, serving

pytestmark = pytest.mark.server

DATA = '<http://e/a> <http://e/p> "one"@en, "two", 3 . <http://e/b> <http://e/p> <http://e/a> .'
ROWS = "SELECT ?s ?o WHERE { ?s <http://e/p> ?o }"
EXPECTED = {("http://e/a", "one"), ("http://e/a", "two"), ("http://e/a", "3"), ("http://e/b", "http://e/a")}


@pytest.fixture(scope="module")
def endpoint(empty_graph: Path) -> Iterator[str]:
    with serving(empty_graph) as server:
        key = {"X-API-Key": key_for(empty_graph)}
        there = f"{server}/workspaces/clients"
        httpx2.put(there, headers=key, trust_env=False).raise_for_status()
        turtle = key | {"Content-Type": "text/turtle"}
        httpx2.put(f"{there}/graph?default", content=DATA, headers=turtle, trust_env=False).raise_for_status()
        yield f"{there}/sparql"


@pytest.mark.parametrize(
    ("method", "request_method"), [("GET", "urlencoded"), (POST, "urlencoded"), (POST, POSTDIRECTLY)]
)
def test_sparqlwrapper(endpoint: str, method: str, request_method: str) -> None:
    client = SPARQLWrapper(endpoint)
    client.setQuery(ROWS)
    client.setMethod(method)
    client.setRequestMethod(request_method)
    client.setReturnFormat(JSON)
    bindings = client.queryAndConvert()["results"]["bindings"]
    assert {(row["s"]["value"], row["o"]["value"]) for row in bindings} == EXPECTED
    client.setReturnFormat(CSV)
    assert client.queryAndConvert().decode().count("http://e/a") == 4
    client.setReturnFormat(XML)
    assert len(client.queryAndConvert().getElementsByTagName("result")) == 4
    client.setQuery("CONSTRUCT WHERE { ?s ?p ?o }")
    client.setReturnFormat(TURTLE)
    assert len(Graph().parse(data=client.queryAndConvert(), format="turtle")) == 4


def test_rdflibs_store(endpoint: str) -> None:
    graph = Graph(SPARQLStore(endpoint, returnFormat="json"))
    assert {(str(row[0]), str(row[1])) for row in graph.query(ROWS)} == EXPECTED  # type: ignore[index]
    assert len(list(graph.triples((None, None, None)))) == 4


def test_oxigraphs_service(endpoint: str) -> None:
    found = ox.Store().query(f"SELECT ?s ?o {{ SERVICE <{endpoint}> {{ ?s <http://e/p> ?o }} }}")
    assert {(row["s"].value, row["o"].value) for row in found} == EXPECTED  # type: ignore[union-attr]


def test_roqet(endpoint: str) -> None:
    if not shutil.which("roqet"):
        pytest.skip("needs roqet (Debian package rasqal-utils), which is not installed")
    done = subprocess.run(
        ["roqet", "-q", "-p", endpoint, "-r", "csv", "-e", ROWS], capture_output=True, text=True, check=True
    )
    assert {tuple(line.split(",")) for line in done.stdout.splitlines()[1:]} == EXPECTED


def test_rapper(endpoint: str) -> None:
    if not shutil.which("rapper"):
        pytest.skip("needs rapper (Debian package raptor2-utils), which is not installed")
    address = f"{endpoint}?query=CONSTRUCT+WHERE+%7B%3Fs+%3Fp+%3Fo%7D&format=rdfxml"
    done = subprocess.run(["rapper", "-q", "-i", "rdfxml", address], capture_output=True, text=True, check=True)
    assert len(Graph().parse(data=done.stdout, format="nt")) == 4
