"""Pages as those see them who have no script: the endpoint as a page, named queries, keys, citations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.auth import Keys, Role
from api.settings import Settings

PAGE = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
COUNT = "SELECT (COUNT(?w) AS ?n) { ?w a gn:Work }"
OWN = {"Origin": "http://localhost:8000", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="module")
def pages(built: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(built), base_url="http://localhost:8000", headers=PAGE) as client:
        yield client


@pytest.fixture
def signed_in(built: Settings, pages: TestClient) -> Iterator[TestClient]:
    keys = Keys(built.data / "keys.sqlite")
    key = keys.add("ada", Role.analyst)
    assert pages.post("/sign-in", data={"key": key, "back": "/queries"}, headers=OWN).url.path == "/queries"
    yield pages
    pages.cookies.clear()
    keys.revoke("ada")


def asked(client: TestClient, query: str, **more: str) -> str:
    return client.get(f"/sparql?{urlencode({'query': query, **more})}").text


def test_browsers_get_a_page_and_programs_data(pages: TestClient) -> None:
    assert "<textarea" in pages.get("/sparql").text
    page = asked(pages, COUNT)
    rows = pages.get("/sparql", params={"query": COUNT}, headers={"Accept": "text/csv"}).text.split()
    assert f'<td class="number">{rows[1]}</td>' in page
    assert "Complete" in page
    assert pages.get("/sparql", params={"query": COUNT}, headers={"Accept": "*/*"}).json()["results"]
    file = pages.get("/sparql", params={"query": COUNT, "format": "csv"})
    assert file.headers["content-disposition"] == 'attachment; filename="answer.csv"'
    assert file.text.split() == rows
    assert pages.get("/sparql", params={"query": COUNT, "format": "nonsense"}).status_code == 406
    assert "<html" not in pages.post("/sparql", data={"query": COUNT}, headers={"X-Part": "answer"}).text


def test_the_page_says_how_complete_an_answer_is(pages: TestClient) -> None:
    assert "LIMIT 2 was reached" in asked(pages, "SELECT ?w { ?w a gn:Work } LIMIT 2")
    first = asked(pages, "SELECT * { ?s ?p ?o }")
    assert "500 rows are shown, there are more" in first
    assert first.count("<tr>") == 501
    assert "<strong>Yes</strong>" in asked(pages, "ASK { ?w a gn:Work }")
    graph = asked(pages, "CONSTRUCT { ?w a gn:Work } WHERE { ?w a gn:Work }")
    assert "statements" in graph
    assert "Turtle" in graph


def test_the_page_says_why_an_answer_is_empty_or_wrong(pages: TestClient) -> None:
    page = asked(pages, "SELECT ?x { ?w dct:titel ?x }")
    assert "no statement has the predicate dct:titel" in page
    assert "dct:title" in page
    wrong = pages.get("/sparql", params={"query": "SELECT * {"})
    assert wrong.status_code == 400
    assert 'data-place="line 1' in wrong.text
    refused = pages.get("/sparql", params={"query": "SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }"})
    assert refused.status_code == 403
    assert "combinations" in asked(pages, "SELECT * { ?a a gn:Work . ?b a gn:Work }", show="estimate")


def test_what_a_graph_holds_is_escaped(pages: TestClient) -> None:
    page = asked(pages, 'SELECT ("<script>alert(1)</script>" AS ?x) (IRI("javascript:alert(1)") AS ?y) { }')
    assert "<script>alert" not in page
    assert 'href="javascript' not in page


def test_every_named_query_has_a_form(pages: TestClient) -> None:
    listed = pages.get("/queries").text
    names = re.findall(r'href="/queries/([a-z0-9-]+)"', listed)
    assert len(set(names)) > 80
    page = pages.get("/queries/most-cited?limit=3").text
    assert 'value="3" min="1" max="1000"' in page
    assert 'class="strip"' in page
    assert "format=csv" in page
    wrong = pages.get("/queries/most-cited?limit=0")
    assert wrong.status_code == 400
    assert "not between 1 and 1000" in wrong.text
    missing = pages.get("/queries/no-such-query")
    assert missing.status_code == 404
    assert missing.headers["content-type"].startswith("text/html")
    assert pages.get("/id/query/most-cited").url.path == "/queries/most-cited"


def test_with_a_key_answers_are_cited_and_queries_saved(signed_in: TestClient) -> None:
    made = signed_in.post("/sparql/cite", data={"query": COUNT}, headers=OWN)
    assert made.url.path.startswith("/citations/")
    assert "the same answer" in signed_in.get(f"{made.url.path}?again=true").text
    query = "SELECT ?work ?year { ?work gn:year ?year } ORDER BY ?year LIMIT 5"
    sent = {"query": query, "name": "oldest-of-mine", "title": "Oldest", "description": "The oldest\nworks"}
    page = signed_in.post("/queries", data=sent, headers=OWN)
    assert page.url.path == "/queries/oldest-of-mine"
    about = signed_in.get("/v1/queries/oldest-of-mine/about").json()
    assert [(one["name"], one["type"]) for one in about["columns"]] == [("work", "iri"), ("year", "integer")]
    assert about["description"] == "The oldest works"
    assert signed_in.post("/queries/oldest-of-mine/remove", headers=OWN).url.path == "/queries"
    assert signed_in.get("/queries/oldest-of-mine").status_code == 404


def test_a_key_in_a_cookie_is_of_no_use_to_other_sites(signed_in: TestClient) -> None:
    cookie = signed_in.post("/sign-in", data={"key": "gn_wrong"}, headers=OWN)
    assert cookie.status_code == 401
    other = {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert signed_in.post("/sparql/cite", data={"query": COUNT}, headers=other).status_code == 403
    signed_in.post("/sign-out", headers=OWN)
    assert signed_in.post("/sparql/cite", data={"query": COUNT}, headers=OWN).status_code == 401


def test_signing_in_leads_nowhere_else(built: Settings, pages: TestClient) -> None:
    for back in ("https://evil.example/", "//evil.example/", "/\\evil.example"):
        assert f'value="{back}"' not in pages.get("/sign-in", params={"back": back}).text


def test_sources_are_named_changed_and_given_up_by_forms(pages: TestClient, built: Settings) -> None:
    assert "papers" not in pages.get("/sources").text
    assert pages.get("/new-source").status_code == 401
    keys = Keys(built.data / "keys.sqlite")
    pages.post("/sign-in", data={"key": keys.add("librarian", Role.admin)}, headers=OWN)
    form = pages.get("/new-source?kind=oai").text
    assert 'name="option.prefix"' in form
    sent = {
        "kind": "oai",
        "name": "papers",
        "address": "https://e.example/oai",
        "option.prefix": "jats",
        "schedule": "",
    }
    assert pages.post("/sources", data=sent, headers=OWN).url.path == "/sources/papers"
    assert "a source called" in pages.post("/sources", data=sent, headers=OWN).text
    assert "jats" in pages.get("/sources/papers").text
    wrong = pages.post("/sources/papers/change", data={**sent, "schedule": "now and then"}, headers=OWN)
    assert wrong.status_code == 400
    assert "now and then" in wrong.text
    assert pages.post("/sources/papers/change", data={**sent, "schedule": "0 2 * * *"}, headers=OWN).status_code == 200
    assert "0 2 * * *" in pages.get("/sources").text
    file = {"kind": "files", "name": "mine", "address": "/etc/passwd"}
    assert pages.post("/sources", data=file, headers=OWN).status_code == 403
    assert pages.post("/sources/papers/remove", data={"records": "keep"}, headers=OWN).url.path == "/sources"
    assert pages.get("/sources/papers").status_code == 404
    pages.cookies.clear()
    keys.revoke("librarian")


def test_what_could_not_be_read_is_listed(pages: TestClient) -> None:
    assert pages.get("/quarantine").status_code == 200
    assert pages.get("/quarantine/999999").status_code == 404


def test_a_work_shows_what_was_read_in_it(pages: TestClient) -> None:
    name = pages.get("/v1/search", params={"q": "library"}).json()["hits"][0]["document"]["iri"].rsplit("/", 1)[-1]
    page = pages.get(f"/page/work/{name}").text
    mentions = pages.get(f"/v1/works/{name}/mentions").json()
    assert mentions
    assert "Found in the text" in page
    assert f"<mark>{mentions[0]['text']}</mark>" in page
    highlights = pages.get(f"/v1/works/{name}/highlights").json()
    assert ("In short" in page) == bool(highlights)
    why = pages.get("/explain", params={"iri": mentions[0]["iri"]}).text
    assert "Read again just now: the same." in why
