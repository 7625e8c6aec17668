"""Learning from the past which pairs come together, and a scoreboard that looks at years it has not learned from."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, TypeVar

import msgspec

from graph.hypotheses.facts import NAMES, POPULARITY, Walker
from graph.hypotheses.history import History
from graph.hypotheses.logistic import Logistic, Scale, fit
from ontology.errors import NotFound

HORIZON: Final = 3
"""Years that are looked ahead."""
STARTS: Final = 400
"""Things whose pairs are learned from or counted in the scoreboard, drawn by a fixed seed."""
MOST_PAIRS: Final = 100_000
WINDOWS: Final = 3
POSITIVES: Final = 50
"""Pairs that must have come together, or nothing is learned."""
BINS: Final = 10
_SEED: Final = 7
T = TypeVar("T")


class Pairs(msgspec.Struct, frozen=True):
    """Pairs that stood apart at one time: their facts, and whether they stood together HORIZON years later."""

    facts: list[list[float]]
    outcomes: list[bool]


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """How well one way ranks the pairs: mean average precision over the things asked about that had anything to
    find, the share of true ones among the first ten of each (at most ten), area under the ROC curve over all."""

    way: str
    average_precision: float
    precision_at_10: float
    auc: float


class Scoreboard(msgspec.Struct, frozen=True, kw_only=True):
    """Learned until `learned_until`, asked about the HORIZON years after it. `calibration_error` is the expected
    calibration error (Naeini et al., AAAI 2015) of the probabilities in ten bins of equal size; `base_rate` the
    share of pairs that came true; `top_expected` and `top_true` the mean probability and the true share among the
    surest hundredth."""

    learned_until: int
    horizon: int
    things: int
    pairs: int
    came_true: int
    base_rate: float
    calibration_error: float
    top_expected: float
    top_true: float
    scores: tuple[Score, ...]


class Learned(msgspec.Struct, frozen=True):
    """What the past taught: from all facts, and from the number of works alone."""

    everything: Logistic
    popularity: Logistic
    scale: Scale

    def likely(self, facts: Sequence[Sequence[float]]) -> list[float]:
        """Probabilities that the pairs with these facts come together."""
        return self.everything.probabilities(self.scale.standard(facts)) if facts else []

    def expected(self, facts: Sequence[Sequence[float]]) -> list[float]:
        """The same for somebody who knows only how many works speak of each."""
        return self.popularity.probabilities(self.scale.standard(facts)[:, POPULARITY]) if facts else []


def learned(past: History, until: int) -> Learned:
    """What the years up to `until` teach: WINDOWS times HORIZON years, each begun a year earlier, since one alone may
    be unlike the next. NotFound where too few pairs came together in them."""
    begun = (until - HORIZON - number for number in range(WINDOWS))
    facts, outcomes = together(pair for year in begun for pair in drawn(past, year, MOST_PAIRS // WINDOWS))
    if sum(outcomes) < POSITIVES:
        raise NotFound(
            "the catalogue is too small to learn from: too few things came together in its last years",
            place=f"{sum(outcomes)} pairs from {until - HORIZON - WINDOWS + 2} to {until}",
            hint=f"{POSITIVES} pairs are needed",
        )
    scale = Scale.of(facts)
    rows = scale.standard(facts)
    return Learned(fit(rows, outcomes), fit(rows[:, POPULARITY], outcomes), scale)


def together(pairs: Iterable[tuple[str, Pairs]]) -> tuple[list[list[float]], list[bool]]:
    """Facts and outcomes of all the things."""
    found = [one for _, one in pairs]
    return _flat(one.facts for one in found), _flat(one.outcomes for one in found)


def drawn(past: History, year: int, room: int = MOST_PAIRS) -> Iterator[tuple[str, Pairs]]:
    """Things drawn by chance, each with all its pairs that stood apart at the end of `year`."""
    later = past.until(year + HORIZON)
    walker = walker_at(past, year)
    starts = sorted(walker.now.near)
    random.Random(_SEED).shuffle(starts)
    for start in starts[:STARTS]:
        between = walker.between(start)
        ends = sorted(between)
        if not ends:
            continue
        yield (
            start,
            Pairs(
                [walker.facts(start, end, between[end]) for end in ends],
                [end in later.near.get(start, {}) for end in ends],
            ),
        )
        room -= len(ends)
        if room <= 0:
            return


def walker_at(past: History, year: int) -> Walker:
    """The network at the end of a year, with that of the last HORIZON years beside it."""
    recent = History({work: said for work, said in past.spoken.items() if said[0] > year - HORIZON})
    return Walker(past.until(year), recent.until(year), year, past.kin)


_WAYS: Final[dict[str, Callable[[Sequence[float]], float]]] = {
    "popularity": lambda facts: facts[NAMES.index("works of both")],
    "common neighbours": lambda facts: facts[0],
    "Adamic-Adar": lambda facts: facts[1],
    "resource allocation": lambda facts: facts[2],
}


def scoreboard(past: History) -> Scoreboard:
    """Learn until HORIZON years before the last year, foretell those, and count. NotFound as `learned`."""
    until = past.years[-1] - HORIZON if past.years else 0
    model = learned(past, until)
    found = [pairs for _, pairs in drawn(past, until)]
    chances = [model.likely(pairs.facts) for pairs in found]
    ways = {"learned": chances} | {
        name: [[way(facts) for facts in pairs.facts] for pairs in found] for name, way in _WAYS.items()
    }
    truth = [pairs.outcomes for pairs in found]
    chance, outcome = _flat(chances), _flat(truth)
    surest = sorted(range(len(chance)), key=lambda at: -chance[at])[: max(1, len(chance) // 100)]
    return Scoreboard(
        learned_until=until,
        horizon=HORIZON,
        things=len(found),
        pairs=len(chance),
        came_true=sum(outcome),
        base_rate=round(sum(outcome) / max(1, len(outcome)), 5),
        calibration_error=round(calibration_error(chance, outcome), 5),
        top_expected=round(sum(chance[at] for at in surest) / len(surest), 4),
        top_true=round(sum(outcome[at] for at in surest) / len(surest), 4),
        scores=tuple(_score(name, values, truth) for name, values in ways.items()),
    )


def calibration_error(chances: Sequence[float], outcomes: Sequence[bool]) -> float:
    """Mean difference of probability and frequency over BINS bins of equal size, in [0, 1]."""
    order = sorted(range(len(chances)), key=lambda at: chances[at])
    total = 0.0
    for number in range(BINS):
        part = order[number * len(order) // BINS : (number + 1) * len(order) // BINS]
        if part:
            expected, true = (sum(values[at] for at in part) for values in (chances, outcomes))
            total += abs(expected - true)
    return total / max(1, len(order))


def _score(name: str, values: Sequence[Sequence[float]], truth: Sequence[Sequence[bool]]) -> Score:
    ranked = [
        [true for _, true in sorted(zip(own, outcomes, strict=True), key=lambda one: -one[0])]
        for own, outcomes in zip(values, truth, strict=True)
        if any(outcomes)
    ]
    number = max(1, len(ranked))
    return Score(
        way=name,
        average_precision=round(sum(map(_average_precision, ranked)) / number, 4),
        precision_at_10=round(sum(sum(one[:10]) / min(10, sum(one)) for one in ranked) / number, 4),
        auc=round(_auc(_flat(values), _flat(truth)), 4),
    )


def _average_precision(ranked: Sequence[bool]) -> float:
    hits = [place for place, true in enumerate(ranked, 1) if true]
    return sum(count / place for count, place in enumerate(hits, 1)) / len(hits)


def _auc(values: Sequence[float], truth: Sequence[bool]) -> float:
    """Share of (true, false) pairs in the right order, ties half: Mann and Whitney's U."""
    order = sorted(range(len(values)), key=lambda at: values[at])
    ranks, at = [0.0] * len(order), 0
    while at < len(order):
        end = at
        while end < len(order) and values[order[end]] == values[order[at]]:
            end += 1
        for one in order[at:end]:
            ranks[one] = (at + end + 1) / 2
        at = end
    true = sum(truth)
    false = len(truth) - true
    u = sum(rank for rank, one in zip(ranks, truth, strict=True) if one) - true * (true + 1) / 2
    return u / (true * false) if true and false else 0.0


def _flat(parts: Iterable[Iterable[T]]) -> list[T]:
    return [one for part in parts for one in part]
