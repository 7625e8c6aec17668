"""Named sources over HTTP: run, watched, stopped, named and given up by those who may."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.auth import Keys, Role
from api.harvesting.book import SourceBook
from api.harvesting.events import run_file
from api.harvesting.scheduler import due_now, run_due
from api.settings import Settings
from ingest.sources.kinds import SourceDefinition


@pytest.mark.server
class TestOverHttp:
    """Runs are started by curators, watched by all, and happen in processes of their own."""

    @pytest.fixture
    def keys(self, settings: Settings) -> dict[str, dict[str, str]]:
        made = Keys(settings.data / "keys.sqlite")
        return {role.name: {"X-API-Key": made.add(role.name, role)} for role in (Role.reader, Role.curator, Role.admin)}

    @pytest.fixture
    def client(self, settings: Settings) -> Iterator[TestClient]:
        with TestClient(create_app(settings), base_url="http://localhost:8000") as client:
            yield client

    def test_a_run_from_start_to_end(
        self, client: TestClient, settings: Settings, folder: Path, keys: dict[str, dict[str, str]]
    ) -> None:
        SourceBook(settings).add(SourceDefinition(name="papers", kind="files", address=(str(folder),)))
        assert client.get("/v1/sources").json()["sources"][0]["address"] == []
        inside = client.get("/v1/sources", headers=keys["curator"]).json()["sources"][0]
        assert inside["address"] == [str(folder)]
        assert client.post("/v1/sources/papers/runs").status_code == 401
        assert client.post("/v1/sources/papers/runs", headers=keys["reader"]).status_code == 403
        assert client.post("/v1/sources/nosuch/runs", headers=keys["curator"]).status_code == 404
        begun = client.post("/v1/sources/papers/runs", headers=keys["curator"])
        assert begun.status_code == 202
        address = begun.headers["location"]
        assert client.post("/v1/sources/papers/runs", headers=keys["curator"]).status_code == 409
        said = stream(client, address)
        assert said[-1]["event"] == "ended"
        assert said[-1]["data"]["state"] == "done"
        assert [int(one["id"]) for one in said] == list(range(1, len(said) + 1))
        assert stream(client, address, after=said[-3]["id"]) == said[-2:]
        ended = client.get(address).json()
        assert (ended["state"], ended["report"]["new"]) == ("done", 6)
        assert client.get("/v1/sources/papers").json()["runs"][0]["id"] == ended["id"]
        assert client.head(f"{address}/events").status_code == 200
        assert client.get(f"{address}x/events").status_code == 404
        assert client.delete(address, headers=keys["curator"]).json()["state"] == "done"
        run_file(settings.data, ended["id"]).unlink()  # type: ignore[union-attr]
        assert client.get(address).json()["report"]["new"] == 6, "the journal keeps the history"

    def test_sources_are_named_changed_and_given_up(
        self, client: TestClient, settings: Settings, folder: Path, keys: dict[str, dict[str, str]]
    ) -> None:
        wish = {"name": "papers", "kind": "files", "address": [str(folder)], "schedule": "0 2 * * *"}
        assert client.post("/v1/sources", json=wish, headers=keys["curator"]).status_code == 403
        outside = client.post("/v1/sources", json=wish, headers=keys["admin"])
        assert (outside.status_code, "source_folders" in outside.json()["detail"]) == (403, True)
        allowing = settings.model_copy(update={"source_folders": (folder.parent,)})
        with TestClient(create_app(allowing), base_url="http://localhost:8000", headers=keys["admin"]) as admin:
            made = admin.post("/v1/sources", json=wish)
            assert (made.status_code, made.headers["location"]) == (201, "/v1/sources/papers")
            assert made.json()["next_run"].endswith("T02:00:00Z")
            assert admin.post("/v1/sources", json=wish).status_code == 409
            assert admin.post("/v1/sources", json=wish | {"name": "x", "schedule": "daily"}).status_code == 400
            sneaky = {"kind": "files", "address": [f"{folder}/../../../../etc"]}
            assert admin.put("/v1/sources/papers", json=sneaky).status_code == 403
            run = admin.post("/v1/sources/papers/runs").headers["location"]
            assert stream(admin, run)[-1]["data"]["state"] == "done"
            changed = admin.put("/v1/sources/papers", json={"kind": "files", "address": [f"{folder}/*.xml"]}).json()
            assert (changed["address"], changed["schedule"], changed["records"]) == ([f"{folder}/*.xml"], "", 6)
            assert admin.put("/v1/sources/nosuch", json={"kind": "oai"}).status_code == 404
            assert admin.delete("/v1/sources/papers").status_code == 422, "somebody has to say what is to become of it"
            given_up = admin.delete("/v1/sources/papers", params={"records": "delete"})
            assert given_up.status_code == 202
            assert stream(admin, given_up.headers["location"])[-1]["data"]["state"] == "done"
            assert admin.get("/v1/search", params={"q": "lighthouses"}).json()["total"] == 0
            left = admin.get("/v1/sources/papers").json()
            assert (left["kind"], left["records"], left["deleted"]) == ("", 0, 6)
            assert admin.delete("/v1/sources/papers", params={"records": "keep"}).status_code == 404

    def test_secrets_stay_with_the_address_they_were_given_for(
        self, client: TestClient, settings: Settings, keys: dict[str, dict[str, str]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MY_SETS", "a")
        address, secret = "https://me:hush@x.example/oai", {"contact": "hush@x.example", "sets": "env:MY_SETS"}
        SourceBook(settings).add(SourceDefinition(name="repo", kind="oai", address=(address,), options=secret))
        seen = client.get("/v1/sources/repo", headers=keys["admin"]).json()
        assert seen["options"] == {"contact": "***", "sets": "env:MY_SETS"}
        wish = {key: seen[key] for key in ("kind", "address", "options")} | {"schedule": "0 3 * * *"}
        again = client.put("/v1/sources/repo", json=wish, headers=keys["admin"])
        assert again.json()["schedule"] == "0 3 * * *"
        kept = SourceBook(settings).get("repo")
        assert (kept.address, kept.options) == ((address,), secret)
        elsewhere = wish | {"address": ["https://y.example/oai"]}
        assert client.put("/v1/sources/repo", json=elsewhere, headers=keys["admin"]).status_code == 400
        reading = {"kind": "oai", "address": seen["address"], "options": {"prefix": "env:HOME"}}
        assert client.put("/v1/sources/repo", json=reading, headers=keys["admin"]).status_code == 400
        assert SourceBook(settings).get("repo") == kept

    def test_what_the_settings_file_says_is_changed_there(
        self, settings: Settings, keys: dict[str, dict[str, str]]
    ) -> None:
        table = {"name": "repo", "kind": "oai", "address": "http://x.example/oai"}
        with TestClient(create_app(settings.model_copy(update={"source": [table]})), headers=keys["admin"]) as admin:
            assert admin.get("/v1/sources/repo").json()["configured"]
            wish = {"kind": "oai", "address": ["http://y.example/oai"]}
            for refused in (admin.put("/v1/sources/repo", json=wish),
                            admin.delete("/v1/sources/repo", params={"records": "delete"})):  # fmt: skip
                assert (refused.status_code, refused.json()["code"]) == (400, "DefinitionError")

    def test_what_is_due_runs_once(self, settings: Settings, folder: Path) -> None:
        table = {"name": "papers", "kind": "files", "address": str(folder), "schedule": "0 * * * *"}
        configured = settings.model_copy(update={"source": [table]})
        said: list[str] = []
        assert run_due(configured, said.append) == 1
        assert said[-1].endswith(": done")
        assert run_due(configured, said.append) == 0
        assert due_now(settings) == []

    def test_a_run_can_be_stopped(
        self, client: TestClient, settings: Settings, keys: dict[str, dict[str, str]], sleepy: str
    ) -> None:
        SourceBook(settings).add(SourceDefinition(name="slow", kind="oai", address=(sleepy,)))
        address = client.post("/v1/sources/slow/runs", headers=keys["curator"]).headers["location"]
        until(lambda: client.get(address).json()["stage"] == "harvest slow")
        assert client.delete(address).status_code == 401
        assert client.delete(address, headers=keys["curator"]).status_code == 202
        until(lambda: client.get(address).json()["state"] != "running")
        assert client.get(address).json()["state"] == "stopped"
        assert stream(client, address)[-1]["data"]["state"] == "stopped"

    @pytest.fixture
    def sleepy(self) -> Iterator[str]:
        """An address that accepts and never answers."""
        import socket

        with socket.create_server(("127.0.0.1", 0)) as server:
            yield f"http://127.0.0.1:{server.getsockname()[1]}/oai"


def stream(client: TestClient, address: str, after: str = "") -> list[dict[str, Any]]:
    """The server-sent events of a run, to their end."""
    found: list[dict[str, Any]] = []
    headers = {"Last-Event-ID": after} if after else {}
    with client.stream("GET", f"{address}/events", headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        event: dict[str, Any] = {}
        for line in answer.iter_lines():
            name, _, value = line.partition(": ")
            if not line and event:
                found.append(event)
                event = {}
            elif name in ("id", "event", "data"):
                event[name] = json.loads(value) if name == "data" else value
    return found


def until(true: Any, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.1)
