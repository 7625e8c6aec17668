"""A network small enough to be looked at: its largest nodes, how they group, which of them lie between, where to draw.

Sources: communities by Louvain (Blondel et al., J. Stat. Mech. 2008) with their modularity (Newman and Girvan 2004);
betweenness by Brandes (J. Math. Sociol. 2001), estimated from a sample of sources where it would take too long (Brandes
and Pich 2007); places from `layout`. All from networkx, with fixed seeds.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

import msgspec
import networkx as nx

from graph.discovery.ask import Named, names
from graph.networks import Kind
from graph.networks.layout import laid_out
from graph.networks.projections import project
from graph.stores.base import ReadableStore
from ontology.errors import QueryTooLarge

MOST_NODES: Final = 300
_STEPS: Final = 400_000
"""Nodes times edges up to which betweenness is exact."""
_SEED: Final = 1


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A node. `size` and `strength` (the sum of its ties) are of the whole network, `links` (its neighbours),
    `betweenness` in [0, 1] and `community` (from 1, the largest first) of what is shown; `x` and `y` in [0, 1]."""

    iri: str
    name: str
    size: int
    strength: int
    links: int
    betweenness: float
    community: int
    x: float
    y: float


class Tie(msgspec.Struct, frozen=True, kw_only=True):
    """Two nodes by their places in `Network.nodes`, and how often they stand together. Citations go from source
    to target."""

    source: int
    target: int
    weight: int


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """The largest nodes of a network, largest first, then by IRI, and the ties between them. `works` is the number
    of works it is made from; `left_out` nodes are
    not shown, smaller ones and such without a tie; `estimated` says that betweenness is."""

    kind: str
    of: Named | None
    works: int
    nodes: tuple[Node, ...]
    ties: tuple[Tie, ...]
    left_out: int
    modularity: float
    estimated: bool


def network(
    store: ReadableStore, kind: Kind, works: Collection[str] | None, total: int, of: Named | None = None,
    limit: int = 100,
) -> Network:  # fmt: skip
    """The network of `works` (of all `total` works without), its `limit` largest nodes that are
    tied to another of them.

    QueryTooLarge for more than MOST_NODES nodes, or more edges than `projections.MAX_EDGES`.
    """
    if not 1 <= limit <= MOST_NODES:
        raise QueryTooLarge(f"1 to {MOST_NODES} nodes can be asked for")
    whole = project(store, kind, works)
    size, strength = nx.get_node_attributes(whole, "size"), dict(whole.degree(weight="weight"))
    chosen = _largest(whole, sorted(whole, key=lambda one: (-size[one], -strength[one], one)), limit)
    shown: nx.Graph[Any] = nx.Graph(whole.subgraph(chosen))
    communities = _communities(shown)
    betweenness, estimated = _betweenness(shown)
    places = laid_out(_in_order(shown))
    labels, at = names(store, chosen), {one: number for number, one in enumerate(chosen)}
    return Network(
        kind=kind,
        of=of,
        works=total,
        nodes=tuple(
            Node(
                iri=one, name=labels[one], size=size[one], strength=strength[one], links=shown.degree(one),
                betweenness=round(betweenness[one], 6), community=communities[one], x=places[one][0], y=places[one][1],
            )
            for one in chosen
        ),
        ties=_ties(whole, at),
        left_out=whole.number_of_nodes() - len(chosen),
        modularity=_modularity(shown, communities),
        estimated=estimated,
    )  # fmt: skip


def _largest(whole: nx.Graph[Any], ranked: list[str], limit: int) -> list[str]:
    """The largest `limit` that have a tie among those shown: where too many have none, smaller ones come in."""
    for window in (limit, 2 * limit, 4 * limit, 8 * limit):
        found = _tied(whole, ranked[:window])
        if len(found) >= limit:
            break
    return _tied(whole, found[:limit])


def _tied(whole: nx.Graph[Any], nodes: list[str]) -> list[str]:
    within = nx.Graph(whole.subgraph(nodes))
    return [one for one in nodes if within.degree(one)]


def _ties(whole: nx.Graph[Any], at: dict[str, int]) -> tuple[Tie, ...]:
    """The ties among the chosen, the strongest first."""
    found = [
        Tie(source=at[one], target=at[other], weight=weight)
        for one, other, weight in whole.subgraph(at).edges(data="weight")
    ]
    if not whole.is_directed():
        found = [Tie(source=min(t.source, t.target), target=max(t.source, t.target), weight=t.weight) for t in found]
    return tuple(sorted(found, key=lambda tie: (-tie.weight, tie.source, tie.target)))


def _communities(graph: nx.Graph[Any]) -> dict[str, int]:
    """Node → its community, the largest is 1; equals by their first node."""
    if not graph:
        return {}
    found = nx.community.louvain_communities(_in_order(graph), weight="weight", seed=_SEED)
    ranked = sorted(found, key=lambda members: (-len(members), min(members)))
    return {one: number for number, members in enumerate(ranked, 1) for one in members}


def _modularity(graph: nx.Graph[Any], communities: dict[str, int]) -> float:
    if not graph.number_of_edges():
        return 0.0
    groups: dict[int, set[str]] = {}
    for one, number in communities.items():
        groups.setdefault(number, set()).add(one)
    return round(float(nx.community.modularity(graph, groups.values(), weight="weight")), 4)


def _betweenness(graph: nx.Graph[Any]) -> tuple[dict[str, float], bool]:
    nodes, edges = graph.number_of_nodes(), graph.number_of_edges()
    sources = nodes if nodes * edges <= _STEPS else max(10, _STEPS // edges)
    if sources >= nodes:
        return nx.betweenness_centrality(graph), False
    return nx.betweenness_centrality(_in_order(graph), k=sources, seed=_SEED), True


def _in_order(graph: nx.Graph[Any]) -> nx.Graph[Any]:
    """The same with nodes and edges in the order of their IRIs, on which seeded methods depend."""
    found: nx.Graph[Any] = nx.Graph()
    found.add_nodes_from(sorted(graph))
    found.add_weighted_edges_from(sorted((*sorted((a, b)), w) for a, b, w in graph.edges(data="weight")))
    return found
