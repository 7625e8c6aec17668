"""The network of the works that somebody chose: shared by API, page and command line."""

from __future__ import annotations

from api.chosen import chosen
from api.wiring import Services
from graph.discovery.ask import number
from graph.networks import Kind
from graph.networks.measures import Network, network


def network_of(services: Services, kind: Kind, of: str, query: str, limit: int) -> Network:
    """The network of the works that `of` stands for, or that `query` finds, or of the whole catalogue.

    QueryTooLarge as from `network`, and what `chosen` raises.
    """
    some = chosen(services, of, query)
    total = number(services.store, "?x a gn:Work", "*") if some.works is None else len(some.works)
    return network(services.store, kind, some.works, total, some.of, limit)
