"""`/v1/snapshots`: the graph as it was; `/v1/citations`: queries whose answers stay."""

from __future__ import annotations

from typing import Annotated

from fastapi import Body, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from api.answers import answer, documented
from api.deps import Analyst, Curator, Here, Reader
from api.past import Citation, SnapshotInfo, Verified, snapshot_list
from api.routing import Router
from ontology.errors import Unauthenticated
from sparql.asking import ask

router = Router(prefix="/v1", tags=["past"])
Number = Annotated[str, Path(max_length=40)]
TagName = Annotated[str, Path(max_length=64)]


@router.get("/snapshots", responses=documented(list[SnapshotInfo]), operation_id="snapshots")
def snapshots(request: Request, here: Here, _: Reader) -> Response:
    """What can be asked as of: `/sparql?snapshot=` takes a number, a tag, or a date."""
    return answer(request, snapshot_list(here.snapshots))


@router.put("/snapshots/tags/{tag}", status_code=204, operation_id="tag_snapshot")
def tag(here: Here, _: Curator, tag: TagName, snapshot: Annotated[str, Query(max_length=80)] = "") -> Response:
    """Keep a snapshot (the current one by default) under a name."""
    found = here.snapshots.find(snapshot) if snapshot else here.snapshot()
    here.snapshots.tag(tag, found)
    return Response(status_code=204)


@router.delete("/snapshots/tags/{tag}", status_code=204, operation_id="untag_snapshot")
def untag(here: Here, _: Curator, tag: TagName) -> Response:
    """Let a snapshot go."""
    here.snapshots.untag(tag)
    return Response(status_code=204)


@router.post("/citations", responses=documented(Citation), operation_id="cite")
def cite(
    request: Request, here: Here, caller: Analyst,
    query: Annotated[str, Body(media_type="application/sparql-query", description="A query.")],
    snapshot: Annotated[str, Query(max_length=80)] = "",
) -> Response:  # fmt: skip
    """A citation for a query and its answer: the snapshot stays, and asking again gives the same. Needs a key."""
    if caller.name.startswith("address:"):
        raise Unauthenticated("citations keep snapshots and belong to a key", hint="send a key in X-API-Key")
    return answer(request, here.citations.make(query, snapshot, caller.name.removeprefix("key:")))


@router.get("/citations/{number}", responses=documented(Citation), operation_id="citation")
def citation(request: Request, here: Here, _: Reader, number: Number) -> Response:
    """A citation: query, snapshot, and the hash of the answer."""
    return answer(request, here.citations.find(number))


@router.get("/citations/{number}/again", responses=documented(Verified), operation_id="verify_citation")
def again(request: Request, here: Here, _: Analyst, number: Number) -> Response:
    """Ask it again of the graph as it was, and say whether the answer is the one cited."""
    return answer(request, here.citations.again(number))


@router.get("/citations/{number}/answer", operation_id="citation_answer", response_class=Response)
def cited(request: Request, here: Here, _: Analyst, number: Number) -> Response:
    """The answer that was cited, in the format that Accept asks for."""
    found = here.citations.find(number)
    media, chunks = ask(here.citations.service(found), found.query, request.headers.get("accept", ""))
    return StreamingResponse(chunks, media_type=media, headers={"Vary": "Accept"})
