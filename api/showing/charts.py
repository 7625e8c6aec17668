"""The chart a query's header names, as geometry for a drawing of any width.

Across, everything is in percent of the width; down, in pixels. So the drawing fits a telephone and a
desk without its letters shrinking, and needs no script. Templates draw it (`chart.html`) as SVG.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

import msgspec

from api.showing.asked import Asked
from api.showing.terms import Cell
from graph.discovery.tally import YearCount
from sparql.header import Column, Header
from sparql.tables import Value, value_of

MOST_BARS: Final = 30
MOST_SERIES: Final = 6
"""Series with a colour of their own; the rest are one series together in stacks, and left out of lines."""
HEIGHT: Final = 220
"""Pixels of a plot between its axes."""
_TOP: Final = 18
_ROOM: Final = 14.0
"""Percent across between two marks."""
_OTHERS: Final = "others"
_NAMES: Final = ("string", "iri")
_SPARK: Final = 7
"""Pixels from one year to the next in a row of small bars."""
_SPARKS: Final = 22


class Bit(msgspec.Struct, frozen=True, kw_only=True):
    """A rectangle or a dot: `x` and `width` in percent, `y` and `height` in pixels, `colour` from 0; `says`
    is what it stands for."""

    x: float
    width: float = 0.0
    y: float = 0.0
    height: float = 0.0
    colour: int = 0
    says: str = ""


class Bar(msgspec.Struct, frozen=True):
    """One category lying: its name, its value in words, and its parts side by side."""

    name: str
    value: str
    parts: tuple[Bit, ...]


class Stroke(msgspec.Struct, frozen=True):
    """A piece of a line: from (`x1` percent, `y1` pixels) to (`x2`, `y2`)."""

    x1: float
    y1: float
    x2: float
    y2: float
    colour: int


class Tick(msgspec.Struct, frozen=True):
    """A mark on an axis: `at` percent across, or pixels down."""

    at: float
    text: str
    anchor: str = "middle"


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """Either lying `bars`, or a plot of `columns`, `strokes` and `dots` between its ticks."""

    title: str
    across: str
    up: str
    bars: tuple[Bar, ...] = ()
    columns: tuple[Bit, ...] = ()
    strokes: tuple[Stroke, ...] = ()
    dots: tuple[Bit, ...] = ()
    ticks_across: tuple[Tick, ...] = ()
    ticks_up: tuple[Tick, ...] = ()
    legend: tuple[str, ...] = ()
    height: int = _TOP + HEIGHT
    left_out: int = 0
    """Rows that are in the table only."""


class _Point(msgspec.Struct, frozen=True):
    x: Value
    y: float
    series: str


def figure_of(asked: Asked, header: Header | None) -> Figure | None:
    """The drawing that a query's header names, of the rows that are shown; None where there is nothing to draw."""
    chart = header.chart if header else None
    if header is None or chart is None or asked.outcome in ("failed", "stopped"):
        return None
    at = {name: number for number, name in enumerate(asked.columns)}
    by_name = {column.name: column for column in header.columns}
    if not set(filter(None, (chart.x, chart.y, chart.series))) <= at.keys() & by_name.keys():
        return None

    def value(row: tuple[Cell, ...], name: str) -> Value:
        cell = row[at[name]]
        return value_of(cell.name or cell.iri or cell.text, by_name[name]) if cell.text else None

    points = [
        _Point(value(row, chart.x), float(measure), str(value(row, chart.series)) if chart.series else "")
        for row in asked.rows
        if isinstance(measure := value(row, chart.y), int | float) and measure >= 0 and row[at[chart.x]].text
    ]
    if not points:
        return None
    figure = Figure(title=header.title, across=_axis(by_name[chart.x]), up=_axis(by_name[chart.y]))
    series = _series(points)
    if chart.mark == "bar" and by_name[chart.x].type in _NAMES:
        return _lying(figure, points, series)
    return _plotted(figure, points, series, standing=chart.mark == "bar", joined=chart.mark == "line")


