"""A JATS article as a document: sections, paragraphs, floats, statements and citation markers.

Where things go (JATS 1.3, "Archiving and Interchange"):
- a heading is the `title` of its section's fragment and no part of the text;
- a paragraph's block holds its running text; figures, tables, formulas and other floats in it
  follow it as blocks of their own, lists and quotations divide it in two;
- a figure's, table's or media object's block is its caption; without one its range is empty;
- summaries beside the abstract become `summary/1` …, kind abstract, role = their `abstract-type`;
- acknowledgements, funding, data availability and the like from the back matter, author notes
  and metadata become statements; other back sections continue the section numbering.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from mimetypes import MimeTypes
from typing import Final

from ingest.formats.jats_inline import FLOATS, HEADS, Inline, References
from ingest.formats.jats_math import formula_text
from ingest.formats.marks import Mark
from ingest.formats.roles import STATEMENTS, role_of
from ingest.formats.xml import Element, attribute, text_of
from ontology.documents import DocumentBuilder, clean
from ontology.records import Document, Fragment, FragmentKind

_NOTE_ROLES: Final = {
    "con": "author-contributions", "conflict": "competing-interests", "coi-statement": "competing-interests",
    "financial-disclosure": "funding", "supported-by": "funding", "funding": "funding",
    "funding-information": "funding", "author-contribution": "author-contributions",
    "data-availability": "data-availability", "ethics": "ethics", "ethics-statement": "ethics",
}  # fmt: skip
_DIVIDING: Final = frozenset({
    "array", "boxed-text", "code", "def-list", "disp-quote", "list", "p", "preformat", "sec", "speech", "statement",
    "verse-group",
})  # fmt: skip
"""Blocks that end the paragraph they stand in; what follows is a new one."""
_MIMES: Final = MimeTypes(filenames=())


def document_of(article: Element, title: str, language: str, references: References) -> Document | None:
    """The article's text with all its fragments; None where it has neither title, abstract nor body."""
    walker = _Walker(references, language)
    walker.front(article, title)
    if (body := article.find("body")) is not None:
        walker.body(body)
    for back in article.findall("back"):
        walker.back(back)
    for name in ("floats-group", "floats-wrap"):
        for floats in article.findall(name):
            walker.blocks(floats, "")
    walker.notes(article)
    document = walker.builder.build()
    return document if document.text else None


def web_address(href: str) -> str:
    """A link as a URL where it names a DOI by `info:doi/` or `doi:`; anything else as it is."""
    for prefix in ("info:doi/", "doi:"):
        if href.startswith(prefix):
            return "https://doi.org/" + href.removeprefix(prefix)
    return href


