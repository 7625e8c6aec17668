"""New terms: found, ranked, decided on for ever, and gone with the works that use them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from api.app import create_app
from api.auth import Keys, Role
from api.build import build
from api.cli.main import app as commands
from api.settings import Settings, load_settings
from api.terms import deciding
from api.terms.deciding import Acceptance
from api.terms.ranking import Candidates
from api.watch import Quiet
from api.wiring import Services
from graph.stores.hashing import store_hash
from ingest.journal.database import Database
from ingest.journal.terms import TermBook
from ingest.sources.files import FilesSource
from ontology.curation.scope import Author
from ontology.errors import Forbidden, NotFound, SettingsError
from tests.api.runs import finished

TEXTS = {
    "a": "Quorble networks sort frog calls. A deep quorble network needs few frog recordings. Networks of frogs grow.",
    "b": "We train a quorble network on frog calls. The quorble network beats every deep quorble network.",
    "c": "Frog calls are sorted by quorble networks, which a sparse quorble network cannot do.",
}
ENTRY = "@article{{{key}, title={{Work {key} on calls}}, author={{Ada Frog}}, year={{2020}}, abstract={{{text}}}}}\n"
VOCABULARY = """@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<urn:s> a skos:ConceptScheme .
<urn:network> a skos:Concept ; skos:inScheme <urn:s> ; skos:prefLabel "network"@en .
<urn:call> a skos:Concept ; skos:inScheme <urn:s> ; skos:prefLabel "frog call"@en .
"""
ALL = frozenset(TEXTS)


def _write(folder: Path, keys: frozenset[str]) -> None:
    folder.mkdir(exist_ok=True)
    for key, text in TEXTS.items():
        path = folder / f"{key}.bib"
        path.write_text(ENTRY.format(key=key, text=text)) if key in keys else path.unlink(missing_ok=True)


def _build(settings: Settings, folder: Path, keys: frozenset[str] = ALL) -> None:
    _write(folder, keys)
    vocabulary = folder.parent / "words.ttl"
    vocabulary.write_text(VOCABULARY)
    build(settings, [FilesSource("works", [folder])], [vocabulary], Quiet())


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("terms")
    settings = load_settings(data=folder / "data", encoder="none", cores=1, executor="here")
    _build(settings, folder / "works")
    return settings


@pytest.fixture
def settings(first: Settings, tmp_path: Path) -> Settings:
    shutil.copytree(first.data, tmp_path / "data")
    return first.model_copy(update={"data": tmp_path / "data"})


def _page(settings: Settings, order: str = "nc") -> Candidates:
    services = Services(settings)
    try:
        return services.terms.page(order, 1, "", 50, 0)  # type: ignore[arg-type]
    finally:
        services.close()


def _graph(settings: Settings) -> str:
    services = Services(settings)
    try:
        return store_hash(services.store)
    finally:
        services.close()


def test_terms_are_ranked_and_known_labels_are_none(first: Settings) -> None:
    found = {one.text.lower(): one for one in _page(first).candidates}
    assert "quorble network" in next(iter(found))
    term = found["quorble network"]
    # a: 1 + 1 nested; b: 2 + 1 nested; c: 1 + 1 nested, in "deep" and "sparse quorble network"
    assert (term.occurrences, term.nested, term.works) == (7, 3, 3)
    assert term.c_value == pytest.approx(2 * (7 - 3 / 2))
    assert not {"frog call", "frog calls", "networks"} & found.keys()
    assert [(near.relation, near.iri) for near in term.concepts] == [("broader", "urn:network")]


def test_a_work_that_goes_takes_its_terms_along(settings: Settings, tmp_path: Path) -> None:
    with Database(settings.journal) as journal, journal.transaction():
        book = TermBook(journal)
        (owner,) = (
            n for n, body in journal.rows("SELECT owner, body FROM term_use").fetchall() if b"sparse quorble" in body
        )
        book.forget([owner])
        while book.score():
            pass
        assert book.named("sparse quorble network") is None
        row = book.named("quorble network")
        assert row and (row.own, row.nested, row.works) == (3, 2, 2)


@pytest.mark.parametrize("rebuild", [False, True])
def test_accepted_for_ever(settings: Settings, rebuild: bool) -> None:
    how = Acceptance(broader=("urn:network",), note="seen often")
    said = deciding.accept(settings, Author("ada"), "quorble network", how, Quiet())
    assert said.concept.startswith("http://localhost:8000/id/concept/words/"), "in the vocabulary of what is above it"
    services = Services(settings)
    try:
        asked = f"ASK {{ <{said.concept}> skos:broader <urn:network> ; skos:prefLabel 'quorble network'@en }}"
        assert services.store.ask("PREFIX skos: <http://www.w3.org/2004/02/skos/core#> " + asked)
        detail = services.terms.detail("quorble network")
    finally:
        services.close()
    assert [(v.verdict, v.decided_by, v.note) for v in detail.verdicts] == [("accepted", "ada", "seen often")]
    assert len(detail.contexts) >= 3 and all("uorble" in c.text for c in detail.contexts)
    assert "quorble network" not in {one.text for one in _page(settings).candidates}
    before = _graph(settings)
    if rebuild:
        shutil.rmtree(settings.data / "store")
        shutil.rmtree(settings.data / "snapshots")
    build(settings, [], [], Quiet())
    assert _graph(settings) == before


def test_texts_are_searched_for_what_is_applied(settings: Settings) -> None:
    named = deciding.accept(settings, Author("ada"), "quorble network", Acceptance(existing="urn:network"), Quiet())
    assert named.concept == "urn:network"
    own = deciding.accept(settings, Author("ada"), "frog recordings", Acceptance(label="frog recording"), Quiet())
    assert own.concept.startswith("http://localhost:8000/id/concept/curated/")
    services = Services(settings)
    try:
        for concept, label in ((named.concept, "quorble network"), (own.concept, "frog recording")):
            asked = f"SELECT ?l {{ GRAPH ?g {{ ?m oa:hasBody <{concept}> ; gn:confidence ?l }} }}"
            prefixes = "PREFIX oa: <http://www.w3.org/ns/oa#> PREFIX gn: <https://w3id.org/gnomon/ontology#> "
            assert list(services.store.select(prefixes + asked)), label
        assert services.library.labels["urn:network"] == "network"
    finally:
        services.close()


def test_rejected_for_ever_and_taken_back(settings: Settings) -> None:
    accepted = deciding.accept(settings, Author("ada"), "quorble network", Acceptance(), Quiet())
    before = _graph(settings)
    deciding.reject(settings, Author("bob"), "quorble network", "no", Quiet())
    assert _graph(settings) != before
    assert "quorble network" not in {one.text for one in _page(settings).candidates}
    services = Services(settings)
    try:
        assert not services.store.ask(f"ASK {{ <{accepted.concept}> ?p ?o }}")
        assert [v.verdict for v in services.terms.detail("quorble network").verdicts] == ["rejected", "accepted"]
    finally:
        services.close()


def test_what_cannot_be_accepted(settings: Settings) -> None:
    with pytest.raises(NotFound, match="no work here uses this term"):
        deciding.accept(settings, Author("ada"), "nonsense", Acceptance(), Quiet())
    with pytest.raises(SettingsError, match="no loaded vocabulary has this concept"):
        deciding.accept(settings, Author("ada"), "quorble network", Acceptance(broader=("urn:none",)), Quiet())
    with pytest.raises(SettingsError, match="letters or digits"):
        deciding.accept(settings, Author("ada"), "quorble network", Acceptance(label="--"), Quiet())
    away = ["candidates", "accept", "quorble network", "--data", str(settings.data), "--only-vocabulary"]
    refused = CliRunner().invoke(commands, [*away, "others"])
    assert isinstance(refused.exception, Forbidden) and "others only" in str(refused.exception)


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings), base_url="http://localhost:8000") as client:
        yield client


def test_over_http(client: TestClient, settings: Settings) -> None:
    page = client.get("/v1/candidates", params={"min_works": 2}).json()
    assert page["total"] == len(page["candidates"]) and page["candidates"][0]["text"].lower() == "quorble network"
    name = page["candidates"][0]["name"]
    address = f"/v1/candidates/{name}"
    assert client.get(address).json()["longer"] == ["deep quorble network", "sparse quorble network"]
    assert client.post(f"{address}/reject", json={}).status_code == 401
    curator = {"X-API-Key": Keys(settings.data / "keys.sqlite").add("ada", Role.curator)}
    said = client.post(f"{address}/accept", json={"broader": ["urn:network"]}, headers=curator)
    assert (said.status_code, said.json()["verdict"]) == (200, "accepted")
    topic = client.get(f"/v1/concepts/{quote(said.json()['concept'], safe='')}")
    assert topic.status_code == 200 and "urn:network" in topic.text
    assert client.get("/v1/candidates/verdicts").json()["verdicts"][0]["decided_by"] == "key:ada"
    assert client.get("/v1/candidates/" + "0" * 20).status_code == 404


def test_after_an_upgrade_a_verdict_waits_for_a_run(client: TestClient, settings: Settings) -> None:
    with Database(settings.journal) as journal:
        journal.set_meta("made-with", "an older reader")
    name = client.get("/v1/candidates").json()["candidates"][0]["name"]
    client.post("/sign-in", data={"key": Keys(settings.data / "keys.sqlite").add("bo", Role.curator)})
    page = client.post(f"/candidates/{name}/accept", data={"label": "quorble network"})
    assert "Accepted by bo" in page.text and "Much else has to be written first" in page.text
    address = page.text.partition('href="/v1/sources/decisions')[2].partition('"')[0]
    told = finished(client, f"/v1/sources/decisions{address}")
    assert told["state"] == "done", told
    (verdict,) = client.get("/v1/candidates/verdicts").json()["verdicts"]
    mentions = f"ASK {{ GRAPH ?g {{ ?m <http://www.w3.org/ns/oa#hasBody> <{verdict['concept']}> }} }}"
    assert client.get("/sparql", params={"query": mentions}).json()["boolean"]


def test_by_forms(client: TestClient, settings: Settings) -> None:
    client.headers["Accept"] = "text/html"
    listed = client.get("/candidates").text
    name = listed.partition('href="/candidates/')[2].partition('"')[0]
    page = client.get(f"/candidates/{name}").text
    assert "quorble network" in page.lower()
    assert "Take it in" not in page
    client.post("/sign-in", data={"key": Keys(settings.data / "keys.sqlite").add("bo", Role.curator)})
    assert "Take it in" in client.get(f"/candidates/{name}").text
    taken = client.post(f"/candidates/{name}/accept", data={"label": "quorble network", "broader": "urn:network"})
    assert taken.url.path == f"/candidates/{name}"
    assert "Accepted by bo" in taken.text
    assert name not in client.get("/candidates").text
