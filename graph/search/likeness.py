"""How like two works are in meaning: the cosine of their vectors without what all texts of the catalogue share.

Vectors of a sentence encoder point into one narrow cone, so that plain cosines of any two texts are high. Taking the
mean of all away spreads them (Mu and Viswanath, All-but-the-Top, ICLR 2018), and 0 means "no more alike than any two".
"""

from __future__ import annotations

from typing import Final

import numpy as np

from graph.search.dense import DenseView
from graph.search.works import Place

_WIDER: Final = 3
"""So many times the wanted works are looked at, as plain cosines order them a little differently."""


def likest(view: DenseView, place: Place, k: int) -> list[tuple[Place, float]]:
    """The `k` works most like the one at `place`, best first, with a cosine in (0, 1]; none where it has no vector."""
    own = view.vector(place)
    if own is None or k <= 0:
        return []
    near = [other for other, _ in view.nearest(own, _WIDER * k + 1) if other != place]
    _, vectors = view.vectors(near)
    centred = vectors - view.centre
    mine = own - view.centre
    norms = np.linalg.norm(centred, axis=1) * np.linalg.norm(mine)
    cosines = centred @ mine / np.maximum(norms, 1e-12)
    best = np.lexsort((np.arange(len(near)), -cosines))[:k]
    return [(near[row], round(float(cosines[row]), 6)) for row in best if cosines[row] > 0]
