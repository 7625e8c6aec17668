"""Curators over HTTP and on pages: versions named, conflicts shown, change sets decided on, graph and index after."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.auth import Keys, Role
from api.build import build
from api.settings import Settings
from api.watch import Quiet
from ontology.curation.scope import Scope
from ontology.namespaces import Base
from ontology.vocabularies.base import VocabularyFile, read_vocabulary
from ontology.vocabularies.turtle import turtle

SAMPLE = "https://example.org/gnomon/sample/"
BM25, FUSION, HYBRID = SAMPLE + "bm25", SAMPLE + "rank-fusion", SAMPLE + "hybrid-retrieval"
HOME = "/v1/vocabularies/vocabulary"


@pytest.fixture(scope="module")
def folder(built: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A copy of the built corpus, which the tests of this module edit one after the other."""
    data = tmp_path_factory.mktemp("curated") / "data"
    shutil.copytree(built.data, data, ignore=shutil.ignore_patterns("snapshots"))
    settings = built.model_copy(update={"data": data, "requests_per_minute": 10**6})
    build(settings, [], [], Quiet())
    return settings


@pytest.fixture(scope="module")
def key(folder: Settings) -> dict[str, str]:
    return {"X-API-Key": Keys(folder.data / "keys.sqlite").add("ada", Role.curator)}


@pytest.fixture(scope="module")
def running(folder: Settings) -> Iterator[TestClient]:
    """One server, as curators have: it knows when the graph still follows an edit, and waits before it previews."""
    with TestClient(create_app(folder), base_url="http://localhost:8000") as client:
        yield client


def at(iri: str) -> str:
    return f"{HOME}/concepts/{quote(iri, safe='')}"


def label(concept: str, text: str) -> dict[str, object]:
    return {"edits": [{"edit": "add-label", "concept": concept, "text": text, "language": "fr"}], "message": "French"}


def test_a_change_names_the_version_it_is_for(client: TestClient, key: dict[str, str]) -> None:
    seen = client.get(at(BM25))
    tag, concept = seen.headers["ETag"], seen.json()["concept"]
    assert client.put(at(BM25), json=concept).status_code == 401
    missing = client.put(at(BM25), json=concept, headers=key)
    assert (missing.status_code, missing.json()["code"]) == (428, "VersionMissing")
    concept["labels"].append({"text": "Okapi", "kind": "alt"})
    made = client.put(at(BM25), json=concept, headers={**key, "If-Match": tag})
    assert (made.status_code, made.json()["version"]) == (200, 1)
    late = client.patch(at(BM25), json=label(BM25, "fonction"), headers={**key, "If-Match": tag})
    assert late.status_code == 412
    details = late.json()["details"]
    assert details["theirs_added"] == [["altLabel", "Okapi", "en"]] and details["conflicts"] == []
    again = client.patch(at(BM25), json=label(BM25, "fonction"), headers={**key, "If-Match": f'"{details["version"]}"'})
    assert again.json()["version"] == 2
    assert client.get(at(BM25), params={"version": 0}).headers["ETag"] == tag
    listed = client.get("/v1/vocabularies").json()["vocabularies"]
    assert [(one["name"], one["version"]) for one in listed] == [("vocabulary", 2)]


def test_what_is_refused_says_why(client: TestClient, key: dict[str, str]) -> None:
    def asked(edit: dict[str, object]) -> dict[str, object]:
        answer = client.post(f"{HOME}/edits", json={"edits": [edit]}, headers=key)
        return {"status": answer.status_code, **answer.json()}

    cycle = asked({"edit": "link", "concept": SAMPLE + "information-retrieval", "other": BM25})
    assert (cycle["status"], cycle["code"]) == (409, "HierarchyCycle")
    assert cycle["place"] == f"{SAMPLE}information-retrieval → {BM25} → {SAMPLE}information-retrieval"
    broken = asked({"edit": "link", "concept": BM25, "other": SAMPLE + "information-retrieval", "relation": "related"})
    assert broken["status"] == 409 and {one["condition"] for one in broken["details"]} == {"S27"}  # type: ignore[attr-defined]
    used = client.delete(at(BM25), headers={**key, "If-Match": client.get(at(BM25)).headers["ETag"]})
    assert (used.status_code, used.json()["code"]) == (409, "ConceptInUse")
    assert used.json()["details"]["mentions"] > 0
    assert asked({"edit": "paint", "concept": BM25})["status"] == 422
    assert asked({"edit": "add-label", "concept": "urn:nowhere", "text": "x"})["code"] == "EditRefused"
    assert client.get("/v1/vocabularies/none/history").status_code == 404


