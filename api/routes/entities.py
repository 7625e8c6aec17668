"""`/v1/people`, `/v1/organisations`, `/v1/venues`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Path, Request, Response
from fastapi.responses import RedirectResponse

from api.answers import answer, documented
from api.deps import Here, Reader
from api.lookup import entity
from api.routes.linked import API
from api.routing import Router
from graph.discovery.people import AgentView, organisation_view, person_view, venue_view
from graph.stores.base import ReadableStore

router = Router(tags=["entities"])

Name = Annotated[str, Path(description="The opaque name at the end of the IRI.", max_length=64)]


def _agent(
    request: Request, here: Here, kind: str, name: str, view: Callable[[ReadableStore, str], AgentView]
) -> Response:
    found = entity(here, kind, name)
    if found.moved:
        return RedirectResponse(f"/v1/{API[kind]}/{found.iri.rsplit('/', 1)[-1]}", status_code=308)
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
