"""SciSumm: full text of ACL papers as sentences, in the XML of the CL-SciSumm shared tasks.

`PAPER` holds the title (the first `S`), the `ABSTRACT` and flat `SECTION`s; a paper whose parts were
not recognised is all sentences. There are no paragraphs, references or people: a section's sentences
are cut into paragraphs, numbers of headings make the tree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from ingest.formats.base import Rejected
from ingest.formats.roles import role_of
from ingest.formats.xml import Element, parse_xml, place_of, text_of
from ontology.documents import DocumentBuilder, clean
from ontology.errors import MalformedPayload
from ontology.identifiers import identifier
from ontology.records import Document, Payload, Record, Title

_ROOT: Final = re.compile(rb"<PAPER[\s>]")
_SIGN: Final = re.compile(rb"<(?:S|ABSTRACT|SECTION)[\s>]")
_ACL: Final = re.compile(r"([A-Z]\d\d-\d{4,5}|\d{4}\.[a-z0-9_]+-[a-z0-9_]+\.\d+)")
_YEAR: Final = re.compile(r"[A-Z](\d\d)-")
_NUMBERED: Final = re.compile(r"((?:\d{1,2}|[A-Z])(?:\.\d{1,2})*)\.?\s+(\S.*)")
MAX_DEPTH: Final = 12
"""Levels of sections; deeper numbers are read as this deep."""
MAX_TITLE: Final = 300
"""Characters of a first sentence that is still taken for the title."""
MAX_PARAGRAPH: Final = 1_500
"""Characters of sentences after which a new paragraph begins."""


class ScisummFormat(msgspec.Struct, frozen=True):
    """One record per paper."""

    name: str = "scisumm"

    def recognises(self, head: bytes, media: str) -> bool:
        """A root `PAPER` with sentences, an abstract or sections."""
        head = head.replace(b"\0", b"")
        return media == self.name or bool(_ROOT.search(head) and _SIGN.search(head))

    def parse(self, payload: Payload) -> Iterator[Record | Rejected]:
        """Raises FormatError for what is not XML or has neither title nor text."""
        root = parse_xml(payload.body)
        if root.tag != "PAPER":
            raise MalformedPayload("there is no PAPER in this XML", place=place_of(root))
        yield _record(root, payload.locator)


FORMAT: Final = ScisummFormat()


def _record(paper: Element, locator: str) -> Record:
    loose = [each for each in paper.findall("S") if text_of(each)]
    title = text_of(loose[0]) if loose and len(text_of(loose[0])) <= MAX_TITLE else ""
    abstract = list(_paragraphs(paper.findall("ABSTRACT//S")))
    document = _document(paper, title, abstract, loose[1:] if title else loose)
    if not title and document is None:
        raise MalformedPayload("the paper has neither title nor text", place=place_of(paper))
    named = _ACL.search(re.split(r"[/\\!]", locator)[-1])
    known = identifier("acl", named[1]) if named else None
    year = _YEAR.match(known.value) if known else None
    short = int(year[1]) if year else -1
    return Record(
        key=str(known) if known else "1",
        format=FORMAT.name,
        kind="article" if known and known.value[0] in "JQ" else "conference-paper",
        identifiers=(known,) if known else (),
        titles=(Title(title, "en"),) if title else (),
        abstract="\n".join(abstract),
        language="en",
        issued=str(short + (1900 if short >= 60 else 2000)) if short >= 0 else known.value[:4] if known else "",
        document=document,
    )


def _document(paper: Element, title: str, abstract: list[str], loose: list[Element]) -> Document | None:
    builder = DocumentBuilder("en")
    if title:
        builder.block("title", "title", title)
    if abstract:
        opened = builder.open("abstract", "abs")
        for text in abstract:
            builder.block("paragraph", builder.number("abs/p"), text)
        builder.close(opened)
    before = builder.length
    for text in _paragraphs(loose):
        builder.block("paragraph", builder.number("p"), text)
    _sections(builder, paper)
    builder.full = builder.length > before
    document = builder.build()
    return document if document.text else None


def _sections(builder: DocumentBuilder, paper: Element) -> None:
    """Flat sections as a tree by the numbers they print; one without number stands at the top."""
    outer: list[tuple[tuple[str, ...], str, tuple[int, int]]] = []
    for section in paper.findall("SECTION"):
        heading = clean(section.get("title", ""))
        found = _NUMBERED.fullmatch(heading)
        number = tuple(found[1].split(".")[:MAX_DEPTH]) if found else ()
        while outer and not (number and outer[-1][0] and number[: len(outer[-1][0])] == outer[-1][0] != number):
            builder.close(outer.pop()[2])
        prefix = f"{outer[-1][1]}/" if outer else ""
        path = builder.number(f"{prefix}sec")
        text = found[2] if found else heading
        text = text.rstrip(" .") if any(map(str.isalpha, text)) else text
        opened = builder.open("section", path, title=text, label=".".join(number), role=role_of(text))
        outer.append((number, path, opened))
        for paragraph in _paragraphs(section.findall(".//S")):
            builder.block("paragraph", builder.number(f"{path}/p"), paragraph)
    while outer:
        builder.close(outer.pop()[2])


def _paragraphs(sentences: list[Element]) -> Iterator[str]:
    """Sentences joined, a new paragraph where their own numbering starts again or one grows long."""
    text: list[str] = []
    size = 0
    for sentence in sentences:
        said = text_of(sentence)
        if not said:
            continue
        if text and (size > MAX_PARAGRAPH or sentence.get("ssid") == "1"):
            yield clean(" ".join(text))
            text, size = [], 0
        text.append(said)
        size += len(said)
    if text:
        yield clean(" ".join(text))
