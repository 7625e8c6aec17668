"""Schemes: walking the hierarchy, choosing names, surviving broken input."""

from __future__ import annotations

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from ontology.scheme import Concept, Label, Scheme


def scheme(**broader: str) -> Scheme:
    """`scheme(c="a b")`: c has the broader concepts a and b."""
    return Scheme(
        "urn:s", "s", [Concept(iri=k, labels=(Label(k),), broader=tuple(v.split())) for k, v in broader.items()]
    )


def test_distances_are_the_shortest_ones() -> None:
    diamond = scheme(a="", b="a", c="a", d="b c", e="d a")
    assert diamond.ancestors("e") == {"d": 1, "a": 1, "b": 2, "c": 2}
    assert diamond.descendants("a") == {"b": 1, "c": 1, "e": 1, "d": 2}
    assert diamond.descendants("a", depth=1) == {"b": 1, "c": 1, "e": 1}
    assert diamond.descendants("unknown") == {}
    assert diamond.narrower["d"] == ("e",)


def test_a_cycle_ends() -> None:
    assert scheme(a="c", b="a", c="b").ancestors("a") == {"c": 1, "b": 2}


@given(st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=24), st.integers(0, 7))
@settings(deadline=None)
def test_walks_equal_networkx(edges: set[tuple[int, int]], start: int) -> None:
    graph = nx.DiGraph(edges)
    graph.add_nodes_from(range(8))
    made = scheme(**{str(n): " ".join(str(p) for m, p in sorted(edges) if m == n) for n in range(8)})
    expected = nx.single_source_shortest_path_length(graph, start)
    assert made.ancestors(str(start)) == {str(n): d for n, d in expected.items() if d}
    expected = nx.single_source_shortest_path_length(graph.reverse(), start)
    assert made.descendants(str(start)) == {str(n): d for n, d in expected.items() if d}


def test_names() -> None:
    both = Concept(iri="urn:x", labels=(Label("Katze", "de"), Label("cat"), Label("puss", kind="alt")))
    assert (both.name(), both.name("de"), both.name("fr")) == ("cat", "Katze", "cat")
    assert Concept(iri="urn:x", labels=(Label("кот", "ru"),)).name() == "кот"
    assert Concept(iri="urn:x", labels=(Label("puss", kind="alt"),)).name() == "puss"
    assert Concept(iri="urn:x", labels=()).name() == "urn:x"


def test_a_scheme_is_sized_and_iterable() -> None:
    made = scheme(a="", b="a")
    assert len(made) == 2
    assert [concept.iri for concept in made] == ["a", "b"]
    assert (made.title, made.faults) == ("s", ())
