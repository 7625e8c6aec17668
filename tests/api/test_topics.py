"""Topics: curators' yes and no last, and what the catalogue's own subjects teach is learned, always the same."""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.auth import Keys, Role
from api.build import build
from api.settings import Settings, load_settings
from api.topics import deciding, teaching
from api.watch import Quiet
from api.wiring import Services
from graph.discovery.ask import column, rows
from graph.stores.hashing import store_hash
from ingest.journal.database import Database
from ingest.journal.topics import TopicBook
from ingest.sources.files import FilesSource
from ontology.errors import NotFound, SettingsError
from tests.api.runs import finished

VOCABULARY = """@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<urn:s> a skos:ConceptScheme .
<urn:erosion> a skos:Concept ; skos:inScheme <urn:s> ; skos:prefLabel "soil erosion"@en .
<urn:flow> a skos:Concept ; skos:inScheme <urn:s> ; skos:prefLabel "river hydraulics"@en .
<urn:rare> a skos:Concept ; skos:inScheme <urn:s> ; skos:prefLabel "quorble"@en .
"""
ENTRY = "@article{{{key}, title={{{title}}}, author={{Ada Frog}}, year={{2020}}, abstract={{{text}}}{more}}}\n"
SLOPES = (
    "Rain detaches particles on bare slopes, and the gully grows deeper with every storm of season {n}. "
    "We measured how much sediment left plot {n} and how cover kept the particles in place."
)
RIVERS = (
    "Discharge and bed shear of a gravel channel were measured at flood {n}. "
    "The depth of flow and the roughness of the bed explain the velocities at section {n}."
)


def _entries() -> str:
    made = [
        ENTRY.format(key=f"{kind}{n}", title=f"{title} {n}", text=text.format(n=n), more=f", keywords={{{word}}}")
        for kind, title, text, word in (
            ("s", "Gullies on slopes, season", SLOPES, "Soil erosion"),
            ("r", "Gravel beds at flood", RIVERS, "river hydraulics"),
        )
        for n in range(15)
    ]
    return "".join([*made, ENTRY.format(key="new", title="A gully after rain", text=SLOPES.format(n=99), more="")])


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("topics")
    (folder / "works.bib").write_text(_entries())
    (folder / "words.ttl").write_text(VOCABULARY)
    settings = load_settings(data=folder / "data", encoder="none", cores=1, executor="here")
    build(settings, [FilesSource("works", [folder / "works.bib"])], [folder / "words.ttl"], Quiet())
    return settings


@pytest.fixture
def settings(first: Settings, tmp_path: Path) -> Settings:
    shutil.copytree(first.data, tmp_path / "data")
    return first.model_copy(update={"data": tmp_path / "data"})


def _work(settings: Settings, title: str = "A gully after rain") -> str:
    services = Services(settings)
    try:
        return column(services.store, f"SELECT ?x {{ ?x dct:title ?t FILTER(STR(?t) = '{title}') }}")[0]
    finally:
        services.close()


def _topics(settings: Settings, work: str) -> dict[str, list[str]]:
    """Concept → witnesses of the work's topics, in the graph."""
    services = Services(settings)
    try:
        query = f"""SELECT ?c (GROUP_CONCAT(?w; separator="|") AS ?all) {{ GRAPH ?g {{
            ?t gn:work <{work}> ; gn:concept ?c OPTIONAL {{ ?t gn:witness ?w }} }} }} GROUP BY ?c"""
        return {row["c"]: sorted(filter(None, row["all"].split("|"))) for row in rows(services.store, query)}
    finally:
        services.close()


def _hash(settings: Settings) -> str:
    services = Services(settings)
    try:
        return store_hash(services.store)
    finally:
        services.close()


def test_what_the_catalogue_teaches(settings: Settings) -> None:
    work = _work(settings)
    assert "urn:erosion" not in _topics(settings, work)
    found = teaching.teach(settings, "ada", Quiet())
    assert found.figures.works == 30 and found.figures.terms == 2 and found.figures.f1 > 0.9
    assert "similar works" in _topics(settings, work)["urn:erosion"] and "urn:flow" not in _topics(settings, work)
    before = _hash(settings)
    for gone in ("store", "snapshots", "models"):
        shutil.rmtree(settings.data / gone)
    with Database(settings.journal) as journal, journal.transaction():
        journal.rows("DELETE FROM reading")
        journal.rows("UPDATE entity SET dirty = 1")
    build(settings, [], [], Quiet())
    assert _hash(settings) == before
    teaching.forget(settings, "ada", Quiet())
    assert "urn:erosion" not in _topics(settings, work)


