"""How two things hang together: ranked paths between any two entities, each step with its evidence.

A path scores Katz's attenuation for its length, damped by the number of links of each node it
passes through: score = β^(length-1) · Π degree^-w. Paths through what everything is linked to say
little. Sources: Katz, A New Status Index (Psychometrika 18, 1953) for β; Himmelstein and Baranzini,
Heterogeneous Network Edge Prediction (PLoS Comput Biol 11, 2015) for degree damping and w = 0.4.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from heapq import heappop, heappush
from itertools import pairwise
from math import exp, log
from typing import Final

import msgspec

from graph.discovery.ask import Named, describe, names
from graph.discovery.edges import LINKS, Link, degrees
from graph.discovery.neighbourhood import Neighbourhood
from graph.discovery.proofs import Proof, proofs
from graph.stores.base import ReadableStore
from ontology.errors import QueryTooLarge

BETA: Final = 0.5
DAMPING: Final = 0.4
LONGEST: Final = 6
MOST_PATHS: Final = 50
MOST_STEPS: Final = 200_000
"""Partial paths looked at; the search then ends with what it has and says so."""

_UNIT: Final = 1_000_000
"""Costs are whole millionths of a nat, so that sums are exact and ties are ties."""


class Hop(msgspec.Struct, frozen=True, kw_only=True):
    """One step: a link between `source` and `target` as stated; `forward` tells whether the path
    takes it in that direction. Other links between the same two follow in `also`."""

    predicate: str
    source: str
    target: str
    forward: bool
    evidence: tuple[Proof, ...] = ()
    also: tuple[str, ...] = ()


class Path(msgspec.Struct, frozen=True, kw_only=True):
    """A path: its nodes from one end to the other, and one hop less than nodes. 0 < score <= 1."""

    nodes: tuple[Named, ...]
    hops: tuple[Hop, ...]
    score: float


class Paths(msgspec.Struct, frozen=True, kw_only=True):
    """The best paths, best first; `partial` tells that limits may hide further ones."""

    source: Named
    target: Named
    max_length: int
    paths: tuple[Path, ...]
    partial: bool = False


def paths(
    store: ReadableStore,
    from_iri: str,
    to_iri: str,
    max_length: int = 4,
    k: int = 5,
    predicates: tuple[str, ...] = LINKS,
) -> Paths:
    """The `k` best simple paths of at most `max_length` links; among equals by the IRIs on the way.

    NotFound where one of the two is unknown, QueryTooLarge beyond LONGEST links or MOST_PATHS paths.
    """
    if not 1 <= max_length <= LONGEST or not 1 <= k <= MOST_PATHS:
        raise QueryTooLarge(f"paths have 1 to {LONGEST} links, and 1 to {MOST_PATHS} of them are found")
    for end in (from_iri, to_iri):
        describe(store, end)
    around = Neighbourhood(store, (from_iri, to_iri), max_length, predicates)
    nearby = _between(around)
    known = around.degrees | degrees(store, nearby - around.degrees.keys(), predicates)
    cost = {node: _cost(known.get(node, 1)) for node in nearby}
    search = _Search(around, nearby, cost)
    found = search.best(k) if from_iri != to_iri else []
    labels = names(store, (from_iri, to_iri, *(node for _, path in found for node in path)))
    evidence = proofs(store, {link for _, path in found for link in _chosen(around, path)})
    return Paths(
        source=Named(from_iri, labels[from_iri]),
        target=Named(to_iri, labels[to_iri]),
        max_length=max_length,
        paths=tuple(_path(around, path, total, labels, evidence) for total, path in found),
        partial=around.partial or search.broken_off,
    )


def _between(around: Neighbourhood) -> set[str]:
    """Nodes that lie on some way of at most the length between the ends."""
    here, there = (around.steps_to(end) for end in around.ends)
    return {node for node, steps in here.items() if node in there and steps + there[node] <= around.length}


def _cost(degree: int) -> int:
    """What passing through a node of this degree costs, with the one more link it takes."""
    return round(_UNIT * (DAMPING * log(degree) - log(BETA)))


class _Search:
    """A* over partial simple paths. The estimate is the exact cheapest rest by dynamic programming
    over remaining links, which ignores only that a path may not meet itself: so it never
    overestimates, and paths leave the queue in the order of their cost."""

    def __init__(self, around: Neighbourhood, nodes: set[str], cost: Mapping[str, int]) -> None:
        self._start, self._end = around.ends
        self._length = around.length
        self._next = {node: [other for other in around.links.get(node, ()) if other in nodes] for node in nodes}
        self._cost = {**cost, self._start: 0, self._end: 0}
        self._rest = self._cheapest_rests()
        self.broken_off = False

    def _cheapest_rests(self) -> list[dict[str, int]]:
        """For r = 0, 1 …: node → cost of the cheapest way to the end in at most r links."""
        tables = [{self._end: 0}]
        for _ in range(self._length):
            table = dict(tables[-1])
            for node, rest in tables[-1].items():
                for other in self._next.get(node, ()):
                    table[other] = min(table.get(other, rest + self._cost[node]), rest + self._cost[node])
            tables.append(table)
        return tables

    def best(self, count: int) -> list[tuple[int, tuple[str, ...]]]:
        found: list[tuple[int, tuple[str, ...]]] = []
        queue: list[tuple[int, tuple[str, ...], int]] = []
        if self._start in self._rest[-1]:
            queue.append((self._rest[-1][self._start], (self._start,), 0))
        steps = 0
        while queue and len(found) < count:
            _, path, spent = heappop(queue)
            if path[-1] == self._end:
                found.append((spent, path))
                continue
            steps += 1
            if steps > MOST_STEPS:
                self.broken_off = True
                break
            rests = self._rest[self._length - len(path)]
            for other in self._next[path[-1]]:
                if other in rests and other not in path:
                    total = spent + self._cost[other]
                    heappush(queue, (total + rests[other], (*path, other), total))
        return found


def _chosen(around: Neighbourhood, path: tuple[str, ...]) -> Iterator[Link]:
    """The link shown for each step: the one with the first predicate in the order of LINKS."""
    for one, other in pairwise(path):
        yield min(around.links[one][other], key=_order)


def _order(link: Link) -> tuple[int, Link]:
    return (LINKS.index(link.predicate) if link.predicate in LINKS else len(LINKS), link)


def _path(
    around: Neighbourhood,
    path: tuple[str, ...],
    total: int,
    labels: Mapping[str, str],
    evidence: Mapping[Link, tuple[Proof, ...]],
) -> Path:
    hops = tuple(
        Hop(
            predicate=link.predicate,
            source=link.source,
            target=link.target,
            forward=link.source == here,
            evidence=evidence.get(link, ()),
            also=tuple(sorted({o.predicate for o in around.links[link.source][link.target] if o != link})),
        )
        for here, link in zip(path, _chosen(around, path), strict=False)
    )
    return Path(nodes=tuple(Named(one, labels[one]) for one in path), hops=hops, score=exp(-total / _UNIT))
