"""A result as the reader sees it: highlights, reasons, parts of the score, the parts of the work that match."""

from __future__ import annotations

from typing import Final

import numpy as np

from graph.search.base import FragmentHit, ScorePart, SearchHit, SearchRequest
from graph.search.compose import LexicalQuery
from graph.search.documents import Vector
from graph.search.fragments import FragmentSnapshot, Within
from graph.search.fusion import Fused, Share
from graph.search.highlights import Highlighter
from graph.search.language import STOPWORDS
from graph.search.neighbours import ALIKE, ENTITLED
from graph.search.part_queries import words_query
from graph.search.parts import fragment_hit, fused
from graph.search.query.tree import Any, Word
from graph.search.ranking import WORDS
from graph.search.schema import key_of
from graph.search.works import Place, Snapshot

MAX_PASSAGES: Final = 10
_SILENT: Final = ("order",)
_SAID: Final = {
    WORDS: "its words match",
    "meaning": "close in meaning",
    "concepts": "about a concept you named",
    ALIKE: "like other good results",
    ENTITLED: "its title has every word",
    "citations for its age": "often cited for its age",
}


class Dresser:
    """Dresses the results of one request."""

    def __init__(
        self,
        snapshot: Snapshot,
        fragments: FragmentSnapshot | None,
        words: LexicalQuery,
        request: SearchRequest,
        vector: Vector | None = None,
    ) -> None:
        self._snapshot = snapshot
        self._fragments = fragments
        self._words = words
        self._request = request
        self._vector = vector
        self._highlighter = Highlighter(snapshot, words.marks)

    def dressed(self, one: Fused, dense_only: bool) -> SearchHit:
        document = self._snapshot.document(one.key)
        return SearchHit(
            document=document,
            score=one.score,
            dense_only=dense_only,
            reasons=tuple(_SAID.get(share.name, share.name) for share in one.shares if share.name not in _SILENT),
            highlights=self._highlighter(one.key) if self._request.highlight else (),
            fragments=self._passages(document.iri),
            parts=self._parts(one) if self._request.explain else (),
        )  # fmt: skip

    def _passages(self, iri: str) -> tuple[FragmentHit, ...]:
        """The parts of the work that match best."""
        if not self._request.passages or self._fragments is None or not self._words.text:
            return ()
        content = [word for word in self._words.text.split() if word.lower() not in STOPWORDS]
        asked = Any(tuple(Word(word) for word in content or self._words.text.split()))
        query = words_query(asked, self._snapshot.languages)
        count = min(self._request.passages, MAX_PASSAGES)
        within = Within(keys=np.array([key_of(iri)]))
        _, hits = self._fragments.search(query, within, 2 * count)
        if self._vector is not None and self._fragments.dense:
            hits = fused(hits, self._fragments.near(self._vector, within, 2 * count))
        found = [self._fragments.found(place, score) for place, score in hits[: 2 * count]]
        marker = Highlighter(self._fragments, self._words.marks)
        return tuple(fragment_hit(one, marker) for one in found if "/abs/" not in one.fragment.iri)[:count]

    def _parts(self, one: Fused) -> tuple[ScorePart, ...]:
        """The shares of the rankings; that of the words split by what each word or concept adds to BM25."""
        parts: list[ScorePart] = []
        for share in one.shares:
            if share.name == WORDS:
                parts += self._words_apart(one.key, share)
            else:
                parts.append(ScorePart(name=share.name, value=share.value, raw=share.raw, rank=share.rank))
        return tuple(parts)

    def _words_apart(self, place: Place, share: Share) -> list[ScorePart]:
        scores = [(unit.name, self._snapshot.score(unit.query, place)) for unit in self._words.units]
        whole = sum(score for _, score in scores)
        if not whole:
            return [ScorePart(name=WORDS, value=share.value, raw=share.raw, rank=share.rank)]
        return [
            ScorePart(name=name, value=share.value * score / whole, raw=score, rank=share.rank)
            for name, score in scores
            if score
        ]
