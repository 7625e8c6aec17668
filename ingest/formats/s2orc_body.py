"""The body of an S2ORC paper as a document.

The section tree comes from the printed numbers ("3.2" stands in "3", which is supplied without a
heading where the parser lost it); an unnumbered heading stands below the numbered section before
it, unless it names a part of a paper by itself ("Conclusion"). Figures and tables follow the first
paragraph that points at them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from ingest.formats.grid import Cell, CellWriter, html_rows
from ingest.formats.marks import Mark, settle
from ingest.formats.roles import STATEMENTS, role_of
from ingest.formats.s2orc_model import Block, Float, Parse, Span
from ingest.formats.xml import parse_xml, text_of
from ontology.documents import DocumentBuilder, clean
from ontology.errors import FormatError
from ontology.records import Document, FragmentKind

MAX_DEPTH: Final = 12
"""Levels of sections; deeper numbers are read as this deep."""

_NUMBER: Final = re.compile(r"(?:[A-Z]|[1-9]\d?)(?:\.\d{1,2})*\.?")
_CAPTION: Final = re.compile(
    r"((?:fig(?:ure|\.)?|tab(?:le|\.)?)\s*[A-Z]?\.?\d+(?:\.\d+)*[a-z]?)\s*[:.|-]?\s*(.*)", re.IGNORECASE
)
_FIGURE: Final[tuple[FragmentKind, str]] = ("figure", "fig")
_TABLE: Final[tuple[FragmentKind, str]] = ("table", "tab")
_FORMULA: Final[tuple[FragmentKind, str]] = ("formula", "eq")
_NOTE: Final[tuple[FragmentKind, str]] = ("footnote", "fn")
_FLOATS: Final = {
    "figure": _FIGURE, "figref": _FIGURE, "table": _TABLE, "tabref": _TABLE, "formula": _FORMULA, "eqref": _FORMULA,
    "equation": _FORMULA, "footnote": _NOTE, "footref": _NOTE,
}  # fmt: skip
_PLACEHOLDER: Final = "EQUATION"
"""What the converter writes where it could not read a formula."""


def document_of(title: str, abstract: Iterable[Block], parse: Parse, keys: Collection[str]) -> Document | None:
    """The paper's text with its fragments; `keys` are those of its references."""
    writer = _Writer(parse.ref_entries or {}, keys)
    if title := clean(title):
        writer.builder.block("title", "title", title)
    writer.abstract(abstract)
    writer.body(parse.body_text or ())
    writer.back(parse.back_matter or ())
    writer.remaining()
    writer.note()
    document = writer.builder.build()
    return document if document.text else None


