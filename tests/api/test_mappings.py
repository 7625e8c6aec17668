"""Mappings between vocabularies, over HTTP, by command and on the page: offered, decided on, felt in searches."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from api.app import create_app
from api.auth import Keys, Role
from api.build import build
from api.cli.main import app
from api.curation.curator import Linked
from api.harvesting.running import run_decision
from api.settings import Settings
from api.watch import Quiet

SAMPLE = "https://example.org/gnomon/sample/"
BM25, FUSION = SAMPLE + "bm25", SAMPLE + "rank-fusion"
OTHER = "https://other.example/"
TURTLE = """@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix o: <https://other.example/> .
o: a skos:ConceptScheme ; skos:prefLabel "Another thesaurus"@en .
o:okapi a skos:Concept ; skos:inScheme o: ; skos:prefLabel "BM25"@en ; skos:altLabel "weighting of rare terms"@en .
o:merging a skos:Concept ; skos:inScheme o: ; skos:prefLabel "Rank fusion"@en .
o:tea a skos:Concept ; skos:inScheme o: ; skos:prefLabel "Tea"@en .
"""


@pytest.fixture(scope="module")
def two(built: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The built corpus with a second vocabulary."""
    root = tmp_path_factory.mktemp("two")
    shutil.copytree(built.data, root / "data", ignore=shutil.ignore_patterns("snapshots"))
    settings = built.model_copy(update={"data": root / "data", "requests_per_minute": 10**6})
    (root / "other.ttl").write_text(TURTLE)
    build(settings, [], [root / "other.ttl"], Quiet())
    return settings


@pytest.fixture(scope="module")
def key(two: Settings) -> dict[str, str]:
    return {"X-API-Key": Keys(two.data / "keys.sqlite").add("ada", Role.curator)}


@pytest.fixture(scope="module")
def client(two: Settings) -> Iterator[TestClient]:
    """Graph and index follow in the first test only, in this process (tests/api/test_curation_doors.py has them follow
    in one of their own); then it is as if a build were running."""
    made = create_app(two)
    with TestClient(made, base_url="http://localhost:8000") as client:
        made.state.services.curator.link = lambda: Linked(done=False)
        yield client


def pairs(client: TestClient, state: str = "offered") -> list[tuple[str, str]]:
    found = client.get("/v1/mappings", params={"scheme": "vocabulary", "other": "other", "state": state}).json()
    assert found["total"] == len(found["mappings"])
    return [(one["mapping"]["subject"], one["mapping"]["object"]) for one in found["mappings"]]


def decided(
    client: TestClient, key: dict[str, str], verdict: str, subject: str, other: str, **more: str
) -> dict[str, object]:
    body = {"decisions": [{"subject": subject, "object": other, "verdict": verdict, **more}]}
    answer = client.post("/v1/mappings", params={"wait": True}, json=body, headers=key)
    return {"status": answer.status_code, **answer.json()}


