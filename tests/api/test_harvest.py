"""A repository harvested over OAI-PMH into a graph: what is new, what changed, what is gone."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.build import BuildReport, build
from api.settings import Settings, load_settings
from api.watch import Quiet
from graph.snapshots import Snapshots
from graph.stores.hashing import store_hash
from graph.stores.oxigraph import OxigraphStore
from ingest.sources.oai import OaiSource
from ingest.sources.oai_client import OaiSettings
from tests.ingest.fault_proxy import FaultProxy, between
from tests.ingest.oai_servers import oai_servers

pytestmark = pytest.mark.server
QUICK = OaiSettings(wait=0.05, retries=1, timeout=5.0)


class Repository:
    """One of the OAI-PMH servers of the ingest tests, behind the proxy that spoils answers."""

    def __init__(self, port: int, proxy: FaultProxy) -> None:
        self.root = f"http://127.0.0.1:{port}"
        self.proxy = proxy

    def serve(self, records: list[dict[str, Any]], faults: list[dict[str, Any]] | None = None) -> None:
        world = {"granularity": "YYYY-MM-DDThh:mm:ssZ", "limit": 4, "records": records}
        request = urllib.request.Request(f"{self.root}/world", json.dumps(world).encode(), method="PUT")
        urllib.request.urlopen(request, timeout=5).close()
        self.proxy.faults = faults or []

    def harvest(self, settings: Settings, vocabulary: Path) -> BuildReport:
        source = OaiSource("repo", f"http://127.0.0.1:{self.proxy.port}/oai", settings=QUICK)
        return build(settings, [source], [vocabulary], Quiet())


@pytest.fixture(scope="module")
def repository() -> Iterator[Repository]:
    with oai_servers() as port, between(f"http://127.0.0.1:{port}") as proxy:
        yield Repository(port, proxy)


@pytest.fixture
def vocabulary(corpus: Path) -> Path:
    return corpus / "vocabulary.ttl"


def settings_in(folder: Path) -> Settings:
    return load_settings(data=folder, encoder="none", cores=1)


def record(number: int, title: str, people: list[str], said: str, *, day: int = 1, **more: Any) -> dict[str, Any]:
    fields = {
        "creator": people, "date": [str(2015 + number)], "description": [said], "type": ["article"],
        "identifier": [f"https://doi.org/10.5555/repo.{number}"], "language": ["en"],
        "source": ["Journal of Invented Librarianship"],
    }  # fmt: skip
    stamp = f"2024-05-{day:02}T10:00:00Z"
    return {"id": f"oai:x:{number}", "stamp": stamp, "title": title, "dc": fields} | more


def world() -> list[dict[str, Any]]:
    return [
        record(1, "Faceted search in library catalogues of the sea", ["Marlow, Ada", "Quill, Ben"],
               "Faceted search improves recall in library catalogues. Readers liked it."),
        record(2, "Subject indexing by machines and by librarians", ["Quill, Ben"],
               "Subject indexing uses controlled vocabularies. Automatic indexing improves recall."),
        record(3, "Query expansion for small digital libraries", ["Marlow, Ada", "Quill, Ben"],
               "Query expansion improves recall in digital libraries.", day=2),
        record(4, "Citation analysis of cuneiform tablets in Nineveh", ["Solitary, Zoe"],
               "Citation analysis does not improve recall in digital libraries.", day=2),
        record(5, "Linked data for the catalogues of lighthouses", ["Marlow, Ada"],
               "Linked data improves interoperability of library catalogues.", day=2),
    ]  # fmt: skip


def hashed(settings: Settings) -> str:
    current = Snapshots(settings.data / "snapshots").current()
    assert current is not None
    store = OxigraphStore.read_only(current.path)
    try:
        return store_hash(store)
    finally:
        store.close()


def test_harvested_works_are_found_and_asked_about(repository: Repository, vocabulary: Path, tmp_path: Path) -> None:
    repository.serve(world())
    settings = settings_in(tmp_path / "data")
    report = repository.harvest(settings, vocabulary)
    assert (report.harvests[0].new, report.harvests[0].quarantined, report.counts.works) == (5, 0, 5)
    with TestClient(create_app(settings), base_url="http://localhost:8000") as client:
        found = client.get("/v1/search", params={"q": "cuneiform"}).json()
        assert [hit["document"]["title"] for hit in found["hits"]] == [world()[3]["title"]]
        query = "SELECT ?w { ?w a gn:Work ; dct:title ?t FILTER CONTAINS(STR(?t), 'cuneiform') }"
        (row,) = client.get("/sparql", params={"query": query}).json()["results"]["bindings"]
        assert row["w"]["value"] == found["hits"][0]["document"]["iri"]
        source = client.get("/v1/works/" + row["w"]["value"].rsplit("/", 1)[-1]).text
        assert "oai:x:4" in source


def test_a_harvest_that_broke_off_misses_nothing_the_next_time(
    repository: Repository, vocabulary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lists come in any order of time: what was seen last says nothing about what was not seen."""
    monkeypatch.setattr("ingest.harvest._BATCH_ENTRIES", 2)
    settings = settings_in(tmp_path / "data")
    newest_first = [one | {"stamp": f"2024-05-{20 - at:02}T10:00:00Z"} for at, one in enumerate(world())]
    repository.serve(newest_first, [{"when": "resumptionToken", "times": 9, "status": 500}])
    broken = repository.harvest(settings, vocabulary)
    assert any("repo" in note for note in broken.notes)
    assert broken.counts.works == 4
    repository.serve(newest_first)
    assert repository.harvest(settings, vocabulary).counts.works >= 1
    assert counted(settings)[0] == 5


