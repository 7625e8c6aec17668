"""What may soon be spoken of together with a thing, how likely, and what lies in between, with the works."""

from __future__ import annotations

from math import log, log1p
from typing import Final

import msgspec

from graph.discovery.ask import Named, names
from graph.hypotheses.facts import SUPPORT, Between, Walker
from graph.hypotheses.history import History
from graph.hypotheses.learning import HORIZON, Learned, learned, walker_at
from graph.hypotheses.sides import Side, Sides
from graph.stores.base import ReadableStore
from ontology.errors import NotFound, QueryTooLarge

MOST: Final = 50
"""Hypotheses that can be asked for."""
SHOWN: Final = 3
"""Things in between that are shown with their works."""
LEAST: Final = 0.05
"""Probability below which nothing is foretold."""
KNOWN: Final = 5
"""Works that must speak of a thing before anything is foretold of it."""


class Bridge(msgspec.Struct, frozen=True, kw_only=True):
    """A thing in between, with its two sides: to the thing asked about, and to the other."""

    iri: str
    name: str
    near: Side
    far: Side


class Hypothesis(msgspec.Struct, frozen=True, kw_only=True):
    """No work speaks of both yet; with `probability` one does within HORIZON years, `expected` is what the number of
    their works alone would make one think. `bridges` shows SHOWN of the `between` things that stand together with
    each, those first that stand with both often and with few others."""

    iri: str
    name: str
    works: int
    probability: float
    expected: float
    between: int
    bridges: tuple[Bridge, ...]


class Hypotheses(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What may come together with `of`, of `weighed` things that could: first what is likeliest beyond what is to be
    expected, p log(p / expected), then by IRI. `abstained` says why there is nothing, where too little is known."""

    of: Named
    works: int
    until: int
    horizon: int = HORIZON
    weighed: int = 0
    abstained: str = ""
    partial: bool = False
    hypotheses: tuple[Hypothesis, ...] = ()


class Foresight:
    """A catalogue's history with what was learned from it: made once for a checkpoint, then asked often."""

    def __init__(self, past: History) -> None:
        self.past = past
        self._year = past.years[-1] if past.years else 0
        self._walker: Walker = walker_at(past, self._year)
        self._model: Learned | None = None
        self._why = ""
        try:
            self._model = learned(past, self._year)
        except NotFound as error:
            self._why = str(error)

    def ask(self, store: ReadableStore, iri: str, limit: int = 10) -> Hypotheses:
        """The `limit` likeliest hypotheses about a concept or a thing found in texts.

        NotFound where the graph knows no such thing, QueryTooLarge for more than MOST.
        """
        if not 1 <= limit <= MOST:
            raise QueryTooLarge(f"1 to {MOST} hypotheses can be asked for")
        labels = names(store, [iri])
        if labels[iri] == iri and iri not in self._walker.now.works:
            raise NotFound("nothing is known of this", place=iri, hint="name a concept, by IRI or label")
        between = self._walker.between(iri)
        told = Hypotheses(
            of=Named(iri, labels[iri]), works=self._walker.now.works[iri], until=self._year,
            weighed=len(between), partial=self.past.partial,
        )  # fmt: skip
        if abstained := self._abstains(iri, between):
            return msgspec.structs.replace(told, abstained=abstained)
        found = self._told(store, iri, between, limit)
        why = "" if found else f"nothing has a probability of {LEAST} that is more than is to be expected"
        return msgspec.structs.replace(told, hypotheses=found, abstained=why)

    def _abstains(self, iri: str, between: dict[str, Between]) -> str:
        works = self._walker.now.works[iri]
        if self._model is None:
            return self._why
        if not works:
            return "too few works speak of it, or so many that it stands with everything"
        if works < KNOWN:
            return f"too few works speak of it: {works} of at least {KNOWN}"
        if not between:
            return f"nothing has {SUPPORT} things in common with it that it does not already stand with"
        return ""

    def _told(self, store: ReadableStore, iri: str, between: dict[str, Between], limit: int) -> tuple[Hypothesis, ...]:
        assert self._model is not None
        ends = sorted(between)
        facts = [self._walker.facts(iri, end, between[end]) for end in ends]
        chances = zip(self._model.likely(facts), self._model.expected(facts), ends, strict=True)
        likely = [(chance, expected, end) for chance, expected, end in chances if chance >= max(LEAST, expected)]
        best = sorted(likely, key=lambda one: (-round(one[0] * log(one[0] / one[1]), 9), one[2]))[:limit]
        middles = {end: self._middles(iri, end) for _, _, end in best}
        sides = [(one, side) for end, shown in middles.items() for one in shown for side in (iri, end)]
        labels = names(store, (*middles, *(one for one, _ in sides)))
        told = Sides(store, self.past, sides)
        return tuple(
            Hypothesis(
                iri=end, name=labels[end], works=self._walker.now.works[end], probability=round(chance, 4),
                expected=round(expected, 4), between=between[end].common,
                bridges=tuple(
                    Bridge(iri=one, name=labels[one], near=told.of(one, iri), far=told.of(one, end))
                    for one in middles[end]
                ),
            )
            for chance, expected, end in best
        )  # fmt: skip

    def _middles(self, start: str, end: str) -> list[str]:
        near = self._walker.now.near
        worth = {
            one: log1p(min(near[start][one], near[end][one])) / log1p(len(near[one]))
            for one in near[start].keys() & near[end].keys()
        }
        return sorted(worth, key=lambda one: (-worth[one], one))[:SHOWN]
