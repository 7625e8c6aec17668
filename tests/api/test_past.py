"""Questions as of then: which snapshots are kept, and citations that answer the same for ever."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.auth import Keys, Role
from api.build import build
from api.settings import Settings
from api.watch import Quiet
from graph.snapshots import Snapshots
from graph.stores.oxigraph import OxigraphStore
from ingest.sources.files import FilesSource
from ontology.errors import NotFound, StoreError

COUNT = "SELECT (COUNT(?w) AS ?n) { ?w a gn:Work }"


@pytest.fixture
def own(built: Settings, tmp_path: Path) -> Settings:
    """A copy of the built folder, without what other tests have cited in it."""
    shutil.copytree(built.data, tmp_path / "data")
    snapshots = Snapshots(tmp_path / "data" / "snapshots")
    for tag in snapshots.tags():
        snapshots.untag(tag.name)
    return built.model_copy(update={"data": tmp_path / "data", "snapshots_kept": 1})


@pytest.fixture
def mine(own: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(own), base_url="http://localhost:8000") as client:
        yield client


def add(settings: Settings, folder: Path, name: str) -> None:
    folder.mkdir(exist_ok=True)
    said = (
        f"title = {{About {name} and its uses}}, author = {{Lovelace, Ada}}, year = {{2026}}, doi = {{10.5555/{name}}}"
    )
    (folder / f"{name}.bib").write_text(f"@article{{{name}, {said}}}")
    build(settings, [FilesSource("more", [folder])], [], Quiet())


def count(client: TestClient, snapshot: str = "") -> int:
    asked = {"query": COUNT, **({"snapshot": snapshot} if snapshot else {})}
    found = client.get("/sparql", params=asked, headers={"Accept": "application/sparql-results+json"})
    return int(found.json()["results"]["bindings"][0]["n"]["value"])


def test_a_tagged_snapshot_is_asked_as_it_was(mine: TestClient, own: Settings, tmp_path: Path) -> None:
    key = {"X-API-Key": Keys(own.data / "keys.sqlite").add("cy", Role.curator)}
    before = count(mine)
    assert mine.put("/v1/snapshots/tags/first").status_code == 401
    assert mine.put("/v1/snapshots/tags/first", headers=key).status_code == 204
    sequence = mine.get("/v1/snapshots").json()[0]["sequence"]
    add(own, tmp_path / "more", "one")
    add(own, tmp_path / "more", "two")
    assert count(mine) == before + 2
    assert count(mine, "first") == count(mine, str(sequence)) == before
    listed = mine.get("/v1/snapshots").json()
    assert [one["tags"] for one in listed if one["sequence"] == sequence] == [["first"]]
    assert sum(one["current"] for one in listed) == 1
    assert mine.get("/sparql", params={"query": COUNT, "snapshot": "9999"}).status_code == 404
    assert mine.get("/sparql", params={"query": COUNT, "snapshot": "2001-01-01"}).status_code == 404
    assert count(mine, datetime.now(UTC).date().isoformat()) == before + 2
    assert mine.delete("/v1/snapshots/tags/first", headers=key).status_code == 204
    assert mine.delete("/v1/snapshots/tags/first", headers=key).status_code == 404


def test_a_citation_answers_the_same_after_the_graph_has_changed(
    mine: TestClient, own: Settings, tmp_path: Path
) -> None:
    query = "SELECT ?w ?y { ?w a gn:Work ; gn:year ?y }"
    sent = {"content": query, "headers": {"Content-Type": "application/sparql-query"}}
    assert mine.post("/v1/citations", **sent).status_code == 401
    sent["headers"]["X-API-Key"] = Keys(own.data / "keys.sqlite").add("ana", Role.analyst)
    made = mine.post("/v1/citations", **sent).json()
    assert made["rows"] > 3
    assert mine.get(f"/v1/citations/{made['id']}/again").json()["same"]
    add(own, tmp_path / "more", "one")
    add(own, tmp_path / "more", "two")
    again = mine.get(f"/v1/citations/{made['id']}/again").json()
    assert again["same"]
    assert again["rows"] == made["rows"]
    newer = mine.post("/v1/citations", **sent).json()
    assert newer["rows"] == made["rows"] + 2
    assert newer["hash"] != made["hash"]
    rows = mine.get(f"/v1/citations/{made['id']}/answer", headers={"Accept": "text/csv"}).text.splitlines()
    assert len(rows) == made["rows"] + 1
    assert mine.get(made["iri"], follow_redirects=True).json() == made
    volatile = {**sent, "content": "SELECT (NOW() AS ?n) {}"}
    assert mine.post("/v1/citations", **volatile).status_code == 403
    assert mine.get("/v1/citations/none").status_code == 404
    assert len(Snapshots(own.data / "snapshots").tags()) == 2, "a refused citation keeps nothing"


def test_the_last_of_each_day_is_kept(tmp_path: Path) -> None:
    store = OxigraphStore(tmp_path / "store")
    snapshots = Snapshots(tmp_path / "snapshots", keep=1, days=2)
    today = datetime.now(UTC).replace(hour=12)
    for number, days in enumerate((3, 2, 2, 1, 1, 0, 0), 1):
        made = snapshots.publish(store, number)
        moment = (today - timedelta(days=days, minutes=-number)).timestamp()
        os.utime(made.path, (moment, moment))
    snapshots.tidy()
    assert [one.sequence for one in snapshots.listed()] == [7, 5]
    assert snapshots.find((today - timedelta(days=1)).date().isoformat()).sequence == 5
    store.close()


def test_tags_hold_and_let_go(tmp_path: Path) -> None:
    store = OxigraphStore(tmp_path / "store")
    snapshots = Snapshots(tmp_path / "snapshots", keep=1)
    first = snapshots.publish(store, 1)
    snapshots.tag("v1", first)
    with pytest.raises(StoreError, match="already"):
        snapshots.tag("v1", first)
    for name in ("../x", "", "1a", "a b"):
        with pytest.raises(StoreError):
            snapshots.tag(name, first)
    snapshots.publish(store, 2)
    assert [one.sequence for one in snapshots.listed()] == [2, 1]
    snapshots.untag("v1")
    snapshots.publish(store, 3)
    assert [one.sequence for one in snapshots.listed()] == [3]
    with pytest.raises(NotFound):
        snapshots.find("v1")
    store.close()
