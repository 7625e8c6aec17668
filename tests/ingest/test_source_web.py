"""What is believed of a server on the web, and what is not."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2
import pytest

from ingest.sources.politeness import Politeness
from ingest.sources.web import Pace, guarded_client, leads_inside, private, retry_after, user_agent
from ontology.errors import PayloadTooLarge, SourceError

QUICK = Politeness(timeout=5.0, answer_bytes=1 << 20)


class _Handler(BaseHTTPRequestHandler):
    answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
    asked: list[dict[str, str]] = []

    def do_GET(self) -> None:
        type(self).asked.append(dict(self.headers))
        status, headers, body = self.answers[self.path]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def site() -> Iterator[str]:
    """A server on this machine; tests put answers in `_Handler.answers`."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        _Handler.answers, _Handler.asked = {}, []
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.mark.parametrize(
    "address, wanted",
    [
        ("127.0.0.1", True), ("10.1.2.3", True), ("192.168.0.9", True), ("169.254.169.254", True), ("::1", True),
        ("fe80::1%eth0", True), ("fd00::1", True), ("::ffff:10.0.0.1", True), ("100.64.0.1", True), ("0.0.0.0", True),
        ("93.184.216.34", False), ("2606:2800:220:1::1", False), ("::ffff:93.184.216.34", False), ("nonsense", False),
    ],
)  # fmt: skip
def test_private_addresses_are_known(address: str, wanted: bool) -> None:
    assert private(address) is wanted


def test_a_redirect_inside_is_refused_unless_we_are_inside_ourselves(
    site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = site.rpartition(":")[2]
    _Handler.answers = {
        "/away": (302, {"Location": f"http://localhost:{port}/here"}, b""), "/here": (200, {}, b"inside"),
    }  # fmt: skip
    with guarded_client(site, QUICK, {"X-Token": "hush"}) as client:
        assert client.get(f"{site}/away").text == "inside"
    assert _Handler.asked[0]["X-Token"] == "hush"
    assert "X-Token" not in _Handler.asked[1], "a secret is for the server it was given for"
    _Handler.asked.clear()
    monkeypatch.setattr("ingest.sources.web.leads_inside", lambda host: host == "localhost")
    monkeypatch.setattr("ingest.sources.web.private", lambda address: False)
    with guarded_client(site, QUICK) as client, pytest.raises(SourceError, match="private network"):
        client.get(f"{site}/away")
    assert len(_Handler.asked) == 1, "the inner machine was not asked"


def test_a_name_that_comes_to_lead_inside_is_refused(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _Handler.answers = {"/": (200, {}, b"inside")}
    monkeypatch.setattr("ingest.sources.web.leads_inside", lambda host: False)
    with guarded_client(site, QUICK) as client, pytest.raises(SourceError, match="now leads into"):
        client.get(f"{site}/")


def test_redirects_have_an_end(site: str) -> None:
    _Handler.answers = {"/": (302, {"Location": "/"}, b"")}
    with guarded_client(site, QUICK) as client, pytest.raises(httpx2.TooManyRedirects):
        client.get(f"{site}/")


@pytest.mark.parametrize("address", ["", "ftp://x.example/", "file:///etc/passwd", "x.example/oai", "http://"])
def test_only_addresses_of_the_web(address: str) -> None:
    with pytest.raises(SourceError):
        guarded_client(address, QUICK)


def test_packed_answers_are_unpacked_within_the_limit(site: str) -> None:
    packed = {"Content-Encoding": "gzip"}
    two = gzip.compress(b"a" * 1000) + gzip.compress(b"b" * 1000)
    _Handler.answers = {
        "/two": (200, packed, two), "/bomb": (200, packed, gzip.compress(b"\0" * (64 << 20))),
        "/half": (200, packed, two[:-5]), "/none": (200, packed, b"not packed at all"),
        "/empty": (200, packed, b""),
    }  # fmt: skip
    with guarded_client(site, QUICK) as client:
        assert client.get(f"{site}/two").content == b"a" * 1000 + b"b" * 1000
        assert client.get(f"{site}/empty").content == b""
        with pytest.raises(PayloadTooLarge):
            client.get(f"{site}/bomb")
        for broken in ("/half", "/none"):
            with pytest.raises(httpx2.RemoteProtocolError):
                client.get(site + broken)


def test_requests_are_spaced_and_slowed_by_what_the_server_grants(site: str) -> None:
    _Handler.answers = {"/": (200, {"X-Rate-Limit-Limit": "10", "X-Rate-Limit-Interval": "1s"}, b"")}
    with guarded_client(site, Politeness(per_second=200.0)) as client:
        began = time.monotonic()
        for _ in range(4):
            client.get(f"{site}/")
    assert time.monotonic() - began > 0.2
    pace = Pace(0.0)
    pace.slow_to(0)
    began = time.monotonic()
    pace.wait()
    pace.wait()
    assert time.monotonic() - began < 0.1


def test_patience_has_bounds() -> None:
    polite = Politeness(wait=3.0, longest_wait=60.0)
    assert retry_after("7", polite) == 7
    assert retry_after("86400", polite) == 60
    assert retry_after("in a while", polite) == 3
    assert retry_after("Thu, 01 Jan 1970 00:00:00 GMT", polite) == 0


def test_who_asks() -> None:
    assert user_agent("me@x.example").endswith("(mailto:me@x.example)")
    assert "mailto" not in user_agent("")
    assert leads_inside("localhost")
    assert not leads_inside("no.such.host.invalid")
