"""Fixing variables of a query to terms, the same way for every store.

The terms become a VALUES block at the head of the outermost group (SPARQL 1.1 Query, section 10.2),
written by `graph.terms`, so that no term can end its own quotation. Oxigraph and Virtuoso both
start their joins from it. It reaches into a sub-query only where that projects the variable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from graph.terms import Term
from ontology.errors import StoreError

_TOKEN: Final = re.compile(
    r'<[^<>"{}|^`\\\s]*>|"""(?s:.*?)"""|"(?:[^"\\\n]|\\.)*"|'
    r"'''(?s:.*?)'''|'(?:[^'\\\n]|\\.)*'|\#[^\n]*|\{"
)


def bound(query: str, bindings: Mapping[str, Term] | None) -> str:
    """The SELECT or ASK query with its variables (names without `?`) fixed; StoreError without a group."""
    if not bindings:
        return query
    group = next((found.end() for found in _TOKEN.finditer(query) if found.group() == "{"), None)
    if group is None:
        raise StoreError("a query without a group cannot take bindings", place=query[:80])
    names = " ".join(f"?{name}" for name in bindings)
    terms = " ".join(map(str, bindings.values()))
    return f"{query[:group]} VALUES ({names}) {{ ({terms}) }} {query[group:]}"
