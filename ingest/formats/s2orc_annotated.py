"""S2ORC as Semantic Scholar's data sets have it since 2023: one text with annotations, put back into parts.

`content` holds the text, and for each kind of annotation a list of spans, written as JSON in a string
(Semantic Scholar, "Datasets API", data set s2orc); `s2orc_v2` has `body` and `bibliography` alike.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from ingest.formats.fields import Scalar
from ingest.formats.json import read_json
from ingest.formats.s2orc_model import Author, Bib, Block, Institution, Paper, Parse, Span
from ontology.errors import MalformedPayload

_IDS: Final = {"pubmed": "pmid", "pubmedcentral": "pmcid"}


class _Marked(msgspec.Struct, frozen=True):
    """A span of the text in characters, `[start, end)`; some dumps write numbers as strings."""

    start: int | str
    end: int | str
    attributes: dict[str, Any] | None = None

    @property
    def range(self) -> tuple[int, int]:
        try:
            return int(self.start), int(self.end)
        except ValueError:
            raise MalformedPayload("a span of an annotation is no number", place="$.content.annotations") from None


class Content(msgspec.Struct, frozen=True):
    text: str | None = None
    annotations: dict[str, str | list[_Marked] | None] | None = None


class Annotated(msgspec.Struct, frozen=True):
    """A line of the data set."""

    corpusid: Scalar = None
    title: str | None = None
    externalids: dict[str, Scalar] | None = None
    content: Content | None = None
    body: Content | None = None
    bibliography: Content | None = None


def is_annotated(head: bytes) -> bool:
    """Whether JSON that begins so is a paper of this kind."""
    return b'"corpusid"' in head and (b'"content"' in head or b'"body"' in head)


def paper_of(body: bytes) -> Paper:
    """The paper in the model of the older S2ORC. Raises EmptyPayload, EncodingError or MalformedPayload."""
    given = read_json(body, Annotated)
    text = _Text(given.content or given.body or Content())
    listed = _Text(given.bibliography) if given.bibliography else text
    ids: dict[str, str | None] = {
        _IDS.get(name.lower(), name): str(value) for name, value in (given.externalids or {}).items() if value
    }
    ids["s2"] = str(given.corpusid or "") or None
    title = given.title or next((text.of(one) for one in text.spans("title")), "")
    abstract = [Block(text=text.of(one)) for one in text.spans("abstract")]
    parse = Parse(body_text=list(_paragraphs(text)), bib_entries=dict(_entries(listed)))
    return Paper(
        paper_id=str(given.corpusid or ""), title=title, authors=list(_authors(text)), identifiers=ids,
        abstract=abstract, pdf_parse=parse, year=None,
    )  # fmt: skip


class _Text:
    """A text and its annotations in order."""

    def __init__(self, content: Content) -> None:
        self._text = content.text or ""
        self._annotations = content.annotations or {}
        self._read: dict[str, list[_Marked]] = {}

    def spans(self, name: str, within: _Marked | None = None) -> list[_Marked]:
        """Annotations of one kind, those inside another one where it is given."""
        if name not in self._read:
            stated = self._annotations.get(name)
            found = read_json(stated.encode(), list[_Marked]) if isinstance(stated, str) and stated else stated or []
            self._read[name] = sorted(found, key=lambda one: one.range)
        every = self._read[name]
        if within is None:
            return every
        begin, end = within.range
        first = bisect_left(every, begin, key=lambda one: one.range[0])
        last = bisect_right(every, end, key=lambda one: one.range[0])
        return [one for one in every[first:last] if one.range[1] <= end]

    def of(self, one: _Marked) -> str:
        begin, end = one.range
        return self._text[max(0, begin) : end]

    def first(self, name: str, within: _Marked) -> str:
        return next((self.of(one) for one in self.spans(name, within)), "")


def _paragraphs(text: _Text) -> Iterator[Block]:
    """Paragraphs with the heading before each, and its citations."""
    headings = text.spans("sectionheader")
    abstracts = text.spans("abstract")
    for one in text.spans("paragraph"):
        begin = one.range[0]
        if any(a.range[0] <= begin < a.range[1] for a in abstracts):
            continue
        at = bisect_right(headings, begin, key=lambda heading: heading.range[0]) - 1
        heading = headings[at] if at >= 0 else None
        number = str((heading.attributes or {}).get("n", "")) if heading else ""
        cited = [
            Span(start=mark.range[0] - begin, end=mark.range[1] - begin, ref_id=(mark.attributes or {}).get("ref_id"))
            for mark in text.spans("bibref", one)
        ]
        yield Block(
            text=text.of(one), cite_spans=cited, section=text.of(heading) if heading else None, sec_num=number or None
        )


def _authors(text: _Text, name: str = "author", within: _Marked | None = None) -> Iterator[Author]:
    for one in text.spans(name, within):
        first = " ".join(text.of(part) for part in text.spans(f"{name}firstname", one))
        last = " ".join(text.of(part) for part in text.spans(f"{name}lastname", one))
        place = text.first("authoraffiliation", one)
        if not last:  # what stands there may be the affiliation alone
            first, _, last = text.of(one).replace(place or "\0", " ").strip(" \n,;*").rpartition(" ")
            if len(last) <= 3 and last.isupper() and first:
                first, last = last, first  # "Smith JF"
        if not last:
            continue
        yield Author(first=first, last=last, affiliation=Institution(institution=place) if place else None)


def _entries(text: _Text) -> Iterator[tuple[str, Bib]]:
    for number, one in enumerate(text.spans("bibentry")):
        stated = one.attributes or {}
        raw = text.of(one)
        yield (
            str(stated.get("id") or f"b{number}"),
            Bib(
                title=text.first("bibtitle", one),
                authors=list(_authors(text, "bibauthor", one)),
                year=raw,
                venue=text.first("bibvenue", one),
                other_ids={"doi": str(stated["doi"])} if stated.get("doi") else None,
                raw_text=raw,
            ),
        )
