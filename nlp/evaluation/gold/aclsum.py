"""ACLSum (Takeshita et al., NAACL 2024): papers whose abstract, introduction and conclusion have the sentences
marked that tell challenge, approach and outcome."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

_ROLES: Final = {"challenge": "problem", "approach": "contribution", "outcome": "result"}


class MarkedText(msgspec.Struct, frozen=True):
    """A sentence, where it stands, and the roles it was marked with."""

    text: str
    place: str
    number: int
    count: int
    roles: tuple[str, ...]


class _Paper(msgspec.Struct):
    sentences: dict[str, list[str]]
    highlights: dict[str, dict[str, list[int]]]


_decode = msgspec.json.Decoder(_Paper).decode


def aclsum(file: Path) -> Iterator[list[MarkedText]]:
    """The sentences of each paper of a file."""
    for line in file.read_bytes().splitlines():
        paper = _decode(line)
        yield [
            MarkedText(text, place, number, len(texts), _roles(paper, place, number))
            for place, texts in paper.sentences.items()
            for number, text in enumerate(texts)
        ]


def _roles(paper: _Paper, place: str, number: int) -> tuple[str, ...]:
    marked = ((name, paper.highlights.get(aspect, {}).get(place, [])) for aspect, name in _ROLES.items())
    return tuple(name for name, marks in marked if number < len(marks) and marks[number])
