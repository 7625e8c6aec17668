"""`/v1/works`: a work, opened down to the sentence."""

from __future__ import annotations

from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.answers import answer, documented
from api.citing import LINKSET, linkset
from api.deps import Here, Reader
from api.lookup import entity, resolve
from api.routing import Router
from graph.discovery.claims import ClaimView
from graph.discovery.fragments import (
    CitationView,
    FragmentView,
    HighlightView,
    MentionView,
    work_citations,
    work_fragments,
    work_highlights,
    work_mentions,
)
from graph.discovery.works import WorkView, work_claims, work_view
from ontology.errors import NotFound

router = Router(prefix="/v1/works", tags=["works"])

_LINKS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {LINKSET: {"schema": {"type": "object"}}}, "description": "The links (RFC 9264)."},
    304: {"description": "The caller has exactly this (If-None-Match)."},
    308: {"description": "It was merged into another, which is at Location."},
}
Name = Annotated[str, Path(description="The opaque name at the end of the work's IRI.", max_length=64)]


@router.get("", status_code=303, response_class=RedirectResponse, operation_id="find_work")
def find_work(
    here: Here,
    _: Reader,
    id: Annotated[str, Query(description="DOI, PMID, ACL id, IRI or title.", max_length=500)],
) -> Response:
    """Redirects to the work that an identifier or a title names."""
    works, name = here.settings.base.entity("work", ""), resolve(here, id)
    if not name.startswith(works):
        raise NotFound("this names something other than a work", place=id, hint="search for works at /v1/search")
    return RedirectResponse(f"/v1/works/{quote(name.removeprefix(works), safe='')}", status_code=303)


@router.get("/{name}", responses=documented(WorkView, moves=True), operation_id="work")
def work(request: Request, here: Here, _: Reader, name: Name) -> Response:
    """Metadata, people, topics with their reasons, references, citing works and provenance."""
    found = entity(here, "work", name)
    if found.moved:
        return RedirectResponse(f"/v1/works/{found.iri.rsplit('/', 1)[-1]}", status_code=308)
    return answer(request, work_view(here.store, here.settings.base, found.iri))


@router.get("/{name}/linkset", responses=_LINKS, response_class=Response, operation_id="work_linkset")
def work_linkset(request: Request, here: Here, _: Reader, name: Name) -> Response:
    """All typed links of the work's page, its descriptions and its package, as a link set (Signposting, level 2)."""
    found = entity(here, "work", name)
    if found.moved:
        return RedirectResponse(f"/v1/works/{found.iri.rsplit('/', 1)[-1]}/linkset", status_code=308)
    view = work_view(here.store, here.settings.base, found.iri)
    return answer(request, linkset(view, here.settings.base_iri), LINKSET)


@router.get("/{name}/fragments", responses=documented(tuple[FragmentView, ...]), operation_id="work_fragments")
def fragments(request: Request, here: Here, _: Reader, name: Name) -> Response:
    """The text as a tree: sections, paragraphs, sentences, figures, tables, with offsets."""
    return answer(request, work_fragments(here.store, entity(here, "work", name).iri))


@router.get("/{name}/mentions", responses=documented(tuple[MentionView, ...]), operation_id="work_mentions")
def mentions(
    request: Request, here: Here, _: Reader, name: Name, limit: Annotated[int, Query(ge=1, le=20000)] = 5000
) -> Response:
    """Places in the text that name a concept, with confidence and method."""
    return answer(request, work_mentions(here.store, entity(here, "work", name).iri, limit))


@router.get("/{name}/citations", responses=documented(tuple[CitationView, ...]), operation_id="work_citations")
def citations(request: Request, here: Here, _: Reader, name: Name) -> Response:
    """Citations in the text: the sentence, what is cited, and why where it was recognised."""
    return answer(request, work_citations(here.store, entity(here, "work", name).iri))


@router.get("/{name}/highlights", responses=documented(tuple[HighlightView, ...]), operation_id="work_highlights")
def highlights(request: Request, here: Here, _: Reader, name: Name) -> Response:
    """Sentences that tell the work's problem, contribution, results and limitations."""
    return answer(request, work_highlights(here.store, entity(here, "work", name).iri))


@router.get("/{name}/claims", responses=documented(tuple[ClaimView, ...]), operation_id="work_claims")
def claims(
    request: Request, here: Here, _: Reader, name: Name, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> Response:
    """Claims this work supports or disputes, each with its sentences."""
    return answer(request, work_claims(here.store, entity(here, "work", name).iri, limit))
