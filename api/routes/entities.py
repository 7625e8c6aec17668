"""`/v1/people`, `/v1/organisations`, `/v1/venues`, and `/id/…`: every IRI of ours answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Path, Request, Response
from fastapi.responses import RedirectResponse

from api.answers import answer, documented
from api.deps import Here, Reader
from api.lookup import entity
from api.routes.pages import templates
from api.routing import Router
from graph.discovery.people import AgentView, organisation_view, person_view, venue_view
from graph.stores.base import ReadableStore
from ontology.errors import Gone, NotFound

router = Router(tags=["entities"])

_API = {"work": "works", "person": "people", "organisation": "organisations", "venue": "venues"}
Name = Annotated[str, Path(description="The opaque name at the end of the IRI.", max_length=64)]


def _agent(
    request: Request, here: Here, kind: str, name: str, view: Callable[[ReadableStore, str], AgentView]
) -> Response:
    found = entity(here, kind, name)
    if found.moved:
        return RedirectResponse(f"/v1/{_API[kind]}/{found.iri.rsplit('/', 1)[-1]}", status_code=308)
    return answer(request, view(here.store, found.iri))


@router.get("/v1/people/{name}", responses=documented(AgentView, moves=True), operation_id="person")
def person(request: Request, here: Here, _: Reader, name: Name) -> Response:
    """A person: names, identifiers, works, co-authors, topics."""
    return _agent(request, here, "person", name, person_view)


@router.get("/v1/organisations/{name}", responses=documented(AgentView, moves=True), operation_id="organisation")
def organisation(request: Request, here: Here, _: Reader, name: Name) -> Response:
    """An organisation: names, identifiers, works, people, topics."""
    return _agent(request, here, "organisation", name, organisation_view)


@router.get("/v1/venues/{name}", responses=documented(AgentView, moves=True), operation_id="venue")
def venue(request: Request, here: Here, _: Reader, name: Name) -> Response:
    """A venue: names, identifiers, works, people, topics."""
    return _agent(request, here, "venue", name, venue_view)


@router.get("/id/{kind}/{name}", include_in_schema=False)
@router.get("/id/{kind}/{name}/{part:path}", include_in_schema=False)
def dereference(request: Request, here: Here, kind: str, name: str, part: str = "") -> Response:
    """303 to the page for people and to the data for programs; 301 where the entity was merged."""
    if kind == "query":
        version = f"?version={part}" if part else ""
        return RedirectResponse(f"/v1/queries/{name}/about{version}", status_code=303)
    if kind not in _API:
        raise NotFound("nothing of this kind is kept here", place=kind)
    html = kind == "work" and "text/html" in request.headers.get("accept", "")
    try:
        found = entity(here, kind, name)
    except Gone as gone:
        if not html:
            raise
        return templates.TemplateResponse(request, "gone.html", {"gone": gone}, status_code=410)
    if found.moved:
        tail = f"/{part}" if part else ""
        return RedirectResponse(f"/id/{kind}/{found.iri.rsplit('/', 1)[-1]}{tail}", status_code=301)
    if html:
        return RedirectResponse(f"/page/work/{name}{f'#{part}' if part else ''}", status_code=303)
    below = "/fragments" if part and kind == "work" else ""
    return RedirectResponse(f"/v1/{_API[kind]}/{name}{below}", status_code=303, headers={"Vary": "Accept"})
