"""Signing in and tokens by OpenID Connect, against a provider that runs on this machine."""

from __future__ import annotations

import hmac
import json
import threading
import time
import warnings
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from fastapi.testclient import TestClient
from joserfc import jws, jwt
from joserfc.jwk import RSAKey
from pydantic import SecretStr, ValidationError
from typer.testing import CliRunner
from werkzeug.serving import make_server

from api.app import create_app
from api.auditing.log import Wanted, audit_log
from api.auth import Keys, Role
from api.cli.main import app as commands
from api.oidc import provider as provider_module
from api.oidc.people import person_of
from api.oidc.provider import new_attempt
from api.oidc.sessions import Sessions
from api.routes.sign_in import ATTEMPT_COOKIE
from api.settings import Settings, load_settings
from ontology.curation.scope import Scope
from ontology.errors import SettingsError, TokenRefused, Unauthenticated

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
EDIT = {"edits": [{"edit": "add-label", "concept": "https://example.org/gnomon/sample/bm25", "text": "Okapi 25"}]}


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


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        users = [oidc_provider_mock.User(sub=sub, claims=dict(claims)) for sub, claims in PEOPLE.items()]
        found = Running(oidc_provider_mock.app(require_nonce=True, user_claims=users))
        thread = threading.Thread(target=found.server.serve_forever, daemon=True)
        thread.start()
        yield found
        found.server.shutdown()
        thread.join()
        found.server.server_close()


@pytest.fixture(scope="module")
def settings(built: Settings, running: Running) -> Settings:
    return built.model_copy(update={
        "oidc_issuer": running.issuer, "oidc_client_id": "gnomon", "oidc_client_secret": SecretStr("s:h h"),
        "oidc_audience": "urn:gnomon:api",
        "oidc_roles": {"editors": "curator"}, "oidc_vocabularies_claim": "gnomon_vocabularies",
        "requests_per_minute": 10**6, "queries_per_minute": 10**6,
    })  # fmt: skip


@pytest.fixture
def browser(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings), base_url="http://localhost:8000", follow_redirects=False) as browser:
        yield browser


