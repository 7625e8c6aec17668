"""Fields of a MARC record as text, without the punctuation that divides areas; with their other script (880)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import pymarc

from ontology.documents import clean

ENDS: Final = " /:;,="
"""What ISBD sets between areas and elements."""
_LINKED: Final = re.compile(r"(\d{3})-(\d\d)?")
_SHORT: Final = frozenset(
    {"inc", "ltd", "corp", "dept", "univ", "assoc", "bros", "gmbh", "est", "div", "bur", "jun", "sen", "esq", "rev"}
)
"""Words that end in a full stop of their own."""
_NON_SORT: Final = re.compile(r"¬|<<|>>|[\x88\x89\x98\x9c]")
"""How catalogues mark words that do not count in sorting ("<<Die>> Sonnenuhr"), the French by control characters."""

NUMBERED: Final = re.compile(r"\s*;\s*(?:(?:pts?|vols?|v|nos?|nr|bd|t)\b\.?)?\s*\d+[\w/-]*\.?$", re.IGNORECASE)
"""The number of a volume behind its series."""
LABEL: Final = re.compile(r"^(?:bd|band|vols?|volume|v|nos?|number|nr|t|tome)\b\.?\s*(?=\d)", re.IGNORECASE)
"""What stands before the number of a volume."""
ABOUT: Final = re.compile(
    r"contents|inhalt|klappentext|rezension|description|biographical|cover|sommaire|table des|sample text",
    re.IGNORECASE,
)
"""What an address leads to that is not the work itself."""


def part_of(field: pymarc.Field, *codes: str) -> str:
    """Subfields of a field in one line."""
    return tidied(" ".join(field.get_subfields(*codes)))


def tidied(text: str) -> str:
    """A text of a subfield without what catalogues add to it."""
    return clean(_NON_SORT.sub("", text)).strip(ENDS)


def unended(name: str) -> str:
    """A name without the full stop that ends its field: not after an initial or an abbreviation."""
    stem, _, last = name.removesuffix(".").rpartition(" ")
    return f"{stem} {last}".strip() if len(last) > 2 and last.lower() not in _SHORT and "." not in last else name


def first_of(marc: pymarc.Record, tag: str, *codes: str) -> str:
    """The first field's subfields in one line."""
    field = next(iter(marc.get_fields(tag)), None)
    return part_of(field, *codes) if field else ""


def all_of(marc: pymarc.Record, tag: str, *codes: str) -> list[str]:
    """Each subfield by itself, empty ones left out."""
    return [
        text for f in marc.get_fields(tag) for value in f.get_subfields(*codes) if (text := clean(value).strip(ENDS))
    ]


def in_other_script(marc: pymarc.Record, tag: str) -> Iterator[pymarc.Field]:
    """The fields 880 that repeat fields of this tag in the script of the work."""
    for field in marc.get_fields("880"):
        linked = _LINKED.match(field.get("6") or "")
        if linked and linked[1] == tag:
            yield field


def repeated_in_other_script(marc: pymarc.Record, field: pymarc.Field) -> Iterator[pymarc.Field]:
    """The fields 880 that repeat this very field ($6 "880-01" and "100-01")."""
    linked = _LINKED.match(field.get("6") or "")
    if linked and linked[2] and linked[2] != "00":
        yield from (f for f in in_other_script(marc, field.tag) if (f.get("6") or "")[4:6] == linked[2])
