"""A small dense graph on disk, checkpointed, and pools of real workers over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from api.build import build
from api.settings import load_settings
from api.watch import Quiet
from graph.snapshots import Checkpoints, FixedCheckpoint, Lease, Snapshot
from graph.stores.oxigraph import OxigraphStore
from sparql.limits import Limits
from sparql.pool import QueryPool
from sparql.service import Service


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
    made = QueryPool(
        FixedCheckpoint(checkpoint), Limits(seconds=1.5, memory_bytes=1 << 30, workers=2, queue=2, queue_seconds=5)
    )
    made.start()
    yield made
    made.close()


@pytest.fixture(scope="module")
def service(pool: QueryPool) -> Service:
    return Service(pool)


@pytest.fixture(scope="session")
def empty_graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a graph that nothing has been harvested into."""
    settings = load_settings(data=tmp_path_factory.mktemp("empty") / "data", encoder="none", cores=1)
    build(settings, [], [], Quiet())
    return settings.data


class Moving:
    """A source of checkpoints that says what the test makes it say."""

    def __init__(self, now: Callable[[], Path]) -> None:
        self._now = now

    def current(self) -> Snapshot | None:
        return Snapshot(self._now(), 0)

    def acquire(self) -> Lease:
        return Lease(Snapshot(self._now(), 0))

    def tidy(self) -> None:
        pass


@pytest.fixture
def moving() -> Callable[[Callable[[], Path]], Checkpoints]:
    return Moving


@pytest.fixture
def make_pool() -> Iterator[Callable[[Checkpoints, Limits], QueryPool]]:
    pools: list[QueryPool] = []

    def make(checkpoints: Checkpoints, limits: Limits) -> QueryPool:
        pools.append(QueryPool(checkpoints, limits))
        return pools[-1]

    yield make
    for one in pools:
        one.close()
