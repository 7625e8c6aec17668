"""`/v1/mappings`: which concepts of two vocabularies are the same, decided by curators, in and out as SSSOM."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Body, Query, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, Field

from api.answers import answer, documented
from api.curation.mapped import Decided, Mappings, TakenIn, decisions_of
from api.curation.mapping import MOST
from api.deps import Curator, Here, Reader
from api.paging import after, following
from api.routing import Router
from ontology.mappings.model import MappingState

router = Router(prefix="/v1/mappings", tags=["mappings"])

Name = Annotated[str, Query(description="A vocabulary's short name.", pattern="^[a-z0-9_-]{0,64}$")]
State = Annotated[MappingState, Query(description="`offered` compares the labels of two vocabularies.")]
Wait = Annotated[bool, Query(description="Answer when graph and index have it, not before.")]


class Decisions(BaseModel):
    """Decisions: objects with `subject` and `object` (IRIs), `predicate` (exact, close, broad, narrow, related),
    `verdict` (accept, reject, propose, forget) and `comment`."""

    decisions: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=MOST)]


@router.get("", responses=documented(Mappings), operation_id="mappings")
def mappings(
    request: Request, here: Here, _: Reader, scheme: Name = "", other: Name = "", state: State = "accepted",
    limit: Annotated[int, Query(ge=1, le=1000)] = 50, offset: Annotated[int, Query(ge=0, le=10**6)] = 0,
) -> Response:  # fmt: skip
    """Mappings in a state. Offered are pairs of two vocabularies that share a label, the surest first; what was turned
    down is never offered again."""
    page = here.mapper.page(state, scheme, other, limit, offset)
    return following(request, answer(request, page), offset=after(offset, limit, page.total))


@router.post("", responses=documented(Decided), operation_id="decide_mappings")
def decide(request: Request, here: Here, caller: Curator, wanted: Decisions, wait: Wait = False) -> Response:
    """Accept mappings into the subject's vocabulary (a version, which can be taken back), turn them down for good,
    propose them, or forget what was said. Needs the role curator."""
    return answer(request, here.mapper.decide(decisions_of(wanted.decisions), caller.author, wait=wait))


@router.get("/sssom", response_class=PlainTextResponse, operation_id="export_mappings",
            responses={200: {"content": {"text/tab-separated-values": {}}, "description": "SSSOM/TSV."}})  # fmt: skip
def export(
    here: Here, _: Reader, scheme: Name = "", other: Name = "",
    state: Annotated[list[MappingState], Query(description="May be repeated.")] = ["accepted", "rejected"],  # noqa: B006
) -> Response:  # fmt: skip
    """Mappings as SSSOM/TSV; those that were turned down have the predicate modifier Not."""
    return Response(here.mapper.export(state, scheme, other), media_type="text/tab-separated-values; charset=utf-8")


@router.post("/sssom", responses=documented(TakenIn), operation_id="import_mappings")
def take_in(
    request: Request, here: Here, caller: Curator,
    body: Annotated[bytes, Body(media_type="text/tab-separated-values", description="An SSSOM/TSV file.")],
    accept: Annotated[bool, Query(description="Accept what it states at once; else it is proposed.")] = False,
    wait: Wait = False,
) -> Response:  # fmt: skip
    """Take in an SSSOM file: what it denies is turned down, earlier decisions stay, rows that cannot be used are told
    with their line. Needs the role curator."""
    return answer(request, here.mapper.take_in(body, caller.author, accept=accept, wait=wait))
