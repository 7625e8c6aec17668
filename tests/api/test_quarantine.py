"""Quarantine from the outside: listed, opened, downloaded, tried again; and readers that were mended."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from api.app import create_app
from api.auth import Keys, Role
from api.build import BuildReport, build
from api.cli.main import app
from api.settings import Settings, load_settings
from api.watch import Quiet
from ingest.formats.versions import reader_version, readers_version
from ingest.journal.database import Database
from ingest.sources.files import FilesSource
from tests.api.runs import finished

BROKEN = b"<article>\n <front>\n  <title>Cut off in the middle"
NOTES = b"just some notes, nothing a reader knows"
LIBRARY = b"@article{good, title={A title that can be read}, year={2001}}\n@article{bad, year={2002}}\n"


def run(settings: Settings, works: Path) -> BuildReport:
    return build(settings, [FilesSource("scans/2024", [works])], [], Quiet())


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A catalogue of one good record and three faults."""
    works = tmp_path_factory.mktemp("works")
    for name, body in (("cut.xml", BROKEN), ("notes.txt", NOTES), ("library.bib", LIBRARY)):
        (works / name).write_bytes(body)
    settings = load_settings(data=tmp_path_factory.mktemp("faulty") / "data", encoder="none", cores=1, read=False)
    run(settings, works)
    return settings


@pytest.fixture
def client(faulty: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(faulty), base_url="http://localhost:8000") as client:
        yield client


def numbers(client: TestClient) -> dict[str, int]:
    return {entry["locator"]: entry["id"] for entry in client.get("/v1/quarantine").json()["entries"]}


def test_what_could_not_be_read_is_listed_and_counted(client: TestClient) -> None:
    found = client.get("/v1/quarantine").json()
    assert found["total"] == 3
    assert {(entry["locator"], entry["error"]) for entry in found["entries"]} == {
        ("cut.xml", "MalformedPayload"), ("library.bib", "MalformedPayload"), ("notes.txt", "UnknownFormat"),
    }  # fmt: skip
    assert {(group["format"], group["error"]): group["count"] for group in found["groups"]} == {
        ("jats", "MalformedPayload"): 1, ("bibtex", "MalformedPayload"): 1, ("", "UnknownFormat"): 1,
    }  # fmt: skip
    for asked, total in (("format=bibtex", 1), ("error=MalformedPayload", 2), ("source=other", 0)):
        assert client.get(f"/v1/quarantine?{asked}").json()["total"] == total
    page = client.get("/v1/quarantine?limit=1&offset=1").json()
    assert [entry["locator"] for entry in page["entries"]] == ["library.bib"]


