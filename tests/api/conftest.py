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
from ingest.sources.samples import sample


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a data folder that holds the built-in corpus, without vectors."""
    settings = load_settings(data=tmp_path_factory.mktemp("built") / "data", encoder="none", cores=1)
    found = sample("built-in", settings.data)
    build(settings, found.sources, found.vocabularies, Quiet())
    return settings


@pytest.fixture
def client(built: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(built), base_url="http://localhost:8000") as client:
        yield client


@pytest.fixture
def corpus() -> Path:
    """The built-in corpus as files."""
    from importlib.resources import files

    return Path(str(files("ingest.sources") / "corpus"))
