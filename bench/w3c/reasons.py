"""Tests of the suites that do not pass, and why. What is not listed here is a fault."""

from __future__ import annotations

from typing import Final

_REASONS: Final[dict[str, str]] = {}


def reason(name: str) -> str:
    """Why a test is known not to pass; empty where it should."""
    return _REASONS.get(name, "")
