"""`/v1/experts` and its page: who knows a topic, and the works that show it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from api.answers import answer, documented
from api.deps import Here, Reader
from api.experts import experts_of
from api.pages import templates
from api.problems import status_of
from api.routing import Router
from api.showing.terms import page_about
from graph.discovery.experts import MOST, ExpertsOf
from ontology.errors import GnomonError

router = Router(tags=["discovery"])
Of = Annotated[str, Query(description="A concept, venue, organisation or work: IRI, identifier or name.",
                          max_length=500)]  # fmt: skip
Words = Annotated[str, Query(description="Or a search: its first 300 results.", max_length=4000)]
Within = Annotated[str, Query(description="Only people of this organisation or a part of it.", max_length=500)]
Limit = Annotated[int, Query(ge=1, le=MOST)]


@router.get("/v1/experts", responses=documented(ExpertsOf), operation_id="experts")
def find_experts(
    request: Request, here: Here, _: Reader, of: Of = "", q: Words = "", within: Within = "", limit: Limit = 10
) -> Response:
    """People who know a topic, by the works that show it: how much each is about the topic, the person's share in it,
    how fresh it is."""
    return answer(request, experts_of(here, of, q, within, limit))


@router.get("/experts", include_in_schema=False)
def experts_page(
    request: Request, here: Here, _: Reader, of: Of = "", q: Words = "", within: Within = "", limit: Limit = 20
) -> Response:
    """The same as a page."""
    asked: ExpertsOf | None = None
    problem: GnomonError | None = None
    try:
        asked = experts_of(here, of, q, within, limit) if of or q else None
    except GnomonError as error:
        problem = error
    return templates.TemplateResponse(
        request,
        "experts.html",
        {
            "of": of, "q": q, "within": within, "asked": asked, "problem": problem,
            "about": lambda iri: page_about(iri, here.settings.base),
        },
        status_code=status_of(problem) if problem else 200,
    )  # fmt: skip
