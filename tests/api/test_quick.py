"""Plain queries past ASGI: what is plain, and that nobody can tell the quick way from the ordinary one."""

from __future__ import annotations

import gzip
import json
import random
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, quote, quote_plus

import httpx2
import pytest

from api.plain import Begun, Plain, plain_query
from bench.w3c.server import serving
from graph.snapshots import Snapshots
from graph.stores.oxigraph import OxigraphStore

GET = b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: x:1\r\n\r\n"
FORM = b"Host: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: "
POST = b"POST /sparql HTTP/1.1\r\n" + FORM + b"15\r\n\r\nquery=ASK%7B%7D"


def test_what_is_plain() -> None:
    for data in (GET, POST, POST.replace(b"x-www-form-urlencoded", b"sparql-query").replace(b"15", b"15")):
        asked = plain_query(data)
        assert isinstance(asked, Plain)
        assert asked.text in ("ASK{}", "query=ASK%7B%7D")
    for cut in range(POST.index(b"\r\n\r\n") + 4, len(POST)):
        begun = plain_query(POST[:cut])
        assert isinstance(begun, Begun)
        assert begun.with_more(POST[cut:]) == plain_query(POST)
        assert begun.with_more(POST[cut:] + b"G") is None


def test_a_snapshot_may_be_named() -> None:
    for data in (GET.replace(b" HTTP", b"&snapshot=v1.2-a HTTP"), POST.replace(b"sparql ", b"sparql?snapshot=v1.2-a ")):
        asked = plain_query(data)
        assert isinstance(asked, Plain)
        assert (asked.text, asked.snapshot) == ("ASK{}", "v1.2-a")
        for bad in (b"%61", b"a&b=c", b"", b"a+b", b"a" * 81):
            assert plain_query(data.replace(b"v1.2-a", bad)) is None


@pytest.mark.parametrize(
    "data",
    [
        b"", GET[:-2], GET + GET, POST + b"G", GET.replace(b"1.1", b"1.0"), GET.replace(b"GET", b"HEAD"),
        GET.replace(b"?query", b"?a=b&query"), GET.replace(b"ASK", b"\xff"), GET.replace(b"%7B", b"%zz"),
        GET.replace(b"Host: x:1", b"Host: x:1\r\nHost: y"), GET.replace(b"Host: x:1\r\n", b""),
        GET.replace(b"Host: x:1", b"Host: x:1\r\n folded"), GET.replace(b"Host: x:1", b"Host : x:1"),
        GET.replace(b"Host: x:1", b"Host: x:1\nHost: y"), GET.replace(b"Host: x:1", b"Host: a@b"),
        *(GET.replace(b"x:1", b"x:1\r\n" + header) for header in (
            b"X-API-Key: k", b"Cookie: a=b", b"Accept: text/html", b"Connection: close",
            b"Transfer-Encoding: chunked", b"Expect: 100-continue", b"X-Forwarded-For: 10.0.0.1", b"Content-Length: 4",
            b"Upgrade: h2c",
        )),
        POST.replace(b"15", b"+15"), POST.replace(b"15", b"15, 15"), POST.replace(b"15", b"999999999"),
        POST.replace(b"15", b"15\r\nContent-Length: 15"), POST.replace(b"query=", b"updat="),
        POST.replace(b"urlencoded", b"urlencoded; charset=latin-1"),
    ],
)  # fmt: skip
def test_what_is_not(data: bytes) -> None:
    assert plain_query(data) is None


def test_values_are_read_as_everybody_reads_them() -> None:
    dice = random.Random(3)
    signs = ["a", "=", "%", "+", " ", "\n", "é", "𝄞", "&", '"', "\t", "_", "?", "{", "\0", "==", "~", "<", "#"]
    for _ in range(500):
        text = "".join(dice.choice(signs) for _ in range(dice.randrange(60)))
        for said in (quote(text, safe=""), quote_plus(text), quote_plus(text).replace("%3D", "%3d")):
            asked = plain_query(GET.replace(b"ASK%7B%7D", said.encode()))
            assert isinstance(asked, Plain)
            assert asked.text == text == parse_qsl(f"q={said}", keep_blank_values=True)[0][1]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("quick")
    store = OxigraphStore(folder / "store")
    store.apply((), (f'<http://e/{number}> <http://e/p> "{number:050}" .' for number in range(3_000)))
    Snapshots(folder / "snapshots").publish(store, 1)
    store.close()
    return folder


@pytest.fixture(scope="module")
def server(data: Path) -> Iterator[str]:
    with serving(data, query_bytes=3_000_000, query_seconds=3, query_errors_per_minute=4) as address:
        yield address


