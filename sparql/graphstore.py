"""Whole graphs over HTTP: the SPARQL 1.1 Graph Store Protocol, direct and indirect.

Source: SPARQL 1.1 Graph Store HTTP Protocol (W3C), sections 4 (graph identification) and 5 (operations).
`PATH?graph=IRI` and `PATH?default` name a graph; below PATH the address itself is its name. A POST to
PATH alone makes a graph with a new name.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from email.parser import BytesParser
from email.policy import HTTP
from typing import Final

from fastapi import APIRouter, Request, Response

from ontology.errors import NotFound, QuerySyntaxError, UnsupportedMediaType
from sparql.answering import Session
from sparql.endpoint import Sessions, address, answer
from sparql.protocol import Graphs, SentQuery, content_type, fields, read_body

_ALL: Final = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
_ANY: Final = "ASK { ?s ?p ?o }"
_METHODS: Final = ("GET", "HEAD", "PUT", "POST", "DELETE")
_MULTIPART: Final = "multipart/form-data"
_ENCODING_GROWTH: Final = 64
"""A document may be this many times longer than a query."""


def graph_store_router(session: Sessions, *, path: str, base: Callable[[Request], str] | None = None) -> APIRouter:
    """Routes below `path`. `base` gives the address under which a directly named graph is known, where
    that is another than the one asked."""
    router = APIRouter(include_in_schema=False)

    async def indirect(request: Request) -> Response:
        """A graph named by a parameter."""
        return await _serve(request, await session(request), _named(request))

    async def direct(request: Request) -> Response:
        """A graph named by its address."""
        return await _serve(request, await session(request), base(request) if base else address(request))

    router.add_api_route(path, indirect, methods=list(_METHODS), response_class=Response)
    router.add_api_route(path + "/{name:path}", direct, methods=list(_METHODS), response_class=Response)
    return router


def _named(request: Request) -> str | None:
    """The graph that the parameters name: "" is the default graph, None where they name none."""
    given = fields(request.scope["query_string"], "address")
    named = [value for name, value in given if name == "graph"] + ["" for name, _ in given if name == "default"]
    if len(named) > 1:
        raise QuerySyntaxError("the request names several graphs", place="parameter graph")
    if named and named[0] == "" and not any(name == "default" for name, _ in given):
        raise QuerySyntaxError("the graph has no name", place="parameter graph")
    return named[0] if named else None


async def _serve(request: Request, session: Session, graph: str | None) -> Response:
    if request.method in ("GET", "HEAD"):
        if graph is None:
            raise QuerySyntaxError(
                "the request names no graph", place="parameter graph", hint="add ?default or ?graph=IRI"
            )
        return await _read(request, session, graph)
    await session.before_writing(graph or address(request))
    if graph is None and request.method != "POST":
        raise QuerySyntaxError("the request names no graph", place="parameter graph", hint="add ?default or ?graph=IRI")
    if request.method == "DELETE":
        return await _delete(request, session, graph or "")
    parts = await _documents(request, session.service.limits.text.bytes * _ENCODING_GROWTH)
    made = f"{address(request)}/user/{secrets.token_hex(8)}" if graph is None else graph
    return await _write(request, session, made, parts, fresh=graph is None)


async def _read(request: Request, session: Session, graph: str) -> Response:
    if not await _exists(session, graph):
        raise NotFound("there is no such graph, or nothing is in it", place=graph or "default graph")
    chosen = Graphs((graph,)) if graph else Graphs()
    sent = SentQuery(_ALL, chosen, {})
    return await answer(request, session, sent, ",".join(request.headers.getlist("accept")))


async def _exists(session: Session, graph: str) -> bool:
    """The default graph always does."""
    if not graph:
        return True
    ticket = session.service.ticket(session.service.prepare(_ANY, "json"), Graphs((graph,)))
    await asyncio.get_running_loop().run_in_executor(session.service.pool.threads, ticket.begin)
    return b"true" in b"".join(ticket.chunks())


async def _delete(request: Request, session: Session, graph: str) -> Response:
    if not await _exists(session, graph):
        raise NotFound("there is no such graph, or nothing is in it", place=graph)
    await _put(request, session, graph, [], replace=True)
    return Response(status_code=204)


async def _write(
    request: Request, session: Session, graph: str, parts: list[tuple[str, bytes]], *, fresh: bool
) -> Response:
    created = await _put(request, session, graph, parts, replace=request.method == "PUT")
    if fresh or (created and graph):
        return Response(status_code=201, headers={"Location": graph})
    return Response(status_code=204)


async def _put(
    request: Request, session: Session, graph: str, parts: list[tuple[str, bytes]], *, replace: bool
) -> bool:
    service = session.service

    def work() -> bool:
        return service.put(graph, parts, session.client, graph or address(request), replace=replace).created

    return await asyncio.get_running_loop().run_in_executor(service.pool.threads, work)


async def _documents(request: Request, most: int) -> list[tuple[str, bytes]]:
    """Media type and body of each document sent: one, or several as multipart/form-data."""
    header = request.headers.get("content-type", "")
    kind, charset = content_type(header)
    if charset not in ("", "utf-8", "utf8", "us-ascii"):
        raise UnsupportedMediaType(f"RDF is read in UTF-8, not in {charset}", place="Content-Type")
    body = await read_body(request, most)
    if kind != _MULTIPART:
        return [(kind or "text/turtle", body)]
    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + header.encode("latin-1") + b"\r\n\r\n" + body)
    parts = [(part.get_content_type(), part.get_payload(decode=True)) for part in message.iter_parts()]
    found = [(name, content) for name, content in parts if isinstance(content, bytes)]
    if not found:
        raise QuerySyntaxError("the form holds no document", place="body")
    return found
