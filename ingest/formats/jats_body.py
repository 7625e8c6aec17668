"""A JATS article as a document: sections, paragraphs, floats, statements and citation markers.

What JATS 1.3 ("Archiving and Interchange") adds to what `ingest.formats.body` does for all:
- summaries beside the abstract become `summary/1` …, kind abstract, role = their `abstract-type`; so
  do abstracts in other languages, with the role "translation" and their language;
- acknowledgements, funding, data availability and the like from the back matter, author notes
  and metadata become statements; other back sections continue the section numbering.
"""

from __future__ import annotations

from collections.abc import Iterator
from mimetypes import MimeTypes
from typing import ClassVar, Final

from ingest.formats.body import NO_REFERENCES, Body
from ingest.formats.grid import Cell, cals_rows, html_rows
from ingest.formats.inline import Dialect, Inline, References
from ingest.formats.roles import STATEMENTS, role_of
from ingest.formats.xml import Element, attribute, text_of
from ontology.documents import clean
from ontology.records import Document, FragmentKind

_NOTE_MARKS: Final = frozenset({"fn", "table-fn", "author-notes", "corresp", "aff"})
DIALECT: Final = Dialect(
    floats=frozenset({
        "array", "boxed-text", "chem-struct-wrap", "code", "def-list", "disp-formula", "disp-formula-group",
        "disp-quote", "fig", "fig-group", "fn", "fn-group", "glossary", "graphic", "inline-supplementary-material",
        "list", "media", "p", "preformat", "sec", "speech", "statement", "supplementary-material", "table-wrap",
        "table-wrap-group", "verse-group",
    }),
    heads=frozenset({"title", "subtitle", "label", "sec-meta", "ref-list", "object-id", "caption", "alt-title"}),
    silent=frozenset({"alt-text", "index-term", "inline-graphic", "long-desc", "object-id", "private-char"}),
    formulas=frozenset({"inline-formula", "math", "tex-math"}),
    gaps=frozenset({"break"}),
    blocks=frozenset({"p", "verse-line"}),
    marker=lambda element: element.get("rid", "") if element.tag == "xref" else None,
    is_note_mark=lambda xref: xref.get("ref-type") in _NOTE_MARKS,
    is_raised=lambda element: element.tag == "sup",
)  # fmt: skip
_NOTE_ROLES: Final = {
    "con": "author-contributions", "conflict": "competing-interests", "coi-statement": "competing-interests",
    "financial-disclosure": "funding", "supported-by": "funding", "funding": "funding",
    "funding-information": "funding", "author-contribution": "author-contributions",
    "data-availability": "data-availability", "ethics": "ethics", "ethics-statement": "ethics",
}  # fmt: skip
_SECTION_ROLES: Final = {
    "app": "appendix", "glossary": "abbreviations", "boxed-text": "box", "statement": "enunciation", "bio": "biography",
}  # fmt: skip
_GRAPHICAL: Final = frozenset({"graphical", "graphical-abstract", "key-image"})
_MIMES: Final = MimeTypes(filenames=())


def document_of(article: Element, title: str, language: str, references: References) -> Document | None:
    """The article's text with all its fragments; None where it has neither title, abstract nor body.

    `article` may be a `sub-article` or `response`, which have a `front-stub` instead of a `front`.
    """
    walker = _Article(references, language)
    walker.front(article, title)
    if (body := article.find("body")) is not None:
        walker.body(body)
    for back in article.findall("back"):
        walker.back(back)
    for name in ("floats-group", "floats-wrap"):
        for floats in article.findall(name):
            walker.blocks(floats, "")
    walker.notes(article)
    return walker.document()


def meta_of(article: Element) -> Element | None:
    """Where an article, sub-article or response describes itself."""
    for path in ("front/article-meta", "front-stub", "front"):
        if (found := article.find(path)) is not None:
            return found
    return None


def web_address(href: str) -> str:
    """A link as a URL where it names a DOI by `info:doi/` or `doi:`; anything else as it is."""
    for prefix in ("info:doi/", "doi:"):
        if href.startswith(prefix):
            return "https://doi.org/" + href.removeprefix(prefix)
    return href


