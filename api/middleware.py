"""Headers every answer carries, packing, other origins, and a limit on bodies. Plain ASGI: streams pass through
untouched."""

from __future__ import annotations

from typing import Final

from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ontology.errors import PayloadTooLarge

_POLICY = (
    "default-src 'self'; style-src 'self'; script-src 'self'; img-src 'self' data:;"
    " frame-ancestors 'none'; base-uri 'none'"
)
_DOCS = ("/docs", "/redoc")
_GUARD = (b"content-security-policy", _POLICY.encode("ascii"))
_FIXED = ((b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"same-origin"), _GUARD)
"""For every answer that does not set them itself; the pages of the documentation need scripts from elsewhere."""

PACKED_FROM: Final = 1024
"""Bytes of an answer that is worth packing."""
_EXPOSED: Final = [
    "ETag", "Link", "Retry-After", "RateLimit", "Query-Budget", "Answer-Completeness",
    "Content-Disposition",
]  # fmt: skip
CROSSING: Final = {"access-control-allow-origin": "*", "access-control-expose-headers": ", ".join(_EXPOSED)}
"""What `for_any_origin` puts into an answer to a page's script."""


def packing(app: ASGIApp) -> ASGIApp:
    """With answers packed for those who can unpack them."""
    return GZipMiddleware(app, minimum_size=PACKED_FROM, compresslevel=6)


def for_any_origin(app: ASGIApp) -> ASGIApp:
    """Any page may ask: keys are sent in a header, so there are no cookies to protect."""
    return CORSMiddleware(
        app, allow_origins=["*"], allow_methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
        allow_headers=[
            "Accept", "Content-Type", "X-API-Key", "Authorization", "X-Profile", "If-None-Match",
            "MCP-Protocol-Version",
        ],
        expose_headers=_EXPOSED,
    )  # fmt: skip


class AnswerHeaders:
    """Security headers, what is left of the caller's allowance (set by `api.deps`), and the
    headers that a route left in the request's state because they belong to its problems as well."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        docs = scope["path"].startswith(_DOCS)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                state = scope.get("state", {})
                allowance = state.get("allowance")
                added = {**(allowance.headers() if allowance is not None else {}), **state.get("headers", {})}
                there = {name for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in added.items()),
                    *(one for one in _FIXED if one[0] not in there and not (one is _GUARD and docs)),
                ]
            await send(message)

        await self._app(scope, receive, with_headers)


class BodyLimit:
    """Refuses bodies of more than `limit` bytes, declared or counted while they arrive."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b"")) if message["type"] == "http.request" else 0
            if seen > self._limit:
                raise PayloadTooLarge(
                    f"the body has more than {self._limit} bytes", place=str(scope.get("path", "")),
                    hint="the setting max_body_bytes raises the limit",
                )  # fmt: skip
            return message

        await self._app(scope, counted, send)
