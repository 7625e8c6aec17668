"""A large JSON list, handed over item by item as it is read: no more than one item is held in memory."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from hashlib import blake2b
from typing import Final

import msgspec

from ingest.sources.streams import BLOCK, MIB, Readable, too_large
from ontology.errors import PayloadTooLarge, SourceError

LISTED_FROM: Final = 32 * MIB
"""A list of objects that is larger is no payload but a container of payloads."""
_LIST: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*\[\s*\{")
_TOKEN: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]|"', re.DOTALL)
"""A whole string, a bracket, or the beginning of a string whose end has not been read yet."""
_BETWEEN: Final = b" \t\r\n,"
_MAX_NAME: Final = 200


class _Identified(msgspec.Struct):
    """Where an item says what it is called: ROR, OpenAlex, CSL; Crossref; DataCite; search engines; Semantic Scholar
    and S2ORC."""

    id: str | int | None = None
    upper: str | None = msgspec.field(default=None, name="DOI")
    doi: str | None = None
    found: str | int | None = msgspec.field(default=None, name="_id")
    paper: str | int | None = msgspec.field(default=None, name="paper_id")
    scholar: str | int | None = msgspec.field(default=None, name="paperId")
    corpus: str | int | None = msgspec.field(default=None, name="corpusid")


_decode = msgspec.json.Decoder(_Identified).decode


class Chained(io.RawIOBase):
    """What was read of a stream already, then the rest of it."""

    def __init__(self, head: bytes, rest: Readable) -> None:
        self._head = io.BytesIO(head)
        self._rest = rest

    def read(self, size: int = -1, /) -> bytes:
        return self._head.read(size) or self._rest.read(size)


def is_list(head: bytes) -> bool:
    """Whether JSON that begins so is a list of objects."""
    return _LIST.match(head) is not None


def items(stream: Readable, limit: int, place: str) -> Iterator[tuple[str, bytes | PayloadTooLarge]]:
    """The items of a list with their names, each once: an identifier, or the number (from 1) of one that has none.

    An item beyond `limit` bytes is passed over and answered by its error. Raises SourceError where the list breaks
    off or holds something that is no object; what came before stands.
    """
    names = Names()
    for number, item in enumerate(_cut(stream, limit, place), 1):
        yield (names.of(item, str(number)) if isinstance(item, bytes) else str(number)), item


class _Cutter:
    """Where the reading of a list is: `depth` 0 is between its items, -1 before it, -2 behind it. `text` is what
    has been read since the last item ended, looked through as far as `at`."""

    def __init__(self, limit: int, place: str) -> None:
        self._limit = limit
        self._place = place
        self._at = 0
        self._passing = False
        self.text = bytearray()
        self.depth = -1
        self.count = 0

    def feed(self, block: bytes) -> Iterator[bytes | PayloadTooLarge]:
        """The items that end in this block."""
        self.text += block
        begin, at = 0, len(self.text)
        for token in _TOKEN.finditer(self.text, self._at):
            kind = token.group()
            if kind == b'"':
                at = token.start()
                break
            if kind in (b"{", b"["):
                if self.depth == 0:
                    self._expect_nothing(begin, token.start())
                if self.depth <= 0:
                    begin = token.start()
                self.depth += 1
                begin += self.depth == 0  # the list's own bracket is no part of an item
            elif kind in (b"}", b"]"):
                self.depth -= 1
                if self.depth == 0:
                    yield self._ended(begin, token.end())
                    begin = token.end()
                elif self.depth < 0:
                    self._expect_nothing(begin, token.start())
                    self.depth = -2
                    return
        if self.depth == 0:
            self._expect_nothing(begin, at)
            begin = at
        elif len(self.text) - begin > self._limit:
            self._passing, begin = True, at
        del self.text[:begin]
        self._at = at - begin
        if self._passing:
            self._shorten()

    def _ended(self, begin: int, end: int) -> bytes | PayloadTooLarge:
        self.count += 1
        passed, self._passing = self._passing or end - begin > self._limit, False
        if passed:
            return too_large("the item", self._limit, f"{self._place}, item {self.count}")
        return bytes(self.text[begin:end])

    def _expect_nothing(self, begin: int, end: int) -> None:
        if found := bytes(self.text[begin:end]).strip(_BETWEEN):
            raise SourceError(
                f"JSON: {found[:40]!r} stands between the items of the list", place=f"{self._place}, item {self.count}"
            )

    def _shorten(self) -> None:
        """Of the beginning of a string that is passed over only matters whether its next character is escaped."""
        if len(self.text) > self._at + 1:
            slashes = len(self.text) - len(self.text.rstrip(b"\\"))
            self.text[self._at + 1 :] = b"\\" * (slashes % 2)


def _cut(stream: Readable, limit: int, place: str) -> Iterator[bytes | PayloadTooLarge]:
    cutter = _Cutter(limit, place)
    while cutter.depth > -2 and (block := stream.read(max(BLOCK, len(cutter.text)))):
        yield from cutter.feed(block)
    if cutter.depth > -2:
        raise SourceError("JSON: the list breaks off", place=f"{place}, after item {cutter.count}")


class Names:
    """What the items of a list, or the lines of a file, are called: each name once."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()
        self._times: dict[bytes, int] = {}

    def of(self, item: bytes, otherwise: str) -> str:
        """Its identifier, or `otherwise` for an item that says none; `name#2` for the second one of a name."""
        name = found = _identifier(item) or otherwise
        first = _mark(name)
        while (mark := _mark(found)) in self._seen:
            times = self._times[first] = self._times.get(first, 1) + 1
            found = f"{name}#{times}"
        self._seen.add(mark)
        return found


def _mark(name: str) -> bytes:
    return blake2b(name.encode(), digest_size=8).digest()


def _identifier(item: bytes) -> str:
    try:
        said = _decode(item)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    every = (said.id, said.upper, said.doi, said.found, said.paper, said.scholar, said.corpus)
    found = str(next(filter(None, every), "")).strip()
    return found if found.isprintable() and len(found) <= _MAX_NAME else ""
