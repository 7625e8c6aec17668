"""How a request is answered from one commit: understand, rank, cut the page, dress the results."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import msgspec
import numpy as np
from tantivy import Query

from graph.search import cursors
from graph.search.abbreviations import PREFIX
from graph.search.base import (
    MAX_LIMIT,
    MAX_SAMPLE,
    MAX_WINDOW,
    EntityHit,
    Expander,
    FacetValue,
    Mode,
    Namer,
    QueryEncoder,
    Recogniser,
    Rescorer,
    SearchRequest,
    SearchResponse,
)
from graph.search.commits import Commit
from graph.search.compose import LexicalQuery, compose
from graph.search.conditions import is_iri
from graph.search.documents import Vector
from graph.search.dressing import Dresser
from graph.search.entities import entities_in
from graph.search.narrowing import Conditions, firm_of, matching
from graph.search.orders import Orders
from graph.search.parts import answer_parts
from graph.search.query.parse import parse
from graph.search.ranking import Question
from graph.search.understanding import Understood, understand
from ontology.errors import EncoderError, SearchError

ENCODED_QUERIES: Final = 512
MAX_GROUPS: Final = 1_000
MAX_ENTITIES: Final = 6


class Answerer:
    """Searches with these callables; without `encode_query` by words alone."""

    def __init__(
        self,
        encode_query: QueryEncoder | None = None,
        recognise: Recogniser | None = None,
        expand: Expander | None = None,
        rescore: Rescorer | None = None,
        name: Namer | None = None,
    ) -> None:
        self._encode = lru_cache(ENCODED_QUERIES)(encode_query) if encode_query else None
        self._recognise = recognise
        self._expand = expand
        self._rescore = rescore
        self._name = name

    def check(self, request: SearchRequest) -> None:
        """Raises SearchSyntaxError for a query that cannot be read."""
        parse(request.query)

    def answer(self, request: SearchRequest, commit: Commit) -> SearchResponse:
        """See `SearchEngine.search`."""
        _check(request)
        snapshot = commit.snapshot
        understood = understand(request, snapshot, self._recognise, self._expand)
        conditions = Conditions(understood.filters, snapshot)
        words = compose(understood.root, snapshot, understood.expansions, understood.groups)
        mode, notes, vector = self._meaning(request, words, understood, commit)
        question = Question(
            words, matching(words.matches, conditions), firm_of(words.firm, conditions), vector, mode,
            any=matching(words.loose.any, conditions) if words.loose.any is not None else None,
        )  # fmt: skip
        answered = SearchResponse(
            hits=(), total=0, dense_total=0, mode=mode, sequence=snapshot.manifest.sequence,
            expansions=(*understood.expansions, *understood.offered), did_you_mean=understood.did_you_mean, notes=notes,
            entities=self._entities(request, understood, commit),
        )  # fmt: skip
        if understood.parts:
            return answer_parts(request, understood, conditions, commit.fragments, snapshot, vector, answered)
        return self._works(request, commit, question, conditions, answered)

    def _works(
        self,
        request: SearchRequest,
        commit: Commit,
        question: Question,
        conditions: Conditions,
        answered: SearchResponse,
    ) -> SearchResponse:
        name = cursors.name_of(request)
        ranked = commit.orders(name, lambda: Orders(commit.snapshot, commit.view, self._rescore))
        begin = cursors.read(request.cursor, request).position if _walking(request) else request.offset
        page = ranked.page(request, question, begin)
        seen = begin + len(page.results)
        more = bool(request.cursor and page.results) and seen < page.length
        counted = question.words.matches if question.mode != "dense" else question.words.firm
        dresser = Dresser(commit.snapshot, commit.fragments, question.words, request, question.vector)
        return msgspec.structs.replace(
            answered,
            hits=tuple(dresser.dressed(one, one.key not in page.matched) for one in page.results),
            total=page.total,
            dense_total=page.dense_total,
            notes=(*answered.notes, *page.notes),
            facets=tuple(
                msgspec.structs.replace(one, values=self._named(one.values))
                for one in conditions.facets(counted, request.facets, request.facet_size)
            ),
            groups=self._named(_groups(request, conditions, counted)),
            cursor=cursors.write(cursors.Cursor(answered.sequence, seen, name)) if more else "",
        )

    def _named(self, values: tuple[FacetValue, ...]) -> tuple[FacetValue, ...]:
        """The same, named where no work gives an IRI's name."""
        bare = [one.value for one in values if one.label == one.value and is_iri(one.value)]
        labels = self._name(bare) if self._name and bare else {}
        return tuple(msgspec.structs.replace(one, label=labels.get(one.value, one.label)) for one in values)

    def _entities(self, request: SearchRequest, understood: Understood, commit: Commit) -> tuple[EntityHit, ...]:
        """What the query names, on the first page only."""
        if not request.query.strip() or request.offset or _walking(request):
            return ()
        snapshot = commit.snapshot
        found: list[EntityHit] = []
        asked = request.query.strip()
        place = snapshot.place_of(asked) if len(asked.split()) == 1 else None
        if place is not None:
            work = snapshot.document(place)
            found.append(EntityHit(iri=work.iri, kind="work", label=work.title, works=1))
        if commit.entities is not None:
            found += entities_in(commit.entities, snapshot, request.query, MAX_ENTITIES)
        for one in understood.expansions:
            if one.concept.startswith(PREFIX):
                continue
            works = snapshot.frequency("topic_iri", one.concept)
            found.append(EntityHit(iri=one.concept, kind="concept", label=one.label, works=works))
        return tuple({one.iri: one for one in found}.values())[:MAX_ENTITIES]

    def _meaning(
        self, request: SearchRequest, words: LexicalQuery, understood: Understood, commit: Commit
    ) -> tuple[Mode, tuple[str, ...], Vector | None]:
        """The mode that is possible, why it is not the one asked for, and the query's vector."""
        view = commit.view
        without_vectors = bool(understood.parts) and not (commit.fragments and commit.fragments.dense)
        if request.mode == "lexical" or not (words.text or understood.like) or without_vectors:
            return "lexical", (), None
        if understood.like and view is not None:
            known = [vector for place in understood.like if (vector := view.vector(place)) is not None]
            if known:
                mean = np.mean(known, axis=0)
                return request.mode, (), np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)
        if self._encode is None:
            return "lexical", ("no encoder is loaded: searched by words alone",), None
        if view is None and not understood.parts:
            return "lexical", ("the index has no vectors of this encoder: searched by words alone",), None
        try:
            return request.mode, (), self._encode(words.text)
        except EncoderError as error:
            return "lexical", (f"the encoder failed ({error.message}): searched by words alone",), None


def _walking(request: SearchRequest) -> bool:
    return request.cursor not in ("", cursors.START)


def _groups(request: SearchRequest, conditions: Conditions, counted: Query | None) -> tuple[FacetValue, ...]:
    if request.group_by is None:
        return ()
    return conditions.facets(counted, (request.group_by,), MAX_GROUPS)[0].values


def _check(request: SearchRequest) -> None:
    if not 0 <= request.limit <= MAX_LIMIT or request.offset < 0 or request.offset + request.limit > MAX_WINDOW:
        raise SearchError(
            f"results {request.offset} to {request.offset + request.limit} cannot be had",
            hint=f"limit is at most {MAX_LIMIT}, offset and limit together at most {MAX_WINDOW}; walk with cursor=*",
        )
    if not 1 <= request.facet_size <= MAX_LIMIT:
        raise SearchError(f"facet_size is {request.facet_size}", hint=f"choose 1 to {MAX_LIMIT}")
    if not 0 <= request.sample <= MAX_SAMPLE:
        raise SearchError(f"a sample of {request.sample}", hint=f"draw at most {MAX_SAMPLE}")
    if request.cursor and request.offset:
        raise SearchError("cursor and offset together", hint="a cursor knows its place: leave offset away")
