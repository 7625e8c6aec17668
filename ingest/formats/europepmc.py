"""Europe PMC's JSON and XML: one result, a list of them, or a whole answer with its `resultList`, `core` or `lite`.

The XML and the JSON of the service have one model (`europepmc_model`); the XML is read into that of the JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec
from lxml import etree

from ingest.formats.base import Rejected
from ingest.formats.dates import date_in, iso_date
from ingest.formats.europepmc_model import MANY, Answer, Author, AuthorId, JournalInfo, Result
from ingest.formats.fields import (
    contributor,
    identified,
    language_code,
    line,
    pages_in,
    says_retracted,
    without_address,
)
from ingest.formats.json import read_json
from ingest.formats.many import one_by_one
from ingest.formats.markup import paragraphs, plain
from ingest.formats.pubmed_terms import KINDS, RELATIONS, RETRACTED
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
    Relation,
    Subject,
    Title,
    Venue,
    WorkKind,
)

_KEYS: Final = re.compile(rb'"(?:isOpenAccess|inEPMC|authorString|hasTextMinedTerms|pubTypeList|resultList)"\s*:')
_ANSWER: Final = re.compile(rb'"(?:nextCursorMark|hitCount|source)"\s*:')
_NOT_ITS: Final = re.compile(rb'"DOI"\s*:')
"""The key is Crossref's and CSL's; as a value it is in every answer (`"site": "DOI"`)."""
_XML: Final = re.compile(rb"<(?:responseWrapper|resultList|result)[\s>]")
_XML_SIGNS: Final = re.compile(rb"europepmc\.org/|<(?:hitCount|nextCursorMark|authorString|inEPMC|pubYear)>")
_OPEN: Final = {"Y": True, "N": False}
_STYLES: Final = {"pdf": "pdf", "html": "fulltext"}
_KIND_BY_NAME: Final[dict[str, WorkKind]] = {name.lower(): kind for name, kind in KINDS.items()} | {
    "review-article": "review", "correction": "correction", "retraction": "retraction", "book-review": "review",
    "thesis": "thesis", "book chapter": "chapter", "chapter": "chapter", "book": "book",
}  # fmt: skip
"""Types as PubMed, JATS and Europe PMC itself call them, the most telling first."""
_RELATIONS: Final = {name.lower(): kind for name, kind in RELATIONS.items()} | {
    "preprintof": "IsVersionOf", "preprintin": "HasVersion",
}  # fmt: skip
_SCHEMES: Final = {"MED": "pmid", "PMC": "pmcid"}
_INITIALS: Final = re.compile(r"(.*[^\W\d_]{2,}) ([^\W\d_a-z]{1,4}|[A-Z](?:-[A-Z]){1,2})")
"""A name of `authorString`: "van der Zon A", "Li XQ"."""


class EuropepmcFormat(msgspec.Struct, frozen=True):
    """One record per result."""

    name: str = "europepmc"

    def recognises(self, head: bytes, media: str) -> bool:
        """Two keys that only Europe PMC has, or one of them beside those of its answers."""
        if media == self.name:
            return True
        if head.lstrip()[:1] == b"<":
            return bool(_XML.search(head) and _XML_SIGNS.search(head))
        return bool(_KEYS.search(head) and _ANSWER.search(head) and not _NOT_ITS.search(head))

    def parse(self, payload: Payload) -> Iterator[Record | Rejected]:
        """Raises FormatError for what is neither JSON nor XML, and for XML without a result."""
        if payload.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
            root = parse_xml(payload.body)
            results = [each for each in root.iter("result") if len(each)]
            if not results:
                raise MalformedPayload("there is no result in this XML", place=place_of(root))
            yield from one_by_one(results, lambda one, number: _record(_of_element(one), number))
            return
        answer = read_json(payload.body, list[msgspec.Raw] | Answer)  # type: ignore[arg-type]
        listed = answer if isinstance(answer, list) else answer.result_list.result if answer.result_list else None
        found = [msgspec.Raw(payload.body)] if listed is None else listed
        yield from one_by_one(found, lambda raw, number: _record(read_json(bytes(raw), Result), number))


FORMAT: Final = EuropepmcFormat()


def _of_element(element: Element) -> Result:
    try:
        return msgspec.convert(_object(element), Result, strict=False)
    except msgspec.ValidationError as error:
        raise MalformedPayload(f"the result is not as described: {error}", place=place_of(element)) from None


def _object(element: Element) -> Any:
    """An element as the JSON has it; names in capitals are those of versions before 6 (`DOI`, `ESSN`)."""
    if element.tag == "authorId":
        return {"type": attribute(element, "type"), "value": text_of(element)}
    if len(element) == 0 or element.tag in ("title", "abstractText"):
        return _inside(element)
    found: dict[str, Any] = {}
    for each in element:
        name = str(each.tag).lower() if str(each.tag).isupper() else str(each.tag)
        if name in MANY:
            found.setdefault(name, []).append(_object(each))
        elif name not in found and (len(each) or each.text):
            found[name] = _object(each)
    return found


def _inside(element: Element) -> str:
    """Text with the markup in it, where that was not escaped."""
    inner = "".join(etree.tostring(each, encoding="unicode") for each in element)
    return f"{element.text or ''}{inner}" if inner else element.text or ""


def _record(found: Result, number: str) -> Record:
    known = identified([("doi", found.doi), ("pmid", found.pmid), ("pmcid", found.pmcid)])
    language = language_code(found.language or "")
    titles = tuple(_titles(found))
    if not titles and not known:
        raise MalformedPayload("the result has neither title nor identifier", place="$.title")
    types = found.pub_type_list.pub_type if found.pub_type_list else (found.pub_type or "").split("; ")
    info = found.journal_info or JournalInfo()
    kind = _kind(found, types)
    stated = line(found.license)
    relations = tuple(dict.fromkeys(_relations(found)))
    return Record(
        key=str(known[0]) if known else f"{found.source}/{found.id}" if found.id else number,
        format=FORMAT.name,
        kind=kind,
        identifiers=known if kind != "book" else (*known, *_books(found)),
        titles=titles,
        abstract=paragraphs(found.abstract_text or ""),
        language=language,
        issued=_issued(found, info),
        venue=_venue(found, info, kind),
        volume=line(info.volume) or line(found.journal_volume),
        issue=line(info.issue) or line(found.issue),
        pages=pages_in(line(found.page_info)),
        publisher=line(found.book_or_report_details.publisher) if found.book_or_report_details else "",
        license=stated,
        retracted=any(one in RETRACTED or one.lower() == "retracted publication" for one in types)
        or any(one.kind == "IsRetractedBy" for one in relations)
        or bool(titles and says_retracted(titles[0].text)),
        open_access=True if stated.lower().startswith("cc") else _OPEN.get(found.is_open_access or ""),
        citation_count=found.cited_by_count,
        contributors=tuple(_contributors(found)),
        subjects=tuple(dict.fromkeys(_subjects(found))),
        funding=tuple(_funding(found)),
        relations=relations,
        links=tuple(dict.fromkeys(_links(found))),
    )


def _titles(found: Result) -> Iterator[Title]:
    """Without the final period; one in brackets is PubMed's translation."""
    title = plain(found.title or "")
    title = title[:-1] if title.endswith(".") and not title.endswith("..") else title
    if title.startswith("[") and title.endswith("]"):
        yield Title(title[1:-1].removesuffix("."), "en")
    elif title:
        yield Title(title)


