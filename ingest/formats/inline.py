"""Running text out of markup: words, formulas and citation markers, with floats taken out.

`Inline` walks the content of a paragraph, caption or item as its `Dialect` says (JATS, Elsevier's DTD,
TEI); what it gathered is then cleaned, and printed ranges of numbers are made out ("3–7" cites five works).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from ingest.formats.formulas import formula_text
from ingest.formats.marks import Mark, settle
from ingest.formats.xml import Element

MAX_RANGE: Final = 200
"""References that one marker such as “[3–202]” may stand for."""

_CLOSING: Final = frozenset(",.;:)]")
"""What no space is put before where something floated away."""
_DASHES: Final = frozenset("-‐‑‒–—−")
_NUMBER: Final = re.compile(r"\[?(\d+)\]?")
_SPAN: Final = re.compile(r"\[?(\d+)\s*[-‐‑‒–—−]\s*(\d+)\]?")


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """What the elements of a kind of XML are, by local name."""

    floats: frozenset[str]
    """Fragments of their own, never part of the running text around them."""
    heads: frozenset[str]
    """Children that say something about a block and are no block themselves."""
    silent: frozenset[str]
    """Elements that have no reading."""
    formulas: frozenset[str]
    gaps: frozenset[str] = frozenset()
    """Elements that part words: line breaks and spaces."""
    blocks: frozenset[str] = frozenset()
    """Paragraphs of notes and cells, which are read as one."""
    marker: Callable[[Element], str | None]
    """The ids a cross-reference points at, apart by blanks; None for what is no cross-reference."""
    is_note_mark: Callable[[Element], bool]
    """Whether a cross-reference is the mark of a note or an affiliation, which has no reading."""
    is_raised: Callable[[Element], bool]

    def flat(self) -> Dialect:
        """The dialect of a table's cell, in which nothing floats but notes."""
        notes = self.floats & {"fn", "footnote", "note", "table-footnote"}
        pictures = self.floats & {"graphic", "media", "figure", "fig"}
        return msgspec.structs.replace(
            self, floats=notes, silent=self.silent | pictures, blocks=self.blocks | (self.floats - notes - pictures)
        )


class References:
    """Which reference keys an XML id stands for, and in which order references are printed."""

    def __init__(self, ids: Mapping[str, tuple[str, ...]], printed: Sequence[tuple[str, ...]]) -> None:
        """`printed` has the keys of each printed entry: one, or those of its parts ("[6a] … [6b] …")."""
        self._ids = ids
        self._printed = printed
        self._order = {key: number for number, keys in enumerate(printed) for key in keys}

    def named(self, rids: str) -> tuple[str, ...]:
        """Keys for a white-space separated list of ids; ids of other things are passed over."""
        return tuple(key for rid in rids.split() for key in self._ids.get(rid, ()))

    def entry(self, refs: Sequence[str]) -> int | None:
        """The number in print, from 0, of the one entry that all these keys belong to; None where there are several."""
        numbers = {self._order[key] for key in refs}
        return numbers.pop() if len(numbers) == 1 else None

    def from_to(self, first: int, last: int) -> tuple[str, ...]:
        """All keys of the entries with these numbers and between them; none where they are too many or not there."""
        if not 0 <= first < last < min(len(self._printed), first + MAX_RANGE + 1):
            return ()
        return tuple(key for keys in self._printed[first : last + 1] for key in keys)


_NAME_PARTS: Final = frozenset({"named-content", "taxon-name-part"})
"""Genus and species stand side by side without a blank, which publishers add when they set them."""


