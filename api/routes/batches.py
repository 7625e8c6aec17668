"""`/v1/resolve`: many identifiers at once."""

from __future__ import annotations

from typing import Annotated

from fastapi import Request, Response
from pydantic import BaseModel, Field

from api.answers import answer, documented
from api.batch import batch
from api.deps import Here, Reader
from api.resolved import MOST, Batch
from api.routing import Router, asks_only

router = Router(prefix="/v1", tags=["works"])


class Ids(BaseModel):
    """Identifiers (DOI, PMID, PMCID, arXiv, ACL, OpenAlex, ORCID, ROR, ISSN; `scheme:value` where bare ones are
    ambiguous) and IRIs; with `works` what the index has of each work comes along."""

    ids: Annotated[list[Annotated[str, Field(max_length=500)]], Field(min_length=1, max_length=MOST)]
    works: bool = False


@router.post("/resolve", responses=documented(Batch), operation_id="resolve")
@asks_only
def resolve(request: Request, here: Here, _: Reader, wanted: Ids) -> Response:
    """What each identifier names now: found, redirected to what it was merged into, withdrawn, or unknown. One call
    counts once against the allowance. A withdrawn work is known by the identifier its IRI was made from: the DOI where
    it had one."""
    return answer(request, batch(here, wanted.ids, works=wanted.works))
