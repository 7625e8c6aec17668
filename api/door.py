"""The short way to `/sparql`, past the router and what else a point query has no use for.

An answer that is small and complete goes out as it is. Everything that wants more (another origin, packing, a
stream) gets it from the same middleware as all other answers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from fastapi import Request
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import problem_of
from ontology.errors import GnomonError
from sparql.endpoint import Sessions, respond
from sparql.streaming import StreamedAnswer

PATH: Final = "/sparql"
METHODS: Final = frozenset({"GET", "HEAD", "POST"})
PACKED_FROM: Final = 1024
"""Bytes of an answer that is worth packing."""
_EXPOSED: Final = ["ETag", "Link", "Retry-After", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"]
_RESPONSE: Final = "gnomon.response"


def packing(app: ASGIApp) -> ASGIApp:
    """With answers packed for those who can unpack them."""
    return GZipMiddleware(app, minimum_size=PACKED_FROM, compresslevel=6)


def for_any_origin(app: ASGIApp) -> ASGIApp:
    """Any page may ask: keys are sent in a header, so there are no cookies to protect."""
    return CORSMiddleware(
        app, allow_origins=["*"], allow_methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
        allow_headers=["Accept", "Content-Type", "X-API-Key", "X-Profile", "If-None-Match"], expose_headers=_EXPOSED,
    )  # fmt: skip


class SparqlDoor:
    """ASGI middleware that answers at PATH itself, except those requests that `passing` lets through."""

    def __init__(
        self, app: ASGIApp, session: Sessions, passing: Callable[[Scope], bool] = lambda scope: False
    ) -> None:  # fmt: skip
        self._app = app
        self._session = session
        self._passing = passing
        self._dressed = for_any_origin(packing(_given))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        mine = scope["type"] == "http" and scope["path"] == scope.get("root_path", "") + PATH
        if not mine or scope["method"] not in METHODS or self._passing(scope):
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            response = await respond(request, await self._session(request))
        except ClientDisconnect:
            return
        except GnomonError as error:
            response = problem_of(request, error)
        large = isinstance(response, StreamedAnswer) or len(response.body) >= PACKED_FROM
        packed = large and "gzip" in request.headers.get("accept-encoding", "")
        if not packed and "origin" not in request.headers:
            await response(scope, receive, send)
        else:
            scope[_RESPONSE] = response
            await self._dressed(scope, receive, send)


async def _given(scope: Scope, receive: Receive, send: Send) -> None:
    response: Response = scope[_RESPONSE]
    await response(scope, receive, send)
