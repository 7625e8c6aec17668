"""Where a work appeared, from the citations that repositories put into `dc:source`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal

import msgspec

from ingest.formats.fields import page_range
from ontology.identifiers import Identifier, identifier
from ontology.records import Record, Venue, WorkKind

_OJS: Final = re.compile(
    r"(?P<name>[^;:]{3,200}?)\s*[;,:]\s*(?:Vol(?:ume|\.)?|Bd\.?|Band|T\.|v\.)\s*(?P<volume>[\w-]{1,12})"
    r"(?:[\s,;(]{1,4}(?:No|N[úuº°]m?|Nr|Issue|Iss|n)\.?\s*[º°]?\s*(?P<issue>[\w/-]{1,12}))?",
    re.IGNORECASE,
)
"""As OJS writes: "Zoologia; Vol. 3 No. 2 (2019): Bats; 34-56"."""
_OJS_PAGES: Final = re.compile(r"[;,]\s*(?:pp?\.\s*)?(\d{1,6})\s*[-–]\s*(\d{1,6})\s*\.?$")
_INVENIO: Final = re.compile(
    r"(?P<name>.{2,300}?)(?:, (?P<volume>[\w./]{1,16})(?:\((?P<issue>[^()]{1,40})\))?)?"
    r"(?:, (?P<first>\d\w{0,9})(?: ?[-–] ?(?P<last>\d\w{0,9}))?)?, \(\d{4}[\d-]{0,6}\)"
)
"""As InvenioRDM (Zenodo) writes: "Zoologia, 3(2), 34-56, (2019-05-01)"."""
_NUMBERED: Final = re.compile(r"(.{2,300}?) (\d{1,4})\((\w{1,12})\)")
"""A name with its numbers and no comma before them: "Zoologia 3(2)"."""
_EPRINTS: Final = re.compile(
    r"(?P<name>[^;]{2,300}?), (?P<volume>[A-Za-z]{0,3}\d[\w/-]{0,10}|[IVXLCDM]{1,8})(?: \((?P<issue>[^()]{1,40})\))?\."
    r"(?: pp?\. (?P<first>\w{1,12})(?: ?[-–] ?(?P<last>\w{1,12}))?\.?)?[ ,;]*"
)
"""As EPrints writes: "Zoologia, 3 (2). pp. 34-56."."""
_WITHIN: Final = re.compile(r".{1,400}, pp\. (\d{1,6}) ?[-–] ?(\d{1,6}) in (?P<name>.{2,200})")
_ISSN: Final = re.compile(r"(?:^|,? ?\be?issn:? ?)(\d{4}-\d{3}[\dX])(?=$|[ ,;.)])", re.IGNORECASE)
"""Alone at the beginning, or after its name: pages look the same ("1044-1047")."""
_MAX_TEXT: Final = 1000

_CONFERENCES: Final = frozenset({"conference-paper", "presentation", "poster", "proceedings"})
_ARTICLES: Final = frozenset({"article", "review", "editorial", "letter", "correction"})


class Cited(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of a citation; empty where it does not tell."""

    name: str
    volume: str = ""
    issue: str = ""
    pages: str = ""


def cited(text: str) -> Cited | None:
    """A journal, volume, issue and pages, from a citation in one of the forms that are known here."""
    text = text[:_MAX_TEXT]
    if found := _INVENIO.fullmatch(text):
        parts = Cited(
            name=found["name"],
            volume=found["volume"] or "",
            issue=found["issue"] or "",
            pages=page_range(found["first"], found["last"]),
        )
        if not parts.volume and (numbered := _NUMBERED.fullmatch(parts.name)):
            return msgspec.structs.replace(parts, name=numbered[1], volume=numbered[2], issue=numbered[3])
        whole = _WITHIN.fullmatch(parts.name)
        if not whole:
            return parts
        return msgspec.structs.replace(parts, name=whole["name"], pages=page_range(whole[1], whole[2]))
    if found := _EPRINTS.fullmatch(text):
        return Cited(
            name=found["name"],
            volume=found["volume"],
            issue=found["issue"] or "",
            pages=page_range(found["first"], found["last"]),
        )
    if found := _OJS.match(text):
        pages = _OJS_PAGES.search(text)
        return Cited(
            name=found["name"],
            volume=found["volume"],
            issue=found["issue"] or "",
            pages=page_range(pages[1], pages[2]) if pages else "",
        )
    return None


def behind_title(texts: Iterable[str], title: str) -> Iterator[str]:
    """What follows the title in citations that EPrints gives as identifiers, where it names a journal:
    "Nomon, A. (2004) Bats. Zoologia, 3 (2). pp. 34-56. ISSN 2049-3630"."""
    for text in texts if title else ():
        before, found, after = " ".join(text[:_MAX_TEXT].split()).partition(title)
        rest = after.lstrip(" .?!")
        if found and before.endswith(") ") and cited(_ISSN.sub("", rest).strip(" ,;")):
            yield rest


def placed(record: Record, sources: Sequence[str], issns: Sequence[Identifier]) -> Record:
    """The record with its journal or conference, as far as its sources (single lines) tell.

    A source without volume is a name where the kind of work or an ISSN says that it appeared somewhere.
    """
    known = list(issns)
    names = []
    for text in sources:
        known += [one for each in _ISSN.findall(text) if (one := identifier("issn", each))]
        if name := _ISSN.sub("", text).strip(" ,;"):
            names.append(name)
    parts = next((found for text in names if (found := cited(text))), None)
    appears = known or record.kind in _ARTICLES or record.kind in _CONFERENCES
    if parts is None and appears:
        parts = next((Cited(name=text) for text in names if "://" not in text and not identifier("doi", text)), None)
    if parts is None or parts.name == record.title:
        return record
    venue = Venue(
        name=parts.name,
        kind=_kind(record.kind),
        identifiers=tuple(dict.fromkeys(known)),
        publisher=record.publisher,
    )
    return msgspec.structs.replace(record, venue=venue, volume=parts.volume, issue=parts.issue, pages=parts.pages)


def _kind(kind: WorkKind) -> Literal["journal", "conference", "book"]:
    return "conference" if kind in _CONFERENCES else "book" if kind == "chapter" else "journal"
