"""JSON Web Tokens of the provider: accepted only where everything about them is right.

Signature by one of the provider's keys with an algorithm of the allow-list (all of them asymmetric: there is no "none"
and no shared secret), issuer, audience, time with some leeway, kind. RFC 7519, RFC 8725, RFC 9068, OpenID Connect Core.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import (
    BadSignatureError,
    ExpiredTokenError,
    InvalidClaimError,
    InvalidKeyIdError,
    JoseError,
    KeyParameterError,
    MissingClaimError,
)
from joserfc.jws import JWSRegistry
from joserfc.jwt import JWTClaimsRegistry

from api.oidc.provider import Provider
from ontology.errors import TokenRefused

_LONGEST: Final = 16 << 10
_KINDS: Final = ("jwt", "at+jwt", "application/at+jwt")
"""What `typ` may say: other kinds, such as logout tokens, are for other ends."""
_OF_KEYS: Final = (BadSignatureError, InvalidKeyIdError, KeyParameterError)
"""The provider may have changed its keys."""
_HINT: Final = "get a new token from the provider"


class Verifier:
    """Reads tokens of one provider."""

    def __init__(
        self, provider: Provider, algorithms: Sequence[str], leeway: int, now: Callable[[], int] | None = None
    ) -> None:  # fmt: skip
        self._provider, self._leeway, self._now = provider, leeway, now
        self._registry = JWSRegistry(algorithms=list(algorithms), strict_check_header=False)

    def read(self, token: str, audiences: Sequence[str], nonce: str = "") -> dict[str, Any]:
        """The claims of a token meant for one of the audiences; with `nonce` it must answer that attempt.

        Raises TokenRefused, which says what is wrong, and ProviderUnavailable where the keys cannot be had.
        """
        if len(token) > _LONGEST:
            raise TokenRefused("the token is too long", hint=_HINT)
        found = self._signed(token)
        if str(found.header.get("typ", "jwt")).lower() not in _KINDS:
            raise TokenRefused("this is a token of another kind", place="typ", hint="send an access or an ID token")
        claims: dict[str, Any] = found.claims
        expected = JWTClaimsRegistry(
            self._now, self._leeway,
            iss={"essential": True, "value": self._provider.issuer}, aud={"essential": True, "values": [*audiences]},
            exp={"essential": True}, sub={"essential": True},
        )  # fmt: skip
        try:
            expected.validate(claims)
        except ExpiredTokenError as error:
            raise TokenRefused("the token has expired", place="exp", hint=_HINT) from error
        except MissingClaimError as error:
            raise TokenRefused(f"the token lacks {error.claim}", place=str(error.claim), hint=_HINT) from error
        except InvalidClaimError as error:
            raise TokenRefused(_WRONG.get(error.claim, f"{error.claim} is not right"), place=error.claim) from error
        except (TypeError, ValueError, OverflowError) as error:
            raise TokenRefused("the token's claims make no sense", hint=_HINT) from error
        self._parties(claims, nonce)
        return claims

    def _parties(self, claims: dict[str, Any], nonce: str) -> None:
        party = claims.get("azp")
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if nonce and (party or several) and party != self._provider.client_id:
            raise TokenRefused("the token was made for another client", place="azp")
        if nonce and not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
            raise TokenRefused("the token answers another sign-in", place="nonce", hint="sign in again")

    def _signed(self, token: str) -> jwt.Token:
        """The token, its signature checked; keys are fetched anew once, where they may have been changed."""
        for newer in (False, True):
            try:
                return jwt.decode(token, self._provider.keys(newer=newer), registry=self._registry)
            except (JoseError, ValueError, TypeError) as error:
                if newer or not isinstance(error, _OF_KEYS):
                    raise TokenRefused(_why(error), place="signature", hint=_HINT) from error
        raise AssertionError


_WRONG: Final = {
    "iss": "the token is of another issuer", "aud": "the token is meant for somebody else",
    "nbf": "the token is not valid yet", "iat": "the token was issued in the future",
}  # fmt: skip


def _why(error: Exception) -> str:
    if isinstance(error, BadSignatureError):
        return "the token's signature is wrong"
    return "no key of the provider fits this token" if isinstance(error, _OF_KEYS) else "the token cannot be read"
