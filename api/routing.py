"""A router whose GET routes answer HEAD as well (RFC 9110, section 9.3.2), listed once in OpenAPI; which calls change
something."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from fastapi import APIRouter
from starlette.types import Scope

F = TypeVar("F", bound=Callable[..., Any])
SAFE: Final = ("GET", "HEAD", "OPTIONS")
_CHANGES: Final = "changes_something"


def asks_only(function: F) -> F:
    """Mark a POST that changes nothing: a question too long for an address."""
    setattr(function, _CHANGES, False)
    return function


def changes(function: F) -> F:
    """Mark a GET that changes something: the link of a message."""
    setattr(function, _CHANGES, True)
    return function


def changes_something(scope: Scope) -> bool:
    """Whether the request for this route is one that changes something."""
    return bool(getattr(scope.get("endpoint"), _CHANGES, scope["method"] not in SAFE))


class Router(APIRouter):
    """`@router.get` registers HEAD too; the server leaves the body of a HEAD answer away."""

    def get(self, path: str, **options: Any) -> Callable[[F], F]:
        """As `APIRouter.get`."""

        def register(function: F) -> F:
            hidden = {**options, "include_in_schema": False, "operation_id": None}
            super(Router, self).head(path, **hidden)(function)
            super(Router, self).get(path, **options)(function)
            return function

        return register
