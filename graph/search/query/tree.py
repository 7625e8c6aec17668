"""What a query says, as a tree."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec


class Word(msgspec.Struct, frozen=True):
    """A word as typed at character `at` (from 0), in `field` or, where that is empty, anywhere."""

    text: str
    at: int = 0
    field: str = ""
    prefix: bool = False


class Phrase(msgspec.Struct, frozen=True):
    """Words in this order, with at most `slop` others between them (0: side by side)."""

    text: str
    at: int = 0
    field: str = ""
    slop: int = 0


class Range(msgspec.Struct, frozen=True):
    """Numbers of a field, ends included; None is open."""

    field: str
    first: int | None
    last: int | None


class Not(msgspec.Struct, frozen=True):
    child: Node


class All(msgspec.Struct, frozen=True):
    """Joined by AND: every child must match."""

    children: tuple[Node, ...]


class Any(msgspec.Struct, frozen=True):
    """Joined by OR: one child must match."""

    children: tuple[Node, ...]


class Loose(msgspec.Struct, frozen=True):
    """Side by side: bare words are wanted, everything else is required."""

    children: tuple[Node, ...]


Node = Word | Phrase | Range | Not | All | Any | Loose


def leaves(node: Node | None) -> Iterator[Word | Phrase | Range]:
    """Every leaf from left to right, those under NOT too."""
    if isinstance(node, Word | Phrase | Range):
        yield node
    elif isinstance(node, Not):
        yield from leaves(node.child)
    elif node is not None:
        for child in node.children:
            yield from leaves(child)
