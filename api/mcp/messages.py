"""The protocol, without knowing who carries it: one message in, at most one out.

JSON-RPC 2.0 as the Model Context Protocol of 2025-06-18 has it (no batches): initialize, ping, tools/list, tools/call,
and notifications, which are never answered. https://modelcontextprotocol.io/specification/2025-06-18
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any, Final

import msgspec

from api.client.client import Client
from api.mcp.tools import TOOLS, Tool
from ontology.errors import GnomonError

VERSIONS: Final = ("2025-06-18", "2025-03-26", "2024-11-05")
"""Spoken here, the newest first."""
MAX_MESSAGE: Final = 1 << 20
"""Bytes of a message."""
_PARSE, _REQUEST, _METHOD, _PARAMS, _INTERNAL = -32700, -32600, -32601, -32602, -32603
INSTRUCTIONS: Final = (
    "A catalogue of scholarly works with their texts, topics, people, organisations and the claims read from them. "
    "Every reply names its evidence, says whether it is complete, and has the address (rerun) that gives it again: "
    "cite works by their IRI or DOI, and machine-made statements with their confidence. Begin with search or concept; "
    "sparql reaches everything."
)


class _Fault(Exception):
    """A request that the protocol itself refuses."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Session:
    """One client of the protocol; `gnomon` is asked for everything."""

    def __init__(self, gnomon: Client, tools: Mapping[str, Tool] = TOOLS) -> None:
        self._gnomon = gnomon
        self._tools = tools

    def answer(self, message: bytes) -> bytes | None:
        """The answer to a message; None where it wants none."""
        number: Any = None
        try:
            asked = _read(message)
            number = asked.get("id")
            if "method" not in asked or "id" not in asked:
                return None  # a notification, or an answer to something that was never asked
            result = self._result(str(asked["method"]), asked.get("params") or {})
        except _Fault as fault:
            return _encoded({"id": number, "error": {"code": fault.code, "message": str(fault)}})
        return _encoded({"id": number, "result": result})

    def _result(self, method: str, params: Any) -> dict[str, Any]:
        if not isinstance(params, dict):
            raise _Fault(_PARAMS, "params must be an object")
        match method:
            case "initialize":
                wanted = params.get("protocolVersion")
                return {
                    "protocolVersion": wanted if wanted in VERSIONS else VERSIONS[0],
                    "capabilities": {"tools": {"listChanged": False}},
                    "serverInfo": {"name": "gnomon", "title": "Gnomon", "version": version("gnomon")},
                    "instructions": INSTRUCTIONS,
                }
            case "ping":
                return {}
            case "tools/list":
                return {"tools": [tool.described() for tool in self._tools.values()]}
            case "tools/call":
                return self._called(params)
            case _:
                raise _Fault(_METHOD, f"there is no method {method[:100]!r} here")

    def _called(self, params: dict[str, Any]) -> dict[str, Any]:
        """What a tool says; what it refuses is a result too, so that whoever asked can do better."""
        tool = self._tools.get(str(params.get("name")))
        if tool is None:
            raise _Fault(_PARAMS, f"there is no tool {str(params.get('name'))[:100]!r}; tools/list names them")
        try:
            reply = tool.call(self._gnomon, params.get("arguments") or {})
        except msgspec.ValidationError as error:
            return _refused(f"The arguments do not fit: {error}.")
        except GnomonError as error:
            return _refused(f"{error.code}: {error}")
        told = msgspec.to_builtins(reply)
        return {
            "content": [{"type": "text", "text": msgspec.json.encode(told).decode()}],
            "structuredContent": told,
            "isError": False,
        }


def _read(message: bytes) -> dict[str, Any]:
    if len(message) > MAX_MESSAGE:
        raise _Fault(_REQUEST, f"a message may have {MAX_MESSAGE:,} bytes")
    try:
        asked = msgspec.json.decode(message)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _Fault(_PARSE, f"this is no JSON: {error}") from error
    if not isinstance(asked, dict) or asked.get("jsonrpc") != "2.0":
        raise _Fault(_REQUEST, "a message is one JSON-RPC 2.0 object")
    if not isinstance(asked.get("id", ""), str | int):
        raise _Fault(_REQUEST, "an id is a string or a whole number")
    return asked


def _refused(why: str) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": why}], "isError": True}


def _encoded(body: dict[str, Any]) -> bytes:
    return msgspec.json.encode({"jsonrpc": "2.0", **body})
