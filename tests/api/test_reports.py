"""Reports of organisations and people: every figure equals group_by over search, the query shown, and brute force."""

from __future__ import annotations

import csv
import io
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from api.wiring import Services
from graph.discovery.ask import kind_of, rows
from graph.stores.base import ReadableStore
from tests.api import houses

Json = dict[str, Any]
Pairs = dict[str, set[str]]


@pytest.fixture(scope="module")
def client(harbour: Settings) -> Iterator[TestClient]:
    generous = harbour.model_copy(update={"requests_per_minute": 10**6, "queries_per_minute": 10**6})
    with TestClient(create_app(generous), base_url="http://localhost:8000") as client:
        yield client


@pytest.fixture(scope="module")
def brute(harbour: Settings) -> Iterator[Brute]:
    services = Services(harbour)
    yield Brute(services.store)
    services.close()


def of(client: TestClient, name: str) -> str:
    """Path of the report of what goes by a ROR id, an ORCID or a name."""
    iri = client.get("/v1/experts", params={"of": name}).json()["of"]["iri"]
    kind, opaque = iri.rsplit("/", 2)[-2:]
    return f"/v1/{ {'person': 'people', 'organisation': 'organisations'}[kind] }/{opaque}/report"


class Brute:
    """The graph as plain sets, counted by loops."""

    def __init__(self, store: ReadableStore) -> None:
        self._store = store
        self.document, self.held, self.home = (
            self.pairs(f"pro:{name}") for name in ("relatesToDocument", "isHeldBy", "relatesToOrganization")
        )
        self.parent = self.pairs("org:subOrganizationOf")
        self.broader = self.pairs("skos:broader")

    def pairs(self, predicate: str) -> Pairs:
        found: Pairs = defaultdict(set)
        for row in rows(self._store, f"SELECT ?s ?o {{ ?s {predicate} ?o }}"):
            found[row["s"]].add(row["o"])
        return found

    def above(self, start: str, edges: Pairs) -> set[str]:
        seen = {start}
        while more := {up for one in seen for up in edges.get(one, ())} - seen:
            seen |= more
        return seen

    def works(self, iri: str, with_parts: bool, first: int, last: int) -> set[str]:
        years = self.pairs("gn:year")
        found = set()
        for authorship, works in self.document.items():
            named = self.held.get(authorship, set()) | self.home.get(authorship, set())
            if any(iri in (self.above(one, self.parent) if with_parts else {one}) for one in named):
                found |= works
        if not (first or last):
            return found
        return {one for one in found for year in years.get(one, ()) if first <= int(year) <= (last or 9999)}

    def table(self, part: str, works: set[str]) -> dict[str, int]:
        """Value → number of works."""
        values: Pairs = defaultdict(set)
        for one in works:
            values[one] |= self._values(part, one)
        counted: dict[str, int] = defaultdict(int)
        for found in values.values():
            for value in found:
                counted[value] += 1
        return dict(counted)

    def _values(self, part: str, work: str) -> set[str]:
        plain = {"years": "gn:year", "access": "schema:isAccessibleForFree", "licences": "dct:license|dct:rights",
                 "venues": "dct:isPartOf", "funders": "frapo:isFundedBy/gn:funderName"}  # fmt: skip
        if part in plain:
            found = self.pairs(plain[part]).get(work, set())
            return {{"true": "yes", "false": "no"}.get(one, one) for one in found}
        if part == "kinds":
            return {kind_of(self.pairs("a").get(work, ()))}
        if part == "topics":
            direct = self.pairs("dct:subject").get(work, set())
            return {up for one in direct for up in self.above(one, self.broader)}
        mine = [one for one, works in self.document.items() if work in works]
        of_them = self.held if part == "people" else self.home
        return {one for authorship in mine for one in of_them.get(authorship, ())}


FACETS = {"type": "kind", "open": "open_access", "affiliation": "organisation"}
CASES = [
    (houses.COLLEGE, False, 0, 0), (houses.COLLEGE, True, 0, 0), (houses.COLLEGE, True, 2011, 2013),
    (houses.LOOM, True, 2014, 0), (houses.TIDE, False, 0, 2012), ("Ada Marlow", False, 0, 0),
    ("Bo Quill", False, 2012, 2015),
]  # fmt: skip