def _issued(found: Result, info: JournalInfo) -> str:
    """The date of first publication. Where no day was printed it is put as the first of the month or year, and what
    was printed says more."""
    first = date_in(found.first_publication_date or "")
    is_day = not first.endswith("-01") or first == date_in(found.electronic_publication_date or "")
    if first and (is_day or found.source == "PPR"):
        return first
    printed = date_in(info.date_of_publication or "") or iso_date(info.year_of_publication, info.month_of_publication)
    if printed and first.startswith(printed[:7]):
        return printed
    return first.removesuffix("-01-01") or printed or iso_date(found.pub_year)


def _kind(found: Result, types: list[str]) -> WorkKind:
    if found.source == "PPR":
        return "preprint"
    said = {name.strip().lower() for name in types}
    if found.book_or_report_details is not None and found.book_or_report_details.comprising_title:
        return "chapter"
    usual: WorkKind = "other" if found.source == "PAT" else "article"
    return next((kind for name, kind in _KIND_BY_NAME.items() if name in said), usual)


def _books(found: Result) -> tuple[Identifier, ...]:
    book = found.book_or_report_details
    return identified([("isbn", book.isbn13), ("isbn", book.isbn10)]) if book else ()


def _venue(found: Result, info: JournalInfo, kind: WorkKind) -> Venue | None:
    journal, book = info.journal, found.book_or_report_details
    if journal is not None and (name := line(journal.title)):
        return Venue(name=name, identifiers=identified([("issn", journal.issn), ("issn", journal.essn)]))
    if name := line(found.journal_title):
        return Venue(name=name, identifiers=identified(("issn", one) for one in (found.journal_issn or "").split(";")))
    if book is not None and (name := line(book.comprising_title)):
        return Venue(name=name, kind="book", identifiers=_books(found), publisher=line(book.publisher))
    if book is not None and kind == "preprint" and (name := line(book.publisher)):
        return Venue(name=name, kind="repository")
    return None


