"""Works as files: statements in two formats, packages that describe themselves, and how a format is chosen."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from api.app import create_app
from api.cli.main import app as commands
from api.settings import Settings
from graph.describe import description
from graph.serialise import load
from graph.terms import parts

OF_WORK = "Topics explained by the labels that were matched"


@pytest.fixture(scope="module")
def web(built: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(built), base_url="http://localhost:8000") as web:
        yield web


@pytest.fixture(scope="module")
def work(web: TestClient) -> str:
    """The IRI of a work with a claim in it."""
    found = web.get("/v1/search", params={"q": f'title:"{OF_WORK}"'}).json()["hits"][0]["document"]["iri"]
    return str(found)


def crate_of(body: bytes) -> tuple[zipfile.ZipFile, dict[str, Any]]:
    """A package, and its entities by identifier."""
    archive = zipfile.ZipFile(io.BytesIO(body))
    told = json.loads(archive.read("ro-crate-metadata.json"))
    assert told["@context"] == "https://w3id.org/ro/crate/1.2/context"
    entities = {one["@id"]: one for one in told["@graph"]}
    assert len(entities) == len(told["@graph"])
    return archive, entities


def pointers(value: Any) -> Iterator[str]:
    """Identifiers that an entity points to; nothing else may be nested in it."""
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict):
            assert list(one) == ["@id"]
            yield one["@id"]


def test_statements_are_the_same_in_both_formats(web: TestClient) -> None:
    asked = {"q": "retrieval", "limit": "3"}
    quads = web.get("/v1/search/export", params={**asked, "format": "nquads"})
    nodes = web.get("/v1/search/export", params={**asked, "format": "jsonld"})
    assert quads.headers["content-type"] == "application/n-quads"
    assert quads.headers["content-disposition"].endswith('"gnomon.nq"')
    told = set(load(quads.content, "nquads"))
    assert told == set(load(nodes.content, "jsonld"))
    found = [hit["document"]["iri"] for hit in web.get("/v1/search", params=asked).json()["hits"]]
    store = web.app.state.services.store  # type: ignore[attr-defined] # starlette's TestClient types it as ASGI
    assert told == {line for iri in found for line in description(store, iri).lines}
    assert len({parts(line)[3] for line in told}) > 1  # the graph tells who stated it
    empty = web.get("/v1/search/export", params={"q": "quagga", "mode": "lexical", "format": "jsonld"})
    assert empty.json() == []


@pytest.mark.parametrize(
    ("accept", "media"),
    [("application/n-quads", "application/n-quads"), ("application/ld+json, text/csv;q=0.1", "application/ld+json"),
     ("*/*", "application/x-bibtex"), ("application/zip", "application/zip"), ("image/png", "")],
)  # fmt: skip
def test_the_format_is_what_is_accepted(web: TestClient, work: str, accept: str, media: str) -> None:
    for address in ("/v1/search/export?limit=1", f"/v1/works/{work.rpartition('/')[2]}/export"):
        answer = web.get(address, headers={"Accept": accept})
        if media:
            assert answer.headers["content-type"].partition(";")[0] == media
            assert "Accept" in answer.headers["vary"]
        else:
            assert (answer.status_code, answer.json()["code"]) == (406, "NotAcceptable")


def test_what_asks_the_graph_of_each_work_takes_fewer(web: TestClient) -> None:
    refused = web.get("/v1/search/export?format=rocrate&limit=50000")
    assert (refused.json()["code"], refused.json()["place"]) == ("SearchError", "limit")
    for taken in ("format=jsonl&limit=50000", "format=jsonld"):
        assert web.get(f"/v1/search/export?q=retrieval&{taken}").status_code == 200
    assert web.get("/v1/works/nothing/export").status_code == 404


def test_a_package_of_a_work_describes_itself(web: TestClient, work: str, built: Settings) -> None:
    answer = web.get(f"/v1/works/{work.rpartition('/')[2]}/export", params={"format": "rocrate"})
    archive, entities = crate_of(answer.content)
    root = entities["./"]
    assert entities["ro-crate-metadata.json"]["about"] == {"@id": "./"}
    files = set(pointers(root["hasPart"]))
    assert files | {"ro-crate-metadata.json"} == set(archive.namelist())
    for name in files:
        assert entities[name]["@type"] == "File"
        assert entities[name]["contentSize"] == str(archive.getinfo(name).file_size)
    for entity in entities.values():
        assert {one for value in entity.values() for one in pointers(value)} <= {
            *entities,
            "https://w3id.org/ro/crate/1.2",
        }
        assert entity.get("name") or entity["@id"].startswith("ro-crate")
    told = entities[work]
    assert (told["name"], told["@type"]) == (OF_WORK, "ScholarlyArticle")
    claim = entities[next(pointers(told["subjectOf"]))]
    evidence = entities[next(pointers(claim["appearance"]))]
    assert (claim["@type"], evidence["@type"], evidence["isPartOf"]) == ("Claim", "Quotation", {"@id": work})
    assert evidence["text"] in archive.read("text.json").decode()
    assert json.loads(archive.read("claims.json"))[0]["iri"] == claim["@id"]
    assert entities[root["license"]["@id"]]["description"].startswith("The catalogue names no licence")
    assert any(line.startswith(f"<{work}> ") for line in load(archive.read("works.nq"), "nquads"))
    assert root["publisher"] == {"@id": built.base_iri}


def test_a_file_says_where_the_graph_states_more(web: TestClient, work: str, monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"/v1/works/{work.rpartition('/')[2]}/export"
    assert "completeness" not in web.get(f"{address}?format=nquads").headers
    monkeypatch.setattr("graph.describe.WHOLE_LINES", 3)
    assert [web.get(f"{address}?format={form}").headers.get("completeness") for form in ("jsonld", "bibtex")] == [
        "limited", None
    ]  # fmt: skip


def test_a_package_of_a_search_names_its_works_and_its_licence(
    web: TestClient, built: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    licence = "https://creativecommons.org/publicdomain/zero/1.0/"
    licensed = built.model_copy(update={"license_iri": licence})
    monkeypatch.setattr(web.app.state.services, "settings", licensed)  # type: ignore[attr-defined]
    answer = web.get("/v1/search/export", params={"q": "retrieval", "limit": 2, "format": "rocrate"})
    archive, entities = crate_of(answer.content)
    root = entities["./"]
    works = [one for one in pointers(root["mentions"]) if "/id/work/" in one]
    assert len(works) == 2
    assert all(entities[one]["name"] and entities[one]["author"] for one in works)
    assert root["license"] == {"@id": licence}
    assert archive.read("works.bib").count(b"@") >= 2
    assert root["isBasedOn"]["@id"].startswith(f"{built.base_iri}/v1/search/export?q=retrieval")


def test_the_command_line_writes_the_same(web: TestClient, work: str, built: Settings) -> None:
    def gnomon(*said: str) -> bytes:
        done = CliRunner().invoke(commands, ["export", *said, "--data", str(built.data)])
        assert done.exit_code == 0, done.output
        return done.stdout_bytes

    address = f"/v1/works/{work.rpartition('/')[2]}/export"
    assert gnomon("--work", work, "--format", "jsonld") == web.get(f"{address}?format=jsonld").content
    asked = {"q": "retrieval", "limit": 2, "format": "csv"}
    assert gnomon("retrieval", "--limit", "2", "--format", "csv") == web.get("/v1/search/export", params=asked).content
    refused = CliRunner().invoke(commands, ["export", "--format", "word", "--data", str(built.data)])
    assert "choose" in str(refused.exception)


def test_lists_say_where_they_go_on(web: TestClient) -> None:
    """A walk by links alone meets every work once: by cursor, and by offset."""
    whole = {hit["document"]["iri"] for hit in web.get("/v1/search?limit=100").json()["hits"]}
    for begun in ("/v1/search?mode=lexical&limit=4&cursor=*", "/v1/search?limit=4"):
        met: list[str] = []
        while begun:
            page = web.get(begun)
            met += [hit["document"]["iri"] for hit in page.json()["hits"]]
            begun = page.headers.get("link", "").partition(">")[0][1:]
        assert len(met) == len(whole)
        assert set(met) == whole
    assert "link" not in web.get("/v1/search?limit=3&sample=3").headers
    assert web.get("/v1/candidates?min_works=1&limit=2").headers["link"] == (
        '</v1/candidates?min_works=1&limit=2&offset=2>; rel="next"'
    )


def test_many_identifiers_are_asked_about_at_once(web: TestClient, work: str) -> None:
    doi = web.get(f"/v1/works/{work.rpartition('/')[2]}").json()["identifiers"][0]
    topic = "https://example.org/gnomon/sample/bm25"
    ids = [doi, f"https://doi.org/{doi.removeprefix('doi:')}", work, "10.5555/nothing", topic, "urn:x", " ", work]
    told = web.post("/v1/resolve", json={"ids": ids, "works": True}).json()
    assert [one["id"] for one in told["items"]] == ids
    assert [one.get("iri", one["state"]) for one in told["items"]] == [
        work, work, work, "unknown", topic, "unknown", "unknown", work
    ]  # fmt: skip
    assert (told["found"], told["unknown"], told["withdrawn"], told["redirected"]) == (5, 3, 0, 0)
    assert told["items"][0]["work"]["title"] == OF_WORK
    assert [told["items"][at]["kind"] for at in (0, 4)] == ["work", "concept"]
    assert "work" not in web.post("/v1/resolve", json={"ids": [work]}).json()["items"][0]
    for wrong in ({"ids": []}, {"ids": ["x"] * 201}, {}):
        assert web.post("/v1/resolve", json=wrong).status_code == 422
