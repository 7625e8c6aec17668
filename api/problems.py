"""Errors on the wire: RFC 9457 problem details, one status for each class of error.

The domain knows no HTTP; this table is the only place where the two meet.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from api.auditing.watching import watch_of
from ontology import errors

_STATUS: dict[type[errors.GnomonError], int] = {
    errors.SettingsError: 500,
    errors.DefinitionError: 400,
    errors.NameTaken: 409,
    errors.WriterBusy: 409,
    errors.BuildDue: 409,
    errors.DiskFull: 507,
    errors.RemoteStoreError: 502,
    errors.RemoteError: 502,
    errors.SearchError: 400,
    errors.EncoderError: 503,
    errors.QuerySyntaxError: 400,
    errors.QueryParameterError: 400,
    errors.QueryFailed: 400,
    errors.QueryForbidden: 403,
    errors.QueryTimeout: 503,
    errors.QueryMemoryExceeded: 503,
    errors.QueryInterrupted: 503,
    errors.QueryTooLarge: 413,
    errors.QueryBusy: 503,
    errors.NotAcceptable: 406,
    errors.UnsupportedMediaType: 415,
    errors.PayloadTooLarge: 413,
    errors.ConsentMissing: 403,
    errors.ProfileLimit: 409,
    errors.MailError: 502,
    errors.VocabularyError: 422,
    errors.HierarchyCycle: 409,
    errors.CurationError: 409,
    errors.EditRefused: 422,
    errors.MappingError: 422,
    errors.VersionMissing: 428,
    errors.VersionChanged: 412,
    errors.NotFound: 404,
    errors.Gone: 410,
    errors.AuditError: 503,
    errors.Unauthenticated: 401,
    errors.ProviderUnavailable: 503,
    errors.Forbidden: 403,
    errors.RateLimited: 429,
}


class Problem(BaseModel):
    """A problem as RFC 9457 has it; `code` is the error's class name, `hint` says what to do."""

    type: str = Field(default="about:blank", description="IRI of the kind of problem.")
    title: str
    status: int
    detail: str
    code: str
    place: str = Field(default="", description="Where: line and column, parameter, file.")
    hint: str = ""
    instance: str = ""
    tombstone: dict[str, str] | None = Field(
        default=None, description="Of something deleted (410): what is still known of it."
    )
    details: Any = Field(
        default=None, description="Of an edit that is refused: violations, counts, or what differs on both sides."
    )


_CHALLENGES = {"TokenRefused": 'Bearer error="invalid_token", ApiKey'}
"""What is said to whoever has to say who it is (RFC 6750, section 3)."""


class ProblemResponse(JSONResponse):
    media_type = "application/problem+json"


PageOf = Callable[[Request, Problem], Response | None]
"""A page that says what a problem is, for those who would rather have one; None for all others."""


def status_of(error: errors.GnomonError) -> int:
    """The status of the nearest class in the table; 500 where none is listed."""
    return next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), 500)


def problem(
    request: Request,
    status: int,
    detail: str,
    code: str,
    *,
    place: str = "",
    hint: str = "",
    tombstone: dict[str, str] | None = None,
    details: object = None,
) -> Response:
    """A problem response for this request."""
    watch_of(request).code = code
    body = Problem(
        title=HTTPStatus(status).phrase, status=status, detail=detail, code=code, place=place, hint=hint,
        instance=request.url.path, tombstone=tombstone, details=msgspec.to_builtins(details),
    )  # fmt: skip
    headers = {"WWW-Authenticate": _CHALLENGES.get(code, "ApiKey")} if status == 401 else {}
    if status in (429, 503):
        headers["Retry-After"] = "5"
    page: PageOf | None = getattr(request.app.state, "problem_page", None)
    shown = page(request, body) if page else None
    if shown is not None:
        shown.headers.update(headers)
        return shown
    return ProblemResponse(body.model_dump(exclude_none=True), status_code=status, headers=headers)


def problem_of(request: Request, error: errors.GnomonError) -> Response:
    """What is said of an error of ours."""
    left = error.tombstone if isinstance(error, errors.Gone) else None
    details = error.details if isinstance(error, errors.CurationError) else None
    return problem(
        request, status_of(error), error.message, error.code, place=error.place, hint=error.hint, tombstone=left,
        details=details,
    )  # fmt: skip


def install(app: FastAPI, page: PageOf | None = None) -> None:
    """Answer every error of this application as problem+json, or as a page where `page` makes one."""
    app.state.problem_page = page

    @app.exception_handler(errors.GnomonError)
    async def _gnomon(request: Request, error: errors.GnomonError) -> Response:
        return problem_of(request, error)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return problem(
            request, 422, str(first["msg"]), "InvalidRequest", place=place, hint="see /docs for the parameters"
        )

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        answer = problem(
            request, error.status_code, str(error.detail), HTTPStatus(error.status_code).phrase.replace(" ", "")
        )
        answer.headers.update(error.headers or {})
        return answer


RESPONSES: dict[int | str, dict[str, object]] = {
    status: {
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        "description": description,
    }
    for status, description in (
        ("4XX", "What was wrong, and a hint."),
        (503, "Busy, or stopped at a limit; Retry-After says when to come again."),
    )
}
