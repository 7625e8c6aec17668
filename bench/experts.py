"""How well experts foretell who writes on a topic next: `python -m bench.experts DATA [--least 30]`.

For each concept of at least so many works, the works of the first 70 % (by year) are known and the others hidden. A
good expert is somebody known who is an author of a hidden work. Prints P@5 and nDCG@10, means over the topics, of the
score as `graph.discovery.experts` takes it, of each of its parts left out, and of the mere number of works.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping
from math import log2
from pathlib import Path
from typing import Final

from api.settings import load_settings
from api.wiring import Services
from graph.discovery.ask import rows
from graph.discovery.experts import HALF_LIFE, Share, freshness, shares, strengths_of
from graph.discovery.tally import years_of
from graph.stores.base import ReadableStore

KNOWN: Final = 0.7
"""Share of a topic's works, the oldest, that is known."""
Worth = Callable[[Share, float, float], float]
"""What a work adds: from the person's share, its strength and its freshness."""

WAYS: Final[dict[str, Worth]] = {
    "number of works": lambda share, strength, fresh: 1.0,
    "as it is": lambda share, strength, fresh: share.credit * strength * fresh,
    "without strength": lambda share, strength, fresh: share.credit * fresh,
    "without freshness": lambda share, strength, fresh: share.credit * strength,
    "without shares": lambda share, strength, fresh: strength * fresh,
    "whole shares": lambda share, strength, fresh: share.part * strength * fresh,
    "equal shares": lambda share, strength, fresh: strength * fresh / share.authors**0.5,
    "freshness alone": lambda share, strength, fresh: fresh,
}


def topics(store: ReadableStore, least: int) -> Iterable[str]:
    query = "SELECT ?x (COUNT(DISTINCT ?p) AS ?n) { ?p dct:subject ?x } GROUP BY ?x ORDER BY ?x"
    return [row["x"] for row in rows(store, query) if int(row["n"]) >= least]


def measured(scores: Mapping[str, float], wanted: set[str]) -> tuple[float, float]:
    """P@5 and nDCG@10."""
    best = sorted(scores, key=lambda one: (-round(scores[one], 9), one))[:10]
    gain = sum(1 / log2(place + 2) for place, one in enumerate(best) if one in wanted)
    ideal = sum(1 / log2(place + 2) for place in range(min(10, len(wanted))))
    return len(wanted.intersection(best[:5])) / 5, gain / ideal


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--least", type=int, default=30)
    asked = parser.parse_args()
    services = Services(load_settings(data=asked.data))
    ways = {**WAYS, **{f"half-life {years} years": WAYS["as it is"] for years in (2, 4, 16)}}
    sums, number = {name: [0.0, 0.0] for name in ways}, 0
    for topic in topics(services.store, asked.least):
        strengths = strengths_of(services.store, topic)
        years = years_of(services.store, strengths)
        ordered = sorted(years, key=lambda work: (years[work], work))
        border = years[ordered[int(len(ordered) * KNOWN)]]
        known = {work: year for work, year in years.items() if year < border}
        found = list(shares(services.store, years))
        told = [share for share in found if share.work in known]
        wanted = {share.person for share in found if share.work not in known} & {share.person for share in told}
        if len(wanted) < 5:
            continue
        number += 1
        for name, worth in ways.items():
            half_life = float(name.split()[1]) if name.startswith("half-life") else HALF_LIFE
            scores: dict[str, float] = {}
            for share in told:
                fresh = freshness(known, share.work, half_life)
                scores[share.person] = scores.get(share.person, 0.0) + worth(share, strengths[share.work], fresh)
            for at, value in enumerate(measured(scores, wanted)):
                sums[name][at] += value
    print(f"{number} topics of at least {asked.least} works, five known authors who write on")
    for name, (precision, gain) in sums.items():
        print(f"{name:<22} P@5 {precision / number:.3f}   nDCG@10 {gain / number:.3f}")
    services.close()


if __name__ == "__main__":
    main()
