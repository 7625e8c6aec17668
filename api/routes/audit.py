"""`/v1/audit` and `/audit`: who changed what, and who was refused, for admins."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Request, Response

from api.answers import answer, documented
from api.auditing.log import AuditPage, Wanted
from api.deps import Admin, Here
from api.pages import templates
from api.paging import following
from api.routing import Router

router = Router(tags=["audit"])

Who = Annotated[str, Query(max_length=200, description="Whose calls: a key, a person, a user of the machine.")]
Since = Annotated[str, Query(max_length=40, description="From this moment on: a date, or ISO 8601 (UTC).")]
Operation = Annotated[str, Query(max_length=200, description="An operation's id, a page's path, or a command.")]
Cursor = Annotated[str, Query(max_length=20, description="Where a page left off; empty or * begins.")]
_SHOWN = 50


@router.get("/v1/audit", responses=documented(AuditPage), operation_id="audit")
def audit(
    request: Request, here: Here, _: Admin, who: Who = "", since: Since = "", operation: Operation = "",
    refused: Annotated[bool | None, Query(description="Only what was refused, or only what was not.")] = None,
    cursor: Cursor = "", limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> Response:  # fmt: skip
    """Calls that changed something or were refused for want of rights, the newest first. Needs the role admin."""
    wanted = Wanted(who=who, since=since, operation=operation, refused=refused)
    page = here.audit.page(wanted, cursor, limit)
    return following(request, answer(request, page), cursor=page.cursor)


@router.get("/audit", include_in_schema=False)
def audit_page(
    request: Request, here: Here, _: Admin, who: Who = "", since: Since = "", operation: Operation = "",
    refused: Annotated[str, Query(max_length=5)] = "", cursor: Cursor = "",
) -> Response:  # fmt: skip
    """The same as a table, with a form."""
    chosen = {"who": who.strip(), "since": since.strip(), "operation": operation.strip()}
    wanted = Wanted(**chosen, refused={"true": True, "false": False}.get(refused))
    page = here.audit.page(wanted, cursor, _SHOWN)
    said = {name: value for name, value in {**chosen, "refused": refused, "cursor": page.cursor}.items() if value}
    context = {"page": page, "chosen": {**chosen, "refused": refused}, "following": urlencode(said), "cursor": cursor}
    return templates.TemplateResponse(request, "audit.html", context)
