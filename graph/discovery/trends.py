"""Topics on the rise and on the wane, and when each was in a burst.

Rise and wane: log odds of the last years against those before, with an informative Dirichlet prior, in standard
deviations (Monroe, Colaresi and Quinn, Fightin' Words, Political Analysis 16, 2008): a topic of three works is no
trend. Bursts: the two-state automaton over batches of Kleinberg, Bursty and hierarchical structure in streams (KDD
2002).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from math import log, sqrt
from typing import Final

import msgspec

from graph.discovery.ask import chunks, names, rows, values
from graph.discovery.tally import YearCount
from graph.stores.base import ReadableStore
from ontology.errors import QueryTooLarge

MOST: Final = 100
LEAST: Final = 5
"""Works that a topic must have."""
PRIOR: Final = 50.0
"""Works that the prior is worth."""
SURE: Final = 2.0
"""Standard deviations from which a rise or a wane counts."""
SCALING: Final = 2.0
"""How many times as frequent as usual a burst is (Kleinberg's s)."""
COST: Final = 1.0
"""What it costs to begin a burst, in logarithms of the number of years (Kleinberg's gamma)."""


class Burst(msgspec.Struct, frozen=True):
    """From the year `begin` to `end`, both in it; `weight` is what the burst explains, in natural logarithms."""

    begin: int
    end: int
    weight: float


class Trend(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A topic with `works` works, `recent` of them in the last years. `share` and `before` are its shares of all works
    in the last years and before; `deviations` is how far the odds moved, in standard deviations."""

    iri: str
    name: str
    works: int
    recent: int
    share: float
    before: float
    deviations: float
    years: tuple[YearCount, ...]
    bursts: tuple[Burst, ...] = ()


class Trends(msgspec.Struct, frozen=True, kw_only=True):
    """Of `works` works with a year and a topic: `emerging` in the years `since` to `until` against all before, and
    `fading`, the surest first; `bursting`: in a burst that has not ended, the heaviest first."""

    works: int
    since: int
    until: int
    emerging: tuple[Trend, ...]
    fading: tuple[Trend, ...]
    bursting: tuple[Trend, ...]


def trends(
    store: ReadableStore, works: Collection[str] | None = None, last: int = 3, limit: int = 10, until: int = 0
) -> Trends:
    """Trends of the topics of these works, or of all; the last years are the `last` ones up to `until`, or to the year
    of the newest work. QueryTooLarge for more than MOST.
    """
    if not 1 <= limit <= MOST:
        raise QueryTooLarge(f"1 to {MOST} trends can be asked for")
    table, total = _counted(store, works, until)
    newest = max(total, default=0)
    since = newest - last + 1
    found = [_trend(iri, years, total, since) for iri, years in table.items() if years.total() >= LEAST]
    found = [one for one in found if any(year < since for year in total)]
    rising = sorted((one for one in found if one.deviations >= SURE), key=lambda one: (-one.deviations, one.iri))
    waning = sorted((one for one in found if one.deviations <= -SURE), key=lambda one: (one.deviations, one.iri))
    open_bursts = [one for one in found if one.bursts and one.bursts[-1].end == newest]
    bursting = sorted(open_bursts, key=lambda one: (-one.bursts[-1].weight, one.iri))
    return Trends(
        works=total.total(), since=since, until=newest, emerging=_named(store, rising[:limit]),
        fading=_named(store, waning[:limit]), bursting=_named(store, bursting[:limit]),
    )  # fmt: skip


def bursts(counts: Mapping[int, int], total: Mapping[int, int]) -> tuple[Burst, ...]:
    """The bursts of what occurs in so many works of each year, among all works of each year, the earliest first.

    Years without works are passed over. The cheapest way through the two states is found by dynamic programming.
    """
    years = [year for year in sorted(total) if total[year]]
    hits = sum(counts.get(year, 0) for year in years)
    everything = sum(total[year] for year in years)
    if not 0 < hits < everything:
        return ()
    usual = hits / everything
    often = min(SCALING * usual, (1 + usual) / 2)
    gains = [
        counts.get(year, 0) * log(often / usual)
        + (total[year] - counts.get(year, 0)) * log((1 - often) / (1 - usual))
        for year in years
    ]  # fmt: skip
    states = _cheapest(gains, COST * log(len(years)) if len(years) > 1 else 0.0)
    return tuple(_runs(years, gains, states))


def _cheapest(gains: Sequence[float], price: float) -> list[bool]:
    """Whether each year is in a burst: the states that gain most, where each beginning costs `price`."""
    calm, burst = 0.0, -price
    came: list[tuple[bool, bool]] = []
    for gain in gains:
        came.append((burst > calm, burst >= calm - price))
        calm, burst = max(calm, burst), max(burst, calm - price) + gain
    states: list[bool] = []
    state = burst > calm
    for from_calm, from_burst in reversed(came):
        states.append(state)
        state = from_burst if state else from_calm
    return states[::-1]


def _runs(years: Sequence[int], gains: Sequence[float], states: Sequence[bool]) -> Iterable[Burst]:
    begin: int | None = None
    weight = 0.0
    for at, state in enumerate([*states, False]):
        if state:
            begin = years[at] if begin is None else begin
            weight += gains[at]
        elif begin is not None:
            yield Burst(begin, years[at - 1], round(weight, 3))
            begin, weight = None, 0.0


def _counted(
    store: ReadableStore, works: Collection[str] | None, until: int
) -> tuple[dict[str, Counter[int]], Counter[int]]:
    """Topic → works of each year, and all works of each year that have a topic."""
    table: defaultdict[str, Counter[int]] = defaultdict(Counter)
    total: Counter[int] = Counter()
    parts = [""] if works is None else [f"VALUES ?p {{ {values(chunk)} }}" for chunk in chunks(sorted(works))]
    for part in parts:
        said = "?p dct:subject ?x ; gn:year ?y"
        for row in rows(store, f"SELECT ?x ?y (COUNT(DISTINCT ?p) AS ?n) {{ {part} {said} }} GROUP BY ?x ?y"):
            if "x" in row:
                table[row["x"]][int(row["y"])] += int(row["n"])
        for row in rows(store, f"SELECT ?y (COUNT(DISTINCT ?p) AS ?n) {{ {part} {said} }} GROUP BY ?y"):
            if "y" in row:
                total[int(row["y"])] += int(row["n"])
    if until:
        total = Counter({year: count for year, count in total.items() if year <= until})
        table = defaultdict(Counter, {iri: _up_to(years, until) for iri, years in table.items()})
    return table, total


def _up_to(years: Counter[int], until: int) -> Counter[int]:
    return Counter({year: count for year, count in years.items() if year <= until})


def _trend(iri: str, years: Counter[int], total: Counter[int], since: int) -> Trend:
    recent, before = (sum(n for year, n in years.items() if (year >= since) is late) for late in (True, False))
    new, old = (sum(n for year, n in total.items() if (year >= since) is late) for late in (True, False))
    return Trend(
        iri=iri, name="", works=years.total(), recent=recent, share=recent / new, before=before / old if old else 0.0,
        deviations=round(_deviations(recent, new, before, old), 3),
        years=tuple(YearCount(year, count) for year, count in sorted(years.items())), bursts=bursts(years, total),
    )  # fmt: skip


def _deviations(recent: int, new: int, before: int, old: int) -> float:
    prior = PRIOR * (recent + before + 0.5) / (new + old + 1)  # never nothing, never all
    here, there = recent + prior, before + prior
    others_here, others_there = new + PRIOR - here, old + PRIOR - there
    moved = log(here / others_here) - log(there / others_there)
    return moved / sqrt(1 / here + 1 / others_here + 1 / there + 1 / others_there)


def _named(store: ReadableStore, found: Sequence[Trend]) -> tuple[Trend, ...]:
    labels = names(store, (one.iri for one in found))
    return tuple(msgspec.structs.replace(one, name=labels[one.iri]) for one in found)
