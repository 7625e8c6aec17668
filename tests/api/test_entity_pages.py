"""Pages of topics, people, organisations and venues, and of how two things hang together."""

from __future__ import annotations

import html
import re
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings

TOPIC = "https://example.org/gnomon/sample/information-retrieval"


Json = dict[str, Any]


@pytest.fixture
def work(client: TestClient) -> Json:
    """A work with authors and a venue."""
    hits = client.get("/v1/search", params={"q": "retrieval", "limit": 50}).json()["hits"]
    works = (client.get(f"/v1/works/{hit['document']['iri'].rsplit('/', 1)[-1]}").json() for hit in hits)
    found: Json = next(one for one in works if one.get("venue") and one["authors"][0].get("person"))
    return found


def test_a_topic_shows_what_is_gathered_under_it(client: TestClient) -> None:
    page = client.get("/page/topic", params={"iri": TOPIC}).text
    told = client.get(f"/v1/concepts/{TOPIC}").json()
    assert f"<strong>{told['works']} works</strong>" in page
    for share in told["subtopics"]:
        assert f'{share["name"]} <span class="count">{share["count"]}</span>' in page
    for one in told["people"][:8]:
        assert f'/page/{one["iri"].split("/id/")[1]}">{one["name"]}</a>' in page
    assert "信息检索" in page
    assert page.count("<rect") == len(told["years"])
    assert client.get("/page/topic", params={"iri": "https://example.org/none"}).status_code == 404


def test_whoever_wrote_a_work_has_a_page(client: TestClient, work: Json) -> None:
    author = work["authors"][0]
    page = client.get(f"/page/person/{author['person'].rsplit('/', 1)[-1]}")
    assert f"<h1>{author['name']}</h1>" in page.text
    assert work["title"] in page.text
    assert client.get("/page/person/nobody").status_code == 404


def test_a_venue_shows_its_works_and_leads_to_all(client: TestClient, work: Json) -> None:
    page = client.get(f"/page/venue/{work['venue']['iri'].rsplit('/', 1)[-1]}").text
    assert work["title"] in page
    listed = f"/?f={quote('venue:' + work['venue']['iri'], safe='')}"
    assert listed in page
    assert work["title"] in client.get(listed).text


def test_pages_lead_to_one_another(client: TestClient) -> None:
    home = client.get("/").text
    leads = {unquote(one) for one in re.findall(r'href="(/page/[^"]+)"', home)}
    assert any(one.startswith("/page/person/") for one in leads)
    assert any(one.startswith("/page/venue/") for one in leads)
    for one in sorted(leads)[:40]:
        assert client.get(one).status_code == 200, one
    named = client.get("/", params={"q": "information retrieval"}).text
    assert f'href="/page/thing?iri={TOPIC.replace(":", "%3A").replace("/", "%2F")}"' in named


def test_how_two_things_hang_together(client: TestClient) -> None:
    page = client.get("/relations", params={"from": "BM25", "to": "dense retrieval"}).text
    assert page.count('class="way"') == len(
        client.get("/v1/paths", params={"from": "BM25", "to": "dense retrieval", "limit": 8}).json()["paths"]
    )
    assert 'role="alert"' not in page
    unknown = client.get("/relations", params={"from": "BM25", "to": "<b>nothing of the kind</b>"})
    assert unknown.status_code == 404
    assert "<b>nothing" not in unknown.text
    assert client.get("/relations").status_code == 200


def test_what_texts_name_has_a_page_with_its_sentences(client: TestClient) -> None:
    hits = client.get("/v1/search", params={"limit": 50}).json()["hits"]
    names = [hit["document"]["iri"].rsplit("/", 1)[-1] for hit in hits]
    read = [client.get(f"/v1/works/{name}/mentions").json() for name in names]
    mentions = next(of for of in read if any("/id/concept/found/" in one["concept"] for one in of))
    concept = next(one["concept"] for one in mentions if "/id/concept/found/" in one["concept"])
    same = [one for one in mentions if one["concept"] == concept]
    told = client.get("/v1/mentions", params={"of": concept, "limit": 100}).json()
    best = min(same, key=lambda one: (-one["confidence"], one["iri"]))
    here = next(one for one in told["named_in"] if best["sentence"].startswith(f"{one['iri']}/"))
    assert here["times"] == len(same)
    assert told["mentions"] == sum(one["times"] for one in told["named_in"])
    assert (here["mention"], here["text"][here["begin"] : here["end"]]) == (best["iri"], best["text"])
    page = client.get("/page/thing", params={"iri": concept})
    assert page.url.path == "/page/named"
    assert f"<mark>{best['text']}</mark>" in page.text


