"""Named sources as a librarian and a program use them: written down, run, watched, stopped, given up."""

from __future__ import annotations

import json
import os
import stat
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli.main import app
from api.harvesting.book import SourceBook
from api.harvesting.events import RunEvents, accept, events, run_file
from api.harvesting.runs import run_under_way, run_view
from api.harvesting.schedule import check_schedule, due, next_run
from api.settings import Settings, load_settings
from api.watch import Stage
from ingest.harvest import HarvestReport
from ingest.journal.runs import new_run_id
from ingest.sources.kinds import SourceDefinition
from ontology.errors import GnomonError, NotFound, SettingsError


class Gnomon:
    def __init__(self, settings: Settings) -> None:
        self.environment = {"GNOMON_DATA": str(settings.data), "GNOMON_ENCODER": "none", "GNOMON_CORES": "1"}
        self.environment |= {"GNOMON_READ": "false"}

    def run(self, *arguments: str) -> str:
        done = CliRunner().invoke(app, arguments, env=self.environment)
        if done.exception is not None:
            raise done.exception
        return done.stdout

    def json(self, *arguments: str) -> Any:
        return json.loads(self.run(*arguments, "--json"))


@pytest.fixture
def gnomon(settings: Settings) -> Gnomon:
    return Gnomon(settings)


def test_a_source_is_named_run_and_given_up(gnomon: Gnomon, folder: Path) -> None:
    gnomon.run("source", "add", "papers", "files", str(folder), "--schedule", "0 2 * * *")
    assert gnomon.json("source", "list")["sources"][0]["kind"] == "files"
    report = gnomon.json("source", "run", "papers")
    assert (report["harvests"][0]["new"], report["counts"]["works"]) == (6, 6)
    (folder / "3.xml").unlink()
    report = gnomon.json("harvest", "--all")
    assert (report["harvests"][0]["deleted"], report["harvests"][0]["unchanged"]) == (1, 5)
    shown = gnomon.json("source", "show", "papers")
    assert (shown["payloads"], shown["records"], shown["deleted"]) == (5, 5, 1)
    assert [run["state"] for run in shown["runs"]] == ["done", "done"]
    assert shown["next_run"].endswith("T02:00:00Z")
    assert "1 deleted" in gnomon.run("source", "show", "papers")
    assert gnomon.json("search", "lighthouses")["total"] == 5
    with pytest.raises(SettingsError, match="what is to become"):
        gnomon.run("source", "remove", "papers")
    gnomon.run("source", "remove", "papers", "--delete-records")
    assert gnomon.json("search", "lighthouses")["total"] == 0
    with pytest.raises(NotFound):
        gnomon.run("source", "run", "papers")


def test_records_may_outlive_their_source(gnomon: Gnomon, folder: Path) -> None:
    gnomon.run("source", "add", "papers", "files", str(folder))
    gnomon.run("source", "run", "papers")
    assert "its records stay" in gnomon.run("source", "remove", "papers", "--keep-records")
    assert gnomon.json("search", "lighthouses")["total"] == 6
    (view,) = gnomon.json("source", "list")["sources"]
    assert (view["kind"], view["payloads"]) == ("", 6)


def test_a_lost_folder_asks_first(gnomon: Gnomon, folder: Path) -> None:
    gnomon.run("source", "add", "papers", "files", str(folder))
    gnomon.run("source", "run", "papers")
    for file in folder.iterdir():
        file.unlink()
    assert gnomon.json("source", "run", "papers")["harvests"][0]["withheld"] == 6
    assert gnomon.json("search", "lighthouses")["total"] == 6
    assert gnomon.json("source", "run", "papers", "--allow-shrink")["harvests"][0]["deleted"] == 6
    folder.rmdir()
    with pytest.raises(GnomonError, match="no such file or folder"):
        gnomon.run("source", "run", "papers")
    assert gnomon.json("source", "show", "papers")["runs"][0]["state"] == "failed"


