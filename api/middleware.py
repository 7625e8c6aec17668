"""Headers every answer carries, and a limit on bodies. Plain ASGI: streams pass through untouched."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ontology.errors import PayloadTooLarge

_POLICY = (
    "default-src 'self'; style-src 'self'; script-src 'self'; img-src 'self' data:;"
    " frame-ancestors 'none'; base-uri 'none'"
)
_DOCS = ("/docs", "/redoc")


class AnswerHeaders:
    """Security headers, what is left of the caller's allowance (set by `api.deps`), and the
    headers that a route left in the request's state because they belong to its problems as well."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                allowance = scope.get("state", {}).get("allowance")
                if allowance is not None:
                    headers.update(allowance.headers())
                headers.update(scope.get("state", {}).get("headers", {}))
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Referrer-Policy", "same-origin")
                if not scope["path"].startswith(_DOCS):
                    headers.setdefault("Content-Security-Policy", _POLICY)
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
