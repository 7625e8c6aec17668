"""Crossref deposit XML (schemas 3 to 5) and the query answers in UNIXREF that hold the same elements.

Each registered thing is a record: articles, papers, chapters, books, proceedings, theses, reports,
standards, preprints, reviews, data sets and issues. A container without DOI only lends its title,
numbers and identifiers to what stands in it. Elements as in Crossref's Metadata Deposit Schema 5.3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from ingest.formats.base import Rejected
from ingest.formats.crossref_deposit_parts import contributors, date_of, funding, license_of, references, relations
from ingest.formats.crossref_terms import NOTICE_KINDS, VENUES
from ingest.formats.fields import identified, language_code, page_range, says_retracted
from ingest.formats.many import one_by_one
from ingest.formats.xml import Element, attribute, parse_xml, place_of, text_of
from ontology.errors import MalformedPayload
from ontology.records import Link, Payload, Record, Title, Venue, WorkKind

_ROOT: Final = re.compile(rb"<(?:[\w.-]+:)?(?:doi_batch|crossref_result|doi_records?|crossref)[\s>]")
_SIGNS: Final = re.compile(rb"crossref\.org/(?:schema|qrschema|xschema)|<(?:[\w.-]+:)?doi_data[\s>]")

_KINDS: Final[dict[str, WorkKind]] = {
    "journal_article": "article", "conference_paper": "conference-paper", "book_metadata": "book",
    "book_series_metadata": "book", "book_set_metadata": "book", "proceedings_metadata": "proceedings",
    "proceedings_series_metadata": "proceedings", "content_item": "chapter", "dissertation": "thesis",
    "report-paper_metadata": "report", "report-paper_series_metadata": "report", "standard_metadata": "standard",
    "posted_content": "preprint", "peer_review": "peer-review", "database_metadata": "dataset",
    "dataset": "dataset", "journal_issue": "journal-issue", "sa_component": "other",
}  # fmt: skip
_POSTED: Final[dict[str, WorkKind]] = {"preprint": "preprint", "report": "report", "dissertation": "thesis"}
_METADATA: Final = tuple(tag for tag in _KINDS if tag.endswith("_metadata"))
_SERIAL: Final = "journal_metadata"


class CrossrefDepositFormat(msgspec.Struct, frozen=True):
    """One record per registered work."""

    name: str = "crossref_deposit"

    def recognises(self, head: bytes, media: str) -> bool:
        """A `doi_batch` (or a query answer) with the address of a Crossref schema."""
        head = head.replace(b"\0", b"")
        return media == self.name or bool(_ROOT.search(head) and _SIGNS.search(head))

    def parse(self, payload: Payload) -> Iterator[Record | Rejected]:
        """Raises FormatError for what is not XML or registers no work."""
        root = parse_xml(payload.body)
        works = [each for each in root.iter(*_KINDS) if _is_work(each)]
        if not works:
            raise MalformedPayload("this deposit registers no work", place=place_of(root))
        places = _Surroundings()
        yield from one_by_one(works, lambda work, number: _read(work, number, places.of(work)))


FORMAT: Final = CrossrefDepositFormat()


def _is_work(element: Element) -> bool:
    """Whether it is registered itself, or has a title and is no mere container."""
    if element.find("doi_data/doi") is not None:
        return True
    return element.tag not in (*_METADATA, "journal_issue") and element.find("titles/title") is not None


def _read(element: Element, number: str, around: list[Element]) -> Record:
    known = identified([("doi", text_of(element.find("doi_data/doi")))])
    kind = _kind(element)
    titles = tuple(_titles(element))
    if not known and not titles:
        raise MalformedPayload("the work has neither DOI nor title", place=place_of(element))
    language = language_code(attribute(element, "language"))
    licence, is_open = license_of(element)
    own = identified(("isbn", text_of(each)) for each in element.findall("isbn"))
    return Record(
        key=str(known[0]) if known else number,
        format=FORMAT.name,
        kind=kind,
        identifiers=(*known, *own),
        titles=tuple(Title(text, language) if at == 0 else Title(text, said) for at, (text, said) in enumerate(titles)),
        abstract=_abstract(element),
        language=language,
        issued=_issued(element, around),
        venue=_venue(element, kind, around),
        volume=_first(around, "journal_volume/volume", "volume"),
        issue=_first(around, "issue"),
        pages=_pages(element),
        publisher=_publisher(element, around),
        license=licence,
        open_access=is_open,
        retracted=says_retracted(titles[0][0] if titles else ""),
        contributors=contributors(element),
        references=references(element),
        funding=funding(element),
        relations=tuple(one for one in relations(element) if one.target not in known),
        links=tuple(dict.fromkeys(_links(element))),
    )


def _kind(element: Element) -> WorkKind:
    for update in element.findall("crossmark/updates/update"):
        if kind := NOTICE_KINDS.get(attribute(update, "type").replace("-", "_").replace(" ", "_")):
            return kind
    if element.tag == "posted_content":
        return _POSTED.get(attribute(element, "type") or "preprint", "other")
    if element.tag == "content_item" and next(element.iterancestors("report-paper"), None) is not None:
        return "report"
    if element.tag == "dataset" and attribute(element, "dataset_type") == "collection":
        return "other"
    return _KINDS[str(element.tag)]


def _titles(element: Element) -> Iterator[tuple[str, str]]:
    """(title, its language where that is said of it alone)."""
    for titles in element.findall("titles"):
        main, sub = text_of(titles.find("title")), text_of(titles.find("subtitle"))
        if main:
            yield (f"{main.rstrip(':')}: {sub}" if sub and sub.casefold() not in main.casefold() else main), ""
        original = titles.find("original_language_title")
        if text := text_of(original):
            yield text, language_code(attribute(original, "language"))
    is_series = element.tag in ("proceedings_metadata", "proceedings_series_metadata")
    if is_series and (text := text_of(element.find("proceedings_title"))):
        yield text, ""
    if element.tag == "journal_issue" and element.find("titles") is None:
        journal = text_of(_sibling(element, _SERIAL, "full_title"))
        numbers = [text_of(element.find(path)) for path in ("journal_volume/volume", "issue")]
        if journal:
            yield " ".join((journal, "/".join(filter(None, numbers)))).strip(), ""


class _Surroundings:
    """What works stand in, found once for each container: a journal may hold 20,000 articles."""

    def __init__(self) -> None:
        self._found: dict[Element, list[Element]] = {}

    def of(self, element: Element) -> list[Element]:
        """The element and the descriptions of what it stands in, innermost first: issue, book, journal …"""
        found = [element]
        for outer in element.iterancestors():
            if outer not in self._found:
                self._found[outer] = list(_descriptions(outer))
            found += [each for each in self._found[outer] if each is not element]
        for each in list(found):
            found += each.findall("series_metadata")
        return found


def _descriptions(container: Element) -> Iterator[Element]:
    tags = (*_METADATA, "journal_issue", _SERIAL, *(("event_metadata",) if container.tag == "conference" else ()))
    wanted = frozenset(tags)
    yield from (each for each in container if each.tag in wanted)


def _sibling(element: Element, tag: str, path: str) -> Element | None:
    parent = element.getparent()
    found = None if parent is None else parent.find(tag)
    return None if found is None else found.find(path)


def _first(around: list[Element], *paths: str) -> str:
    return next((text for each in around for path in paths if (text := text_of(each.find(path)))), "")


def _issued(element: Element, around: list[Element]) -> str:
    """The earliest of the work's own dates, as precisely as any says it; without one, that of what it stands in."""
    names = ("publication_date", "posted_date", "approval_date", "review_date", "database_date/publication_date",
             "database_date/creation_date", "acceptance_date")  # fmt: skip
    for each in around:
        for name in names:
            if dates := list(filter(None, map(date_of, each.findall(name)))):
                return max((date for date in dates if date.startswith(min(dates))), key=len)
    return date_of(element.find("creation_date"))


