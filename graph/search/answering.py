"""How a request is answered from one snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import msgspec
from tantivy import Occur, Query

from graph.search.base import (
    MAX_LIMIT,
    MAX_WINDOW,
    Expander,
    Expansion,
    Filters,
    Mode,
    QueryEncoder,
    Recogniser,
    ScorePart,
    SearchHit,
    SearchRequest,
    SearchResponse,
    Vector,
)
from graph.search.compose import LexicalQuery, compose, filter_query, has_words, loose_words
from graph.search.dense import DenseView
from graph.search.expansion import expansions
from graph.search.fusion import Fused, Share, fuse
from graph.search.highlights import Highlighter
from graph.search.lexical import Place, Snapshot
from graph.search.schema import schema
from graph.search.syntax import parse
from ontology.errors import EncoderError, SearchError, SearchSyntaxError

POOL: Final = 200
"""So many of each ranking are fused, or the page's end where that is further."""
ENCODED_QUERIES: Final = 512


class _Question(msgspec.Struct, frozen=True):
    """A request made ready: `matches` finds by words, `firm` limits what is found by meaning (None:
    nothing does), `vector` is the query's meaning, None where only words are asked."""

    words: LexicalQuery
    matches: Query
    firm: Query | None
    vector: Vector | None
    expansions: tuple[Expansion, ...]
    mode: Mode
    notes: tuple[str, ...]


class _Found(msgspec.Struct, frozen=True):
    results: list[Fused[Place]]
    total: int
    dense_total: int = 0


class Answerer:
    """Searches with these callables; without `encode_query` by words alone."""

    def __init__(
        self,
        encode_query: QueryEncoder | None = None,
        recognise: Recogniser | None = None,
        expand: Expander | None = None,
    ) -> None:
        self._encode = lru_cache(ENCODED_QUERIES)(encode_query) if encode_query else None
        self._recognise = recognise
        self._expand = expand

    def answer(self, request: SearchRequest, snapshot: Snapshot | None, view: DenseView | None) -> SearchResponse:
        """See `SearchEngine.search`; `view` holds the vectors of `snapshot`, None where there are none."""
        _check(request)
        question = self._question(request, view)
        if snapshot is None:
            return SearchResponse(
                hits=(), total=0, dense_total=0, mode=question.mode, sequence=0,
                expansions=question.expansions, notes=(*question.notes, "the index is empty"),
            )  # fmt: skip
        found = _find(request, question, snapshot, view)
        page = found.results[request.offset : request.offset + request.limit]
        counted = question.matches if question.mode != "dense" else question.firm or filter_query(request.filters)
        return SearchResponse(
            hits=_hits(request, question, snapshot, page),
            total=found.total,
            dense_total=found.dense_total,
            mode=question.mode,
            sequence=snapshot.manifest.sequence,
            facets=snapshot.facets(counted, request.facets, request.facet_size),
            expansions=question.expansions,
            notes=question.notes,
        )

    def _question(self, request: SearchRequest, view: DenseView | None) -> _Question:
        parsed = parse(request.query)
        if parsed.root is not None and not has_words(parsed.root):
            raise SearchSyntaxError("the query holds no words", place="character 1", hint="write at least one word")
        found: tuple[list[Expansion], list[range]] = ([], [])
        words = loose_words(parsed.root)
        if request.expand and words and self._recognise and self._expand:
            found = expansions(words, self._recognise, self._expand, (*request.without, *parsed.without))
        composed = compose(parsed.root, *found)
        filters = filter_query(request.filters)
        limited = composed.firm is not None or request.filters != Filters()
        mode, notes, vector = self._meaning(request, composed.text, view)
        return _Question(
            words=composed,
            matches=_both(composed.matches, filters),
            firm=_both(composed.firm, filters) if limited else None,
            vector=vector,
            expansions=tuple(found[0]),
            mode=mode,
            notes=notes,
        )

    def _meaning(
        self, request: SearchRequest, text: str, view: DenseView | None
    ) -> tuple[Mode, tuple[str, ...], Vector | None]:
        """The mode that is possible, why it is not the one asked for, and the query's vector."""
        if request.mode == "lexical" or not text:
            return "lexical", (), None
        if self._encode is None:
            return "lexical", ("no encoder is loaded: searched by words alone",), None
        if view is None:
            return "lexical", ("the index has no vectors of this encoder: searched by words alone",), None
        try:
            return request.mode, (), self._encode(text)
        except EncoderError as error:
            return "lexical", (f"the encoder failed ({error.message}): searched by words alone",), None


