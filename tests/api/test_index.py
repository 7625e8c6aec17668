"""The life of the search index: made anew beside the one that serves, switched, held against the journal."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.build import build
from api.cli.reindexing import check_index, rebuild_index
from api.encoding import encoder_of
from api.indexing import check, generations, read_index, rebuild
from api.library import Library
from api.reencoding import progress, reencode, start
from api.settings import Settings, load_settings
from api.watch import Quiet
from graph.search.base import SearchRequest
from ingest.journal.database import Database
from ingest.sources.files import FilesSource
from ontology.errors import EncoderError, SearchError
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


def test_vectors_of_another_encoder_are_made_beside_the_server(settings: Settings, tmp_path: Path) -> None:
    model = model_folder(tmp_path / "model", random_tensors())
    changed = settings.model_copy(update={"encoder": f"onnx:{model}", "requests_per_minute": 10_000})
    assert progress(changed) is None
    with TestClient(create_app(changed)) as client:
        before = client.get("/v1/search", params={"q": "library"}).json()
        process = start(changed)
        assert process is not None
        seen = set()
        with process:
            while process.poll() is None:
                answer = client.get("/v1/search", params={"q": "library"}).json()
                seen.add(answer["mode"])
                assert answer["total"] == before["total"]
                time.sleep(0.5)
        assert process.returncode == 0
        assert "lexical" in seen, "the old index served meanwhile"
        assert client.get("/v1/search", params={"q": "library"}).json()["mode"] == "hybrid"
        told = client.get("/v1/status").json()["reencoding"]
    assert (told["state"], told["serving"], told["encoder"]) == ("done", "none", f"onnx:{model}")
    assert told["done"] == told["total"] > 0
    assert start(changed) is None


def test_a_change_of_the_encoder_that_was_broken_off_goes_on(settings: Settings, tmp_path: Path) -> None:
    model = model_folder(tmp_path / "model", random_tensors())
    changed = settings.model_copy(update={"encoder": f"onnx:{model}"})

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reencode(changed, stop)
    stopped = progress(changed)
    assert stopped is not None
    assert stopped.state == "stopped"
    with Database(settings.journal, read_only=True) as database:
        kept = database.one("SELECT count(*) FROM vector")
    assert kept == stopped.done > 0
    assert reencode(changed) == stopped.total


def test_an_encoder_that_cannot_be_had_is_told_in_the_status(settings: Settings, tmp_path: Path) -> None:
    changed = settings.model_copy(update={"encoder": f"onnx:{tmp_path / 'nothing'}"})
    with pytest.raises(EncoderError):
        reencode(changed)
    told = progress(changed)
    assert told is not None
    assert told.state == "failed"
    assert "cannot be had" in told.error


def test_a_changed_vocabulary_rolls_up_after_the_next_build(tmp_path: Path) -> None:
    def vocabulary(broader: str) -> Path:
        file = tmp_path / "loom.ttl"
        file.write_text(
            "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n@prefix e: <http://example.org/> .\n"
            "e:s a skos:ConceptScheme .\n"
            'e:jacquard a skos:Concept ; skos:inScheme e:s ; skos:prefLabel "Jacquard loom"@en'
            f" ; skos:broader e:{broader} .\n"
            'e:loom a skos:Concept ; skos:inScheme e:s ; skos:prefLabel "Weaving machines"@en .\n'
            'e:cloth a skos:Concept ; skos:inScheme e:s ; skos:prefLabel "Cloth making"@en .\n'
        )
        return file

    paper = tmp_path / "paper.bib"
    paper.write_text(
        "@article{a, title={The Jacquard loom and the Jacquard loom}, year=2001, abstract={The Jacquard loom weaves."
        " A Jacquard loom is a Jacquard loom. We study the Jacquard loom.}}"
    )
    settings = load_settings(data=tmp_path / "data", encoder="none", cores=1)

    def about(concept: str) -> int:
        request = SearchRequest(filter=f"topic:http://example.org/{concept}")
        return read_index(settings).search(request).total

    build(settings, [FilesSource("files", [paper])], [vocabulary("loom")], Quiet())
    assert (about("jacquard"), about("loom"), about("cloth")) == (1, 1, 0)
    build(settings, (), [vocabulary("cloth")], Quiet())
    assert (about("jacquard"), about("loom"), about("cloth")) == (1, 0, 1)


def test_parts_get_vectors_when_the_settings_ask_for_them(settings: Settings, tmp_path: Path) -> None:
    model = model_folder(tmp_path / "model", random_tensors())
    plain = settings.model_copy(update={"encoder": f"onnx:{model}"})
    with TestClient(create_app(plain)) as client:
        build(plain, (), (), Quiet())
        asked = {"q": "type:paragraph weaving"}
        assert client.get("/v1/search", params=asked).json()["mode"] == "lexical"
        build(plain.model_copy(update={"fragment_vectors": 3}), (), (), Quiet())
        answer = client.get("/v1/search", params=asked).json()
        assert answer["mode"] == "hybrid"
        assert answer["dense_total"] > 0
        with Database(settings.journal, read_only=True) as database:
            used = database.one("SELECT max(n) FROM (SELECT count(*) AS n FROM text_use GROUP BY owner)")
            orphans = database.one("SELECT count(*) FROM vector WHERE text NOT IN (SELECT text FROM text_use)")
        assert (used, orphans) == (5, 0), "its own text, the work's, and those of three parts"
        build(plain, (), (), Quiet())
        assert client.get("/v1/search", params=asked).json()["mode"] == "lexical"