def test_a_key_for_one_language(client: TestClient, folder: Settings) -> None:
    keys = Keys(folder.data / "keys.sqlite")
    french = {"X-API-Key": keys.add("fanny", Role.curator, Scope(languages=("fr",)))}
    assert {one.name: one.scope.languages for one in keys.all()}["fanny"] == ("fr",)
    assert client.post(f"{HOME}/edits", json=label(FUSION, "fusion"), headers=french).status_code == 200
    edits = {"edits": [{"edit": "add-label", "concept": FUSION, "text": "fusing", "language": "en"}]}
    refused = client.post(f"{HOME}/edits", json=edits, headers=french)
    assert (refused.status_code, refused.json()["code"]) == (403, "Forbidden") and "fusing@en" in refused.json()[
        "place"
    ]
    keys.revoke("fanny")
    again = keys.add("fanny", Role.curator)
    assert keys.caller(again).scope == Scope()
    keys.revoke("fanny")


def test_a_change_set_on_its_way_into_the_graph(client: TestClient, key: dict[str, str]) -> None:
    merge = [{"edit": "merge", "concept": FUSION, "into": HYBRID}]
    wanted = {"scheme": "vocabulary", "title": "One is enough", "edits": merge}
    made = client.post("/v1/changesets", json=wanted, headers=key)
    address = made.headers["Location"]
    assert made.status_code == 201 and made.json()["told"] == [f"merged into {HYBRID}"]
    seen = client.get(f"{address}/preview", headers=key).json()
    assert seen["documents"] >= seen["read"] >= seen["changed"] == 1, seen
    assert (seen["mentions_moved"], seen["mentions_added"]) == (1, 0)
    assert client.post(f"{address}/apply", headers=key).status_code == 409, "nobody has approved it"
    client.post(f"{address}/remarks", json={"text": "Agreed."}, headers=key)
    assert client.post(f"{address}/approve", headers=key).json()["remarks"][0]["text"] == "Agreed."
    done = client.post(f"{address}/apply", headers=key)
    assert (done.status_code, done.json()["linked"]) == (200, True)
    (work,) = seen["works"]
    name = work["iri"].rpartition("/")[2]
    mentions = client.get(f"/v1/works/{name}/mentions").text
    assert HYBRID in mentions and FUSION not in mentions
    moved = client.get(at(FUSION), follow_redirects=False)
    assert (moved.status_code, moved.headers["Location"]) == (308, at(HYBRID))
    assert client.get(at(FUSION), params={"redirect": False}).json()["concept"]["replaced_by"] == HYBRID
    page = client.get("/page/topic", params={"iri": FUSION}, follow_redirects=False)
    assert (page.status_code, page.headers["Location"]) == (301, f"/page/thing?iri={quote(HYBRID, safe='')}")
    found = client.get("/v1/concepts", params={"label": "reciprocal rank fusion"}, follow_redirects=False)
    assert quote(HYBRID, safe="") in found.headers["Location"], "searches know it at once"
    versions = client.get(f"{HOME}/history", params={"concept": FUSION}).json()["versions"]
    undone = client.post(f"{HOME}/versions/{versions[0]['version']['number']}/undo", headers=key)
    assert undone.status_code == 200 and client.get(at(FUSION), follow_redirects=False).status_code == 200


def test_a_file_goes_out_sorted_and_comes_back_the_same(client: TestClient, key: dict[str, str]) -> None:
    edits = [
        {"edit": "set-note", "concept": BM25, "text": "Nur für Wörter.", "language": "de", "kind": "scopeNote"},
        {"edit": "map", "concept": BM25, "other": "https://example.org/elsewhere", "relation": "close"},
    ]
    assert client.post(f"{HOME}/edits", json={"edits": edits}, headers=key).status_code == 200
    text = client.get(f"{HOME}/export").content
    assert text == client.get(f"{HOME}/export").content != client.get(f"{HOME}/export", params={"version": 0}).content
    again = read_vocabulary(VocabularyFile(body=text, place="again.ttl", base=Base(), name="vocabulary"))
    assert "".join(turtle(again)).encode() == text
    same = client.post(f"{HOME}/compare", content=text, headers=key).json()
    assert (same["new"], same["gone"], same["changed"], same["conflicts"]) == (0, 0, 0, [])
    other = text.replace(b'"Nur f\xc3\xbcr W\xc3\xb6rter."@de', b'"Anders."@de').replace(b"Okapi BM25", b"Okapi BM-25")
    found = client.post(f"{HOME}/compare", content=other, headers=key).json()
    assert found["changed"] == 1 and found["changes"][0]["iri"] == BM25
    assert client.post(f"{HOME}/compare", content=b"no vocabulary", headers=key).status_code == 422
    table, columns = f"Id;Term\n{BM25};BM25\n{BM25};twice\n", ["Id=id", "Term=prefLabel@en"]
    found = client.post(f"{HOME}/compare", content=table, params={"column": columns}, headers=key).json()
    assert found["gone"] + len(found["conflicts"]) == 39, "what curators have edited is theirs to decide on"
    assert (found["changed"], found["faults"][0]["code"]) == (1, "DuplicateConcept")
    wrong = client.post(f"{HOME}/compare", content=table, params={"column": "Name=prefLabel"}, headers=key)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "ColumnError") and "“Term”" in wrong.json()["hint"]
    report = client.get(f"{HOME}/quality").json()
    assert report["concepts"] == 40 and report["errors"] == 0 and len(report["checks"]) > 20


