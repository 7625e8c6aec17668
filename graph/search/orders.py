"""The order of one search over one commit, worked out once for all its pages."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from graph.search.base import Rescorer, SearchRequest
from graph.search.dense import DenseView
from graph.search.fusion import Fused, Share
from graph.search.ranking import Order, Question, Ranker
from graph.search.sampling import drawn
from graph.search.works import Place, Snapshot


class Page(msgspec.Struct, frozen=True):
    """A stretch of an order: its results, those of them whose words match, the totals of the whole search and
    how far it goes."""

    results: list[Fused]
    matched: frozenset[Place]
    total: int
    dense_total: int
    length: int
    notes: tuple[str, ...] = ()


class Orders:
    """Pages of one search."""

    def __init__(self, snapshot: Snapshot, view: DenseView | None, rescore: Rescorer | None) -> None:
        self._snapshot = snapshot
        self._ranker = Ranker(snapshot, view, rescore)
        self._order: Order | None = None

    def page(self, request: SearchRequest, question: Question, begin: int) -> Page:
        """Results from `begin` on, as many as the request's limit."""
        if request.sample:
            total, places = drawn(self._snapshot, question.matches, request.sample, request.seed)
            return _plain(places, begin, request.limit, total, len(places))
        if request.sort != "relevance" or not question.words.units:
            sort = request.sort if request.sort != "relevance" else "newest"
            total, hits = self._snapshot.ordered(question.matches, begin + request.limit, sort)
            return _plain([place for place, _ in hits], begin, request.limit, total, total)
        order = self._order if request.counts else None
        if order is None:
            order = self._ranker.order(request, question)
        if request.counts:
            self._order = order
        head = order.results.page(begin, begin + request.limit)
        missing = request.limit - len(head)
        tail: list[Fused] = []
        if missing and not order.ends and begin + len(head) < order.length:
            tail = self._ranker.tail(question, order, max(0, begin - len(order.results)), missing)
        matched = order.matched | {one.key for one in tail}
        return Page([*head, *tail], matched, order.total, order.dense_total, order.length, order.notes)


def _plain(places: Sequence[Place], begin: int, limit: int, total: int, length: int) -> Page:
    """A page of an order without scores."""
    page = [Fused(place, 0.0, (Share("order", 0.0, 0.0, 0),)) for place in places[begin : begin + limit]]
    return Page(page, frozenset(one.key for one in page), total, 0, length)
