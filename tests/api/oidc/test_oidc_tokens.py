"""Tokens of an OpenID provider in the API: those that count, those that do not, and how far each reaches."""

from __future__ import annotations

import hmac
import json
import time
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from fastapi.testclient import TestClient
from joserfc import jws
from joserfc.jwk import RSAKey

from api.app import create_app
from api.auditing.log import audit_log
from api.oidc import provider as provider_module
from api.settings import Settings
from ontology.errors import Forbidden
from tests.api.oidc.provider import Running, asked, signed_in, token

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def test_tokens_are_accepted_in_the_api(browser: TestClient, provider: Running) -> None:
    assert asked(browser, token(provider)).status_code == 200
    assert asked(browser, token(provider, aud=["urn:other", "gnomon"], header={"typ": "JWT"})).status_code == 200
    late = int(time.time()) - 30
    assert asked(browser, token(provider, exp=late)).status_code == 200  # clocks differ
    reader = asked(browser, token(provider, roles=None, sub="eve"))
    assert (reader.status_code, reader.json()["code"]) == (403, "Forbidden")
    update = {"update": "INSERT DATA { <urn:a> <urn:b> <urn:c> }"}
    sent = {"Authorization": f"bearer {token(provider, sub='carl', roles='editors')}"}
    assert browser.put("/workspaces/of-carl", headers=sent).status_code == 201
    assert browser.post("/workspaces/of-carl/sparql", data=update, headers=sent).status_code == 204


def _unsigned(provider: Running) -> str:
    head, body, _ = token(provider).split(".")
    none = urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    assert head != none
    return f"{none}.{body}."


def _with_public_key_as_secret(provider: Running) -> str:
    """What a careless verifier takes for signed: HMAC with the public key, which everybody has."""
    body = token(provider).split(".")[1]
    head = urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": provider.key.kid}).encode()).rstrip(b"=").decode()
    signed = hmac.digest(provider.key.as_pem(private=False), f"{head}.{body}".encode(), "sha256")
    return f"{head}.{body}.{urlsafe_b64encode(signed).rstrip(b'=').decode()}"


def _tampered(provider: Running) -> str:
    head, body, signature = token(provider, roles=[]).split(".")
    other = token(provider).split(".")[1]
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
    browser: TestClient, provider: Running, settings: Settings, how: str
) -> None:
    answer = asked(browser, FORGED[how](provider))
    assert (answer.status_code, answer.json()["code"]) == (401, "TokenRefused"), answer.text
    assert 'Bearer error="invalid_token"' in answer.headers["www-authenticate"]
    told = audit_log(settings).page(limit=1).entries[0]
    assert (told.refused, told.code, told.who) == (True, "TokenRefused", "anonymous")


def test_the_providers_own_token_for_another_client_is_refused(browser: TestClient, provider: Running) -> None:
    asked_for = {"response_type": "code", "client_id": "other", "redirect_uri": "http://localhost/x",
                 "scope": "openid", "nonce": "n-other"}  # fmt: skip
    sent = httpx2.post(f"{provider.issuer}/oauth2/authorize", params=asked_for, data={"sub": "ada"})
    code = parse_qs(urlsplit(sent.headers["location"]).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": "http://localhost/x"}
    told = httpx2.post(f"{provider.issuer}/oauth2/token", data=form, auth=("other", "secret")).json()
    answer = asked(browser, told["id_token"])
    assert answer.json()["detail"] == "the token is meant for somebody else"
    assert asked(browser, told["access_token"]).status_code == 401  # opaque: nobody can tell what it is for


def test_new_keys_are_found_and_old_ones_forgotten(
    browser: TestClient, provider: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = token(provider)
    assert asked(browser, old).status_code == 200
    before = provider.times("/jwks")
    for number in range(20):
        assert asked(browser, token(provider, header={"kid": f"invented-{number}"})).status_code == 401
    assert provider.times("/jwks") - before <= 1
    provider.rotate()
    monkeypatch.setattr(provider_module, "_PAUSE", 0.0)
    assert asked(browser, token(provider)).status_code == 200
    assert asked(browser, old).status_code == 401


def test_a_provider_that_is_away_is_told(settings: Settings) -> None:
    away = settings.model_copy(update={"oidc_issuer": "http://127.0.0.1:9"})
    with TestClient(create_app(away), base_url="http://localhost:8000") as client:
        for answer in (client.get("/sign-in/provider"), asked(client, "a.b.c")):
            assert (answer.status_code, answer.json()["code"]) == (503, "ProviderUnavailable")
        assert client.get("/v1/search?q=library").status_code == 200


def test_a_provider_by_another_name_is_not_believed(settings: Settings, provider: Running) -> None:
    other = settings.model_copy(update={"oidc_issuer": provider.issuer.replace("127.0.0.1", "localhost") + "/"})
    with TestClient(create_app(other), base_url="http://localhost:8000") as client:
        assert asked(client, token(provider)).json()["code"] == "ProviderUnavailable"


def test_each_token_and_session_has_its_own_reach(browser: TestClient, provider: Running) -> None:
    """One person in several ways at once, by turns: what one may do is no matter of what another may."""
    there = "https://example.org/gnomon/sample/bm25"
    nothing = {
        "edits": [{"edit": kind, "concept": there, "text": "Okapi 25"} for kind in ("add-label", "remove-label")]
    }

    def outcome(vocabularies: list[str] | None) -> str:
        told: dict[str, Any] = {"sub": "vera", "roles": ["curator"], "gnomon_vocabularies": vocabularies}
        bearer = {"Authorization": f"Bearer {token(provider, **told)}"} if vocabularies else {}
        sent = {"Origin": "http://localhost:8000", **bearer}
        return str(browser.post("/v1/vocabularies/vocabulary/edits", json=nothing, headers=sent).json()["code"])

    signed_in(browser, "vera")  # her session: "other" only
    turns = [["vocabulary"], ["other"], ["vocabulary"], None, ["vocabulary", "other"], None, ["vocabulary"]]
    may = ["vocabulary" in (turn or ()) for turn in turns]
    assert [outcome(turn) for turn in turns] == ["EditRefused" if one else "Forbidden" for one in may]


def test_a_decision_of_another_process_reaches_as_far(
    browser: TestClient, provider: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Terms are decided on by a command, which is told the scope of the token that asked for it."""
    told: list[str] = []

    def noted(_settings: Settings, arguments: list[str], _kind: object) -> object:
        told.extend(arguments)
        raise Forbidden("said")

    monkeypatch.setattr("api.routes.deciding.run_command", noted)
    sent = {"Authorization": f"Bearer {token(provider, sub='vera', roles='curator', gnomon_vocabularies='other more')}"}
    assert browser.post(f"/v1/candidates/{'a' * 20}/reject", json={}, headers=sent).status_code == 403
    assert told[2:6] == ["--note=", "--by=person:vera", "--only-vocabulary=other", "--only-vocabulary=more"]
