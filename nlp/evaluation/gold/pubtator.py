"""PubTator's format: abstracts with places, types and identifiers of entities (Wei, Kao and Lu, NAR 2013).

`PMID|t|title`, `PMID|a|abstract`, then a line for each mention (PMID, begin, end, text, type,
identifiers) and, in BioRED, for each relation; documents are separated by blank lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from ontology.records import Document, Fragment

_ABSENT: Final = frozenset({"", "-", "-1", "NA"})


class Annotation(NamedTuple):
    """A mention: offsets in the document's text, and `ids` as the gold has them but for "MESH:"."""

    begin: int
    end: int
    text: str
    type: str
    ids: tuple[str, ...]


class Abstract(NamedTuple):
    """One annotated abstract."""

    key: str
    title: str
    abstract: str
    annotations: tuple[Annotation, ...]

    def document(self) -> Document:
        """As the reader takes it; offsets are those of the annotations."""
        begin, end = len(self.title) + 1, len(self.title) + 1 + len(self.abstract)
        return Document(
            text=f"{self.title}\n{self.abstract}",
            fragments=(
                Fragment(kind="title", path="title", begin=0, end=len(self.title)),
                Fragment(kind="abstract", path="abs", begin=begin, end=end),
                Fragment(kind="paragraph", path="abs/p/1", begin=begin, end=end),
            ),
            language="en",
        )


def read_pubtator(path: Path) -> Iterator[Abstract]:
    """The documents of a file, in its order."""
    for block in re.split(r"\n\s*\n", path.read_text("utf-8").replace("\r\n", "\n").strip()):
        lines = block.strip().split("\n")
        texts = {kind: line.split("|", 2)[2] for line in lines[:2] for kind in "ta" if f"|{kind}|" in line[:24]}
        if "t" in texts:
            cells = (line.split("\t") for line in lines[2:])
            marks = tuple(_annotation(row) for row in cells if len(row) >= 5 and row[1].isdigit() and row[2].isdigit())
            yield Abstract(lines[0].split("|", 1)[0], texts["t"], texts.get("a", ""), marks)


def _annotation(row: list[str]) -> Annotation:
    raw = re.split(r"[|,;+]", row[5]) if len(row) > 5 else []
    ids = tuple(name for part in raw if (name := part.strip().removeprefix("MESH:")) not in _ABSENT)
    return Annotation(int(row[1]), int(row[2]), row[3], row[4], ids)
