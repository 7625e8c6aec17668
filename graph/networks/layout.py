"""Where to draw the nodes of a network: each connected part by springs, the parts beside one another.

Springs push parts that nothing holds together out of sight of one another; so the largest part gets a square of its
own and the others stand in columns beside it, each in a square as large as its nodes need.
Source: Fruchterman and Reingold, Graph Drawing by Force-directed Placement (Softw. Pract. Exper. 21, 1991).
"""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt
from typing import Any, Final

import networkx as nx

_ROUNDS: Final = 200
_SEED: Final = 1
_SPACE: Final = 0.35
"""Of a square's side that stays free."""
_GROWTH: Final = 0.65
"""A little more than the square root: many nodes are also more entangled."""

Place = tuple[float, float]


def laid_out(graph: nx.Graph[Any]) -> dict[str, Place]:
    """Node → its place, in [0, 1] on both axes. The same for the same order of nodes and edges."""
    parts = sorted(nx.connected_components(graph), key=lambda part: (-len(part), min(part)))
    found: dict[str, Place] = {}
    for part, left, top, side in _squares(parts):
        for one, (x, y) in _by_springs(nx.Graph(graph.subgraph(sorted(part)))).items():
            room = side * (1 - _SPACE)
            found[one] = (left + side * _SPACE / 2 + x * room, top + side * _SPACE / 2 + y * room)
    return _scaled(found)


def _squares(parts: list[set[str]]) -> Iterator[tuple[set[str], float, float, float]]:
    """Each part with the left and top edge and the side of its square: one column after the other, each as high as
    the first part, the largest."""
    left = top = width = 0.0
    height = len(parts[0]) ** _GROWTH if parts else 0.0
    for part in parts:
        side = len(part) ** _GROWTH
        if top and top + side > height:
            left, top, width = left + width, 0.0, 0.0
        yield part, left, top, side
        top, width = top + side, max(width, side)


def _by_springs(graph: nx.Graph[Any]) -> dict[str, Place]:
    """Ties pull with the square root of their weight: else the strongest few would draw all into one point."""
    for _, _, facts in graph.edges(data=True):
        facts["pull"] = sqrt(facts["weight"])
    apart = 2 / sqrt(graph.number_of_nodes())
    return _scaled(nx.spring_layout(graph, k=apart, iterations=_ROUNDS, weight="pull", seed=_SEED))


def _scaled(places: dict[str, Any]) -> dict[str, Place]:
    """The same, stretched to fill [0, 1] on both axes."""
    if not places:
        return {}
    low = [min(float(place[axis]) for place in places.values()) for axis in (0, 1)]
    span = [max(float(place[axis]) for place in places.values()) - low[axis] or 1.0 for axis in (0, 1)]
    return {
        one: (round((float(place[0]) - low[0]) / span[0], 4), round((float(place[1]) - low[1]) / span[1], 4))
        for one, place in places.items()
    }
