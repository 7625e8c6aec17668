"""How well related works foretell citations: `python -m bench.related DATA [--works 300]`.

For works that cite or are cited within the catalogue, the works linked by a citation are what should be found: the
direct citation itself is no part of the score. Prints nDCG@10 and recall@10 of each part alone, of all but one, and
of their mean as `graph.discovery.related` takes it, and with topics as strong as the others.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Mapping
from math import log2
from pathlib import Path
from typing import Final

from api.settings import load_settings
from api.wiring import Services
from graph.convert.safe import ref
from graph.discovery.ask import column
from graph.discovery.related import MOST, WEIGHTS, likenesses

K: Final = 10
Scores = Mapping[str, float]


def _mean(parts: Mapping[str, Scores], weights: Mapping[str, float]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, weight in weights.items():
        for work, value in parts[name].items():
            found[work] = found.get(work, 0.0) + weight * value
    return found


def _measured(scores: Scores, wanted: set[str]) -> tuple[float, float]:
    best = sorted(scores, key=lambda work: (-round(scores[work], 9), work))[:K]
    gain = sum(1 / log2(rank + 2) for rank, work in enumerate(best) if work in wanted)
    ideal = sum(1 / log2(rank + 2) for rank in range(min(K, len(wanted))))
    return gain / ideal, len(wanted.intersection(best)) / min(K, len(wanted))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--works", type=int, default=300)
    asked = parser.parse_args()
    services = Services(load_settings(data=asked.data))
    store = services.store
    linked = sorted(set(column(store, "SELECT DISTINCT ?x { ?x cito:cites ?o . ?o a gn:Work . ?x a gn:Work }")))
    chosen = random.Random(7).sample(linked, min(asked.works, len(linked)))
    ways = {
        **{name: {name: 1.0} for name in WEIGHTS},
        **{f"all but {left}": {name: weight for name, weight in WEIGHTS.items() if name != left} for left in WEIGHTS},
        "all, topics as strong": dict.fromkeys(WEIGHTS, 1.0),
        "all": WEIGHTS,
    }
    sums = {name: [0.0, 0.0] for name in ways}
    for iri in chosen:
        pattern = f"{{ {ref(iri)} cito:cites ?x }} UNION {{ ?x cito:cites {ref(iri)} }} ?x a gn:Work"
        wanted = set(column(store, f"SELECT DISTINCT ?x {{ {pattern} }}"))
        parts = {n: cosines for n, (cosines, _) in likenesses(store, iri, services.engine.more_like(iri, MOST)).items()}
        for name, weights in ways.items():
            for at, value in enumerate(_measured(_mean(parts, weights), wanted)):
                sums[name][at] += value / len(chosen)
    print(f"{len(chosen)} works with citations in the catalogue of {len(services.engine):,}")
    for name, (gain, recall) in sums.items():
        print(f"{name:<24} nDCG@{K} {gain:.3f}   recall@{K} {recall:.3f}")
    services.close()


if __name__ == "__main__":
    main()
