"""A query asked for a page: its first rows as cells, whether they are all, and what went wrong.

The endpoint answers as it answers everybody (guard, budget, limits, completeness); of its stream the page
takes as many rows as it shows, and stops the query there.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable
from typing import Final, Literal

import msgspec
from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool

from api.showing.terms import Cell, cell
from graph.terms import parts
from ontology.errors import GnomonError
from ontology.namespaces import Base
from sparql.answering import Session
from sparql.endpoint import answer
from sparql.protocol import SentQuery
from sparql.statement import Statement
from sparql.streaming import StreamedAnswer

MOST_ROWS: Final = 500
"""Rows of a table on a page; files have all."""
_MOST_BYTES: Final = 8 << 20
_TSV: Final = "text/tab-separated-values"
_ACCEPT: Final = f"{_TSV}, application/n-triples"
_CONDITIONAL: Final = (b"if-none-match", b"if-modified-since")
_NAME: Final = re.compile(r"/answers/([0-9a-f]+)>")
_TRIPLE: Final = ("subject", "predicate", "object")
Outcome = Literal["whole", "limited", "begun", "stopped", "failed"]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """`whole`: these are all rows. `limited`: as many as the query's own LIMIT. `begun`: the first rows of
    more. `stopped`: what had come when a limit of ours was reached. `failed`: there is no answer."""

    outcome: Outcome
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    statement: Statement | None = None
    problem: GnomonError | None = None
    boolean: bool | None = None
    """The answer of an ASK."""
    triples: bool = False


async def ask_for_page(request: Request, session: Session, sent: SentQuery, base: Base) -> Asked:
    """Ask, and keep the first `MOST_ROWS` rows; problems are part of what is returned."""
    headers = [(name, value) for name, value in request.scope["headers"] if name not in _CONDITIONAL]
    try:
        found = await answer(Request({**request.scope, "headers": headers}, request.receive), session, sent, _ACCEPT)
    except GnomonError as error:
        return Asked(outcome="failed", problem=error)
    lines, more, problem = await _lines(found)
    statement = await run_in_threadpool(session.service.statement, _NAME.findall(found.headers["link"])[0])
    outcome: Outcome = "stopped" if problem else "begun" if more else "whole"
    if outcome == "whole" and statement.state == "limited":
        outcome = "limited"
    return _asked(lines, (found.media_type or "").startswith(_TSV), base, outcome, statement, problem)


async def _lines(found: Response) -> tuple[list[str], bool, GnomonError | None]:
    """The lines of an answer that are shown, whether there are more, and why it broke off."""
    if not isinstance(found, StreamedAnswer):
        lines = bytes(found.body).decode("utf-8", "replace").split("\n")
        return lines[: MOST_ROWS + 1], any(lines[MOST_ROWS + 1 :]), None
    taken = bytearray()
    problem = None
    try:
        async for piece in _pieces(found):
            taken += piece
            if taken.count(b"\n") > MOST_ROWS + 1 or len(taken) > _MOST_BYTES:
                break
    except GnomonError as error:
        problem = error
    finally:
        found.close()
    *lines, _cut = taken.decode("utf-8", "replace").split("\n")
    return lines[: MOST_ROWS + 1], len(lines) > MOST_ROWS + 1 or len(taken) > _MOST_BYTES, problem


async def _pieces(found: StreamedAnswer) -> AsyncIterator[bytes]:
    async for piece in found.body_iterator:
        yield piece if isinstance(piece, bytes) else str(piece).encode()


def _asked(
    lines: list[str], table: bool, base: Base, outcome: Outcome, statement: Statement, problem: GnomonError | None
) -> Asked:  # fmt: skip
    if not table:
        rows = _cells((parts(line)[:3] for line in lines[:MOST_ROWS] if line), base)
        return Asked(outcome=outcome, columns=_TRIPLE, rows=rows, statement=statement, problem=problem, triples=True)
    head, *body = lines
    if not head.startswith("?"):
        said = next((line for line in lines if line in ("true", "false")), "")
        if said:
            return Asked(outcome=outcome, statement=statement, problem=problem, boolean=said == "true")
    columns = tuple(name.lstrip("?") for name in head.split("\t"))
    if body and not body[-1]:
        body.pop()
    rows = _cells((line.split("\t") for line in body), base)
    return Asked(outcome=outcome, columns=columns, rows=rows, statement=statement, problem=problem)


def _cells(lines: Iterable[Iterable[str]], base: Base) -> tuple[tuple[Cell, ...], ...]:
    return tuple(tuple(cell(term.rstrip("\r"), base) for term in line) for line in lines)
