"""Sentences with two marked stretches that are related, as SciBERT's authors cut them out of SciERC.

One JSON object a line: "text" is words between blanks, with [[ ]] around the stretch that has the relation and << >>
around the one it has it to (Beltagy, Lo and Cohan, EMNLP 2019).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from nlp.evaluation.gold.scierc import written
from nlp.joint.naming import Asked
from ontology.errors import SettingsError

_MARKS: Final = ("[[", "]]", "<<", ">>")


class Related(msgspec.Struct, frozen=True):
    """A sentence, the pair, and what the gold calls its relation."""

    words: tuple[str, ...]
    asked: Asked
    label: str


class _Line(msgspec.Struct):
    text: str
    label: str


_decode: Final = msgspec.json.Decoder(_Line).decode


def related_pairs(file: Path) -> Iterator[Related]:
    """The items of a file, in its order. SettingsError for a line of another form."""
    for number, line in enumerate(file.read_bytes().splitlines(), 1):
        if line.strip():
            try:
                yield _related(_decode(line))
            except (msgspec.DecodeError, KeyError) as error:
                raise SettingsError(
                    f"line {number} is no sentence with two marked stretches: {error}",
                    place=str(file),
                    hint="choose another --gold",
                ) from error


def _related(line: _Line) -> Related:
    words: list[str] = []
    places: dict[str, int] = {}
    for word in line.text.split():
        if word in _MARKS:
            places[word] = len(words)
        else:
            words.append(word)
    begin, end, other_begin, other_end = (places[mark] for mark in _MARKS)
    return Related(tuple(written(words)), Asked((begin, end - 1), (other_begin, other_end - 1)), line.label)
