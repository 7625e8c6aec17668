"""A small dense graph on disk, checkpointed, and pools of real workers over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from graph.stores.oxigraph import OxigraphStore
from sparql.limits import Limits
from sparql.pool import QueryPool


@pytest.fixture(scope="session")
def endless() -> str:
    """Visits 3 million pairs for each of the 3,600 pairs that a path connects."""
    return "SELECT (COUNT(*) AS ?n) { ?s (<x:p>|^<x:p>)* ?o . ?a ?b ?c . ?d ?e ?f . FILTER(?a != ?f) }"


@pytest.fixture(scope="session")
def write_graph() -> Callable[[Path, str, str], Path]:
    return _write_graph


def _write_graph(folder: Path, name: str, marker: str) -> Path:
    """1,700 triples: 60 nodes of which each is linked to 20 others, 500 labels, one marker."""
    store = OxigraphStore(folder / f"live-{name}")
    links = (f"<x:n{i}> <x:p> <x:n{(i * 7 + j) % 60}> ." for i in range(60) for j in range(20))
    labels = (f'<x:l{i}> <x:label> "label \\"{i}\\",\\n}},{{<result>"@en .' for i in range(500))
    store.apply((), [*links, *labels, f'<x:marker> <x:is> "{marker}" .', "<x:a> <x:b> <x:c> <x:graph> ."])
    store.checkpoint(folder / name)
    store.close()
    return folder / name


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _write_graph(tmp_path_factory.mktemp("sparql"), "one", "first")


@pytest.fixture(scope="module")
def pool(checkpoint: Path) -> Iterator[QueryPool]:
    """Two workers, 1.5 s a query, small queue."""
    made = QueryPool(lambda: checkpoint, Limits(seconds=1.5, memory_bytes=1 << 30, workers=2, queue=2, queue_seconds=5))
    made.start()
    yield made
    made.close()


@pytest.fixture
def make_pool() -> Iterator[Callable[[Callable[[], Path], Limits], QueryPool]]:
    pools: list[QueryPool] = []

    def make(current: Callable[[], Path], limits: Limits) -> QueryPool:
        pools.append(QueryPool(current, limits))
        return pools[-1]

    yield make
    for one in pools:
        one.close()
