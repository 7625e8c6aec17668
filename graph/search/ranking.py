"""From a question to an order of works: rankings by words, by meaning and by concepts, fused and smoothed.

    words ──┐
    meaning ┼─ scores made comparable, added up ── smoothed over neighbours ── citations ── rescorer
    concepts┘

The order does not depend on the page: the first `POOL` of each ranking are fused, what matches by words beyond
them follows in its own order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from tantivy import Occur, Query

from graph.search.base import NOT_COUNTED, Candidate, Mode, Rescorer, ScorePart, SearchRequest
from graph.search.compose import LexicalQuery
from graph.search.conditions import boolean
from graph.search.dense import DenseView, Rows
from graph.search.documents import Vector
from graph.search.enough import best
from graph.search.fusion import Column, Fused, Ranking, Results, Share, fuse, ordered, plain
from graph.search.neighbours import SMOOTHED, smoothed
from graph.search.schema import schema
from graph.search.works import Place, Ranked, Snapshot
from ontology.errors import EncoderError

POOL: Final = 200
"""So many of each ranking are fused."""
BROAD: Final = 4
"""Conditions that at least a fourth of the works meet are broad."""
RESCORED: Final = 50
"""So many of the best a rescorer sees."""
WORDS, MEANING, CONCEPTS = "words", "meaning", "concepts"
CITED: Final = "citations for its age"
WEIGHTS: Final = {WORDS: 0.6, MEANING: 0.4, CONCEPTS: 0.2}
"""What a standard deviation of each ranking is worth. `python -m bench.search_quality` learns the share of words on
one collection and tries it on the others."""
CITATION_WEIGHT: Final = 0.1
"""What the most cited work for its age gains, in standard deviations."""


class Question(msgspec.Struct, frozen=True):
    """A request made ready: `matches` finds by words, `firm` limits what is found otherwise (None:
    nothing does), `vector` is the query's meaning, None where only words are asked."""

    words: LexicalQuery
    matches: Query
    firm: Query | None
    vector: Vector | None
    mode: Mode
    any: Query | None = None
    """What has one of the bare words, where not all must be there; see `enough.Enough`."""


class Order(msgspec.Struct, frozen=True):
    """The works found: `results` best first; after them `matches` goes on by words alone from `reach` on.
    `matched` are the results whose words match; `total` and `dense_total` as in the answer."""

    results: Results
    matched: frozenset[Place]
    total: int
    dense_total: int
    plain: bool = False
    """Whether scores are those of the words alone."""
    notes: tuple[str, ...] = ()
    """What went otherwise than asked."""
    ends: bool = False
    """Whether nothing follows the results: meaning has no end, so that it is cut somewhere."""

    @property
    def length(self) -> int:
        return len(self.results) if self.ends else self.total + self.dense_total


