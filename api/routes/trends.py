"""`/v1/trends` and its page: topics on the rise and on the wane, and bursts."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from api.answers import answer, documented
from api.deps import Here, Reader
from api.pages import templates
from api.problems import status_of
from api.routing import Router
from api.showing.charts import sparks
from api.showing.terms import page_about
from api.trends import TrendsOf, trends_of
from graph.discovery.trends import MOST
from ontology.errors import GnomonError

router = Router(tags=["discovery"])
Of = Annotated[str, Query(description="In the works of a concept, person, organisation or venue: IRI, identifier or "
                                      "name.", max_length=500)]  # fmt: skip
Words = Annotated[str, Query(description="Or of a search: the first 2,000 works it finds by words.", max_length=4000)]
Last = Annotated[int, Query(ge=1, le=20, description="How many years are the last ones.")]
Until = Annotated[int, Query(ge=0, le=9999, description="As seen at the end of this year; 0 for the newest work's.")]
Limit = Annotated[int, Query(ge=1, le=MOST)]


@router.get("/v1/trends", responses=documented(TrendsOf), operation_id="trends")
def find_trends(
    request: Request, here: Here, _: Reader, of: Of = "", q: Words = "", years: Last = 3, until: Until = 0,
    limit: Limit = 10,
) -> Response:  # fmt: skip
    """Topics that emerge, fade, or are in a burst, in the works of something, of a search, or of all."""
    return answer(request, trends_of(here, of, q, years, until, limit))


@router.get("/trends", include_in_schema=False)
def trends_page(
    request: Request, here: Here, _: Reader, of: Of = "", q: Words = "", years: Last = 3, until: Until = 0,
    limit: Limit = 20,
) -> Response:  # fmt: skip
    """The same as a page."""
    asked: TrendsOf | None = None
    problem: GnomonError | None = None
    try:
        asked = trends_of(here, of, q, years, until, limit)
    except GnomonError as error:
        problem = error
    return templates.TemplateResponse(
        request,
        "trends.html",
        {
            "of": of, "q": q, "years": years, "asked": asked, "problem": problem, "sparks": sparks,
            "about": lambda iri: page_about(iri, here.settings.base),
        },
        status_code=status_of(problem) if problem else 200,
    )  # fmt: skip
