"""The endpoint over a server elsewhere: guard, formats, limits and completeness stay ours."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from bench.w3c.server import free_port
from ontology.errors import QueryError, QueryFailed, QueryForbidden, QueryTimeout, QueryTooLarge, RemoteStoreError
from sparql.asking import ask
from sparql.federation import Federation
from sparql.guard import Form
from sparql.limits import Limits
from sparql.plan import Federated
from sparql.pool import QueryPool
from sparql.protocol import Graphs
from sparql.remote import LOST, NoCheckpoints, RemoteWorker, wait_for
from sparql.service import Service

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def address(checkpoint: Path) -> Iterator[str]:
    port = free_port()
    program = Path(sys.executable).with_name("oxigraph")
    server = subprocess.Popen(
        [program, "serve-read-only", "--location", str(checkpoint), "--bind", f"127.0.0.1:{port}"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}/query"
    assert wait_for(address, 30)
    yield address
    server.kill()
    server.wait()


@pytest.fixture(scope="module")
def remote(address: str) -> Iterator[Service]:
    pool = QueryPool(NoCheckpoints(), Limits(workers=2, seconds=5), make=lambda: RemoteWorker(address, 5))
    yield Service(pool, lost=LOST)
    pool.close()


def answer(service: Service, text: str, accept: str = "json", **given: object) -> bytes:
    return b"".join(ask(service, text, accept, **given)[1])  # type: ignore[arg-type]


def test_the_same_answers_in_all_formats(remote: Service, service: Service) -> None:
    for text, formats in (
        ("SELECT * { ?s <x:label> ?o } ORDER BY ?s", ("json", "csv", "tsv", "xml")),
        ("ASK { <x:marker> ?p ?o }", ("json", "xml")),
        ("CONSTRUCT { ?s a skos:Concept } WHERE { ?s <x:is> ?o }", ("ntriples", "turtle", "rdfxml")),
    ):
        for accept in formats:
            assert answer(remote, text, accept) == answer(service, text, accept), (text, accept)
    graphs = Graphs(default=("x:graph",))
    assert json.loads(answer(remote, "ASK { <x:a> <x:b> <x:c> }", graphs=graphs))["boolean"] is True


def test_guard_and_limits_are_ours(remote: Service) -> None:
    with pytest.raises(QueryForbidden):
        answer(remote, "SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }")
    with pytest.raises(QueryTooLarge, match="499 rows"):
        answer(remote, "SELECT * { ?s <x:label> ?o }", limits=Limits(rows=499))
    with pytest.raises(QueryFailed, match="refuses"):
        answer(remote, "SELECT * { ?s ?p ?o } GROUP ?s")
    with pytest.raises(QueryForbidden):
        remote.put("x:g", [], "me", "", replace=True)


def test_an_endless_query_is_stopped_here(remote: Service, endless: str) -> None:
    with pytest.raises(QueryTimeout):
        answer(remote, endless, limits=Limits(seconds=0.5))
    assert json.loads(answer(remote, "ASK {}"))["boolean"] is True


def test_what_is_lost_is_said(remote: Service) -> None:
    text = "SELECT * { ?s <x:is> ?o }"
    ready = remote.prepare(text, "json")
    ticket = remote.ticket(ready)
    kept = remote.answers.keep(text, Graphs(), ticket, remote.limits, None, Form.SELECT)
    killed = remote.pool.status().killed
    ticket.begin()
    list(ticket.chunks())
    said = remote.statement(kept.id)
    assert (said.state, said.rows, said.lost) == ("complete", 1, LOST)
    assert ticket.used.cpu == 0  # what this process takes is not the query's
    assert remote.pool.status().killed == killed


def test_nobody_there() -> None:
    pool = QueryPool(NoCheckpoints(), Limits(workers=1), make=lambda: RemoteWorker("http://127.0.0.1:9/", 2))
    with pytest.raises(RemoteStoreError, match="cannot be reached"):
        answer(Service(pool), "ASK {}")
    pool.close()


def test_service_asks_what_is_allowed_and_nothing_else(pool: QueryPool, address: str) -> None:
    """The endpoint next door has the same graph, so each join has its row."""
    service = Service(pool, federation=Federation([address]))
    text = f'SELECT ?v ?w {{ <x:marker> ?p ?v . SERVICE <{address}> {{ ?x ?p ?w FILTER(?w = "first") }} }}'
    assert answer(service, text, "csv").split() == [b"v,w", b"first,first"]
    silent = f"SELECT * {{ <x:marker> ?p ?v SERVICE SILENT <{address}> {{ ?x ?p }} }}"
    with pytest.raises(QueryError):  # refused here already: no engine would read it
        answer(service, silent.replace("SILENT", ""))
    for closed in (
        text.replace(address, address + "x"),
        "SELECT * { SERVICE ?g { ?a ?b ?c } }",
        f"SELECT (EXISTS {{ SERVICE <{address}> {{ ?a ?b ?c }} }} AS ?x) {{}}",
        f"SELECT * {{ FILTER EXISTS {{ SERVICE <{address}> {{ SERVICE <http://other/> {{ ?a ?b ?c }} }} }} }}",
        f"SELECT * {{ SERVICE <{address}> {{ SERVICE <http://other/> {{ ?a ?b ?c }} }} }}",
    ):
        with pytest.raises(QueryForbidden):
            answer(service, closed)


def test_service_inside_exists_minus_and_any_graph(pool: QueryPool, address: str) -> None:
    """Where the endpoint next door is asked for the same graph, what holds there holds here."""
    service = Service(pool, federation=Federation([address]))
    there = f"SERVICE <{address}> {{ ?s <x:is> ?v }}"
    marked, unmarked = [b"s", b"x:marker"], [b"s", b"x:l7"]
    for text, found in (
        (f"FILTER EXISTS {{ {there} }}", marked),
        (f"FILTER NOT EXISTS {{ {there} }}", unmarked),
        (f"FILTER(?s = <x:none> || !EXISTS {{ {{ {there} }} }} && EXISTS {{ ?s ?p ?o }})", unmarked),
        (f"MINUS {{ {there} }}", unmarked),
        (f"MINUS {{ ?s <x:is> ?w OPTIONAL {{ {there} }} }}", unmarked),
        (f"BIND(EXISTS {{ {there} }} AS ?is) FILTER(?is)", marked),
        (f"FILTER NOT EXISTS {{ SELECT ?s {{ {there} }} }}", unmarked),
    ):
        query = f"SELECT ?s {{ VALUES ?s {{ <x:marker> <x:l7> }} {text} }}"
        assert answer(service, query, "csv").split() == found, text
    inside = f"SELECT ?g ?s {{ GRAPH ?g {{ ?a ?b ?c . {there} }} }}"
    assert answer(service, inside, "csv").split() == [b"g,s", b"x:graph,x:marker"]
    silent = f"SELECT ?s {{ <x:marker> <x:is> ?s FILTER EXISTS {{ SERVICE SILENT <{address}> {{ ?s ?p }} }} }}"
    with pytest.raises(QueryError):
        answer(service, silent)


@pytest.mark.parametrize("found", [["127.0.0.1"], ["10.0.0.1"], ["::1"], ["169.254.1.1"], ["8.8.8.8", "192.168.0.1"]])
def test_names_that_lead_inside(found: list[str]) -> None:
    federation = Federation(["http://named.example/sparql"], lambda _host, _port: found)
    with pytest.raises(QueryForbidden, match="not public"):
        federation.content(Federated("http://named.example/sparql", "SELECT * {}", silent=True))


def test_redirects_and_failures() -> None:
    class Redirect(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:9/")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Redirect) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        endpoint = f"http://127.0.0.1:{server.server_port}/sparql"
        with pytest.raises(RemoteStoreError, match="302"):
            Federation([endpoint]).content(Federated(endpoint, "SELECT * {}", silent=False))
        quiet = Federation([endpoint]).content(Federated(endpoint, "SELECT * {}", silent=True))
        assert quiet == "VALUES () { () }"
        server.shutdown()
