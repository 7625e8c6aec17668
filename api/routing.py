"""A router whose GET routes answer HEAD as well (RFC 9110, section 9.3.2), listed once in OpenAPI."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from fastapi import APIRouter

F = TypeVar("F", bound=Callable[..., Any])


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
