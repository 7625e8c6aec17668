"""The part of the graph that holds every short way between two nodes, fetched from both ends.

A way of at most L links from s to t has each of its links at a node that is either less than d
links from s or less than L - d links from t (Pohl, Bi-directional Search, 1971). So it is enough
to expand d levels from one end and L - d from the other; the smaller frontier is always the next.
"""

from __future__ import annotations

from typing import Final

from graph.discovery.edges import Link, degrees, links
from graph.stores.base import ReadableStore

HUB: Final = 3_000
"""A node with more links than this is walked to, but not through, unless it is an end."""

MOST_LINKS: Final = 20_000
"""Links fetched for one question; nodes with few links are expanded first."""

MOST_NODES: Final = 1_500
"""Nodes looked at for one level; those that several links lead to come first."""


class Neighbourhood:
    """Links around two nodes up to `length` links apart.

    `partial` tells that hubs or the limit of links left something out.
    """

    def __init__(self, store: ReadableStore, ends: tuple[str, str], length: int, predicates: tuple[str, ...]) -> None:
        self._store = store
        self._predicates = predicates
        self.ends = ends
        self.length = length
        self.partial = False
        self.links: dict[str, dict[str, set[Link]]] = {}
        """Node → neighbour → the links between the two."""
        self.degrees: dict[str, int] = {}
        """Node → number of its links, for those looked at."""
        self._expanded: set[str] = set()
        self._fetched = 0
        self._collect()

    def _collect(self) -> None:
        frontiers = [{end} for end in self.ends]
        seen = [{end} for end in self.ends]
        for _ in range(self.length):
            side = 0 if len(frontiers[0]) <= len(frontiers[1]) else 1
            if not frontiers[side]:
                side = 1 - side
            self._expand(frontiers[side])
            reached = {other for node in frontiers[side] for other in self.links.get(node, ())}
            frontiers[side] = reached - seen[side]
            seen[side] |= reached

    def _expand(self, nodes: set[str]) -> None:
        """Fetch the links of `nodes`, those with few first, as far as the limits allow."""
        fresh = sorted(nodes - self._expanded, key=lambda one: (-len(self.links.get(one, ())), one))
        self._expanded |= nodes
        self.partial |= len(fresh) > MOST_NODES
        counts = degrees(self._store, fresh[:MOST_NODES], self._predicates)
        self.degrees |= counts
        chosen = []
        for node in sorted(counts, key=lambda one: (one not in self.ends, counts[one], one)):
            too_many = counts[node] > HUB or self._fetched + counts[node] > MOST_LINKS
            if too_many and node not in self.ends:
                self.partial = True
                continue
            self._fetched += counts[node]
            chosen.append(node)
        for link in links(self._store, chosen, self._predicates):
            if link.source != link.target:
                self.links.setdefault(link.source, {}).setdefault(link.target, set()).add(link)
                self.links.setdefault(link.target, {}).setdefault(link.source, set()).add(link)

    def steps_to(self, end: str) -> dict[str, int]:
        """Node → links to `end` by what was fetched, up to the length."""
        steps = {end: 0}
        level = [end]
        for distance in range(1, self.length + 1):
            level = list({other for node in level for other in self.links.get(node, ()) if other not in steps})
            steps.update(dict.fromkeys(level, distance))
        return steps
