"""Holes of a plan filled in the worker: the closures that a query needs, found on its own checkpoint."""

from __future__ import annotations

from collections.abc import Callable

import pyoxigraph as ox

from sparql.plan import Closure, Plan

Asked = Callable[[str], "ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples"]


def filled(plan: Plan, ask: Asked) -> str:
    """The text to evaluate; `ask` puts a query to the dataset."""
    text = plan.pieces[0]
    for hole, piece in zip(plan.holes, plan.pieces[1:], strict=True):
        text += (_content(hole, ask) if isinstance(hole, Closure) else "") + piece
    return text


def _content(hole: Closure, ask: Asked) -> str:
    found = ask(hole.query)
    nodes: list[str] = []
    if not isinstance(found, ox.QuerySolutions):
        return hole.original
    for (node,) in found:
        if len(nodes) >= hole.most or not isinstance(node, ox.NamedNode | ox.Literal):
            return hole.original
        nodes.append(str(node))
    return f"{hole.before} {' '.join(nodes)} {hole.after}"
