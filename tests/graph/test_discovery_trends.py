"""Trends: bursts are the cheapest way through two states, planted ones are found, chance is no trend."""

from __future__ import annotations

import random
from collections import Counter
from itertools import product
from math import log

import pytest

from graph.discovery.trends import COST, LEAST, MOST, SCALING, SURE, Burst, bursts, trends
from graph.stores.oxigraph import OxigraphStore
from ontology.errors import QueryTooLarge
from ontology.namespaces import expand

YEARS = range(1990, 2020)


def cost(states: tuple[bool, ...], counts: dict[int, int], total: dict[int, int]) -> float:
    """What a way through the states costs, after Kleinberg: negative log likelihood, and each beginning of a burst."""
    years = sorted(total)
    usual = sum(counts.values()) / sum(total.values())
    often = min(SCALING * usual, (1 + usual) / 2)
    spent, before = 0.0, False
    for year, state in zip(years, states, strict=True):
        rate = often if state else usual
        hits = counts.get(year, 0)
        spent -= hits * log(rate) + (total[year] - hits) * log(1 - rate)
        spent += COST * log(len(years)) if state and not before else 0
        before = state
    return spent


def test_bursts_are_the_cheapest_way() -> None:
    draw = random.Random(5)
    bursty = 0
    for _ in range(60):
        total = {year: draw.randrange(10, 40) for year in range(2000, 2009)}
        counts = {year: draw.randrange(0, 10) if draw.random() < 0.4 else draw.randrange(0, 3) for year in total}
        if not sum(counts.values()) > 0:
            continue
        found = bursts(counts, total)
        states = tuple(any(one.begin <= year <= one.end for one in found) for year in total)
        best = min(cost(one, counts, total) for one in product((False, True), repeat=len(total)))
        assert cost(states, counts, total) == pytest.approx(best)
        bursty += bool(found)
    assert 10 < bursty < 60


def test_what_never_or_always_occurs_has_no_burst() -> None:
    assert bursts({}, {2000: 5}) == ()
    assert bursts({2000: 5, 2001: 5}, {2000: 5, 2001: 5}) == ()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[OxigraphStore, dict[str, Counter[int]]]:
    """40 works a year; "planted" bursts from 1999 to 2003, "rising" and "sinking" turn in the last three years."""
    draw = random.Random(11)
    rates = {
        "steady": lambda year: 0.2,
        "planted": lambda year: 0.3 if 1999 <= year <= 2003 else 0.04,
        "rising": lambda year: 0.3 if year >= 2017 else 0.05,
        "sinking": lambda year: 0.02 if year >= 2017 else 0.2,
    }
    counts: dict[str, Counter[int]] = {name: Counter() for name in (*rates, "rare")}
    lines = []
    for year in YEARS:
        for number in range(40):
            iri = f"http://test.example/id/work/w{year}x{number}"
            lines.append(f'<{iri}> <{expand("gn:year")}> "{year}"^^<{expand("xsd:gYear")}> .')
            for name in ["all", *(name for name, rate in rates.items() if draw.random() < rate(year))]:
                lines.append(f"<{iri}> <{expand('dct:subject')}> <http://v.example/{name}> .")
                counts.setdefault(name, Counter())[year] += 1
    lines.append(f"<http://test.example/id/work/w2019x1> <{expand('dct:subject')}> <http://v.example/rare> .")
    store = OxigraphStore(tmp_path_factory.mktemp("trends") / "store")
    store.load(lines)
    return store, counts


def names(found: tuple[object, ...]) -> list[str]:
    return [one.iri.rpartition("/")[2] for one in found]  # type: ignore[attr-defined]


def test_planted_trends_are_found(world: tuple[OxigraphStore, dict[str, Counter[int]]]) -> None:
    store, counts = world
    found = trends(store)
    assert (found.works, found.since, found.until) == (40 * len(YEARS), 2017, 2019)
    assert names(found.emerging) == ["rising"]
    assert names(found.fading) == ["sinking"]
    assert names(found.bursting) == ["rising"]
    rising = found.emerging[0]
    assert rising.deviations >= SURE
    assert {one.year: one.works for one in rising.years} == counts["rising"]
    assert rising.recent == sum(counts["rising"][year] for year in (2017, 2018, 2019))
    assert (rising.share, rising.before) == (rising.recent / 120, (rising.works - rising.recent) / (40 * 27))


def test_a_planted_burst_has_its_years(world: tuple[OxigraphStore, dict[str, Counter[int]]]) -> None:
    store, counts = world
    (one,) = bursts(counts["planted"], dict.fromkeys(YEARS, 40))
    assert isinstance(one, Burst)
    assert (one.begin, one.end) == (1999, 2003)
    assert one.weight > 0
    assert names(trends(store, until=2003).bursting)[0] == "planted"
    assert names(trends(store, until=2010, last=12).emerging) == ["planted"]


def test_trends_of_some_works(world: tuple[OxigraphStore, dict[str, Counter[int]]]) -> None:
    store, _ = world
    some = [f"http://test.example/id/work/w{year}x{number}" for year in YEARS for number in range(0, 40, 2)]
    assert trends(store, some).works == len(some)
    assert trends(store, []).emerging == ()
    assert trends(store, some[: LEAST - 1]).emerging == ()
    with pytest.raises(QueryTooLarge):
        trends(store, limit=MOST + 1)