class _Walker:
    """Walks one article and fills a DocumentBuilder; `section` is the path blocks stand in."""

    def __init__(self, references: References, language: str) -> None:
        self.builder = DocumentBuilder(language)
        self.section = ""
        self._references = references

    def front(self, article: Element, title: str) -> None:
        if title:
            self.builder.block("title", "title", title)
        main, others = split_abstracts(article)
        if main is not None:
            self._container("abstract", "abs", main)
        for other in others:
            kind = other.get("abstract-type", "")
            self._container("abstract", self.builder.number("summary"), other, role=kind, title=_heading(other))

    def body(self, body: Element) -> None:
        before = self.builder.length
        self.blocks(body, "")
        self.builder.full = self.builder.length > before

    def back(self, back: Element) -> None:
        for child in back:
            role = _NOTE_ROLES.get(child.get("notes-type", "").lower(), "")
            role = role or role_of(_heading(child), child.get("sec-type", ""))
            if child.tag == "ack":
                self._statement(child, "acknowledgements")
            elif child.tag in ("sec", "notes") and role in STATEMENTS:
                self._statement(child, role)
            elif child.tag in ("app-group", "notes"):
                self.back(child)
            elif child.tag in ("sec", "app", "glossary", "bio"):
                self._section(child, "")
            elif child.tag not in HEADS:
                self._block(child, "")

    def notes(self, article: Element) -> None:
        """Statements that stand in the metadata."""
        for note in article.findall("front/article-meta/author-notes/fn"):
            if role := _note_role(note):
                self._statement(note, role)
        for notes in article.findall("front/notes"):
            self.back(notes)
        for text in article.findall("front/article-meta/funding-group/funding-statement"):
            self._plain_statement(text, "funding")
        for meta in article.findall("front/article-meta/custom-meta-group/custom-meta"):
            if role_of(text_of(meta.find("meta-name"))) == "data-availability":
                self._plain_statement(meta.find("meta-value"), "data-availability")

    def blocks(self, parent: Element, prefix: str) -> None:
        """All blocks inside `parent`, with paths below `prefix`."""
        for child in parent:
            if child.tag not in HEADS:
                self._block(child, prefix)

    def _block(self, element: Element, prefix: str) -> None:
        handler = _HANDLERS.get(str(element.tag))
        if handler is not None:
            handler(self, element, prefix)
        elif any(child.tag in FLOATS for child in element):
            self.blocks(element, prefix)
        else:
            self._paragraph(element, prefix)

    def _paragraph(self, element: Element, prefix: str) -> None:
        run = Inline(self._references)
        if element.text:
            run.text(element.text)
        for child in element:
            if child.tag in _DIVIDING:
                self._flush(run, prefix)
                self._block(child, prefix)
                run.text(child.tail or "")
            else:
                run.child(child)
        self._flush(run, prefix)

    def _flush(self, run: Inline, prefix: str, label: str = "") -> None:
        """Emit the paragraph gathered so far, then the floats found in it."""
        text, marks = run.settled()
        if text:
            block = self.builder.block("paragraph", self.builder.number(_join(prefix, "p")), text, label=label)
            self._cite(block, marks)
        floats, run.floats = run.floats, []
        for each in floats:
            self._block(each, prefix)

    def _cite(self, block: Fragment, marks: Iterable[Mark]) -> None:
        for begin, end, refs in marks:
            self.builder.mark(block, "citation", self.builder.number("cit"), begin, end, refs=refs, within=self.section)

    def _section(self, element: Element, prefix: str) -> None:
        heading = _heading(element)
        role = role_of(heading, element.get("sec-type", "")) or _SECTION_ROLES.get(str(element.tag), "")
        path = self.builder.number(_join(prefix, "sec"))
        outer, self.section = self.section, path
        self._container("section", path, element, role=role, title=heading)
        self.section = outer

    def _container(self, kind: FragmentKind, path: str, element: Element, role: str = "", title: str = "") -> None:
        opened = self.builder.open(kind, path, role=role, title=title, label=text_of(element.find("label")))
        self.blocks(element, path)
        self.builder.close(opened)

    def _statement(self, element: Element, role: str) -> None:
        if text_of(element):
            self._container("statement", self.builder.number("stmt"), element, role=role, title=_heading(element))

    def _plain_statement(self, element: Element | None, role: str) -> None:
        if element is None or not text_of(element):
            return
        path = self.builder.number("stmt")
        opened = self.builder.open("statement", path, role=role)
        if element.find("p") is None:
            self._paragraph(element, path)
        else:
            self.blocks(element, path)
        self.builder.close(opened)

    def _list(self, element: Element, prefix: str) -> None:
        path = self.builder.number(_join(prefix, "list"))
        opened = self.builder.open("list", path, title=_heading(element))
        for item in element.findall("list-item"):
            self.blocks(item, path)
        self.builder.close(opened)

    def _definitions(self, element: Element, prefix: str) -> None:
        path = self.builder.number(_join(prefix, "list"))
        opened = self.builder.open("list", path, title=_heading(element))
        for item in element.findall("def-item"):
            run = Inline(self._references)
            for term in item.findall("term"):
                run.content(term)
            run.text(": ")
            for part in item.findall("def/p"):
                run.content(part)
                run.text(" ")
            self._flush(run, path)
        for inner in element.findall("def-list"):
            self._definitions(inner, path)
        self.builder.close(opened)

    def _figure(self, element: Element, prefix: str) -> None:
        self._captioned("figure", "fig", element, prefix)

    def _table(self, element: Element, prefix: str) -> None:
        self._captioned("table", "tab", element, prefix)
        for foot in element.findall("table-wrap-foot"):
            for note in foot:
                if note.tag not in HEADS:
                    self._footnote(note, prefix)

    def _media(self, element: Element, prefix: str) -> None:
        inner = element.findall("media") + element.findall("graphic")
        self._captioned("media", "media", element, prefix, url=_url(element) or _url(next(iter(inner), None)))
        for further in inner if _url(element) else inner[1:]:
            self._captioned("media", "media", further, prefix)

    def _captioned(self, kind: FragmentKind, name: str, element: Element, prefix: str, url: str = "") -> None:
        caption = element.find("caption")
        run = Inline(self._references)
        if caption is not None:
            for part in caption:
                run.content(part)
                run.text(" ")
        elif kind == "media":
            run.inside(element)
        graphic = next(element.iter("graphic", "media"), None) if kind != "media" else element
        fields = {
            "label": clean(text_of(element.find("label"))).rstrip(".:"), "within": self.section,
            "url": url or _url(graphic), "mime": _mime(element, graphic, url),
        }  # fmt: skip
        text, marks = run.settled()
        path = self.builder.number(name)
        if text:
            self._cite(self.builder.block(kind, path, text, **fields), marks)
        else:
            self.builder.close(self.builder.open(kind, path, **fields))
        for each in run.floats:
            if not (kind == "media" and each.tag in ("media", "graphic")):
                self._block(each, prefix)

    def _formula(self, element: Element, prefix: str) -> None:
        text = clean(formula_text(element))
        fields = {
            "label": text_of(element.find("label")),
            "within": self.section,
            "url": _url(element.find(".//graphic")),
        }
        path = self.builder.number("eq")
        if text:
            self.builder.block("formula", path, text, **fields)
        else:
            self.builder.close(self.builder.open("formula", path, **fields))

    def _note(self, element: Element, prefix: str) -> None:
        if role := _note_role(element):
            self._statement(element, role)
        else:
            self._footnote(element, prefix)

    def _footnote(self, element: Element, prefix: str) -> None:
        run = Inline(self._references)
        run.inside(element)
        text, marks = run.settled()
        if text:
            label = text_of(element.find("label")) or attribute(element, "symbol")
            path = self.builder.number("fn")
            self._cite(self.builder.block("footnote", path, text, label=label, within=self.section), marks)
        for each in run.floats:
            self._block(each, prefix)


