"""Networks as networkx graphs: who or what stands together in works.

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
from graph.networks import Kind
from graph.stores.base import ReadableStore
from ontology.errors import QueryTooLarge

MAX_EDGES: Final = 1_000_000
MAX_GROUP: Final = 200
"""A work with more authors, references or citing works than this makes no pairs: they grow with the square."""

Pair = tuple[str, str]
_CITES: Final = "?s cito:cites ?o"
_TOGETHER: Final[dict[Kind, str]] = {
    "people": "?s dct:creator ?o",
    "organisations": "?a pro:relatesToDocument ?s ; pro:relatesToOrganization ?o",
    "topics": "?s dct:subject ?o",
    "co-citation": _CITES,
}
"""What each work `?s` joins, as `?o`."""


def project(
    store: ReadableStore, kind: Kind, works: Collection[str] | None = None, max_edges: int = MAX_EDGES
) -> nx.Graph[Any]:
    """The network, of `works` alone where given; nodes have a `size`, edges a `weight`. QueryTooLarge beyond
    `max_edges`.

    people, organisations, topics: joined by the works they share, sized by their works. co-citation (Small 1973):
    works joined by those that cite both, sized by those that cite them. coupling (Kessler 1963): works joined by the
    references they share, sized by their references. citation: directed, sized by the works that cite them; with
    `works`, between these only.
    """
    if kind == "citation":
        return _citations(store, works, max_edges)
    groups: defaultdict[str, set[str]] = defaultdict(set)
    for subject, found in _pairs(store, _TOGETHER.get(kind, _CITES), works):
        group, member = (found, subject) if kind == "coupling" else (subject, found)
        groups[group].add(member)
    return _joined(groups, max_edges)


def _citations(store: ReadableStore, works: Collection[str] | None, max_edges: int) -> nx.DiGraph[Any]:
    graph: nx.DiGraph[Any] = nx.DiGraph()
    within = None if works is None else set(works)
    for citing, cited in _pairs(store, _CITES, works):
        if within is None or cited in within:
            graph.add_edge(citing, cited, weight=1)
            _guard(graph.number_of_edges(), max_edges)
    nx.set_node_attributes(graph, dict(graph.in_degree()), "size")
    return graph


def _pairs(store: ReadableStore, pattern: str, works: Collection[str] | None) -> Iterator[Pair]:
    """`?s` and `?o` of each solution of `pattern`; `?s` among `works` where given."""
    if works is None:
        for row in rows(store, f"SELECT DISTINCT ?s ?o {{ {pattern} }}"):
            yield row["s"], row["o"]
        return
    for chunk in chunks(works):
        for row in rows(store, f"SELECT DISTINCT ?s ?o {{ VALUES ?s {{ {values(chunk)} }} {pattern} }}"):
            yield row["s"], row["o"]


def _joined(groups: dict[str, set[str]], max_edges: int) -> nx.Graph[Any]:
    """Members of a group joined, weighted by the number of groups they share."""
    counts: Counter[Pair] = Counter()
    sizes = Counter(member for members in groups.values() for member in members)
    for members in groups.values():
        if len(members) <= MAX_GROUP:
            counts.update(combinations(sorted(members), 2))
            _guard(len(counts), max_edges)
    graph: nx.Graph[Any] = nx.Graph()
    graph.add_nodes_from((one, {"size": sizes[one]}) for one in sorted(sizes))
    graph.add_weighted_edges_from((one, other, weight) for (one, other), weight in counts.items())
    return graph


def _guard(edges: int, most: int) -> None:
    if edges > most:
        raise QueryTooLarge(f"the network has more than {most} edges", hint="ask for the network of fewer works")
