"""RIS, as reference managers and databases export it (Endnote, Zotero, Scopus, Ovid, ProQuest …).

Tags as in the RIS specification (Research Information Systems, 2001 and 2011), with what exporters
made of them: tabs for blanks, numbers between records, values over several lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from ingest.formats.base import Rejected
from ingest.formats.dates import date_in
from ingest.formats.fields import Role, contributor, identified, language_code, page_range, says_retracted
from ingest.formats.many import one_by_one
from ingest.formats.markup import paragraphs, plain, unheaded
from ingest.formats.ris_notes import affiliations, funding, references
from ingest.formats.tagged import Entry, entries
from ingest.formats.text import decode, require_content
from ontology.errors import MalformedPayload
from ontology.identifiers import Identifier
from ontology.records import Contributor, Link, Payload, Record, Subject, Title, Venue, WorkKind

MAX_BYTES: Final = 256 * 1024 * 1024

_FIELD: Final = re.compile(r"\ufeff?[ \t]{0,4}([A-Z][A-Z0-9])[ \t]{1,3}-(?:[ \t]+(.*))?$", re.DOTALL)
_SIGN: Final = re.compile(rb"^[ \t]{0,4}TY[ \t]{1,3}-[ \t]+[A-Z][A-Z0-9]{1,7}[ \t\r]*$", re.MULTILINE)

_KINDS: Final[dict[str, WorkKind]] = {
    "JOUR": "article", "JFULL": "journal-issue", "EJOUR": "article", "MGZN": "article", "NEWS": "article",
    "ABST": "article", "INPR": "article", "CPAPER": "conference-paper", "CONF": "conference-paper", "BOOK": "book",
    "EBOOK": "book", "EDBOOK": "book", "CHAP": "chapter", "ECHAP": "chapter", "ENCYC": "chapter", "DICT": "chapter",
    "SER": "book", "THES": "thesis", "RPRT": "report", "GOVDOC": "report", "UNPB": "preprint", "DATA": "dataset",
    "AGGR": "dataset", "DBASE": "dataset", "COMP": "software", "STAND": "standard", "VIDEO": "video", "MPCT": "video",
    "SOUND": "audio", "MUSIC": "audio", "FIGURE": "image", "ART": "image", "SLIDE": "presentation",
    "EDITORIAL": "editorial",
}  # fmt: skip
_GENRES: Final[dict[str, WorkKind]] = {
    "review": "review", "short survey": "review", "editorial": "editorial", "letter": "letter", "erratum": "correction",
    "corrigendum": "correction", "correction": "correction", "retracted": "article", "retraction": "retraction",
    "conference paper": "conference-paper", "book chapter": "chapter", "preprint": "preprint", "data paper": "article",
}  # fmt: skip
"""Genres that databases and reference managers write into M3 ("type of work")."""
_IN_JOURNALS: Final = frozenset({"review", "editorial", "letter", "correction", "retraction"})
_IN_BOOKS: Final = frozenset({"chapter", "conference-paper"})
_PEOPLE: Final[tuple[tuple[tuple[str, ...], Role], ...]] = (
    (("AU", "A1"), "author"), (("ED", "A2"), "editor"), (("A3",), "contributor"), (("A4",), "translator"),
)  # fmt: skip
_DOI: Final = re.compile(r"(?:doi:?\s*|https?://(?:dx\.)?doi\.org/)?10\.\d{4,9}/\S+", re.IGNORECASE)
_ISSN: Final = re.compile(r"\b\d{4}-\d{3}[\dXx]\b")
_PMID: Final = re.compile(r"pubmed\.ncbi\.nlm\.nih\.gov/(\d+)|ncbi\.nlm\.nih\.gov/pubmed/(\d+)")
_PAGE: Final = re.compile(r"\d|^[ivxlcdm]+\b", re.IGNORECASE)
_NUMBERED: Final = re.compile(r"[A-Za-z]{0,4}\d[\w.-]{0,15}")
_INITIALS: Final = re.compile(r"(.*\S) ((?:[^\W\d_]\.[ -]?)+)")
"""A name without comma that ends with initials: "Liu R.", "Adler D.G."."""
_URL: Final = re.compile(r"https?://[^\s\"<>]+")
_NOTICE: Final = re.compile(
    r"\s*(?:\(PsycINFO Database Record \(c\) \d{4}[^()]{0,80}\)"
    r"|\[(?:(?:Author|Publication|Journal)s?'? )?Abstract\](?:\s*KEY WORDS:[^\n]*)?|\[ABSTRACT FROM \w+\])\s*\Z",
    re.IGNORECASE,
)
"""What databases (Ovid, ProQuest) add to an abstract."""
_ORCID: Final = re.compile(r"(?:orcid\.org/|,\s*)([^;/]{1,80});\s*ORCID:\s*\S*?(\d{4}-\d{4}-\d{4}-\d{3}[\dX])")
"""How Ovid lists them: "ORCID: http://orcid.org/Nomon, Ada; ORCID: http://orcid.org/0000-…, Wang, Wei; ORCID: …"."""
_CITED: Final = re.compile(r"\bCited By\s*:\s*(\d{1,7})\b", re.IGNORECASE)
"""How Scopus says in its notes how often a work is cited."""
_PUBLISHED: Final = re.compile(r"Full publication date:\s*(.+)")
"""How JSTOR says it beside the mere year."""
_OF_NLM: Final = re.compile(r"pubmed|medline|\bnlm\b")
_PMCID: Final = re.compile(r"PMC\d{2,9}")


class RisFormat(msgspec.Struct, frozen=True):
    """One record per entry."""

    name: str = "ris"

    def recognises(self, head: bytes, media: str) -> bool:
        """A line `TY  - JOUR` (or another type)."""
        if media in (self.name, ".ris"):
            return True
        return head.lstrip()[:1] not in (b"<", b"{", b"[") and bool(_SIGN.search(head))

    def parse(self, payload: Payload) -> Iterator[Record | Rejected]:
        """Raises FormatError for bytes that are not UTF-8 and for a text without any entry."""
        require_content(payload.body, MAX_BYTES)
        found = False
        for outcome in one_by_one(entries(decode(payload.body), _FIELD, "TY", "ER"), _read):
            found = True
            yield outcome
        if not found:
            raise MalformedPayload("there is no RIS entry in this text", place="line 1")


FORMAT: Final = RisFormat()


def _read(entry: Entry | MalformedPayload, number: str) -> Record:
    if isinstance(entry, MalformedPayload):
        raise entry
    kind = _kind(entry)
    title = _unended(plain(entry.first("TI", "T1", "CT", *(("BT", "T2") if kind in ("book", "journal-issue") else ()))))
    known, books = _identifiers(entry, kind)
    kind = "preprint" if kind == "other" and any(one.scheme == "arxiv" for one in known) else kind
    if not title and not known:
        raise MalformedPayload("the entry has neither title nor identifier", place=f"line {entry.line}")
    language = language_code(re.split(r"[;,/]", entry.first("LA", "LN"))[0])
    cited = _CITED.search("\n".join(entry.all("N1")))
    translated = plain(entry.first("TT"))
    return Record(
        key=str(known[0]) if known else entry.first("ID", "AN") or number,
        format=FORMAT.name,
        kind=kind,
        identifiers=known,
        titles=tuple(dict.fromkeys(Title(t, c) for t, c in ((title, language), (translated, "")) if t)),
        abstract=_NOTICE.sub("", unheaded(paragraphs(entry.first("AB", "N2")))),
        language=language,
        issued=_issued(entry),
        venue=_venue(entry, kind, books),
        volume=plain(entry.first("VL")),
        issue=plain(entry.first("IS", "CP")),
        pages=_pages(entry),
        publisher=plain(entry.first("PB")),
        retracted=says_retracted(title) or entry.first("M3").lower() == "retracted",
        citation_count=int(cited[1]) if cited else None,
        contributors=tuple(_contributors(entry)),
        references=tuple(references(entry)),
        subjects=tuple(dict.fromkeys(Subject(label=label) for label in _keywords(entry))),
        funding=tuple(funding(entry)),
        links=tuple(dict.fromkeys(_links(entry))),
    )


def _kind(entry: Entry) -> WorkKind:
    """By type; where that is an article's or unknown, by the genre that a database adds."""
    kind = _KINDS.get(entry.first("TY").upper(), "other")
    return _GENRES.get(entry.first("M3").lower(), kind) if kind in ("article", "other") else kind


