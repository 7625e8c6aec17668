"""People as the provider's claims describe them: a name, a role, and how far a curator's word reaches."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

from api.auth import PERSON, Caller, Role
from api.oidc.provider import Attempt, Provider, new_attempt
from api.oidc.sessions import Sessions
from api.oidc.tokens import Verifier
from api.settings import Settings
from ontology.curation.scope import Scope
from ontology.errors import SettingsError, TokenRefused

_LONGEST: Final = 200


class People:
    """Whoever signs in through the provider of the settings; off where they name none."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.sessions = Sessions(settings.data / "keys.sqlite")

    @property
    def on(self) -> bool:
        """Whether there is a provider."""
        return bool(self._settings.oidc_issuer)

    @cached_property
    def provider(self) -> Provider:
        """The provider. SettingsError where the settings do not suffice."""
        of = self._settings
        if not of.oidc_issuer or not of.oidc_client_id:
            raise SettingsError("no OpenID provider is set", place="oidc_issuer, oidc_client_id")
        redirect = of.oidc_redirect or f"{of.base_iri}/sign-in/callback"
        secret = of.oidc_client_secret.get_secret_value()
        return Provider(of.oidc_issuer, of.oidc_client_id, secret, redirect, of.oidc_scopes)

    @cached_property
    def _verifier(self) -> Verifier:
        return Verifier(self.provider, self._settings.oidc_algorithms, self._settings.oidc_leeway)

    def begin(self, back: str) -> tuple[Attempt, str]:
        """An attempt to sign in, and where to send the browser."""
        attempt = new_attempt(back)
        return attempt, self.provider.address(attempt)

    def finish(self, code: str, attempt: Attempt) -> tuple[Caller, str]:
        """Who signed in, and the secret of the session: the browser keeps it. Raises as `Provider` and `Verifier`."""
        tokens = self.provider.exchange(code, attempt)
        claims = self._verifier.read(tokens.id_token, [self._settings.oidc_client_id], attempt.nonce)
        if _claim(claims, self._settings.oidc_roles_claim) is None:
            told = self.provider.userinfo(tokens.access_token)
            if told and told.get("sub") != claims["sub"]:
                raise TokenRefused("the provider tells of somebody else", place="sub")
            claims = {**told, **claims}
        person = person_of(claims, self._settings)
        secret = self.sessions.begin(person, self._settings.oidc_session_hours)
        return person, secret

    def of_token(self, token: str) -> Caller:
        """Whose access or ID token this is. Raises as `Verifier`."""
        settings = self._settings
        audiences = [one for one in (settings.oidc_audience, settings.oidc_client_id) if one]
        return person_of(self._verifier.read(token, audiences), settings)

    def of_session(self, secret: str) -> Caller:
        """Whose session this is; Unauthenticated where there is none, or it is over."""
        return self.sessions.find(secret)


def person_of(claims: Mapping[str, Any], settings: Settings) -> Caller:
    """Who the claims say it is. TokenRefused for a name that cannot be one."""
    told = _claim(claims, settings.oidc_name_claim)
    name = told if isinstance(told, str) else ""
    if not name.strip() or len(name) > _LONGEST or any(unicodedata.category(sign)[0] == "C" for sign in name):
        raise TokenRefused("the token names nobody", place=settings.oidc_name_claim)
    given = [settings.oidc_roles.get(one, one) for one in _listed(_claim(claims, settings.oidc_roles_claim))]
    known = [Role[one] for one in given if one in Role.__members__ and one != "none"]
    role = max(known, default=Role[settings.oidc_default_role])
    scope = Scope()
    if role == Role.curator:
        vocabularies = _limits(claims, settings.oidc_vocabularies_claim)
        languages = _limits(claims, settings.oidc_languages_claim)
        if vocabularies is None or languages is None:
            role = Role.analyst  # it names nothing that may be edited
        else:
            scope = Scope(vocabularies, languages)
    return Caller(PERSON + name, max(role, Role[settings.anonymous_role]), scope)


def _limits(claims: Mapping[str, Any], name: str) -> tuple[str, ...] | None:
    """What a claim limits a curator to: nothing where it is not there, None where it names nothing."""
    told = _claim(claims, name) if name else None
    return () if told is None else tuple(_listed(told)) or None


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    """A claim by its name, or by a path of names with dots between (`realm_access.roles`)."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _listed(told: Any) -> list[str]:
    """A list of texts, or one text with spaces between."""
    if isinstance(told, str):
        return told.split()
    return [one for one in told if isinstance(one, str) and one.strip()] if isinstance(told, list) else []
