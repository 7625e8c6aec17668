"""The life of the search index: made anew beside the one that serves, switched, held against the journal."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.build import build
from api.cli.reindexing import check_index, rebuild_index
from api.encoding import encoder_of
from api.indexing import check, generations, read_index, rebuild
from api.library import Library
from api.settings import Settings, load_settings
from api.watch import Quiet
from graph.search.base import SearchRequest
from ingest.journal.database import Database
from ontology.errors import SearchError
from tests.nlp.tiny_models import model_folder, random_tensors


@pytest.fixture
def settings(built: Settings, tmp_path: Path) -> Settings:
    """A copy of the built-in corpus that may be changed."""
    shutil.copytree(built.data, tmp_path / "data")
    return load_settings(data=tmp_path / "data", encoder="none", cores=1)


def _rebuild(settings: Settings, encoder: str = "none") -> int:
    chosen = settings.model_copy(update={"encoder": encoder})
    with Database(settings.journal) as database:
        return rebuild(settings, database, Library(settings.data, settings.base), encoder_of(chosen), encoder)


def test_a_rebuilt_index_is_the_one_that_grew(settings: Settings) -> None:
    grown = read_index(settings)
    works = _rebuild(settings)
    made = read_index(settings)
    assert works == len(made) == len(grown)
    assert made.checksum() == grown.checksum()
    assert made.sequence == grown.sequence
    for request in (SearchRequest(query="library", expand=False), SearchRequest(query="type:paragraph library")):
        old, new = grown.search(request), made.search(request)
        assert [hit.document.iri for hit in new.hits] == [hit.document.iri for hit in old.hits]
        assert (new.total, new.fragment_total) == (old.total, old.fragment_total)


def test_a_server_follows_the_switch_and_the_walks_over_the_old_index_say_so(settings: Settings) -> None:
    with TestClient(create_app(settings)) as client:
        first = client.get("/v1/search", params={"q": "", "limit": 2, "cursor": "*"}).json()
        before = generations(settings).current()
        _rebuild(settings)
        assert generations(settings).current() != before
        again = client.get("/v1/search", params={"q": "", "limit": 2}).json()
        assert again["total"] == first["total"]
        on = client.get("/v1/search", params={"q": "", "limit": 2, "cursor": first["cursor"]})
        assert on.status_code == 200, "the same commit has the same order in both"


def test_check_finds_an_index_that_lost_a_work(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    check_index(False, data=settings.data)
    assert "They agree" in capsys.readouterr().out
    engine = read_index(settings)
    iri = engine.search(SearchRequest(limit=1)).hits[0].document.iri
    found = generations(settings).current()
    assert found is not None
    writer = type(engine).open(found)
    writer.update([], [iri], engine.sequence)
    writer.close()
    with Database(settings.journal, read_only=True) as database:
        told = check(settings, database, Library(settings.data, settings.base))
    assert (told.indexed, told.consistent) == (told.expected - 1, False)
    with pytest.raises(SearchError):
        check_index(True, data=settings.data)
    rebuild_index("none", True, data=settings.data)
    check_index(True, data=settings.data)


def test_a_build_makes_a_lost_index_anew(settings: Settings) -> None:
    before = read_index(settings).checksum()
    shutil.rmtree(settings.data / "index")
    build(settings, (), (), Quiet())
    assert read_index(settings).checksum() == before


def test_another_encoder_gets_an_index_of_its_own_while_the_old_one_serves(settings: Settings, tmp_path: Path) -> None:
    model = model_folder(tmp_path / "model", random_tensors())
    name = f"onnx:{model}"
    with TestClient(create_app(settings)) as client:
        assert client.get("/v1/search", params={"q": "library"}).json()["mode"] == "lexical"
        build(settings.model_copy(update={"encoder": name}), (), (), Quiet())
        assert client.get("/v1/search", params={"q": "library"}).json()["mode"] == "hybrid"
    now = generations(settings).current()
    assert now is not None
    assert generations(settings).encoder(now) == name