def _issued(entry: Entry) -> str:
    """The date, as precisely as any field of the year says it ("PY  - 2019" beside "DA  - Mar 5")."""
    stated = entry.all("DA", "PY", "Y1")
    stated += [found[1] for each in entry.all("C1") if (found := _PUBLISHED.match(each))]
    year = next((date[:4] for each in (*entry.all("PY", "Y1"), *stated) if (date := date_in(each))), "")
    dates = (date_in(each) or date_in(f"{each} {year}") for each in stated)
    return max((date for date in dates if date.startswith(year)), key=len, default="")


def _pages(entry: Entry) -> str:
    """Pages, else the number of the article (C7, as EndNote and Scopus have it)."""
    first, last = entry.first("SP"), entry.first("EP")
    if not _PAGE.search(first):
        number = plain(entry.first("C7"))
        return number if _NUMBERED.fullmatch(number) else ""
    return plain(first) if "-" in first else page_range(first, last)


def _unended(title: str) -> str:
    """A title without the final period that some databases add."""
    return title[:-1] if title.endswith(".") and not title.endswith("..") else title


def _identifiers(entry: Entry, kind: str) -> tuple[tuple[Identifier, ...], tuple[Identifier, ...]]:
    """Identifiers of the work, and of what it appeared in."""
    addresses = " ".join(entry.all("UR", "L1", "L2", "L3", "LK"))
    dois = entry.all("DO") or [each for tag in ("M3", "N1") for each in entry.all(tag) if _DOI.match(each)]
    dois = dois or [each for each in entry.all("UR", "L3", "L2") if "doi.org/10." in each]
    pairs = [("doi", each) for each in dois[:1]]
    pairs += [("pmid", found[1] or found[2]) for found in _PMID.finditer(addresses)][:1]
    pairs += [("pmcid", each) for each in entry.all("C2", "U2") if _PMCID.fullmatch(each)]
    said_by = entry.first("DB", "DP").casefold()
    numbered = "C2" if said_by == "scopus" else "AN" if _OF_NLM.search(said_by) else ""
    pairs += [("pmid", each) for each in entry.all(numbered)[:1] if each.isdigit()]
    if "arxiv" in addresses.lower():
        pairs += [("arxiv", each) for each in entry.all("UR") if "arxiv.org/" in each][:1]
    numbers = [part for each in entry.all("SN") for part in re.split(r"[;,\n]|\s{2,}|(?<=\))\s", each)]
    numbers += [found for each in entry.all("SN") for found in _ISSN.findall(each)]
    serial = identified((scheme, re.sub(r"\([^()]*\)", "", part)) for scheme in ("issn", "isbn") for part in numbers)
    if kind in ("book", "thesis", "report"):
        return identified([*pairs, *((i.scheme, i.value) for i in serial if i.scheme == "isbn")]), serial
    return identified(pairs), serial


