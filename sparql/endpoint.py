"""`/sparql` over HTTP: the SPARQL 1.1 Protocol's query operation, streamed.

Errors up to the first byte are raised as they are (`ontology.errors`), for the application to put
on the wire. Later ones cut the stream in its middle (`sparql.streaming`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.params import Depends as Dependency
from starlette.requests import ClientDisconnect

from sparql.asking import Prepared, Stream, prepare, run_prepared
from sparql.description import describe_service
from sparql.formats import FORMATS, negotiate
from sparql.guard import Form
from sparql.pool import Graphs, QueryPool
from sparql.protocol import FORM, QUERY, read_request
from sparql.streaming import StreamedAnswer

_ENCODING_GROWTH: Final = 3
"""A percent-encoded byte takes three."""
_SCHEMA: Final = {
    "requestBody": {
        "content": {
            QUERY: {"schema": {"type": "string"}},
            FORM: {
                "schema": {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]},
            },
        }
    }
}
_PARAMETERS: Final = {
    "parameters": [
        {"name": "query", "in": "query", "schema": {"type": "string"}, "description": "A SPARQL 1.1 query."},
        *(
            {"name": name, "in": "query", "schema": {"type": "array", "items": {"type": "string"}}}
            for name in ("default-graph-uri", "named-graph-uri")
        ),
    ]
}
_ANSWERS: Final[dict[int | str, dict[str, object]]] = {
    200: {
        "description": "The answer, in the format that Accept asks for.",
        "content": {one.media[0]: {} for one in FORMATS.values()},
    },
    304: {"description": "The caller has this answer to this query already (If-None-Match; GET only)."},
}


def sparql_router(
    pool: Callable[..., QueryPool], *, path: str = "/sparql", dependencies: Sequence[Dependency] = ()
) -> APIRouter:
    """Routes for GET, HEAD and POST. `pool` is a FastAPI dependency that gives the pool to ask;
    `dependencies` run before it (roles, allowances)."""
    router = APIRouter(tags=["sparql"], dependencies=list(dependencies))
    found = Depends(pool)

    async def query(request: Request, pool: QueryPool = found) -> Response:
        return await _answer(request, pool)

    query.__doc__ = "Ask the graph in SPARQL 1.1. Without a query: a description of the service."
    router.get(path, responses=_ANSWERS, response_class=Response, openapi_extra=_PARAMETERS, operation_id="sparql_get")(
        query
    )
    router.head(path, include_in_schema=False)(query)
    router.post(path, responses=_ANSWERS, response_class=Response, openapi_extra=_SCHEMA, operation_id="sparql_post")(
        query
    )
    return router


async def _answer(request: Request, pool: QueryPool) -> Response:
    limits = pool.limits
    sent = await read_request(request, limits.text.bytes * _ENCODING_GROWTH)
    accept = ",".join(request.headers.getlist("accept"))
    if sent.text is None and request.method != "POST":
        return _description(request, accept)
    ready = await asyncio.get_running_loop().run_in_executor(pool.threads, prepare, sent.text or "", accept, limits)
    headers = {"Vary": "Accept", "Cache-Control": "no-cache"}
    if not ready.question.volatile:
        headers["ETag"] = _etag(pool.current_snapshot(), ready, sent.graphs)
        if request.method != "POST" and headers["ETag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
    stream = await _while_listening(request, run_prepared(pool, ready, graphs=sent.graphs))
    if request.method == "HEAD":
        stream.cancel()
        return Response(headers=headers, media_type=ready.format.content_type)
    return StreamedAnswer(stream, headers=headers, media_type=ready.format.content_type)


async def _while_listening(request: Request, work: Coroutine[None, None, Stream]) -> Stream:
    """Do the work unless the client leaves first; then it is cancelled and ClientDisconnect raised."""
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        return working.result()
    finally:
        leaving.cancel()
        working.cancel()


async def _gone(request: Request) -> None:
    """Return when the client has left. The request's body must have been read, or be of no interest."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _description(request: Request, accept: str) -> Response:
    """The service in Turtle or N-Triples."""
    chosen = negotiate(accept, Form.DESCRIBE)
    if chosen.key not in ("turtle", "ntriples"):
        chosen = FORMATS["turtle"]
    text = describe_service(str(request.url.replace(query="", fragment="")))
    return Response(text, headers={"Vary": "Accept"}, media_type=chosen.content_type)


def _etag(snapshot: Path, ready: Prepared, graphs: Graphs) -> str:
    """Weak: the same statements may come in another order."""
    parts = (ready.question.text, ready.format.key, *graphs.default, "named", *graphs.named)
    digest = blake2b("\0".join(parts).encode(), digest_size=12).hexdigest()
    return f'W/"{snapshot.name}-{digest}"'