class _Article(Body):
    dialect = DIALECT
    dividing = frozenset({
        "array", "boxed-text", "code", "def-list", "disp-quote", "list", "p", "preformat", "sec", "speech", "statement",
        "verse-group",
    })  # fmt: skip

    def front(self, article: Element, title: str) -> None:
        if title:
            self.builder.block("title", "title", title)
        main, others = split_abstracts(article)
        if main is not None:
            with self.inside("abstract", "abs", label=text_of(main.find("label")), title=self.heading(main)):
                self.blocks(main, "abs")
        for other in others:
            self._summary(other, role=other.get("abstract-type", ""))
        for other in translated_abstracts(article):
            self._summary(other, role="translation", language=attribute(other, "lang"))

    def _summary(self, abstract: Element, **fields: str) -> None:
        path = self.builder.number("summary")
        with self.inside("abstract", path, title=self.heading(abstract), **fields):
            self.blocks(abstract, path)

    def body(self, body: Element) -> None:
        before = self.builder.length
        self.blocks(body, "")
        self.builder.full = self.builder.length > before

    def back(self, back: Element) -> None:
        for child in back:
            self._part(child)

    def _part(self, child: Element) -> None:
        """One part of the back matter."""
        role = _NOTE_ROLES.get(child.get("notes-type", "").lower(), "")
        role = role or role_of(self.heading(child), child.get("sec-type", ""))
        if child.tag == "ack":
            self.statement(child, "acknowledgements")
        elif child.tag in ("sec", "notes") and role in STATEMENTS:
            self.statement(child, role)
        elif child.tag in ("app-group", "notes"):
            self.back(child)
        elif child.tag in ("sec", "app", "glossary", "bio"):
            self._section(child, "")
        elif child.tag not in self.dialect.heads:
            self.block(child, "")

    def notes(self, article: Element) -> None:
        """Statements that stand in the metadata."""
        meta = meta_of(article)
        if meta is None:
            return
        for note in meta.findall("author-notes/fn"):
            if role := _note_role(self, note):
                self.statement(note, role)
        for note in meta.findall("title-group/fn-group/fn"):
            self.footnote(note, "", _mark(note))
        for notes in article.findall("front/notes"):
            self._part(notes)
        for text in meta.findall("funding-group/funding-statement"):
            self._plain_statement(text, "funding")
        said = [text_of(each) for part in article.findall("back") + article.findall("front/notes") for each in part]
        for custom in meta.findall("custom-meta-group/custom-meta"):
            value = text_of(custom.find("meta-value"))
            if role_of(text_of(custom.find("meta-name"))) == "data-availability" and not any(value in t for t in said):
                self._plain_statement(custom.find("meta-value"), "data-availability")

    def _section(self, element: Element, prefix: str) -> None:
        caption = element.find("caption")
        heading = self.heading(element) or ("" if caption is None else self.heading(caption))
        role = role_of(heading, element.get("sec-type", "")) or _SECTION_ROLES.get(str(element.tag), "")
        label = text_of(element.find("label"))
        if caption is None:
            self.sectioned(element, prefix, role, heading, label)
            return
        path = self.builder.number(f"{prefix}/sec" if prefix else "sec")
        with self.inside("section", path, role=role, title=heading, label=label):
            self.blocks(caption, path)
            self.blocks(element, path)

    def _group(self, element: Element, prefix: str) -> None:
        """Figures or tables under one caption: it stands before them, as one of their kind."""
        if element.find("caption") is not None:
            label = clean(text_of(element.find("label"))).rstrip(".:")
            if element.tag == "fig-group":
                self.caption("figure", "fig", self._said(element), prefix, label=label)
            else:
                self.caption("table", "tab", self._said(element), prefix, label=label)
        self.blocks(element, prefix)

    def _said(self, element: Element) -> Inline:
        """The running text of an element's caption."""
        run = self.run()
        for caption in element.findall("caption"):
            run.inside(caption)
        return run

    def _plain_statement(self, element: Element | None, role: str) -> None:
        if element is None or not text_of(element):
            return
        with self.inside("statement", self.builder.number("stmt"), role=role) as path:
            if element.find("p") is None:
                self.paragraph(element, path)
            else:
                self.blocks(element, path)

    def _list(self, element: Element, prefix: str) -> None:
        self.listed(element, prefix, element.findall("list-item"))

    def _definitions(self, element: Element, prefix: str) -> None:
        path = self.builder.number(f"{prefix}/list" if prefix else "list")
        with self.inside("list", path, title=self.heading(element)):
            for item in element.findall("def-item"):
                run = self.run()
                for term in item.findall("term"):
                    run.content(term)
                run.text(": ")
                for part in item.findall("def/p"):
                    run.content(part)
                    run.text(" ")
                self.flush(run, path)
            for inner in element.findall("def-list"):
                self._definitions(inner, path)

    def _figure(self, element: Element, prefix: str) -> None:
        self._captioned("figure", "fig", element, prefix)

    def _table(self, element: Element, prefix: str) -> None:
        path = self._captioned("table", "tab", element, prefix)
        self.grid(path, _rows(element), prefix)
        for foot in element.findall("table-wrap-foot"):
            for note in foot:
                if note.tag not in self.dialect.heads:
                    self.footnote(note, prefix, _mark(note))

    def _array(self, element: Element, prefix: str) -> None:
        """A table without caption that stands in the text."""
        self.grid(self.caption("table", "tab", self.run(), prefix), _rows(element), prefix)

    def _media(self, element: Element, prefix: str) -> None:
        inner = element.findall("media") + element.findall("graphic")
        self._captioned("media", "media", element, prefix, url=_url(element) or _url(next(iter(inner), None)))
        for further in inner if _url(element) else inner[1:]:
            self._captioned("media", "media", further, prefix)

    def _captioned(self, kind: FragmentKind, name: str, element: Element, prefix: str, url: str = "") -> str:
        caption = element.find("caption")
        if caption is None and kind == "media":
            caption = element.find("media/caption")
        run = self.run()
        if caption is not None:
            run.text(caption.text or "")
            for part in caption:
                run.content(part)
                run.text(" " + (part.tail or ""))
        elif kind == "media":
            run.inside(element)
        for source in element.findall("attrib"):
            run.text(" ")
            run.content(source)
        if kind == "media":
            run.floats = [each for each in run.floats if each.tag not in ("media", "graphic")]
        graphic = next(element.iter("graphic", "media"), None) if kind != "media" else element
        return self.caption(
            kind, name, run, prefix, label=clean(text_of(element.find("label"))).rstrip(".:"),
            url=url or _url(graphic), mime=_mime(element, graphic, url),
        )  # fmt: skip

    def _formula(self, element: Element, prefix: str) -> None:
        self.formula(element, text_of(element.find("label")), _url(element.find(".//graphic")))

    def _note(self, element: Element, prefix: str) -> None:
        if role := _note_role(self, element):
            self.statement(element, role)
        else:
            self.footnote(element, prefix, _mark(element))

    handlers: ClassVar = {
        **dict.fromkeys(("sec", "boxed-text", "app", "glossary", "statement"), _section),
        "p": Body.paragraph,
        "list": _list,
        "def-list": _definitions,
        "fig": _figure,
        **dict.fromkeys(("fig-group", "table-wrap-group"), _group),
        "table-wrap": _table,
        **dict.fromkeys(("table", "array"), _array),
        **dict.fromkeys(("disp-formula", "chem-struct-wrap"), _formula),
        **dict.fromkeys(("media", "supplementary-material", "inline-supplementary-material", "graphic"), _media),
        "fn": _note,
    }