def test_by_forms(client: TestClient, folder: Settings) -> None:
    client.headers["Accept"] = "text/html"
    assert "Finding things in libraries" in client.get("/vocabularies").text
    assert "BM25" in client.get("/vocabularies/vocabulary", params={"q": "bm25"}).text
    page = f"/vocabularies/vocabulary/concept?iri={quote(BM25, safe='')}"
    assert "See what it changes" not in client.get(page).text
    assert client.get("/concept", params={"iri": BM25}).url.path == "/vocabularies/vocabulary/concept"
    client.post("/sign-in", data={"key": Keys(folder.data / "keys.sqlite").add("bo", Role.curator)})
    shown = client.get(page).text
    assert "See what it changes" in shown
    seen = re.search(r'name="seen" value="(\w+)"', shown)
    form = {"kind": "label", "concept": BM25, "seen": seen.group(1) if seen else "", "text": "ranking function"}
    preview = client.post("/vocabularies/vocabulary/edit", data=form).text
    assert "Nothing has been changed yet" in preview and "ranking function" in preview
    edits = re.search(r'name="edits" value="([^"]*)"', preview)
    wanted = {"edits": (edits.group(1) if edits else "").replace("&#34;", '"'), "concept": BM25, "message": "for all"}
    proposed = client.post("/vocabularies/vocabulary/make", data={**wanted, "do": "propose"})
    assert proposed.url.path.startswith("/changesets/") and "for all" in proposed.text
    for decision in ("approve", "apply"):
        decided = client.post(f"{proposed.url.path}/decide", data={"do": decision, "text": "yes"})
    assert "Applied by bo" in decided.text
    assert "ranking function" in client.get(page).text
    refused = client.post("/vocabularies/vocabulary/edit", data={**form, "kind": "merge", "other": "nothing called so"})
    assert refused.status_code == 409 and "No concept is called" in refused.text
    assert "valueless relation" in client.get("/vocabularies/vocabulary/quality").text


def test_collections_over_http_and_on_pages(client: TestClient, key: dict[str, str], folder: Settings) -> None:
    sun = SAMPLE + "ways-of-ranking"
    create = {
        "edit": "create-collection",
        "concept": sun,
        "label": "ways of ranking",
        "ordered": True,
        "members": [BM25],
    }
    assert client.post(f"{HOME}/edits", json={"edits": [create]}, headers=key).status_code == 200
    listed = client.get(f"{HOME}/collections").json()["collections"]
    assert [(one["name"], one["members"], one["ordered"]) for one in listed] == [("ways of ranking", 1, True)]
    there = f"{HOME}/collections/{quote(sun, safe='')}"
    tag = client.get(there).headers["ETag"]
    more = {"edits": [{"edit": "add-member", "concept": sun, "member": FUSION, "at": 0}]}
    assert client.patch(there, json=more, headers=key).status_code == 428
    assert client.patch(there, json=more, headers={**key, "If-Match": tag}).status_code == 200
    assert client.patch(there, json=more, headers={**key, "If-Match": tag}).status_code == 412
    assert client.get(there).json()["collection"]["members"] == [FUSION, BM25]
    assert client.get(f"{HOME}/collections/urn:none").status_code == 404
    clash = {"edits": [{"edit": "map", "concept": BM25, "other": sun}]}
    assert client.post(f"{HOME}/edits", json=clash, headers=key).json()["details"][0]["condition"] == "S37"
    assert f"skos:memberList ( <{FUSION}> <{BM25}> )" in client.get(f"{HOME}/export").text
    assert client.get(f"{HOME}/reasoning").json()["sound"] is True
    client.headers["Accept"] = "text/html"
    client.post("/sign-in", data={"key": Keys(folder.data / "keys.sqlite").add("cy", Role.curator)})
    page = f"/vocabularies/vocabulary/collection?iri={quote(sun, safe='')}"
    assert "ways of ranking" in client.get("/vocabularies/vocabulary").text and "Move BM25 up" in client.get(page).text
    seen = re.search(r'name="seen" value="(\w+)"', client.get(page).text)
    form = {"concept": sun, "seen": seen.group(1) if seen else ""}
    assert (
        client.post("/vocabularies/vocabulary/collection", data={**form, "do": "up", "member": BM25}).status_code == 200
    )
    assert client.get(there, headers={"Accept": "application/json"}).json()["collection"]["members"] == [BM25, FUSION]
    late = client.post("/vocabularies/vocabulary/collection", data={**form, "do": "delete"})
    assert late.status_code == 409 and "has changed" in late.text
    made = client.post("/vocabularies/vocabulary/collections", data={"text": "empty", "ordered": "true"})
    assert "ordered collection of 0" in made.text
