"""`Link: rel="next"` (RFC 8288): where a list goes on."""

from __future__ import annotations

from fastapi import Request, Response


def following(request: Request, answer: Response, **changed: str | int | None) -> Response:
    """The answer, with the address of what comes next: this one with some parameters changed. None of them, or an
    empty one, says that nothing does."""
    if changed and all(value not in (None, "") for value in changed.values()) and answer.status_code in (200, 304):
        there = request.url.include_query_params(**changed)
        answer.headers["Link"] = f'<{there.path}?{there.query}>; rel="next"'
    return answer


def after(offset: int, limit: int, total: int) -> int | None:
    """Where the next page of a list of so many begins; None after its end."""
    return offset + limit if 0 < limit < total - offset else None
