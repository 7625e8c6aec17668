"""`/health` for machines that watch, `/v1/status` for people who wonder."""

from __future__ import annotations

from fastapi import Request, Response

from api.answers import answer, documented
from api.deps import Here, Reader
from api.routing import Router
from api.status import Status, status_of
from ontology.errors import NotFound

router = Router(tags=["health"])


@router.get("/health", operation_id="health")
def health(here: Here) -> dict[str, object]:
    """Whether this server can answer: `ok` with the current commit, or `empty` before the first build."""
    try:
        return {"status": "ok", "sequence": here.snapshot().sequence}
    except NotFound:
        return {"status": "empty", "sequence": 0}


@router.get("/v1/status", responses=documented(Status), operation_id="status")
def status(request: Request, here: Here, _: Reader) -> Response:
    """Counts of everything in the catalogue, and what is left to do."""
    return answer(request, status_of(here))
