"""Word lists that identity reads with: one file each in `data/`, lines that begin with # are remarks."""

from __future__ import annotations

from importlib.resources import files


def word_set(name: str) -> frozenset[str]:
    """All words of `data/<name>.txt`."""
    return frozenset(word for line in _lines(name) for word in line.split())


def word_map(name: str) -> dict[str, str]:
    """First word → second word, for each line of `data/<name>.txt`."""
    return dict(line.split() for line in _lines(name))


def phrase_map(name: str) -> dict[str, str]:
    """Each phrase of a line of `data/<name>.txt` ("_" for a space) → the first word of the line."""
    split = (line.split() for line in _lines(name))
    return {phrase.replace("_", " "): first for first, *phrases in split for phrase in phrases}


def _lines(name: str) -> list[str]:
    text = files("ingest.identity").joinpath("data", f"{name}.txt").read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
