"""Building the stored text of a work, block by block, so that every offset is right.

Used by every format with a body and, through `of_record`, for title and abstract alone.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict

from ontology.records import Document, Fragment, FragmentKind, Record


class DocumentBuilder:
    """Appends blocks to one NFC text and remembers where each fragment begins and ends.

    Offsets handed in (`marks`) are relative to the block's text *as given*; the block must already
    be NFC and single-spaced (`clean`), so that relative offsets stay true.
    """

    def __init__(self, language: str = "") -> None:
        self._parts: list[str] = []
        self._length = 0
        self._fragments: list[Fragment] = []
        self._counts: defaultdict[str, int] = defaultdict(int)
        self._language = language
        self._notes: list[str] = []
        self.full = False

    @property
    def length(self) -> int:
        """Code points of the text so far."""
        return self._length

    def number(self, prefix: str) -> str:
        """The next free path under `prefix`: `number("sec/1/p")` → `sec/1/p/3`."""
        self._counts[prefix] += 1
        return f"{prefix}/{self._counts[prefix]}"

    def block(self, kind: FragmentKind, path: str, text: str, **fields: object) -> Fragment:
        """Append `text` as a block of its own and return its fragment (a paragraph, a caption …)."""
        begin = self._append(text)
        return self._add(Fragment(kind=kind, path=path, begin=begin, end=begin + len(text), **fields))  # type: ignore[arg-type]

    def mark(self, block: Fragment, kind: FragmentKind, path: str, begin: int, end: int, **fields: object) -> Fragment:
        """A fragment inside `block` (a citation marker), with offsets relative to the block."""
        return self._add(
            Fragment(kind=kind, path=path, begin=block.begin + begin, end=block.begin + end, **fields)  # type: ignore[arg-type]
        )

    def open(self, kind: FragmentKind, path: str, **fields: object) -> tuple[int, int]:
        """Begin a container (section, abstract); hand what is returned to `close`."""
        self._fragments.append(
            Fragment(kind=kind, path=path, begin=self._next(), end=self._next(), **fields)  # type: ignore[arg-type]
        )
        return len(self._fragments) - 1, self._next()

    def close(self, opened: tuple[int, int]) -> None:
        """End a container; its range covers the blocks appended since `open` (empty if none).

        Empty containers after its last block, which began where a next one would have, stay inside.
        """
        index, begin = opened
        fragment = self._fragments[index]
        end = max(begin, self._length)
        self._fragments[index] = _moved(fragment, begin, end)
        for inner in range(len(self._fragments) - 1, index, -1):
            if self._fragments[inner].end <= end:
                break
            self._fragments[inner] = _moved(self._fragments[inner], end, end)

    def note(self, text: str) -> None:
        """Say what of the payload was left out, and why."""
        self._notes.append(text)

    def build(self) -> Document:
        return Document(
            text="".join(self._parts),
            fragments=tuple(f if f.end <= self._length else self._clamped(f) for f in self._fragments),
            language=self._language,
            full=self.full,
            notes=tuple(self._notes),
        )

    def _clamped(self, fragment: Fragment) -> Fragment:
        """An empty container after the last block began where a next block would have begun."""
        return _moved(fragment, min(fragment.begin, self._length), self._length)

    def _next(self) -> int:
        return self._length + 1 if self._parts else 0

    def _append(self, text: str) -> int:
        if self._parts:
            self._parts.append("\n")
            self._length += 1
        begin = self._length
        self._parts.append(text)
        self._length += len(text)
        return begin

    def _add(self, fragment: Fragment) -> Fragment:
        self._fragments.append(fragment)
        return fragment


def _moved(fragment: Fragment, begin: int, end: int) -> Fragment:
    return Fragment(
        kind=fragment.kind, path=fragment.path, begin=begin, end=end, label=fragment.label,
        title=fragment.title, role=fragment.role, refs=fragment.refs, within=fragment.within,
        url=fragment.url, mime=fragment.mime, language=fragment.language, rows=fragment.rows,
        columns=fragment.columns,
    )  # fmt: skip


_JOINERS = "\u200c\u200d"
"""Zero-width (non-)joiners, which are spelling in Persian and the scripts of India."""


def clean(text: str) -> str:
    """NFC with runs of white space as one space, control characters gone and invisible ones (soft
    hyphens, zero-width spaces) taken out of their words: fit for a block."""
    text = " ".join(text.split())
    if text.isprintable():
        return text if text.isascii() else unicodedata.normalize("NFC", text)
    return unicodedata.normalize("NFC", " ".join("".join(map(_visible, text)).split()))


def _visible(character: str) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    return "" if unicodedata.category(character) == "Cf" else " "


def of_record(record: Record) -> Document | None:
    """The record's own document, or one made of title and abstract; None where it has neither."""
    if record.document is not None:
        return record.document
    builder = DocumentBuilder(record.language)
    if title := clean(record.title):
        builder.block("title", "title", title)
    if paragraphs := [text for part in record.abstract.split("\n") if (text := clean(part))]:
        opened = builder.open("abstract", "abs")
        for text in paragraphs:
            builder.block("paragraph", builder.number("abs/p"), text)
        builder.close(opened)
    document = builder.build()
    return document if document.text else None
