"""A network as a drawing: circles, lines and names at places in percent, for a template to write as SVG."""

from __future__ import annotations

from math import sqrt
from typing import Final

import msgspec

from graph.networks.measures import Network, Node

WIDTH: Final = 1000
HEIGHT: Final = 640
_MARGIN: Final = 70
_LINES: Final = 500
"""Ties that are drawn, the strongest."""
_LETTER, _HIGH, _LONGEST = 6.6, 13.0, 34
"""Width and height of a letter, and letters of a name that are written."""
_LARGEST: Final = 22.0
_SMALLEST: Final = 4.0
COLOURS: Final = 6
"""Communities with a colour of their own; the rest are grey."""


class Circle(msgspec.Struct, frozen=True, kw_only=True):
    """A node: middle and radius in units of the drawing, its community's colour from 0, and the name written
    beside it, "" where there is no room."""

    node: Node
    x: float
    y: float
    radius: float
    colour: int
    label: str


class Line(msgspec.Struct, frozen=True):
    """A tie between two middles, `width` units wide."""

    x1: float
    y1: float
    x2: float
    y2: float
    width: float
    colour: int


class Drawing(msgspec.Struct, frozen=True, kw_only=True):
    """Lines first, then circles, the smallest last, so that all can be reached; `left_out` ties are not drawn."""

    circles: tuple[Circle, ...]
    lines: tuple[Line, ...]
    left_out: int
    width: int = WIDTH
    height: int = HEIGHT


class _Written:
    """Names written so far; the next has to find free room, so the largest nodes are named first."""

    def __init__(self) -> None:
        self._boxes: list[tuple[float, float, float]] = []

    def label(self, name: str, x: float, y: float) -> str:
        """The name, shortened, centred over (`x`, `y`); "" where it would cover another."""
        shown = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
        half = len(shown) * _LETTER / 2
        if any(abs(x - at) < half + other and abs(y - line) < _HIGH for at, line, other in self._boxes):
            return ""
        self._boxes.append((x, y, half))
        return shown


def _circle(node: Node, most: int, written: _Written) -> Circle:
    x = round(_MARGIN + node.x * (WIDTH - 2 * _MARGIN), 1)
    y = round(_MARGIN / 2 + node.y * (HEIGHT - _MARGIN), 1)
    radius = round(_SMALLEST + (_LARGEST - _SMALLEST) * sqrt(node.size / most), 1)
    label = written.label(node.name, x, y - radius)
    return Circle(node=node, x=x, y=y, radius=radius, colour=min(node.community - 1, COLOURS), label=label)


def drawn(network: Network) -> Drawing:
    """The network as circles whose areas grow with the size of the nodes."""
    written = _Written()
    most = max((node.size for node in network.nodes), default=1) or 1
    circles = tuple(_circle(node, most, written) for node in network.nodes)
    strongest = network.ties[0].weight if network.ties else 1
    lines = tuple(
        Line(one.x, one.y, other.x, other.y, round(0.6 + 3.4 * tie.weight / strongest, 2), one.colour)
        for tie in network.ties[:_LINES]
        if (one := circles[tie.source]) and (other := circles[tie.target])
    )
    return Drawing(circles=circles, lines=lines, left_out=max(0, len(network.ties) - _LINES))
