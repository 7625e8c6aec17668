"""Constrained components: nodes joined edge by edge, the strongest first, unless something forbids it. Pure.

The outcome depends on the set of nodes and edges only, not on the order in which they came: so a
catalogue from which records were taken away is the catalogue that never had them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

import msgspec


class Edge(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Evidence that two nodes are one thing."""

    left: int
    right: int
    method: str
    score: float


class Member(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A node in its cluster; `edge` is what holds it (None for the one the cluster grew from)."""

    node: int
    edge: Edge | None = None


_HEADS = 32
"""Where so many disagree about one piece of evidence, it is worth nothing to the next."""
Allowed = Callable[[list[int], list[int], Edge], bool]


class Verdicts(msgspec.Struct, frozen=True):
    """What curators said about these nodes: edges that hold whatever else is known, and pairs kept apart."""

    same: tuple[Edge, ...] = ()
    apart: frozenset[tuple[int, int]] = frozenset()

    def moved(self, at: Mapping[int, int]) -> Verdicts:
        """The same about the cells that hold the nodes (`at`: node → cell)."""
        same = tuple(Edge(at[e.left], at[e.right], e.method, e.score) for e in self.same if at[e.left] != at[e.right])
        return Verdicts(same, frozenset((at[a], at[b]) for a, b in self.apart if at[a] != at[b]))

    def forbids(self, left: Iterable[int], right: Iterable[int]) -> bool:
        if not self.apart:
            return False
        others = list(right)
        return any((a, b) in self.apart or (b, a) in self.apart for a in left for b in others)


class Clusters:
    """A partition that grows coarser. `nodes` in canonical order."""

    def __init__(self, nodes: Iterable[int], verdicts: Verdicts) -> None:
        self._of = {node: [node] for node in nodes}
        self._order = {node: at for at, node in enumerate(self._of)}
        self._edges: list[Edge] = []
        self._verdicts = verdicts
        for edge in verdicts.same:
            if edge.left in self._of and edge.right in self._of:
                self.join(edge, lambda a, b, e: True)

    def join(self, edge: Edge, allowed: Allowed) -> bool:
        """Make one of two clusters where that is allowed; whether they are one now."""
        left, right = self._of[edge.left], self._of[edge.right]
        if left is right:
            return True
        if self._verdicts.forbids(left, right) or not allowed(left, right, edge):
            return False
        if len(left) < len(right):
            left, right = right, left
        left.extend(right)
        for node in right:
            self._of[node] = left
        self._edges.append(edge)
        return True

    def gather(self, nodes: Iterable[int], method: str, score: float, allowed: Allowed) -> None:
        """Join nodes that share one piece of evidence, each to the first that it may be joined to."""
        heads: list[int] = []
        for node in nodes:
            if not any(self.join(Edge(head, node, method, score), allowed) for head in heads) and len(heads) < _HEADS:
                heads.append(node)

    def of(self, node: int) -> list[int]:
        return self._of[node]

    def all(self) -> list[list[Member]]:
        """Clusters and members in canonical order, each member with the edge that leads to it."""
        near: defaultdict[int, list[tuple[int, Edge]]] = defaultdict(list)
        for edge in self._edges:
            near[edge.left].append((edge.right, edge))
            near[edge.right].append((edge.left, edge))
        seen: set[int] = set()
        found = []
        for first in self._of:
            if first in seen:
                continue
            seen.add(first)
            members = [Member(first)]
            for member in members:
                for other, edge in sorted(near[member.node], key=lambda pair: self._order[pair[0]]):
                    if other not in seen:
                        seen.add(other)
                        members.append(Member(other, edge))
            found.append(members)
        return found
