"""What an article or chapter in MARC stands in: field 773, or Invenio's 909C4."""

from __future__ import annotations

import re
from typing import Final

import pymarc

from ingest.formats.dates import iso_date
from ingest.formats.fields import identified
from ingest.formats.marc_fields import ENDS, part_of
from ontology.documents import clean
from ontology.records import Venue

_VOLUME: Final = re.compile(r"(?:\b(?:vol(?:ume)?|bd|band|jg|jahrgang|t|tome|tomo)\b\.?\s*|^)(\d+)", re.IGNORECASE)
_ISSUE: Final = re.compile(
    r"(?:\b(?:no|nr|nummer|issue|h|heft|n|fasc|num[eé]ro)\b[.°]?\s*|:\s*|\(\d{4}\)\s*,\s*)(\d+(?:[-/]\d+)?)(?!\d|\s*[-–]\s*\d)",
    re.IGNORECASE,
)
_PAGES: Final = re.compile(
    r"(?:\b(?:pp?|pages?|s|seiten?)\b\.?\s*|<\s*)([a-z]?\d+(?:\s*[-–]\s*[a-z]?\d+)?)", re.IGNORECASE
)
_NAMED: Final = re.compile(r"(volume|number|issue|year|month|day|pages):\s*(\S.*)")
"""German union catalogues repeat the numbers one by one ("$g volume:12 $g pages:110-120")."""
_YEAR: Final = re.compile(r"\((\d{4})\)")


class Host:
    """The journal or book and where in it; `issued` is an ISO date, as precise as stated."""

    def __init__(self) -> None:
        self.venue: Venue | None = None
        self.volume = self.issue = self.pages = self.issued = ""


def host_of(marc: pymarc.Record, publisher: str) -> Host:
    """What the first host entry with a title says, completed by numbers that stand in entries of their own."""
    host = Host()
    named: dict[str, str] = {}
    for field in marc.get_fields("773", "909"):
        named |= {found[1]: found[2] for value in field.get_subfields("g") if (found := _NAMED.match(clean(value)))}
        name = (part_of(field, "p" if field.tag == "909" else "t") or clean(field.get("p") or "")).strip(ENDS)
        if name and host.venue is None:
            _describe(host, field, name.removesuffix("."), publisher)
    host.volume = host.volume or named.get("volume", "")
    host.issue = host.issue or named.get("number", "") or named.get("issue", "")
    host.pages = host.pages or re.sub(r"\s*[-–]\s*", "-", named.get("pages", ""))
    host.issued = max(host.issued, iso_date(named.get("year"), named.get("month"), named.get("day")), key=len)
    return host


def _describe(host: Host, field: pymarc.Field, name: str, publisher: str) -> None:
    serial = identified(("issn", value) for value in field.get_subfields("x"))
    books = identified(("isbn", value) for value in field.get_subfields("z"))
    host.venue = Venue(
        name=name, kind="book" if books else "journal", identifiers=(*serial, *books), publisher=publisher
    )
    printed = clean(" ".join(field.get_subfields("g", "q")))
    codes = ("v", "n", "c") if field.tag == "909" else ("v",)
    describe(host, printed, *(clean(field.get(code) or "") for code in codes))
    host.issued = iso_date(next(iter(_YEAR.findall(printed)), field.get("y") or ""))


def describe(host: Host, printed: str, volume: str = "", issue: str = "", pages: str = "") -> None:
    """Volume, issue and pages as they stand by themselves, else as they are printed in one text."""
    found = [
        stated or (match[1] if (match := pattern.search(printed)) else "")
        for stated, pattern in ((volume, _VOLUME), (issue, _ISSUE), (pages, _PAGES))
    ]
    host.volume, host.issue = found[0], found[1]
    host.pages = re.sub(r"\s*[-–]\s*", "-", found[2])
