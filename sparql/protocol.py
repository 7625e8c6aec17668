"""The SPARQL 1.1 Protocol's three ways to send a query, read from an HTTP request.

Source: SPARQL 1.1 Protocol, sections 2.1 (query operation) and 2.2 (update operation).
"""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request

from ontology.errors import QueryForbidden, QuerySyntaxError, QueryTooLarge, UnsupportedMediaType
from sparql.pool import Graphs

FORM: Final = "application/x-www-form-urlencoded"
QUERY: Final = "application/sparql-query"
UPDATE: Final = "application/sparql-update"
MAX_FIELDS: Final = 1_000
"""Parameters of one request, and so graphs of one dataset."""


class Sent(msgspec.Struct, frozen=True):
    """A query as it was sent; `text` is None where the request names no query at all."""

    text: str | None
    graphs: Graphs


async def read_request(request: Request, max_bytes: int) -> Sent:
    """The query and its dataset.

    Raises QuerySyntaxError (no or several queries, not UTF-8), QueryForbidden (an update),
    UnsupportedMediaType, QueryTooLarge (a body of more than `max_bytes`).
    """
    address = _fields(request.scope["query_string"], "address")
    if request.method != "POST":
        return _sent(address)
    kind, charset = _content_type(request.headers.get("content-type", ""))
    if kind == UPDATE:
        raise _update()
    if kind not in (FORM, QUERY) or charset not in ("", "utf-8", "utf8", "us-ascii"):
        raise UnsupportedMediaType(
            f"a query cannot be sent as {kind or 'a body without a type'}{f' in {charset}' if charset else ''}",
            place="Content-Type", hint=f"send {QUERY} or {FORM}, in UTF-8",
        )  # fmt: skip
    body = await _body(request, max_bytes)
    if kind == FORM:
        return _sent(_fields(body, "form"))
    if any(name == "query" for name, _ in address):
        raise QuerySyntaxError("there is a query in the address and another in the body", place="parameter query")
    return _sent([*address, ("query", _decoded(body))])


def _sent(fields: list[tuple[str, str]]) -> Sent:
    if any(name == "update" for name, _ in fields):
        raise _update()
    queries = [value for name, value in fields if name == "query"]
    if len(queries) > 1:
        raise QuerySyntaxError(f"there are {len(queries)} queries in one request", place="parameter query")
    default = tuple(value for name, value in fields if name == "default-graph-uri")
    named = tuple(value for name, value in fields if name == "named-graph-uri")
    return Sent(queries[0] if queries else None, Graphs(default, named))


def _fields(raw: bytes, where: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except UnicodeDecodeError as error:
        raise QuerySyntaxError(f"the {where} is not percent-encoded UTF-8", place=where) from error
    except ValueError as error:
        raise QueryTooLarge(f"the {where} has more than {MAX_FIELDS} parameters", place=where) from error


def _content_type(header: str) -> tuple[str, str]:
    """Media type and charset, in lower case."""
    kind, *parameters = (part.strip().lower() for part in header.split(";"))
    charsets = [value.strip('" ') for name, _, value in (p.partition("=") for p in parameters) if name == "charset"]
    return kind, charsets[0] if charsets else ""


async def _body(request: Request, max_bytes: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > max_bytes:
            raise QueryTooLarge(f"the body has more than {max_bytes:,} bytes", place="body")
        parts.append(part)
    return b"".join(parts)


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise QuerySyntaxError("the query is not UTF-8 text", place=f"byte {error.start}") from error


def _update() -> QueryForbidden:
    return QueryForbidden(
        "this endpoint only answers questions; it takes no updates", place="parameter update",
        hint="changes go through the curation API",
    )  # fmt: skip