@pytest.fixture
def nothing_there() -> Iterator[str]:
    """A web server that has nothing."""
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.mark.server
def test_an_address_is_named_when_it_is_harvested(gnomon: Gnomon, settings: Settings, nothing_there: str) -> None:
    gnomon.run("source", "add", "repo", "oai", f"{nothing_there}/oai")
    with pytest.raises(SettingsError, match="is another one"):
        gnomon.run("harvest", f"{nothing_there}/other", "--source", "repo")
    with pytest.raises(GnomonError, match="could not be read to the end"):
        gnomon.run("harvest", f"{nothing_there}/oai", "--set", "a", "--source", "new")
    assert SourceBook(settings).get("new").options == {"sets": ["a"]}
    for wrong in (["harvest"], ["source", "run"], ["source", "run", "--all", "repo"]):
        with pytest.raises(SettingsError):
            gnomon.run(*wrong)


class TestBook:
    """Where sources are written down."""

    @pytest.mark.parametrize(
        "wrong, said",
        [
            ({"kind": "nosuch"}, "nosuch"),
            ({"options": {"colour": "red"}}, "colour"),
            ({"options": {"retries": "many"}}, "retries"),
            ({"options": {"retries": 99}}, "retries"),
            ({"schedule": "every day"}, "every day"),
            ({"schedule": "0 0 31 2 *"}, "no schedule"),
            ({"name": "../etc"}, "name"),
            ({"name": ""}, "name"),
            ({"address": ()}, "address"),
            ({"kind": "files", "address": ("-",)}, "read once only"),
            ({"address": ("http://a.example", "b")}, "one address"),
            ({"options": {"prefix": "env:NOT_SET_ANYWHERE"}}, "NOT_SET_ANYWHERE"),
        ],
    )
    def test_what_does_not_fit_is_refused_in_words(self, settings: Settings, wrong: dict[str, Any], said: str) -> None:
        good: dict[str, Any] = {"name": "repo", "kind": "oai", "address": ("http://x.example/oai",)}
        with pytest.raises(SettingsError, match=said):
            SourceBook(settings).add(SourceDefinition(**good | wrong))
        assert SourceBook(settings).all() == []

    def test_a_name_is_taken_once_over_file_and_folder(self, settings: Settings) -> None:
        table = {"name": "repo", "kind": "oai", "address": "http://x.example/oai", "options": {"sets": ["a"]}}
        configured = settings.model_copy(update={"source": [table]})
        book = SourceBook(configured)
        assert book.get("repo").address == ("http://x.example/oai",)
        with pytest.raises(SettingsError, match="already"):
            book.add(SourceDefinition(name="repo", kind="files", address=("x",)))
        with pytest.raises(SettingsError, match="settings file"):
            book.remove("repo")
        SourceBook(settings).add(SourceDefinition(name="repo", kind="files", address=("x",)))
        with pytest.raises(SettingsError, match="twice"):
            book.all()
        with pytest.raises(SettingsError, match="colour"):
            SourceBook(settings.model_copy(update={"source": [table | {"colour": "red"}]})).all()

    def test_the_settings_file_names_sources(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        file = tmp_path / "gnomon.toml"
        file.write_text(
            'contact = "me@x.example"\n[[source]]\nname = "papers"\nkind = "files"\naddress = ["a", "b"]\n'
            'schedule = "*/5 * * * *"\n[source.options]\ncomplete = false\n'
        )
        monkeypatch.setenv("GNOMON_CONFIG", str(file))
        (one,) = SourceBook(load_settings(data=tmp_path)).all()
        assert (one.address, one.options, one.schedule) == (("a", "b"), {"complete": False}, "*/5 * * * *")

    def test_secrets_are_kept_and_never_shown(self, gnomon: Gnomon, settings: Settings) -> None:
        address = "https://me:hush@x.example/oai"
        gnomon.run("source", "add", "repo", "oai", address, "-o", "contact=hush@x.example")
        file = settings.data / "sources.json"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert "hush@x.example" in file.read_text()
        for command in (["source", "list", "--json"], ["source", "show", "repo", "--json"], ["source", "show", "repo"]):
            said = gnomon.run(*command)
            assert "hush" not in said
            assert "repo" in said
        gnomon.environment["GNOMON_CONTACT"] = "hush@y.example"
        assert "hush" not in gnomon.run("settings")


class TestSchedule:
    """When a source is due."""

    def definition(self, **more: str) -> SourceDefinition:
        return SourceDefinition(name="a", kind="files", address=("x",), **{"schedule": "0 2 * * *"} | more)  # type: ignore[arg-type]

    def test_the_first_time_after_it_was_named_and_after_each_run(self) -> None:
        named = self.definition(added="2024-05-01T12:00:00Z")
        assert next_run(named, "", "UTC") == datetime(2024, 5, 2, 2, tzinfo=UTC)
        assert next_run(named, "2024-05-02T02:00:01Z", "UTC") == datetime(2024, 5, 3, 2, tzinfo=UTC)
        assert next_run(self.definition(schedule=""), "", "UTC") is None

    def test_in_the_time_zone_of_the_library_also_when_clocks_change(self) -> None:
        named = self.definition(schedule="30 3 * * *")
        assert next_run(named, "2024-03-29T12:00:00Z", "Europe/Berlin") == datetime(2024, 3, 30, 2, 30, tzinfo=UTC)
        assert next_run(named, "2024-03-30T12:00:00Z", "Europe/Berlin") == datetime(2024, 3, 31, 1, 30, tzinfo=UTC)
        with pytest.raises(SettingsError, match="Atlantis"):
            next_run(named, "", "Atlantis")

    def test_a_missed_time_is_made_up_for_once(self) -> None:
        named = self.definition(added="2024-05-01T12:00:00Z")
        late = datetime(2024, 5, 9, 9, tzinfo=UTC)
        other = SourceDefinition(name="b", kind="files", address=("x",), schedule="0 1 * * *")
        assert due([named, other], {"b": "2024-05-09T01:00:00Z"}, late, "UTC") == ["a"]
        assert due([named, other], {"a": "2024-05-09T08:00:00Z"}, late, "UTC") == ["b"]
        assert due([named], {}, datetime(2024, 5, 1, 13, tzinfo=UTC), "UTC") == []

    @pytest.mark.parametrize("wrong", ["", "* * * *", "60 * * * *", "0 2 * * * *", "a b c d e", "@daily"])
    def test_only_cron_expressions_of_five_fields(self, wrong: str) -> None:
        with pytest.raises(SettingsError):
            check_schedule(wrong)


class TestEvents:
    """What a run says while it goes on."""

    def test_a_reader_goes_on_from_any_event_and_leaves_a_half_written_one(self, tmp_path: Path) -> None:
        run = new_run_id()
        with RunEvents(tmp_path, run, ["a"]) as told:
            told.note("one")
            told.note("two")
        path = run_file(tmp_path, run)
        assert path is not None
        told_in_all = list(events(path))
        assert [event.event for _, _, event in told_in_all] == ["accepted", "started", "note", "note", "ended"]
        assert [number for number, _, _ in events(path, after=3)] == [4, 5]
        number, offset, _ = told_in_all[2]
        assert [event.text for _, _, event in events(path, number, offset)][:1] == ["two"]
        path.write_bytes(path.read_bytes()[:-5])
        assert len(list(events(path))) == 4

    def test_a_run_has_a_state_from_its_beginning_to_any_end(self, tmp_path: Path) -> None:
        run = new_run_id()
        accept(tmp_path, run, ["a"])
        assert run_view(tmp_path, None, "a", run).state == "running"
        assert run_under_way(tmp_path) == run
        report = HarvestReport(source="a", seen=30, new=30, expected=90)
        with pytest.raises(KeyboardInterrupt), RunEvents(tmp_path, run, ["a"]) as told:
            stage = Stage("harvest a", total=90, done=30, began=time.monotonic() - 10, harvest=report)
            told._last = 0.0
            told.moved(stage)
            under_way = run_view(tmp_path, None, "a", run)
            assert (under_way.state, under_way.stage, under_way.report.new) == ("running", "harvest a", 30)
            assert (round(under_way.per_second), round(under_way.seconds_left or 0)) == (3, 20)
            raise KeyboardInterrupt
        assert run_view(tmp_path, None, "a", run).state == "stopped"
        assert run_under_way(tmp_path) == ""
        for wrong in ("b", "../a"):
            with pytest.raises(NotFound):
                run_view(tmp_path, None, wrong, run)
        with pytest.raises(NotFound):
            run_view(tmp_path, None, "a", "../../etc/passwd")

    def test_a_process_that_dies_leaves_a_run_that_broke_off(self, tmp_path: Path) -> None:
        run = new_run_id()
        child = os.fork()
        if not child:
            RunEvents(tmp_path, run, ["a"]).note("going")
            os._exit(9)
        os.waitpid(child, 0)
        assert run_view(tmp_path, None, "a", run).state == "broken off"
