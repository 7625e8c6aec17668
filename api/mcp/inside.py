"""The API asked from within: requests of a synchronous client go to the application itself, not over a network.

Roles, allowances, limits and the audit log hold as for any other client, whose address and key they are asked with.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

import httpx2
from starlette.types import ASGIApp, Message

_log: Final = logging.getLogger(__name__)
_PATIENCE: Final = 120.0
_FAILED: Final = {"status": 500, "code": "ServerError", "detail": "the server failed; its log says why"}


class Inside(httpx2.BaseTransport):
    """To be used in threads beside the loop in which `app` runs."""

    def __init__(
        self, app: ASGIApp, loop: asyncio.AbstractEventLoop, client: tuple[str, int] | None, headers: Mapping[str, str],
        below: str = "",
    ) -> None:  # fmt: skip
        """`headers` go with each request: the caller's key or token. `below` is the path that addresses begin with,
        which a proxy takes away from requests that come from outside."""
        self._app, self._loop, self._client, self._headers = app, loop, client, dict(headers)
        self._below = below.rstrip("/").encode()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """The application's answer, whole."""
        body = request.read()
        asking = asyncio.run_coroutine_threadsafe(self._asked(request, body), self._loop)
        try:
            return asking.result(_PATIENCE)
        except TimeoutError as error:
            asking.cancel()
            raise httpx2.ReadTimeout("the answer took too long", request=request) from error

    async def _asked(self, request: httpx2.Request, body: bytes) -> httpx2.Response:
        told: dict[str, Any] = {"status": 0, "headers": []}
        pieces: list[bytes] = []
        sent, ended = iter([{"type": "http.request", "body": body, "more_body": False}]), asyncio.Event()

        async def receive() -> Message:
            message = next(sent, None)
            if message is None:
                await ended.wait()
            return message or {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                told.update(message)
            else:
                pieces.append(message.get("body", b""))

        try:
            await self._app(self._scope(request), receive, send)
        except Exception:  # noqa: BLE001 (what a server does with what a request from outside raises)
            _log.exception("%s %s failed", request.method, request.url.path)
            return httpx2.Response(500, json=_FAILED, request=request)
        finally:
            ended.set()
        return httpx2.Response(told["status"], headers=told["headers"], content=b"".join(pieces), request=request)

    def _scope(self, request: httpx2.Request) -> dict[str, Any]:
        url = request.url
        path, _, query = url.raw_path.removeprefix(self._below).partition(b"?")
        kept = [(name.lower(), value) for name, value in request.headers.raw if name.lower() != b"accept-encoding"]
        given = [(name.lower().encode(), value.encode("latin-1")) for name, value in self._headers.items()]
        return {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": request.method,
            "scheme": url.scheme, "path": unquote(path.decode("ascii")), "raw_path": path, "query_string": query,
            "root_path": "", "headers": [*kept, *given], "client": self._client, "server": (url.host, url.port or 80),
            "state": {"door": "mcp"},
        }  # fmt: skip
