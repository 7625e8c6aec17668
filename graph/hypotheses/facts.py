"""What is known of a pair that does not stand together yet: as numbers that link prediction learns to weigh.

Common neighbours; Adamic and Adar, Friends and neighbors on the Web (Social Networks 25, 2003); resource allocation
(Zhou, Lü and Zhang, European Physical Journal B 71, 2009); preferential attachment (Barabási et al., Physica A 311,
2002); Salton's cosine of the neighbourhoods. The B in between is that of Swanson's ABC model (Fish oil, Raynaud's
syndrome, and undiscovered public knowledge, Perspectives in Biology and Medicine 30, 1986).
"""

from __future__ import annotations

from math import log, log1p, sqrt
from typing import Final

import msgspec

from graph.hypotheses.history import Kin, Together

SUPPORT: Final = 2
"""Things in between that a pair must have, to be asked about at all."""

NAMES: Final = (
    "common neighbours", "Adamic-Adar", "resource allocation", "cosine", "paths by works", "works of both",
    "neighbours of both", "works of the rarer", "new works of both", "younger of both",
)  # fmt: skip


POPULARITY: Final = [NAMES.index(name) for name in ("works of both", "works of the rarer")]
"""Facts that say only how much is written."""


class Between(msgspec.Struct):
    """What is summed over the things in between while the network is walked from one end."""

    common: int = 0
    adamic_adar: float = 0.0
    allocation: float = 0.0
    product: float = 0.0
    paths: float = 0.0


class Walker:
    """Facts of all pairs that begin at one thing. `recent` is the network of the last years only; kin make no pairs."""

    def __init__(self, now: Together, recent: Together, year: int, kin: Kin) -> None:
        self.now, self.recent, self.year, self._kin = now, recent, year, kin
        self._length = {thing: sqrt(sum(n * n for n in near.values())) for thing, near in now.near.items()}

    def between(self, start: str) -> dict[str, Between]:
        """Thing two steps away and not nearer → what lies between."""
        near = self.now.near.get(start, {})
        known = {start, *near, *self._kin.get(start, ())}
        found: dict[str, Between] = {}
        for middle, first in near.items():
            around = self.now.near[middle]
            told, shared = 1 / log(1 + len(around)), 1 / len(around)
            for end, second in around.items():
                if end not in known:
                    sums = found.setdefault(end, Between())
                    sums.common += 1
                    sums.adamic_adar += told
                    sums.allocation += shared
                    sums.product += first * second
                    sums.paths += log1p(min(first, second)) * told
        return {end: sums for end, sums in found.items() if sums.common >= SUPPORT}

    def facts(self, start: str, end: str, sums: Between) -> list[float]:
        """As in NAMES; logarithms where counts grow without end."""
        works, near, new = self.now.works, self.now.near, self.recent.works
        return [
            log1p(sums.common),
            log1p(sums.adamic_adar),
            log1p(10 * sums.allocation),
            sums.product / (self._length[start] * self._length[end]),
            log1p(sums.paths),
            log(works[start]) + log(works[end]),
            log(len(near[start])) + log(len(near[end])),
            log(min(works[start], works[end])),
            log1p(new[start]) + log1p(new[end]),
            log1p(self.year - max(self.now.first[start], self.now.first[end])),
        ]
