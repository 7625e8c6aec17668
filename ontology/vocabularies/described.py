"""Tables of concepts whose columns somebody has said (`ontology.vocabularies.columns`): one concept a row.

Commas, semicolons or tabs divide cells. Rows that cannot be used, links that lead nowhere and cycles are taken out and
named in the scheme's faults, by line; columns that the table does not have refuse all of it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from functools import cached_property
from typing import Final

import msgspec

from ontology.errors import ColumnError, DuplicateConcept, UnknownConcept, VocabularyError
from ontology.identifiers import opaque
from ontology.namespaces import segment
from ontology.scheme import NOTES, Concept, Label, Match, Note, Scheme
from ontology.vocabularies.assemble import assemble
from ontology.vocabularies.base import VocabularyFile
from ontology.vocabularies.columns import Column, Columns

_IRI: Final = re.compile(r"(?:https?://|urn:)[^\s<>\"{}|\\^`]+")
_LABELS: Final = {"prefLabel": "pref", "altLabel": "alt", "hiddenLabel": "hidden"}
_TRUE: Final = frozenset(("true", "yes", "x", "1"))
_FALSE: Final = frozenset(("", "false", "no", "0"))
_SHOWN: Final = 30


class _Row(msgspec.Struct, frozen=True):
    """`iri` is the concept's, `name` what the table calls it."""

    line: int
    name: str
    iri: str
    cells: dict[str, str]


def read_described(file: VocabularyFile, columns: Columns) -> Scheme:
    """The scheme. ColumnError where the table lacks a column that was said, or has it twice; VocabularyError where it
    is no table."""
    table = _Table(file, columns)
    concepts = list(table.concepts())
    name = file.named()
    return assemble(file, concepts, iri=file.base.scheme(name), name=name, faults=table.faults)


