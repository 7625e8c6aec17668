"""Asking again with what the best results say: pseudo-relevance feedback, by words and by meaning.

By words: RM3 (Abdul-Jaleel et al., TREC 2004), the query's words mixed half and half with the words that set the best
results apart. By meaning: Rocchio (1971), the query's vector moved towards the mean of the best.
Numbers are those of the literature, not fitted here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import log
from typing import Final

import numpy as np
from tantivy import Occur, Query

from graph.search.conditions import term
from graph.search.documents import Vector
from graph.search.language import STOPWORDS, stemmed, unspaced_runs, without_unspaced
from graph.search.works import Place, Snapshot

WORKS: Final = 10
"""Best results whose words are taken."""
NEAREST: Final = 5
"""Best results whose vectors are taken."""
TERMS: Final = 20
MIXED: Final = 0.5
"""Weight of the feedback against the query, by words and by meaning."""
MAX_CHARACTERS: Final = 4_000
"""Of a work that are looked at."""
MIN_WORDS: Final = 3
"""Words a query needs to be asked again: of one or two the best results tell too little."""


def word_weights(text: str) -> dict[str, float]:
    """Stems of a query with their share in it; none where it is written without spaces, of whose words stems
    would be a small part."""
    if unspaced_runs(text):
        return {}
    counts = Counter(_stems(text))
    total = sum(counts.values())
    return {stem: count / total for stem, count in counts.items()}


def mixed(query: dict[str, float], snapshot: Snapshot, best: Sequence[tuple[Place, float]]) -> dict[str, float]:
    """Stems with weights: the query's, and those that set the best results apart, each result counting by
    its score."""
    whole = sum(score for _, score in best) or 1.0
    model: Counter[str] = Counter()
    for place, score in best:
        stored = snapshot.stored(place)
        stems = _stems(f"{stored.get_first('title') or ''} {stored.get_first('abstract') or ''}"[:MAX_CHARACTERS])
        for stem, count in Counter(stems).items():
            model[stem] += score / whole * count / len(stems)  # type: ignore[assignment]
    rare = {stem: share * _rarity(snapshot, stem) for stem, share in model.items()}
    kept = sorted(rare, key=lambda stem: (-rare[stem], stem))[:TERMS]
    total = sum(rare[stem] for stem in kept)
    weights = {stem: (1 - MIXED) * share for stem, share in query.items()}
    for stem in kept:
        weights[stem] = weights.get(stem, 0.0) + MIXED * rare[stem] / total
    return weights


def weighted_query(weights: dict[str, float]) -> Query:
    """Works that have any of the stems, scored by all of them."""
    return Query.boolean_query(
        [(Occur.Should, Query.boost_query(term("text", stem), weight)) for stem, weight in weights.items()]
    )


def moved(query: Vector, best: Iterable[Vector | None]) -> Vector:
    """The query's vector moved half way to the mean of the best, of unit length."""
    known = [vector for vector in best if vector is not None]
    if not known:
        return query
    mean = np.mean(known, axis=0)
    vector = (1 - MIXED) * query + MIXED * mean / max(float(np.linalg.norm(mean)), 1e-12)
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-12), dtype=np.float32)


def _stems(text: str) -> list[str]:
    return [stem for stem in stemmed().analyze(without_unspaced(text)) if stem not in _STOPPED]


_STOPPED: Final = frozenset(stem for word in STOPWORDS for stem in stemmed().analyze(word))


def _rarity(snapshot: Snapshot, stem: str) -> float:
    """Inverse document frequency, as BM25 has it."""
    count = snapshot.frequency("text", stem)
    return log(1 + (snapshot.documents - count + 0.5) / (count + 0.5)) if count <= snapshot.documents else 0.01
