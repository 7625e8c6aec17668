"""`/sparql` over HTTP: the SPARQL 1.1 Protocol's query and update operations, answers streamed.

Errors up to the first byte are raised as they are (`ontology.errors`), for the application to put
on the wire. Later ones cut the stream in its middle (`sparql.streaming`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from functools import lru_cache
from typing import Final

import msgspec
from fastapi import APIRouter, Request, Response
from starlette.requests import ClientDisconnect

from sparql.answering import FIXED, Account, Call, Session, answered
from sparql.asking import Stream
from sparql.description import describe_service
from sparql.formats import FORMATS, negotiate
from sparql.guard import Form
from sparql.protocol import FORM, QUERY, UPDATE, SentQuery, SentUpdate, read_request
from sparql.streaming import StreamedAnswer

_ENCODING_GROWTH: Final = 3
"""A percent-encoded byte takes three."""
_SOON: Final = 0.02
"""Seconds in which most answers come: till then nobody looks whether the client is still there."""
_LISTS: Final = ("default-graph-uri", "named-graph-uri")
_FIELDS: Final = {"query": {"type": "string"}, "update": {"type": "string"}}
_SECURITY: Final[list[dict[str, list[str]]]] = [{"APIKeyHeader": []}, {"HTTPBearer": []}, {}]
_SCHEMA: Final = {
    "security": _SECURITY,
    "requestBody": {
        "content": {
            QUERY: {"schema": {"type": "string"}},
            UPDATE: {"schema": {"type": "string"}},
            FORM: {"schema": {"type": "object", "properties": _FIELDS}},
        }
    },
}
_PARAMETERS: Final = {
    "security": _SECURITY,
    "parameters": [
        {"name": "query", "in": "query", "schema": {"type": "string"}, "description": "A SPARQL 1.1 query."},
        *({"name": name, "in": "query", "schema": {"type": "array", "items": {"type": "string"}}} for name in _LISTS),
        {
            "name": "snapshot",
            "in": "query",
            "schema": {"type": "string", "maxLength": 80},
            "description": "The graph as of a commit's number, a tag, or an ISO date (/v1/snapshots lists them).",
        },
        {
            "name": "format",
            "in": "query",
            "schema": {"type": "string", "maxLength": 80},
            "description": "Instead of an Accept header, as a file: csv, tsv, json, xml, turtle, ntriples, rdfxml …",
        },
    ],
}
_ANSWERS: Final[dict[int | str, dict[str, object]]] = {
    200: {
        "description": "The answer, in the format that Accept asks for.",
        "content": {one.media[0]: {} for one in FORMATS.values()},
    },
    204: {"description": "The update has been made."},
    304: {"description": "The caller has this answer to this query already (If-None-Match; GET only)."},
}


Sessions = Callable[[Request], Awaitable[Session]]
"""Who sends a request, roles and allowances checked: raises what is to be said to those who may not."""


def sparql_router(session: Sessions, *, path: str = "/sparql", name: str = "") -> APIRouter:
    """Routes for GET, HEAD and POST; `name` sets the operations of one dataset apart from another's."""
    router = APIRouter(tags=["sparql"])
    operation = f"sparql{name}"
    query = _handler(session)
    router.get(
        path, responses=_ANSWERS, response_class=Response, openapi_extra=_PARAMETERS, operation_id=f"{operation}_get"
    )(query)
    router.head(path, include_in_schema=False)(query)
    router.post(
        path, responses=_ANSWERS, response_class=Response, openapi_extra=_SCHEMA, operation_id=f"{operation}_post"
    )(query)
    return router


def _handler(session: Sessions) -> Callable[[Request], Awaitable[Response]]:
    async def query(request: Request) -> Response:
        return await respond(request, await session(request))

    query.__doc__ = (
        "Ask the graph in SPARQL 1.1, or update it where the key's role allows. Without a query: a description of"
        " the service."
    )
    return query


async def respond(request: Request, session: Session) -> Response:
    """Whatever the endpoint is asked: a query's answer, an update made, or its description."""
    service = session.service
    sent = await read_request(request, service.limits.text.bytes * _ENCODING_GROWTH)
    if isinstance(sent, SentUpdate):
        return await _update(request, session, sent)
    accept = sent.options.get("format") or ",".join(request.headers.getlist("accept"))
    if sent.text is None and request.method != "POST":
        return _description(request, session, accept)
    return await answer(request, session, sent, accept)


async def answer(request: Request, session: Session, sent: SentQuery, accept: str) -> Response:
    """The answer to a query, or 304 where the client has it."""
    if sent.options.get("explain", "").lower() in ("true", "1"):
        return await _explained(session, request, sent.text or "")
    call = Call(
        sent=sent, accept=accept, base=address(request), root=request.scope.get("root_path", ""),
        known=request.headers.get("if-none-match", "") if request.method != "POST" else "",
        head=request.method == "HEAD",
    )  # fmt: skip

    async def begin(stream: Stream) -> None:
        if not await stream.begin(_SOON):
            await while_listening(request, stream.begin())

    reply = await answered(session, call, begin, _beside(request))
    headers = FIXED | reply.headers
    if isinstance(reply.body, Stream):
        return StreamedAnswer(reply.body, headers=headers, media_type=reply.media, ended=reply.ended)
    media = reply.media if reply.status == 200 else None
    return Response(reply.body, reply.status, headers=headers, media_type=media)


def _beside(request: Request) -> dict[str, str]:
    """What the application puts into all answers to this request, problems too."""
    headers: dict[str, str] = {}
    request.state.headers = headers
    return headers


async def _explained(session: Session, request: Request, text: str) -> Response:
    """What the query would cost, without running it."""
    service = session.service
    with Account(session, _beside(request)):
        found = await asyncio.get_running_loop().run_in_executor(service.pool.threads, service.estimate, text)
    return Response(msgspec.json.encode(found), media_type="application/json")


async def _update(request: Request, session: Session, sent: SentUpdate) -> Response:
    await session.before_writing(address(request))
    service = session.service
    with Account(session, _beside(request)):
        await asyncio.get_running_loop().run_in_executor(
            service.pool.threads, service.update, sent.text, sent.using, session.client, address(request)
        )
    return Response(status_code=204)


def address(request: Request) -> str:
    """Of the endpoint, without parameters: what relative IRIs are relative to."""
    scope = request.scope
    return _address(scope["scheme"], request.headers.get("host", ""), scope["path"], *(scope["server"] or ("", None)))


@lru_cache(256)
def _address(scheme: str, host: str, path: str, name: str, port: int | None) -> str:
    headers = [(b"host", host.encode("latin-1"))] if host else []
    scope: dict[str, object] = {
        "type": "http", "scheme": scheme, "path": path, "headers": headers, "query_string": b"",
        "server": (name, port) if name else None,
    }  # fmt: skip
    return str(Request(scope).url)


async def while_listening(request: Request, work: Coroutine[None, None, bool]) -> bool:
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


def _description(request: Request, session: Session, accept: str) -> Response:
    """The service in the graph format asked for, of those that need no engine."""
    chosen = negotiate(accept, Form.DESCRIBE)
    if chosen.key not in ("turtle", "ntriples"):
        chosen = FORMATS["turtle"]
    text = describe_service(address(request), updates=session.service.writer is not None)
    return Response(text, headers={"Vary": "Accept"}, media_type=chosen.content_type)
