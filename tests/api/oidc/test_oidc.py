"""Signing in by OpenID Connect, against a provider that runs on this machine."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError
from typer.testing import CliRunner

from api.app import create_app
from api.auditing.log import Wanted, audit_log
from api.auth import Caller, Keys, Role
from api.cli.main import app as commands
from api.oidc.people import person_of
from api.oidc.provider import new_attempt
from api.oidc.sessions import Sessions
from api.routes.sign_in import ATTEMPT_COOKIE
from api.settings import Settings, load_settings
from ontology.curation.scope import Scope
from ontology.errors import SettingsError, TokenRefused, Unauthenticated
from tests.api.oidc.provider import Running, asked, returned, signed_in, token

EDIT = {"edits": [{"edit": "add-label", "concept": "https://example.org/gnomon/sample/bm25", "text": "Okapi 25"}]}

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def test_people_sign_in_with_the_provider_and_out(browser: TestClient, settings: Settings, provider: Running) -> None:
    assert f"Sign in through {urlsplit(provider.issuer).hostname}" in browser.get("/sign-in").text
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


def test_the_code_is_of_use_to_nobody_else(browser: TestClient, provider: Running) -> None:
    """The provider is shown the hash of a secret first and the secret afterwards (PKCE, S256)."""
    provider.asked.clear()
    signed_in(browser, "ada")
    begun = next(said for path, said in provider.asked if path == "/oauth2/authorize")
    ended = next(said for path, said in provider.asked if path == "/oauth2/token")
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


def test_without_a_provider_nothing_is_offered(built: Settings, provider: Running) -> None:
    with TestClient(create_app(built), base_url="http://localhost:8000") as client:
        assert client.get("/sign-in/provider").status_code == 404
        assert client.get("/sign-in/callback?code=a&state=b").status_code == 404
        assert "through" not in client.get("/sign-in").text
        assert client.get("/v1/search?q=a", headers={"Authorization": f"Bearer {token(provider)}"}).status_code == 200
        assert asked(client, token(provider)).status_code == 401


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
    over = sessions.begin(Caller("person:zoe", Role.reader), -1)
    with pytest.raises(Unauthenticated):
        sessions.find(over)
    zoe = Caller("person:zoe", Role.curator, Scope(("cso",), ("de",)))
    two = [sessions.begin(zoe, 1) for _ in range(2)]
    assert sessions.find(two[0]) == zoe
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
