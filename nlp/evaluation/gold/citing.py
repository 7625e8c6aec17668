"""Citing sentences with their intent, one JSON object a line: SciCite as published and as SciBERT ships it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec


class Citing(msgspec.Struct, frozen=True):
    """A sentence and its class ("background", "method", "result")."""

    text: str
    label: str


class _Line(msgspec.Struct):
    label: str
    text: str = ""
    string: str = ""


_decode = msgspec.json.Decoder(_Line).decode


def citing(file: Path) -> Iterator[Citing]:
    """The items of one file, in order."""
    for line in file.read_bytes().splitlines():
        if line.strip():
            entry = _decode(line)
            yield Citing(entry.text or entry.string, entry.label)
