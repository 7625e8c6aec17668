"""Short ways to ask a pool, for tests."""

from __future__ import annotations

import time
from collections.abc import Callable

from sparql.asking import ask
from sparql.formats import FORMATS
from sparql.guard import Form, Question
from sparql.limits import Limits
from sparql.plan import Plan
from sparql.pool import QueryPool
from sparql.service import Prepared, Service
from sparql.ticket import Ticket


def answer(pool: QueryPool, text: str, accept: str = "json", **given: object) -> bytes:
    return b"".join(ask(Service(pool), text, accept, **given)[1])  # type: ignore[arg-type]


def ticket_for(pool: QueryPool, text: str, limits: Limits | None = None) -> Ticket:
    """A query that no guard has seen."""
    ready = Prepared(Question(text, Form.SELECT, False), FORMATS["json"], Plan((text,)))
    return Service(pool).ticket(ready, limits=limits)


def marker(pool: QueryPool) -> str:
    return answer(pool, "SELECT ?v { <x:marker> <x:is> ?v }", "csv").decode().split()[1]


def eventually(true: Callable[[], bool], seconds: float = 8.0) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()
