"""The committed reference pages are what the code says today."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.cli.reference import GRAPHS, pages, write
from api.settings import Settings
from graph.stores.oxigraph import OxigraphStore

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="module")
def written() -> dict[str, str]:
    return pages()


PAGES = (
    "api.md",
    "cli.md",
    "client.md",
    "errors.md",
    "mcp.md",
    "model.md",
    "plugs.md",
    "search.md",
    "settings.md",
    "sources.md",
)


@pytest.mark.parametrize("name", PAGES)
def test_the_committed_page_is_what_make_docs_writes(name: str, written: dict[str, str]) -> None:
    assert (DOCS / name).read_text("utf-8") == written[name], "run `make docs`"


def test_nothing_of_the_machine_gets_into_the_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: dict[str, str]
) -> None:
    monkeypatch.setenv("GNOMON_CORES", "7")
    monkeypatch.setenv("GNOMON_BASE_IRI", "http://elsewhere.example")
    monkeypatch.setenv("COLUMNS", "43")
    write(tmp_path)
    assert {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()} == written


def test_every_graph_of_a_built_store_is_described(built: Settings) -> None:
    store = OxigraphStore.read_only(next(path for path in (built.data / "snapshots").iterdir() if path.is_dir()))
    found = {str(row["g"].value) for row in store.select("SELECT ?g { GRAPH ?g {} }")}
    assert found <= {built.base.graph(name) for name in GRAPHS if name}


def test_every_command_setting_and_plug_is_named(written: dict[str, str]) -> None:
    for command in ("build", "harvest", "sample", "demo", "serve", "search", "sparql", "topic", "paths", "key add"):
        assert f"## gnomon {command}\n" in written["cli.md"]
    for setting in Settings.model_fields:
        assert f"`GNOMON_{setting.upper()}`" in written["settings.md"]
    for kind in ("files", "oai", "crossref", "datacite", "openalex", "europepmc", "pubmed", "arxiv"):
        assert f"\n## {kind}\n" in written["sources.md"]
    for plug in ("jats", "openalex", "skos", "e5-small", "oxigraph"):
        assert f"| `{plug}` |" in written["plugs.md"]
    assert "| `gn:Claim` | claim |" in written["model.md"]
    assert "`QueryTimeout` | 503 |" in written["errors.md"]
