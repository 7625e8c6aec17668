"""The page of a reader's profile: consent, what is kept, and forms to change it. No script is needed."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from fastapi import Form, Request, Response
from fastapi.responses import RedirectResponse

from api.deps import Here, Reader, own_page
from api.lookup import resolve
from api.pages import templates
from api.personal.profile import Interest, InterestKind
from api.routes.pages import page_of
from api.routes.profile import CONSENT, COOKIE, profile_of, remember, whole
from api.routing import Router
from api.wiring import Services
from graph.search.base import SearchRequest
from graph.search.query.parse import parse
from ontology.errors import GnomonError, Unauthenticated
from ontology.namespaces import Base

router = Router(include_in_schema=False)
_PAGE: Final = "/page/profile"
_KINDS: Final[dict[str, InterestKind]] = {"person": "person", "organisation": "organisation", "venue": "venue"}
Action = Literal["interest", "no-interest", "list", "unlist", "up", "down", "unrate", "save", "forget", "erase"]


def reader(request: Request, here: Services) -> str:
    """The profile of this browser; empty where there is none."""
    try:
        return profile_of(request, here, None)
    except Unauthenticated:
        return ""


@router.get(_PAGE)
def page(request: Request, here: Here, _: Reader, problem: str = "") -> Response:
    """What is kept, or the question whether anything may be."""
    mine = reader(request, here)
    context = {"consent": CONSENT, "kept": whole(here, mine) if mine else None, "problem": problem[:300],
               "page_of": page_of, "base": here.settings.base_iri}  # fmt: skip
    return templates.TemplateResponse(request, "profile.html", context)


@router.post(f"{_PAGE}/consent")
def agree(request: Request, here: Here, _: Reader) -> Response:
    """The reader has read what is kept and agrees."""
    own_page(request)
    _number, token = here.profile_store.create()
    back = RedirectResponse(_PAGE, status_code=303)
    remember(back, request, token)
    return back


@router.post(_PAGE)
def change(
    request: Request, here: Here, _: Reader, action: Annotated[Action, Form()],
    value: Annotated[str, Form(max_length=4_000)] = "", name: Annotated[str, Form(max_length=200)] = "",
    back: Annotated[str, Form(max_length=4_000)] = _PAGE,
) -> Response:  # fmt: skip
    """One change, then back to where it was asked for."""
    own_page(request)
    mine = profile_of(request, here, None)
    target = back if back.startswith("/") and not back.startswith(("//", "/\\")) else _PAGE
    try:
        _apply(here, mine, action, value, name)
    except GnomonError as error:
        context = {"consent": CONSENT, "kept": whole(here, mine), "problem": str(error), "page_of": page_of,
                   "base": here.settings.base_iri}  # fmt: skip
        return templates.TemplateResponse(request, "profile.html", context, status_code=400)
    answered = RedirectResponse(target, status_code=303)
    if action == "erase":
        answered.delete_cookie(COOKIE)
    return answered


def _apply(here: Services, mine: str, action: Action, value: str, name: str) -> None:
    profiles, searches = here.profiles, here.saved_searches
    if action == "interest":
        iri = resolve(here, value)
        profiles.add_interest(mine, Interest(iri, _kind(here.settings.base, iri), name or value))
    elif action == "list":
        profiles.list_work(mine, value)
    elif action in ("up", "down"):
        profiles.rate(mine, value, 1 if action == "up" else -1)
    elif action == "save":
        parse(value)
        searches.add(mine, name or value, SearchRequest(query=value), shared=False, email="")
    elif action == "forget":
        if searches.owner(value) == mine:
            searches.remove(value)
    elif action == "erase":
        here.profile_store.erase(mine)
    else:
        tables: dict[str, Literal["interest", "reading", "thumb"]] = {
            "no-interest": "interest", "unlist": "reading", "unrate": "thumb",
        }  # fmt: skip
        profiles.drop(mine, tables[action], value)


def _kind(base: Base, iri: str) -> InterestKind:
    local = base.local(iri) or ""
    return _KINDS.get(local.removeprefix("/").removeprefix("id/").partition("/")[0], "concept")