def test_concepts_are_named_too_and_unknown_ones_404(client: TestClient) -> None:
    assert client.get("/v1/mentions", params={"of": "BM25"}).json()["works"] >= 1
    assert client.get("/v1/mentions", params={"of": "https://example.org/none"}).status_code == 404


def test_networks_are_of_a_thing_a_search_or_everything(client: TestClient) -> None:
    whole = client.get("/v1/networks/people").json()
    assert whole["works"] == client.get("/v1/status").json()["entities"]["work"]
    person = whole["nodes"][0]
    of = client.get("/v1/networks/people", params={"of": person["iri"]}).json()
    assert (of["of"]["name"], of["works"]) == (person["name"], person["size"])
    found = client.get("/v1/networks/topics", params={"q": "retrieval"}).json()
    assert found["works"] == client.get("/v1/search", params={"q": "retrieval", "mode": "lexical"}).json()["total"]
    assert client.get("/v1/networks/people", params={"q": "a", "of": "b"}).status_code == 400
    page = client.get("/networks", params={"of": TOPIC}).text
    told = client.get("/v1/networks/people", params={"of": TOPIC, "limit": 80}).json()
    assert page.count("<circle") == len(told["nodes"])
    assert all(f"<td>{node['strength']}</td>" in page for node in told["nodes"])
    assert client.get("/networks", params={"of": "nothing of the kind"}).status_code == 404
    file = client.get("/v1/networks/people", params={"format": "gexf"})
    assert file.headers["content-disposition"] == 'attachment; filename="people.gexf"'


def test_experts_for_a_topic_or_a_search(client: TestClient) -> None:
    told = client.get("/v1/experts", params={"of": TOPIC}).json()
    found = told["found"]["experts"]
    assert found == sorted(found, key=lambda one: -one["score"])
    assert all(one["proofs"] for one in found)
    page = client.get("/experts", params={"of": TOPIC}).text
    assert all(html.escape(one["name"]) in page for one in found)
    words = client.get("/v1/experts", params={"q": "retrieval"}).json()
    assert words["found"]["people"] >= 1
    assert client.get("/v1/experts", params={"q": "retrieval", "within": "no such house"}).status_code == 404
    assert client.get("/v1/experts").status_code == 400
    assert client.get("/experts").status_code == 200
    assert client.get("/experts", params={"of": "nothing of the kind"}).status_code == 404


def test_a_small_catalogue_foretells_nothing_and_says_why(client: TestClient) -> None:
    told = client.get("/v1/hypotheses", params={"of": TOPIC}).json()
    assert not told.get("hypotheses")
    assert told["abstained"]
    page = client.get("/hypotheses", params={"of": TOPIC})
    assert page.status_code == 200
    assert "Nothing is foretold" in page.text
    assert client.get("/v1/hypotheses/scoreboard").status_code == 404
    assert client.get("/hypotheses").status_code == 200
    assert client.get("/hypotheses", params={"of": "nothing of the kind"}).status_code == 404


def test_trends_are_of_a_thing_a_search_or_everything(client: TestClient) -> None:
    whole = client.get("/v1/trends").json()
    of = client.get("/v1/trends", params={"of": TOPIC}).json()
    assert 1 <= of["found"]["works"] <= whole["found"]["works"]
    page = client.get("/trends", params={"of": TOPIC})
    assert page.status_code == 200
    assert of["of"]["name"] in page.text
    assert client.get("/v1/trends", params={"of": TOPIC, "q": "b"}).status_code == 400
    assert client.get("/trends", params={"of": "nothing of the kind"}).status_code == 404


def test_works_have_their_page_where_the_index_cannot_be_asked(built: Settings, tmp_path: Path) -> None:
    shutil.copytree(built.data, tmp_path / "data")
    marks = list((tmp_path / "data" / "index").rglob("works/layout"))
    assert marks
    for mark in marks:
        mark.write_text("of another version")
    own = built.model_copy(update={"data": tmp_path / "data"})
    with TestClient(create_app(own), base_url="http://localhost:8000") as client:
        assert client.get("/v1/search", params={"q": "retrieval"}).status_code == 400
        person = client.get("/v1/networks/people").json()["nodes"][0]["iri"]
        work = client.get(f"/v1/people/{person.rsplit('/', 1)[-1]}").json()["works"][0]["iri"]
        assert client.get(f"/page/work/{work.rsplit('/', 1)[-1]}").status_code == 200
