"""Columns of a SELECT that aggregates, used by later columns of it: `(COUNT(?w) AS ?n) (?n / 2 AS ?half)`.

SPARQL allows that (1.1, section 18.2.4.4); the engine reads it only where nothing is aggregated. So the expression is
written where its name stands. What differs each time it is evaluated keeps its name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from sparql.lexer import Kind, Token, tokens
from sparql.shape import Query

AGGREGATES: Final = frozenset(("COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"))
_EACH_TIME: Final = frozenset(("RAND", "UUID", "STRUUID", "BNODE"))
_LONGEST: Final = 400
"""Characters of an expression that takes the place of its name: each could double the one before."""
Change = tuple[int, int, str]
"""Start and end of a stretch of the text, and what takes its place."""


def reused(text: str, query: Query) -> Iterator[Change]:
    """Where expressions take the place of their names in a query's columns."""
    start = query.head[0]
    head = [Token(one.kind, one.text, one.offset + start) for one in tokens(text[slice(*query.head)])]
    tail = [one.text.upper() for one in tokens(text[slice(*query.tail)]) if one.kind is Kind.WORD]
    if query.form != "SELECT" or not ("GROUP" in tail or any(one.text.upper() in AGGREGATES for one in head)):
        return
    known: dict[str, str] = {}
    for expression, name in _columns(head):
        changes = list(_names_in(expression, known))
        yield from changes
        words = {one.text.upper() for one in expression if one.kind is Kind.WORD}
        written = f"({_changed(text, expression, changes)})"
        if len(written) <= _LONGEST and not words & _EACH_TIME and not any(one.text == "{" for one in expression):
            known[name] = written


def _columns(head: Sequence[Token]) -> Iterator[tuple[Sequence[Token], str]]:
    """Each `(expression AS ?name)`."""
    depth, first = 0, 0
    for at, token in enumerate(head):
        if token.kind is not Kind.MARK or token.text not in "()":
            continue
        if token.text == "(":
            first = first if depth else at + 1
            depth += 1
            continue
        depth -= 1
        if depth == 0 and at - first > 2 and head[at - 2].text.upper() == "AS" and head[at - 1].kind is Kind.VARIABLE:
            yield head[first : at - 2], head[at - 1].text[1:]


def _names_in(expression: Sequence[Token], known: dict[str, str]) -> Iterator[Change]:
    """Names that stand outside of aggregates and patterns."""
    inside: list[bool] = []
    for at, token in enumerate(expression):
        if token.kind is Kind.MARK and token.text in "({":
            inside.append(token.text == "{" or (at > 0 and expression[at - 1].text.upper() in AGGREGATES))
        elif token.kind is Kind.MARK and token.text in ")}" and inside:
            inside.pop()
        elif token.kind is Kind.VARIABLE and token.text[1:] in known and not any(inside):
            yield token.offset, token.offset + len(token.text), known[token.text[1:]]


def _changed(text: str, expression: Sequence[Token], changes: Sequence[Change]) -> str:
    at, parts = expression[0].offset, []
    for start, end, new in changes:
        parts += [text[at:start], new]
        at = end
    last = expression[-1]
    return "".join((*parts, text[at : last.offset + len(last.text)]))
