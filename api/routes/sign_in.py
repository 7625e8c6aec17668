"""Signing in with a key: the pages then do what the key's role allows. No script is needed."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.auditing.watching import watch_of
from api.deps import KEY_COOKIE, Here, caller_of_cookie, own_page
from api.pages import templates
from api.routing import Router
from ontology.errors import Unauthenticated

router = Router(include_in_schema=False)
_PAGE: Final = "/sign-in"
_DAY: Final = 24 * 3600


@router.get(_PAGE)
def page(request: Request, back: Annotated[str, Query(max_length=8_000)] = "/") -> Response:
    """Asks for a key."""
    return templates.TemplateResponse(request, "sign_in.html", {"back": local(back)})


@router.post(_PAGE)
def sign_in(
    request: Request, here: Here, key: Annotated[str, Form(max_length=200)],
    back: Annotated[str, Form(max_length=8_000)] = "/",
) -> Response:  # fmt: skip
    """Keeps the key in a cookie that only our own pages send, for a day."""
    own_page(request)
    try:
        watch_of(request).caller = here.keys.caller(key.strip())
    except Unauthenticated as error:
        watch_of(request).code = error.code
        context = {"back": local(back), "problem": error}
        return templates.TemplateResponse(request, "sign_in.html", context, status_code=401)
    answered = RedirectResponse(local(back), status_code=303)
    answered.set_cookie(
        KEY_COOKIE, key.strip(), max_age=_DAY, httponly=True, samesite="strict", secure=request.url.scheme == "https"
    )
    return answered


@router.post("/sign-out")
def sign_out(request: Request) -> Response:
    """Forgets the key."""
    own_page(request)
    watch_of(request).caller = caller_of_cookie(request)
    answered = RedirectResponse("/", status_code=303)
    answered.delete_cookie(KEY_COOKIE)
    return answered


def local(address: str) -> str:
    """The address where it is one of our own pages; the first page otherwise."""
    return address if address.startswith("/") and not address.startswith(("//", "/\\")) else "/"
