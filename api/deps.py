"""What routes ask for: the services, and a caller whose role and allowance are checked in one place.

A key comes in a header, or a token of the OpenID provider; from our own pages a key or a session in a cookie, which no
other site's page can make use of.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Annotated, Final, cast
from urllib.parse import urlsplit

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader, HTTPBearer

from api.auditing.watching import announced, watch_of
from api.auth import Caller, Role
from api.oidc.sessions import PREFIX
from api.routing import SAFE
from api.wiring import Services
from ontology.errors import AccessError, Forbidden, Unauthenticated

KEY_COOKIE: Final = "gnomon_key"
_header = APIKeyHeader(name="X-API-Key", auto_error=False, description="`gnomon key add NAME --role ROLE` makes one.")

_bearer = HTTPBearer(
    auto_error=False, description="An access or ID token of the OpenID provider, where the settings name one."
)


async def services(request: Request) -> Services:
    """Awaited, as all dependencies of each request are: a thread for each would cost more than they do."""
    return cast("Services", request.app.state.services)


async def caller_of(request: Request, key: str | None) -> Caller:
    """Whoever sent a request; Unauthenticated for a key or a token that is nobody's."""
    found: Services = request.app.state.services
    if key:
        return found.keys.caller(key)
    if found.people.on and (token := _token(request)):
        return await asyncio.to_thread(found.people.of_token, token)
    if signed_in := caller_of_cookie(request):
        return signed_in
    return Caller(_from(request), Role[found.settings.anonymous_role])


def _from(request: Request) -> str:
    return f"address:{request.client.host if request.client else 'unknown'}"


def _token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def caller_of_cookie(request: Request) -> Caller | None:
    """Whoever signed in with this browser; None where nobody did, or the key is no longer known. Changes
    count only from our own pages."""
    key = request.cookies.get(KEY_COOKIE)
    if not key:
        return None
    if request.method not in SAFE:
        own_page(request)
    found: Services = request.app.state.services
    try:
        return found.people.of_session(key) if key.startswith(PREFIX) else found.keys.caller(key)
    except Unauthenticated:
        return None


def own_page(request: Request) -> None:
    """Refuse a change that another site's page asks for (Origin, Sec-Fetch-Site)."""
    origin = request.headers.get("origin", "")
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none") or (
        origin and urlsplit(origin).netloc != request.headers.get("host", "")
    ):
        raise Forbidden("this change was asked for by another site", place="Origin")


async def admitted(request: Request, key: str | None, least: Role, family: str) -> Caller:
    """The caller, where the role is enough and something is left of the allowance. What is refused counts, too."""
    found: Services = request.app.state.services
    limit = found.settings.queries_per_minute if family == "sparql" else found.settings.requests_per_minute
    try:
        caller = await caller_of(request, key)
    except AccessError:
        request.state.allowance = found.allowances.take(family, _from(request), limit, time.time())
        raise
    watch_of(request).caller = caller
    request.state.allowance = found.allowances.take(family, caller.name, limit, time.time())
    missing = lacking(caller, least, request)
    if missing is not None:
        raise missing
    return caller


def allowed(least: Role, family: str = "api") -> Callable[..., Awaitable[Caller]]:
    """A dependency that lets in callers with at least this role, counts the request against their
    allowance and says in headers what is left of it."""

    async def check(
        request: Request, key: Annotated[str | None, Security(_header)], _: Annotated[object, Security(_bearer)]
    ) -> Caller:  # fmt: skip
        caller = await admitted(request, key, least, family)
        await announced(request, caller)
        return caller

    return check


def lacking(caller: Caller, least: Role, request: Request) -> AccessError | None:
    """What to say to a caller whose role is not enough; None where it is."""
    if caller.role >= least:
        return None
    wanted, path = f"this needs the role {least.name}", str(request.scope["path"])
    if caller.name.startswith("address:"):
        return Unauthenticated(wanted, place=path, hint="sign in, or send a key in the header X-API-Key")
    return Forbidden(wanted, place=path, hint=f"you have the role {caller.role.name}")


Here = Annotated[Services, Depends(services)]
Reader = Annotated[Caller, Depends(allowed(Role.reader))]
Analyst = Annotated[Caller, Depends(allowed(Role.analyst, "sparql"))]
Curator = Annotated[Caller, Depends(allowed(Role.curator))]
Admin = Annotated[Caller, Depends(allowed(Role.admin))]
