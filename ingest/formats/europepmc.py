"""Europe PMC's JSON (`resultType=core`): one result, or a whole answer with its `resultList`.

Keys are those of the web service's reference (europepmc.org/RestfulWebService, version 6.x).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec import field

from ingest.formats.base import Rejected
from ingest.formats.dates import date_in, iso_date
from ingest.formats.fields import Scalar, contributor, identified, language_code, line
from ingest.formats.json import read_json
from ingest.formats.many import one_by_one
from ingest.formats.markup import paragraphs, plain
from ingest.formats.pubmed_terms import KINDS, RETRACTED
from ontology.errors import MalformedPayload
from ontology.identifiers import Identifier
from ontology.records import Affiliation, Contributor, Funding, Link, Payload, Record, Subject, Title, Venue, WorkKind

_KEYS: Final = re.compile(rb'"(?:isOpenAccess|inEPMC|authorString|hasTextMinedTerms|pubTypeList|resultList)"\s*:')
_ANSWER: Final = re.compile(rb'"(?:nextCursorMark|hitCount|source)"\s*:')
_STYLES: Final = {"pdf": "pdf", "html": "fulltext"}
_KIND_BY_NAME: Final[dict[str, WorkKind]] = {name.lower(): kind for name, kind in KINDS.items()}


class _Base(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Every key may be missing or null."""


class _AuthorId(_Base, frozen=True):
    type: str | None = None
    value: str | None = None


class _Affiliation(_Base, frozen=True):
    affiliation: str | None = None


class _Affiliations(_Base, frozen=True):
    author_affiliation: list[_Affiliation] = []


class _Author(_Base, frozen=True):
    full_name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    collective_name: str | None = None
    author_id: _AuthorId | None = None
    author_affiliation_details_list: _Affiliations | None = None


class _Authors(_Base, frozen=True):
    author: list[_Author] = []


class _Journal(_Base, frozen=True):
    title: str | None = None
    issn: str | None = None
    essn: str | None = None


class _JournalInfo(_Base, frozen=True):
    volume: Scalar = None
    issue: Scalar = None
    year_of_publication: Scalar = None
    month_of_publication: Scalar = None
    journal: _Journal | None = None


class _Types(_Base, frozen=True):
    pub_type: list[str] = []


class _Keywords(_Base, frozen=True):
    keyword: list[str] = []


class _Heading(_Base, frozen=True):
    descriptor_name: str | None = None
    major: str | None = field(default=None, name="majorTopic_YN")


class _Headings(_Base, frozen=True):
    mesh_heading: list[_Heading] = []


class _Grant(_Base, frozen=True):
    grant_id: str | None = None
    agency: str | None = None


class _Grants(_Base, frozen=True):
    grant: list[_Grant] = []


class _Url(_Base, frozen=True):
    url: str | None = None
    document_style: str | None = None


class _Urls(_Base, frozen=True):
    full_text_url: list[_Url] = []


class _Book(_Base, frozen=True):
    publisher: str | None = None


class _Result(_Base, frozen=True):
    id: str | None = None
    source: str | None = None
    pmid: str | None = None
    pmcid: str | None = None
    doi: str | None = None
    title: str | None = None
    author_list: _Authors | None = None
    author_string: str | None = None
    journal_info: _JournalInfo | None = None
    book_or_report_details: _Book | None = None
    pub_year: Scalar = None
    page_info: str | None = None
    abstract_text: str | None = None
    language: str | None = None
    pub_type_list: _Types | None = None
    grants_list: _Grants | None = None
    mesh_heading_list: _Headings | None = None
    keyword_list: _Keywords | None = None
    full_text_url_list: _Urls | None = None
    is_open_access: str | None = None
    cited_by_count: int | None = None
    license: str | None = None
    first_publication_date: str | None = None


class _Results(_Base, frozen=True):
    result: list[msgspec.Raw] = []


class _Answer(_Base, frozen=True):
    result_list: _Results | None = None


class EuropepmcFormat(msgspec.Struct, frozen=True):
    """One record per result."""

    name: str = "europepmc"

    def recognises(self, head: bytes, media: str) -> bool:
        """Two keys that only Europe PMC has, or one of them beside those of its answers."""
        return media == self.name or bool(_KEYS.search(head) and _ANSWER.search(head) and b'"DOI"' not in head)

    def parse(self, payload: Payload) -> Iterator[Record | Rejected]:
        """Raises FormatError for what is not JSON."""
        answer = read_json(payload.body, _Answer)
        found = answer.result_list.result if answer.result_list else [msgspec.Raw(payload.body)]
        yield from one_by_one(found, _read)


