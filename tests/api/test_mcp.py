"""The Model Context Protocol, spoken with the reference client as a process, and with hostile lines."""

from __future__ import annotations

import asyncio
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx2
import jsonschema
import pytest
from fastapi.testclient import TestClient
from mcp.client import Client as ModelClient
from mcp.client.stdio import StdioServerParameters

from api.app import create_app
from api.auditing.log import Wanted, audit_log
from api.auth import Keys, Role
from api.client import Client
from api.mcp.inside import Inside
from api.mcp.messages import MAX_MESSAGE, VERSIONS, Session
from api.mcp.stdio import converse
from api.mcp.tools import TOOLS
from api.settings import Settings
from bench.w3c.server import serving

pytestmark = pytest.mark.server
TOPIC = "https://example.org/gnomon/sample/information-retrieval"
ASKED: dict[str, dict[str, Any]] = {
    "search": {"query": "retrieval", "limit": 3},
    "work": {"id": ""},
    "concept": {"name": "information retrieval"},
    "relations": {"start": "BM25", "end": "machine learning"},
    "experts": {"of": TOPIC},
    "topics_of_text": {"text": "We combine BM25 with dense retrieval.", "title": "Query expansion"},
    "report": {"of": ""},
    "resources": {"limit": 5},
    "sparql": {"query": "SELECT ?w { ?w a gn:Work } LIMIT 4"},
    "named_queries": {"words": "most cited"},
    "named_query": {"name": "works-per-year"},
}


@pytest.fixture(scope="module")
def address(built: Settings) -> Iterator[str]:
    with serving(built.data) as address:
        yield address


@pytest.fixture(scope="module")
def session(address: str) -> Iterator[Session]:
    with Client(address) as client:
        yield Session(client)


def _said(session: Session, method: str, **params: Any) -> dict[str, Any]:
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    told: dict[str, Any] = json.loads(session.answer(json.dumps(message).encode()) or b"null")
    return told


def test_the_reference_client_uses_every_tool_over_a_data_folder(built: Settings, address: str) -> None:
    environment = os.environ | {"GNOMON_ENCODER": "none", "GNOMON_DATA": str(built.data)}
    server = StdioServerParameters(command=sys.executable, args=["-m", "api.cli.main", "mcp"], env=environment)

    async def talk() -> dict[str, Any]:
        found: dict[str, Any] = {}
        async with ModelClient(server, read_timeout_seconds=60) as client:
            listed = (await client.list_tools()).tools
            assert [tool.name for tool in listed] == list(TOOLS)
            assert all(tool.annotations and tool.annotations.read_only_hint for tool in listed)
            for name, arguments in ASKED.items():
                if name == "work":
                    arguments = {"id": found["search"]["answer"]["works"][0]["iri"]}
                if name == "report":
                    arguments = {"of": found["experts"]["answer"]["found"]["experts"][0]["iri"]}
                result = await client.call_tool(name, arguments)  # the client holds it against the output schema
                assert not result.is_error, (name, result.content)
                found[name] = result.structured_content
            refused = await client.call_tool("sparql", {"query": "DROP ALL"})
            assert refused.is_error
            assert "QueryForbidden" in refused.content[0].text
        return found

    found = asyncio.run(talk())
    assert all(reply["evidence"] and reply["completeness"] and reply["rerun"] for reply in found.values())
    work = found["work"]["answer"]
    assert work["text"]
    assert all(part["iri"].startswith(work["iri"] + "/") for part in work["text"])
    assert found["sparql"]["completeness"].startswith("4 of 4 rows")
    assert [one["name"] for one in found["topics_of_text"]["answer"]["topics"]]
    assert found["report"]["answer"]["kind"] == "person"
    for name, reply in found.items():
        again = httpx2.get(address + reply["rerun"].removeprefix(built.base_iri), follow_redirects=True, timeout=60,
                           headers={"Accept": "application/json, application/sparql-results+json"})  # fmt: skip
        assert again.status_code == 200, (name, reply["rerun"])
    rows = httpx2.get(address + found["sparql"]["rerun"].removeprefix(built.base_iri), timeout=60,
                      headers={"Accept": "application/sparql-results+json"}).json()  # fmt: skip
    assert [row["w"]["value"] for row in rows["results"]["bindings"]] == [
        row["w"] for row in found["sparql"]["answer"]["rows"]
    ]