def _told(address: str, **given: object) -> tuple[int, bytes, dict[str, str]]:
    """Status, body and headers, those left out that differ from one answer to the next, or come of middleware."""
    with httpx2.Client(trust_env=False) as client:
        answer = client.request("GET", f"{address}/sparql", **given)  # type: ignore[arg-type]
    left = {
        "date", "link", "query-budget", "ratelimit", "content-security-policy", "referrer-policy", "content-length",
    }  # fmt: skip
    headers = {k: v for k, v in answer.headers.items() if k not in left}
    headers["vary"] = " ".join(sorted(set(headers.get("vary", "").split(", "))))  # middleware adds what is there
    return answer.status_code, answer.content, headers


@pytest.mark.server
@pytest.mark.parametrize(
    "text",
    [
        "ASK {}", "SELECT * { ?s ?p ?o } ORDER BY ?s LIMIT 100", "SELECT * { ?s <http://e/none> ?o }",
        "CONSTRUCT WHERE { <http://e/1> ?p ?o }", "SELECT (NOW() = NOW() AS ?same) {}", "SELEC",
    ],
)  # fmt: skip
@pytest.mark.parametrize("accept", ["application/json", "text/csv", "text/turtle", "image/png"])
@pytest.mark.parametrize(("coding", "origin"), [("identity", {}), ("gzip", {"Origin": "http://other"})])
def test_both_ways_say_the_same(server: str, text: str, accept: str, coding: str, origin: dict[str, str]) -> None:
    headers = {"Accept": accept, "Accept-Encoding": coding, **origin}
    quick = _told(server, params={"query": text}, headers=headers)
    ordinary = _told(server, params={"query": text, "other": ""}, headers=headers)
    assert quick == ordinary


@pytest.mark.server
@pytest.mark.parametrize("snapshot", ["1", "2", "none"])
def test_of_a_snapshot_too(server: str, snapshot: str) -> None:
    asked = {"query": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "snapshot": snapshot}
    for _ in range(2):
        assert _told(server, params=asked) == _told(server, params=asked | {"other": ""})
    assert _told(server, params=asked)[0] == (200 if snapshot == "1" else 404)


@pytest.mark.server
def test_a_tag_spares_the_answer(server: str) -> None:
    status, _, headers = _told(server, params={"query": "ASK {}"})
    assert status == 200
    status, body, again = _told(server, params={"query": "ASK {}"}, headers={"If-None-Match": headers["etag"]})
    assert (status, body, again["etag"]) == (304, b"", headers["etag"])


@pytest.mark.server
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_a_cut_answer_has_no_end(server: str, coding: str) -> None:
    text = "SELECT * { ?a ?b ?c . ?d ?e ?f }"
    got = b""
    with (
        pytest.raises(httpx2.RemoteProtocolError),
        httpx2.stream("GET", f"{server}/sparql", params={"query": text}, headers={"Accept-Encoding": coding}) as answer,
    ):
        assert answer.status_code == 200
        assert answer.headers["answer-completeness"] == "pending"
        for chunk in answer.iter_raw():
            got += chunk
    assert len(got) > 10_000
    with pytest.raises((json.JSONDecodeError, EOFError)):
        json.loads(gzip.decompress(got) if coding == "gzip" else got)


@pytest.mark.server
def test_a_long_answer_is_whole(server: str) -> None:
    for coding in ("identity", "gzip"):
        status, body, _ = _told(server, params={"query": "SELECT * { ?s ?p ?o }"}, headers={"Accept-Encoding": coding})
        assert status == 200
        assert len(json.loads(body)["results"]["bindings"]) == 3_000


@pytest.mark.server
def test_one_connection_for_requests_of_both_kinds_and_in_pieces(server: str) -> None:
    host, port = server.removeprefix("http://").split(":")
    ordinary = GET.replace(b"Host: x:1", b"Host: x:1\r\nX-Forwarded-For: 10.0.0.9")
    with socket.create_connection((host, int(port)), timeout=10) as line:
        for sent in ([GET], [ordinary], [POST[:90], POST[90:]], [GET + ordinary + POST], [POST[:30], POST[30:], GET]):
            wanted = sum(part.count(b"HTTP/1.1\r\n") for part in sent)
            for part in sent:
                line.sendall(part)
            got = b""
            while got.count(b'"boolean":true}') < wanted:
                piece = line.recv(1 << 16)
                assert piece
                got += piece
            assert got.count(b"HTTP/1.1 200 OK") == wanted


@pytest.mark.server
def test_who_leaves_frees_the_worker(server: str) -> None:
    endless = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    for _ in range(4):
        with pytest.raises(httpx2.TimeoutException):
            httpx2.get(f"{server}/sparql", params={"query": endless}, timeout=0.3, trust_env=False)
    status, _, _ = _told(server, params={"query": "ASK {}"})
    assert status == 200
