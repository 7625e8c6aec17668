"""`/v1/quarantine`: what could not be read, opened at the place, and another try."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import Path, Query, Request, Response

from api.answers import answer, documented
from api.deps import Curator, Here, Reader
from api.paging import after, following
from api.quarantine import QuarantinedPayload, QuarantineList, Retried, quarantine_list, quarantined_payload
from api.routes.deciding import decide, deciding
from api.routing import Router
from ingest.journal.quarantine import Quarantine, Selection
from ontology.errors import DefinitionError

router = Router(prefix="/v1/quarantine", tags=["quarantine"])

Number = Annotated[int, Path(ge=1, le=2**62, description="The payload's number in the list.")]
Source = Annotated[str, Query(max_length=200, description="Only of this source.")]
Format = Annotated[str, Query(max_length=100, description="Only of this format.")]
Error = Annotated[str, Query(max_length=100, description="Only with this error, by its code.")]


@router.get("", responses=documented(QuarantineList), operation_id="quarantine")
def entries(
    request: Request, here: Here, _: Reader, source: Source = "", format: Format = "", error: Error = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 50, offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> Response:  # fmt: skip
    """What could not be read, by source, locator and record, with counts by source, format and error."""
    chosen = Selection(source=source, format=format, error=error)
    page = quarantine_list(here.journal, chosen, limit, offset)
    return following(request, answer(request, page), offset=after(offset, limit, page.total))


@router.get("/{number}", responses=documented(QuarantinedPayload), operation_id="quarantined_payload")
def entry(request: Request, here: Here, _: Reader, number: Number) -> Response:
    """A payload that could not be read, or not wholly: each fault with the text around the place."""
    return answer(request, quarantined_payload(here.journal, number))


@router.get("/{number}/payload", operation_id="quarantined_bytes", response_class=Response, responses={
    200: {"content": {"application/octet-stream": {}}, "description": "The payload, byte for byte."},
})  # fmt: skip
def download(here: Here, _: Curator, number: Number) -> Response:
    """The payload as it came from its source, byte for byte. Needs the role curator."""
    payload = Quarantine(here.journal).payload(number)
    name = quote(payload.locator.rsplit("/", 1)[-1], safe="")
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(payload.body, media_type="application/octet-stream", headers=headers)


@router.post("/retry", responses=deciding(Retried), operation_id="retry_quarantine")
def retry(
    request: Request, here: Here, _: Curator, source: Source = "", format: Format = "", error: Error = "",
    id: Annotated[int, Query(ge=0, le=2**62, description="Only the payload with this number.")] = 0,
) -> Response:  # fmt: skip
    """Read what is in quarantine again with the readers of today, and take what they can read into
    the graph. Answers when that is done; 202 where much else has to be written first (after an upgrade): a run
    does it. 409 while another process builds. Needs the role curator."""
    if int(request.headers.get("content-length") or 0) > len("{}"):
        raise DefinitionError("what to read again is said in the address, not in a body", hint="?source=…, or ?id=…")
    chosen = [f"--source={source}", f"--format={format}", f"--error={error}", f"--id={id}"]
    return decide(request, here, ["quarantine", "retry", *chosen], Retried)