def test_a_source_with_a_slash_in_its_name_has_its_pages(client: TestClient) -> None:
    assert client.get("/v1/sources/scans/2024").json()["quarantined"] == 3
    assert client.get("/v1/sources/scans%2F2024").json()["name"] == "scans/2024"
    page = client.get("/sources/scans/2024", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "scans/2024" in page.text
    assert client.get("/sources/scans/2025").status_code == 404


def test_a_fault_is_shown_at_its_place(client: TestClient) -> None:
    found = client.get(f"/v1/quarantine/{numbers(client)['cut.xml']}").json()
    (fault,) = found["faults"]
    assert (found["size"], found["count"], fault["excerpt"]["line"]) == (len(BROKEN), 1, 3)
    assert fault["excerpt"]["found"]
    assert "Cut off in the middle" in fault["excerpt"]["text"]
    assert client.get("/v1/quarantine/999").status_code == 404


def test_the_payload_is_given_byte_for_byte_to_those_who_may(client: TestClient, faulty: Settings) -> None:
    address = f"/v1/quarantine/{numbers(client)['cut.xml']}/payload"
    assert client.get(address).status_code == 401
    keys = Keys(faulty.data / "keys.sqlite")
    reader, curator = (keys.add(f"bytes {role.name}", role) for role in (Role.reader, Role.curator))
    assert client.get(address, headers={"X-API-Key": reader}).status_code == 403
    answer = client.get(address, headers={"X-API-Key": curator})
    assert answer.content == BROKEN
    assert "cut.xml" in answer.headers["content-disposition"]


def test_the_command_line_shows_the_same(faulty: Settings, client: TestClient) -> None:
    runner, data = CliRunner(), ["--data", str(faulty.data)]
    listed = runner.invoke(app, ["quarantine", "list", "--format", "jats", *data])
    assert "cut.xml" in listed.output
    assert "1 in quarantine" in listed.output
    number = str(numbers(client)["cut.xml"])
    assert "Cut off in the middle" in runner.invoke(app, ["quarantine", "show", number, *data]).output
    assert runner.invoke(app, ["quarantine", "show", number, "--payload", *data]).stdout_bytes == BROKEN


def forget_how_it_was_read(settings: Settings, locator: str) -> None:
    """As if an older reader, which could read nothing of it, had met this payload."""
    with Database(settings.journal) as journal, journal.transaction():
        number = journal.one("SELECT id FROM payload WHERE locator = ?", (locator,))
        journal.rows("UPDATE payload SET stage = 'quarantined', reader = 'older', format = '' WHERE id = ?", (number,))
        journal.rows("DELETE FROM record WHERE payload = ?", (number,))
        journal.rows(
            "INSERT OR REPLACE INTO quarantine VALUES (?, '', 'UnknownFormat', 'no reader', '', '')", (number,)
        )
        journal.rows("DELETE FROM meta WHERE key = 'readers'")


@pytest.fixture
def waiting(corpus: Path, tmp_path: Path) -> tuple[Settings, Path]:
    """A catalogue of the corpus in which one file could not be read in its time."""
    works = Path(shutil.copytree(corpus / "works", tmp_path / "works"))
    settings = load_settings(data=tmp_path / "data", encoder="none", cores=1, read=False)
    with Database(settings.journal):
        pass
    run(settings, works / "g1.xml")
    forget_how_it_was_read(settings, "g1.xml")
    return settings, works


def test_newer_readers_read_what_older_ones_could_not(waiting: tuple[Settings, Path]) -> None:
    """Nobody has to ask: the payload was kept, and the next build reads it."""
    settings, works = waiting
    report = run(settings, works / "g1.xml")
    assert report.harvests[0].unchanged == 1
    assert [stage.done for stage in report.stages if stage.name == "read again by newer readers"] == [1]
    assert report.counts.works == 1
    with Database(settings.journal, read_only=True) as journal:
        assert journal.one("SELECT reader FROM payload") == reader_version("jats")
        assert journal.one("SELECT count(*) FROM quarantine") == 0
    again = run(settings, works / "g1.xml")
    assert "read again by newer readers" not in {stage.name for stage in again.stages}


def test_a_retry_over_http_ends_in_the_graph(waiting: tuple[Settings, Path]) -> None:
    settings, _ = waiting
    key = Keys(settings.data / "keys.sqlite").add("curator", Role.curator)
    with TestClient(create_app(settings), base_url="http://localhost:8000") as client:
        assert client.post("/v1/quarantine/retry").status_code == 401
        with Database(settings.journal):
            busy = client.post("/v1/quarantine/retry", headers={"X-API-Key": key})
        assert (busy.status_code, busy.json()["code"]) == (409, "WriterBusy")
        answer = client.post("/v1/quarantine/retry?error=UnknownFormat", headers={"X-API-Key": key})
        assert (answer.json()["payloads"], answer.json()["before"], answer.json()["after"]) == (1, 1, 0)
        assert client.get("/v1/quarantine").json()["total"] == 0
        assert client.get("/v1/search", params={"q": ""}).json()["total"] == 1


def test_a_retry_says_in_the_address_what_to_read(waiting: tuple[Settings, Path]) -> None:
    """What a body would say was not minded: everything was read again."""
    settings, _ = waiting
    key = {"X-API-Key": Keys(settings.data / "keys.sqlite").add("curator", Role.curator)}
    with TestClient(create_app(settings), base_url="http://localhost:8000") as client:
        refused = client.post("/v1/quarantine/retry", json={"id": 7}, headers=key)
        assert (refused.status_code, refused.json()["code"]) == (400, "DefinitionError")
        assert "?id=" in refused.json()["detail"] + refused.json().get("hint", "")
        assert client.get("/v1/quarantine").json()["total"] == 1
        assert client.post("/v1/quarantine/retry?format=none", json={}, headers=key).json()["payloads"] == 0


def test_after_an_upgrade_a_retry_waits_for_a_run(waiting: tuple[Settings, Path]) -> None:
    """Everything has to be written again: what was read is kept, the graph has it after the run."""
    settings, _ = waiting
    key = Keys(settings.data / "keys.sqlite").add("curator", Role.curator)
    with Database(settings.journal) as journal:
        journal.set_meta("made-with", "an older reader")
    with TestClient(create_app(settings), base_url="http://localhost:8000") as client:
        asked = {"error": "UnknownFormat"}
        answer = client.post("/v1/quarantine/retry", params=asked, headers={"X-API-Key": key})
        assert (answer.status_code, answer.json()["records"], answer.json()["after"]) == (202, 1, 0)
        assert "another version" in answer.json()["waits"]
        told = finished(client, answer.headers["location"])
        assert told["state"] == "done", told
        assert client.get("/v1/search", params={"q": ""}).json()["total"] == 1
        again = client.post("/v1/quarantine/retry", params=asked, headers={"X-API-Key": key})
        assert (again.status_code, again.json()["waits"]) == (200, "")


def test_a_retry_that_changes_nothing_says_so(faulty: Settings) -> None:
    done = CliRunner().invoke(app, ["quarantine", "retry", "--data", str(faulty.data), "--json"])
    report = json.loads(done.stdout)
    assert (report["payloads"], report["records"], report["before"], report["after"]) == (3, 0, 3, 3)


def test_a_version_changes_with_the_code_that_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    from ingest.formats import versions

    def fresh() -> dict[str, str]:
        reader_version.cache_clear()
        readers_version.cache_clear()
        return {name: reader_version(name) for name in versions.order()} | {"": readers_version()}

    before, original = fresh(), versions._source
    monkeypatch.setattr(versions, "_source", lambda name: original(name) + "#" * (name == "ingest.formats.jats_refs"))
    after = fresh()
    assert {name for name in before if before[name] != after[name]} == {"jats", ""}
    monkeypatch.setattr(versions, "_source", lambda name: original(name) + "#" * (name == "ontology.records"))
    assert all(before[name] != version for name, version in fresh().items())
    monkeypatch.undo()
    assert fresh() == before
