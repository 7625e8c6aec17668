"""`/mcp`: the Model Context Protocol over HTTP, the same tools as `gnomon mcp`; nothing can be changed through it.

Streamable HTTP as the protocol has it, without streams and sessions: a POST is one message, its answer JSON.
https://modelcontextprotocol.io/specification/2025-06-18/basic/transports#streamable-http
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Final
from urllib.parse import urlsplit

import msgspec
from fastapi import Request, Response

from api.client.client import Client
from api.deps import Here, Reader
from api.mcp.inside import Inside
from api.mcp.messages import VERSIONS, Session
from api.routing import Router, asks_only
from ontology.errors import Forbidden, QuerySyntaxError

router = Router(include_in_schema=False)
_AT_ONCE: Final = ThreadPoolExecutor(8, thread_name_prefix="mcp")
"""Threads of their own: what they ask for needs those of the server."""
_LOCAL: Final = ("localhost", "127.0.0.1", "::1")
_CREDENTIALS: Final = ("x-api-key", "authorization")


@router.post("/mcp")
@asks_only
async def mcp(request: Request, here: Here, _: Reader) -> Response:
    """One message of the protocol; what a tool asks for counts against the caller's allowance."""
    _own_origin(request.headers.get("origin", ""), here.settings.base_iri, here.settings.mcp_origins)
    version = request.headers.get("mcp-protocol-version", VERSIONS[0])
    if version not in VERSIONS:
        raise QuerySyntaxError(f"version {version[:20]!r} is not spoken here", place="MCP-Protocol-Version",
                               hint=f"use one of {', '.join(VERSIONS)}")  # fmt: skip
    message = await request.body()
    loop = asyncio.get_running_loop()
    headers = {name: request.headers[name] for name in _CREDENTIALS if name in request.headers}
    caller = (request.client.host, request.client.port) if request.client else None
    inside = Inside(request.app, loop, caller, headers, urlsplit(here.settings.base_iri).path)

    def answered() -> bytes | None:
        with Client(here.settings.base_iri, retries=0, kept=0, transport=inside) as gnomon:
            return Session(gnomon).answer(message)

    answer = await loop.run_in_executor(_AT_ONCE, answered)
    if answer is None:
        return Response(status_code=202)
    unread = msgspec.json.decode(answer).get("id") is None
    return Response(answer, status_code=400 if unread else 200, media_type="application/json")


def _own_origin(origin: str, base: str, others: tuple[str, ...]) -> None:
    """Refuse pages of other sites, also those whose name was made to lead here (DNS rebinding)."""
    if not origin or origin in others or origin == f"{urlsplit(base).scheme}://{urlsplit(base).netloc}":
        return
    try:
        host = urlsplit(origin).hostname
    except ValueError:
        host = None
    if host not in _LOCAL:
        raise Forbidden("pages of this site may not ask here", place="Origin", hint="mcp_origins names those that may")
