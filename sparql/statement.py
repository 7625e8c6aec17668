"""What can be said about one answer: whether it was all there is, what it took, under which limits."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from sparql.guard import Form
from sparql.hints import EmptyBecause

RELATION: Final = "https://w3id.org/gnomon/ontology#completeness"
State = Literal["running", "complete", "limited", "timed out", "cut", "failed"]


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """`complete`: every solution there is. `limited`: the query's own LIMIT was reached, there may be
    more. `timed out` and `cut`: stopped at a limit of ours, the answer has no proper end. `failed`: it
    could not be evaluated, or nobody listened to its end."""

    id: str
    state: State
    query: str
    snapshot: str
    rows: int | None
    """Known once it has ended well."""
    bytes: int
    seconds: float
    cpu_seconds: float
    limits: dict[str, float]
    limit_in_query: int | None = None
    error: str = ""
    empty_because: EmptyBecause | None = None
    """Why a SELECT has no rows."""
    lost: tuple[str, ...] = ()
    """What the store behind this endpoint cannot promise."""


class Known(msgspec.Struct, frozen=True):
    """A statement with what else must be known to look further."""

    statement: Statement
    form: Form
    home: str
    """Path of the endpoint that gave the answer."""
