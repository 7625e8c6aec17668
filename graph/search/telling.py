"""The words that set works apart from the rest of the catalogue: what `like:` asks for by words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import log
from typing import Final

from graph.search.language import STOPWORDS, stemmed, without_unspaced
from graph.search.works import Place, Snapshot

TERMS: Final = 20
MAX_CHARACTERS: Final = 4_000
"""Of a work that are looked at."""


def telling_words(places: Sequence[Place], snapshot: Snapshot) -> list[str]:
    """At most `TERMS` stems, those first that are frequent in the works and rare elsewhere."""
    model: Counter[str] = Counter()
    for place in places:
        stored = snapshot.stored(place)
        stems = _stems(f"{stored.get_first('title') or ''} {stored.get_first('abstract') or ''}"[:MAX_CHARACTERS])
        for stem, count in Counter(stems).items():
            model[stem] += count / len(stems)  # type: ignore[assignment]
    rare = {stem: share * _rarity(snapshot, stem) for stem, share in model.items()}
    return sorted(rare, key=lambda stem: (-rare[stem], stem))[:TERMS]


def _stems(text: str) -> list[str]:
    return [stem for stem in stemmed().analyze(without_unspaced(text)) if stem not in _STOPPED]


_STOPPED: Final = frozenset(stem for word in STOPWORDS for stem in stemmed().analyze(word))


def _rarity(snapshot: Snapshot, stem: str) -> float:
    """Inverse document frequency, as BM25 has it."""
    count = snapshot.frequency("text", stem)
    return log(1 + (snapshot.documents - count + 0.5) / (count + 0.5)) if count <= snapshot.documents else 0.01
