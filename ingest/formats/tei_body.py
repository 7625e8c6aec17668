"""A TEI text as a document: what TEI adds to what `ingest.formats.body` does for all.

GROBID leaves figures, tables and notes at the end of the body and points at them; they are written
where they stand. A `div` is a section; `head n="2.1"` its number, by which GROBID's flat divisions are
put one into the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from mimetypes import MimeTypes
from typing import ClassVar, Final

from ingest.formats.body import Body
from ingest.formats.grid import tei_rows
from ingest.formats.inline import Dialect, References
from ingest.formats.roles import STATEMENTS, role_of
from ingest.formats.xml import Element, attribute, text_of
from ontology.records import Document, FragmentKind

_TO_REFERENCES: Final = frozenset({"bibr", "biblio", "bib", "cit", ""})


def _marker(element: Element) -> str | None:
    """Ids of a `ref` or `ptr` into the text itself; those of figures match no reference."""
    if element.tag not in ("ref", "ptr") or "://" in attribute(element, "target"):
        return None
    kind = attribute(element, "type")
    return attribute(element, "target").replace("#", " ") if kind in _TO_REFERENCES else ""


def _is_raised(element: Element) -> bool:
    rend = f"{attribute(element, 'rend')} {attribute(element, 'rendition')}"
    return element.tag == "hi" and ("sup" in rend or "exponent" in rend)


_INLINE_FORMULA: Final = "inline-formula"
"""What a formula within a line is called here: TEI says so by the lack of a number and an identifier."""
DIALECT: Final = Dialect(
    floats=frozenset({
        "figure", "table", "note", "list", "formula", "quote", "p", "div", "lg", "listBibl", "cit", "floatingText",
        "figDesc",
    }),
    heads=frozenset({"head", "label", "listBibl", "figDesc", "pb", "fw", "cb", "graphic"}),
    silent=frozenset({"pb", "cb", "fw", "index", "anchor", "gap", "graphic", "figDesc"}),
    formulas=frozenset({"math", _INLINE_FORMULA}),
    gaps=frozenset({"lb", "milestone"}),
    blocks=frozenset({"p", "ab", "item", "l"}),
    marker=_marker,
    is_note_mark=lambda element: attribute(element, "type") in ("foot", "note", "noteAnchor"),
    is_raised=_is_raised,
)  # fmt: skip
_STATEMENT_TYPES: Final = {
    "acknowledgement": "acknowledgements", "acknowledgment": "acknowledgements", "funding": "funding",
    "availability": "data-availability", "data_availability": "data-availability", "conflict": "competing-interests",
    "contribution": "author-contributions", "ethics": "ethics",
}  # fmt: skip
MAX_DEPTH: Final = 12
"""Levels of numbered divisions; deeper numbers are read as this deep."""
_MIMES: Final = MimeTypes(filenames=())


def document_of(tei: Element, title: str, language: str, references: References) -> Document | None:
    """The text with all its fragments; None where there is none."""
    _mark_inline_formulas(tei)
    walker = _Text(references, language)
    walker.read(tei, title)
    return walker.document()


def _mark_inline_formulas(tei: Element) -> None:
    for formula in list(tei.iter("formula")):
        parent = formula.getparent()
        display = "display" in attribute(formula, "rend") or formula.find("label") is not None
        if not display and not attribute(formula, "id") and parent is not None and parent.tag in DIALECT.blocks:
            formula.tag = _INLINE_FORMULA


def paragraphs_of(abstract: Element | None) -> Iterator[str]:
    """An abstract's paragraphs, the first of a titled part led by its title."""
    if abstract is None:
        return
    blocks = list(abstract.iter("p", "ab"))
    for block in blocks or [abstract]:
        part = block.getparent()
        heading = text_of(part.find("head")).rstrip(".:") if part is not None and part.find("p") is block else ""
        if text := text_of(block):
            yield f"{heading}: {text}" if heading and heading.lower() not in ("abstract", "summary") else text


