"""Networks: what is joined, how it is measured, and that other tools read the files."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import networkx as nx
import pytest

from graph.discovery.ask import Named
from graph.discovery.scope import works_for
from graph.networks import Kind
from graph.networks.formats import encoded
from graph.networks.measures import Network, network
from graph.networks.projections import project
from graph.stores.oxigraph import OxigraphStore
from ontology.errors import NotFound, QueryTooLarge
from ontology.namespaces import Base, expand

BASE = Base("http://test.example")
WORKS = [BASE.entity("work", one) for one in "abcdef"]
PEOPLE = [BASE.entity("person", one) for one in ("ada", "bob", "cyd", "dan", "eve")]
WROTE = {0: (0, 1), 1: (0, 1, 2), 2: (2, 3), 3: (3, 4), 4: (3, 4), 5: (4,)}
CITES = {1: (0,), 2: (0, 1), 3: (0, 1), 4: (1, 5)}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> OxigraphStore:
    creator, cites, kind = (f"<{expand(one)}>" for one in ("dct:creator", "cito:cites", "rdf:type"))
    lines = [f"<{work}> {kind} <{expand('gn:Work')}> ." for work in WORKS]
    lines += [f"<{WORKS[w]}> {creator} <{PEOPLE[p]}> ." for w, people in WROTE.items() for p in people]
    lines += [f"<{WORKS[w]}> {cites} <{WORKS[c]}> ." for w, cited in CITES.items() for c in cited]
    lines += [f'<{PEOPLE[0]}> <{expand("foaf:name")}> "Ada \\u0007 & <b>" .']
    found = OxigraphStore(tmp_path_factory.mktemp("networks") / "store")
    found.load(lines)
    return found


def weights(graph: nx.Graph[str]) -> dict[str, int]:
    return {"".join(sorted(one[-3:] for one in ends)): weight for *ends, weight in graph.edges(data="weight")}


def test_people_are_joined_by_what_they_wrote(store: OxigraphStore) -> None:
    graph = project(store, "people")
    assert weights(graph) == {"adabob": 2, "adacyd": 1, "bobcyd": 1, "cyddan": 1, "daneve": 2}
    assert [graph.nodes[one]["size"] for one in PEOPLE] == [2, 2, 2, 3, 3]
    assert weights(project(store, "people", WORKS[:1])) == {"adabob": 1}


def test_works_are_joined_by_citations(store: OxigraphStore) -> None:
    a, b, c, d, e, f = WORKS
    assert set(project(store, "citation").edges) == {(b, a), (c, a), (c, b), (d, a), (d, b), (e, b), (e, f)}
    assert set(project(store, "citation", {a, b}).edges) == {(b, a)}
    cocited = project(store, "co-citation")
    assert (cocited[a][b]["weight"], cocited[b][f]["weight"], cocited.nodes[a]["size"]) == (2, 1, 3)
    coupled = project(store, "coupling")
    assert (coupled[c][d]["weight"], coupled[b][c]["weight"], coupled.nodes[e]["size"]) == (2, 1, 2)
    for kind in ("citation", "co-citation"):
        with pytest.raises(QueryTooLarge):
            project(store, kind, max_edges=1)


def test_measures_are_those_of_networkx(store: OxigraphStore) -> None:
    found = network(store, "people", None, len(WORKS))
    between = nx.betweenness_centrality(project(store, "people"))
    assert {node.iri: node.betweenness for node in found.nodes} == pytest.approx(between, abs=1e-6)
    by_name = {node.iri.rsplit("/", 1)[-1]: node for node in found.nodes}
    assert by_name["ada"].community == by_name["bob"].community != by_name["eve"].community
    assert (by_name["dan"].strength, by_name["dan"].links, by_name["dan"].size) == (3, 2, 3)
    assert found.modularity > 0.2
    assert all(0 <= node.x <= 1 and 0 <= node.y <= 1 for node in found.nodes)
    assert found == network(store, "people", None, len(WORKS))


def test_the_largest_are_kept_and_the_rest_counted(store: OxigraphStore) -> None:
    found = network(store, "people", None, len(WORKS), limit=2)
    assert [node.iri.rsplit("/", 1)[-1] for node in found.nodes] == ["dan", "eve"]
    assert ([(tie.source, tie.target, tie.weight) for tie in found.ties], found.left_out) == ([(0, 1, 2)], 3)
    assert network(store, "topics", None, len(WORKS)).nodes == ()
    with pytest.raises(QueryTooLarge):
        network(store, "people", None, len(WORKS), limit=10_000)


@pytest.mark.parametrize("kind", ["people", "citation"])
def test_files_say_the_same_as_the_network(store: OxigraphStore, tmp_path: Path, kind: Kind) -> None:
    found: Network = network(store, kind, None, len(WORKS), Named(WORKS[0], "a"))
    edges = {(found.nodes[tie.source].iri, found.nodes[tie.target].iri): tie.weight for tie in found.ties}
    for graph in (nx.read_gexf(BytesIO(encoded(found, "gexf"))), nx.read_graphml(BytesIO(encoded(found, "graphml")))):
        assert {(a, b): w for a, b, w in graph.edges(data="weight")} == edges
        assert {one: graph.nodes[one]["community"] for one in graph} == {n.iri: n.community for n in found.nodes}
        assert graph.is_directed() == (kind == "citation")
    told = json.loads(encoded(found, "vosviewer"))["network"]
    iris = {item["id"]: item["url"] for item in told["items"]}
    assert {(iris[one["source_id"]], iris[one["target_id"]]): one["strength"] for one in told["links"]} == edges


def test_what_stands_for_works(store: OxigraphStore) -> None:
    assert works_for(store, WORKS[0]) == WORKS[:4]
    with pytest.raises(NotFound):
        works_for(store, PEOPLE[1])
