"""MEDLINE text (NBIB): PubMed citations as tagged lines, as its "PubMed" export and E-utilities write them.

Tags as in NLM's "MEDLINE/PubMed Data Element (Field) Descriptions". Field order matters: an
author's identifiers and affiliations follow the author.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import msgspec

from ingest.formats.base import Rejected
from ingest.formats.dates import date_in
from ingest.formats.fields import Role, contributor, ended, identified, language_code, pages_in, without_address
from ingest.formats.many import one_by_one
from ingest.formats.pubmed_terms import KINDS, RELATIONS, RETRACTED
from ingest.formats.tagged import Entry, entries
from ingest.formats.text import decode, require_content
from ontology.documents import clean
from ontology.errors import MalformedPayload
from ontology.identifiers import Identifier, identifier
from ontology.records import (
    Affiliation,
    Contributor,
    Funding,
    Link,
    Payload,
    Record,
    Relation,
    Subject,
    Title,
    Venue,
)

MAX_BYTES: Final = 256 * 1024 * 1024

_FIELD: Final = re.compile(r"([A-Z]{2,4})[ ]{0,2}-(?: (.*))?$", re.DOTALL)
_SIGN: Final = re.compile(rb"^PMID- *\d", re.MULTILINE)
_LOCATED: Final = re.compile(r"(\S+) \[(doi|pii)\]")
_ABSTRACT_PART: Final = re.compile(r"(?:(?<=\s)|^)([A-Z][A-Z/&,' -]{3,60}): (?=\S)")
_RELATED: Final = {
    "CON": "CommentOn", "CIN": "CommentIn", "EFR": "ErratumFor", "EIN": "ErratumIn",
    "CRF": "CorrectedandRepublishedFrom", "CRI": "CorrectedandRepublishedIn", "ECF": "ExpressionOfConcernFor",
    "ECI": "ExpressionOfConcernIn", "ROF": "RetractionOf", "RIN": "RetractionIn", "RPF": "RepublishedFrom",
    "RPI": "RepublishedIn", "RRF": "RetractedandRepublishedFrom", "RRI": "RetractedandRepublishedIn",
    "UOF": "UpdateOf", "UIN": "UpdateIn", "SPIN": "SummaryForPatientsIn", "ORI": "OriginalReportIn",
    "DDIN": "AssociatedDataset", "DRIN": "AssociatedPublication",
}  # fmt: skip
"""Tags of links between citations by the names that PubMed's XML gives them."""


class MedlineFormat(msgspec.Struct, frozen=True):
    """One record per citation."""

    name: str = "medline"

    def recognises(self, head: bytes, media: str) -> bool:
        """A line that begins with `PMID-`."""
        if media in (self.name, ".nbib"):
            return True
        return head.lstrip()[:1] not in (b"<", b"{", b"[") and bool(_SIGN.search(head))

    def parse(self, payload: Payload) -> Iterator[Record | Rejected]:
        """Raises FormatError for bytes that are not UTF-8 and for a text without any citation."""
        require_content(payload.body, MAX_BYTES)
        found = False
        for outcome in one_by_one(entries(decode(payload.body), _FIELD, "PMID", ""), _read):
            found = True
            yield outcome
        if not found:
            raise MalformedPayload("there is no citation in this text", place="line 1")


FORMAT: Final = MedlineFormat()


def _read(entry: Entry | MalformedPayload, number: str) -> Record:
    if isinstance(entry, MalformedPayload):
        raise entry
    known = _identifiers(entry)
    title = _unended(_line(entry, "TI", "BTI", "CTI"))
    if not known and not title:
        raise MalformedPayload("the citation has neither PMID nor title", place=f"line {entry.line}")
    types = entry.all("PT")
    language = next(filter(None, map(language_code, entry.all("LA"))), "")
    return Record(
        key=str(known[0]) if known else number,
        format=FORMAT.name,
        kind=next((kind for name, kind in KINDS.items() if name in types), "article"),
        identifiers=known,
        titles=_titles(title, _unended(_line(entry, "TT")), language),
        abstract=_abstract(_line(entry, "AB")),
        language=language,
        issued=_issued(entry),
        venue=_venue(entry),
        volume=_line(entry, "VI"),
        issue=_line(entry, "IP"),
        pages=pages_in(_line(entry, "PG")),
        publisher=_line(entry, "PB"),
        retracted=bool(entry.all("RIN") or RETRACTED & set(types)),
        contributors=tuple(_contributors(entry)),
        subjects=tuple(dict.fromkeys(_subjects(entry))),
        funding=tuple(_funding(entry)),
        relations=tuple(dict.fromkeys(_relations(entry))),
        links=tuple(Link(url=f"https://pubmed.ncbi.nlm.nih.gov/{i.value}/") for i in known if i.scheme == "pmid"),
    )


def _line(entry: Entry, *tags: str) -> str:
    return clean(entry.first(*tags))