def test_yes_and_no_last_and_teach(settings: Settings) -> None:
    work = _work(settings)
    deciding.decide(settings, "ada", work, "urn:flow", "confirmed", "", Quiet())
    assert _topics(settings, work)["urn:flow"] == ["confirmed by ada"]
    gully = _work(settings, "Gullies on slopes, season 3")
    deciding.decide(settings, "ada", gully, "urn:erosion", "rejected", "", Quiet())
    with Database(settings.journal, read_only=True) as journal:
        services = Services(settings)
        lesson = teaching.gathered(settings, journal, services.library)
        services.close()
    assert sum(len(work.subjects) for work in lesson.works) == 30 and len(lesson.works) == 30
    teaching.teach(settings, "ada", Quiet())
    assert "urn:erosion" not in _topics(settings, gully) and "urn:flow" in _topics(settings, work)
    deciding.decide(settings, "bob", work, "urn:flow", "rejected", "", Quiet())
    assert "urn:flow" not in _topics(settings, work)
    assert _state(settings, "urn:flow") == ["Rejected"]


def _state(settings: Settings, concept: str) -> list[str]:
    with Database(settings.journal, read_only=True) as journal:
        numbers = [n for (n,) in journal.rows("SELECT seq FROM entity WHERE kind = 'work'")]
        said = [v for found in TopicBook(journal).of(numbers).values() for v in found]
    assert [v.verdict for v in said if v.concept == concept] == ["rejected"]
    services = Services(settings)
    try:
        states = column(services.store, "SELECT ?x { GRAPH ?g { ?t gn:state ?x ; gn:decidedBy 'bob' } }")
    finally:
        services.close()
    return [one.rpartition("#")[2] for one in states]


def test_what_cannot_be_decided_or_learned(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="names no work"):
        deciding.decide(settings, "ada", "nothing", "urn:flow", "confirmed", "", Quiet())
    with pytest.raises(SettingsError, match="no loaded vocabulary"):
        deciding.decide(settings, "ada", _work(settings), "urn:none", "confirmed", "", Quiet())
    empty = settings.model_copy(update={"data": tmp_path / "empty"})
    build(empty, [], [], Quiet())
    with pytest.raises(SettingsError, match="are needed"):
        teaching.teach(empty, "ada", Quiet())


def test_over_http(settings: Settings) -> None:
    work = _work(settings).rsplit("/", 1)[-1]
    with TestClient(create_app(settings), base_url="http://localhost:8000") as client:
        address = f"/v1/works/{work}/topics/{quote('urn:rare', safe='')}"
        assert client.put(address, json={"verdict": "confirmed"}).status_code == 401
        curator = {"X-API-Key": Keys(settings.data / "keys.sqlite").add("ada", Role.curator)}
        said = client.put(address, json={"verdict": "confirmed", "note": "-x"}, headers=curator)
        assert (said.status_code, said.json()["verdict"]) == (200, "confirmed")
        (verdict,) = client.get(f"/v1/works/{work}/topics").json()["verdicts"]
        assert (verdict["concept"], verdict["decided_by"], verdict["note"]) == ("urn:rare", "key:ada", "-x")
        assert "urn:rare" in client.get(f"/v1/works/{work}").text


def test_after_an_upgrade_a_verdict_waits_for_a_run(settings: Settings) -> None:
    work = _work(settings).rsplit("/", 1)[-1]
    with Database(settings.journal) as journal:
        journal.set_meta("made-with", "an older reader")
    with TestClient(create_app(settings), base_url="http://localhost:8000") as client:
        curator = {"X-API-Key": Keys(settings.data / "keys.sqlite").add("ada", Role.curator)}
        address = f"/v1/works/{work}/topics/{quote('urn:rare', safe='')}"
        said = client.put(address, json={"verdict": "confirmed"}, headers=curator)
        assert (said.status_code, said.json()["verdict"]) == (202, "confirmed")
        assert "another version" in said.json()["waits"]
        assert client.get(f"/v1/works/{work}/topics").json()["verdicts"][0]["concept"] == "urn:rare"
        told = finished(client, said.headers["location"])
        assert told["state"] == "done", told
        assert not [path for path in (settings.data / "runs").glob("*.jsonl") if '"failed"' in path.read_text()]
        assert "urn:rare" in client.get(f"/v1/works/{work}").text
