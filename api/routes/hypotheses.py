"""`/v1/hypotheses` and its page: what may soon be spoken of together, and how well such forecasts came true."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from api.answers import answer, documented
from api.deps import Here, Reader
from api.lookup import resolve
from api.pages import templates
from api.problems import status_of
from api.routing import Router
from api.showing.terms import page_about
from graph.hypotheses.asking import MOST, Hypotheses
from graph.hypotheses.learning import Scoreboard
from ontology.errors import GnomonError, NotFound

router = Router(tags=["discovery"])
Of = Annotated[str, Query(description="A concept, or a thing found in texts: IRI or label.", max_length=500)]
Limit = Annotated[int, Query(ge=1, le=MOST)]


@router.get("/v1/hypotheses", responses=documented(Hypotheses), operation_id="hypotheses")
def find_hypotheses(request: Request, here: Here, _: Reader, of: Of, limit: Limit = 10) -> Response:
    """Things that no work speaks of together with this one yet, and may soon: how likely, beyond what their works
    alone let expect, and what lies in between, with works and sentences."""
    return answer(request, here.foretold.ask(resolve(here, of), limit))


@router.get("/v1/hypotheses/scoreboard", responses=documented(Scoreboard), operation_id="hypotheses_scoreboard")
def find_scoreboard(request: Request, here: Here, _: Reader) -> Response:
    """How well the last three years could have been foretold from those before, beside simpler ways."""
    return answer(request, here.foretold.scores())


@router.get("/hypotheses", include_in_schema=False)
def hypotheses_page(request: Request, here: Here, _: Reader, of: Of = "", limit: Limit = 15) -> Response:
    """Hypotheses about a thing; the scoreboard where none is named."""
    found: Hypotheses | None = None
    scores: Scoreboard | None = None
    problem: GnomonError | None = None
    try:
        if of.strip():
            found = here.foretold.ask(resolve(here, of), limit)
        else:
            scores = _scores_of(here)
    except GnomonError as error:
        problem = error
    return templates.TemplateResponse(
        request,
        "hypotheses.html",
        {
            "of": of, "found": found, "scores": scores, "problem": problem,
            "about": lambda iri: page_about(iri, here.settings.base),
        },
        status_code=status_of(problem) if problem else 200,
    )  # fmt: skip


def _scores_of(here: Here) -> Scoreboard | None:
    """None where the catalogue is too small to learn from: no reason to refuse the page."""
    try:
        return here.foretold.scores()
    except NotFound:
        return None