def by_year(counts: Iterable[tuple[int, int]]) -> Figure | None:
    """Works of each year as standing columns; None where no year is known."""
    points = [_Point(year, float(works), "") for year, works in counts]
    figure = Figure(title="Over time", across="year", up="works")
    return _plotted(figure, points, ("",), standing=True, joined=False) if points else None


def _axis(column: Column) -> str:
    return f"{column.name} ({column.unit})" if column.unit and column.unit != column.name else column.name


def _series(points: Sequence[_Point]) -> tuple[str, ...]:
    """The largest series, largest first."""
    sums: dict[str, float] = {}
    for one in points:
        sums[one.series] = sums.get(one.series, 0.0) + one.y
    ranked = sorted(sums, key=lambda name: (-sums[name], name))
    return tuple(ranked if len(ranked) <= MOST_SERIES else [*ranked[: MOST_SERIES - 1], _OTHERS])


def _lying(figure: Figure, points: Sequence[_Point], series: tuple[str, ...]) -> Figure:
    # Two works may share a title: without series each row is a bar of its own.
    rows = list(_stacks(points, series).items()) if len(series) > 1 else [(one.x, [one.y]) for one in points]
    shown = rows[:MOST_BARS]
    most = max((sum(stack) for _, stack in shown), default=0.0) or 1.0
    bars = []
    for name, stack in shown:
        parts, begin = [], 0.0
        for colour, value in enumerate(stack):
            if value:
                width = 100.0 * value / most
                parts.append(Bit(x=begin, width=width, colour=colour, says=_says(name, series[colour], value)))
                begin += width
        bars.append(Bar(str(name), number(sum(stack)), tuple(parts)))
    return msgspec.structs.replace(figure, bars=tuple(bars), legend=_legend(series), left_out=len(rows) - len(shown))


def _stacks(points: Sequence[_Point], series: tuple[str, ...]) -> dict[Value, list[float]]:
    """Category → value of each series, in the order of the answer."""
    at = {name: number for number, name in enumerate(series)}
    found: dict[Value, list[float]] = {}
    for one in points:
        found.setdefault(one.x, [0.0] * len(series))[at.get(one.series, len(series) - 1)] += one.y
    return found


def _plotted(
    figure: Figure, points: Sequence[_Point], series: tuple[str, ...], *, standing: bool, joined: bool
) -> Figure:  # fmt: skip
    across = _Across([one.x for one in points])
    stacks = _stacks(points, series)
    drawn = [one for one in points if standing or one.series in series]
    most = max((sum(stack) for stack in stacks.values()) if standing else (one.y for one in drawn), default=0.0)
    ticks = _round_ticks(most)
    top = ticks[-1] or 1.0

    def down(value: float) -> float:
        return round(_TOP + HEIGHT * (1 - value / top), 1)

    up = tuple(Tick(down(value), number(value), "start") for value in ticks)
    figure = msgspec.structs.replace(
        figure, ticks_up=up, ticks_across=across.ticks(), legend=_legend(series), left_out=len(points) - len(drawn)
    )
    if standing:
        return msgspec.structs.replace(figure, columns=tuple(_columns(stacks, series, across, down(0), HEIGHT / top)))
    at = {name: number for number, name in enumerate(series)}
    dots = [
        Bit(x=across.at(one.x), y=down(one.y), colour=at[one.series], says=_says(one.x, one.series, one.y))
        for one in sorted(drawn, key=lambda one: (at[one.series], across.at(one.x)))
    ]
    strokes = tuple(
        Stroke(one.x, one.y, other.x, other.y, one.colour)
        for one, other in pairwise(dots)
        if joined and one.colour == other.colour
    )
    return msgspec.structs.replace(figure, dots=tuple(dots), strokes=strokes)


