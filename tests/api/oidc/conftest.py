"""A provider on this machine, started once a file of tests; a server that knows it, and a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from tests.api.oidc.provider import Running, known_to, started


@pytest.fixture(scope="module")
def provider() -> Iterator[Running]:
    with started() as provider:
        yield provider


@pytest.fixture(scope="module")
def settings(built: Settings, provider: Running) -> Settings:
    return known_to(built, provider)


@pytest.fixture
def browser(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings), base_url="http://localhost:8000", follow_redirects=False) as browser:
        yield browser