def test_replies_fit_the_schemas_they_promise(session: Session) -> None:
    tools = {tool["name"]: tool for tool in _said(session, "tools/list")["result"]["tools"]}
    assert all(tool[key]["type"] == "object" for tool in tools.values() for key in ("inputSchema", "outputSchema"))
    for name in ("search", "concept", "relations", "resources", "named_query", "topics_of_text"):
        jsonschema.validate(ASKED[name], tools[name]["inputSchema"])
        result = _said(session, "tools/call", name=name, arguments=ASKED[name])["result"]
        jsonschema.validate(result["structuredContent"], tools[name]["outputSchema"])
        assert json.loads(result["content"][0]["text"]) == result["structuredContent"]


def test_versions_are_agreed_on(session: Session) -> None:
    for asked, told in ((VERSIONS[1], VERSIONS[1]), ("1999-01-01", VERSIONS[0]), (None, VERSIONS[0])):
        assert _said(session, "initialize", protocolVersion=asked)["result"]["protocolVersion"] == told
    assert _said(session, "ping")["result"] == {}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"{", -32700), (b"\xff\xfe", -32700), (b"[" * 100_000, -32700), (b"[]", -32600), (b"1", -32600),
        (b'{"id":1,"method":"ping"}', -32600), (b'{"jsonrpc":"2.0","id":{},"method":"ping"}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":"tools/sell"}', -32601),
        (b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":[1]}', -32602),
        (b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"rm"}}', -32602),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"' + b"a" * MAX_MESSAGE + b'"}}', -32600),
    ],
)  # fmt: skip
def test_what_the_protocol_refuses(session: Session, line: bytes, code: int) -> None:
    assert json.loads(session.answer(line) or b"{}")["error"]["code"] == code


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("search", {"query": "title:("}), ("search", {"query": "a", "limit": 10**9}), ("search", {}),
        ("search", {"query": 7}), ("search", {"query": "a", "else": 1}), ("search", []),
        ("search", {"query": "a" * 3000}),
        ("work", {"id": "\x00"}), ("work", {"id": "../../etc/passwd"}), ("concept", {"name": "http://x/%00"}),
        ("relations", {"start": "'", "end": '"'}), ("experts", {}), ("topics_of_text", {"text": "\x00"}),
        ("topics_of_text", {"text": "a" * 9_000}),
        ("sparql", {"query": "SELECT * { SERVICE <http://127.0.0.1/> { } }"}),
        ("sparql", {"query": "SELECT"}), ("named_query", {"name": "../status"}), ("named_query", {"name": "nothing"}),
        ("named_query", {"name": "works-per-year", "parameters": {"x": "1"}}), ("report", {"of": "nobody at all"}),
        ("report", {"of": "http://x/id/person/../../status"}),
    ],
)  # fmt: skip
def test_what_a_tool_refuses_is_told_in_words(session: Session, name: str, arguments: Any) -> None:
    result = _said(session, "tools/call", name=name, arguments=arguments)["result"]
    assert result["isError"] is True
    assert len(result["content"][0]["text"]) > 10


def test_notifications_are_not_answered_and_long_lines_are_passed_over(session: Session) -> None:
    ping = b'{"jsonrpc":"2.0","id":"x","method":"ping"}\n'
    lines = [b'{"jsonrpc":"2.0","method":"notifications/initialized"}\n', b"\n", b"a" * (3 * MAX_MESSAGE) + b"\n", ping]
    sink = io.BytesIO()
    converse(session, io.BytesIO(b"".join(lines)), sink)
    refused, answered = sink.getvalue().splitlines()
    assert json.loads(refused)["error"]["code"] == -32600
    assert json.loads(answered) == {"jsonrpc": "2.0", "id": "x", "result": {}}


def test_a_server_that_is_not_there_is_told_in_words(tmp_path: Any) -> None:
    asked = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search","arguments":{"query":"a"}}}\n'
    found = subprocess.run(
        [sys.executable, "-m", "api.cli.main", "mcp", "--data", str(tmp_path / "none")], input=asked,
        capture_output=True, timeout=120,
        check=True,
    )  # fmt: skip
    told = json.loads(found.stdout)["result"]
    assert told["isError"] is True
    assert "gnomon build" in told["content"][0]["text"]


