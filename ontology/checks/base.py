"""What a check of a vocabulary is, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

import msgspec

from ontology.scheme import Concept, Scheme

Severity = Literal["error", "warning", "note"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What a check found: `concepts` are the IRIs concerned, the first one the place to look at."""

    check: str
    severity: Severity
    concepts: tuple[str, ...]
    message: str


Check = Callable[[Scheme], Iterator[Finding]]


def live(scheme: Scheme) -> Iterator[Concept]:
    """Concepts in use."""
    return (concept for concept in scheme if not concept.deprecated)


def error(check: str, concepts: tuple[str, ...], message: str) -> Finding:
    return Finding(check=check, severity="error", concepts=concepts, message=message)


def warning(check: str, concepts: tuple[str, ...], message: str) -> Finding:
    return Finding(check=check, severity="warning", concepts=concepts, message=message)


def note(check: str, concepts: tuple[str, ...], message: str) -> Finding:
    return Finding(check=check, severity="note", concepts=concepts, message=message)
