"""The endpoint over HTTP: the W3C protocol's cases in process, streaming and disconnects on a real server."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import httpx2
import pytest
import rdflib
from fastapi import FastAPI, HTTPException, Request
from fastapi.testclient import TestClient

from api.problems import install
from graph.snapshots import Checkpoints
from sparql.answering import Session
from sparql.endpoint import sparql_router
from sparql.guard import Form
from sparql.limits import Limits
from sparql.pool import QueryPool
from sparql.protocol import Graphs
from sparql.remembering import SMALL, Memory, Remembered
from sparql.service import Service

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
UPDATE = {"Content-Type": "application/sparql-update"}
DIRECT = {"Content-Type": "application/sparql-query"}
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


@pytest.fixture(scope="module")
def client(service: Service) -> Iterator[TestClient]:
    app = FastAPI()
    install(app)
    app.include_router(sparql_router(anybody(service)))
    with TestClient(app) as made:
        yield made


def anybody(service: Service) -> Callable[[Request], Awaitable[Session]]:
    async def session(request: Request) -> Session:
        return Session(service, "test")

    return session


def count(answer: httpx2.Response) -> str:
    assert answer.status_code == 200, answer.text
    value: str = answer.json()["results"]["bindings"][0]["n"]["value"]
    return value


def test_three_ways_to_ask(client: TestClient) -> None:
    assert count(client.get("/sparql", params={"query": COUNT})) == "1701"
    assert count(client.post("/sparql", data={"query": COUNT})) == "1701"
    assert count(client.post("/sparql", content=COUNT, headers=DIRECT)) == "1701"
    typed = {"Content-Type": "application/sparql-query; charset=UTF-8"}
    assert count(client.post("/sparql", content=COUNT, headers=typed)) == "1701"


@pytest.mark.parametrize("key", ["default-graph-uri", "named-graph-uri"])
def test_datasets_in_every_way(client: TestClient, key: str) -> None:
    text = COUNT if key.startswith("default") else "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }"
    graphs = {key: ["x:graph", "x:none"]}
    query = urlencode(graphs, doseq=True)
    assert count(client.get(f"/sparql?query={quote(text)}&{query}")) == "1"
    assert count(client.post("/sparql", content=urlencode({"query": text, **graphs}, doseq=True), headers=FORM)) == "1"
    assert count(client.post(f"/sparql?{query}", content=text, headers=DIRECT)) == "1"


def test_the_protocols_dataset_beats_the_querys(client: TestClient) -> None:
    text = "SELECT (COUNT(*) AS ?n) FROM <x:none> { ?s ?p ?o }"
    assert count(client.get("/sparql", params={"query": text})) == "0"
    assert count(client.get("/sparql", params={"query": text, "default-graph-uri": "x:graph"})) == "1"


@pytest.mark.parametrize(
    ("method", "address", "headers", "body", "status", "code"),
    [
        ("POST", "", DIRECT, b"SELECT * {", 400, "QuerySyntaxError"),
        ("POST", "", DIRECT, b"SELECT * { ?s ?p '\xff' }", 400, "QuerySyntaxError"),
        ("POST", "", DIRECT, b"", 400, "QuerySyntaxError"),
        ("GET", "?query=ASK%7B%7D&query=ASK%7B%7D", {}, b"", 400, "QuerySyntaxError"),
        ("GET", "?query=ASK%7B%FF%7D", {}, b"", 400, "QuerySyntaxError"),
        ("POST", "", FORM, b"query=ASK%7B%7D&query=ASK%7B%7D", 400, "QuerySyntaxError"),
        ("POST", "?query=ASK%7B%7D", DIRECT, b"ASK {}", 400, "QuerySyntaxError"),
        ("POST", "", FORM, b"", 400, "QuerySyntaxError"),
        ("POST", "", FORM, b"update=CLEAR+ALL", 403, "QueryForbidden"),
        ("POST", "", UPDATE, b"CLEAR ALL", 403, "QueryForbidden"),
        ("GET", "?update=CLEAR+ALL", {}, b"", 400, "QuerySyntaxError"),
        ("POST", "?query=ASK%7B%7D", UPDATE, b"CLEAR ALL", 400, "QuerySyntaxError"),
        ("POST", "", DIRECT, b"CLEAR ALL", 403, "QueryForbidden"),
        ("GET", "?query=ASK%7BSERVICE%3Cx%3Ay%3E%7B%7D%7D", {}, b"", 403, "QueryForbidden"),
        ("GET", "?" + "a=1&" * 1_001, {}, b"", 413, "QueryTooLarge"),
        ("POST", "", DIRECT, b"#" * 1_000_000, 413, "QueryTooLarge"),
        ("POST", "", DIRECT, b"#" * 300_000, 413, "QueryTooLarge"),
    ],
)  # fmt: skip
def test_what_is_refused(
    client: TestClient, method: str, address: str, headers: dict[str, str], body: bytes, status: int, code: str
) -> None:
    answer = client.request(method, "/sparql" + address, headers=headers, content=body or None)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "", "application/sparql-query; charset=utf-16", "application/x-www-form-urlencoded; charset=x"],
)
def test_bodies_of_another_kind(client: TestClient, kind: str) -> None:
    answer = client.post("/sparql", content=b"ASK {}", headers={"Content-Type": kind} if kind else {})
    assert answer.json()["code"] == "UnsupportedMediaType"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods(client: TestClient, method: str) -> None:
    assert client.request(method, "/sparql", params={"query": "ASK {}"}).status_code == 405


@pytest.mark.parametrize(
    ("accept", "text", "kind"),
    [
        ("application/sparql-results+xml", "ASK {}", "application/sparql-results+xml"),
        ("text/csv;q=0.2, text/tab-separated-values", "SELECT * {}", "text/tab-separated-values; charset=utf-8"),
        ("application/rdf+xml", "CONSTRUCT WHERE { ?s <x:is> ?o }", "application/rdf+xml"),
        ("application/ld+json", "DESCRIBE <x:marker>", "application/ld+json"),
    ],
)
def test_formats(client: TestClient, accept: str, text: str, kind: str) -> None:
    answer = client.get("/sparql", params={"query": text}, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    refused = client.get("/sparql", params={"query": text}, headers={"Accept": "image/png"})
    assert refused.json()["code"] == "NotAcceptable"


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
@pytest.mark.parametrize(
    ("accept", "name"),
    [("text/turtle", "turtle"), ("application/n-triples", "nt"), ("application/rdf+xml", "xml"),
     ("application/ld+json", "json-ld")],
)  # fmt: skip
def test_rdflib_reads_every_graph_we_write(client: TestClient, accept: str, name: str) -> None:
    answer = client.get("/sparql", params={"query": "CONSTRUCT WHERE { ?s <x:label> ?o }"}, headers={"Accept": accept})
    assert len(rdflib.Graph().parse(data=answer.text, format=name)) == 500


def test_head(client: TestClient) -> None:
    answer = client.head("/sparql", params={"query": "SELECT * {}"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == "application/sparql-results+json"
    assert client.head("/sparql", params={"query": "SELECT"}).status_code == 400


def test_etags(client: TestClient) -> None:
    first = client.get("/sparql", params={"query": "ASK {}"})
    tag = first.headers["etag"]
    again = client.get("/sparql", params={"query": "ASK {}"}, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/sparql", params={"query": "ASK { }"}).headers["etag"] != tag
    assert "etag" not in client.get("/sparql", params={"query": "SELECT (RAND() AS ?r) {}"}).headers


def test_small_answers_of_one_checkpoint_are_remembered(
    tmp_path: Path, make_pool: Callable[..., QueryPool], write_graph: Callable[[Path, str, str], Path],
    moving: Callable[..., Checkpoints],
) -> None:  # fmt: skip
    current = [write_graph(tmp_path, "one", "first")]
    service = Service(make_pool(moving(lambda: current[0]), Limits(workers=1)))

    app = FastAPI()
    app.include_router(sparql_router(anybody(service)))
    client = TestClient(app)

    def ask(text: str, **headers: str) -> httpx2.Response:
        return client.get("/sparql", params={"query": text}, headers={"Accept": "text/csv", **headers})

    text = "SELECT ?v { <x:marker> <x:is> ?v }"
    first, again = ask(text), ask(text)
    assert (again.content, again.headers["link"]) == (first.content, first.headers["link"])
    assert again.headers["answer-completeness"] == "complete; rows=1"
    name = first.headers["link"].partition(">")[0].rpartition("/")[2]
    assert service.statement(name).rows == 1
    assert ask(text, Accept="text/tab-separated-values").headers["link"] != first.headers["link"]
    assert ask("SELECT (<a> AS ?a) {}").text != ask("SELECT (<a> AS ?a) {}", Host="elsewhere").text
    current[0] = write_graph(tmp_path, "two", "second")
    assert ask(text).text.split() == ["v", "second"]
    assert ask("SELECT (RAND() AS ?r) {}").text != ask("SELECT (RAND() AS ?r) {}").text
    assert len(ask("SELECT * { ?s <x:label> ?l }").content) > SMALL > service.memory.size


def test_what_nobody_asks_for_makes_room(service: Service) -> None:
    ticket = service.ticket(service.prepare("ASK {}", "json"))
    kept = service.answers.keep("ASK {}", Graphs(), ticket, service.limits, None, Form.ASK)
    memory = Memory(room=50_000)
    for number in range(100):
        memory.put((str(number),), Remembered(b"x" * 5_000, kept))
        assert memory.get(("0",)) is not None
        assert memory.size <= 50_000
    assert memory.get(("99",)) is not None
    assert memory.get(("1",)) is None


def test_the_service_describes_itself(client: TestClient) -> None:
    answer = client.get("/sparql", headers={"Accept": "text/html,*/*;q=0.1"})
    described = rdflib.Graph().parse(data=answer.text, format="turtle")
    service = rdflib.URIRef("http://testserver/sparql")
    sd = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
    assert (service, rdflib.RDF.type, sd.Service) in described
    assert (service, sd.endpoint, service) in described
    assert len(list(described.objects(service, sd.resultFormat))) == 10


def test_who_may_not_ask_is_told_so() -> None:
    async def nobody(request: Request) -> Session:
        raise HTTPException(401)

    app = FastAPI()
    app.include_router(sparql_router(nobody))
    assert TestClient(app).get("/sparql", params={"query": "ASK {}"}).status_code == 401


SERVER = """
import sys
from pathlib import Path
import uvicorn
from fastapi import FastAPI, HTTPException, Request
from fastapi.middleware.gzip import GZipMiddleware
from api.problems import install
from graph.snapshots import Checkpoints
from graph.snapshots import FixedCheckpoint
from sparql.answering import Session
from sparql.endpoint import sparql_router
from sparql.limits import Limits
from sparql.pool import QueryPool
from sparql.service import Service
from sparql.streaming import CutAnswers

