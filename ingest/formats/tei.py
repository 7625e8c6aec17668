"""TEI P5: scholarly articles, as GROBID writes them out of PDFs and as repositories encode them.

What the header says of the printed source (`sourceDesc/biblStruct`) is the work; a header without it is
read by its `titleStmt` and `publicationStmt`. Elements as in the TEI Guidelines P5 and GROBID's customisation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from ingest.formats.base import Rejected
from ingest.formats.dates import date_in
from ingest.formats.fields import contributor, identified, language_code, page_range, says_retracted
from ingest.formats.many import one_by_one
from ingest.formats.statements import linked
from ingest.formats.tei_body import document_of, paragraphs_of
from ingest.formats.tei_lists import listed_texts
from ingest.formats.tei_refs import ids_of, name_of, references
from ingest.formats.unmarked import cited
from ingest.formats.xml import Element, attribute, parse_xml, place_of, text_of
from ontology.errors import MalformedPayload
from ontology.identifiers import Identifier
from ontology.records import (
    Affiliation,
    Contributor,
    Funding,
    Link,
    Payload,
    Record,
    Subject,
    Title,
    Venue,
    WorkKind,
)

_ROOT: Final = re.compile(rb"<(?:[\w.-]+:)?(?:TEI|TEI\.2|teiCorpus)[\s>]")
_SIGN: Final = re.compile(rb"tei-c\.org/ns|<(?:[\w.-]+:)?teiHeader[\s>]|TEI\.2")
_KINDS: Final[dict[str, WorkKind]] = {
    "article": "article", "journalarticle": "article", "art": "article", "comm": "conference-paper",
    "conferencepaper": "conference-paper", "inproceedings": "conference-paper", "thesis": "thesis", "these": "thesis",
    "hdr": "thesis", "report": "report", "preprint": "preprint", "undefined": "preprint", "book": "book", "ouv": "book",
    "couv": "chapter", "chapter": "chapter", "poster": "poster", "review": "review", "software": "software",
}  # fmt: skip
"""Types that a `biblStruct` (or HAL's classCode) may bear, letters only."""


_TRANSLATES: Final = frozenset({"trl", "translator"})
_PAGES: Final = frozenset({"haluri", "uri", "url", "urlweb"})
"""Kinds of numbers of the text that are addresses of its page."""


MAX_LICENCE: Final = 120
"""Characters of a licence's name; what is longer is its text."""
_COMMONS: Final = re.compile(r"https?://creativecommons\.org/[\w./-]+")


class TeiFormat(msgspec.Struct, frozen=True):
    """One record per text, with document, references and people."""

    name: str = "tei"

    def recognises(self, head: bytes, media: str) -> bool:
        """A root `TEI` (or `teiCorpus`) with TEI's namespace or a header."""
        head = head.replace(b"\0", b"")
        return media == self.name or bool(_ROOT.search(head) and _SIGN.search(head))

    def parse(self, payload: Payload) -> Iterator[Record | Rejected]:
        """Raises FormatError for what is not XML or holds no text with a header."""
        root = parse_xml(payload.body)
        found = [each for each in root.iter("TEI", "TEI.2") if each.find("teiHeader") is not None]
        found = [each for text in found for each in list(listed_texts(text)) or [text]]
        if not found:
            raise MalformedPayload("there is no TEI text with a header in this XML", place=place_of(root))
        yield from one_by_one(found, _read)


FORMAT: Final = TeiFormat()


def _read(tei: Element, number: str) -> Record:
    try:
        return linked(cited(_record(tei, number)))
    except RecursionError:
        raise MalformedPayload("the text is nested too deeply", place=place_of(tei)) from None


def _record(tei: Element, number: str) -> Record:
    header = tei.find("teiHeader")
    assert header is not None
    source = next((each for each in header.iterfind(".//sourceDesc//biblStruct")), None)
    known = tuple(dict.fromkeys((*ids_of(source), *identified(_header_ids(header)))))
    language = _language(tei, header)
    titles = tuple(dict.fromkeys(_titles(header, source, language)))
    listed, resolver = references(tei)
    title = titles[0].text if titles else ""
    document = document_of(tei, title, language, resolver)
    if not known and not title and document is None:
        raise MalformedPayload("the text has neither identifier, title nor content", place=place_of(tei))
    abstracts = _abstracts(tei, header)
    first = abstracts[0] if abstracts else None
    series = header.find("fileDesc/seriesStmt") if source is None else None
    imprint = series if source is None else source.find("monogr/imprint")
    rights, is_open = _rights(header)
    return Record(
        key=str(known[0]) if known else number,
        format=FORMAT.name,
        kind=_kind(header, source),
        identifiers=known,
        titles=titles,
        abstract="\n".join(paragraphs_of(first)),
        abstracts=tuple(
            Title(text, code)
            for each in abstracts[1:]
            if (code := language_code(attribute(each, "lang"))) and (text := "\n".join(paragraphs_of(each)))
        ),
        language=language,
        issued=_issued(header, imprint),
        venue=_venue(source) if series is None else _series(series),
        volume=_scope(imprint, "volume"),
        issue=_scope(imprint, "issue"),
        pages=_pages(imprint),
        publisher=_publisher(header, imprint),
        license=rights,
        open_access=is_open,
        retracted=says_retracted(title),
        contributors=tuple(_contributors(header, source)),
        references=listed,
        subjects=tuple(dict.fromkeys(_subjects(header))),
        funding=tuple(_funding(tei, header)),
        links=tuple(dict.fromkeys(_links(header))),
        document=document,
    )


def _abstracts(tei: Element, header: Element) -> list[Element]:
    """Those of the header, and of the text those in other languages."""
    found = header.findall("profileDesc/abstract")
    languages = {attribute(each, "lang") for each in found}
    printed = tei.findall("text/front//div[@type='abstract']")
    return found + [each for each in printed if not found or attribute(each, "lang") not in ("", *languages)]


def _printed(header: Element) -> Element | None:
    """The printed book that was digitised."""
    return header.find("fileDesc/sourceDesc/biblFull") if header.find(".//sourceDesc//biblStruct") is None else None


def _level(source: Element | None) -> str:
    """Level of the title around: "j" for a journal, "m" for a book."""
    return "" if source is None else next((each.get("level", "") for each in source.findall("monogr/title")), "")


def _header_ids(header: Element) -> Iterator[tuple[str, str]]:
    schemes = {"doi": "doi", "arxiv": "arxiv", "pmid": "pmid", "pmcid": "pmcid", "handle": "handle"}
    for each in header.iterfind("fileDesc/publicationStmt//idno"):
        if scheme := schemes.get(attribute(each, "type").lower()):
            yield scheme, text_of(each)


def _language(tei: Element, header: Element) -> str:
    """The language declared for the text, the body, or the whole."""
    text = tei.find("text")
    stated = [attribute(text, "lang"), attribute(header.find(".//langUsage/language"), "ident"),
              attribute(tei, "lang"), attribute(header, "lang")]  # fmt: skip
    return next(filter(None, map(language_code, stated)), "")


def _titles(header: Element, source: Element | None, language: str) -> Iterator[Title]:
    """Titles of the analytic part, else of the header; main ones first, subtitles joined to them."""
    groups = [[] if source is None else source.findall("analytic/title"), header.findall("fileDesc/titleStmt/title")]
    if source is not None and source.find("analytic") is None and _level(source) != "j":
        groups.insert(1, source.findall("monogr/title"))
    for titles in groups:
        mains = [each for each in titles if each.get("type", "main") != "sub" and text_of(each)]
        subs = [text_of(each) for each in titles if each.get("type") == "sub"]
        for at, each in enumerate(mains):
            text = text_of(each)
            text = f"{text.rstrip(':')}: {subs[0]}" if at == 0 and subs and subs[0] not in text else text
            yield Title(text, language_code(attribute(each, "lang")) or (language if at == 0 else ""))
        if mains:
            return


def _kind(header: Element, source: Element | None) -> WorkKind:
    stated = [attribute(source, "type"), *(attribute(each, "n") for each in header.iter("classCode"))]
    for each in stated:
        if kind := _KINDS.get(re.sub(r"[^a-z]", "", each.lower())):
            return kind
    monogr = None if source is None else source.find("monogr")
    if monogr is not None and monogr.find("meeting") is not None:
        return "conference-paper"
    printed = _printed(header)
    if printed is not None and printed.find("titleStmt/title[@level='m']") is not None:
        return "book"
    if source is not None and source.find("analytic") is None and source.find("monogr/imprint/biblScope") is None:
        return "book" if source.find("monogr/idno[@type='ISBN']") is not None else "article"
    return "article"


def _issued(header: Element, imprint: Element | None) -> str:
    dates = [] if imprint is None else imprint.findall("date")
    if (printed := _printed(header)) is not None:
        dates += [each for each in printed.findall("publicationStmt/date") if date_in(text_of(each))][:1]
        if dates:
            return date_in(attribute(dates[0], "when")) or date_in(text_of(dates[0]))
    dates += header.findall("fileDesc/publicationStmt/date")
    for each in sorted(dates, key=lambda one: one.get("type", "published") not in ("published", "datePub")):
        if date := date_in(attribute(each, "when")) or date_in(text_of(each)):
            return date
    return ""


def _venue(source: Element | None) -> Venue | None:
    monogr = None if source is None else source.find("monogr")
    if source is None or monogr is None or (source.find("analytic") is None and _level(source) != "j"):
        return None
    titles = monogr.findall("title")
    best = next((each for each in titles if each.get("type") == "main" and text_of(each)), None)
    name = text_of(best) or next(filter(None, map(text_of, titles)), "") or text_of(monogr.find("meeting/title"))
    is_meeting = monogr.find("meeting") is not None
    numbers = [(attribute(each, "type").lower().lstrip("ep"), text_of(each)) for each in source.iter("idno")]
    serial = identified(pair for pair in numbers if pair[0] in ("issn", "isbn"))
    level = _level(source)
    kind = "conference" if is_meeting else "journal" if level == "j" else "book" if level == "m" else "other"
    publisher = text_of(monogr.find("imprint/publisher"))
    return Venue(name=name, kind=kind, identifiers=serial, publisher=publisher) if name else None  # type: ignore[arg-type]


def _series(series: Element) -> Venue | None:
    """The journal (or series) that a text born digital says it is of."""
    named = [each for each in series.findall("title") if text_of(each) and each.get("level") in ("j", "s", None)]
    journal = next((each for each in named if each.get("level") == "j"), None)
    if not named or (journal is None and series.find("biblScope") is None):
        return None
    numbers = identified(
        ("issn", text_of(each)) for each in series.findall("idno") if "ISSN" in attribute(each, "type").upper()
    )
    return Venue(name=text_of(journal if journal is not None else named[0]), identifiers=numbers)


def _scope(imprint: Element | None, unit: str) -> str:
    found = () if imprint is None else imprint.findall("biblScope")
    return next((text_of(each) for each in found if each.get("unit", each.get("type")) == unit), "")


def _pages(imprint: Element | None) -> str:
    for each in () if imprint is None else imprint.findall("biblScope"):
        if each.get("unit", each.get("type")) in ("page", "pp", "pages"):
            return page_range(attribute(each, "from"), attribute(each, "to")) or text_of(each)
    return ""


def _publisher(header: Element, imprint: Element | None) -> str:
    printed = _printed(header)
    stated = [
        None if imprint is None else imprint.find("publisher"),
        None if printed is None else printed.find("publicationStmt/publisher"),
        header.find("fileDesc/publicationStmt/publisher"),
        header.find(".//sourceDesc//monogr/authority[@type='institution']"),
    ]
    return next(filter(None, map(text_of, stated)), "")


def _rights(header: Element) -> tuple[str, bool | None]:
    """The licence's address, else a Creative Commons one in the words, else its name."""
    availability = header.find("fileDesc/publicationStmt/availability")
    licences = [] if availability is None else list(availability.iter("licence"))
    addresses = [address for each in licences if (address := attribute(each, "target")).startswith("http")]
    if not addresses and (found := _COMMONS.search(text_of(availability))):
        return found.group(), True
    named = [text for each in licences if 0 < len(text := text_of(each)) <= MAX_LICENCE]
    stated = next(iter(addresses or named), "")
    return stated, True if "creativecommons.org/" in stated or stated.upper().startswith(("CC BY", "CC-BY")) else None


def _contributors(header: Element, source: Element | None) -> Iterator[Contributor]:
    """Authors and editors of the work itself, else of the file."""
    analytic = None if source is None else source.find("analytic")
    place = analytic if analytic is not None else None if source is None else source.find("monogr")
    people = [] if place is None else [each for each in place if each.tag in ("author", "editor")]
    people = people or [each for each in header.findall("fileDesc/titleStmt/*") if each.tag in ("author", "editor")]
    for each in people:
        given, family, name = name_of(each)
        group = each.find("orgName") if each.find("persName") is None else None
        found = contributor(
            text_of(group) if group is not None else "" if family else name,
            given=given,
            family=family,
            role="author" if each.tag == "author" else "translator" if each.get("role") in _TRANSLATES else "editor",
            organisation=group is not None,
            corresponding=each.get("role") in ("corresp", "crp"),
            identifiers=tuple(_agent_ids(each)),
            affiliations=tuple(dict.fromkeys(filter(None, map(_affiliation, each.findall("affiliation"))))),
        )
        if found:
            yield found


def _agent_ids(person: Element) -> Iterator[Identifier]:
    for each in person.iter("idno"):
        scheme = attribute(each, "type").lower()
        if scheme in ("orcid", "isni", "idhal"):
            yield from identified([("orcid" if scheme == "orcid" else scheme, text_of(each))])


def _affiliation(element: Element) -> Affiliation | None:
    """The string as printed where GROBID kept it, without its mark, else its parts."""
    raw = element.find("note[@type='raw_affiliation']")
    mark = text_of(raw.find("label")) if raw is not None else ""
    printed = text_of(raw).removeprefix(mark).strip()
    parts = [text_of(each) for each in element.findall("orgName")]
    parts += [text_of(each) for each in element.findall("address/*")]
    name = printed or ", ".join(filter(None, parts)) or text_of(element)
    country = element.find("address/country")
    known = identified(("ror", text_of(each)) for each in element.iter("idno") if attribute(each, "type") == "ROR")
    place = attribute(country, "key") or text_of(country)
    return Affiliation(name=name, country=place, identifiers=known) if name else None


def _subjects(header: Element) -> Iterator[Subject]:
    for keywords in header.iterfind("profileDesc/textClass/keywords"):
        scheme = attribute(keywords, "scheme")
        terms = list(keywords.iter("term")) or list(keywords.iter("item"))
        labels = [text_of(each) for each in terms] or re.split(r"[,;•]", text_of(keywords))
        for label in labels:
            if label.strip():
                yield Subject(label=label.strip(), scheme="" if scheme in ("author", "keyword", "") else scheme)
    for code in header.iterfind("profileDesc/textClass/classCode"):
        scheme = attribute(code, "scheme")
        named = text_of(code) and attribute(code, "n") and scheme  # else it is a genre
        if named and not re.search("typ", scheme, re.IGNORECASE):
            yield Subject(label=text_of(code), scheme=scheme, code=attribute(code, "n"))


def _funding(tei: Element, header: Element) -> Iterator[Funding]:
    """Funders with their grants, which GROBID lists at the end (`funder ref="#_a1"`, `org xml:id="_a1"`)."""
    grants = {f"#{attribute(each, 'id')}": each for each in tei.iterfind("text/back/listOrg[@type='funding']/org")}
    for each in (*header.iterfind("fileDesc/titleStmt/funder"), *header.iter("org")):
        if each.tag == "org" and each.get("type") not in ("funded-project", "funding"):
            continue
        name = next(filter(None, map(text_of, each.findall("orgName"))), "") or ("" if len(each) else text_of(each))
        places = [each, *(grants[ref] for ref in (each.get("ref") or "").split() if ref in grants)]
        numbers = [
            text_of(one)
            for place in places
            for one in place.findall("idno")
            if attribute(one, "type").lower() in ("grant-number", "grantnumber")
        ]
        if name and name.lower() not in ("unknown", "anonymous"):
            yield Funding(funder=name, awards=tuple(dict.fromkeys(filter(None, numbers))))


def _links(header: Element) -> Iterator[Link]:
    for each in header.iterfind("fileDesc/publicationStmt//idno"):
        if attribute(each, "type").lower() in _PAGES and (url := text_of(each)).startswith("http"):
            yield Link(url=url)
    for each in header.iterfind("fileDesc/editionStmt//ref[@type='file']"):
        if (url := attribute(each, "target")).startswith("http"):
            yield Link(url=url, rel="pdf")
    for each in header.iterfind(".//sourceDesc//ptr"):
        if (url := attribute(each, "target")).startswith("http"):
            yield Link(url=url)