@pytest.mark.parametrize(("name", "parts", "first", "last"), CASES)
def test_every_figure_equals_group_by_the_query_shown_and_brute_force(
    client: TestClient, brute: Brute, name: str, parts: bool, first: int, last: int
) -> None:
    asked = {"parts": parts, "from_year": first, "to_year": last, "limit": 1000}
    path = of(client, name)
    told = client.get(
        path, params={key: value for key, value in asked.items() if path.startswith("/v1/org") or key != "parts"}
    )
    report = told.json()
    works = brute.works(report["of"]["iri"], parts, first, last)
    assert report["works"] == len(works) > 3
    assert {row["p"] for row in _asked(client, report["sparql"])} == works
    own = {report["of"]["iri"], *(one["iri"] for one in report.get("included", ()))}
    shared = 0
    for part in report["parts"]:
        lines = {one["value"]: one["count"] for one in part["lines"]}
        shown = {_value(part["name"], row["x"]): int(row["works"]) for row in _asked(client, part["sparql"])}
        assert all(shown[value] == count for value, count in lines.items() if count), part["name"]
        if part["name"] not in ("topics", "people", "described"):
            assert lines == {value: count for value, count in shown.items() if value not in own}, part["name"]
        if part.get("search"):
            groups = {one["value"]: one["count"] for one in client.get(part["search"]).json()["groups"]}
            counted = brute.table(part["name"], works)
            assert all(groups[value] == counted[value] == count for value, count in lines.items()), part["name"]
            assert {value for value in groups if value not in own} >= set(lines), part["name"]
            shared += len(lines)
    assert shared > 10
    by_name = {part["name"]: part for part in report["parts"]}
    for name_, key in (
        ("licences", "dct:license|dct:rights"),
        ("funders", "frapo:isFundedBy"),
        ("venues", "dct:isPartOf"),
    ):
        known = {one for one in works if brute.pairs(key).get(one)}
        assert (by_name[name_]["known"], by_name[name_]["counted"]) == (len(known), len(works))


def _asked(client: TestClient, query: str) -> list[dict[str, str]]:
    found = client.post("/sparql", content=query, headers={"Content-Type": "application/sparql-query",
                                                           "Accept": "application/sparql-results+json"})  # fmt: skip
    assert found.status_code == 200, found.text
    return [{name: term["value"] for name, term in row.items()} for row in found.json()["results"]["bindings"]]


def _value(part: str, value: str) -> str:
    if part == "kinds":
        return kind_of([value])
    return {"true": "yes", "false": "no"}.get(value, value) if part == "access" else value


def test_citations_are_those_of_the_catalogue(client: TestClient, brute: Brute) -> None:
    report = client.get(of(client, houses.COLLEGE), params={"parts": True, "limit": 1000}).json()
    works = brute.works(report["of"]["iri"], True, 0, 0)
    times: dict[str, int] = defaultdict(int)
    for cited in brute.pairs("cito:cites").values():
        for one in cited & works:
            times[one] += 1
    counts = sorted(times.values(), reverse=True)
    impact = report["impact"]
    assert (impact["cited"], impact["citations"]) == (len(counts), sum(counts))
    assert impact["h_index"] == max(n for n in range(len(counts) + 1) if sum(c >= n for c in counts) >= n) > 1
    assert {one["iri"]: one["citations"] for one in impact["most_cited"]} == times
    assert {row["p"]: int(row["works"]) for row in _asked(client, impact["sparql"])} == times
    retracted = {one for one in works if "true" in brute.pairs("gn:retracted").get(one, ())}
    assert {one["iri"] for one in report["retracted"]} == retracted != set()


