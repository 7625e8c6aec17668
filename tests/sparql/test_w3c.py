"""The W3C's protocol, graph store and service description tests against a running server: all of them.

The evaluation suites take minutes: `python -m bench.conformance` replays them, and a part is tried here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from bench.conformance import Result, replayed, summary
from bench.w3c.replay import Replay
from bench.w3c.server import key_for, serving

pytestmark = [pytest.mark.shared, pytest.mark.server]


@pytest.fixture(scope="module")
def replay(tmp_path_factory: pytest.TempPathFactory, empty_graph: Path) -> Iterator[Replay]:
    with serving(empty_graph) as server:
        key = key_for(empty_graph)
        made = httpx2.put(f"{server}/workspaces/w3c", headers={"X-API-Key": key}, trust_env=False)
        assert made.status_code == 201
        here = Replay(server, "w3c", key)
        yield here
        here.http.close()


def run(shared: Path, replay: Replay, only: str) -> list[Result]:
    return list(replayed(shared / "w3c_rdf_tests" / "sparql", replay, only))


@pytest.mark.parametrize(
    ("only", "group", "number"),
    [("protocol/", "protocol", 34), ("graph store/", "graph store", 13), ("service desc", "service description", 3)],
)
def test_all_pass(shared: Path, replay: Replay, only: str, group: str, number: int) -> None:
    results = run(shared, replay, only)
    assert not [result for result in results if result.fault]
    assert summary(results) == {group: (number, number)}


@pytest.mark.parametrize("only", ["subquery/", "delete-where/", "lang-basedir/", "delete-data/"])
def test_some_evaluation_tests(shared: Path, replay: Replay, only: str) -> None:
    results = run(shared, replay, only)
    assert len(results) > 5
    assert not [result for result in results if result.fault]