@pytest.fixture(autouse=True)
def quietly() -> Iterator[None]:
    """The provider's libraries warn of their own past."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


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


def test_people_sign_in_with_the_provider_and_out(browser: TestClient, settings: Settings, running: Running) -> None:
    assert f"Sign in through {urlsplit(running.issuer).hostname}" in browser.get("/sign-in").text
    done = signed_in(browser, "ada")
    assert 'content="0; url=/queries"' in done.text
    cookies = [one for name, one in done.headers.multi_items() if name == "set-cookie"]
    session = next(one for one in cookies if one.startswith("gnomon_key=gs_"))
    assert "HttpOnly" in session
    assert "samesite=strict" in session.lower()
    assert ATTEMPT_COOKIE not in browser.cookies
    assert browser.get("/v1/audit").status_code == 200
    assert "Signed in as <strong>ada</strong>" in browser.get("/").text
    told = audit_log(settings).page(Wanted(who="ada", operation="/sign-in/callback")).entries[0]
    assert (told.who, told.role, told.status) == ("person:ada", "admin", 200)
    kept = browser.cookies["gnomon_key"]
    assert kept.encode() not in (settings.data / "keys.sqlite").read_bytes()
    assert browser.post("/sign-out").status_code == 303
    browser.cookies.set("gnomon_key", kept)
    assert browser.get("/v1/audit").status_code == 401


def test_the_code_is_of_use_to_nobody_else(browser: TestClient, running: Running) -> None:
    """The provider is shown the hash of a secret first and the secret afterwards (PKCE, S256)."""
    running.asked.clear()
    signed_in(browser, "ada")
    begun = next(said for path, said in running.asked if path == "/oauth2/authorize")
    ended = next(said for path, said in running.asked if path == "/oauth2/token")
    challenge = urlsafe_b64encode(sha256(ended["code_verifier"].encode()).digest()).rstrip(b"=").decode()
    assert (begun["code_challenge"], begun["code_challenge_method"]) == (challenge, "S256")
    assert len(ended["code_verifier"]) >= 43
    assert ended["redirect_uri"] == begun["redirect_uri"]
    assert begun["nonce"] != begun["state"]


def test_an_answer_to_another_attempt_is_refused(browser: TestClient, settings: Settings) -> None:
    address = returned(browser, "ada")
    attempt = browser.cookies[ATTEMPT_COOKIE]
    wrong = {
        "another state": address.replace("state=", "state=x"), "no state": address.partition("&state")[0],
        "another provider": f"{address}&iss=https%3A%2F%2Fevil.example", "refused": "/sign-in/callback?error=no&"
        + address.partition("&")[2],
    }  # fmt: skip
    for why, asked_for in wrong.items():
        browser.cookies.set(ATTEMPT_COOKIE, attempt, domain="localhost.local", path="/sign-in")
        answer = browser.get(asked_for)
        assert answer.status_code == 401, why
        assert "gnomon_key" not in browser.cookies, why
    browser.cookies.clear()
    assert browser.get(address).status_code == 401  # another browser's
    told = audit_log(settings).page(Wanted(operation="/sign-in/callback", refused=True)).entries
    assert len(told) >= 5
    assert told[0].code == "SignInFailed"


def test_a_token_for_another_attempt_is_refused(browser: TestClient) -> None:
    """A code that was made for one attempt is put into another: the nonce tells."""
    address = returned(browser, "ada")
    stolen = parse_qs(urlsplit(address).query)
    mine = new_attempt("/")
    encoded = urlsafe_b64encode(json.dumps({name: getattr(mine, name) for name in mine.__struct_fields__}).encode())
    browser.cookies.clear()
    answer = browser.get("/sign-in/callback", params={"code": stolen["code"][0], "state": mine.state},
                         headers={"Cookie": f"{ATTEMPT_COOKIE}={encoded.decode()}"})  # fmt: skip
    assert answer.status_code == 401
    assert "another sign-in" in answer.text


def test_a_code_counts_once(browser: TestClient) -> None:
    address = returned(browser, "ada")
    attempt = browser.cookies[ATTEMPT_COOKIE]
    assert browser.get(address).status_code == 200
    again = browser.get(address, headers={"Cookie": f"{ATTEMPT_COOKIE}={attempt}"})
    assert again.status_code == 401
    assert "invalid_grant" in again.text


def test_after_signing_in_nobody_is_led_elsewhere(browser: TestClient) -> None:
    for back in ("https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example"):
        assert 'url=/"' in browser.get(returned(browser, "eve", back)).text
    long = browser.get(returned(browser, "eve", "/?q=" + "a" * 5_000))
    assert 'url=/"' in long.text


def test_tokens_are_accepted_in_the_api(browser: TestClient, running: Running) -> None:
    assert asked(browser, token(running)).status_code == 200
    assert asked(browser, token(running, aud=["urn:other", "gnomon"], header={"typ": "JWT"})).status_code == 200
    late = int(time.time()) - 30
    assert asked(browser, token(running, exp=late)).status_code == 200  # clocks differ
    reader = asked(browser, token(running, roles=None, sub="eve"))
    assert (reader.status_code, reader.json()["code"]) == (403, "Forbidden")
    update = {"update": "INSERT DATA { <urn:a> <urn:b> <urn:c> }"}
    sent = {"Authorization": f"bearer {token(running, sub='carl', roles='editors')}"}
    assert browser.put("/workspaces/of-carl", headers=sent).status_code == 201
    assert browser.post("/workspaces/of-carl/sparql", data=update, headers=sent).status_code == 204


def _unsigned(running: Running) -> str:
    head, body, _ = token(running).split(".")
    none = urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    assert head != none
    return f"{none}.{body}."


def _with_public_key_as_secret(running: Running) -> str:
    """What a careless verifier takes for signed: HMAC with the public key, which everybody has."""
    body = token(running).split(".")[1]
    head = urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": running.key.kid}).encode()).rstrip(b"=").decode()
    signed = hmac.digest(running.key.as_pem(private=False), f"{head}.{body}".encode(), "sha256")
    return f"{head}.{body}.{urlsafe_b64encode(signed).rstrip(b'=').decode()}"


def _tampered(running: Running) -> str:
    head, body, signature = token(running, roles=[]).split(".")
    other = token(running).split(".")[1]
    assert other != body
    return f"{head}.{other}.{signature}"


FORGED = {
    "expired": lambda r: token(r, exp=int(time.time()) - 90),
    "not yet": lambda r: token(r, nbf=int(time.time()) + 600),
    "of tomorrow": lambda r: token(r, iat=int(time.time()) + 600),
    "for others": lambda r: token(r, aud="urn:other"),
    "for nobody": lambda r: token(r, aud=None),
    "no audience": lambda r: token(r, aud=[]),
    "another issuer": lambda r: token(r, iss="https://evil.example"),
    "no issuer": lambda r: token(r, iss=None),
    "for ever": lambda r: token(r, exp=None),
    "no number": lambda r: token(r, exp="tomorrow"),
    "nobody": lambda r: token(r, sub=None),
    "a name with a line break": lambda r: token(r, sub="ada\nx"),
    "a number": lambda r: token(r, sub=7),
    "a name too long": lambda r: token(r, sub="a" * 500),
    "another key": lambda r: token(r, RSAKey.generate_key(2048), {"kid": r.key.kid}),
    "an unknown key": lambda r: token(r, RSAKey.generate_key(2048), {"kid": "theirs"}),
    "an algorithm not listed": lambda r: token(r, header={"alg": "RS512"}),
    "a logout token": lambda r: token(r, header={"typ": "logout+jwt"}),
    "critical and unknown": lambda r: token(r) + "x",
    "unsigned": _unsigned,
    "the public key as a secret": _with_public_key_as_secret,
    "tampered with": _tampered,
    "no token": lambda r: "gn_something",
    "nothing in it": lambda r: "..",
    "too long": lambda r: token(r, x="a" * 20_000),
    "no claims": lambda r: jws.serialize_compact({"alg": "RS256", "kid": r.key.kid}, b"[]", r.key),
}  # fmt: skip


@pytest.mark.parametrize("how", FORGED)
def test_other_tokens_are_refused_and_it_is_told(
    browser: TestClient, running: Running, settings: Settings, how: str
) -> None:
    answer = asked(browser, FORGED[how](running))
    assert (answer.status_code, answer.json()["code"]) == (401, "TokenRefused"), answer.text
    assert 'Bearer error="invalid_token"' in answer.headers["www-authenticate"]
    told = audit_log(settings).page(limit=1).entries[0]
    assert (told.refused, told.code, told.who) == (True, "TokenRefused", "anonymous")


def test_the_providers_own_token_for_another_client_is_refused(browser: TestClient, running: Running) -> None:
    asked_for = {"response_type": "code", "client_id": "other", "redirect_uri": "http://localhost/x",
                 "scope": "openid", "nonce": "n-other"}  # fmt: skip
    sent = httpx2.post(f"{running.issuer}/oauth2/authorize", params=asked_for, data={"sub": "ada"})
    code = parse_qs(urlsplit(sent.headers["location"]).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": "http://localhost/x"}
    told = httpx2.post(f"{running.issuer}/oauth2/token", data=form, auth=("other", "secret")).json()
    answer = asked(browser, told["id_token"])
    assert answer.json()["detail"] == "the token is meant for somebody else"
    assert asked(browser, told["access_token"]).status_code == 401  # opaque: nobody can tell what it is for


def test_new_keys_are_found_and_old_ones_forgotten(
    browser: TestClient, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = token(running)
    assert asked(browser, old).status_code == 200
    before = running.times("/jwks")
    for number in range(20):
        assert asked(browser, token(running, header={"kid": f"invented-{number}"})).status_code == 401
    assert running.times("/jwks") - before <= 1
    running.rotate()
    monkeypatch.setattr(provider_module, "_PAUSE", 0.0)
    assert asked(browser, token(running)).status_code == 200
    assert asked(browser, old).status_code == 401


def test_a_provider_that_is_away_is_told(settings: Settings) -> None:
    away = settings.model_copy(update={"oidc_issuer": "http://127.0.0.1:9"})
    with TestClient(create_app(away), base_url="http://localhost:8000") as client:
        for answer in (client.get("/sign-in/provider"), asked(client, "a.b.c")):
            assert (answer.status_code, answer.json()["code"]) == (503, "ProviderUnavailable")
        assert client.get("/v1/search?q=library").status_code == 200


def test_a_provider_by_another_name_is_not_believed(settings: Settings, running: Running) -> None:
    other = settings.model_copy(update={"oidc_issuer": running.issuer.replace("127.0.0.1", "localhost") + "/"})
    with TestClient(create_app(other), base_url="http://localhost:8000") as client:
        assert asked(client, token(running)).json()["code"] == "ProviderUnavailable"


def test_how_far_a_curators_word_reaches_is_told_by_a_claim(browser: TestClient, settings: Settings) -> None:
    signed_in(browser, "vera")
    own = {"Origin": "http://localhost:8000"}
    refused = browser.post("/v1/vocabularies/vocabulary/edits", json=EDIT, headers=own)
    assert (refused.status_code, refused.json()["code"]) == (403, "Forbidden")
    assert "other only" in refused.json()["detail"]
    browser.cookies.clear()
    signed_in(browser, "carl")
    elsewhere = browser.post("/v1/vocabularies/vocabulary/edits", json=EDIT, headers={"Origin": "https://evil.example"})
    assert elsewhere.status_code == 403


def test_without_a_provider_nothing_is_offered(built: Settings, running: Running) -> None:
    with TestClient(create_app(built), base_url="http://localhost:8000") as client:
        assert client.get("/sign-in/provider").status_code == 404
        assert client.get("/sign-in/callback?code=a&state=b").status_code == 404
        assert "through" not in client.get("/sign-in").text
        assert client.get("/v1/search?q=a", headers={"Authorization": f"Bearer {token(running)}"}).status_code == 200
        assert asked(client, token(running)).status_code == 401


def made(built: Settings, **update: Any) -> Settings:
    return built.model_copy(update={"anonymous_role": "none", **update})


@pytest.mark.parametrize(
    ("claims", "update", "role", "scope"),
    [
        ({}, {}, Role.reader, Scope()),
        ({}, {"oidc_default_role": "none"}, Role.none, Scope()),
        ({}, {"oidc_default_role": "none", "anonymous_role": "analyst"}, Role.analyst, Scope()),
        ({"roles": "reader admin"}, {}, Role.admin, Scope()),
        ({"roles": ["none", 7, None, "superuser"]}, {}, Role.reader, Scope()),
        ({"realm_access": {"roles": ["analyst"]}}, {"oidc_roles_claim": "realm_access.roles"}, Role.analyst, Scope()),
        ({"https://x/y.z": ["cat"]}, {"oidc_roles_claim": "https://x/y.z", "oidc_roles": {"cat": "curator"}},
         Role.curator, Scope()),
        ({"roles": ["curator"], "v": ["cso", "mesh"], "l": "de fr"},
         {"oidc_vocabularies_claim": "v", "oidc_languages_claim": "l"}, Role.curator,
         Scope(("cso", "mesh"), ("de", "fr"))),
        ({"roles": ["curator"], "v": []}, {"oidc_vocabularies_claim": "v"}, Role.analyst, Scope()),
        ({"roles": ["admin"], "v": ["cso"]}, {"oidc_vocabularies_claim": "v"}, Role.admin, Scope()),
    ],
)  # fmt: skip
def test_roles_come_from_claims(
    built: Settings, claims: dict[str, Any], update: dict[str, Any], role: Role, scope: Scope
) -> None:
    person = person_of({"sub": "ada", **claims}, made(built, **update))
    assert (person.name, person.role, person.scope) == ("person:ada", role, scope)


def test_names_come_from_a_claim(built: Settings) -> None:
    assert person_of({"sub": "x", "email": "a@b"}, made(built, oidc_name_claim="email")).name == "person:a@b"
    with pytest.raises(TokenRefused):
        person_of({"sub": "x"}, made(built, oidc_name_claim="email"))


def test_a_key_has_no_persons_name(built: Settings) -> None:
    with pytest.raises(SettingsError):
        Keys(built.data / "keys.sqlite").add("person:ada", Role.admin)


def test_sessions_end(built: Settings) -> None:
    sessions = Sessions(built.data / "keys.sqlite")
    over = sessions.begin("person:zoe", Role.reader, Scope(), -1)
    with pytest.raises(Unauthenticated):
        sessions.find(over)
    two = [sessions.begin("person:zoe", Role.curator, Scope(("cso",), ("de",)), 1) for _ in range(2)]
    assert sessions.find(two[0])[1] == Scope(("cso",), ("de",))
    done = CliRunner().invoke(commands, ["key", "revoke", "person:zoe", "--data", str(built.data)])
    assert done.exit_code == 0, done.output
    for one in two:
        with pytest.raises(Unauthenticated):
            sessions.find(one)


@pytest.mark.parametrize(
    "said",
    [{"oidc_issuer": "http://idp.example"}, {"oidc_algorithms": ["HS256"]}, {"oidc_algorithms": ["none"]},
     {"oidc_scopes": "profile"}, {"oidc_roles": {"x": "king"}}, {"oidc_leeway": 10**6}],
)  # fmt: skip
def test_settings_that_are_not_safe_are_refused(said: dict[str, Any]) -> None:
    with pytest.raises((SettingsError, ValidationError)):
        load_settings(**said)
