"""What is like good results is likely good: scores smoothed over neighbours in meaning.

The cluster hypothesis (van Rijsbergen 1979) as score regularisation (Diaz, CIKM 2005): each result keeps half of its
score and takes the other half from the results most like it. Likeness is the cosine of the vectors after the mean of
the results is taken away, without which texts about one matter would all look alike. A work whose title has every
word asked for is the exact answer rather than one of its kind: where its neighbours would lower it, it stays.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import numpy as np
from numpy.typing import NDArray

from graph.search.dense import DenseView
from graph.search.fusion import Column, Results
from graph.search.works import Place

SMOOTHED: Final = 200
"""So many of the best are looked at."""
NEIGHBOURS: Final = 10
TAKEN: Final = 0.5
"""What neighbours say of a score."""
ALIKE: Final = "results like it"
ENTITLED: Final = "every word is in its title"


def smoothed(results: Results, view: DenseView, entitled: Collection[Place] = ()) -> Results:
    """The results in a new order; those `entitled` are not lowered. Those behind the `SMOOTHED` best have no neighbours
    to speak for them; a work without a vector is as near to every other one."""
    count = min(SMOOTHED, len(results))
    if count < 3:
        return results
    likeness = _likeness(*view.vectors(results.keys[:count]))
    raw = np.zeros(len(results))
    raw[:count] = likeness @ results.scores[:count]
    has = np.arange(len(results)) < count
    lowered = np.maximum(TAKEN * (results.scores - raw), 0.0)
    lowered[[key not in entitled for key in results.keys]] = 0.0
    ranks = np.zeros(len(results), dtype=np.int64)
    kept = Column(ENTITLED, lowered, lowered, ranks, lowered > 0)
    return results.with_columns((Column(ALIKE, TAKEN * raw, raw, ranks, has), kept), 1 - TAKEN)


def _likeness(known: NDArray[np.bool_], vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much each result takes from each other; rows sum to 1. `vectors` are of those that are `known`."""
    count = len(known)
    if known.all():
        alike = _nearest(vectors)
    else:
        alike = np.full((count, count), 1 / count, dtype=np.float32)
        if len(vectors) > 2:
            alike[np.ix_(known, known)] = _nearest(vectors)
        np.fill_diagonal(alike, 0.0)
    sums = alike.sum(axis=1, keepdims=True)
    return np.where(sums > 0, alike / np.maximum(sums, 1e-12), np.float32(1 / count))


def _nearest(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cosines, squared, of those that are among the nearest of one another, seen from either side."""
    centred = vectors - vectors.mean(axis=0)
    centred /= np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-12)
    cosines = np.maximum(centred @ centred.T, 0.0)
    np.fill_diagonal(cosines, 0.0)
    if len(cosines) > NEIGHBOURS:
        least = np.partition(cosines, -NEIGHBOURS, axis=1)[:, -NEIGHBOURS]
        cosines[(cosines < least[:, None]) & (cosines < least[None, :])] = 0.0
    squared: NDArray[np.float32] = cosines**2
    return squared
