"""Every named query on the demo graph, none empty; and the API they make."""

from __future__ import annotations

import csv
import fcntl
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.auth import Keys, Role
from api.build import build
from api.settings import Settings, load_settings
from api.watch import Quiet
from ingest.sources.files import FilesSource
from ingest.sources.samples import DEMO, sample
from ontology.errors import RegistryUnavailable
from ontology.namespaces import Base
from sparql.catalogue import named_queries

NAMES = [query.name for query in named_queries(Base())]
ASKED_ABOUT = {
    "D14-1082",  # cited by the next two
    "P16-1218",
    "P16-1089",
    "journal.pone.0067179",  # disputes a claim, and claims something of proteins
    "journal.pcbi.1004079",  # cites by identifiers what is not here
    "journal.ppat.1005207",  # a retraction
    "journal.pone.0097541",  # a correction
}
"""Full texts that named queries of the demo find something in."""
LIMITS = {"wanted-works": {"limit": 10_000}}
"""What is cited most often is known from a source that prints no references."""
TEXT = (
    "# title: Mine\n# description: Kinds of works.\n# group: catalogue\n"
    "# parameter limit: integer 1..9 = 3; How many rows.\n# column kind: iri; The kind.\n"
    "SELECT DISTINCT ?kind WHERE { ?work a gn:Work, ?kind } ORDER BY ?kind LIMIT $limit\n"
)


def _some(path: Path) -> list[Path]:
    """Every eighth full text of a folder, and those that some query is about; any other file as it is."""
    if not path.is_dir():
        return [path]
    return [one for at, one in enumerate(sorted(path.iterdir())) if at % 8 == 0 or one.stem in ASKED_ABOUT]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Settings:
    """A part of the demo graph without vectors, from the packages of the registry; built once for all processes of a
    run. All of it would take two minutes."""
    own = tmp_path_factory.getbasetemp()
    folder = own if worker_id == "master" else own.parent
    settings = load_settings(
        data=folder / "demo-graph", encoder="none", requests_per_minute=10**6, queries_per_minute=10**6,
        executor="processes", query_seconds=120,
    )  # fmt: skip
    with (folder / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            found = sample("demo", settings.data)
        except RegistryUnavailable as error:
            pytest.skip(f"the demo's packages cannot be had: {error}")
        if any("built-in" in note for note in found.notes):
            pytest.skip("the demo's packages cannot be had: the built-in corpus took their place")
        folders = {part.name: settings.data / "unpacked" / f"{part.package.name}-{part.package.version}" / part.root
                   for part in DEMO}  # fmt: skip
        sources = [
            FilesSource(one.name, _some(folders[one.name])) if one.name in folders else one for one in found.sources
        ]
        build(settings, sources, found.vocabularies, Quiet())
    return settings


@pytest.fixture(scope="module")
def asked(demo: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(demo), base_url="http://localhost:8000") as client:
        yield client


@pytest.mark.slow
@pytest.mark.xdist_group("demo")
@pytest.mark.parametrize("name", NAMES)
def test_none_is_empty_on_the_demo_graph(asked: TestClient, name: str) -> None:
    found = asked.get(f"/v1/queries/{name}", params=LIMITS.get(name)).json()
    assert found["rows"], found
    for column, values in zip(found["columns"], zip(*found["rows"], strict=True), strict=True):
        kinds = {type(value) for value in values if value is not None}
        expected = {"integer": int, "year": int, "decimal": float, "boolean": bool}.get(column["type"], str)
        assert kinds <= {expected}, column
        assert kinds, f"nothing is ever bound to {column['name']}"


@pytest.mark.parametrize("name", ["works-per-year", "most-cited"])
def test_the_same_as_json_csv_and_chart(client: TestClient, name: str) -> None:
    found = client.get(f"/v1/queries/{name}").json()
    shown = client.get(f"/v1/queries/{name}", headers={"Accept": "text/csv"})
    assert shown.headers["content-type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(shown.text)))
    assert rows[0] == [column["name"] for column in found["columns"]]
    assert rows[1:] == [[str(value) for value in row] for row in found["rows"]]
    chart = client.get(f"/v1/queries/{name}?format=vega-lite")
    assert chart.headers["content-type"] == "application/vnd.vegalite.v6+json"
    assert len(chart.json()["data"]["values"]) == len(found["rows"])


def test_problems_name_the_parameter(client: TestClient) -> None:
    wrong = client.get("/v1/queries/most-cited?limit=0")
    assert wrong.status_code == 400
    assert wrong.json()["code"] == "QueryParameterError"
    assert wrong.json()["place"] == "parameter limit"
    assert client.get("/v1/queries/most-cited?limt=3").json()["hint"] == "parameters are limit"
    assert client.get("/v1/queries/newest-works?format=vega-lite").status_code == 406
    assert client.get("/v1/queries/no-such-query").status_code == 404


def test_each_is_described_in_openapi(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    described = paths["/v1/queries/works-citing"]["get"]
    assert described["summary"] == "Works that cite a work"
    assert {one["name"] for one in described["parameters"]} == {"format", "doi"}
    assert all(f"/v1/queries/{name}" in paths for name in NAMES)


def test_analysts_save_their_own(client: TestClient, built: Settings) -> None:
    sent = {"content": TEXT, "headers": {"Content-Type": "application/sparql-query"}}
    assert client.post("/v1/queries/mine", **sent).status_code == 401
    keys = Keys(built.data / "keys.sqlite")
    sent["headers"]["X-API-Key"] = keys.add("ada", Role.analyst)
    other = {"X-API-Key": keys.add("bo", Role.analyst)}
    saved = client.post("/v1/queries/mine", **sent).json()
    assert saved["version"] == 1
    assert saved["iri"] == "http://localhost:8000/id/query/mine/1"
    assert client.get(saved["iri"], follow_redirects=True).json()["text"] == TEXT
    assert len(client.get("/v1/queries/mine?limit=2").json()["rows"]) == 2
    assert client.get("/v1/queries/mine").json()["version"] == 1
    listed = {one["name"]: one for one in client.get("/v1/queries").json()["queries"]}
    assert listed["mine"]["owner"] == "ada"
    assert {*NAMES} < {*listed}
    assert client.delete("/v1/queries/mine", headers=other).status_code == 403
    assert client.delete("/v1/queries/mine", headers=sent["headers"]).status_code == 204
    assert client.get("/v1/queries/mine").status_code == 404
    for name in ("ada", "bo"):
        keys.revoke(name)


def test_they_are_in_the_graph_too(client: TestClient) -> None:
    asked = "SELECT ?q ?text WHERE { GRAPH <http://localhost:8000/graph/queries> { ?q sh:select ?text } }"
    found = client.get("/sparql", params={"query": asked}, headers={"Accept": "application/sparql-results+json"}).json()
    assert len(found["results"]["bindings"]) == len(NAMES)
    one = next(b for b in found["results"]["bindings"] if b["q"]["value"].endswith("/most-cited"))
    assert one["text"]["value"].startswith("PREFIX cito: <")
    assert client.get("/sparql", params={"query": one["text"]["value"]}).status_code == 200
    page = client.get(one["q"]["value"], follow_redirects=True)
    assert page.json()["title"] == "Most cited works within the catalogue"
