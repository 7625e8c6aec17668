"""Trends of the works that somebody chose: shared by API, page and command line."""

from __future__ import annotations

import msgspec

from api.chosen import chosen
from api.wiring import Services
from graph.discovery.ask import Named
from graph.discovery.trends import Trends, trends


class TrendsOf(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Trends in the works of `of`, or of what `query` finds, or of all."""

    of: Named | None = None
    query: str = ""
    found: Trends


def trends_of(services: Services, of: str, query: str, last: int, until: int, limit: int) -> TrendsOf:
    """QueryTooLarge as from `trends`, and what `chosen` raises."""
    some = chosen(services, of, query)
    return TrendsOf(
        of=some.of, query=query.strip(), found=trends(services.store, some.works, last, limit, until)
    )  # fmt: skip
