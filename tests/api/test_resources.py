"""Datasets and software as a catalogue: what is used, by whom, and how the facets count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from api.wiring import Services
from graph.discovery.ask import rows
from tests.api import houses

TOPIC = "https://example.org/gnomon/sample/information-retrieval"
Json = dict[str, Any]


@pytest.fixture(scope="module")
def quay(harbour: Settings) -> Iterator[TestClient]:
    generous = harbour.model_copy(update={"requests_per_minute": 10**6})
    with TestClient(create_app(generous), base_url="http://localhost:8000") as client:
        yield client


@pytest.fixture(scope="module")
def pairs(harbour: Settings) -> Iterator[Any]:
    services = Services(harbour)

    def of(predicate: str) -> dict[str, set[str]]:
        found = defaultdict(set)
        for row in rows(services.store, f"SELECT ?s ?o {{ ?s {predicate} ?o }}"):
            found[row["s"]].add(row["o"])
        return found

    yield of
    services.close()


def _all(client: TestClient, **asked: object) -> Json:
    found = client.get("/v1/resources", params={"limit": 200, **asked})
    assert found.status_code == 200, found.text
    told: Json = found.json()
    assert told["total"] == len(told["resources"])
    return told


def test_catalogued_datasets_are_used_by_what_cites_them(quay: TestClient, pairs: Any) -> None:
    datasets = {one for one, kinds in pairs("a").items() if "http://www.w3.org/ns/dcat#Dataset" in kinds}
    cites = pairs("cito:cites")
    told = _all(quay, catalogued=True)
    assert {one["iri"] for one in told["resources"]} == datasets != set()
    for one in told["resources"]:
        users = {work for work, cited in cites.items() if one["iri"] in cited and work != one["iri"]}
        assert (one["kind"], one["works"], one.get("linked", 0)) == ("dataset", len(users), len(users))
        assert {work["iri"] for work in one.get("used_by", ())} <= users
    uses = [one["works"] for one in told["resources"]]
    assert uses == sorted(uses, reverse=True)
    assert uses[0] > 0


def test_each_facet_counts_what_choosing_its_value_finds(quay: TestClient) -> None:
    told = _all(quay)
    chosen = 0
    for facet in ("kind", "topic", "organisation", "licence"):
        for value in told["facets"][facet]:
            assert _all(quay, **{facet: value["iri"]})["total"] == value["count"], (facet, value)
            chosen += 1
    assert chosen > 6
    assert _all(quay, organisation=houses.COLLEGE)["total"] > 0
    pages = [quay.get("/v1/resources", params={"limit": 3, "offset": at}).json() for at in range(0, told["total"], 3)]
    assert [one for page in pages for one in page["resources"]] == told["resources"]


def test_what_texts_name_is_a_resource_with_its_sentences(quay: TestClient) -> None:
    told = _all(quay)
    named = [one for one in told["resources"] if not one["catalogued"]]
    assert named
    for one in named[:5]:
        mentions = quay.get("/v1/mentions", params={"of": one["iri"]}).json()
        assert (one["works"], one["named"]) == (mentions["works"], mentions["works"])
        assert one["name"] == mentions["name"]
    word = named[0]["name"].split()[0]
    assert named[0]["iri"] in {one["iri"] for one in _all(quay, q=word.upper())["resources"]}
    assert told["read"] <= told["works"]


def test_the_page_shows_the_same_and_refuses_in_words(client: TestClient) -> None:
    told = client.get("/v1/resources", params={"limit": 25}).json()
    page = client.get("/resources").text
    assert page.count('<section class="card">') == len(told["resources"])
    assert all(f'<span class="count">{value["count"]}</span>' in page for value in told["facets"]["kind"])
    refused = client.get("/resources", params={"topic": "<b>nothing of the kind</b>"})
    assert refused.status_code == 404
    assert "<b>nothing" not in refused.text
    assert client.get("/v1/resources", params={"kind": "spoon"}).status_code == 422
    assert client.get("/v1/resources", params={"organisation": "\x00"}).status_code == 404
