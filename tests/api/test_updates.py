"""Updates through the doors: who may, what is written, and that a rebuild brings it back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.auth import Keys, Role
from api.build import build
from api.settings import Settings
from api.watch import Quiet
from graph.snapshots import Snapshots
from graph.stores.hashing import store_hash
from graph.stores.oxigraph import OxigraphStore
from ingest.journal.database import Database
from ingest.journal.ledger import Ledger

UPDATE = {"Content-Type": "application/sparql-update"}
OWN = "http://localhost:8000/graph/user/notes"


@pytest.fixture
def copy(built: Settings, tmp_path: Path) -> Settings:
    """A data folder of its own to write in."""
    shutil.copytree(built.data, tmp_path / "data", ignore=shutil.ignore_patterns("leases"))
    (tmp_path / "data" / "snapshots" / "leases").mkdir()
    return built.model_copy(update={"data": tmp_path / "data"})


@pytest.fixture
def doors(copy: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(copy), base_url="http://localhost:8000") as client:
        yield client


def key(settings: Settings, role: Role) -> dict[str, str]:
    return {"X-API-Key": Keys(settings.data / "keys.sqlite").add(role.name, role)}


def graph_hash(settings: Settings) -> str:
    current = Snapshots(settings.data / "snapshots").current()
    assert current is not None
    store = OxigraphStore.read_only(current.path)
    return store_hash(store)


def test_an_update_is_journalled_and_outlives_a_rebuild(copy: Settings, doors: TestClient) -> None:
    curator = key(copy, Role.curator)
    text = f"INSERT {{ GRAPH <{OWN}> {{ ?w <x:seen> true }} }} WHERE {{ ?w a gn:Work }}"
    assert doors.post("/sparql", content=text, headers=UPDATE | curator).status_code == 204
    count = f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{OWN}> {{ ?w <x:seen> true }} ?w a gn:Work }}"
    answer = doors.get("/sparql", params={"query": count}).json()
    works = int(answer["results"]["bindings"][0]["n"]["value"])
    assert works > 5
    with Database(copy.journal) as database:
        (logged,) = Ledger(database).logged()
    assert (logged.author, logged.kind, logged.graphs, logged.added) == ("key:curator", "update", (OWN,), works)
    assert logged.said == text
    before = graph_hash(copy)
    shutil.rmtree(copy.data / "store")
    shutil.rmtree(copy.data / "snapshots")
    build(copy, [], [], Quiet())
    assert graph_hash(copy) == before


@pytest.mark.parametrize("lost", [False, True])
def test_an_update_leaves_an_index_alone_that_only_a_build_can_make(copy: Settings, lost: bool) -> None:
    index = copy.data / "index"
    if lost:
        shutil.rmtree(index)
    else:
        for mark in index.glob("*/*/layout"):
            mark.write_text("0")
    with TestClient(create_app(copy)) as doors:
        text = f"INSERT DATA {{ GRAPH <{OWN}> {{ <x:a> <x:b> 1 }} }}"
        assert doors.post("/sparql", content=text, headers=UPDATE | key(copy, Role.curator)).status_code == 204
    assert index.exists() != lost
    build(copy, [], [], Quiet())
    with TestClient(create_app(copy)) as doors:
        assert doors.get("/v1/search", params={"q": "network"}).json()["total"] > 0


def test_who_may_change_what(copy: Settings, doors: TestClient) -> None:
    text = f"INSERT DATA {{ GRAPH <{OWN}> {{ <x:a> <x:b> 1 }} }}"
    assert doors.post("/sparql", content=text, headers=UPDATE).status_code == 401
    assert doors.post("/sparql", content=text, headers=UPDATE | key(copy, Role.analyst)).status_code == 403
    curator = key(copy, Role.curator)
    for closed in ("INSERT DATA { <x:a> <x:b> 1 }", "CLEAR ALL", "CLEAR GRAPH <http://localhost:8000/graph/text>"):
        refused = doors.post("/sparql", content=closed, headers=UPDATE | curator)
        assert (refused.status_code, refused.json()["code"]) == (403, "QueryForbidden")
    with Database(copy.journal):
        busy = doors.post("/sparql", content=text, headers=UPDATE | curator)
    assert (busy.status_code, busy.json()["code"]) == (409, "WriterBusy")
    assert doors.post("/sparql", content=text, headers=UPDATE | curator).status_code == 204


def test_a_graph_of_ones_own_by_its_address(copy: Settings, doors: TestClient) -> None:
    curator = key(copy, Role.curator)
    turtle = {"Content-Type": "text/turtle"} | curator
    assert doors.get("/graph/user/notes").status_code == 404
    made = doors.put("/graph/user/notes", content="<x:a> <x:b> 1, 2 .", headers=turtle)
    assert (made.status_code, made.headers["location"]) == (201, OWN)
    assert doors.post("/graph/user/notes", content="<x:a> <x:b> 3 .", headers=turtle).status_code == 204
    read = doors.get("/graph/user/notes", headers={"Accept": "application/n-triples"})
    assert len(read.text.splitlines()) == 3
    assert doors.get("/graph", params={"graph": OWN}, headers={"Accept": "application/n-triples"}).text == read.text
    assert doors.put("/graph/text", content="<x:a> <x:b> 1 .", headers=turtle).status_code == 403
    assert doors.delete("/graph/user/notes").status_code == 401
    assert doors.delete("/graph/user/notes", headers=curator).status_code == 204
    assert doors.head("/graph/user/notes").status_code == 404


def test_a_workspace_takes_everything(copy: Settings, doors: TestClient) -> None:
    curator, admin = key(copy, Role.curator), key(copy, Role.admin)
    assert doors.put("/workspaces/mine").status_code == 401
    assert doors.put("/workspaces/mine", headers=curator).status_code == 201
    assert doors.put("/workspaces/mine", headers=curator).status_code == 204
    there = "/workspaces/mine/sparql"
    assert doors.post(there, content="INSERT DATA { <x:a> <x:b> 1 }", headers=UPDATE | curator).status_code == 204
    assert doors.get(there, params={"query": "ASK { <x:a> ?b 1 }"}).json()["boolean"] is True
    assert doors.post(there, content="DROP ALL", headers=UPDATE | curator).status_code == 204
    assert doors.get(there, params={"query": "ASK { ?a ?b ?c }"}).json()["boolean"] is False
    assert "mine" in doors.get("/workspaces").json()["workspaces"]  # others may be of other tests
    assert doors.delete("/workspaces/mine", headers=admin).status_code == 204
    assert doors.get(there, params={"query": "ASK {}"}).status_code == 404