class _Table:
    def __init__(self, file: VocabularyFile, columns: Columns) -> None:
        self.file = file
        self.columns = columns
        self.faults: list[VocabularyError] = []
        self.rows: dict[str, _Row] = {}
        for row in self._rows(file.text()):
            if (first := self.rows.setdefault(row.iri, row)) is not row:
                message = f"“{row.name}” is described in line {first.line}, too; that is kept"
                self.fault(DuplicateConcept, message, row.line)

    def fault(self, kind: type[VocabularyError], message: str, line: int) -> None:
        self.faults.append(kind(message, place=f"{self.file.place} line {line}"))

    def _rows(self, text: str) -> Iterator[_Row]:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=self._delimiter(text))
        try:
            header = self._header(next(reader))
            for cells in reader:
                if not any(map(str.strip, cells)):
                    continue
                if len(cells) != len(header):
                    message = f"a row with {len(cells)} cells in the place of {len(header)} was left out"
                    self.fault(VocabularyError, message, reader.line_num)
                elif (row := self._row(dict(zip(header, cells, strict=True)), reader.line_num)) is not None:
                    yield row
        except csv.Error as error:
            raise self.file.error(f"the table is broken: {error}", line=reader.line_num) from error

    def _delimiter(self, text: str) -> str:
        """What gives the header most of the columns that were said, and most columns."""
        wanted = {one.header for one in self.columns.columns}

        def fit(delimiter: str) -> tuple[int, int]:
            try:
                names = _names(next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), []))
            except csv.Error:
                return 0, 0
            return len(wanted & set(names)), len(names)

        return max(("\t", ",", ";"), key=fit)

    def _header(self, cells: list[str]) -> list[str]:
        names = _names(cells)
        has = f"it has {', '.join(f'“{name}”' for name in names[:_SHOWN])}{' …' if len(names) > _SHOWN else ''}"
        for column in self.columns.columns:
            if (count := names.count(column.header)) != 1:
                said = "has no column" if not count else f"has {count} columns"
                raise ColumnError(f"the table {said} “{column.header}”", place=f"{self.file.place} line 1", hint=has)
        return names

    def _row(self, cells: dict[str, str], line: int) -> _Row | None:
        """None, with a fault, where nothing names the concept."""
        by_id = self.columns.of("id")
        name = next(
            (_line(cells[c.header]) for c in by_id or self.columns.of("prefLabel") if cells[c.header].strip()), ""
        )
        if name:
            return _Row(line, name, self._iri(name) if by_id else self._made("concept", name), cells)
        self.fault(VocabularyError, f"a row without {'id' if by_id else 'preferred label'} was left out", line)
        return None

    def _made(self, kind: str, name: str) -> str:
        return self.file.base.concept(self.file.named(), opaque(kind, name))

    def _iri(self, name: str) -> str:
        return name if _IRI.fullmatch(name) else self.file.base.concept(self.file.named(), segment(name))

    @cached_property
    def _by_label(self) -> dict[str, dict[str, None]]:
        """Preferred label, in small letters → concepts."""
        found: dict[str, dict[str, None]] = {}
        for row in self.rows.values():
            for column in self.columns.of("prefLabel"):
                found.setdefault(_line(row.cells[column.header]).casefold(), {})[row.iri] = None
        return found

    def concepts(self) -> Iterator[Concept]:
        above: dict[str, list[str]] = {}
        for row in self.rows.values():
            for below in self._linked(row, "narrower"):
                above.setdefault(below, []).append(row.iri)
        for row in self.rows.values():
            yield self._concept(row, above.get(row.iri, []))

    def _concept(self, row: _Row, above: list[str]) -> Concept:
        notes = [
            Note(row.cells[column.header].strip(), column.language, column.role)
            for column in self.columns.of(*NOTES) if row.cells[column.header].strip()
        ]  # fmt: skip
        definition = next((one for one in notes if one.kind == "definition" and not one.language), None)
        coded = self.columns.of("notation")
        own = row.name if self.columns.of("id") and row.iri != row.name else ""
        matches = list(self._matches(row))
        return Concept(
            iri=row.iri,
            labels=tuple(self._labels(row)),
            broader=tuple(dict.fromkeys([*self._linked(row, "broader"), *above])),
            related=tuple(self._linked(row, "related")),
            exact=tuple(iri for iri, kind in matches if kind == "exact"),
            matches=tuple(Match(iri, kind) for iri, kind in matches if kind != "exact"),
            definition=definition.text if definition else "",
            notation=_line(row.cells[coded[0].header]) if coded else own,
            deprecated=self._deprecated(row),
            replaced_by=next(self._linked(row, "replacedBy"), ""),
            notes=tuple(one for one in notes if one is not definition),
        )

    def _labels(self, row: _Row) -> Iterator[Label]:
        for column in self.columns.of(*_LABELS):
            texts = [row.cells[column.header]] if column.role == "prefLabel" else self._values(row, column)
            yield from (Label(_line(text), column.language, _LABELS[column.role]) for text in texts if text.strip())

    def _values(self, row: _Row, column: Column) -> list[str]:
        return [_line(one) for one in row.cells[column.header].split(self.columns.separator) if one.strip()]

    def _linked(self, row: _Row, role: str) -> Iterator[str]:
        """Concepts of the table, by id or else by preferred label."""
        for column in self.columns.of(role):
            for said in self._values(row, column):
                known = self._by_label.get(said.casefold(), {})
                if (iri := self._iri(said)) in self.rows:
                    yield iri
                elif len(known) == 1:
                    yield next(iter(known))
                else:
                    what = f"names {len(known)} concepts" if known else "is no concept of the table"
                    self.fault(UnknownConcept, f"“{row.name}”: the {role} “{said}” {what}; it was left out", row.line)

    def _matches(self, row: _Row) -> Iterator[tuple[str, str]]:
        for column in self.columns.of("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch"):
            for said in self._values(row, column):
                if _IRI.fullmatch(said):
                    yield said, column.role.removesuffix("Match")
                else:
                    self.fault(VocabularyError, f"“{row.name}”: the {column.role} “{said}” is no IRI", row.line)

    def _deprecated(self, row: _Row) -> bool:
        said = next((row.cells[one.header].strip().casefold() for one in self.columns.of("deprecated")), "")
        if said not in _TRUE | _FALSE:
            self.fault(VocabularyError, f"“{said}” does not say whether “{row.name}” is deprecated", row.line)
        return said in _TRUE


def _names(cells: list[str]) -> list[str]:
    return [_line(cell) for cell in cells]


def _line(text: str) -> str:
    """As one line, without surplus white space."""
    return " ".join(text.split())
