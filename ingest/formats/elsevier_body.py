"""An Elsevier article as a document: what its DTD adds to what `ingest.formats.body` does for all.

Figures and tables lie together before the head (`floats`); each is written behind the paragraph that
anchors it, those nobody anchors at the end. Theorems and the like (`enunciation`) are sections of their
paragraphs' text with the label they print.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from ingest.formats.body import Body
from ingest.formats.grid import Cell, cals_rows
from ingest.formats.inline import Dialect, References
from ingest.formats.roles import STATEMENTS, role_of
from ingest.formats.xml import Element, attribute, text_of
from ontology.documents import clean
from ontology.records import Document, FragmentKind

_CROSS_REFERENCES: Final = frozenset({"cross-ref", "cross-refs", "intra-ref"})
DIALECT: Final = Dialect(
    floats=frozenset({
        "display", "displayed-quote", "e-component", "enunciation", "figure", "float-anchor", "footnote", "list",
        "def-list", "para", "simple-para", "section", "table", "textbox", "formula", "note-para", "table-footnote",
    }),
    heads=frozenset({
        "section-title", "label", "caption", "legend", "source", "link", "copyright", "alt-text", "title",
    }),
    silent=frozenset({"link", "inline-figure", "alt-text", "hidden", "index-flag", "anchor"}),
    formulas=frozenset({"math", "chem"}),
    gaps=frozenset({"hsp", "vsp", "br"}),
    blocks=frozenset({"para", "simple-para", "note-para"}),
    marker=lambda element: element.get("refid", "") if element.tag in _CROSS_REFERENCES else None,
    is_note_mark=lambda element: element.get("refid", "").startswith(("fn", "aff", "af0", "cor", "tblfn", "tf")),
    is_raised=lambda element: element.tag == "sup",
)  # fmt: skip
_STATEMENT_TAGS: Final = {
    "acknowledgment": "acknowledgements", "conflict-of-interest": "competing-interests",
    "data-availability": "data-availability",
}  # fmt: skip


def document_of(
    article: Element, title: str, language: str, references: References, abstract: Element | None, raw_text: str
) -> Document | None:
    """The article's text with all its fragments; None where it has none. `raw_text` is read where there is no body."""
    walker = _Article(references, language)
    walker.read(article, title, abstract, raw_text)
    return walker.document()