def test_parts_count_when_asked_and_what_is_missing_is_said(client: TestClient, brute: Brute) -> None:
    path = of(client, houses.COLLEGE)
    alone, whole = (client.get(path, params={"parts": parts}).json() for parts in (False, True))
    assert alone["works"] < whole["works"]
    assert (alone["has_parts"], [one["name"] for one in whole["included"]]) == (1, ["Institute of Looms"])
    assert not alone.get("included")
    placed = {one for authorship in brute.home for one in brute.document[authorship]}
    assert whole["coverage"] == {"works": houses.WORKS + 1, "placed": len(placed)}
    undated = [one for one in brute.works(whole["of"]["iri"], True, 0, 0) if not brute.pairs("gn:year").get(one)]
    limited = client.get(path, params={"parts": True, "from_year": 1900}).json()
    assert limited["undated"] == len(undated) > 0
    assert limited["works"] == whole["works"] - len(undated)


def test_whoever_edited_a_work_has_it_in_the_profile_and_in_search(client: TestClient) -> None:
    report = client.get(of(client, "Ada Marlow"), params={"limit": 1000}).json()
    found = client.get("/v1/search", params={"q": report["query"], "limit": 1000}).json()
    assert found["total"] == report["works"]
    assert "What the editor saw" in {hit["document"]["title"] for hit in found["hits"]}


def test_reports_as_files(client: TestClient) -> None:
    path = of(client, houses.TIDE)
    report = client.get(path, params={"limit": 1000}).json()
    file = client.get(path, params={"limit": 1000, "format": "csv", "part": "people"})
    assert file.headers["content-type"].startswith("text/csv")
    (people,) = (part for part in report["parts"] if part["name"] == "people")
    heading, *lines, last = csv.reader(io.StringIO(file.text))
    assert (heading, last[1]) == (["value", "name", "works"], "(not known)")
    assert [(value, int(count)) for value, _, count in lines] == [
        (one["value"], one["count"]) for one in people["lines"]
    ]
    packed = client.get(path, params={"limit": 1000, "format": "zip"})
    assert packed.content == client.get(path, params={"limit": 1000, "format": "zip"}).content
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert texts["people.csv"] == file.text
    assert f"works,{report['works']}\r\n" in texts["report.csv"]
    members = [line for line in csv.reader(io.StringIO(texts["members.csv"])) if "Evil" in line[1]]
    assert members[0][1] == "'=Evil Formula"
    assert client.get(path, params={"format": "csv"}).status_code == 404
    assert client.get(path, params={"from_year": 2014, "to_year": 2010}).status_code == 400


@pytest.mark.parametrize("name", [houses.COLLEGE, "Bo Quill"])
def test_the_page_shows_the_report_and_its_numbers_lead_on(client: TestClient, name: str) -> None:
    path = of(client, name)
    kind = "person" if "/people/" in path else "organisation"
    at = f"/page/{kind}/{path.split('/')[3]}"
    assert f'href="{at}/report"' in client.get(at).text
    page = client.get(f"{at}/report", params={"from_year": 2011, "limit": 100}).text
    report = client.get(path, params={"from_year": 2011, "limit": 100}).json()
    assert f"<strong>{report['works']} works</strong>" in page
    leads = [line.split('href="')[-1] for line in page.split(" works: ")[:-1]]
    assert len(leads) > 10
    for lead in leads[::5]:
        address = lead.split('"')[0].replace("&amp;", "&")
        asked = parse_qs(urlsplit(address).query)
        (facet, _, value) = asked["f"][0].partition(":")
        (line,) = (
            one for part in report["parts"] for one in part["lines"]
            if part.get("facet") in (facet, FACETS.get(facet))
            and one["value"] == value and part["name"] != "members"
        )  # fmt: skip
        found = client.get("/v1/search", params={"q": asked["q"][0], "filter": f'{facet}:"{value}"', "limit": 0}).json()
        assert found["total"] == line["count"], (facet, value)
        assert client.get(address).status_code == 200
    assert client.get(f"{at}/report", params={"from_year": "", "to_year": ""}).status_code == 200  # as forms send them
    assert client.get(f"/page/{kind}/nobody/report").status_code == 404
    assert client.get(f"{at}/report", params={"from_year": 2014, "to_year": 2010}).status_code == 400
