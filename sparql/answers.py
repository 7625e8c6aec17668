"""Whether an answer was all there is, said where it can be looked up: one statement for each answer.

A stream's headers go out before its end is known. So each answer has a name, and its statement can be
asked for by it for as long as it is remembered, while the answer runs and afterwards.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from typing import Final, Literal

import msgspec

from ontology.errors import NotFound, QueryTimeout, QueryTooLarge
from sparql.guard import Form
from sparql.hints import EmptyBecause
from sparql.limits import Limits
from sparql.protocol import Graphs
from sparql.ticket import Ticket

REMEMBERED: Final = 2_000
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


class Kept(msgspec.Struct):
    """One answer as it is remembered."""

    id: str
    text: str
    graphs: Graphs
    ticket: Ticket
    limits: Limits
    limit: int | None
    form: Form

    @property
    def state(self) -> State:
        """As it is now."""
        ticket = self.ticket
        if ticket.complete:
            return "limited" if self.limit is not None and ticket.used.rows >= self.limit else "complete"
        match ticket.error:
            case None:
                return "running"
            case QueryTimeout():
                return "timed out"
            case QueryTooLarge():
                return "cut"
        return "failed"

    def statement(self) -> Statement:
        """What can be said about it now."""
        state, used = self.state, self.ticket.used
        limits = self.limits
        return Statement(
            id=self.id, state=state, query=self.text, snapshot=used.snapshot,
            rows=used.rows if self.ticket.complete else None, bytes=used.bytes,
            seconds=round(self.ticket.seconds, 3), cpu_seconds=round(used.cpu, 3),
            limits={"seconds": limits.seconds, "rows": limits.rows, "bytes": limits.bytes},
            limit_in_query=self.limit, error=str(self.ticket.error or "") if not self.ticket.complete else "",
        )  # fmt: skip


class Answers:
    """The last answers of an endpoint."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, text: str, graphs: Graphs, ticket: Ticket, limits: Limits, limit: int | None, form: Form) -> Kept:
        """Remember an answer under a new name."""
        one = Kept(secrets.token_hex(8), text, graphs, ticket, limits, limit, form)
        self.renew(one)
        return one

    def renew(self, one: Kept) -> None:
        """An answer is given once more: it is the newest again."""
        with self._lock:
            self._kept[one.id] = one
            self._kept.move_to_end(one.id)
            if len(self._kept) > REMEMBERED:
                self._kept.popitem(last=False)

    def get(self, name: str) -> Kept:
        """NotFound where it is not, or no longer, remembered."""
        with self._lock:
            found = self._kept.get(name)
        if found is None:
            raise NotFound(
                "no answer has this name", place=name, hint=f"the last {REMEMBERED:,} answers are remembered"
            )
        return found
