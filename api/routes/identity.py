"""`/v1/identity`: why things are one, what may be one, and curators' decisions."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from fastapi import Path, Query, Request, Response
from pydantic import BaseModel, Field

from api.answers import answer, documented
from api.auditing.watching import touched
from api.curating import Decided
from api.deps import Curator, Here, Reader
from api.lookup import entity
from api.paging import following
from api.routes.deciding import decide, deciding
from api.routing import Router
from ingest.identity.explaining import CandidateView, Explainer, Explanation, VerdictView

router = Router(prefix="/v1/identity", tags=["identity"])

Kind = Literal["work", "person", "organisation", "venue"]
Iri = Annotated[str, Field(max_length=400, pattern=r"^[^\s-]\S*$")]


class Candidates(msgspec.Struct, frozen=True):
    """Pairs that may be one thing."""

    pairs: tuple[CandidateView, ...]


class Verdicts(msgspec.Struct, frozen=True):
    """What curators decided, the latest first."""

    verdicts: tuple[VerdictView, ...]


class Merge(BaseModel):
    """Things that are one."""

    iris: Annotated[list[Iri], Field(min_length=2, max_length=100)]
    note: Annotated[str, Field(max_length=1000)] = ""


class Split(BaseModel):
    """Parts of a thing that are another one: IRIs of records, or IRIs merged into it; without any the
    latest merge is taken back."""

    iri: Iri
    parts: Annotated[list[Iri], Field(max_length=1000)] = []
    note: Annotated[str, Field(max_length=1000)] = ""


@router.get("/candidates", responses=documented(Candidates), operation_id="identity_candidates")
def candidates(
    request: Request, here: Here, _: Reader, kind: Kind = "work",
    limit: Annotated[int, Query(ge=1, le=1000)] = 50, offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> Response:  # fmt: skip
    """Undecided pairs, the likeliest first, with the reasons field by field. Nothing of this is merged."""
    found = tuple(Explainer(here.journal, here.settings.base).candidates(kind, limit, offset))
    more = offset + limit if len(found) == limit else None
    return following(request, answer(request, Candidates(found)), offset=more)


@router.get("/verdicts", responses=documented(Verdicts), operation_id="identity_verdicts")
def verdicts(request: Request, here: Here, _: Reader) -> Response:
    """Everything curators decided, also what was taken back."""
    return answer(request, Verdicts(tuple(Explainer(here.journal, here.settings.base).verdicts())))


@router.get("/{kind}/{name}", responses=documented(Explanation), operation_id="identity_explain")
def explain(
    request: Request, here: Here, _: Reader, kind: Kind,
    name: Annotated[str, Path(description="The opaque name at the end of the IRI.", max_length=64)],
) -> Response:  # fmt: skip
    """Which records are this thing, what joined each to another, and what nearly did."""
    found = entity(here, kind, name)
    return answer(request, Explainer(here.journal, here.settings.base).explain(found.iri))


@router.post("/merge", responses=deciding(Decided), operation_id="identity_merge")
def merge(request: Request, here: Here, caller: Curator, decision: Merge) -> Response:
    """Decide that things of one kind are one, for ever: the graph has it when this answers, old IRIs
    redirect. 202 where much else has to be written first (after an upgrade): a run does it. 409 while another
    process builds. Needs the role curator."""
    touched(request, *decision.iris)
    said = [f"--note={decision.note}", f"--by={caller.name}", *decision.iris]
    return decide(request, here, ["identity", "merge", *said], Decided)


@router.post("/split", responses=deciding(Decided), operation_id="identity_split")
def split(request: Request, here: Here, caller: Curator, decision: Split) -> Response:
    """Decide that parts of a thing are another one, for ever, or take its latest merge back. 202 and 409 as
    for a merge. Needs the role curator."""
    touched(request, decision.iri, *decision.parts)
    said = [f"--note={decision.note}", f"--by={caller.name}", decision.iri, *decision.parts]
    return decide(request, here, ["identity", "split", *said], Decided)