def _venue(entry: Entry, kind: str, serial: tuple[Identifier, ...]) -> Venue | None:
    in_journal = ("T3",) if kind == "book" else ("JF", "T2", "JO", "JA", "J2", "T3")
    name = plain(entry.first(*(("BT", "T2", "JF", "JO") if kind in _IN_BOOKS else in_journal)))
    if not name:
        return None
    in_series = "journal" if kind in ("article", *_IN_JOURNALS) else "other"
    of_kind = {"chapter": "book", "conference-paper": "conference"}.get(kind, in_series)
    kept = serial if kind in _IN_BOOKS else tuple(i for i in serial if i.scheme == "issn")
    return Venue(name=name, kind=of_kind, identifiers=kept, publisher=plain(entry.first("PB")))  # type: ignore[arg-type]


def _contributors(entry: Entry) -> Iterator[Contributor]:
    """People in print order."""
    authors = [(tag, value) for tag, value in entry.fields if tag in ("AU", "A1") and value]
    orcids = {_letters(name): number for each in entry.all("AI") for name, number in _ORCID.findall(each)}
    places = affiliations(entry, len(authors))
    for tags, role in _PEOPLE:
        for tag, value in entry.fields:
            if tag not in tags or not value:
                continue
            family, given, suffix = _name(value)
            found = contributor(
                "" if given else value.rstrip(","),
                given=given,
                family=family,
                suffix=suffix,
                role=role,
                organisation=not given and value.endswith(","),
                identifiers=identified([("orcid", orcids.get(_letters(value)))]),
                affiliations=(places.get(value) or places.get("", ())) if role == "author" else (),
            )
            if found:
                yield found


def _letters(name: str) -> str:
    return "".join(filter(str.isalpha, name.casefold()))


def _name(value: str) -> tuple[str, str, str]:
    """Family name, given name and suffix of "Nomon, Ada, Jr."; all empty where they cannot be told."""
    family, _, given = (part.strip() for part in value.partition(","))
    given, _, suffix = (part.strip() for part in given.partition(","))
    if given:
        return family, given, suffix
    found = _INITIALS.fullmatch(value.strip())
    return (found[1], found[2], "") if found else ("", "", "")


def _keywords(entry: Entry) -> Iterator[str]:
    for each in entry.all("KW"):
        for part in re.split(r"[;\n]", each):
            if label := plain(part):
                yield label


def _links(entry: Entry) -> Iterator[Link]:
    for tags, rel in ((("UR", "L2", "LK"), "landing"), (("L1",), "pdf")):
        for each in entry.all(*tags):
            for url in _URL.findall(each):
                yield Link(url=url.rstrip(";"), rel=rel)