class Inline:
    """Gathers the running text of an element; what is no running text is left in `floats`."""

    def __init__(self, references: References, dialect: Dialect) -> None:
        self.floats: list[Element] = []
        self._references = references
        self._dialect = dialect
        self._parts: list[str] = []
        self._marks: list[tuple[int, int, tuple[str, ...]]] = []

    def content(self, element: Element) -> None:
        """Take in what stands inside `element`."""
        if element.text:
            self._parts.append(element.text)
        for child in element:
            self.child(child)

    def inside(self, element: Element) -> None:
        """Take in the running text of a note or object: its paragraphs as one, without its heads."""
        self.text(element.text or "")
        for child in element:
            if child.tag in self._dialect.blocks:
                self.content(child)
                self.text(" " + (child.tail or ""))
            elif child.tag not in self._dialect.heads:
                self.child(child)
            else:
                self.text(child.tail or "")

    def child(self, child: Element) -> None:
        """Take in one child element and the text after it."""
        tag, dialect = child.tag, self._dialect
        if tag in _NAME_PARTS and (before := child.getprevious()) is not None and before.tag == tag and not before.tail:
            self._parts.append(" ")
        if tag in dialect.floats:
            self.floats.append(child)
            self._parts.append("" if (child.tail or "")[:1] in _CLOSING else " ")
        elif (ids := dialect.marker(child)) is not None:
            self._marker(child, ids)
        elif tag in dialect.formulas:
            self._parts.append(formula_text(child))
        elif tag in dialect.gaps:
            self._parts.append(" ")
        elif tag not in dialect.silent:
            self._inner(child, " " if tag in dialect.blocks else "")
        if child.tail:
            self._parts.append(child.tail)

    def _inner(self, child: Element, edge: str) -> None:
        self._parts.append(edge)
        self.content(child)
        self._parts.append(edge)

    def text(self, text: str) -> None:
        """Take in text that is no element's."""
        self._parts.append(text)

    def settled(self) -> tuple[str, list[Mark]]:
        """The clean text and its markers; empties the gathering (floats stay)."""
        text, marks = settle(self._parts, self._marks)
        self._parts, self._marks = [], []
        return text, _joined(text, marks, self._references)

    def _marker(self, xref: Element, ids: str) -> None:
        refs = self._references.named(ids)
        if not refs:
            if not self._dialect.is_note_mark(xref):
                self.content(xref)
            return
        self._set_apart(xref)
        begin = len(self._parts)
        self.content(xref)
        self._marks.append((begin, len(self._parts), refs))

    def _set_apart(self, xref: Element) -> None:
        """A raised marker right after a word would read as part of the word ("cells12")."""
        parent = xref.getparent()
        raised = any(map(self._dialect.is_raised, xref)) or (parent is not None and self._dialect.is_raised(parent))
        before = next((part for part in reversed(self._parts) if part), "")
        if raised and before[-1:].isalnum():
            self.text(" ")


def _joined(text: str, marks: list[Mark], references: References) -> list[Mark]:
    """Markers with printed ranges made out: “3”–“7” becomes one marker for all five."""
    joined: list[Mark] = []
    for number, mark in enumerate(marks):
        dash = 0 < number < len(marks) - 1 and text[mark.begin : mark.end].strip() in _DASHES
        if dash and _range(text, joined[-1], marks[number + 1], references):
            continue  # the dash of a range, marked up as if it cited
        mark = _spread(text, mark, references)
        if joined and (wide := _range(text, joined[-1], mark, references)):
            joined[-1] = wide
        else:
            joined.append(mark)
    return joined


def _spread(text: str, mark: Mark, references: References) -> Mark:
    """One marker that prints a range itself: “[3–7]”."""
    found = _SPAN.fullmatch(text[mark.begin : mark.end])
    first = references.entry(mark.refs[:1])
    if not found or first is None:
        return mark
    refs = references.from_to(first, first + int(found.group(2)[-9:]) - int(found.group(1)[-9:]))
    ends = {references.entry((key,)) for key in mark.refs} <= {first, references.entry(refs[-1:])} if refs else False
    return mark._replace(refs=refs) if ends else mark


def _range(text: str, left: Mark, right: Mark, references: References) -> Mark | None:
    """The one marker for all that lies between two, if a dash joins them."""
    if text[left.end : right.begin].strip() not in _DASHES:
        return None
    first, last = _NUMBER.fullmatch(text[left.begin : left.end]), _NUMBER.fullmatch(text[right.begin : right.end])
    begin, end = references.entry(left.refs), references.entry(right.refs)
    if not first or not last or begin is None or end is None:
        return None
    if int(last.group(1)[-9:]) - int(first.group(1)[-9:]) != end - begin:
        return None
    refs = references.from_to(begin, end)
    return Mark(left.begin, right.end, refs) if refs else None