def _unended(title: str) -> str:
    """A title without PubMed's final period."""
    return title[:-1] if title.endswith(".") and not title.endswith("..") else title


def _identifiers(entry: Entry) -> tuple[Identifier, ...]:
    located = [found for each in entry.all("LID", "AID") if (found := _LOCATED.search(each))]
    dois = [found[1] for found in located if found[2] == "doi"][:1]
    return identified([("pmid", entry.first("PMID")), *(("doi", doi) for doi in dois), ("pmcid", entry.first("PMC"))])


def _titles(title: str, original: str, language: str) -> tuple[Title, ...]:
    """A title in brackets is a translation into English; the original may stand beside it."""
    translated = title.startswith("[") and title.endswith("]")
    if translated:
        title = title[1:-1].removesuffix(".")
    found = [Title(title, "en" if translated or original else language)] if title else []
    return (*found, Title(original, language if language != "en" else "")) if original else tuple(found)


def _abstract(text: str) -> str:
    """Paragraphs: each part of a structured abstract begins with its label ("METHODS: …")."""
    starts = [found.start() for found in _ABSTRACT_PART.finditer(text)]
    if len(starts) < 2:
        return text
    cuts = [0, *(each for each in starts if each), len(text)]
    return "\n".join(filter(None, (text[a:b].strip() for a, b in pairwise(cuts))))


def _issued(entry: Entry) -> str:
    """The electronic date of publication where there is one, else the issue's."""
    return date_in(_line(entry, "DEP")) or date_in(_line(entry, "DP"))


def _venue(entry: Entry) -> Venue | None:
    name = _line(entry, "JT", "TA")
    numbers = (each.split(" ")[0] for each in entry.all("IS"))
    return Venue(name=name, identifiers=identified(("issn", each) for each in numbers)) if name else None


def _contributors(entry: Entry) -> Iterator[Contributor]:
    """Each author with the identifiers and affiliations that follow; short names where no full ones are.

    In old exports one AD stands before the authors: the first author's.
    """
    full = any(tag == "FAU" for tag, _ in entry.fields)
    roles: dict[str, Role] = {"FAU" if full else "AU": "author", "CN": "author", "FED": "editor"}
    people: list[tuple[str, str, list[str], list[str]]] = []
    early: list[str] = []
    for tag, value in entry.fields:
        if tag in roles and value:
            people.append((tag, clean(value), [], []))
        elif tag == "AD" and value:
            (people[-1][2] if people else early).append(without_address(clean(value)))
        elif tag == "AUID" and people:
            people[-1][3].append(value)
    for at, (tag, name, places, ids) in enumerate(people):
        known = identified(("orcid", each.rpartition(": ")[2].strip()) for each in ids if "orcid" in each.lower())
        affiliations = tuple(Affiliation(name=place) for place in (*early, *places) if at == 0 or place in places)
        family, _, given = (part.strip() for part in name.partition(","))
        bare, suffix = ended(name)
        if not full and tag == "AU" and " " in bare:
            family, _, given = bare.rpartition(" ")
        found = contributor(
            name,
            suffix=suffix if given and tag != "CN" else "",
            given="" if tag == "CN" else ended(given)[0] if full else given,
            family="" if tag == "CN" else family,
            role=roles[tag],
            organisation=tag == "CN",
            identifiers=known,
            affiliations=affiliations,
        )
        if found:
            yield found


def _subjects(entry: Entry) -> Iterator[Subject]:
    """MeSH headings by name (a star marks the major ones), then authors' keywords."""
    for heading in entry.all("MH"):
        name = clean(heading).partition("/")[0]
        yield Subject(label=name.strip("*"), scheme="mesh", major="*" in heading)
    for keyword in entry.all("OT"):
        if label := clean(keyword):
            yield Subject(label=label.strip("*"), major=label.startswith("*"))


def _funding(entry: Entry) -> Iterator[Funding]:
    """Funders in order, each once with all its grants ("R01 GM1/GM/NIGMS NIH HHS/United States")."""
    awards: dict[str, list[str]] = {}
    for grant in entry.all("GR"):
        parts = clean(grant).split("/")
        if len(parts) >= 3:
            funder = parts[-2]
            awards.setdefault(funder, []).append(parts[0] if len(parts) > 3 or parts[0] != funder else "")
        elif parts[0]:
            awards.setdefault(parts[-1], [])
    for funder, numbers in awards.items():
        yield Funding(funder=funder, awards=tuple(dict.fromkeys(filter(None, numbers))))


def _relations(entry: Entry) -> Iterator[Relation]:
    for tag, value in entry.fields:
        kind = RELATIONS.get(_RELATED.get(tag, ""))
        if kind is None:
            continue
        pmid = re.search(r"PMID: (\d+)", value)
        doi = re.search(r"doi: (10\.\S+)", value)
        target = identifier("pmid", pmid[1]) if pmid else identifier("doi", doi[1].rstrip(".")) if doi else None
        if target:
            yield Relation(kind=kind, target=target)
