"""Paths and similar works on random graphs equal what brute force finds."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from math import exp, log, sqrt
from pathlib import Path
from tempfile import TemporaryDirectory

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.discovery import neighbourhood
from graph.discovery.paths import BETA, DAMPING, paths
from graph.discovery.related import WEIGHTS, related
from graph.stores.oxigraph import OxigraphStore
from ontology.namespaces import expand

CITES, CREATOR, SUBJECT = (f"<{expand(one)}>" for one in ("cito:cites", "dct:creator", "dct:subject"))


def node(number: int) -> str:
    return f"http://n.example/{number:02}"


@contextmanager
def stored(lines: Iterable[str]) -> Iterator[OxigraphStore]:
    with TemporaryDirectory() as folder:
        store = OxigraphStore(Path(folder) / "store")
        store.load(lines)
        yield store
        store.close()


Edge = tuple[int, int, str]
EDGES = st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9), st.sampled_from((CITES, CREATOR))), max_size=28)


def written(edges: set[Edge]) -> list[str]:
    """The edges, and something said of each node, so that all are known."""
    known = [f'<{node(n)}> <{expand("dct:title")}> "{n}" .' for n in range(10)]
    return known + [f"<{node(a)}> {p} <{node(b)}> ." for a, b, p in edges]


def brute_force(edges: set[Edge], length: int) -> list[tuple[float, tuple[str, ...]]]:
    """Every simple path from 0 to 1, scored by the formula in the module's docstring."""
    graph: nx.Graph[str] = nx.Graph((node(a), node(b)) for a, b, _ in edges if a != b)
    graph.add_nodes_from((node(0), node(1)))
    degree: defaultdict[str, int] = defaultdict(int)
    for a, b, _ in edges:
        degree[node(a)] += 1
        degree[node(b)] += 1
    found = []
    for path in nx.all_simple_paths(graph, node(0), node(1), cutoff=length):
        cost = sum(round(1e6 * (DAMPING * log(degree[inner]) - log(BETA))) for inner in path[1:-1])
        found.append((cost, tuple(path)))
    return [(exp(-cost / 1e6), path) for cost, path in sorted(found)]


@given(EDGES, st.integers(1, 5), st.integers(1, 12))
@settings(max_examples=60, deadline=None)
def test_paths_equal_brute_force(edges: set[Edge], length: int, k: int) -> None:
    with stored(written(edges)) as store:
        found = paths(store, node(0), node(1), max_length=length, k=k)
    assert not found.partial
    expected = brute_force(edges, length)[:k]
    assert [tuple(one.iri for one in path.nodes) for path in found.paths] == [path for _, path in expected]
    assert [path.score for path in found.paths] == pytest.approx([score for score, _ in expected])
    for path in found.paths:
        for hop, (here, there) in zip(path.hops, itertools.pairwise(path.nodes), strict=True):
            ends = (hop.source, hop.target) if hop.forward else (hop.target, hop.source)
            assert ends == (here.iri, there.iri)
            a, b = (int(one.rpartition("/")[2]) for one in (hop.source, hop.target))
            assert (a, b, f"<{hop.predicate}>") in edges


def test_the_shorter_and_less_crowded_way_comes_first() -> None:
    crowd = {(2, n, CITES) for n in range(4, 10)}
    with stored(written({(0, 2, CITES), (2, 1, CITES), (0, 3, CITES), (3, 1, CITES), *crowd})) as store:
        found = paths(store, node(0), node(1), max_length=4)
    assert [path.nodes[1].iri for path in found.paths] == [node(3), node(2)]
    assert found.paths[0].score == pytest.approx(BETA * 2**-DAMPING)