class _Writer:
    """Writes blocks in order and keeps the open sections: (number, path, what to close)."""

    def __init__(self, floats: Mapping[str, Float], keys: Collection[str]) -> None:
        self.builder = DocumentBuilder()
        self._cells = CellWriter(self.builder)
        self._floats = dict(floats)
        self._keys = keys
        self._open: list[tuple[tuple[str, ...], str, tuple[int, int]]] = []

    def abstract(self, blocks: Iterable[Block]) -> None:
        blocks = [block for block in blocks if clean(block.text)]
        if blocks:
            opened = self.builder.open("abstract", "abs")
            for block in blocks:
                self._paragraph(block, "abs")
            self.builder.close(opened)

    def body(self, blocks: Iterable[Block]) -> None:
        current: tuple[str, str] | None = None
        before = self.builder.length
        for block in blocks:
            place = (clean(block.section or ""), (block.sec_num or "").strip())
            if place != current:
                self._enter(*place)
                current = place
            self._paragraph(block, self._path)
        self._close(0)
        self.builder.full = self.builder.length > before

    def back(self, blocks: Iterable[Block]) -> None:
        heading, opened, path = None, None, ""
        for block in blocks:
            title = clean(block.section or "")
            if opened is None or title != heading:
                if opened is not None:
                    self.builder.close(opened)
                heading = title
                path, opened = self._part(title)
            self._paragraph(block, path)
        if opened is not None:
            self.builder.close(opened)

    def _part(self, title: str) -> tuple[str, tuple[int, int]]:
        """Open a statement, or a section where the heading makes none."""
        role = role_of(title)
        if role in STATEMENTS:
            path = self.builder.number("stmt")
            return path, self.builder.open("statement", path, title=title, role=role)
        path = self.builder.number("sec")
        return path, self.builder.open("section", path, title=title, role=role)

    def remaining(self) -> None:
        """Figures and tables no paragraph pointed at."""
        for name in list(self._floats):
            self._float(name)

    def note(self) -> None:
        self._cells.note()

    @property
    def _path(self) -> str:
        return self._open[-1][1] if self._open else ""

    def _enter(self, heading: str, number: str) -> None:
        """Open the section, after closing those it does not stand in."""
        if not heading and not number:
            self._close(0)
            return
        parts = tuple(number.rstrip(".").split("."))[:MAX_DEPTH] if _NUMBER.fullmatch(number) else ()
        role = role_of(heading)
        if parts:
            while self._open and not _stands_in(parts, self._open[-1][0]):
                self._close(len(self._open) - 1)
            for level in range(len(self._open[-1][0]) + 1 if self._open else 1, len(parts)):
                self._section("", parts[:level], "")
        elif role or not self._open:
            self._close(0)
        else:
            numbered = [i for i, (known, _, _) in enumerate(self._open) if known]
            self._close(numbered[-1] + 1 if numbered else 0)
        self._section(heading, parts, role)

    def _section(self, heading: str, parts: tuple[str, ...], role: str) -> None:
        path = self.builder.number(f"{self._path}/sec" if self._path else "sec")
        opened = self.builder.open("section", path, title=heading, role=role, label=".".join(parts))
        self._open.append((parts, path, opened))

    def _close(self, depth: int) -> None:
        while len(self._open) > depth:
            self.builder.close(self._open.pop()[2])

    def _paragraph(self, block: Block, path: str) -> None:
        parts, marks = _cut(block.text, block.cite_spans or (), self._keys)
        text, placed = settle(parts, marks)
        if text and text != _PLACEHOLDER:
            fragment = self.builder.block("paragraph", self.builder.number(f"{path}/p" if path else "p"), text)
            for begin, end, refs in placed:
                self.builder.mark(fragment, "citation", self.builder.number("cit"), begin, end, refs=refs, within=path)
        for span in block.ref_spans or ():
            self._float(span.ref_id or "", path)

    def _float(self, name: str, within: str = "") -> None:
        entry = self._floats.pop(name, None)
        known = _FLOATS.get((entry.type_str or entry.type or "").lower()) if entry else None
        if entry is None or known is None:
            return
        kind, stem = known
        label, text = _label(kind, entry)
        path = self.builder.number(stem)
        url = next(iter(entry.uris or ()), "")
        if text:
            self.builder.block(kind, path, text, label=label, within=within, url=url)
        else:
            self.builder.close(self.builder.open(kind, path, label=label, within=within, url=url))
        if kind == "table":
            self._grid(path, (entry.content or entry.html or "").strip())

    def _grid(self, table: str, markup: str) -> None:
        """The cells of a table, which come as a piece of HTML."""
        if not markup:
            return
        try:
            root = parse_xml(markup.encode())
        except FormatError:
            self.builder.note(f"{table}: its cells are not well-formed and were left out")
            return
        for number, cells in enumerate(html_rows(root), 1):
            read: list[tuple[Cell, str, list[Mark]]] = [
                (cell, text_of(cell.element), []) for cell in self._cells.room_for(cells)
            ]
            self._cells.write(f"{table}/r/{number}", read)


def _stands_in(parts: tuple[str, ...], outer: tuple[str, ...]) -> bool:
    return bool(outer) and len(outer) < len(parts) and parts[: len(outer)] == outer


def _cut(
    text: str, spans: Iterable[Span], keys: Collection[str]
) -> tuple[list[str], list[tuple[int, int, tuple[str, ...]]]]:
    """The text in parts with the citation markers as marks over parts; spans that overlap or lie
    outside the text are passed over."""
    parts: list[str] = []
    marks: list[tuple[int, int, tuple[str, ...]]] = []
    done = 0
    for span in sorted(spans, key=lambda each: each.start):
        if not done <= span.start < span.end <= len(text):
            continue
        parts += [text[done : span.start], text[span.start : span.end]]
        refs = (span.ref_id,) if span.ref_id is not None and span.ref_id in keys else ()
        marks.append((len(parts) - 1, len(parts), refs))
        done = span.end
    return [*parts, text[done:]], marks


def _label(kind: str, entry: Float) -> tuple[str, str]:
    """(printed label, caption without it)."""
    text = clean(entry.text or "")
    if found := _CAPTION.fullmatch(text):
        return found.group(1), found.group(2)
    number = (entry.fig_num or entry.num or "").strip()
    return (f"{kind.capitalize()} {number}" if number else ""), text