def test_the_reference_client_speaks_over_http(address: str, built: Settings) -> None:
    """The same tools at /mcp of a server; a key's role and allowance are its own."""

    async def talk() -> dict[str, Any]:
        async with ModelClient(f"{address}/mcp", read_timeout_seconds=60) as client:
            assert [tool.name for tool in (await client.list_tools()).tools] == list(TOOLS)
            found = await client.call_tool("search", {"query": "retrieval", "limit": 2})
            assert not found.is_error, found.content
            refused = await client.call_tool("sparql", {"query": "DROP ALL"})
            assert refused.is_error
            return dict(found.structured_content or {})

    found = asyncio.run(talk())
    assert found["answer"]["works"]
    assert found["rerun"].startswith(built.base_iri)


PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
SEARCH = {"jsonrpc": "2.0", "id": 2, "method": "tools/call",
          "params": {"name": "search", "arguments": {"query": "retrieval"}}}  # fmt: skip


@pytest.fixture(scope="module")
def web(built: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(built), base_url="http://localhost:8000") as web:
        yield web


def test_one_message_is_one_answer(web: TestClient) -> None:
    answer = web.post("/mcp", json=PING, headers={"Accept": "application/json, text/event-stream"})
    assert (answer.status_code, answer.json()) == (200, {"jsonrpc": "2.0", "id": 1, "result": {}})
    assert web.post("/mcp", json={"jsonrpc": "2.0", "method": "notifications/initialized"}).status_code == 202
    assert web.post("/mcp", content=b"{").json()["error"]["code"] == -32700
    assert web.post("/mcp", content=b"[]").status_code == 400
    assert web.get("/mcp").status_code == 405
    assert web.post("/mcp", json=PING, headers={"MCP-Protocol-Version": "1999-01-01"}).status_code == 400
    assert web.post("/mcp", json=SEARCH).json()["result"]["isError"] is False


@pytest.mark.parametrize(
    ("origin", "status"),
    [("http://localhost:8000", 200), ("http://127.0.0.1:3000", 200), ("https://evil.example", 403), ("null", 403),
     ("http://localhost.evil.example", 403), ("http://[", 403)],
)  # fmt: skip
def test_pages_of_others_may_not_speak_to_it(web: TestClient, origin: str, status: int) -> None:
    assert web.post("/mcp", json=PING, headers={"Origin": origin}).status_code == status
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST",
             "Access-Control-Request-Headers": "content-type, mcp-protocol-version"}  # fmt: skip
    assert web.options("/mcp", headers=asked).status_code == 200  # the browser is told that anybody may ask, we look
    rebound = {"Origin": "http://evil.example:8000", "Host": "evil.example:8000"}
    assert web.post("/mcp", json=PING, headers=rebound).status_code == 403


def test_a_failure_inside_is_logged_and_its_words_stay_there(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(*_: Any) -> None:
        raise RuntimeError("words of the inside")

    async def answered() -> httpx2.Response:
        loop = asyncio.get_running_loop()
        request = httpx2.Request("GET", "http://localhost:8000/v1/search?q=x")
        return await loop.run_in_executor(None, Inside(broken, loop, None, {}).handle_request, request)

    answer = asyncio.run(answered())
    assert answer.status_code == 500 and "words of the inside" not in answer.text
    assert "GET /v1/search failed" in caplog.text and "words of the inside" in caplog.text


def test_roles_and_allowances_hold_over_http(built: Settings) -> None:
    closed = built.model_copy(update={"anonymous_role": "none", "requests_per_minute": 4})
    key = Keys(built.data / "keys.sqlite").add("model", Role.reader)
    with TestClient(create_app(closed), base_url="http://localhost:8000") as web:
        assert web.post("/mcp", json=SEARCH).status_code == 401
        sent = {"X-API-Key": key}
        assert web.post("/mcp", json=SEARCH, headers=sent).json()["result"]["isError"] is False
        query = {"name": "sparql", "arguments": {"query": "ASK {}"}}
        refused = web.post("/mcp", json={**SEARCH, "params": query}, headers=sent).json()["result"]
        assert "Forbidden" in refused["content"][0]["text"]
        told = audit_log(built).page(Wanted(who="model")).entries[0]
        assert (told.door, told.refused, told.operation) == ("mcp", True, "sparql_get")
        assert web.post("/mcp", json=PING, headers=sent).status_code == 200
        assert web.post("/mcp", json=PING, headers=sent).status_code == 429
