"""The best that have enough of a query's words, without a look at all that match.

Ranking what has *one* of the words takes half the time of ranking what has two or three of many. Those of the best
that have too few are left out afterwards: the text of a work mostly shows at once that it has enough, and the index
knows of the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from tantivy import Query

from graph.search.conditions import boolean
from graph.search.documents import SearchDocument
from graph.search.language import stemmed, without_unspaced
from graph.search.works import Place, Ranked, Snapshot

MIN_LEAST: Final = 3
SIFTED: Final = 4
"""So many times the results wanted are looked at."""


class Enough(msgspec.Struct, frozen=True):
    """`any` finds what has one of the bare words, where it takes `least` of them (None: not worth it); `each`
    scores 1 for each word, `stems` are those of the words that have one."""

    any: Query | None = None
    each: tuple[Query, ...] = ()
    stems: tuple[str, ...] = ()
    least: int = 0


def enough_of(any: Query, words: Sequence[tuple[str, Query]], least: int) -> Enough:
    """For bare words with what finds each. Two of a few are found as fast as one."""
    if least < MIN_LEAST:
        return Enough()
    analysed = [stemmed().analyze(without_unspaced(word)) for word, _ in words]
    stems = dict.fromkeys(found[0] for found in analysed if len(found) == 1)
    return Enough(any, tuple(Query.const_score_query(query, 1.0) for _, query in words), tuple(stems), least)


def best(snapshot: Snapshot, matches: Query, any: Query | None, enough: Enough, count: int) -> Ranked | None:
    """The best `count` of `matches`, of which `any` finds more; None where too many of those have too few words."""
    if any is None:
        return snapshot.best(matches, count)
    hits = snapshot.best(any, SIFTED * count)
    kept: Ranked = []
    for at in range(0, len(hits), max(1, count)):
        some = hits[at : at + count]
        doubtful = [place for place, _ in some if not _shows(snapshot.document(place), enough)]
        short = _short(doubtful, snapshot, enough)
        kept += [hit for hit in some if hit[0] not in short]
        if len(kept) >= count:
            return kept[:count]
    return kept if len(hits) < SIFTED * count else None


def _shows(document: SearchDocument, enough: Enough) -> bool:
    """Whether the texts of a work alone have enough of the words."""
    if len(enough.stems) < enough.least:
        return False
    texts = " ".join((document.title, document.abstract, *document.keywords))
    return len(set(stemmed().analyze(texts)).intersection(enough.stems)) >= enough.least


def _short(places: Sequence[Place], snapshot: Snapshot, enough: Enough) -> frozenset[Place]:
    """Those of the works that have too few of the words, as the index knows."""
    if not places:
        return frozenset()
    told = boolean(must=[snapshot.only(places)], should=enough.each)
    had = dict(snapshot.best(told, len(places)))
    return frozenset(place for place in places if had.get(place, 0) < enough.least)
