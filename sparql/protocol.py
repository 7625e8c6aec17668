"""The SPARQL 1.1 Protocol's ways to send a query or an update, read from an HTTP request.

Source: SPARQL 1.1 Protocol, sections 2.1 (query operation) and 2.2 (update operation).
"""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request

from ontology.errors import QuerySyntaxError, QueryTooLarge, UnsupportedMediaType
from sparql.updates import Using

FORM: Final = "application/x-www-form-urlencoded"
QUERY: Final = "application/sparql-query"
UPDATE: Final = "application/sparql-update"
MAX_FIELDS: Final = 1_000
"""Parameters of one request, and so graphs of one dataset."""


class Graphs(msgspec.Struct, frozen=True):
    """The dataset a client chose; empty lists leave the store's own (SPARQL 1.1 Protocol, 2.1.4)."""

    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


class SentQuery(msgspec.Struct, frozen=True):
    """A query as it was sent; `text` is None where the request names no query at all."""

    text: str | None
    graphs: Graphs
    options: dict[str, str]
    """The other parameters; of several with one name, the last."""


class SentUpdate(msgspec.Struct, frozen=True):
    text: str
    using: Using


async def read_request(request: Request, max_bytes: int) -> SentQuery | SentUpdate:
    """The query or update, and its dataset.

    Raises QuerySyntaxError (none or several, an update by GET, not UTF-8), UnsupportedMediaType,
    QueryTooLarge (a body of more than `max_bytes`).
    """
    address = fields(request.scope["query_string"], "address")
    if request.method != "POST":
        if any(name == "update" for name, _ in address):
            raise QuerySyntaxError("an update is sent by POST", place="parameter update")
        return _sent(address)
    kind, charset = content_type(request.headers.get("content-type", ""))
    if kind not in (FORM, QUERY, UPDATE) or charset not in ("", "utf-8", "utf8", "us-ascii"):
        raise UnsupportedMediaType(
            f"a query cannot be sent as {kind or 'a body without a type'}{f' in {charset}' if charset else ''}",
            place="Content-Type", hint=f"send {QUERY}, {UPDATE} or {FORM}, in UTF-8",
        )  # fmt: skip
    body = await read_body(request, max_bytes)
    if kind == FORM:
        return _sent([*address, *fields(body, "form")])
    if any(name in ("query", "update") for name, _ in address):
        raise QuerySyntaxError("there is a query in the address and another in the body", place="parameter query")
    return _sent([*address, ("query" if kind == QUERY else "update", _decoded(body))])


def _sent(pairs: list[tuple[str, str]]) -> SentQuery | SentUpdate:
    named: dict[str, list[str]] = {}
    for name, value in pairs:
        named.setdefault(name, []).append(value)
    texts = [*named.get("query", ()), *named.get("update", ())]
    if len(texts) > 1:
        raise QuerySyntaxError(f"there are {len(texts)} queries in one request", place="parameter query")
    if "update" in named:
        using = Using(tuple(named.get("using-graph-uri", ())), tuple(named.get("using-named-graph-uri", ())))
        return SentUpdate(texts[0], using)
    graphs = Graphs(tuple(named.get("default-graph-uri", ())), tuple(named.get("named-graph-uri", ())))
    return SentQuery(texts[0] if texts else None, graphs, {name: values[-1] for name, values in named.items()})


def fields(raw: bytes, where: str) -> list[tuple[str, str]]:
    """Name and value of each parameter; QuerySyntaxError, QueryTooLarge."""
    if not raw:
        return []
    try:
        return parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except UnicodeDecodeError as error:
        raise QuerySyntaxError(f"the {where} is not percent-encoded UTF-8", place=where) from error
    except ValueError as error:
        raise QueryTooLarge(f"the {where} has more than {MAX_FIELDS} parameters", place=where) from error


def content_type(header: str) -> tuple[str, str]:
    """Media type and charset, in lower case."""
    kind, *parameters = (part.strip() for part in header.split(";"))
    charsets = [v.strip('" ') for n, _, v in (p.partition("=") for p in parameters) if n.strip().lower() == "charset"]
    return kind.lower(), charsets[0].lower() if charsets else ""


async def read_body(request: Request, max_bytes: int) -> bytes:
    """The whole body; QueryTooLarge."""
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
