"""What is like good results is likely good: scores smoothed over neighbours in meaning.

The cluster hypothesis (van Rijsbergen 1979) as score regularisation (Diaz, CIKM 2005): each result keeps half of its
score and takes the other half from the results most like it. Likeness is the cosine of the vectors after the mean of
the results is taken away, without which texts about one matter would all look alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from graph.search.dense import DenseView
from graph.search.fusion import Fused, Share, in_order
from graph.search.works import Place

SMOOTHED: Final = 200
"""So many of the best are looked at."""
NEIGHBOURS: Final = 10
TAKEN: Final = 0.5
"""What neighbours say of a score."""
ALIKE: Final = "results like it"


def smoothed(results: Sequence[Fused[Place]], view: DenseView) -> list[Fused[Place]]:
    """The results with the `SMOOTHED` best of them in a new order; the others follow as they are, with what a score
    without neighbours keeps. One without a vector is as near to every other."""
    head, rest = results[:SMOOTHED], results[SMOOTHED:]
    if len(head) < 3:
        return list(results)
    scores = np.array([one.score for one in head])
    taken = TAKEN * (_likeness(*view.vectors([one.key for one in head])) @ scores)
    new = in_order(_mixed(one, float(part)) for one, part in zip(head, taken, strict=True))
    least = new[-1].score
    return [*new, *(_scaled(one, min(1 - TAKEN, least / one.score if one.score else 0.0)) for one in rest)]


def _likeness(known: NDArray[np.bool_], vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """How much each result takes from each other; rows sum to 1. `vectors` are of those that are `known`."""
    count = len(known)
    alike = np.where(known[:, None] & known[None, :], 0.0, 1.0 / count)
    if known.sum() > 2:
        alike[np.ix_(known, known)] = _nearest(vectors.astype(np.float64))
    np.fill_diagonal(alike, 0.0)
    sums = alike.sum(axis=1, keepdims=True)
    return np.where(sums > 0, alike / np.maximum(sums, 1e-12), 1.0 / count)


def _nearest(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cosines, squared, of those that are among the nearest of one another, seen from either side."""
    centred = rows - rows.mean(axis=0)
    centred /= np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-12)
    cosines = np.maximum(centred @ centred.T, 0.0)
    np.fill_diagonal(cosines, 0.0)
    if len(rows) > NEIGHBOURS:
        least = np.partition(cosines, -NEIGHBOURS, axis=1)[:, -NEIGHBOURS]
        cosines = np.where((cosines >= least[:, None]) | (cosines >= least[None, :]), cosines, 0.0)
    squared: NDArray[np.float64] = cosines**2
    return squared


def _mixed(one: Fused[Place], taken: float) -> Fused[Place]:
    kept = _scaled(one, 1 - TAKEN)
    share = Share(ALIKE, taken, taken / TAKEN, 0)
    return Fused(one.key, kept.score + taken, (*kept.shares, share))


def _scaled(one: Fused[Place], factor: float) -> Fused[Place]:
    shares = tuple(msgspec.structs.replace(share, value=factor * share.value) for share in one.shares)
    return Fused(one.key, sum(share.value for share in shares), shares)
