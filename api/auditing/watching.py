"""Calls over HTTP as they come to the audit log: written down before they change anything, and with their outcome.

Routes say nothing of it: a method other than GET, HEAD and OPTIONS changes something unless its function is marked
`asks_only`, a GET does where it is marked `changes`. What a reader does to a profile of his own is written without a
name, an address and a target: the profile's consent promises that nothing else is kept of him.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final, cast

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auditing.log import Call, Door
from api.auth import ANONYMOUS, Caller
from api.routing import changes_something
from ontology.errors import AuditError

if TYPE_CHECKING:
    from api.wiring import Services

_REFUSED: Final = (401, 403)
_OF_ANOTHER_KIND: Final = frozenset({"ConsentMissing", "QueryForbidden"})
"""Refused, but no role would help."""
_PERSONAL: Final = ("/v1/profile", "/v1/saved", "/page/profile")
_ALERTS: Final = "/v1/saved/alerts"
_SPARQL: Final = ("/sparql", "/graph", "/workspaces")


class Watch:
    """What is known of one request: `number` is its line in the log."""

    def __init__(self, door: Door | None = None) -> None:
        self.number: int | None = None
        self.caller: Caller | None = None
        self.code = ""
        self.targets: list[str] = []
        self.own = False
        """The route says itself when it is about to change something."""
        self.door = door


def watch_of(request: Request) -> Watch:
    """The watch over this request."""
    state = request.scope.setdefault("state", {})
    return cast("Watch", state.setdefault("watch", Watch()))


def touched(request: Request, *targets: str) -> None:
    """Name what a call changes, where its address does not."""
    watch_of(request).targets += targets


async def announced(request: Request, caller: Caller) -> None:
    """Write down that this call may change something, if it may; AuditError where that cannot be written."""
    watch = watch_of(request)
    watch.caller = caller
    if not watch.own and changes_something(request.scope):
        await announce(request)


async def announce(request: Request, *targets: str) -> None:
    """Write it down now, once."""
    watch = watch_of(request)
    touched(request, *targets)
    if watch.number is None:
        here: Services = request.app.state.services
        watch.number = await asyncio.to_thread(here.audit.begin, _call(request.scope, watch))


class Audit:
    """Writes down how calls end, those that are refused, and changes that nobody announced."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self._app = app
        self._here = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        watch = state["watch"] = Watch(state.get("door"))
        status = 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            await self._end(scope, watch, status)

    async def _end(self, scope: Scope, watch: Watch, status: int) -> None:
        log = self._here.audit
        with suppress(AuditError):  # the answer is out; the line without an outcome stays
            if watch.number is not None:
                targets = () if _personal(scope) else tuple(watch.targets)
                await asyncio.to_thread(log.end, watch.number, status, watch.code, targets)
            elif status in _REFUSED and watch.code not in _OF_ANOTHER_KIND:
                await asyncio.to_thread(log.done, _call(scope, watch), status, watch.code, refused=True)
            elif status < 400 and not watch.own and "route" in scope and changes_something(scope):
                await asyncio.to_thread(log.done, _call(scope, watch), status)


def _call(scope: Scope, watch: Watch) -> Call:
    route, path = scope.get("route"), str(scope["path"])
    operation = getattr(route, "operation_id", None) or getattr(route, "path", "") or path
    door = watch.door or _door(path)
    if _personal(scope):
        return Call(who="a reader", role="", door=door, method=scope["method"], operation=operation)
    caller = watch.caller
    who, role = (caller.name, caller.role.name) if caller else ("", "")
    client = scope.get("client")
    return Call(
        who=ANONYMOUS if not who or who.startswith("address:") else who, role=role, door=door,
        address=client[0] if client else "", method=scope["method"], operation=operation, target=_target(scope),
    )  # fmt: skip


def _door(path: str) -> Door:
    if path.startswith("/v1/"):
        return "api"
    return "sparql" if path.startswith(_SPARQL) else "page"


def _target(scope: Scope) -> str:
    """The IRI among the parameters of the path, or else the address itself."""
    named = (str(value) for value in scope.get("path_params", {}).values())
    base = scope["app"].state.services.settings.base_iri
    return next((one for one in named if "://" in one), f"{base}{scope['path']}")


def _personal(scope: Scope) -> bool:
    return str(scope["path"]).startswith(_PERSONAL) and scope["path"] != _ALERTS