def _rows(element: Element) -> Iterator[list[Cell]]:
    """Rows of all tables of a `table-wrap` (or of a bare table), XHTML or OASIS."""
    groups = list(element.iter("tgroup"))
    for group in groups:
        yield from cals_rows(group)
    if not groups:
        tables = [element] if element.tag in ("table", "array") else list(element.iter("table"))
        for table in tables:
            if next(table.iterancestors("table"), None) is None or table is element:
                yield from html_rows(table)


def _mark(note: Element) -> str:
    return text_of(note.find("label")) or attribute(note, "symbol")


def split_abstracts(article: Element) -> tuple[Element | None, list[Element]]:
    """The abstract proper (else a summary in its place) and the others, graphical ones left out."""
    found = [each for each in _abstracts(article, "abstract") if each.get("abstract-type") not in _GRAPHICAL]
    main = next((each for each in found if not each.get("abstract-type")), found[0] if found else None)
    return main, [each for each in found if each is not main]


def translated_abstracts(article: Element) -> list[Element]:
    """Abstracts in other languages, graphical ones left out."""
    return [each for each in _abstracts(article, "trans-abstract") if each.get("abstract-type") not in _GRAPHICAL]


def _abstracts(article: Element, tag: str) -> list[Element]:
    meta = meta_of(article)
    return [] if meta is None else meta.findall(tag)


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
    title = element.find("title")
    if title is None:
        return ""
    run = Inline(NO_REFERENCES, DIALECT)
    run.content(title)
    return run.settled()[0]


def _note_role(walker: Body, note: Element) -> str:
    """The statement a footnote makes, by its type, its group's title or its own; empty for none."""
    parent = note.getparent()
    group = (
        "" if parent is None or parent.tag != "fn-group" else walker.heading(parent) or parent.get("content-type", "")
    )
    role = _NOTE_ROLES.get(note.get("fn-type", "").lower(), "") or role_of(walker.heading(note) or group)
    return role if role in STATEMENTS else ""


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
