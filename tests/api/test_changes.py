"""A dump and the changes after it are the graph, whatever happened in between."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.build import build
from api.changes import Changes
from api.dumps import Dumps
from api.settings import Settings
from api.watch import Quiet
from graph.patches import Patch, read
from graph.snapshots import Snapshots
from graph.stores.oxigraph import OxigraphStore
from ingest.sources.files import FilesSource


@pytest.fixture
def own(built: Settings, tmp_path: Path) -> Settings:
    shutil.copytree(built.data, tmp_path / "data")
    return built.model_copy(update={"data": tmp_path / "data"})


@pytest.fixture
def mine(own: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(own), base_url="http://localhost:8000") as client:
        yield client


def lines(settings: Settings) -> set[str]:
    current = Snapshots(settings.data / "snapshots").current()
    assert current is not None
    store = OxigraphStore.read_only(current.path)
    found = set(store.lines(None))
    store.close()
    return found


def put(settings: Settings, folder: Path, title: str, name: str = "one") -> None:
    folder.mkdir(exist_ok=True)
    said = f"title = {{{title}}}, author = {{Lovelace, Ada}}, year = {{2026}}, doi = {{10.5555/{name}}}"
    (folder / f"{name}.bib").write_text(f"@article{{{name}, {said}}}")
    build(settings, [FilesSource("more", [folder], complete=True)], [], Quiet())


def test_a_dump_and_the_changes_after_it_are_the_graph(own: Settings, mine: TestClient, tmp_path: Path) -> None:
    start = Dumps(own).make()
    state = {
        line
        for one in start.files
        for line in gzip.decompress(Dumps(own).path("latest", one.name).read_bytes()).decode().splitlines()
    }
    assert state == lines(own)
    put(own, tmp_path / "more", "A gyroscope for librarians")
    put(own, tmp_path / "more", "A better gyroscope for librarians")
    put(own, tmp_path / "more", "Another paper on instruments", "two")
    found = mine.get(f"/v1/changes?since={start.sequence}").json()
    assert found["complete"]
    assert [one["sequence"] for one in found["changes"]] == [*range(start.sequence + 1, found["newest"] + 1)]
    before = set(state)
    for one in found["changes"]:
        answered = mine.get(f"/v1/changes/{one['sequence']}")
        assert answered.headers["content-type"].startswith("text/x-rdf-patch")
        patch = read(answered.text.splitlines())
        assert patch.removed <= state, "only what was there is taken away"
        assert not patch.added & state, "only what is new is added"
        state = (state - patch.removed) | patch.added
    assert state == lines(own)

    whole = read(mine.get(f"/v1/changes/between?start={start.sequence}&end={found['newest']}").text.splitlines())
    assert (before - whole.removed) | whole.added == state
    back = read(mine.get(f"/v1/changes/between?start={found['newest']}&end={start.sequence}").text.splitlines())
    assert (state - back.removed) | back.added == before


def test_what_is_not_kept_is_gone_and_said_so(own: Settings, mine: TestClient, tmp_path: Path) -> None:
    newest = mine.get("/v1/changes").json()["newest"]
    assert mine.get("/v1/changes/1").status_code == 410
    assert mine.get(f"/v1/changes/{newest + 5}").status_code == 404
    assert mine.get("/v1/changes").json()["complete"] is False, "the first build made no changes"
    put(own, tmp_path / "more", "A gyroscope for librarians")
    assert mine.get(f"/v1/changes?since={newest}").json()["complete"]
    small = Changes(own.model_copy(update={"changes_kept_mb": 1}))
    many = frozenset(f'<a:{n}> <p:x> "{hash(n * 7919)}{hash(n * 104729)}" .' for n in range(60_000))
    last = mine.get("/v1/changes").json()["newest"]
    for step in range(1, 6):
        small.put(Patch(last + step, last + step - 1, frozenset(), many))
    kept = [int(path.name[:12]) for path in small.folder.glob("*.zst")]
    assert last + 5 in kept
    assert last + 1 not in kept
