"""What rankers take and give."""

from __future__ import annotations

from typing import NamedTuple


class Block(NamedTuple):
    """A sentence or title; `begin` is where it begins in the document."""

    text: str
    begin: int
    is_title: bool


class Ranked(NamedTuple):
    """A phrase: its first place in the document, the block it lies in, how often it occurs, its score in (0, 1)."""

    begin: int
    end: int
    block: int
    times: int
    score: float
