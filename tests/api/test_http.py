"""The HTTP API over a real graph, from search down to the evidence sentence."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.auth import Keys, Role
from api.settings import Settings, load_settings


def get(client: TestClient, path: str, **parameters: Any) -> Any:
    answer = client.get(path, params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def first_work(client: TestClient, query: str) -> dict[str, Any]:
    found: dict[str, Any] = get(client, "/v1/search", q=query, expand=False)["hits"][0]["document"]
    return found


def name_of(iri: str) -> str:
    return iri.rsplit("/", 1)[-1]


def test_search_explains_its_scores_and_counts_its_facets(client: TestClient) -> None:
    found = get(client, "/v1/search", q="library", explain=True, limit=50)
    assert found["total"] == len([hit for hit in found["hits"] if not hit.get("dense_only")]) > 0
    for hit in found["hits"]:
        assert sum(part["value"] for part in hit["parts"]) == pytest.approx(hit["score"], abs=1e-6)
    kinds = next(facet for facet in found["facets"] if facet["name"] == "kind")
    assert sum(value["count"] for value in kinds["values"]) == found["total"]


def test_a_filter_keeps_what_its_facet_counted(client: TestClient) -> None:
    found = get(client, "/v1/search", q="")
    year = next(facet for facet in found["facets"] if facet["name"] == "year")["values"][0]
    only = get(client, "/v1/search", q="", filter=f"publication_year:{year['value']}")
    assert only["total"] == year["count"]


def test_a_query_that_cannot_be_read_is_a_problem_with_its_place(client: TestClient) -> None:
    answer = client.get("/v1/search", params={"q": '"open quotation'})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "SearchSyntaxError"
    assert problem["place"]
    assert problem["hint"]


def test_every_claim_leads_to_a_sentence_of_its_work(client: TestClient) -> None:
    seen = 0
    for hit in get(client, "/v1/search", q="", limit=50)["hits"]:
        name = name_of(hit["document"]["iri"])
        sentences = {s["iri"]: s for s in _flat(get(client, f"/v1/works/{name}/fragments")) if s["kind"] == "sentence"}
        for claim in get(client, f"/v1/works/{name}/claims"):
            for evidence in claim["evidence"]:
                assert sentences[evidence["sentence"]]["text"] == evidence["text"]
                seen += 1
    assert seen


def test_every_mention_is_verbatim_in_its_sentence(client: TestClient) -> None:
    for hit in get(client, "/v1/search", q="", limit=50)["hits"]:
        name = name_of(hit["document"]["iri"])
        text = {
            f["iri"]: f["text"] for f in _flat(get(client, f"/v1/works/{name}/fragments")) if f["kind"] == "sentence"
        }
        for mention in get(client, f"/v1/works/{name}/mentions"):
            assert text[mention["sentence"]][mention["begin"] : mention["end"]] == mention["text"]
            assert 0 < mention["confidence"] <= 1


def _flat(fragments: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [f for one in fragments for f in (one, *_flat(one.get("parts", [])))]


def test_a_topic_gathers_works_and_rolls_up(client: TestClient) -> None:
    topics = get(client, "/v1/search", q="")["facets"]
    first = next(facet for facet in topics if facet["name"] == "topic")["values"][0]
    answer = client.get("/v1/concepts", params={"label": first["label"]}, follow_redirects=False)
    assert answer.status_code == 303
    view = get(client, answer.headers["location"])
    assert view["concept"]["iri"] == first["value"]
    assert view["works"] == first["count"] >= view["works_direct"]
    assert sum(year["works"] for year in view["years"]) <= view["works"]


def test_paths_name_their_evidence(client: TestClient) -> None:
    work = first_work(client, "library")
    found = get(client, "/v1/paths", **{"from": work["iri"], "to": work["topics"][0][0]})
    best = found["paths"][0]
    assert best["nodes"][0]["iri"] == work["iri"]
    assert len(best["hops"]) == len(best["nodes"]) - 1
    assert all(hop["evidence"] for hop in best["hops"])


def test_related_works_say_what_is_shared(client: TestClient) -> None:
    found = get(client, "/v1/related", id=first_work(client, "library")["iri"])
    assert found
    assert all(part["shared"] for other in found for part in other["parts"] if part["value"])


def test_iris_answer_people_and_programs(client: TestClient) -> None:
    iri = first_work(client, "library")["iri"]
    data = client.get(iri, headers={"Accept": "application/json"}, follow_redirects=False)
    assert (data.status_code, data.headers["location"]) == (303, f"/v1/works/{name_of(iri)}")
    page = client.get(iri, headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "<h1>" in page.text


def test_unknown_things_are_not_found(client: TestClient) -> None:
    for path in ("/v1/works/nope", "/v1/people/nope", "/id/nope/nope", "/v1/concepts?label=zzzz", "/nowhere"):
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert answer.headers["content-type"] == "application/problem+json"


def test_answers_are_not_sent_twice(client: TestClient) -> None:
    path = f"/v1/works/{name_of(first_work(client, 'library')['iri'])}"
    tag = client.get(path).headers["etag"]
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304


def test_head_is_served_everywhere(client: TestClient) -> None:
    for path in ("/", "/health", "/v1/search?q=library", "/v1/status", "/sparql?query=ASK%7B%7D"):
        answer = client.head(path)
        assert answer.status_code == 200, path
        assert not answer.content


def test_sparql_answers_and_refuses(client: TestClient) -> None:
    found = client.get(
        "/sparql", params={"query": "SELECT (count(*) AS ?n) { ?w a gn:Work }"}, headers={"Accept": "text/csv"}
    )
    assert int(found.text.split()[1]) == get(client, "/v1/status")["entities"]["work"]
    for query, status in (("SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }", 403), ("SELECT * {", 400)):
        answer = client.get("/sparql", params={"query": query})
        assert answer.status_code == status
        assert answer.json()["place"]


@pytest.mark.parametrize("words", ["library", "statistical machine translation", "gene", "libary catalogues"])
def test_search_in_sparql_is_the_search_of_the_api(client: TestClient, words: str) -> None:
    hits = get(client, "/v1/search", q=words, limit="20")["hits"]
    query = f'SELECT ?work ?score {{ (?work ?score) gn:search ("{words}" 20) }}'
    rows = client.get("/sparql", params={"query": query}).json()["results"]["bindings"]
    found = {row["work"]["value"]: float(row["score"]["value"]) for row in rows}
    assert found == pytest.approx({hit["document"]["iri"]: hit["score"] for hit in hits})
    joined = f'SELECT ?work {{ ?work gn:search "{words}" ; dct:title ?t }} ORDER BY DESC(gn:score(?work)) LIMIT 5'
    best = client.get("/sparql", params={"query": joined}).json()["results"]["bindings"]
    assert [row["work"]["value"] for row in best] == [hit["document"]["iri"] for hit in hits[:5]]


def test_pages_escape_what_they_show(client: TestClient) -> None:
    page = client.get("/", params={"q": "<script>alert(1)</script> library"})
    assert "<script>" not in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]


def test_the_page_narrows_and_switches_off(client: TestClient) -> None:
    page = client.get("/", params={"q": "library"})
    assert page.status_code == 200
    assert "f=year%3A" in page.text
    narrowed = client.get("/", params={"q": "library", "f": ["year:2019", "kind:article"], "off": "urn:x"})
    assert "Take this condition away" in narrowed.text
    bad = client.get("/", params={"q": "(library"})
    assert bad.status_code == 400
    assert "not closed" in bad.text


def test_roles_and_keys(built: Settings) -> None:
    keys = Keys(built.data / "keys.sqlite")
    reader, analyst = keys.add("r", Role.reader), keys.add("a", Role.analyst)
    closed = built.model_copy(update={"anonymous_role": "none"})
    with TestClient(create_app(closed)) as client:
        assert client.get("/v1/status").status_code == 401
        assert client.get("/v1/status", headers={"X-API-Key": "gn_wrong"}).status_code == 401
        assert client.get("/v1/status", headers={"X-API-Key": reader}).status_code == 200
        assert client.get("/sparql?query=ASK{}", headers={"X-API-Key": reader}).status_code == 403
        assert client.get("/sparql?query=ASK{}", headers={"X-API-Key": analyst}).status_code == 200
        keys.revoke("r")
        assert client.get("/v1/status", headers={"X-API-Key": reader}).status_code == 401
    assert reader not in (built.data / "keys.sqlite").read_bytes().decode("latin-1")
    keys.revoke("a")


def test_the_allowance_runs_out_and_says_so(built: Settings) -> None:
    few = built.model_copy(update={"requests_per_minute": 3})
    with TestClient(create_app(few)) as client:
        left = [client.get("/v1/status").headers["ratelimit"] for _ in range(3)]
        assert [one.split(";")[:2] for one in left] == [['"api"', f"r={rest}"] for rest in (2, 1, 0)]
        refused = client.get("/v1/status")
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1
    assert refused.json()["code"] == "RateLimited"


def test_large_bodies_are_refused(client: TestClient) -> None:
    answer = client.post("/sparql", content=b"#" * (2 << 20), headers={"Content-Type": "application/sparql-query"})
    assert answer.status_code == 413


def test_openapi_describes_what_is_answered(client: TestClient) -> None:
    document = get(client, "/openapi.json")
    assert {"/v1/search", "/v1/works/{name}", "/v1/paths", "/v1/related", "/sparql"} <= set(document["paths"])
    schemas = document["components"]["schemas"]
    assert {"PersonalResponse", "WorkView", "TopicView", "Problem"} <= set(schemas)
    assert "#/$defs" not in str(document)


def test_an_empty_folder_says_what_to_do(tmp_path_factory: pytest.TempPathFactory) -> None:
    settings = load_settings(data=tmp_path_factory.mktemp("empty"), encoder="none")
    with TestClient(create_app(settings)) as client:
        assert client.get("/health").json()["status"] == "empty"
        answer = client.get("/v1/search", params={"q": "x"})
    assert answer.status_code == 404
    assert "gnomon build" in answer.json()["hint"]