def _contributors(found: Result) -> Iterator[Contributor]:
    authors = found.author_list.author if found.author_list else []
    if not authors and found.author_string:
        for name in found.author_string.rstrip(".").split(", "):
            parts = _INITIALS.fullmatch(name.strip())
            if one := contributor(name) if not parts else contributor(given=parts[2], family=parts[1]):
                yield one
    for author in authors:
        group = author.collective_name or ""
        one = contributor(
            group or author.full_name or "", given=author.first_name or author.initials or "",
            family=author.last_name or "", suffix=author.suffix or "", organisation=bool(group),
            identifiers=_orcid(author.author_id),
            affiliations=tuple(Affiliation(name=place) for place in _places(author)),
        )  # fmt: skip
        if one is not None:
            yield one


def _places(author: Author) -> Iterator[str]:
    details = author.author_affiliation_details_list
    stated = [each.affiliation for each in details.author_affiliation] if details else [author.affiliation]
    yield from filter(None, (without_address(line(each)) for each in stated))


def _orcid(found: AuthorId | None) -> tuple[Identifier, ...]:
    return identified([("orcid", found.value)]) if found and found.type == "ORCID" else ()


def _subjects(found: Result) -> Iterator[Subject]:
    """MeSH descriptors, major where they or one of their qualifiers are, then keywords."""
    for heading in found.mesh_heading_list.mesh_heading if found.mesh_heading_list else ():
        if label := line(heading.descriptor_name):
            more = heading.mesh_qualifier_list.mesh_qualifier if heading.mesh_qualifier_list else []
            is_major = "Y" in (heading.major, *(each.major for each in more))
            yield Subject(label=label, scheme="mesh", major=is_major)
    for keyword in found.keyword_list.keyword if found.keyword_list else ():
        if label := plain(keyword):
            yield Subject(label=label)


def _funding(found: Result) -> Iterator[Funding]:
    awards: dict[str, list[str]] = {}
    for grant in found.grants_list.grant if found.grants_list else ():
        if agency := line(grant.agency):
            awards.setdefault(agency, []).extend(filter(None, [line(grant.grant_id)]))
    for agency, numbers in awards.items():
        yield Funding(funder=agency, awards=tuple(dict.fromkeys(numbers)))


def _relations(found: Result) -> Iterator[Relation]:
    """Corrections, comments and versions that PubMed or PubMed Central have a number for."""
    for note in found.comment_correction_list.comment_correction if found.comment_correction_list else ():
        kind = _RELATIONS.get((note.type or "").replace(" ", "").lower())
        scheme = _SCHEMES.get(note.source or "")
        for target in identified([(scheme, note.id)]) if kind and scheme else ():
            yield Relation(kind=kind or "", target=target)


def _links(found: Result) -> Iterator[Link]:
    for one in found.full_text_url_list.full_text_url if found.full_text_url_list else ():
        if (url := line(one.url)).startswith(("http://", "https://")):
            yield Link(url=url, rel=_STYLES.get(one.document_style or "", "landing"))