def test_a_second_harvest_transfers_only_what_changed(repository: Repository, vocabulary: Path, tmp_path: Path) -> None:
    settings, fresh = settings_in(tmp_path / "data"), settings_in(tmp_path / "fresh")
    repository.serve(world())
    repository.harvest(settings, vocabulary)
    changed = [*world()[:4], world()[4] | {"title": "Linked data for harbours", "stamp": "2024-05-09T10:00:00Z"}]
    repository.serve(changed)
    report = repository.harvest(settings, vocabulary)
    assert (report.harvests[0].new, report.harvests[0].changed, report.harvests[0].records) == (0, 1, 1)
    assert report.harvests[0].seen <= 3  # those of the last known day come again: the bound is included
    assert report.counts.works <= 2
    again = repository.harvest(settings, vocabulary)
    assert (again.quads_added, again.quads_removed, again.counts.works) == (0, 0, 0)
    repository.serve(changed)
    repository.harvest(fresh, vocabulary)
    assert hashed(settings) == hashed(fresh)


def without(repository: Repository, vocabulary: Path, folder: Path, gone: int) -> tuple[Settings, Settings]:
    """A graph from which one record was deleted, and one that never had it."""
    settings, never = settings_in(folder / "data"), settings_in(folder / "never")
    records = world()
    repository.serve(records)
    repository.harvest(settings, vocabulary)
    left = [one for number, one in enumerate(records) if number != gone]
    repository.serve([*left, records[gone] | {"deleted": True, "stamp": "2024-05-09T10:00:00Z"}])
    assert repository.harvest(settings, vocabulary).harvests[0].deleted == 1
    repository.serve(left)
    repository.harvest(never, vocabulary)
    return settings, never


def counted(settings: Settings) -> tuple[int, dict[str, int]]:
    """Works in the index, and entities by kind."""
    with TestClient(create_app(settings), base_url="http://localhost:8000") as client:
        found = client.get("/v1/search", params={"q": ""}).json()["total"]
        return found, client.get("/v1/status").json()["entities"]


@pytest.mark.parametrize("gone", [0, 1, 3])
def test_a_deleted_record_leaves_nothing_behind(
    repository: Repository, vocabulary: Path, tmp_path: Path, gone: int
) -> None:
    settings, never = without(repository, vocabulary, tmp_path, gone)
    assert difference(settings, never) == (set(), set())
    assert hashed(settings) == hashed(never)
    assert counted(settings) == counted(never)
    assert counted(settings)[0] == 4


def difference(one: Settings, other: Settings) -> tuple[set[str], set[str]]:
    """Statements that only one of two graphs has."""
    lines = []
    for settings in (one, other):
        current = Snapshots(settings.data / "snapshots").current()
        assert current is not None
        store = OxigraphStore.read_only(current.path)
        lines.append(set(store.lines(None)))
        store.close()
    return lines[0] - lines[1], lines[1] - lines[0]
