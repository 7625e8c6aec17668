"""Terms of an answer as cells of a table: what is shown, and where it leads.

Terms are read as SPARQL 1.1 TSV and N-Triples write them: `<iri>`, `_:label`, a quoted literal with a
language or a datatype, a bare number or boolean.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

import msgspec

from ontology.namespaces import PREFIXES, Base

_LITERAL: Final = re.compile(r'"((?:[^"\\]|\\.)*)"(?:@([A-Za-z0-9-]+)|\^\^<([^>]*)>)?', re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_PLAIN: Final = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f"}
_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_LOCAL: Final = re.compile(r"[\w\-.]*")
_STRING: Final = PREFIXES["xsd"] + "string"
_WEB: Final = ("http://", "https://")


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """A term: its `text`; for an IRI the IRI and the page about it (`link`); for a literal its language or
    datatype (`note`). `name` is what the thing is called, where somebody looked it up."""

    text: str
    iri: str = ""
    link: str = ""
    note: str = ""
    name: str = ""
    number: bool = False


EMPTY: Final = Cell(text="")


def cell(term: str, base: Base) -> Cell:
    """The cell of a term as TSV or N-Triples write it; an unbound one is empty."""
    if term.startswith("<") and term.endswith(">"):
        return iri_cell(unescaped(term[1:-1]), base)
    literal = _LITERAL.fullmatch(term)
    if literal is None:
        return Cell(text=term, number=_NUMBER.fullmatch(term) is not None)
    text, language, datatype = unescaped(literal[1]), literal[2] or "", literal[3] or ""
    note = f"@{language}" if language else "" if datatype in ("", _STRING) else shortened(datatype, base)
    return Cell(text=text, note=note, number=bool(datatype) and _NUMBER.fullmatch(text) is not None)


def iri_cell(iri: str, base: Base, name: str = "") -> Cell:
    """The cell of an IRI, with the page that tells of it."""
    return Cell(text=shortened(iri, base), iri=iri, link=page_about(iri, base), name=name)


def page_about(iri: str, base: Base) -> str:
    """Where people read of an IRI: its page for what is ours, what the graph says of it for anything else;
    nowhere for what no browser should follow."""
    local = base.local(iri)
    if local is not None and local.startswith("/id/"):
        return "/page/" + local.removeprefix("/id/")
    return f"/page/thing?iri={quote(iri, safe='')}" if iri.startswith((*_WEB, "urn:")) else ""


def shortened(iri: str, base: Base) -> str:
    """With a well-known prefix, or without the base for what is ours."""
    local = base.local(iri)
    if local is not None:
        return local.removeprefix("/id/")
    for prefix, space in PREFIXES.items():
        if iri.startswith(space) and _LOCAL.fullmatch(iri[len(space) :]):
            return f"{prefix}:{iri[len(space) :]}"
    return iri


def unescaped(text: str) -> str:
    r"""Without the escapes of N-Triples (`\n`, `\u00e9`)."""
    return _ESCAPE.sub(_meant, text) if "\\" in text else text


def _meant(match: re.Match[str]) -> str:
    short, long, one = match.groups()
    if one is not None:
        return _PLAIN.get(one, one)
    number = int(short or long, 16)
    return chr(number) if number <= 0x10FFFF else "�"