class Ranker:
    """Orders works of one snapshot."""

    def __init__(self, snapshot: Snapshot, view: DenseView | None, rescore: Rescorer | None) -> None:
        self._snapshot = snapshot
        self._view = view
        self._rescore = rescore
        self._rows: Rows | None = None

    def order(self, request: SearchRequest, question: Question) -> Order:
        """The order that the request's mode and query ask for."""
        if question.vector is None or self._view is None:
            return self._by_words(request, question)
        if question.mode == "dense":
            return self._by_meaning(question, self._view, question.vector)
        return self._fused(request, question, self._view, question.vector)

    def tail(self, question: Question, order: Order, begin: int, count: int) -> list[Fused]:
        """Results `begin` to `begin + count` behind the fused ones: matches by words, in their own order."""
        seen = set(order.results.keys)
        _, hits = self._snapshot.search(question.matches, begin + count + len(seen))
        behind = [(rank, place, raw) for rank, (place, raw) in enumerate(hits, 1) if place not in seen]
        shares = [(place, Share(WORDS, raw if order.plain else 0.0, raw, rank)) for rank, place, raw in behind]
        return [Fused(place, share.value, (share,)) for place, share in shares[begin : begin + count]]

    def _by_words(self, request: SearchRequest, question: Question) -> Order:
        if not request.counts:
            count = request.offset + request.limit
            hits = best(self._snapshot, question.matches, question.any, question.words.loose, count)
            if hits is not None:
                return Order(plain(WORDS, hits), frozenset(place for place, _ in hits), NOT_COUNTED, 0, True, ends=True)
        total, hits = self._snapshot.search(question.matches, POOL)
        return Order(plain(WORDS, hits), frozenset(place for place, _ in hits), total, 0, plain=True)

    def _by_meaning(self, question: Question, view: DenseView, vector: Vector) -> Order:
        among = None if question.firm is None else self._among(question.firm, view)
        near = view.nearest(vector, 5 * POOL, among)
        total = len(view) if among is None else len(among)
        return Order(plain(MEANING, near), frozenset(), total, 0, ends=True)

    def rankings(self, question: Question, view: DenseView, vector: Vector) -> tuple[int, dict[str, Ranked]]:
        """How many works match by words, and every ranking there is, the `POOL` best of each."""
        total, hits = self._snapshot.search(question.matches, POOL)
        found = {WORDS: hits, MEANING: self._nearest(vector, question.firm, view)}
        if question.words.tags:
            found[CONCEPTS] = self._tagged(question)
        return total, found

    def fused(self, rankings: dict[str, Ranked], weights: dict[str, float]) -> Results:
        """The rankings that have a weight, fused. A work without the words or the concepts has a score for them, 0;
        a meaning every work has."""
        size = min(POOL, self._snapshot.documents)
        return fuse([
            Ranking(name, weights[name], hits, 0 if name == MEANING else size)
            for name, hits in rankings.items() if name in weights
        ])  # fmt: skip

    def _fused(self, request: SearchRequest, question: Question, view: DenseView, vector: Vector) -> Order:
        total, found = self.rankings(question, view, vector)
        results = self.fused(found, WEIGHTS)
        results = smoothed(results, view, self.entitled(question, results))
        results, notes = self._rescored(request, self._with_citations(results))
        matched = self._matched(question, results.keys, dict(found[WORDS]), total)
        return Order(results, matched, total, len(results) - len(matched), notes=notes)

    def entitled(self, question: Question, results: Results) -> frozenset[Place]:
        """Those of the best whose titles have every word asked for."""
        titles, best = question.words.entitled, results.keys[:SMOOTHED]
        return self._those(titles, best) if titles is not None and best else frozenset()

    def _nearest(self, vector: Vector, firm: Query | None, view: DenseView) -> Ranked:
        """The `POOL` nearest works that meet the conditions. Where most works do, the nearest of all are sifted;
        where few do, these are searched alone. Both are exact."""
        if firm is None:
            return view.nearest(vector, POOL)
        if BROAD * self._snapshot.count(firm) >= len(view):
            near = view.nearest(vector, 2 * BROAD * POOL)
            meet = self._those(firm, [place for place, _ in near])
            if len(meet) >= POOL:
                return [(place, score) for place, score in near if place in meet][:POOL]
        return view.nearest(vector, POOL, self._among(firm, view))

    def _among(self, firm: Query, view: DenseView) -> Rows:
        """The rows of the works that meet the conditions, looked up once for a search."""
        if self._rows is None:
            self._rows = view.rows_of(self._snapshot.places(firm))
        return self._rows

    def _those(self, query: Query, places: Sequence[Place]) -> frozenset[Place]:
        """Those of the places that a query matches."""
        both = boolean(must=[Query.const_score_query(query, 0.0), self._snapshot.only(places)])
        return frozenset(place for place, _ in self._snapshot.best(both, len(places)))

    def _tagged(self, question: Question) -> Ranked:
        """Works tagged with the concepts named, by how many and how rare these are."""
        tags = Query.boolean_query([
            (Occur.Should, Query.boost_query(Query.term_query(schema(), "topic_iri", iri), weight))
            for iri, weight in question.words.tags
        ])  # fmt: skip
        return self._snapshot.search(_within(tags, question.firm), POOL)[1]

    def _matched(
        self, question: Question, results: Sequence[Place], words: dict[Place, float], total: int
    ) -> frozenset[Place]:
        """Those of the results whose words match, though perhaps not among the best."""
        if total <= len(words):
            return frozenset(words)
        others = [place for place in results if place not in words]
        return frozenset(words) | self._those(question.matches, others)

    def _with_citations(self, results: Results) -> Results:
        """The `POOL` best with what their citations, over their age, add: `c / (1 + c)` for `c` citations a year."""
        head = results.keys[:POOL]
        counts = np.zeros(len(results))
        counts[: len(head)] = self._snapshot.citations(head)
        if not counts.any():
            return results
        ages = np.ones(len(results))
        ages[: len(head)] = np.maximum(1, self._snapshot.latest_year - self._snapshot.column("year", head) + 1)
        yearly = counts / ages
        values = CITATION_WEIGHT * yearly / (1 + yearly)
        column = Column(CITED, values, counts, np.zeros(len(results), dtype=np.int64), counts > 0)
        return results.with_columns([column])

    def _rescored(self, request: SearchRequest, results: Results) -> tuple[Results, tuple[str, ...]]:
        """With what the rescorer says of the best; as they are, and why, where its model fails."""
        if self._rescore is None:
            return results, ()
        head = list(zip(results.keys[:RESCORED], results.scores.tolist(), strict=False))
        try:
            parts = self._rescore(request, [Candidate(self._snapshot.document(place), score) for place, score in head])
        except EncoderError as error:
            return results, (f"the reranker failed ({error.message}): in the order without it",)
        more = {place: tuple(map(_share, said)) for (place, _), said in zip(head, parts, strict=True) if said}
        return ordered(results.keys, results.columns, more), ()


def _share(part: ScorePart) -> Share:
    return Share(part.name, part.value, part.raw, part.rank)


def _within(query: Query, firm: Query | None) -> Query:
    return query if firm is None else boolean(must=[query, Query.const_score_query(firm, 0.0)])
