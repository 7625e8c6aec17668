"""An OpenID Connect provider on this machine, and what tests do with it."""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx2
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import RSAKey
from pydantic import SecretStr
from werkzeug.serving import make_server

from api.settings import Settings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import flask
    import oidc_provider_mock
    from authlib import jose

PEOPLE = {
    "ada": {"roles": ["admin"], "name": "Ada"},
    "carl": {"roles": ["editors", "staff"]},
    "vera": {"roles": ["curator"], "gnomon_vocabularies": ["other"]},
    "eve": {},
}


class Running:
    """The provider: what it was asked, and its key."""

    def __init__(self, app: flask.Flask) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self._app = app
        app.before_request(self._note)
        self.server = make_server("127.0.0.1", 0, app, threaded=True)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"

    def _note(self) -> None:
        self.asked.append((flask.request.path, {**flask.request.args, **flask.request.form}))

    def _storage(self) -> Any:
        with self._app.test_request_context("/"):
            self._app.preprocess_request()
            return flask.g.oidc_provider_mock_storage

    @property
    def key(self) -> RSAKey:
        """The key it signs with, the secret part too."""
        key = RSAKey.import_key(self._storage().jwk.as_dict(is_private=True))
        key.ensure_kid()
        return key

    def rotate(self) -> None:
        """Sign with a new key from now on, and forget the old one."""
        self._storage().jwk = jose.JsonWebKey.generate_key("RSA", 2048, is_private=True)

    def times(self, path: str) -> int:
        """How often a path was asked for."""
        return sum(one == path for one, _ in self.asked)


@contextmanager
def started() -> Iterator[Running]:
    """The provider, with the people above."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its libraries warn of their own past
        users = [oidc_provider_mock.User(sub=sub, claims=dict(claims)) for sub, claims in PEOPLE.items()]
        found = Running(oidc_provider_mock.app(require_nonce=True, user_claims=users))
    thread = threading.Thread(target=found.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        found.server.shutdown()
        thread.join()
        found.server.server_close()


def known_to(built: Settings, running: Running) -> Settings:
    """Settings that name the provider."""
    return built.model_copy(update={
        "oidc_issuer": running.issuer, "oidc_client_id": "gnomon", "oidc_client_secret": SecretStr("s:h h"),
        "oidc_audience": "urn:gnomon:api",
        "oidc_roles": {"editors": "curator"}, "oidc_vocabularies_claim": "gnomon_vocabularies",
        "requests_per_minute": 10**6, "queries_per_minute": 10**6,
    })  # fmt: skip


def returned(browser: TestClient, sub: str, back: str = "/queries") -> str:
    """The address that the provider sends the browser back to."""
    sent = browser.get("/sign-in/provider", params={"back": back})
    assert sent.status_code == 303, sent.text
    agreed = httpx2.post(sent.headers["location"], data={"sub": sub}, follow_redirects=False)
    assert agreed.status_code == 302, agreed.text
    found = urlsplit(agreed.headers["location"])
    assert f"{found.scheme}://{found.netloc}{found.path}" == "http://localhost:8000/sign-in/callback"
    return f"{found.path}?{found.query}"


def signed_in(browser: TestClient, sub: str) -> Any:
    """The page that ends a sign-in."""
    done = browser.get(returned(browser, sub))
    assert done.status_code == 200, done.text
    return done


def token(running: Running, key: Any = None, header: dict[str, Any] | None = None, **claims: Any) -> str:
    """An access token for the API as the provider signs them; claims that are None are left out."""
    now = int(time.time())
    said = {"iss": running.issuer, "aud": "urn:gnomon:api", "sub": "ada", "iat": now, "exp": now + 300,
            "roles": ["admin"], **claims}  # fmt: skip
    head = {"alg": "RS256", "kid": running.key.kid, "typ": "at+jwt", **(header or {})}
    told = {name: value for name, value in said.items() if value is not None}
    return jwt.encode(head, told, key or running.key, algorithms=[head["alg"]])


def asked(browser: TestClient, bearer: str) -> Any:
    return browser.get("/v1/audit?limit=1", headers={"Authorization": f"Bearer {bearer}"})