pool = QueryPool(FixedCheckpoint(Path(sys.argv[1])), Limits(seconds=2, bytes=3_000_000))
app = FastAPI()
install(app)
service = Service(pool)

async def session(request):
    return Session(service, "test")

app.include_router(sparql_router(session))

@app.get("/status")
def status():
    found = pool.status()
    return {name: getattr(found, name) for name in found.__struct_fields__}

@app.middleware("http")
async def plain(request, call_next):
    return await call_next(request)

app.add_middleware(GZipMiddleware)
app.add_middleware(CutAnswers)
pool.start()
uvicorn.run(app, port=int(sys.argv[2]), log_level="critical")
"""


@pytest.fixture(scope="module")
def server(checkpoint: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-c", SERVER, str(checkpoint), str(port)], stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        assert _eventually(lambda: _status(address) is not None, 60)
        yield address
    finally:
        process.kill()
        process.wait()


def _status(address: str) -> dict[str, int] | None:
    try:
        return dict(httpx2.get(address + "/status").json())
    except httpx2.TransportError:
        return None


def _eventually(true: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.05)
    return true()


@pytest.mark.server
def test_an_endless_query_is_answered_by_an_error(server: str, endless: str) -> None:
    start = time.monotonic()
    answer = httpx2.post(server + "/sparql", data={"query": endless}, timeout=10)
    assert 1.9 < time.monotonic() - start < 8
    assert answer.json()["code"] == "QueryTimeout"
    assert httpx2.get(server + "/sparql", params={"query": "ASK {}"}).json()["boolean"] is True


@pytest.mark.server
def test_a_client_that_leaves_before_the_answer_frees_the_worker(server: str, endless: str) -> None:
    with pytest.raises(httpx2.TimeoutException):
        httpx2.get(server + "/sparql", params={"query": endless}, timeout=0.4)
    assert _eventually(lambda: (_status(server) or {})["busy"] == 0, 6)


@pytest.mark.server
def test_a_client_that_leaves_within_the_answer_frees_the_worker(server: str) -> None:
    text = "SELECT * { ?a ?b ?c . ?d ?e ?f }"
    with httpx2.stream("GET", server + "/sparql", params={"query": text}) as answer:
        next(answer.iter_raw())
    assert _eventually(lambda: (_status(server) or {})["busy"] == 0, 6)


@pytest.mark.server
@pytest.mark.parametrize("accept", ["application/json", "text/csv", "application/n-triples"])
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_a_cut_answer_never_ends_well(server: str, accept: str, coding: str) -> None:
    pattern = "{ ?a ?b ?c . ?d ?e ?f }"
    text = f"CONSTRUCT {{ ?a ?e ?c }} WHERE {pattern}" if "triples" in accept else f"SELECT * {pattern}"
    got = b""
    headers = {"Accept": accept, "Accept-Encoding": coding}
    with (
        pytest.raises(httpx2.RemoteProtocolError),
        httpx2.stream("GET", server + "/sparql", params={"query": text}, headers=headers) as answer,
    ):
        assert answer.status_code == 200
        for chunk in answer.iter_raw():
            got += chunk
    assert len(got) > 1_000
    if accept == "application/json" and coding == "identity":
        with pytest.raises(json.JSONDecodeError):
            json.loads(got)
