"""SciERC (Luan et al., EMNLP 2018): abstracts cut into sentences and words, with things and their relations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from nlp.evaluation.gold.parts import files_of
from nlp.joint.training import Annotated
from ontology.errors import SettingsError


class _Document(msgspec.Struct):
    sentences: list[list[str]]
    ner: list[list[tuple[int, int, str]]]
    relations: list[list[tuple[int, int, int, int, str]]]


_decode: Final = msgspec.json.Decoder(_Document).decode
_WRITTEN: Final = {
    "-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]", "-LCB-": "{", "-RCB-": "}", "``": '"', "''": '"',
}  # fmt: skip
"""Signs as the Penn Treebank writes them, and as texts do."""


def scierc(place: Path, part: str) -> Iterator[Annotated]:
    """The abstracts of a part. Relations are keyed by the left thing first; their class ends in > where it leads from
    left to right, in < where it leads back. SettingsError for a file of another form."""
    for file in files_of(place, part, (".json",)):
        for number, line in enumerate(file.read_bytes().splitlines(), 1):
            if line.strip():
                try:
                    yield _annotated(_decode(line))
                except (msgspec.DecodeError, ValueError) as error:
                    raise SettingsError(
                        f"line {number} is no abstract of SciERC: {error}",
                        place=str(file),
                        hint="choose another --gold",
                    ) from error


def _annotated(document: _Document) -> Annotated:
    marks: dict[tuple[int, int, int], str] = {}
    relations: dict[tuple[int, int, int, int, int], str] = {}
    begin = 0
    rows = zip(document.sentences, document.ner, document.relations, strict=True)
    for number, (words, named, related) in enumerate(rows):
        marks |= {(number, first - begin, last - begin): kind for first, last, kind in named}
        for a, b, c, d, name in related:
            ends = (a - begin, b - begin), (c - begin, d - begin)
            (left, right), turn = (ends, ">") if ends[0] <= ends[1] else (ends[::-1], "<")
            relations[number, *left, *right] = f"{name}{turn}"
        begin += len(words)
    return Annotated([written(words) for words in document.sentences], marks, relations)


def written(words: Iterable[str]) -> list[str]:
    """Words whose brackets and quotation marks are as in texts."""
    return [_WRITTEN.get(word, word) for word in words]
