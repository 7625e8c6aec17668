"""Identity through the doors: explained to everybody, decided by curators, in the graph at once."""

from __future__ import annotations

import json

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from api.app import create_app
from api.auth import Keys, Role
from api.build import build
from api.cli.main import app
from api.indexing import as_indexed
from api.settings import Settings, load_settings
from api.watch import Quiet
from graph.snapshots import Snapshots
from graph.stores.hashing import store_hash
from graph.stores.oxigraph import OxigraphStore
from ingest.journal.database import Database
from ingest.sources.files import FilesSource
from ontology.identifiers import opaque
from tests.api.runs import finished

TITLE = "Shadows of the sundial and how they are measured"


def _entry(doi: str, title: str, **more: object) -> dict[str, object]:
    people = [{"given": "Ada", "family": "Nomon"}, {"given": "Wei", "family": "Wang"}]
    return {"DOI": doi, "type": "journal-article", "title": [title], "author": people,
            "issued": {"date-parts": [[2019]]}, **more}  # fmt: skip


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A study, its preprint, its retraction, and a second record of the study."""
    folder = tmp_path_factory.mktemp("shelf")
    entries = [
        _entry("10.5555/a.1", TITLE),
        _entry("10.5555/p.1", TITLE, type="posted-content", subtype="preprint"),
        _entry("10.5555/r.1", f"Retraction: {TITLE}"),
    ]
    (folder / "a.jsonl").write_text("\n".join(map(json.dumps, entries)))
    (folder / "b.bib").write_text(
        f"@article{{x, title={{{TITLE.upper()}}}, author={{Nomon, Ada and Wang, Wei}}, year={{2019}}}}\n"
    )
    settings = load_settings(data=folder / "data", encoder="none", cores=1, read=False)
    build(settings, [FilesSource("shelf", [folder])], [], Quiet())
    return settings


def _hash(settings: Settings) -> str:
    current = Snapshots(settings.data / "snapshots").current()
    assert current is not None
    store = OxigraphStore.read_only(current.path)
    try:
        return store_hash(store)
    finally:
        store.close()


def test_decisions_over_http(shelf: Settings) -> None:
    study, preprint = (opaque("work", f"w:doi:10.5555/{end}") for end in ("a.1", "p.1"))
    iris = [f"http://localhost:8000/id/work/{name}" for name in (study, preprint)]
    key = {"X-API-Key": Keys(shelf.data / "keys.sqlite").add("curator", Role.curator)}
    with TestClient(create_app(shelf), base_url="http://localhost:8000", follow_redirects=False) as client:
        found = client.get(f"/v1/identity/work/{study}").json()
        assert len(found["members"]) == 2
        assert {r["field"] for m in found["members"] for r in m.get("reasons", ())} >= {"title", "people"}
        view = client.get(f"/v1/works/{study}").json()
        assert view["retracted"]
        notice, copy = (
            f"http://localhost:8000/id/work/{opaque('work', f'w:doi:10.5555/{end}')}" for end in ("r.1", "p.1")
        )
        assert {(one["relation"], one["work"]["iri"]) for one in view["relations"]} == {
            ("retracted by", notice), ("has the version", copy),
        }  # fmt: skip
        page = client.get(f"/page/work/{study}").text
        assert "has the version" in page
        assert f"/page/work/{notice.rsplit('/', 1)[-1]}" in page
        assert client.post("/v1/identity/merge", json={"iris": iris}).status_code == 401
        assert client.post("/v1/identity/merge", json={"iris": ["--help", "x"]}, headers=key).status_code == 422
        before = _hash(shelf)
        merged = client.post("/v1/identity/merge", json={"iris": iris, "note": "one"}, headers=key)
        assert merged.status_code == 200, merged.text
        assert merged.json()["iris"] == [iris[0]]
        moved = client.get(f"/id/work/{preprint}")
        assert (moved.status_code, moved.headers["location"]) == (301, f"/id/work/{study}")
        found = client.post("/v1/resolve", json={"ids": [iris[1], iris[0], "10.5555/p.1"]}).json()["items"]
        assert [(one["state"], one["iri"]) for one in found] == [
            ("redirected", iris[0]), ("found", iris[0]), ("found", iris[0])
        ]  # fmt: skip
        assert client.get(f"/v1/works/{preprint}/linkset").headers["location"] == f"/v1/works/{study}/linkset"
        assert len(client.get(f"/v1/identity/work/{preprint}").json()["members"]) == 3
        (verdict,) = client.get("/v1/identity/verdicts").json()["verdicts"]
        assert (verdict["verdict"], verdict["decided_by"], verdict["note"]) == ("same", "key:curator", "one")
        split = client.post("/v1/identity/split", json={"iri": iris[0]}, headers=key)
        assert sorted(split.json()["iris"]) == sorted(iris)
        assert _hash(shelf) == before
        assert client.get("/v1/identity/candidates").json() == {"pairs": []}


def test_a_decision_after_an_upgrade_waits_for_a_run_that_can_be_watched(shelf: Settings) -> None:
    """Everything has to be written again: the decision holds at once, the graph has it after the run."""
    iris = [f"http://localhost:8000/id/work/{opaque('work', f'w:doi:10.5555/{end}')}" for end in ("a.1", "p.1")]
    key = {"X-API-Key": Keys(shelf.data / "keys.sqlite").add("upgrader", Role.curator)}
    before = _hash(shelf)
    with Database(shelf.journal) as journal:
        journal.set_meta("made-with", "an older reader")
    with TestClient(create_app(shelf), base_url="http://localhost:8000", follow_redirects=False) as client:
        merged = client.post("/v1/identity/merge", json={"iris": iris}, headers=key)
        assert merged.status_code == 202, merged.text
        assert (merged.json()["iris"], merged.json()["written"]) == (iris[:1], 0)
        assert "another version" in merged.json()["waits"]
        address = merged.headers["location"]
        assert address.startswith("/v1/sources/decisions/runs/")
        run = finished(client, address)
        assert run["state"] == "done", run
        assert _hash(shelf) != before
        split = client.post("/v1/identity/split", json={"iri": iris[0]}, headers=key)
        assert (split.status_code, sorted(split.json()["iris"])) == (200, sorted(iris))
    assert _hash(shelf) == before


def test_what_a_curator_split_is_apart_in_the_graph(shelf: Settings) -> None:
    key = {"X-API-Key": Keys(shelf.data / "keys.sqlite").add("splitter", Role.curator)}
    name = opaque("work", "w:doi:10.5555/a.1")
    query = "ASK { GRAPH ?g { ?d a gn:IdentityDecision ; gn:survivor ?s ; gn:apartFrom ?r ; gn:decidedBy ?by } }"
    with TestClient(create_app(shelf), base_url="http://localhost:8000") as client:
        before = _hash(shelf)
        members = client.get(f"/v1/identity/work/{name}").json()["members"]
        body = {"iri": f"http://localhost:8000/id/work/{name}", "parts": [members[1]["record"]]}
        parts = client.post("/v1/identity/split", json=body, headers=key).json()["iris"]
        asked = client.get("/sparql", params={"query": f"PREFIX gn: <https://w3id.org/gnomon/ontology#> {query}"})
        assert asked.json()["boolean"]
        client.post("/v1/identity/merge", json={"iris": parts}, headers=key)
        assert _hash(shelf) == before


def test_identity_on_the_command_line(shelf: Settings) -> None:
    def run(*arguments: str) -> str:
        done = CliRunner().invoke(app, ["identity", *arguments, "--data", str(shelf.data)])
        assert done.exit_code == 0, done.output
        return done.stdout

    name = opaque("work", "w:doi:10.5555/a.1")
    said = run("explain", f"http://localhost:8000/id/work/{name}")
    assert "compared" in said
    assert "title" in said
    assert json.loads(run("explain", name, "--json"))["iri"].endswith(name)
    assert json.loads(run("list", "--kind", "person", "--json")) == []
    iris = [f"http://localhost:8000/id/work/{opaque('work', f'w:doi:10.5555/{end}')}" for end in ("a.1", "p.1")]
    run("merge", *iris)
    run("split", iris[0])
    assert "taken back" in run("list", "--decided")


def test_a_decision_keeps_to_the_encoder_of_the_index(shelf: Settings) -> None:
    asked = shelf.model_copy(update={"encoder": "e5-small"})
    assert as_indexed(asked).encoder == "none"
    assert as_indexed(asked.model_copy(update={"data": shelf.data / "nothing"})).encoder == "e5-small"


def test_an_unknown_kind_is_named(shelf: Settings) -> None:
    done = CliRunner().invoke(app, ["identity", "list", "--kind", "planet", "--data", str(shelf.data)])
    assert done.exit_code != 0
