"""One small graph of the built-in corpus, built once for all tests of the doors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.build import build
from api.settings import Settings, load_settings
from api.watch import Quiet
from ingest.sources.files import FilesSource
from ingest.sources.samples import sample
from tests.api import houses


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a data folder that holds the built-in corpus, without vectors."""
    settings = load_settings(data=tmp_path_factory.mktemp("built") / "data", encoder="none", cores=1)
    found = sample("built-in", settings.data)
    build(settings, found.sources, found.vocabularies, Quiet())
    return settings


@pytest.fixture(scope="session")
def harbour(tmp_path_factory: pytest.TempPathFactory, corpus_vocabulary: Path) -> Settings:
    """Settings of a data folder with the catalogue of `houses`."""
    root = tmp_path_factory.mktemp("harbour")
    houses.write(root / "in")
    settings = load_settings(data=root / "data", encoder="none", cores=1)
    build(settings, [FilesSource("files", [root / "in"])], [corpus_vocabulary], Quiet())
    return settings


@pytest.fixture(scope="session")
def corpus_vocabulary() -> Path:
    """The built-in corpus's vocabulary."""
    from importlib.resources import files

    return Path(str(files("ingest.sources") / "corpus" / "vocabulary.ttl"))


@pytest.fixture(scope="module")
def running(built: Settings) -> Iterator[TestClient]:
    """The built-in corpus's server in this process, one for each file of tests: to start it takes a second."""
    unhurried = built.model_copy(update={"requests_per_minute": 10**6, "queries_per_minute": 10**6})
    with TestClient(create_app(unhurried), base_url="http://localhost:8000") as client:
        yield client


@pytest.fixture
def client(running: TestClient) -> Iterator[TestClient]:
    """The server, asked by somebody whom it has not seen before."""
    headers = dict(running.headers)
    yield running
    running.cookies.clear()
    running.headers.clear()
    running.headers.update(headers)


@pytest.fixture
def corpus() -> Path:
    """The built-in corpus as files."""
    from importlib.resources import files

    return Path(str(files("ingest.sources") / "corpus"))


_DC = (
    '<dc xmlns="http://purl.org/dc/elements/1.1/"><title>Lighthouses of the year {0}</title>'
    "<creator>Marlow, Ada</creator><identifier>https://doi.org/10.5555/{0}</identifier></dc>"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six records in Dublin Core, a file each."""
    root = tmp_path / "in"
    root.mkdir()
    for number in range(6):
        (root / f"{number}.xml").write_text(_DC.format(number))
    return root


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of an empty data folder in which nothing is read."""
    return load_settings(data=tmp_path / "data", encoder="none", cores=1, read=False)
