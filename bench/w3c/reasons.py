"""Tests of the suites that do not pass, and why. What is not listed here is a fault."""

from __future__ import annotations

from typing import Final

_LOAD: Final = "LOAD would reach out over the network and is closed, whatever is loaded"
_ENGINE: Final[dict[str, str]] = {
    "aggregates/agg-groupconcat-04": "Oxigraph keeps the language tag that all strings of a GROUP_CONCAT share",
    "aggregates/agg-groupconcat-06": "Oxigraph keeps the language tag that all strings of a GROUP_CONCAT share",
    "aggregates/agg-empty-group-count-graph": "Oxigraph binds no graph where its group is a sub-query alone",
    "bindings/graph": "Oxigraph binds no graph where its group has no triple pattern",
    "functions/bnode01": "Oxigraph gives BNODE(label) one node for the whole answer, not for each solution",
    "negation/graph-minus": "Oxigraph counts the variable of an outer GRAPH as shared by both sides of MINUS",
    "grouping/group01": "Oxigraph stores integers by value: 001 and 1 are one",
}
_REASONS: Final[dict[str, str]] = _ENGINE | {f"syntax-update-1/test_{n}": _LOAD for n in (1, 2, 3, 4, 37)}


def reason(name: str) -> str:
    """Why a test is known not to pass; empty where it should."""
    return _REASONS.get(name, "")