FORMAT: Final = EuropepmcFormat()


def _read(raw: msgspec.Raw, number: str) -> Record:
    found = read_json(bytes(raw), _Result)
    known = identified([("doi", found.doi), ("pmid", found.pmid), ("pmcid", found.pmcid)])
    title = plain(found.title or "").rstrip(".")
    if not title and not known:
        raise MalformedPayload("the result has neither title nor identifier", place="$.title")
    types = found.pub_type_list.pub_type if found.pub_type_list else []
    info = found.journal_info or _JournalInfo()
    return Record(
        key=str(known[0]) if known else f"{found.source}/{found.id}" if found.id else number,
        format=FORMAT.name,
        kind=_kind(found, types),
        identifiers=known,
        titles=(Title(title),) if title else (),
        abstract=paragraphs(found.abstract_text or ""),
        language=language_code(found.language or ""),
        issued=date_in(found.first_publication_date or "")
        or iso_date(info.year_of_publication or found.pub_year, info.month_of_publication),
        venue=_venue(info.journal),
        volume=line(info.volume),
        issue=line(info.issue),
        pages=line(found.page_info),
        publisher=line(found.book_or_report_details.publisher) if found.book_or_report_details else "",
        license=line(found.license),
        retracted=any(kind in RETRACTED or kind.lower() == "retracted publication" for kind in types),
        open_access={"Y": True, "N": False}.get(found.is_open_access or ""),
        citation_count=found.cited_by_count,
        contributors=tuple(_contributors(found)),
        subjects=tuple(dict.fromkeys(_subjects(found))),
        funding=tuple(_funding(found)),
        links=tuple(dict.fromkeys(_links(found))),
    )


def _kind(found: _Result, types: list[str]) -> WorkKind:
    if found.source == "PPR":
        return "preprint"
    said = {name.lower() for name in types}
    telling = (kind for name, kind in _KIND_BY_NAME.items() if name in said)
    return next(telling, "book" if "book" in said else "article")


def _venue(journal: _Journal | None) -> Venue | None:
    if journal is None or not (name := line(journal.title)):
        return None
    return Venue(name=name, identifiers=identified([("issn", journal.issn), ("issn", journal.essn)]))


def _contributors(found: _Result) -> Iterator[Contributor]:
    authors = found.author_list.author if found.author_list else []
    if not authors and found.author_string:
        names = found.author_string.rstrip(".").split(", ")
        yield from filter(None, (contributor(name) for name in names))
    for author in authors:
        group = author.collective_name or ""
        details = author.author_affiliation_details_list
        places = [line(each.affiliation) for each in details.author_affiliation] if details else []
        one = contributor(
            group or author.full_name or "", given=author.first_name or "", family=author.last_name or "",
            organisation=bool(group), identifiers=_orcid(author.author_id),
            affiliations=tuple(Affiliation(name=place) for place in places if place),
        )  # fmt: skip
        if one is not None:
            yield one


def _orcid(found: _AuthorId | None) -> tuple[Identifier, ...]:
    return identified([("orcid", found.value)]) if found and found.type == "ORCID" else ()


def _subjects(found: _Result) -> Iterator[Subject]:
    for heading in found.mesh_heading_list.mesh_heading if found.mesh_heading_list else ():
        if label := line(heading.descriptor_name):
            yield Subject(label=label, scheme="mesh", major=heading.major == "Y")
    for keyword in found.keyword_list.keyword if found.keyword_list else ():
        if label := plain(keyword):
            yield Subject(label=label)


def _funding(found: _Result) -> Iterator[Funding]:
    awards: dict[str, list[str]] = {}
    for grant in found.grants_list.grant if found.grants_list else ():
        if agency := line(grant.agency):
            awards.setdefault(agency, []).extend(filter(None, [line(grant.grant_id)]))
    for agency, numbers in awards.items():
        yield Funding(funder=agency, awards=tuple(dict.fromkeys(numbers)))


def _links(found: _Result) -> Iterator[Link]:
    for one in found.full_text_url_list.full_text_url if found.full_text_url_list else ():
        if (url := line(one.url)).startswith(("http://", "https://")):
            yield Link(url=url, rel=_STYLES.get(one.document_style or "", "landing"))
