"""`/v1/changes`: what each commit changed, for whoever keeps a copy of the graph."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from api.answers import answer, documented
from api.changes import ChangeFeed
from api.deps import Here, Reader
from api.routing import Router
from graph.patches import write
from ingest.journal.ledger import Ledger
from ontology.errors import NotFound

router = Router(prefix="/v1/changes", tags=["changes"])
RDF_PATCH: Final = "text/x-rdf-patch"
Sequence = Annotated[int, Query(ge=0, le=2**53, description="Number of a commit.")]


@router.get("", responses=documented(ChangeFeed), operation_id="changes")
def feed(
    request: Request, here: Here, _: Reader, since: Sequence = 0, limit: Annotated[int, Query(ge=1, le=10_000)] = 1000
) -> Response:
    """Changes after commit `since`, oldest first. Take a dump (/dumps), then apply what comes after its number."""
    return answer(request, here.history.feed(since, Ledger(here.journal).sequence, limit))


@router.get("/between", operation_id="changes_between", response_class=StreamingResponse)
def between(here: Here, _: Reader, start: Sequence, end: Sequence) -> Response:
    """What leads from the state after commit `start` to that after `end`, either way, as one RDF Patch."""
    newest = Ledger(here.journal).sequence
    if max(start, end) > newest:
        raise NotFound(f"there are {newest} commits so far", place="end", hint="/v1/changes says which is the newest")
    patch = here.history.between(start, end)
    return StreamingResponse((f"{line}\n".encode() for line in write(patch)), media_type=RDF_PATCH)


@router.get("/{sequence}", operation_id="change", response_class=StreamingResponse)
def change(here: Here, _: Reader, sequence: Annotated[int, Path(ge=0, le=2**53)]) -> Response:
    """One commit's change as RDF Patch: D lines taken away, A lines added, in N-Quads."""
    return StreamingResponse(here.history.text(sequence, Ledger(here.journal).sequence), media_type=RDF_PATCH)
