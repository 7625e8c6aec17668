"""The endpoint over a server elsewhere: guard, formats, limits and completeness stay ours."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.w3c.server import free_port
from ontology.errors import QueryFailed, QueryForbidden, QueryTimeout, QueryTooLarge, RemoteStoreError
from sparql.asking import ask
from sparql.guard import Form
from sparql.limits import Limits
from sparql.pool import QueryPool
from sparql.protocol import Graphs
from sparql.remote import LOST, NoCheckpoints, RemoteWorker, wait_for
from sparql.service import Service

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def remote(checkpoint: Path) -> Iterator[Service]:
    port = free_port()
    program = Path(sys.executable).with_name("oxigraph")
    server = subprocess.Popen(
        [program, "serve-read-only", "--location", str(checkpoint), "--bind", f"127.0.0.1:{port}"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}/query"
    assert wait_for(address, 30)
    pool = QueryPool(NoCheckpoints(), Limits(workers=2, seconds=5), make=lambda: RemoteWorker(address, 5))
    yield Service(pool, lost=LOST)
    pool.close()
    server.kill()
    server.wait()


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
    ticket.begin()
    list(ticket.chunks())
    said = remote.statement(kept.id)
    assert (said.state, said.rows, said.lost) == ("complete", 1, LOST)


def test_nobody_there() -> None:
    pool = QueryPool(NoCheckpoints(), Limits(workers=1), make=lambda: RemoteWorker("http://127.0.0.1:9/", 2))
    with pytest.raises(RemoteStoreError, match="cannot be reached"):
        answer(Service(pool), "ASK {}")
    pool.close()
