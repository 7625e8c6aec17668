"""An OpenID Connect provider: what it says of itself, its keys, and its exchange of codes for tokens.

OpenID Connect Core 1.0, Discovery 1.0, RFC 7636 (PKCE), RFC 9207 (issuer in the answer). What the provider sends is
bounded and looked at; its own answers to our mistakes are told by their `error` only.
"""

from __future__ import annotations

import secrets
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

import httpx2
import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from ingest.sources.politeness import Politeness
from ingest.sources.web import guarded_client
from ontology.errors import ProviderUnavailable, SignInFailed, SourceError

T = TypeVar("T")
_WELL_KNOWN: Final = "/.well-known/openid-configuration"
_FRESH: Final = 3600.0
"""Seconds for which what the provider says of itself is believed."""
_PAUSE: Final = 10.0
"""Seconds between two looks for new keys: no stream of invented key ids becomes one of requests."""
_POLITE: Final = Politeness(timeout=10, answer_seconds=20, answer_bytes=1 << 20, retries=0)


class Description(msgspec.Struct, frozen=True):
    """What Gnomon needs of a provider's metadata."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class Tokens(msgspec.Struct, frozen=True):
    """What a code was exchanged for."""

    id_token: str
    access_token: str = ""


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt to sign in, kept by the browser until the provider sends it back."""

    state: str
    nonce: str
    verifier: str
    back: str = "/"

    @property
    def challenge(self) -> str:
        """Of the verifier, by S256."""
        return urlsafe_b64encode(sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()


def new_attempt(back: str) -> Attempt:
    """An attempt with fresh secrets, 256 bits each."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    return Attempt(state=state, nonce=nonce, verifier=verifier, back=back)


class Provider:
    """The provider at `issuer`. Every method raises ProviderUnavailable where it does not answer as it should."""

    def __init__(self, issuer: str, client_id: str, client_secret: str, redirect: str, scopes: str) -> None:
        self.issuer, self.client_id = issuer, client_id
        self._secret, self._redirect, self._scopes = client_secret, redirect, scopes
        self._lock = threading.Lock()
        self._known: tuple[float, Description] | None = None
        self._keys: KeySet | None = None
        self._looked = 0.0

    def description(self) -> Description:
        """What the provider says of itself, an hour old at most."""
        with self._lock:
            if self._known is None or time.monotonic() - self._known[0] > _FRESH:
                found = self._get(self.issuer.rstrip("/") + _WELL_KNOWN, Description)
                if found.issuer != self.issuer:
                    raise ProviderUnavailable(
                        f"the provider calls itself {found.issuer[:200]!r}", place=self.issuer,
                        hint="oidc_issuer must be exactly that",
                    )  # fmt: skip
                self._known = (time.monotonic(), found)
            return self._known[1]

    def keys(self, *, newer: bool = False) -> KeySet:
        """Its public keys; `newer` ones are fetched where the last look was some time ago."""
        address = self.description().jwks_uri
        with self._lock:
            now = time.monotonic()
            if self._keys is None or (newer and now - self._looked > _PAUSE) or now - self._looked > _FRESH:
                told = self._get(address, dict[str, Any])
                self._looked = now
                self._keys = _signing(told)
            return self._keys

    def address(self, attempt: Attempt) -> str:
        """Where a browser is sent to sign in."""
        asked = {
            "response_type": "code", "client_id": self.client_id, "redirect_uri": self._redirect,
            "scope": self._scopes, "state": attempt.state, "nonce": attempt.nonce,
            "code_challenge": attempt.challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        endpoint = self.description().authorization_endpoint
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"

    def exchange(self, code: str, attempt: Attempt) -> Tokens:
        """The tokens for a code; SignInFailed where the provider refuses."""
        found = self.description()
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": self._redirect,
            "client_id": self.client_id, "code_verifier": attempt.verifier,
        }  # fmt: skip
        basic = httpx2.Auth()
        if self._secret and "client_secret_basic" in found.token_endpoint_auth_methods_supported:
            basic = httpx2.BasicAuth(_quoted(self.client_id), _quoted(self._secret))
        elif self._secret:
            form["client_secret"] = self._secret

        def post(http: httpx2.Client) -> httpx2.Response:
            return http.post(found.token_endpoint, data=form, auth=basic, follow_redirects=False)

        answer = self._asked(found.token_endpoint, post)
        if answer.status_code in (400, 401):
            said = _decoded(answer, dict[str, Any], found.token_endpoint).get("error", "")
            raise SignInFailed(f"the provider does not accept the sign-in: {str(said)[:100]}", hint="sign in again")
        return self._read(answer, Tokens, found.token_endpoint)

    def userinfo(self, access_token: str) -> Mapping[str, Any]:
        """Claims that the provider tells besides the ID token; none where it has no such endpoint."""
        endpoint = self.description().userinfo_endpoint
        if not endpoint or not access_token:
            return {}
        return self._get(endpoint, dict[str, Any], {"Authorization": f"Bearer {access_token}"})

    def _get(self, address: str, kind: type[T], headers: dict[str, str] | None = None) -> T:
        return self._read(self._asked(address, lambda http: http.get(address), headers), kind, address)

    def _asked(
        self, address: str, ask: Callable[[httpx2.Client], httpx2.Response], headers: dict[str, str] | None = None
    ) -> httpx2.Response:
        try:
            with guarded_client(address, _POLITE, {"Accept": "application/json", **(headers or {})}) as http:
                return ask(http)
        except (httpx2.HTTPError, httpx2.InvalidURL, SourceError) as error:
            raise ProviderUnavailable(f"the provider does not answer: {error}", place=address[:200]) from error

    @staticmethod
    def _read(answer: httpx2.Response, kind: type[T], address: str) -> T:
        if answer.status_code != 200:
            raise ProviderUnavailable(f"the provider answered {answer.status_code}", place=address[:200])
        return _decoded(answer, kind, address)


def _decoded(answer: httpx2.Response, kind: type[T], address: str) -> T:
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except msgspec.DecodeError as error:
        raise ProviderUnavailable(f"the provider's answer makes no sense: {error}", place=address[:200]) from error


def _signing(told: Mapping[str, Any]) -> KeySet:
    """The keys that sign, without those of kinds that are not known here."""
    found = []
    for key in told.get("keys") or ():
        if isinstance(key, dict) and key.get("kty") in ("RSA", "EC", "OKP") and key.get("use", "sig") == "sig":
            try:
                found += KeySet.import_key_set({"keys": [key]}).keys
            except (JoseError, ValueError, KeyError, TypeError):
                continue
    return KeySet(found)


def _quoted(text: str) -> str:
    """As RFC 6749, section 2.3.1, has names and secrets in a Basic header."""
    return urlencode({"": text})[1:]