def _check(request: SearchRequest) -> None:
    if not 0 <= request.limit <= MAX_LIMIT or request.offset < 0 or request.offset + request.limit > MAX_WINDOW:
        raise SearchError(
            f"results {request.offset} to {request.offset + request.limit} cannot be had",
            hint=f"limit is at most {MAX_LIMIT}, offset and limit together at most {MAX_WINDOW}; narrow the query",
        )
    if not 1 <= request.facet_size <= MAX_LIMIT:
        raise SearchError(f"facet_size is {request.facet_size}", hint=f"choose 1 to {MAX_LIMIT}")


def _both(query: Query | None, filters: Query) -> Query:
    return Query.boolean_query([(Occur.Must, query), (Occur.Must, filters)]) if query is not None else filters


def _find(request: SearchRequest, question: _Question, snapshot: Snapshot, view: DenseView | None) -> _Found:
    pool = max(POOL, request.offset + request.limit)
    if question.vector is None or view is None:
        ranked = snapshot.search if question.words.units else snapshot.newest
        total, hits = ranked(question.matches, pool)
        shares = [Share(score, score, rank) for rank, (_, score) in enumerate(hits, start=1)]
        return _Found([Fused(p, s.raw, s, None) for (p, _), s in zip(hits, shares, strict=True)], total)
    among = None if question.firm is None else snapshot.places(question.firm)
    near = view.nearest(question.vector, pool, among)
    if question.mode == "dense":
        total = len(view) if among is None else len(view.having(among))
        return _Found([Fused(p, s, None, Share(s, s, r)) for r, (p, s) in enumerate(near, start=1)], total)
    total, hits = snapshot.search(question.matches, pool)
    return _fused(question, question.vector, snapshot, view, near, dict(hits), total)


def _fused(
    question: _Question,
    vector: Vector,
    snapshot: Snapshot,
    view: DenseView,
    near: Sequence[tuple[Place, float]],
    words: dict[Place, float],
    total: int,
) -> _Found:
    """Both pools with both scores of each: a result is not marked down for being in one pool only."""
    meaning = dict(near)
    floor = min(meaning.values(), default=0.0)
    if total > len(words):
        # Words may match a near document too, just not among the best.
        rows = view.rows_of([place for place in meaning if place not in words])
        narrowed = Query.term_set_query(schema(), "row", rows)
        words |= dict(snapshot.search(_both(question.matches, Query.const_score_query(narrowed, 0.0)), len(meaning))[1])
    for place in words:
        if place not in meaning and (cosine := view.similarity(vector, place)) is not None:
            meaning[place] = cosine
    results = fuse(words, meaning, floor)
    return _Found(results, total, sum(one.lexical is None for one in results))


def _hits(
    request: SearchRequest, question: _Question, snapshot: Snapshot, page: Sequence[Fused[Place]]
) -> tuple[SearchHit, ...]:
    highlighter = Highlighter(snapshot, question.words.marks)
    return tuple(
        SearchHit(
            document=snapshot.document(one.key),
            score=one.score,
            dense_only=one.lexical is None,
            highlights=highlighter(one.key) if request.highlight else (),
            parts=_parts(question, snapshot, one) if request.explain else (),
        )
        for one in page
    )


def _parts(question: _Question, snapshot: Snapshot, one: Fused[Place]) -> tuple[ScorePart, ...]:
    """The words' share split by what each word or concept adds to BM25, and the meaning's share."""
    parts = []
    if one.lexical is not None:
        scores = [(unit.name, snapshot.score(unit.query, one.key)) for unit in question.words.units]
        whole = sum(score for _, score in scores)
        parts = [
            ScorePart(name=name, value=one.lexical.value * score / whole, raw=score) for name, score in scores if score
        ]
        if not parts:
            parts = [ScorePart(name="words", value=one.lexical.value, raw=one.lexical.raw, rank=one.lexical.rank)]
    if one.dense is not None:
        parts.append(ScorePart(name="meaning", value=one.dense.value, raw=one.dense.raw, rank=one.dense.rank))
    return tuple(parts)
