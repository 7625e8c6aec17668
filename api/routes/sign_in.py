"""Signing in with a key, or through an OpenID provider: the pages then do what the role allows. No script is needed."""

from __future__ import annotations

import binascii
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, Final
from urllib.parse import urlsplit

import msgspec
from fastapi import Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.auditing.watching import watch_of
from api.deps import KEY_COOKIE, Here, caller_of_cookie, own_page
from api.oidc.provider import Attempt
from api.oidc.sessions import PREFIX
from api.pages import templates
from api.problems import status_of
from api.routing import Router, changes
from api.wiring import Services
from ontology.errors import AccessError, NotFound, SignInFailed, Unauthenticated

router = Router(include_in_schema=False)
_PAGE: Final = "/sign-in"
_DAY: Final = 24 * 3600
ATTEMPT_COOKIE: Final = "gnomon_attempt"
_PATIENCE: Final = 600
"""Seconds that somebody may take at the provider."""
Back = Annotated[str, Query(max_length=8_000)]
_KEPT: Final = 1_500
"""Characters of an address that a cookie has room for."""
Said = Annotated[str, Query(max_length=4_000)]


@router.get(_PAGE)
def page(request: Request, here: Here, back: Annotated[str, Query(max_length=8_000)] = "/") -> Response:
    """Asks for a key, or offers the provider."""
    return _page(request, here, back)


def _page(request: Request, here: Services, back: str, problem: AccessError | None = None) -> Response:
    provider = urlsplit(here.settings.oidc_issuer).hostname if here.people.on else ""
    context = {"back": local(back), "problem": problem, "provider": provider}
    status = status_of(problem) if problem else 200
    if problem:
        watch_of(request).code = problem.code
    return templates.TemplateResponse(request, "sign_in.html", context, status_code=status)


@router.post(_PAGE)
def sign_in(
    request: Request, here: Here, key: Annotated[str, Form(max_length=200)],
    back: Annotated[str, Form(max_length=8_000)] = "/",
) -> Response:  # fmt: skip
    """Keeps the key in a cookie that only our own pages send, for a day."""
    own_page(request)
    try:
        watch_of(request).caller = here.keys.caller(key.strip())
    except Unauthenticated as error:
        return _page(request, here, back, error)
    answered = RedirectResponse(local(back), status_code=303)
    _keep(answered, request, key.strip(), _DAY)
    return answered


def _keep(answered: Response, request: Request, secret: str, seconds: int) -> None:
    secure = request.url.scheme == "https"
    answered.set_cookie(KEY_COOKIE, secret, max_age=seconds, httponly=True, samesite="strict", secure=secure)


@router.get(f"{_PAGE}/provider")
def to_provider(request: Request, here: Here, back: Back = "/") -> Response:
    """Sends the browser to the provider; what it has to bring back stays in a cookie of its own."""
    if not here.people.on:
        raise NotFound("no OpenID provider is set here", hint="the setting oidc_issuer names one")
    attempt, address = here.people.begin(local(back) if len(back) <= _KEPT else "/")
    answered = RedirectResponse(address, status_code=303, headers={"Cache-Control": "no-store"})
    # Lax: the provider's answer is a way from another site. Nothing but this answer reads it.
    answered.set_cookie(
        ATTEMPT_COOKIE, urlsafe_b64encode(msgspec.json.encode(attempt)).decode(), max_age=_PATIENCE, path=_PAGE,
        httponly=True, samesite="lax", secure=request.url.scheme == "https",
    )  # fmt: skip
    return answered


@router.get(f"{_PAGE}/callback")
@changes
def from_provider(
    request: Request, here: Here, code: Said = "", state: Said = "", error: Said = "", iss: Said = ""
) -> Response:  # fmt: skip
    """The provider's answer: a session begins, if it belongs to this browser's attempt."""
    if not here.people.on:
        raise NotFound("no OpenID provider is set here", hint="the setting oidc_issuer names one")
    attempt = _attempt(request)
    try:
        if attempt is None or not state or not hmac.compare_digest(attempt.state.encode(), state.encode()):
            raise SignInFailed("this answer belongs to no attempt of this browser", hint="sign in again")
        if iss and iss != here.settings.oidc_issuer:
            raise SignInFailed("another provider has answered", place="iss")
        if error or not code:
            raise SignInFailed(f"the provider did not sign you in: {error[:100] or 'no code'}", hint="sign in again")
        person, secret = here.people.finish(code, attempt)
    except AccessError as problem:
        answered = _page(request, here, attempt.back if attempt else "/", problem)
        answered.delete_cookie(ATTEMPT_COOKIE, path=_PAGE)
        return answered
    watch_of(request).caller = person
    # A page, not a redirect: browsers do not send a strict cookie along a way that began at another site.
    context, headers = {"back": local(attempt.back)}, {"Cache-Control": "no-store"}
    answered = templates.TemplateResponse(request, "signed_in.html", context, headers=headers)
    _keep(answered, request, secret, round(here.settings.oidc_session_hours * 3600))
    answered.delete_cookie(ATTEMPT_COOKIE, path=_PAGE)
    return answered


def _attempt(request: Request) -> Attempt | None:
    try:
        return msgspec.json.decode(urlsafe_b64decode(request.cookies.get(ATTEMPT_COOKIE, "")), type=Attempt)
    except (msgspec.DecodeError, binascii.Error, ValueError):
        return None


@router.post("/sign-out")
def sign_out(request: Request, here: Here) -> Response:
    """Forgets the key, or ends the session."""
    own_page(request)
    watch_of(request).caller = caller_of_cookie(request)
    kept = request.cookies.get(KEY_COOKIE, "")
    if kept.startswith(PREFIX):
        here.people.sessions.end(kept)
    answered = RedirectResponse("/", status_code=303)
    answered.delete_cookie(KEY_COOKIE)
    return answered


def local(address: str) -> str:
    """The address where it is one of our own pages; the first page otherwise."""
    ours = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if ours and not any(sign < " " for sign in address) else "/"
