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
from mcp.client import Client as ModelClient
from mcp.client.stdio import StdioServerParameters

from api.client import Client
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
