"""RDF terms and statements as canonical N-Quads text: the one form in which quads travel.

A *line* is one statement in canonical N-Quads without the line end:
`<s> <p> "o"@en <g> .` (no graph: the default graph). Lines are compared, hashed, diffed and
stored as text, so whoever makes one must use the functions here and write literals the way the
store gives them back (integers without leading zeros, doubles and decimals through `number`).
There are no blank nodes in Gnomon's own data. Specification: W3C N-Quads, RDF 1.1 canonical form.
"""

from __future__ import annotations

import datetime as calendar
import re
from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

import msgspec

XSD: Final = "http://www.w3.org/2001/XMLSchema#"


class Iri(msgspec.Struct, frozen=True, order=True, tag="iri"):
    value: str

    def __str__(self) -> str:
        return iri(self.value)


class Literal(msgspec.Struct, frozen=True, order=True, tag="literal"):
    """`datatype` is a full IRI; empty for plain strings and for language-tagged ones."""

    value: str
    language: str = ""
    datatype: str = ""

    def __str__(self) -> str:
        return typed(self.value, self.datatype) if self.datatype else text(self.value, self.language)


class Blank(msgspec.Struct, frozen=True, order=True, tag="blank"):
    value: str

    def __str__(self) -> str:
        return f"_:{self.value}"


Term = Iri | Literal | Blank

_UNSAFE_IRI = re.compile(r'[\x00-\x20<>"{}|^`\\]')
_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
_ESCAPED = re.compile(r'[\\"\n\r\t\b\f\x00-\x07\x0b\x0e-\x1f\x7f\ufffe\uffff]')


def iri(value: str) -> str:
    """`<value>`; characters that no IRI may hold are percent-encoded."""
    if _UNSAFE_IRI.search(value):
        value = _UNSAFE_IRI.sub(lambda m: "".join(f"%{b:02X}" for b in m.group().encode()), value)
    return f"<{value}>"


def _escape(match: re.Match[str]) -> str:
    char = match.group()
    return _ESCAPES.get(char) or f"\\u{ord(char):04X}"


def text(value: str, language: str = "") -> str:
    """A string literal, language-tagged where `language` (BCP 47) is given."""
    if not value.isprintable() or '"' in value or "\\" in value:
        value = _ESCAPED.sub(_escape, value)
    quoted = f'"{value}"'
    return f"{quoted}@{language.lower()}" if language else quoted


def typed(value: str, datatype: str) -> str:
    """A literal of the datatype with this full IRI, in the lexical form given (must be canonical)."""
    return f'"{_ESCAPED.sub(_escape, value)}"^^<{datatype}>'


def number(value: int | float) -> str:
    """An xsd:integer, or an xsd:decimal rounded to six places, in canonical form."""
    if isinstance(value, int):
        return f'"{value}"^^<{XSD}integer>'
    shown = f"{value:.6f}".rstrip("0").rstrip(".")
    return f'"{"0" if shown in ("-0", "") else shown}"^^<{XSD}decimal>'


def boolean(value: bool) -> str:
    return f'"{"true" if value else "false"}"^^<{XSD}boolean>'


def date(value: str) -> str:
    """An ISO date as xsd:gYear, xsd:gYearMonth or xsd:date; a plain string where it is none."""
    datatype = _DATATYPE_BY_LENGTH.get(len(value), "")
    try:
        calendar.date.fromisoformat(f"{value}-01-01"[:10])
    except ValueError:
        return text(value)
    return typed(value, XSD + datatype) if datatype else text(value)


_DATATYPE_BY_LENGTH: Final = {4: "gYear", 7: "gYearMonth", 10: "date"}


def line(subject: str, predicate: str, object_: str, graph: str = "") -> str:
    """A statement of terms already written by the functions above."""
    return f"{subject} {predicate} {object_} {graph} ." if graph else f"{subject} {predicate} {object_} ."


_NODE = r"<[^>]*>|_:\S+"
_OBJECT = rf'{_NODE}|"(?:[^"\\]|\\.)*"(?:@[A-Za-z0-9-]+|\^\^<[^>]*>)?'
_PARTS = re.compile(rf"({_NODE}) (<[^>]*>) ({_OBJECT})(?: ({_NODE}))? \.")


def parts(line: str) -> tuple[str, str, str, str]:
    """Subject, predicate, object and graph (empty: the default graph) of a line, as written; ValueError for no line."""
    found = _PARTS.fullmatch(line)
    if found is None:
        raise ValueError(f"this is no statement: {line[:200]}")
    subject, predicate, object_, graph = found.groups()
    return subject, predicate, object_, graph or ""


class StoreHash:
    """Order-independent hash of a set of lines (AdHash, Bellare and Micciancio 1997).

    The sum modulo 2^256 of the BLAKE2b hash of each line: adding and discarding a line is O(1).
    """

    def __init__(self) -> None:
        self._sum = 0
        self.count = 0

    def update(self, lines: Iterable[str]) -> None:
        for one in lines:
            self._sum += int.from_bytes(blake2b(one.encode(), digest_size=32).digest(), "big")
            self.count += 1

    def hexdigest(self) -> str:
        return f"{self._sum % (1 << 256):064x}"