def test_hubs_are_not_walked_through_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbourhood, "HUB", 4)
    edges = {(0, 2, CITES), (2, 3, CITES), (3, 1, CITES), *((2, n, CREATOR) for n in range(4, 9)), (0, 9, CITES)}
    with stored(written(edges)) as store:
        far = paths(store, node(0), node(1), max_length=4)
        assert ([len(path.nodes) for path in far.paths], far.partial) == ([4], True)
        assert not paths(store, node(2), node(1), max_length=2).partial  # an end may be a hub
    monkeypatch.setattr(neighbourhood, "MOST_LINKS", 0)
    with stored(written(edges)) as store:
        none = paths(store, node(0), node(1), max_length=3)
        assert none.partial


def test_other_links_between_the_same_two_are_named() -> None:
    with stored(written({(0, 1, CITES), (0, 1, CREATOR), (1, 0, CITES)})) as store:
        (path,) = paths(store, node(0), node(1), max_length=3).paths
    (hop,) = path.hops
    assert (hop.predicate, hop.also) == (expand("dct:creator"), (expand("cito:cites"),))


Works = st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda pair: pair[0] != pair[1]), max_size=24)
Topics = st.sets(st.tuples(st.integers(0, 7), st.integers(10, 14)), max_size=20)


def expected_scores(cites: set[tuple[int, int]], about: set[tuple[int, int]]) -> dict[int, float]:
    refs = {w: {b for a, b in cites if a == w} for w in range(8)}
    citing = {w: {a for a, b in cites if b == w} for w in range(8)}
    topics = {w: {t for a, t in about if a == w} for w in range(8)}
    idf = {t: log(8 / sum(t in some for some in topics.values())) for _, t in about}
    scores: dict[int, float] = {}
    for other in range(1, 8):
        score = 0.0
        for part, table in (("coupling", refs), ("cocitation", citing)):
            n = len(table[0] & table[other])
            score += WEIGHTS[part] * n / (n + 1) * n / sqrt(len(table[0]) * len(table[other])) if n else 0.0
        norm = sqrt(sum(idf[t] ** 2 for t in topics[0])) * sqrt(sum(idf[t] ** 2 for t in topics[other]))
        shared = topics[0] & topics[other]
        dot = sum(idf[t] ** 2 for t in shared)
        score += WEIGHTS["topics"] * len(shared) / (len(shared) + 1) * dot / norm if norm else 0.0
        if score:
            scores[other] = score / sum(WEIGHTS.values())
    return scores


@given(Works, Topics)
@settings(max_examples=40, deadline=None)
def test_related_equals_brute_force(cites: set[tuple[int, int]], about: set[tuple[int, int]]) -> None:
    lines = [f"<{node(n)}> <{expand('rdf:type')}> <{expand('gn:Work')}> ." for n in range(8)]
    lines += [f"<{node(a)}> {CITES} <{node(b)}> ." for a, b in cites]
    lines += [f"<{node(a)}> {SUBJECT} <{node(t)}> ." for a, t in about]
    with stored(lines) as store:
        found = related(store, node(0), k=20)
    expected = expected_scores(cites, about)
    assert {one.iri: one.score for one in found} == pytest.approx({node(n): s for n, s in expected.items()})
    order = sorted(expected, key=lambda n: (-round(expected[n], 9), n))
    assert [one.iri for one in found] == [node(n) for n in order]
    for one in found:
        weighed = sum(WEIGHTS[part.name] * part.value for part in one.parts)
        assert one.score == pytest.approx(weighed / sum(WEIGHTS.values()))


def test_the_rarest_shared_subject_is_named_first() -> None:
    about = [(work, 10) for work in range(5)] + [(0, 11), (1, 11)]
    lines = [f"<{node(n)}> <{expand('rdf:type')}> <{expand('gn:Work')}> ." for n in range(8)]
    with stored([*lines, *(f"<{node(a)}> {SUBJECT} <{node(t)}> ." for a, t in about)]) as store:
        first = related(store, node(0))[0]
    assert (first.iri, [shared.iri for shared in first.parts[0].shared]) == (node(1), [node(11), node(10)])
