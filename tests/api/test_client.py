"""The Python client against a server of our own: typed answers, walks, errors as they were raised, patience."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from api.client import Client
from api.settings import Settings
from bench.w3c.server import serving
from ontology.errors import (
    NotFound,
    QueryForbidden,
    QuerySyntaxError,
    RateLimited,
    RemoteError,
    SearchSyntaxError,
)

pytestmark = pytest.mark.server
TOPIC = "https://example.org/gnomon/sample/information-retrieval"


@pytest.fixture(scope="module")
def address(built: Settings) -> Iterator[str]:
    with serving(built.data) as address:
        yield address


@pytest.fixture
def gnomon(address: str) -> Iterator[Client]:
    with Client(address, retries=0) as client:
        yield client


def test_works_are_walked_page_by_page(gnomon: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = gnomon.search("", limit=1000)
    monkeypatch.setattr("api.client.client._PAGE", 3)
    walked = [work.iri for work in gnomon.works()]
    assert len(walked) == len(set(walked)) == whole.total > 3
    assert {hit.document.iri for hit in whole.hits} == set(walked)
    assert [work.iri for work in gnomon.works(most=4)] == walked[:4]
    counted = gnomon.group_by("kind")
    assert sum(one.count for one in counted) == whole.total


def test_things_are_opened_by_what_names_them(gnomon: Client) -> None:
    found = gnomon.search("retrieval").hits[0].document
    work = gnomon.work(found.iri)
    assert work.title == found.title
    assert gnomon.fragments(work.iri)
    assert [one.iri for one in gnomon.resolve([*work.identifiers, "10.5555/none"])] == [work.iri, ""]
    assert gnomon.export_work(work.iri).startswith(b"PK")
    assert len(gnomon.export("retrieval", limit=2).splitlines()) == 2
    topic = gnomon.concept("information retrieval")
    assert topic == gnomon.concept(TOPIC)
    expert = gnomon.experts(TOPIC).found.experts[0]
    person = gnomon.agent(expert.iri)
    report = gnomon.report(expert.iri)
    assert report.works == person.work_count > 0
    assert gnomon.report(expert.iri, first=1900, last=1901).works == 0
    assert gnomon.paths("BM25", "machine learning").source.name == "BM25"
    assert all(claim.evidence for claim in gnomon.claims(work.iri))
    assert gnomon.resources(kind="software").total == gnomon.resources().total - gnomon.resources(kind="dataset").total
    told = gnomon.topics_of("Ranking with BM25, and what query expansion adds to it.")
    assert "query expansion" in {one.name for one in told.topics}
    assert all(one.reasons for one in told.topics)


def test_queries(gnomon: Client) -> None:
    assert "works-per-year" in {query.name for query in gnomon.queries()}
    assert gnomon.named("works-per-year").rows
    found = gnomon.sparql("SELECT ?w { ?w a gn:Work } LIMIT 2")
    assert (found.variables, len(found.rows)) == (("w",), 2)
    assert found.completeness.startswith("limited")
    assert gnomon.sparql("ASK { ?w a gn:Work }").boolean is True
    long = "SELECT (COUNT(*) AS ?n) { ?w a gn:Work " + "# said at length\n" * 600 + "}"
    assert int(gnomon.sparql(long).rows[0]["n"]) == gnomon.search("").total
    assert b"ontology#Work>" in gnomon.graph(
        "CONSTRUCT { ?w a gn:Work } { ?w a gn:Work } LIMIT 1", "application/n-triples"
    )


def test_errors_are_those_of_the_server(gnomon: Client) -> None:
    with pytest.raises(SearchSyntaxError) as told:
        gnomon.search("title:(")
    assert told.value.place.startswith("character")
    with pytest.raises(QuerySyntaxError) as wrong:
        gnomon.sparql("SELECT {")
    assert "line 1" in wrong.value.place
    with pytest.raises(NotFound):
        gnomon.work("nothing of the kind")
    with pytest.raises(QueryForbidden):
        gnomon.sparql("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }")
    with pytest.raises(RemoteError) as unnamed:
        gnomon.search("a", limit=10**6)
    assert "InvalidRequest" in str(unnamed.value)


def test_what_has_not_changed_is_not_sent_again(gnomon: Client) -> None:
    first = gnomon.asker.get("/v1/concepts/" + TOPIC)
    assert gnomon.asker.get("/v1/concepts/" + TOPIC) is first


@contextmanager
def answering(*answers: tuple[int, dict[str, str], bytes]) -> Iterator[tuple[str, list[str]]]:
    """A server that gives these answers in turn, the last for ever; and what it was asked."""
    left, asked = list(answers), list[str]()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            status, headers, body = left.pop(0) if len(left) > 1 else left[0]
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


PROBLEM = b'{"detail": "too many", "code": "RateLimited", "hint": "wait"}'
BUSY = (429, {"Retry-After": "0"}, PROBLEM)


def test_a_busy_server_is_asked_again_as_often_as_agreed() -> None:
    good = (200, {}, b"{}")
    with answering(BUSY, (503, {"Retry-After": "0"}, b"<html>"), good) as (address, asked), Client(address) as client:
        assert client.asker.get("/v1/status").body == b"{}"
        assert len(asked) == 3
    with answering(BUSY) as (address, asked), Client(address, retries=2) as client:
        with pytest.raises(RateLimited) as told:
            client.asker.get("/v1/status")
        assert (len(asked), told.value.hint) == (3, "wait")


def test_what_would_fail_again_is_not_asked_again() -> None:
    slow = (503, {"Retry-After": "0"}, b'{"detail": "too slow", "code": "QueryTimeout"}')
    with answering(slow) as (address, asked), Client(address) as client:
        with pytest.raises(Exception, match="too slow"):
            client.sparql("SELECT * { ?s ?p ?o }")
        assert len(asked) == 1


@pytest.mark.parametrize(
    "answer",
    [
        (500, {}, b"\xff\xfe not json"), (404, {}, b"[1, 2]"), (400, {}, b'{"detail": 7, "code": "NotFound"}'),
        (400, {}, b'{"detail": "x", "code": "Exception"}'), (200, {"Content-Length": "100"}, b"cut"),
        (302, {"Location": "/loop"}, b""),
    ],
)  # fmt: skip
def test_what_no_gnomon_says_is_a_remote_error(answer: tuple[int, dict[str, str], bytes]) -> None:
    with (
        answering(answer) as (address, _),
        Client(address, retries=1, timeout=5) as client,
        pytest.raises(RemoteError),
    ):
        client.search("a")


def test_an_answer_too_large_is_not_taken() -> None:
    with answering((200, {}, b" " * 10_000)) as (address, _), Client(address) as client:
        client.asker._most = 5_000
        with pytest.raises(RemoteError, match="larger"):
            client.search("a")
    with Client("http://127.0.0.1:1", retries=0) as client, pytest.raises(RemoteError, match="does not answer"):
        client.search("a")
