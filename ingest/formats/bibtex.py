"""BibTeX and BibLaTeX databases: every entry by itself, so that a broken one harms no other.

Entries are found where a line begins with `@type{` (several may share a line); what stands between
them is comment, as in BibTeX. Values are joined and macros expanded by pybtex; a `crossref` lends
its fields as BibTeX does (Patashnik, "BibTeXing", 1988, §2), a `@proceedings` its title as booktitle.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import msgspec
from pybtex.database.input.bibtex import LowLevelParser, month_names
from pybtex.scanner import PybtexSyntaxError

from ingest.formats.base import Rejected
from ingest.formats.bibtex_entries import Entry, record_of
from ingest.formats.many import one_by_one
from ingest.formats.text import decode, require_content
from ontology.errors import MalformedPayload
from ontology.records import Payload, Record

MAX_BYTES: Final = 256 * 1024 * 1024
MAX_ENTRY: Final = 1024 * 1024
"""Characters in one entry."""
MAX_MACROS: Final = 10_000

_COMMAND: Final = re.compile(r"@\s*([A-Za-z]\w*)\s*[{(]")
_START: Final = re.compile(r"^[ \t]*@\s*[A-Za-z]\w*\s*[{(]", re.MULTILINE)
_HEAD: Final = re.compile(
    rb"^[ \t]*@\s*(?:article|book|booklet|inbook|incollection|inproceedings|conference|manual|mastersthesis|misc"
    rb"|phdthesis|proceedings|techreport|unpublished|online|dataset|software|report|thesis|collection|string|preamble"
    rb"|comment|electronic|patent|periodical)\s*[{(]",
    re.IGNORECASE | re.MULTILINE,
)
_DECLARED: Final = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*%+[^\n]{0,40}?[Ee]ncoding:\s*([\w.-]+)")
"""How JabRef declares the encoding of a file: "% Encoding: Cp1252"."""
_NO_WORK: Final = frozenset({"xdata", "set"})
"""Entries that lend fields or gather other entries."""
_NO_ENTRY: Final = frozenset({"string", "preamble", "comment"})


class BibtexFormat(msgspec.Struct, frozen=True):
    """One record per entry."""

    name: str = "bibtex"

    def recognises(self, head: bytes, media: str) -> bool:
        """A line that begins with one of BibTeX's entry types, and no sign of XML or JSON before."""
        if media in (self.name, ".bib"):
            return True
        return head.lstrip()[:1] not in (b"<", b"{", b"[") and bool(_HEAD.search(head))

    def parse(self, payload: Payload) -> Iterator[Record | Rejected]:
        """Raises FormatError for bytes that are not UTF-8 and for a text without any entry."""
        require_content(payload.body, MAX_BYTES)
        declared = _DECLARED.match(payload.body[:200])
        text = decode(payload.body, declared[1].decode("ascii") if declared else "")
        found: list[Entry | MalformedPayload] = list(_entries(text))
        if not found:
            raise MalformedPayload("there is no BibTeX entry in this text", place="line 1")
        named = {entry.key.lower(): entry for entry in found if isinstance(entry, Entry)}
        works = [entry for entry in found if not (isinstance(entry, Entry) and entry.kind in _NO_WORK)]
        yield from one_by_one(works, lambda entry, number: _read(entry, number, named))


FORMAT: Final = BibtexFormat()


def _read(entry: Entry | MalformedPayload, number: str, named: dict[str, Entry]) -> Record:
    if isinstance(entry, MalformedPayload):
        raise entry
    for field in ("xdata", "crossref"):
        names = [name.strip().lower() for name in entry.fields.get(field, "").split(",")]
        lenders = [named[name] for name in names if name in named]
        if lenders:
            entry = entry.with_data(lenders) if field == "xdata" else entry.inheriting(lenders[0])
    return record_of(entry, number, FORMAT.name)


class _Macros(dict[str, str]):
    """Macros of the file; an undefined one stands for its own name, as in the month `Aug`."""

    def __missing__(self, name: str) -> str:
        return self.get(name.lower(), name)


def _entries(text: str) -> Iterator[Entry | MalformedPayload]:
    macros = _Macros(month_names)
    starts = [found.start() for found in _START.finditer(text)]
    line, counted = 1, 0
    for begin, end in pairwise([*starts, len(text)]):
        line += text.count("\n", counted, begin)
        counted = begin
        if end - begin > MAX_ENTRY:
            yield MalformedPayload(f"the entry has more than {MAX_ENTRY:,} characters", place=f"line {line}")
            continue
        yield from _chunk(text[begin:end], line, macros)


def _chunk(chunk: str, line: int, macros: _Macros) -> Iterator[Entry | MalformedPayload]:
    """The entries that begin in a stretch of text; after a fault the rest of it is given up."""
    at = 0
    while found := _COMMAND.search(chunk, at):
        parser = LowLevelParser(chunk, macros=macros)
        parser.pos = found.start() + 1
        here = line + chunk.count("\n", 0, found.start())
        kind = found[1].lower()
        if kind == "comment":
            return
        if kind == "string" and len(macros) > MAX_MACROS:
            yield MalformedPayload(f"there are more than {MAX_MACROS:,} macros", place=f"line {here}")
            return
        try:
            command, body = next(iter([tuple(parser.parse_command())]))
        except PybtexSyntaxError as error:
            reason = str(error.args[0] if error.args else error).splitlines()[0]
            yield MalformedPayload(f"BibTeX: {reason}", place=f"line {here}")
            return
        at = parser.pos
        if command.lower() not in _NO_ENTRY:
            key, fields = body
            values = {name.lower(): "".join(parts) for name, parts in reversed(fields)}
            yield Entry(key=key.strip(), kind=kind, fields=values, line=here)