class _Article(Body):
    dialect = DIALECT
    dividing = frozenset({"displayed-quote", "enunciation", "list", "def-list", "para", "section", "textbox"})
    heading_tag = "section-title"

    def __init__(self, references: References, language: str) -> None:
        super().__init__(references, language)
        self._language = language

    def read(self, article: Element, title: str, abstract: Element | None, raw_text: str) -> None:
        self._floats = {
            each.get("id", str(number)): each
            for number, each in enumerate(e for f in article.iter("floats") for e in f)
        }
        if title:
            self.builder.block("title", "title", title)
        head = article.find("head")
        for each in [] if head is None else head.findall("abstract"):
            self._abstract(each, each is abstract)
        before = self.builder.length
        body = article.find("body")
        if body is not None:
            self._body(body)
        for line in raw_text.split("\n"):
            if text := clean(line):
                self.builder.block("paragraph", self.builder.number("p"), text)
        self.builder.full = self.builder.length > before
        notes = ("article-footnote", "title/footnote", "author-group/footnote")
        for each in [] if head is None else [note for path in notes for note in head.findall(path)]:
            self.footnote(each, "", text_of(each.find("label")))
        for tail in article.findall("tail"):
            for each in tail:
                if each.tag in ("footnote", "biography", "glossary", "further-reading-unread"):
                    self._back(each)
        for left in list(self._floats.values()):
            self.block(left, "")

    def _abstract(self, element: Element, main: bool) -> None:
        kind = element.get("class", "")
        path = "abs" if main else self.builder.number("summary")
        other = not main and attribute(element, "lang") not in ("", self._language)
        role = "" if main else "translation" if other and kind in ("", "author") else kind or "translation"
        heading = self.heading(element)
        with self.inside(
            "abstract", path, role=role, title=heading, language="" if main else attribute(element, "lang")
        ):
            for section in element.findall("abstract-sec"):
                self._abstract_section(section, path)
            self.blocks_of(element, ("figure",), path)

    def _abstract_section(self, section: Element, path: str) -> None:
        if heading := self.heading(section):
            self.sectioned(section, path, role_of(heading), heading)
        else:
            self.blocks(section, path)

    def blocks_of(self, parent: Element, tags: tuple[str, ...], prefix: str) -> None:
        for each in parent:
            if each.tag in tags:
                self.block(each, prefix)

    def _body(self, body: Element) -> None:
        for child in body:
            if child.tag in ("sections", "appendices"):
                for inner in child:
                    if inner.tag not in self.dialect.heads:
                        self._part(inner, "appendix" if child.tag == "appendices" else "")
            elif child.tag not in self.dialect.heads:
                self._part(child, "")

    def _part(self, element: Element, role: str) -> None:
        heading = self.heading(element)
        stated = _STATEMENT_TAGS.get(str(element.tag), "") or role_of(heading, element.get("role", ""))
        if element.tag in _STATEMENT_TAGS or (stated in STATEMENTS and element.tag == "section" and len(heading) < 60):
            self.statement(element, stated)
        elif element.tag == "nomenclature":
            self.sectioned(element, "", "abbreviations", heading)
        elif element.tag == "section":
            self.sectioned(element, "", role or stated, heading, text_of(element.find("label")))
        else:
            self.block(element, "")

    def _back(self, element: Element) -> None:
        if element.tag == "footnote":
            self.footnote(element, "", text_of(element.find("label")))
        elif text_of(element):
            role = "abbreviations" if element.tag == "glossary" else "biography"
            self.sectioned(element, "", role, self.heading(element))

    def _section(self, element: Element, prefix: str) -> None:
        heading = self.heading(element)
        self.sectioned(
            element, prefix, role_of(heading, element.get("role", "")), heading, text_of(element.find("label"))
        )

    def _box(self, element: Element, prefix: str) -> None:
        inner = element.find("textbox-body")
        heading = text_of(element.find("caption")) or self.heading(element)
        self.sectioned(inner if inner is not None else element, prefix, "box", heading, text_of(element.find("label")))

    def _enunciation(self, element: Element, prefix: str) -> None:
        self.sectioned(element, prefix, "enunciation", self.heading(element), text_of(element.find("label")))

    def _list(self, element: Element, prefix: str) -> None:
        self.listed(element, prefix, element.findall("list-item"))

    def _definitions(self, element: Element, prefix: str) -> None:
        """Terms with their descriptions, a line for each."""
        path = self.builder.number(f"{prefix}/list" if prefix else "list")
        with self.inside("list", path, title=self.heading(element)):
            run = self.run()
            for part in element:
                if part.tag == "def-term":
                    self.flush(run, path)
                    run.content(part)
                elif part.tag == "def-description":
                    run.text(": ")
                    run.inside(part)
            self.flush(run, path)

    def _anchor(self, element: Element, prefix: str) -> None:
        if (found := self._floats.pop(element.get("refid", ""), None)) is not None:
            self.block(found, prefix)

    def _figure(self, element: Element, prefix: str) -> None:
        self._captioned("figure", "fig", element, prefix)
        for inner in element.findall("figure"):
            self._figure(inner, prefix)

    def _table(self, element: Element, prefix: str) -> None:
        path = self._captioned("table", "tab", element, prefix)
        self.grid(path, _rows(element), prefix)
        for note in (*element.findall("legend"), *element.findall("table-footnote")):
            self.footnote(note, prefix, text_of(note.find("label")))

    def _media(self, element: Element, prefix: str) -> None:
        self._captioned("media", "media", element, prefix)

    def _captioned(self, kind: FragmentKind, name: str, element: Element, prefix: str) -> str:
        run = self.run()
        for caption in element.findall("caption"):
            run.inside(caption)
        link = element.find("link")
        label = text_of(element.find("label")).rstrip(".:")
        return self.caption(
            kind, name, run, prefix, label=label, url=attribute(link, "locator") or attribute(link, "href")
        )

    def _display(self, element: Element, prefix: str) -> None:
        for each in element:
            self.block(each, prefix)

    def _formula(self, element: Element, prefix: str) -> None:
        inner = element.findall("formula")
        if inner:
            for each in inner:
                self._formula(each, prefix)
        else:
            self.formula(element, text_of(element.find("label")).strip("()"))

    def _footnote(self, element: Element, prefix: str) -> None:
        self.footnote(element, prefix, text_of(element.find("label")))

    handlers: ClassVar = {
        **dict.fromkeys(("para", "simple-para", "note-para"), Body.paragraph),
        "section": _section,
        "enunciation": _enunciation,
        "textbox": _box,
        "list": _list,
        "def-list": _definitions,
        "float-anchor": _anchor,
        "figure": _figure,
        "table": _table,
        "e-component": _media,
        "display": _display,
        **dict.fromkeys(("formula", "math"), _formula),
        **dict.fromkeys(("footnote", "table-footnote"), _footnote),
    }


def _rows(table: Element) -> Iterator[list[Cell]]:
    for group in table.iter("tgroup"):
        yield from cals_rows(group)
