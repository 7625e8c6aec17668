"""`/v1/candidates`: terms that works use and no vocabulary has, and curators' decisions on them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query, Request, Response
from pydantic import BaseModel, Field

from api.answers import answer, documented
from api.auth import Caller
from api.deps import Curator, Here, Reader
from api.paging import after, following
from api.routes.deciding import decide, deciding
from api.routing import Router
from api.terms.deciding import Decided
from api.terms.ranking import LOOKED_AT, CandidateDetail, Candidates, Order, TermVerdicts

router = Router(prefix="/v1/candidates", tags=["candidates"])

Name = Annotated[str, Path(description="The term's name as listed: 20 hex digits.", pattern="^[0-9a-f]{20}$")]
Iri = Annotated[str, Field(max_length=400, pattern=r"^[a-z][a-z0-9+.-]*:\S+$")]
Note = Annotated[str, Field(max_length=1000)]


class Accept(BaseModel):
    """How a term is accepted: as another name of the concept `existing`, or without it as a new concept below
    `broader`, called `label` (default: as works write it most often)."""

    existing: Iri | None = None
    label: Annotated[str, Field(max_length=160)] = ""
    broader: Annotated[list[Iri], Field(max_length=20)] = []
    definition: Annotated[str, Field(max_length=2000)] = ""
    note: Note = ""


class Reject(BaseModel):
    """Why a term is none."""

    note: Note = ""


@router.get("", responses=documented(Candidates), operation_id="candidates")
def candidates(
    request: Request, here: Here, _: Reader, order: Order = "nc",
    min_works: Annotated[int, Query(description="Terms that fewer works use are left out.", ge=1, le=10**6)] = 2,
    q: Annotated[str, Query(description="Only terms with this text in them.", max_length=100)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50, offset: Annotated[int, Query(ge=0, le=LOOKED_AT)] = 0,
) -> Response:  # fmt: skip
    """Terms that no loaded vocabulary has and nobody decided on, by NC-value, C-value or number of works."""
    page = here.terms.page(order, min_works, q, limit, offset)
    return following(request, answer(request, page), offset=after(offset, limit, min(page.total, LOOKED_AT)))


@router.get("/verdicts", responses=documented(TermVerdicts), operation_id="candidate_verdicts")
def verdicts(request: Request, here: Here, _: Reader) -> Response:
    """What curators decided, the latest on each term."""
    return answer(request, here.terms.verdicts())


@router.get("/{name}", responses=documented(CandidateDetail), operation_id="candidate")
def candidate(request: Request, here: Here, _: Reader, name: Name) -> Response:
    """One term: the sentences that use it, longer terms, near concepts, and what was decided."""
    return answer(request, here.terms.detail(name))


@router.post("/{name}/accept", responses=deciding(Decided), operation_id="accept_candidate")
def accept(request: Request, here: Here, caller: Curator, name: Name, how: Accept) -> Response:
    """Make a term a concept of the curators' vocabulary, or another name of a concept there is: the graph has it when
    this answers. 202 where much else has to be written first (after an upgrade): a run does it. 409 while another
    process builds. Needs the role curator."""
    said = [f"--label={how.label}", f"--definition={how.definition}", f"--note={how.note}", *_by(caller)]
    said += [f"--existing={how.existing}"] if how.existing else []
    said += [f"--broader={iri}" for iri in how.broader]
    return decide(request, here, ["candidates", "accept", *said, name], Decided)


@router.post("/{name}/reject", responses=deciding(Decided), operation_id="reject_candidate")
def reject(request: Request, here: Here, caller: Curator, name: Name, why: Reject) -> Response:
    """Say that a term is none, for ever; where it was accepted, that is taken back. 202 and 409 as for accepting.
    Needs the role curator."""
    said = [f"--note={why.note}", *_by(caller), name]
    return decide(request, here, ["candidates", "reject", *said], Decided)


def _by(caller: Caller) -> list[str]:
    """Who decides, and how far their word reaches."""
    limits = (("vocabulary", caller.scope.vocabularies), ("language", caller.scope.languages))
    return [f"--by={caller.name}", *(f"--only-{what}={one}" for what, allowed in limits for one in allowed)]