_Handler = Callable[[_Walker, Element, str], None]
_HANDLERS: Final[dict[str, _Handler]] = {
    **dict.fromkeys(("sec", "boxed-text", "app", "glossary"), _Walker._section),
    "p": _Walker._paragraph,
    "list": _Walker._list,
    "def-list": _Walker._definitions,
    "fig": _Walker._figure,
    "table-wrap": _Walker._table,
    **dict.fromkeys(("disp-formula", "chem-struct-wrap"), _Walker._formula),
    **dict.fromkeys(("media", "supplementary-material", "inline-supplementary-material", "graphic"), _Walker._media),
    "fn": _Walker._note,
}
_SECTION_ROLES: Final = {"app": "appendix", "glossary": "abbreviations", "boxed-text": "box"}


def split_abstracts(article: Element) -> tuple[Element | None, list[Element]]:
    """The abstract proper (else a summary in its place) and the others, graphical ones left out."""
    found = [
        each
        for each in article.findall("front/article-meta/abstract")
        if each.get("abstract-type") not in ("graphical", "graphical-abstract", "key-image")
    ]
    main = next((each for each in found if not each.get("abstract-type")), found[0] if found else None)
    return main, [each for each in found if each is not main]


def abstract_paragraphs(abstract: Element | None) -> Iterator[str]:
    """The abstract's paragraphs, the first of a titled part led by its title: "Methods: We …"."""
    if abstract is None:
        return
    blocks = [each for each in abstract.iter("p") if next(each.iterancestors("p"), None) is None]
    for block in blocks or [abstract]:
        text = text_of(block)
        parent = block.getparent()
        if text and parent is not None and parent.tag == "sec" and (heading := _heading(parent)):
            first = parent.find("p") is block
            text = f"{heading.rstrip(':.')}: {text}" if first else text
        if text:
            yield text


def _heading(element: Element) -> str:
    """The element's title without footnote marks and pictures."""
    title = element.find("title")
    if title is None:
        return ""
    run = Inline(_NO_REFERENCES)
    run.content(title)
    return run.settled()[0]


_NO_REFERENCES: Final = References({}, ())


def _note_role(note: Element) -> str:
    """The statement a footnote makes, by its type, its group's title or its own; empty for none."""
    parent = note.getparent()
    group = "" if parent is None or parent.tag != "fn-group" else _heading(parent) or parent.get("content-type", "")
    role = _NOTE_ROLES.get(note.get("fn-type", "").lower(), "") or role_of(_heading(note) or group)
    return role if role in STATEMENTS else ""


def _join(prefix: str, name: str) -> str:
    return f"{prefix}/{name}" if prefix else name


def _url(element: Element | None) -> str:
    return web_address(attribute(element, "href"))


def _mime(element: Element, graphic: Element | None, url: str) -> str:
    """The declared media type, else what the file name's ending says; empty where neither tells."""
    for each in (element, graphic):
        kind, subtype = attribute(each, "mimetype"), attribute(each, "mime-subtype")
        if "/" in kind:
            return kind
        if kind and subtype:
            return f"{kind}/{subtype}"
    return _MIMES.guess_type(url or attribute(graphic, "href"))[0] or ""