def topic(client: TestClient, iri: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/v1/concepts/{quote(iri, safe='')}").json()
    return found


def test_a_mapping_from_offer_to_search_and_back(
    client: TestClient, key: dict[str, str], two: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    curator = client.app.state.services.curator  # type: ignore[attr-defined]
    monkeypatch.setattr(curator, "link", lambda: Linked(True, run_decision(two, Quiet()).counts.works))
    assert set(pairs(client)) == {(BM25, OTHER + "okapi"), (FUSION, OTHER + "merging")}
    assert client.post("/v1/mappings", json={"decisions": [{"subject": BM25, "object": OTHER}]}).status_code == 401
    done = decided(client, key, "accept", BM25, OTHER + "okapi")
    assert (done["status"], done["accepted"], done["versions"], done["linked"]) == (200, 1, {"vocabulary": 1}, True)
    assert pairs(client) == [(FUSION, OTHER + "merging")] and pairs(client, "accepted") == [(BM25, OTHER + "okapi")]
    for query in ("BM25", "weighting of rare terms"):
        (expansion, *_) = client.get("/v1/search", params={"q": query}).json()["expansions"]
        same = {term["concept"] for term in expansion["terms"] if term["relation"] == "same"}
        assert {expansion["concept"], *same} == {BM25, OTHER + "okapi"}, query
    found = client.get("/v1/search", params={"q": "weighting of rare terms", "mode": "lexical"}).json()
    about = topic(client, BM25)
    assert found["total"] >= about["works"] > 0, "works about the one are found by the words of the other"
    view = topic(client, BM25)["concept"]["exact"]
    assert [(one["name"], one["scheme"]) for one in view] == [("BM25", "Another thesaurus")]
    assert topic(client, OTHER + "okapi")["concept"]["exact"][0]["works"] > 0
    undone = client.post("/v1/vocabularies/vocabulary/versions/1/undo", params={"wait": True}, headers=key)
    assert undone.status_code == 200 and len(pairs(client)) == 2 and pairs(client, "accepted") == []


def test_what_is_turned_down_is_never_offered_again(client: TestClient, key: dict[str, str]) -> None:
    assert decided(client, key, "reject", OTHER + "merging", FUSION, comment="another sense")["rejected"] == 1
    assert pairs(client) == [(BM25, OTHER + "okapi")] and pairs(client, "rejected") == [(OTHER + "merging", FUSION)]
    said = client.get("/v1/mappings/sssom", params={"state": "rejected"}).text
    assert (
        "other:merging\tRank fusion\tskos:exactMatch\tNot\tvocabulary:rank-fusion" in said and "another sense" in said
    )
    assert decided(client, key, "forget", FUSION, OTHER + "merging")["forgotten"] == 1
    assert len(pairs(client)) == 2 and pairs(client, "rejected") == []


def test_one_that_stands_and_is_turned_down_goes_out_of_the_vocabulary(client: TestClient, key: dict[str, str]) -> None:
    decided(client, key, "accept", BM25, OTHER + "okapi", predicate="close")
    done = decided(client, key, "reject", OTHER + "okapi", BM25)
    assert set(done["versions"]) == {"vocabulary"} and pairs(client, "accepted") == []  # type: ignore[call-overload]
    decided(client, key, "forget", OTHER + "okapi", BM25)


def test_refusals(client: TestClient, key: dict[str, str]) -> None:
    assert decided(client, key, "accept", "urn:a", "urn:b")["code"] == "MappingError"
    assert decided(client, key, "accept", BM25, OTHER + "okapi", predicate="similar")["status"] == 422
    assert client.get("/v1/mappings", params={"state": "offered", "scheme": "vocabulary"}).status_code == 422
    assert client.get("/v1/mappings", params={"scheme": "none"}).status_code == 404
    assert client.post("/v1/mappings/sssom", content=b"no table", headers=key).json()["code"] == "MappingError"


def test_sssom_comes_in_and_goes_out(client: TestClient, key: dict[str, str]) -> None:
    file = (
        "# curie_map:\n#   s: https://example.org/gnomon/sample/\n#   o: https://other.example/\n#   x: https://x.example/\n"
        "subject_id\tpredicate_id\tobject_id\tpredicate_modifier\tmapping_justification\tauthor_label\n"
        "o:okapi\tskos:narrowMatch\ts:bm25\t\tsemapv:ManualMappingCuration\tBob\n"
        "s:rank-fusion\tskos:exactMatch\to:merging\tNot\tsemapv:ManualMappingCuration\tBob\n"
        "s:bm25\tskos:exactMatch\tx:1\t\tsemapv:LexicalMatching\t\n"
        "x:1\tskos:exactMatch\tx:2\t\tsemapv:LexicalMatching\t\n"
        "s:bm25\tskos:sameish\tx:2\t\tsemapv:LexicalMatching\t\n"
    )
    found = client.post("/v1/mappings/sssom", content=file.encode(), headers=key).json()
    assert (found["decided"]["proposed"], found["decided"]["rejected"], found["foreign"]) == (2, 1, 1)
    assert [one["line"] for one in found["refused"]] == [10]
    assert pairs(client) == [] and pairs(client, "proposed") == [(OTHER + "okapi", BM25)]
    again = client.post("/v1/mappings/sssom", params={"accept": True}, content=file.encode(), headers=key).json()
    assert (again["known"], again["decided"]["accepted"]) == (3, 0), "earlier decisions stay"
    out = client.get("/v1/mappings/sssom", params={"state": ["proposed", "rejected"]}).text
    assert "Bob" in out and "ns1:1" in out
    for state in ("proposed", "rejected"):
        for one in client.get("/v1/mappings", params={"state": state}).json()["mappings"]:
            decided(client, key, "forget", one["mapping"]["subject"], one["mapping"]["object"])


def test_many_are_decided_on_the_page(client: TestClient, key: dict[str, str]) -> None:
    page = client.get("/mappings").text
    assert "Rank fusion" in page and "2 pairs" in page
    form = {"scheme": "vocabulary", "other": "other", "state": "offered", "verdict": "accept",
            "pair": [f"{BM25} {OTHER}okapi", f"{FUSION} {OTHER}merging"]}  # fmt: skip
    assert client.post("/mappings", data=form).status_code == 401
    after = client.post("/mappings", data=form, headers=key)
    assert after.status_code == 200 and "No pair is offered" in after.text
    assert len(pairs(client, "accepted")) == 2
    wrong = {**form, "state": "accepted", "predicate": "broad"}
    refused = client.post("/mappings", data=wrong, headers=key)
    assert refused.status_code == 409 and "S46" in refused.text, "exact and broad exclude one another"
    client.post("/mappings", data={**form, "state": "accepted", "verdict": "reject"}, headers=key)
    assert pairs(client, "accepted") == []


def test_the_same_by_command(two: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GNOMON_ENCODER", "none")

    def gnomon(*said: str) -> str:
        done = CliRunner().invoke(app, ["mapping", *said, "--data", str(two.data)])
        assert done.exit_code == 0, done.output
        return done.stdout

    gnomon("forget", BM25, OTHER + "okapi", FUSION, OTHER + "merging")
    assert "2 pairs" in gnomon("offer", "vocabulary", "other")
    assert "version" in gnomon("accept", FUSION, OTHER + "merging", "--by", "eve")
    listed = json.loads(gnomon("list", "--vocabulary", "other", "--json"))
    assert [(one["mapping"]["object"], one["mapping"]["author"]) for one in listed["mappings"]] == [
        (OTHER + "merging", "eve")
    ]
    (tmp_path / "out.tsv").write_text(gnomon("export"))
    assert "1 rejected" in gnomon("reject", FUSION, OTHER + "merging")
    assert "1 decided on before" in gnomon("import", str(tmp_path / "out.tsv"))
