"""Ontologies as tables with a header: BioPortal's export (EDAM ships as such) and Babelon translations.

BioPortal: one class a row, multiple values separated by bars. Babelon (Monarch Initiative): one
translated label a row; it holds no hierarchy, so the scheme has labels only. Any other table is read once somebody
says what its columns are (`described`).
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import Final

from ontology.errors import VocabularyError
from ontology.scheme import Concept, Label, Scheme
from ontology.vocabularies.assemble import assemble
from ontology.vocabularies.base import VocabularyFile
from ontology.vocabularies.described import read_described
from ontology.vocabularies.obograph import purl

MAX_CELL: Final = 1_000_000
"""Longest cell, in characters."""

_OWL: Final = "http://www.w3.org/2002/07/owl#"
_BIOPORTAL: Final = ("Class ID", "Preferred Label", "Synonyms", "Definitions", "Obsolete", "Parents")
_BABELON: Final = ("source_language", "translation_language", "subject_id", "source_value", "translation_value")

Row = dict[str, str]


class TableReader:
    """Reads them; which one is told by the header, but for columns that somebody has said."""

    def recognises(self, head: bytes) -> bool:
        return _columns(head.split(b"\n", 1)[0].decode("utf-8-sig", "replace")) is not None

    def read(self, file: VocabularyFile) -> Scheme:
        if file.columns is not None:
            return read_described(file, file.columns)
        faults: list[VocabularyError] = []
        rows = _rows(file, faults)
        name = file.named()
        if _columns(file.text().partition("\n")[0]) is _BIOPORTAL:
            found = list(map(_of_class, rows))
            return assemble(file, found, iri=file.base.scheme(name), name=name, faults=faults)
        return assemble(file, _translated(rows), iri=file.base.scheme(name), name=name, faults=faults)


READER: Final = TableReader()


def _delimiter(header: str) -> str:
    return "\t" if "\t" in header else ","


def _columns(header: str) -> tuple[str, ...] | None:
    there = {cell.strip().strip('"') for cell in header.split(_delimiter(header))}
    return next((wanted for wanted in (_BIOPORTAL, _BABELON) if there.issuperset(wanted)), None)


def _rows(file: VocabularyFile, faults: list[VocabularyError]) -> Iterator[Row]:
    text = file.text()
    if max(map(len, text.split("\n"))) > MAX_CELL:
        raise file.error(f"a line of the table is longer than {MAX_CELL} characters")
    reader = csv.DictReader(text.splitlines(keepends=True), delimiter=_delimiter(text.partition("\n")[0]))
    try:
        for row in reader:
            if None in row or None in row.values():
                faults.append(file.error("a row with too many or too few cells was left out", line=reader.line_num))
            else:
                yield row
    except csv.Error as error:
        raise file.error(f"the table is broken: {error}", line=reader.line_num) from error


def _of_class(row: Row) -> Concept:
    parents = _split(row["Parents"])
    return Concept(
        iri=row["Class ID"],
        labels=(Label(row["Preferred Label"]), *(Label(one, kind="alt") for one in _split(row["Synonyms"]))),
        broader=tuple(one for one in parents if not one.startswith(_OWL)),
        definition=next(iter(_split(row["Definitions"])), ""),
        notation=row["Class ID"].rsplit("/", 1)[-1].rsplit("#", 1)[-1],
        deprecated=row["Obsolete"].upper() == "TRUE",
    )


def _split(cell: str) -> list[str]:
    return [one.strip() for one in cell.split("|") if one.strip()]


def _translated(rows: Iterable[Row]) -> Iterator[Concept]:
    labels: dict[str, dict[Label, None]] = {}
    for row in rows:
        here = labels.setdefault(row["subject_id"], {})
        kind = "pref" if row.get("predicate_id", "rdfs:label") == "rdfs:label" else "alt"
        here[Label(row["source_value"], row["source_language"].lower(), kind)] = None
        if row["translation_value"].strip():
            here[Label(row["translation_value"], row["translation_language"].lower(), kind)] = None
    for subject, found in labels.items():
        yield Concept(iri=purl(subject), labels=tuple(found), notation=subject)
