"""`/v1/changesets`: edits that are proposed, talked over, approved and applied as one."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Path, Query, Request, Response
from pydantic import BaseModel, Field

from api.answers import answer, documented
from api.curation.curator import Applied
from api.curation.previewing import MOST_READ, Preview
from api.curation.reading_edits import edits_of
from api.curation.showing import ChangeSets, ChangeSetView
from api.deps import Curator, Here, Reader
from api.paging import following
from api.routes.vocabularies import Wait
from api.routing import Router
from ontology.curation.edits import MAX_EDITS

router = Router(prefix="/v1/changesets", tags=["vocabularies"])

Number = Annotated[int, Path(description="The change set's number.", ge=1, le=10**9)]
State = Literal["", "proposed", "approved", "applied", "rejected", "withdrawn"]
Decision = Literal["approve", "reject", "withdraw"]
_STATES = {"approve": "approved", "reject": "rejected", "withdraw": "withdrawn"}


class Proposal(BaseModel):
    """Edits of one vocabulary (as `/v1/vocabularies/{scheme}/edits` takes them), and what they are for."""

    scheme: Annotated[str, Field(pattern="^[a-z0-9_-]{1,64}$")]
    title: Annotated[str, Field(max_length=1000)] = ""
    edits: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=MAX_EDITS)]


class Said(BaseModel):
    """A remark."""

    text: Annotated[str, Field(min_length=1, max_length=5000)]


@router.get("", responses=documented(ChangeSets), operation_id="changesets")
def changesets(
    request: Request, here: Here, _: Reader, state: State = "",
    scheme: Annotated[str, Query(max_length=64)] = "", limit: Annotated[int, Query(ge=1, le=500)] = 50,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> Response:  # fmt: skip
    """The newest first."""
    page = here.curator.changesets(state, scheme, limit, offset)
    more = offset + limit if len(page.changesets) == limit else None
    return following(request, answer(request, page), offset=more)


@router.post("", status_code=201, responses=documented(ChangeSetView, status=201), operation_id="propose_changeset")
def propose(request: Request, here: Here, caller: Curator, wanted: Proposal) -> Response:
    """Propose edits; they are tried on the newest version first, and 409 says what would be wrong. Needs the role
    curator."""
    made = here.curator.desk.propose(wanted.scheme, edits_of(wanted.edits), caller.name, wanted.title)
    reply = answer(request, here.curator.changeset(made.id))
    reply.status_code = 201
    reply.headers["Location"] = f"/v1/changesets/{made.id}"
    return reply


@router.get("/{number}", responses=documented(ChangeSetView), operation_id="changeset")
def changeset(request: Request, here: Here, _: Reader, number: Number) -> Response:
    """A change set with what it would change in the vocabulary as it is now."""
    return answer(request, here.curator.changeset(number))


@router.get("/{number}/preview", responses=documented(Preview), operation_id="preview_changeset")
def preview(
    request: Request, here: Here, _: Curator, number: Number,
    limit: Annotated[int, Query(description="Most works read; 0 only counts them.", ge=0, le=5000)] = MOST_READ,
) -> Response:  # fmt: skip
    """What it will change in works. Needs the role curator."""
    return answer(request, here.curator.preview_changeset(number, limit))


@router.post("/{number}/remarks", responses=documented(ChangeSetView), operation_id="remark_changeset")
def remark(request: Request, here: Here, caller: Curator, number: Number, said: Said) -> Response:
    """Say something about it. Needs the role curator."""
    here.curator.desk.say(number, caller.name, said.text)
    return answer(request, here.curator.changeset(number))


@router.post("/{number}/apply", responses=documented(Applied), operation_id="apply_changeset")
def apply(request: Request, here: Here, caller: Curator, number: Number, wait: Wait = True) -> Response:
    """Make an approved change set part of the vocabulary, whole or not at all. Needs the role curator."""
    found, changes = here.curator.desk.apply(number, caller.author)
    return answer(request, here.curator.applied(found.scheme, found.version or 0, changes, wait=wait))


@router.post("/{number}/{decision}", responses=documented(ChangeSetView), operation_id="decide_changeset")
def decide(request: Request, here: Here, caller: Curator, number: Number, decision: Decision) -> Response:
    """Approve, reject or withdraw it. Needs the role curator."""
    here.curator.desk.decide(number, _STATES[decision], caller.author)  # type: ignore[arg-type] # one of its states
    return answer(request, here.curator.changeset(number))