def _pages(element: Element) -> str:
    pages = element.find("pages")
    if pages is not None:
        return page_range(text_of(pages.find("first_page")), text_of(pages.find("last_page")))
    numbers = element.findall("publisher_item/item_number")
    return next((text_of(each) for each in numbers if attribute(each, "item_number_type") == "article_number"), "")


def _venue(element: Element, kind: WorkKind, around: list[Element]) -> Venue | None:
    names = ("full_title", "proceedings_title", "titles/title", "conference_name")
    outer = around[1:]
    name = next((text for each in outer for path in names if (text := text_of(each.find(path)))), "")
    if not name and kind in ("preprint", "thesis", "report"):
        name = text_of(element.find("group_title")) or _institution(element)
    if not name:
        return None
    serial = [("issn", text_of(each)) for place in outer for each in place.findall("issn")]
    books = [("isbn", text_of(each)) for place in outer for each in place.findall("isbn")]
    pairs = serial if kind in ("book", "proceedings", "article") else [*serial, *books]
    if kind == "chapter" and books:  # of its book; the ISSN is that of the series
        pairs = books
    return Venue(
        name=name, kind=VENUES.get(kind, "other"), identifiers=identified(pairs), publisher=_publisher(element, around)
    )


def _publisher(element: Element, around: list[Element]) -> str:
    stated = _first(around, "publisher/publisher_name") or _institution(element) or _registrant(element)
    return stated or _member(element)


def _institution(element: Element) -> str:
    return text_of(element.find("institution/institution_name"))


def _member(element: Element) -> str:
    """Whom a query's answer names as the publisher, outside the deposit."""
    query = next(element.iterancestors("query"), None)
    items = () if query is None else query.findall("crm-item")
    return next((text_of(each) for each in items if attribute(each, "name") == "publisher-name"), "")


def _registrant(element: Element) -> str:
    root = element.getroottree().getroot()
    return text_of(root.find("head/registrant")) or text_of(root.find(".//registrant"))


def _abstract(element: Element) -> str:
    """The first abstract's paragraphs, each led by the title of its part."""
    abstract = element.find("abstract")
    if abstract is None:
        return text_of(element.find("description"))
    parts = []
    for block in list(abstract.iter("p")) or [abstract]:
        section = block.getparent()
        heading = text_of(section.find("title")).rstrip(".:") if section is not None and section.tag == "sec" else ""
        text = text_of(block)
        parts.append(f"{heading}: {text}" if heading and text else text)
    return "\n".join(filter(None, parts))


def _links(element: Element) -> Iterator[Link]:
    data = element.find("doi_data")
    if data is None:
        return
    if (landing := text_of(data.find("resource"))).startswith("http"):
        yield Link(url=landing)
    for resource in data.findall("collection/item/resource"):
        if attribute(resource.getparent(), "link_header_relationship"):
            continue  # where usage is reported to
        mime, url = attribute(resource, "mime_type"), text_of(resource)
        if url.startswith("http"):
            yield Link(url=url, rel="pdf" if mime == "application/pdf" else "fulltext", mime=mime)
