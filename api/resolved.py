"""What identifiers name, as server and client say it."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from graph.search.documents import SearchDocument

MOST: Final = 200
"""Identifiers of one call."""
State = Literal["found", "redirected", "withdrawn", "unknown"]


class Resolved(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one identifier names: `iri` is where it leads, of a withdrawn thing what it was called; `reason` says why
    that is gone. `work` is what the index has of a work, where that was asked for."""

    id: str
    state: State
    kind: str = ""
    iri: str = ""
    reason: str = ""
    work: SearchDocument | None = None


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Answers in the order of the questions, and how many there are of each kind."""

    found: int
    redirected: int
    withdrawn: int
    unknown: int
    items: tuple[Resolved, ...]
