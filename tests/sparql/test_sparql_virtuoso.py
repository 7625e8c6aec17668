"""The same endpoint over Virtuoso, as Debian ships it; skipped where it is not installed."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from bench.virtuoso import MISSING, installed, virtuoso
from ontology.errors import QueryFailed, QueryForbidden, QueryTooLarge
from sparql.asking import ask
from sparql.limits import Limits
from sparql.pool import QueryPool
from sparql.remote import LOST, NoCheckpoints, RemoteWorker
from sparql.service import Service

pytestmark = [pytest.mark.server, pytest.mark.skipif(not installed(), reason=MISSING)]


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("virtuoso")
    lines = [f'<http://x/l{n}> <http://x/label> "label {n}" .' for n in range(300)]
    (folder / "some.nt").write_text("\n".join([*lines, '<http://x/marker> <http://x/is> "here" .', ""]))
    with virtuoso(folder / "db", folder) as address:
        pool = QueryPool(NoCheckpoints(), Limits(workers=2, seconds=10), make=lambda: RemoteWorker(address, 10))
        yield Service(pool, lost=LOST)
        pool.close()


def answer(service: Service, text: str, accept: str = "json", **given: object) -> bytes:
    return b"".join(ask(service, text, accept, **given)[1])  # type: ignore[arg-type]


def test_all_forms_in_our_formats(remote: Service) -> None:
    table = "SELECT ?v { <http://x/marker> <http://x/is> ?v }"
    assert answer(remote, table, "csv") == b"v\r\nhere\r\n"
    assert json.loads(answer(remote, table))["results"]["bindings"][0]["v"]["value"] == "here"
    for what, there in (("marker", True), ("nothing", False)):
        assert json.loads(answer(remote, f"ASK {{ <http://x/{what}> ?p ?o }}"))["boolean"] is there
    graph = "CONSTRUCT { ?s a skos:Concept } WHERE { ?s <http://x/is> ?o }"
    assert answer(remote, graph, "turtle").endswith(b"<http://x/marker> a skos:Concept .\n")


def test_guard_and_limits_are_ours(remote: Service) -> None:
    with pytest.raises(QueryForbidden):
        answer(remote, "SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }")
    with pytest.raises(QueryTooLarge, match="299 rows"):
        answer(remote, "SELECT * { ?s <http://x/label> ?o }", limits=Limits(rows=299))
    with pytest.raises(QueryFailed, match="refuses"):
        answer(remote, "SELECT * { ?s ?p ?o } GROUP ?s")
