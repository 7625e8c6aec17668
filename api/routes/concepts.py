"""`/v1/concepts`: a concept and everything gathered under it."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.answers import answer, documented
from api.deps import Here, Reader
from api.routing import Router
from graph.discovery.topics import TopicView
from ontology.errors import NotFound

router = Router(prefix="/v1/concepts", tags=["concepts"])


@router.get("", status_code=303, response_class=RedirectResponse, operation_id="find_concept")
def find_concept(
    here: Here,
    _: Reader,
    label: Annotated[str, Query(description="A label in any language.", min_length=1, max_length=300)],
) -> Response:
    """Redirects to the concept a label names best."""
    concept = here.understanding.find(label)
    if concept is None:
        raise NotFound(
            "no concept of the loaded vocabularies has this label", place=label, hint="try another word for it"
        )
    return RedirectResponse(f"/v1/concepts/{quote(concept.iri, safe='')}", status_code=303)


@router.get("/{id:path}", responses=documented(TopicView), operation_id="concept")
def concept(
    request: Request,
    here: Here,
    _: Reader,
    id: Annotated[str, Path(description="The concept's IRI, percent-encoded.", max_length=500)],
    limit: Annotated[int, Query(ge=1, le=100, description="Longest list.")] = 10,
) -> Response:
    """Labels and hierarchy; works (direct and with all narrower concepts), trend, people, venues,
    neighbouring topics, top works and claims."""
    return answer(request, here.topic(id, limit))
