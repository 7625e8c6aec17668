"""`/v1/explain`: why the graph says something."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from api.answers import answer, documented
from api.deps import Here, Reader
from api.explaining import Explanation, explain
from api.routing import Router

router = Router(prefix="/v1/explain", tags=["works"])


@router.get("", responses=documented(Explanation), operation_id="explain")
def explain_iri(
    request: Request,
    here: Here,
    _: Reader,
    iri: Annotated[str, Query(description="IRI of a mention, piece of evidence, claim or topic.", max_length=500)],
) -> Response:
    """Reads the work again and shows each step that leads to a mention, a claim or a topic."""
    return answer(request, explain(here, iri))
