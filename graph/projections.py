"""Networks of works and people as networkx graphs, for algorithms and drawing.

Each projection is of the default graph, of all works or of those given, and refuses to grow beyond
a limit of edges rather than fill the memory: networkx takes about 1 kB an edge.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from itertools import combinations
from typing import Any, Final

import networkx as nx

from graph.discovery.ask import chunks, rows, values
from graph.stores.base import ReadableStore
from ontology.errors import QueryTooLarge

MAX_EDGES: Final = 1_000_000
MAX_GROUP: Final = 200
"""A work with more authors, references or citing works than this makes no pairs: they grow with the square."""

Pair = tuple[str, str]


def citation_graph(
    store: ReadableStore, works: Collection[str] | None = None, max_edges: int = MAX_EDGES
) -> nx.DiGraph[Any]:
    """An edge from each citing work to each cited one; with `works`, between these only."""
    graph: nx.DiGraph[Any] = nx.DiGraph()
    for citing, cited in _pairs(store, "cito:cites", works):
        if works is None or cited in works:
            graph.add_edge(citing, cited)
            _guard(graph.number_of_edges(), max_edges)
    return graph


def coauthor_graph(
    store: ReadableStore, works: Collection[str] | None = None, max_edges: int = MAX_EDGES
) -> nx.Graph[Any]:
    """People joined by the number of works they wrote together (`weight`)."""
    groups: defaultdict[str, set[str]] = defaultdict(set)
    for work, person in _pairs(store, "dct:creator", works):
        groups[work].add(person)
    return _weighted(groups, max_edges)


def coupling_graph(
    store: ReadableStore, works: Collection[str] | None = None, max_edges: int = MAX_EDGES
) -> nx.Graph[Any]:
    """Works joined by the number of references they share (Kessler 1963; `weight`)."""
    groups: defaultdict[str, set[str]] = defaultdict(set)
    for citing, cited in _pairs(store, "cito:cites", works):
        groups[cited].add(citing)
    return _weighted(groups, max_edges)


def cocitation_graph(
    store: ReadableStore, works: Collection[str] | None = None, max_edges: int = MAX_EDGES
) -> nx.Graph[Any]:
    """Works joined by the number of works that cite both (Small 1973; `weight`); with `works`, only
    what these cite counts."""
    groups: defaultdict[str, set[str]] = defaultdict(set)
    for citing, cited in _pairs(store, "cito:cites", works):
        groups[citing].add(cited)
    return _weighted(groups, max_edges)


def _pairs(store: ReadableStore, predicate: str, works: Collection[str] | None) -> Iterator[Pair]:
    """Subject and object of each statement with `predicate`; subjects among `works` where given."""
    if works is None:
        for row in rows(store, f"SELECT ?s ?o {{ ?s {predicate} ?o }}"):
            yield row["s"], row["o"]
        return
    for chunk in chunks(works):
        for row in rows(store, f"SELECT ?s ?o {{ VALUES ?s {{ {values(chunk)} }} ?s {predicate} ?o }}"):
            yield row["s"], row["o"]


def _weighted(groups: dict[str, set[str]], max_edges: int) -> nx.Graph[Any]:
    """Members of a group joined, weighted by the number of groups they share."""
    counts: Counter[Pair] = Counter()
    for members in groups.values():
        if len(members) <= MAX_GROUP:
            counts.update(combinations(sorted(members), 2))
            _guard(len(counts), max_edges)
    graph: nx.Graph[Any] = nx.Graph()
    graph.add_nodes_from(sorted({one for members in groups.values() for one in members}))
    graph.add_weighted_edges_from((one, other, weight) for (one, other), weight in counts.items())
    return graph


def _guard(edges: int, most: int) -> None:
    if edges > most:
        raise QueryTooLarge(f"the network has more than {most} edges", hint="ask for the network of fewer works")