def _columns(
    stacks: dict[Value, list[float]], series: tuple[str, ...], across: _Across, ground: float, scale: float
) -> Iterable[Bit]:  # fmt: skip
    width = across.step * 0.8
    for x, stack in stacks.items():
        floor = ground
        for colour, value in enumerate(stack):
            if value:
                height = value * scale
                floor -= height
                yield Bit(
                    x=round(across.at(x) - width / 2, 3), width=round(width, 3), y=round(floor, 1),
                    height=round(height, 1), colour=colour, says=_says(x, series[colour], value),
                )  # fmt: skip


class _Across:
    """Places across a plot: numbers where they lie, anything else one after another."""

    def __init__(self, found: Sequence[Value]) -> None:
        self._numbers = all(isinstance(x, int | float) for x in found)
        known = sorted(set(found), key=float) if self._numbers else sorted(set(found), key=str)  # type: ignore[arg-type]
        self._known: list[Value] = list(known)
        self._low = float(known[0]) if self._numbers else 0.0  # type: ignore[arg-type]
        span = (float(known[-1]) - self._low) if self._numbers else len(known) - 1.0  # type: ignore[arg-type]
        whole = self._numbers and all(float(x).is_integer() for x in known)  # type: ignore[arg-type]
        places = span + 1 if whole or not self._numbers else len(known)
        self.step = 100.0 / max(places, 1.0)
        self._span = span or 1.0

    def at(self, x: Value) -> float:
        """Percent across, the middle of its place."""
        place = float(x) - self._low if self._numbers else float(self._known.index(x))  # type: ignore[arg-type]
        return round(self.step / 2 + (100.0 - self.step) * place / self._span, 3)

    def ticks(self) -> tuple[Tick, ...]:
        """At most six that are there, the first and the last among them, with room for their words."""
        wanted = min(6, len(self._known))
        places = sorted({round(one * (len(self._known) - 1) / max(wanted - 1, 1)) for one in range(wanted)})
        spots = [(self.at(self._known[place]), str(self._known[place])) for place in places]
        kept = spots[:1]
        for spot in spots[1:-1]:
            if spot[0] - kept[-1][0] >= _ROOM and spots[-1][0] - spot[0] >= _ROOM:
                kept.append(spot)
        kept += spots[1:][-1:]
        return tuple(Tick(at, text, _anchor(at)) for at, text in kept)


def _anchor(at: float) -> str:
    return "start" if at < _ROOM / 2 else "end" if at > 100 - _ROOM / 2 else "middle"


def _round_ticks(most: float) -> list[float]:
    """From 0 in four or five round steps to at least `most`."""
    if most <= 0:
        return [0.0]
    rough = most / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= rough)
    return [round(step * number, 10) for number in range(math.ceil(most / step) + 1)]


def _legend(series: tuple[str, ...]) -> tuple[str, ...]:
    return series if series != ("",) else ()


def _says(x: Value, series: str, value: float) -> str:
    return f"{x}{f', {series}' if series else ''}: {number(value)}"


def number(value: float) -> str:
    """As people read it."""
    return f"{int(value):,}" if float(value).is_integer() else f"{value:,.4g}"


class Sparks(msgspec.Struct, frozen=True):
    """A row of small bars, in pixels."""

    width: int
    height: int
    bars: tuple[Bit, ...]


def sparks(years: Iterable[YearCount], first: int, last: int) -> Sparks:
    """One bar for each year from `first` to `last` that has works, as high as the year has of the most."""
    counts = {one.year: one.works for one in years if first <= one.year <= last}
    most = max(counts.values(), default=1)
    bars = tuple(
        Bit(
            x=(year - first) * _SPARK, width=_SPARK - 2, y=round(_SPARKS * (1 - count / most), 1),
            height=round(_SPARKS * count / most, 1), says=f"{year}: {count:,}",
        )
        for year, count in sorted(counts.items())
    )  # fmt: skip
    return Sparks((last - first + 1) * _SPARK, _SPARKS, bars)
