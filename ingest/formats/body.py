"""What all XML with a body has in common: walking it and writing its blocks, so that nothing is in two places.

A format gives its `Dialect` (what elements are running text, floats, markers) and `handlers` for its
block elements; everything else about documents is here once:
- a heading is the `title` of its section's fragment and no part of the text;
- a paragraph's block holds its running text; figures, tables, formulas and other floats in it follow
  it as blocks of their own, lists and quotations divide it in two;
- a figure's, table's or media object's block is its caption, without one its range is empty; the rows
  of a table follow its caption, one block each, with a fragment for each cell;
- statements (funding, data availability …) are containers like sections.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, Final

from ingest.formats.formulas import formula_text
from ingest.formats.grid import Cell, CellWriter
from ingest.formats.inline import Dialect, Inline, References
from ingest.formats.marks import Mark
from ingest.formats.xml import Element, text_of
from ontology.documents import DocumentBuilder, clean
from ontology.records import Document, Fragment, FragmentKind

NO_REFERENCES: Final = References({}, ())

Handler = Callable[[Any, Element, str], None]


class Body:
    """Walks one text and fills a DocumentBuilder; `section` is the path blocks stand in."""

    dialect: ClassVar[Dialect]
    dividing: ClassVar[frozenset[str]]
    """Blocks that end the paragraph they stand in; what follows is a new one."""
    handlers: ClassVar[Mapping[str, Handler]]
    """Element → the method for it; any other is a paragraph, or a container where it holds floats."""
    heading_tag: ClassVar[str] = "title"

    def __init__(self, references: References, language: str) -> None:
        self.builder = DocumentBuilder(language)
        self.section = ""
        self._references = references
        self._cells = CellWriter(self.builder)

    def document(self) -> Document | None:
        """What was written; None where that is nothing."""
        self._cells.note()
        document = self.builder.build()
        return document if document.text else None

    def heading(self, element: Element) -> str:
        """The element's title without footnote marks and pictures."""
        title = element.find(self.heading_tag)
        if title is None:
            return ""
        run = Inline(NO_REFERENCES, self.dialect)
        run.content(title)
        return run.settled()[0]

    def run(self) -> Inline:
        """Running text to be gathered."""
        return Inline(self._references, self.dialect)

    def blocks(self, parent: Element, prefix: str) -> None:
        """All blocks inside `parent`, with paths below `prefix`; running text between them is a paragraph."""
        run = self.run()
        if parent.text and not parent.text.isspace():
            run.text(parent.text)
        for child in parent:
            if child.tag in self.dialect.heads:
                run.text(child.tail or "")
            elif self._is_block(child):
                self.flush(run, prefix)
                self.block(child, prefix)
                run.text(child.tail or "")
            else:
                run.child(child)
        self.flush(run, prefix)

    def _is_block(self, element: Element) -> bool:
        floats = self.dialect.floats
        return element.tag in self.handlers or element.tag in floats or any(child.tag in floats for child in element)

    def block(self, element: Element, prefix: str) -> None:
        handler = self.handlers.get(str(element.tag))
        if handler is not None:
            handler(self, element, prefix)
        elif any(child.tag in self.dialect.floats for child in element):
            self.blocks(element, prefix)
        else:
            self.paragraph(element, prefix)

    def paragraph(self, element: Element, prefix: str) -> None:
        run = self.run()
        if element.text:
            run.text(element.text)
        for child in element:
            if child.tag in self.dividing:
                self.flush(run, prefix)
                self.block(child, prefix)
                run.text(child.tail or "")
            else:
                run.child(child)
        self.flush(run, prefix)

    def flush(self, run: Inline, prefix: str, label: str = "") -> None:
        """Write the paragraph gathered so far, then the floats found in it."""
        text, marks = run.settled()
        if text:
            block = self.builder.block("paragraph", self.builder.number(_join(prefix, "p")), text, label=label)
            self.cite(block, marks)
        floats, run.floats = run.floats, []
        for each in floats:
            self.block(each, prefix)

    def cite(self, block: Fragment, marks: Iterable[Mark]) -> None:
        for begin, end, refs in marks:
            self.builder.mark(block, "citation", self.builder.number("cit"), begin, end, refs=refs, within=self.section)

    @contextmanager
    def inside(self, kind: FragmentKind, path: str, **fields: Any) -> Iterator[str]:
        """A container around what is written meanwhile; inside a section, floats belong to it."""
        opened = self.builder.open(kind, path, **fields)
        outer = self.section
        if kind == "section":
            self.section = path
        yield path
        self.section = outer
        self.builder.close(opened)

    def sectioned(self, element: Element, prefix: str, role: str, heading: str, label: str = "") -> None:
        with self.inside(
            "section", self.builder.number(_join(prefix, "sec")), role=role, title=heading, label=label
        ) as path:
            self.blocks(element, path)

    def statement(self, element: Element, role: str) -> None:
        if text_of(element):
            title, label = self.heading(element), text_of(element.find("label"))
            with self.inside("statement", self.builder.number("stmt"), role=role, title=title, label=label) as path:
                self.blocks(element, path)

    def listed(self, element: Element, prefix: str, items: Iterable[Element]) -> None:
        """A list: each of its items' paragraphs is one of the list's."""
        with self.inside("list", self.builder.number(_join(prefix, "list")), title=self.heading(element)) as path:
            for item in items:
                self.blocks(item, path)

    def caption(self, kind: FragmentKind, name: str, run: Inline, prefix: str, **fields: Any) -> str:
        """The block of a figure, table or media object, then what floats in its caption; its path."""
        path = self.builder.number(name)
        text, marks = run.settled()
        if text:
            self.cite(self.builder.block(kind, path, text, within=self.section, **fields), marks)
        else:
            self.builder.close(self.builder.open(kind, path, within=self.section, **fields))
        floats, run.floats = run.floats, []
        for each in floats:
            self.block(each, prefix)
        return path

    def formula(self, element: Element, label: str, url: str = "") -> None:
        text = clean(formula_text(element))
        path, fields = self.builder.number("eq"), {"label": label, "within": self.section, "url": url}
        if text:
            self.builder.block("formula", path, text, **fields)
        else:
            self.builder.close(self.builder.open("formula", path, **fields))

    def footnote(self, element: Element, prefix: str, label: str) -> None:
        run = self.run()
        run.inside(element)
        text, marks = run.settled()
        if text:
            path = self.builder.number("fn")
            self.cite(self.builder.block("footnote", path, text, label=label, within=self.section), marks)
        for each in run.floats:
            self.block(each, prefix)

    def grid(self, table: str, rows: Iterable[list[Cell]], prefix: str) -> None:
        """The rows of the table with the path `table`; those without any text are numbered and not written."""
        flat = self.dialect.flat()
        for number, cells in enumerate(rows, 1):
            read = [(cell, Inline(self._references, flat)) for cell in self._cells.room_for(cells)]
            for cell, run in read:
                run.content(cell.element)
            row, marks = self._cells.write(f"{table}/r/{number}", [(cell, *run.settled()) for cell, run in read])
            if row is not None:
                self.cite(row, marks)
            for _, run in read:
                for note in run.floats:
                    self.block(note, prefix)


def _join(prefix: str, name: str) -> str:
    return f"{prefix}/{name}" if prefix else name
