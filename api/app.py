"""The HTTP application: routes, problems, headers that every answer carries."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI, Request, Response
from fastapi.middleware.gzip import GZipMiddleware
from starlette.middleware.cors import CORSMiddleware

from api import problems
from api.routes import concepts, discovery, entities, health, pages, search, sparql, works
from api.settings import Settings
from api.wiring import Services

_DESCRIPTION = (
    "Search works, open them down to the sentence, follow topics and relations, ask SPARQL. "
    "Errors are problem+json (RFC 9457) with `code`, `place` and `hint`."
)
_POLICY = (
    "default-src 'self'; style-src 'self'; script-src 'none'; img-src 'self' data:;"
    " frame-ancestors 'none'; base-uri 'none'"
)
_DOCS = ("/docs", "/redoc")


def create_app(settings: Settings) -> FastAPI:
    """The application over one data folder. Services start when they are first needed."""
    services = Services(settings)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        yield
        services.close()

    app = FastAPI(
        title="Gnomon", version=version("gnomon"), description=_DESCRIPTION, lifespan=life,
        responses=problems.RESPONSES,  # type: ignore[arg-type]
    )  # fmt: skip
    app.state.services = services
    problems.install(app)
    for module in (search, works, concepts, entities, discovery, sparql, health, pages):
        app.include_router(module.router)
    app.add_middleware(GZipMiddleware, minimum_size=1024)
    app.add_middleware(
        CORSMiddleware, allow_origins=["*"], allow_methods=["GET", "HEAD", "POST", "OPTIONS"],
        allow_headers=["Accept", "Content-Type", "X-API-Key", "If-None-Match"],
        expose_headers=["ETag", "Link", "Retry-After", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"],
    )  # fmt: skip
    app.middleware("http")(_finish)
    app.middleware("http")(_guard_size(settings.max_body_bytes))
    return app


async def _finish(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Allowance and security headers."""
    answer = await call_next(request)
    allowance = getattr(request.state, "allowance", None)
    if allowance is not None:
        answer.headers.update(allowance.headers())
    answer.headers.setdefault("X-Content-Type-Options", "nosniff")
    answer.headers.setdefault("Referrer-Policy", "same-origin")
    if not request.url.path.startswith(_DOCS):
        answer.headers.setdefault("Content-Security-Policy", _POLICY)
    return answer


def _guard_size(limit: int) -> Callable[[Request, Callable[[Request], Awaitable[Response]]], Awaitable[Response]]:
    """Refuse bodies larger than `limit` bytes before they are read."""

    async def check(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        length = request.headers.get("content-length", "")
        if length.isdigit() and int(length) > limit:
            return problems.problem(
                request, 413, f"the body has {length} bytes, more than {limit}", "BodyTooLarge",
                hint="the setting max_body_bytes raises the limit",
            )  # fmt: skip
        return await call_next(request)

    return check
