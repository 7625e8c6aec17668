"""Records taken back by their source leave nothing: the graph and the index are those of a build
that never had them, the journal holds nothing of them but a tombstone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.build import build
from api.indexing import read_index
from api.settings import Settings, load_settings
from api.watch import Quiet
from graph.search.base import SearchRequest
from graph.snapshots import Snapshots
from graph.stores.hashing import store_hash
from graph.stores.oxigraph import OxigraphStore
from ingest.journal.database import Database
from ingest.sources.base import Broken
from ontology.identifiers import opaque
from ontology.records import Payload

SAID = (
    "Faceted search improves recall in library catalogues. Subject indexing uses controlled vocabularies.",
    "Query expansion improves recall. Automatic indexing improves recall in digital libraries.",
    "Linked data improves interoperability of library catalogues. Faceted search improves recall.",
)
PEOPLE = ("Ada Marlow", "Benjamin Quill", "Cleo Santangelo", "Dmitri Vogel")


class Shelf:
    """A source of these payloads."""

    name = "shelf"

    def __init__(self, payloads: list[Payload]) -> None:
        self._payloads = payloads

    def harvest(self, since: object = "") -> Iterator[Payload | Broken]:
        yield from self._payloads


def work(number: int, *, copy: bool = False) -> dict[str, Any]:
    """Works cite the two before them, share people and claims; a copy is the same work from elsewhere."""
    pair = (PEOPLE[number % 4], PEOPLE[(number + 1) % 4])
    names = [dict(zip(("given", "family"), name.split(), strict=True)) for name in pair]
    return {
        "DOI": f"10.5555/shelf.{number}", "type": "journal-article", "language": "en",
        "title": [f"Study number {number} of the catalogues of libraries by the sea"],
        "container-title": ["Journal of Shelves" if number % 2 else "Annals of Drawers"],
        "issued": {"date-parts": [[2000 + number]]}, "author": names,
        "abstract": f"<jats:p>{SAID[number % 3]}</jats:p>", "publisher": "copied" if copy else "Sample Press",
        "reference": [{"key": f"r{n}", "DOI": f"10.5555/shelf.{n}"} for n in (number - 1, number - 2) if n >= 0],
    }  # fmt: skip


WORKS = 7
LOCATORS = [*map(str, range(WORKS)), "copy of 4"]


def payload(locator: str, *, deleted: bool = False) -> Payload:
    said = work(int(locator.split()[-1]), copy="copy" in locator)
    body = b"" if deleted else msgspec.json.encode(said)
    return Payload(source="shelf", locator=locator, body=body, media=".json", deleted=deleted, datestamp="2024-05-09")


def run(settings: Settings, payloads: list[Payload], vocabulary: Path) -> None:
    build(settings, [Shelf(payloads)], [vocabulary], Quiet())


@pytest.fixture(scope="module")
def vocabulary() -> Path:
    from importlib.resources import files

    return Path(str(files("ingest.sources") / "corpus")) / "vocabulary.ttl"


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory, vocabulary: Path) -> Settings:
    """Everything, before anything is taken back."""
    settings = load_settings(data=tmp_path_factory.mktemp("full") / "data", encoder="none", cores=1)
    run(settings, [payload(locator) for locator in LOCATORS], vocabulary)
    return settings


def lines(settings: Settings) -> set[str]:
    current = Snapshots(settings.data / "snapshots").current()
    assert current is not None
    store = OxigraphStore.read_only(current.path)
    try:
        assert store_hash(store)
        return set(store.lines(None))
    finally:
        store.close()


def documents(settings: Settings) -> list[str]:
    engine = read_index(settings)
    try:
        found = engine.search(SearchRequest(query="", limit=100))
        return sorted(msgspec.json.encode(hit.document).decode() for hit in found.hits)
    finally:
        engine.close()


def journal_holds(settings: Settings) -> dict[str, int]:
    """Rows of the journal that are about something alive."""
    tables = (
        "record",
        "alias",
        "said",
        "told",
        "link",
        "wanted",
        "stale",
        "evidence",
        "reading",
        "text_use",
        "written",
    )
    with Database(settings.journal, read_only=True) as journal:
        counts = {table: int(journal.one(f"SELECT count(*) FROM {table}")) for table in tables}
        assert journal.one("SELECT count(*) FROM outbox") == 0
        return counts


@pytest.mark.parametrize(
    "gone",
    [["6"], ["0", "1"], ["4", "copy of 4"], ["1", "3", "5", "copy of 4"], LOCATORS],
    ids=lambda gone: f"{len(gone)} of {WORKS + 1}: {gone[0]}",
)
def test_what_was_deleted_was_never_there(full: Settings, vocabulary: Path, tmp_path: Path, gone: list[str]) -> None:
    settings = load_settings(data=tmp_path / "data", encoder="none", cores=1)
    never = load_settings(data=tmp_path / "never", encoder="none", cores=1)
    shutil.copytree(full.data, settings.data)
    run(settings, [payload(locator, deleted=True) for locator in gone], vocabulary)
    run(never, [payload(locator) for locator in LOCATORS if locator not in gone], vocabulary)
    assert lines(settings) == lines(never)
    assert documents(settings) == documents(never)
    assert journal_holds(settings) == journal_holds(never)


def test_a_deleted_work_answers_with_its_tombstone(full: Settings, vocabulary: Path, tmp_path: Path) -> None:
    settings = load_settings(data=tmp_path / "data", encoder="none", cores=1)
    shutil.copytree(full.data, settings.data)
    name = opaque("work", "w:doi:10.5555/shelf.6")
    run(settings, [payload("6", deleted=True)], vocabulary)
    with TestClient(create_app(settings), base_url="http://localhost:8000") as client:
        for address in (f"/id/work/{name}", f"/v1/works/{name}", f"/v1/works/{name}/claims"):
            answer = client.get(address)
            assert answer.status_code == 410, address
            assert answer.json()["tombstone"] == {
                "iri": f"http://localhost:8000/id/work/{name}", "kind": "work", "reason": "deleted",
                "source": "shelf", "locator": "6", "key": "doi:10.5555/shelf.6", "datestamp": "2024-05-09",
            }  # fmt: skip
        page = client.get(f"/id/work/{name}", headers={"Accept": "text/html"})
        assert (page.status_code, "shelf" in page.text) == (410, True)
        assert client.get(f"/page/work/{name}").status_code == 410
        assert client.get("/v1/works", params={"id": "10.5555/shelf.6"}).status_code == 410
        asked = {"ids": ["doi:10.5555/shelf.6", "https://doi.org/10.5555/shelf.5", "10.5555/shelf.60"]}
        gone, *others = client.post("/v1/resolve", json=asked).json()["items"]
        assert (gone["state"], gone["reason"], gone["iri"].rpartition("/")[2]) == ("withdrawn", "deleted", name)
        assert [one["state"] for one in others] == ["found", "unknown"]
    run(settings, [payload("6")], vocabulary)
    assert lines(settings) == lines(full)
    with TestClient(create_app(settings), base_url="http://localhost:8000") as client:
        assert client.get(f"/v1/works/{name}").status_code == 200