class _Text(Body):
    dialect = DIALECT
    dividing = frozenset({"list", "quote", "p", "div", "lg", "floatingText"})
    heading_tag = "head"

    def read(self, tei: Element, title: str) -> None:
        if title:
            self.builder.block("title", "title", title)
        abstracts = tei.findall("teiHeader/profileDesc/abstract") or tei.findall("text/front//div[@type='abstract']")
        for at, abstract in enumerate(abstracts):
            if text_of(abstract):
                path = "abs" if at == 0 else self.builder.number("summary")
                role, code = ("", "") if at == 0 else ("translation", attribute(abstract, "lang"))
                with self.inside("abstract", path, role=role, language=code):
                    self._abstract(abstract, path)
        before = self.builder.length
        for body in tei.findall("text/body"):
            self._divisions(body)
        self.builder.full = self.builder.length > before
        for back in tei.findall("text/back"):
            self._back(back)

    def _abstract(self, abstract: Element, path: str) -> None:
        for part in abstract.findall("div") or [abstract]:
            heading = self.heading(part)
            if part is not abstract and heading and heading.lower() not in ("abstract", "summary"):
                self.sectioned(part, path, role_of(heading), heading)
            else:
                self.blocks(part, path)

    def _divisions(self, body: Element) -> None:
        """Divisions side by side, put into each other by the numbers of their headings."""
        outer: list[tuple[tuple[str, ...], str, tuple[int, int]]] = []
        for child in body:
            if child.tag != "div":
                while outer:
                    self.builder.close(outer.pop()[2])
                self.section = ""
                if child.tag not in self.dialect.heads:
                    self.block(child, "")
                continue
            head = child.find("head")
            number = tuple(re.findall(r"\w+", attribute(head, "n"))[:MAX_DEPTH])
            while outer and not (number and outer[-1][0] and number[: len(outer[-1][0])] == outer[-1][0] != number):
                self.builder.close(outer.pop()[2])
            if head is None and attribute(child, "type") == "":
                self.section = ""
                self.blocks(child, "")
                continue
            prefix = f"{outer[-1][1]}/" if outer else ""
            path = self.builder.number(f"{prefix}sec")
            heading = self.heading(child)
            fields = {
                "title": heading,
                "label": attribute(head, "n").rstrip("."),
                "role": role_of(heading, attribute(child, "type")),
            }
            outer.append((number, path, self.builder.open("section", path, **fields)))
            self.section = path
            self.blocks(child, path)
        while outer:
            self.builder.close(outer.pop()[2])
        self.section = ""

    def _back(self, back: Element) -> None:
        for child in back:
            kind = attribute(child, "type")
            stated = _STATEMENT_TYPES.get(kind, "")
            if kind == "references" or child.tag in ("listBibl", "listOrg") or not text_of(child):
                continue
            inner = child.findall("div")
            if stated:
                for part in inner or [child]:
                    self.statement(
                        part, role_of(self.heading(part)) if role_of(self.heading(part)) in STATEMENTS else stated
                    )
            elif child.tag == "div" and inner and child.find("head") is None:
                for part in inner:
                    self._part(part, "appendix" if kind == "annex" else "")
            elif child.tag == "div":
                self._part(child, "appendix" if kind in ("annex", "appendix") else "")
            else:
                self.block(child, "")

    def _part(self, element: Element, role: str) -> None:
        heading = self.heading(element)
        stated = role_of(heading, attribute(element, "type"))
        if stated in STATEMENTS:
            self.statement(element, stated)
        elif text_of(element):
            self.sectioned(element, "", stated or role, heading, attribute(element.find("head"), "n"))

    def _division(self, element: Element, prefix: str) -> None:
        heading = self.heading(element)
        role = role_of(heading, attribute(element, "type"))
        self.sectioned(element, prefix, role, heading, attribute(element.find("head"), "n"))

    def _list(self, element: Element, prefix: str) -> None:
        self.listed(element, prefix, element.findall("item"))

    def _figure(self, element: Element, prefix: str) -> None:
        """A figure, or a table as GROBID writes it: `figure type="table"` around a `table`."""
        is_table = attribute(element, "type") == "table" or (
            element.find("table") is not None and element.find("graphic") is None
        )
        path = self._captioned("table" if is_table else "figure", "tab" if is_table else "fig", element, prefix)
        for table in element.findall("table"):
            self.grid(path, tei_rows(table), prefix)
        for note in element.findall("note"):
            self._note(note, prefix)

    def _table(self, element: Element, prefix: str) -> None:
        path = self._captioned("table", "tab", element, prefix)
        self.grid(path, tei_rows(element), prefix)

    def _media(self, element: Element, prefix: str) -> None:
        self._captioned("media", "media", element, prefix)

    def _captioned(self, kind: FragmentKind, name: str, element: Element, prefix: str) -> str:
        run = self.run()
        described = element.find("figDesc")
        head = element.find("head")
        label = text_of(element.find("label"))
        if described is not None and text_of(described):
            run.content(described)
        elif head is not None:
            run.content(head)
        printed = text_of(head) if described is not None and text_of(described) else ""
        graphic = element if element.tag in ("media", "graphic") else next(element.iter("graphic", "media"), None)
        url = attribute(graphic, "url")
        return self.caption(
            kind, name, run, prefix, label=(printed or label).rstrip(".:")[:80], url=url,
            mime=attribute(graphic, "mimeType") or _MIMES.guess_type(url)[0] or "",
        )  # fmt: skip

    def _formula(self, element: Element, prefix: str) -> None:
        self.formula(element, text_of(element.find("label")).strip("()"))

    def _note(self, element: Element, prefix: str) -> None:
        self.footnote(element, prefix, attribute(element, "n"))

    def _nothing(self, element: Element, prefix: str) -> None:
        """Bibliographies and descriptions of figures are read elsewhere."""

    handlers: ClassVar = {
        **dict.fromkeys(("p", "ab"), Body.paragraph),
        "div": _division,
        "floatingText": _division,
        "list": _list,
        "figure": _figure,
        "table": _table,
        "media": _media,
        "formula": _formula,
        "note": _note,
        **dict.fromkeys(("listBibl", "figDesc"), _nothing),
    }
