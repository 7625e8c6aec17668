"""Random draws from what matches, the same for the same seed whatever the index looks like inside."""

from __future__ import annotations

import numpy as np
from tantivy import Query

from graph.search.works import Place, Snapshot


def drawn(snapshot: Snapshot, query: Query, size: int, seed: int) -> tuple[int, list[Place]]:
    """The number of matches and `size` of them: those whose IRI's hash, stirred with the seed, is least."""
    places = snapshot.places(query)
    keys = snapshot.column("key", places).astype(np.uint64)
    with np.errstate(over="ignore"):
        mixed = _stirred(keys ^ _stirred(np.array([seed & 0xFFFFFFFFFFFFFFFF], dtype=np.uint64)))
    return len(places), [places[i] for i in np.lexsort((keys, mixed))[:size]]


def _stirred(keys: np.typing.NDArray[np.uint64]) -> np.typing.NDArray[np.uint64]:
    """The finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014)."""
    keys = keys + np.uint64(0x9E3779B97F4A7C15)
    keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return keys ^ (keys >> np.uint64(31))
