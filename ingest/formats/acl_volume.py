"""A volume of the ACL Anthology: what its papers share, and how they are numbered."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from ingest.formats.dates import date_in, iso_date
from ingest.formats.fields import identified
from ingest.formats.xml import Element, place_of, text_of
from ontology.identifiers import Identifier, normalise

_LETTERS: Final = {
    "A": "anlp", "C": "coling", "D": "emnlp", "E": "eacl", "F": "jeptalnrecital", "H": "hlt", "I": "ijcnlp",
    "J": "cl", "K": "conll", "L": "lrec", "M": "muc", "N": "naacl", "O": "rocling", "P": "acl", "Q": "tacl",
    "R": "ranlp", "S": "semeval", "T": "tinlap", "U": "alta", "W": "ws", "X": "tipster", "Y": "paclic",
}  # fmt: skip
"""Venue by the letter of an identifier of before 2020 (the Anthology's `venues.yaml`)."""

_OLD: Final = re.compile(r"([A-Z])(\d\d)")
_NEW: Final = re.compile(r"(\d{4})\.([a-z0-9_]+)")
_OTHER_LANGUAGES: Final = frozenset({"jeptalnrecital", "rocling", "ccl"})
"""Series with papers in French or Chinese that do not always say so."""


class Volume(msgspec.Struct, frozen=True, kw_only=True):
    """The metadata of one volume. `name` is "P18-1", "W15-01" or "2020.acl-main"."""

    name: str
    title: str
    issued: str
    identifiers: tuple[Identifier, ...]
    """Of the proceedings as a work: the identifier of the front matter, DOI, ISBN."""
    venues: tuple[str, ...]
    """The Anthology's names of venues ("acl", "findings"), the first from the identifier if none is stated."""
    publisher: str
    number: str
    """The journal volume, where stated."""
    editors: list[Element]
    place: str
    stem: str
    digits: int
    """How many digits a paper's number has at least (0 for identifiers since 2020)."""

    @property
    def in_english(self) -> bool:
        """Whether a paper that states no language is in English."""
        return not set(self.venues) & _OTHER_LANGUAGES

    def paper(self, number: str) -> str:
        """The Anthology's identifier of the paper with this number; "0" is the front matter."""
        return self.stem + (number.zfill(self.digits) if self.digits else f".{number}")


def volume_of(collection: str, element: Element) -> Volume:
    """A volume of the collection with this id ("P18", "2020.acl"). Raises nothing: what is missing is empty."""
    meta = element.find("meta")
    meta = element if meta is None else meta
    front = element.find("frontmatter")
    number = element.get("id", "").strip()
    stem, digits = _numbering(collection, number)
    bare = Volume(
        name=stem,
        title=text_of(meta.find("booktitle")),
        issued=_issued(collection, meta),
        identifiers=(),
        venues=_venues(collection, meta, workshop=digits == 2),
        publisher=text_of(meta.find("publisher")),
        number=text_of(meta.find("volume")),
        editors=meta.findall("editor"),
        place=place_of(element),
        stem=stem,
        digits=digits,
    )
    return msgspec.structs.replace(bare, identifiers=_identifiers(bare, meta, front))


def _numbering(collection: str, number: str) -> tuple[str, int]:
    """(what a paper's identifier begins with, digits of its number): four digits hold volume and paper.

    Workshops have two each, and so have C69 and the workshops of D19; all others one and three.
    """
    if not _OLD.fullmatch(collection):
        return f"{collection}-{number}", 0
    wide = collection[0] == "W" or collection == "C69" or (collection == "D19" and number.zfill(2) >= "50")
    return (f"{collection}-{number.zfill(2)}", 2) if wide else (f"{collection}-{number}", 3)


def _identifiers(volume: Volume, meta: Element, front: Element | None) -> tuple[Identifier, ...]:
    isbn = [("isbn", text_of(each)) for each in meta.findall("isbn")]
    doi = text_of(meta.find("doi"))
    if front is None:
        return identified([("doi", doi), *isbn])
    stated = text_of(front.find("url"))
    name = normalise("acl", volume.paper("0")) or stated
    return identified([("acl", name), ("doi", doi or text_of(front.find("doi"))), *isbn])


def _venues(collection: str, meta: Element, *, workshop: bool) -> tuple[str, ...]:
    if stated := tuple(dict.fromkeys(filter(None, map(text_of, meta.findall("venue"))))):
        return stated
    if old := _OLD.fullmatch(collection):
        name = "ws" if workshop else _LETTERS.get(old[1], "")
        return (name,) if name else ()
    new = _NEW.fullmatch(collection)
    return (new[2],) if new else ()


def _issued(collection: str, meta: Element) -> str:
    """Year and month; the year from the collection's id where the volume has none."""
    year = text_of(meta.find("year"))
    if not iso_date(year):
        if new := _NEW.fullmatch(collection):
            year = new[1]
        elif old := _OLD.fullmatch(collection):
            year = f"{'19' if int(old[2]) >= 50 else '20'}{old[2]}"
    month = text_of(meta.find("month"))
    return max(iso_date(year, month), date_in(f"{month} {year}"), key=len)
