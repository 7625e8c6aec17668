"""CSL-JSON, as Zotero, Pandoc, Mendeley and citation processors write it (schema 1.0): one item, a list,
or an object with `items`. Numbers may be texts, dates parts, raw or literal, ISBNs one text or many.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec import field

from ingest.formats.base import Rejected
from ingest.formats.dates import date_in, iso_date
from ingest.formats.division import Division, list_items
from ingest.formats.fields import Role, Scalar, contributor, identified, language_code, line, says_retracted
from ingest.formats.json import read_json
from ingest.formats.many import one_by_one
from ingest.formats.markup import paragraphs, plain
from ontology.errors import MalformedPayload
from ontology.identifiers import Identifier
from ontology.records import Affiliation, Contributor, Link, Payload, Record, Subject, Title, Venue, WorkKind

_TYPES: Final = (
    rb"article-journal|article-magazine|article-newspaper|paper-conference|entry-dictionary|entry-encyclopedia|entry"
    rb"|post-weblog|post|webpage|motion_picture|broadcast|personal_communication|legal_case|legislation|bill|treaty"
    rb"|pamphlet|manuscript|speech|interview|song|musical_score|graphic|figure|map|patent|thesis|review-book|chapter"
    rb"|software|collection|classic|document|event|performance|periodical|regulation|hearing|standard"
)
_TYPE: Final = re.compile(rb'"type"\s*:\s*"(?:' + _TYPES + rb')"')
_PLAIN_TYPE: Final = re.compile(rb'"type"\s*:\s*"(?:book|report|dataset|article|review)"')
_KEYS: Final = re.compile(
    rb'"(?:issued|author|editor|container-title|citation-key|accessed|title-short|categories)"\s*:'
)
_ONLY_HERE: Final = re.compile(
    rb'"(?:citation-key|accessed|title-short|event-place|publisher-place|collection-title|number-of-pages)"\s*:'
)
_PARTS: Final = re.compile(rb'"(?:date-parts|family|literal)"\s*:')
_ONE_TITLE: Final = re.compile(rb'"title"\s*:\s*"')
"""Crossref's titles are lists."""
_OF_CROSSREF: Final = re.compile(
    rb'"(?:reference-count|is-referenced-by-count|references-count|indexed|deposited|message-type|member|content-domain)"\s*:'
)
_KINDS: Final[dict[str, WorkKind]] = {
    "article-journal": "article", "article-magazine": "article", "article-newspaper": "article",
    "article": "preprint", "paper-conference": "conference-paper", "book": "book", "classic": "book",
    "chapter": "chapter", "entry": "chapter", "entry-dictionary": "chapter", "entry-encyclopedia": "chapter",
    "thesis": "thesis", "report": "report", "dataset": "dataset", "software": "software", "standard": "standard",
    "review": "review", "review-book": "review", "speech": "presentation", "motion_picture": "video",
    "broadcast": "video", "song": "audio", "graphic": "image", "figure": "image", "map": "image",
    "manuscript": "preprint", "periodical": "journal-issue", "collection": "other",
}  # fmt: skip
_VENUES: Final = {"article": "journal", "review": "journal", "conference-paper": "conference", "chapter": "book"}
_ROLES: Final[tuple[tuple[str, Role], ...]] = (
    ("author", "author"), ("editor", "editor"), ("translator", "translator"), ("contributor", "contributor"),
    ("container_author", "contributor"),
)  # fmt: skip


_MAX_NUMBERS: Final = 500
"""Characters of an ISBN field that are looked at."""


_NOTED: Final = re.compile(r"^(PMID|PMCID|DOI|arXiv):\s*(\S{1,100})", re.IGNORECASE | re.MULTILINE)
"""Identifiers that Zotero keeps in the note, a line each."""


class _Name(msgspec.Struct, frozen=True, rename="kebab"):
    family: str | None = None
    given: str | None = None
    literal: str | None = None
    name: str | None = None
    suffix: str | None = None
    dropping_particle: str | None = None
    non_dropping_particle: str | None = None
    orcid: str | None = field(default=None, name="ORCID")
    affiliation: list[dict[str, msgspec.Raw]] | None = None


class _Date(msgspec.Struct, frozen=True, rename="kebab"):
    date_parts: list[list[Scalar]] | None = None
    raw: Scalar = None
    literal: Scalar = None
    year: Scalar = None
    month: Scalar = None
    day: Scalar = None


Texts = str | list[str | None] | None


class _Licence(msgspec.Struct, frozen=True):
    """As Crossref writes licences into its CSL."""

    url: str | None = field(default=None, name="URL")


class _Item(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    id: Scalar = None
    type: str | None = None
    title: Texts = None
    title_short: Texts = None
    original_title: Texts = None
    container_title: Texts = None
    collection_title: Texts = None
    collection_number: Scalar = None
    event: str | dict[str, msgspec.Raw] | None = None
    event_title: str | None = None
    publisher: Texts = None
    abstract: Texts = None
    language: Texts = None
    volume: Scalar = None
    issue: Scalar = None
    page: Scalar = None
    page_first: Scalar = None
    number: Scalar = None
    issued: _Date | str | None = None
    author: list[_Name] | None = None
    editor: list[_Name] | None = None
    translator: list[_Name] | None = None
    contributor: list[_Name] | None = None
    container_author: list[_Name] | None = None
    doi: str | None = field(default=None, name="DOI")
    pmid: Scalar = field(default=None, name="PMID")
    pmcid: str | None = field(default=None, name="PMCID")
    isbn: Texts = field(default=None, name="ISBN")
    issn: Texts = field(default=None, name="ISSN")
    url: str | None = field(default=None, name="URL")
    keyword: Texts = None
    categories: list[str | None] | None = None
    note: str | None = None
    license: str | list[_Licence] | None = None
    copyright: str | None = None
    archive: Texts = None


class _List(msgspec.Struct, frozen=True):
    items: list[msgspec.Raw] | None = None


class CslFormat(msgspec.Struct, frozen=True):
    """One record per item."""

    name: str = "csl"

    def recognises(self, head: bytes, media: str) -> bool:
        """JSON with one of CSL's item types and another of its keys, and none that only Crossref has."""
        return media == self.name or is_csl(head)

    def parse(self, payload: Payload) -> Iterator[Record | Rejected]:
        """Raises FormatError for what is not JSON."""
        answer = read_json(payload.body, list[msgspec.Raw] | _List)  # type: ignore[arg-type]
        items = answer if isinstance(answer, list) else answer.items
        yield from one_by_one(items if items is not None else [msgspec.Raw(payload.body)], _read)

    def divide(self, body: bytes) -> Division | None:
        """A list cut at its items."""
        return list_items(body)


FORMAT: Final = CslFormat()


def is_csl(head: bytes) -> bool:
    """Whether JSON that begins with `head` is CSL and not what Crossref's API makes of it."""
    if head.lstrip()[:1] not in (b"{", b"[") or _OF_CROSSREF.search(head) or not _KEYS.search(head):
        return False
    is_its_own = _ONLY_HERE.search(head) or (_PARTS.search(head) and _ONE_TITLE.search(head))
    return bool(_TYPE.search(head) or (_PLAIN_TYPE.search(head) and is_its_own))


def _read(raw: msgspec.Raw, number: str) -> Record:
    item = read_json(bytes(raw), _Item)
    kind = _KINDS.get((item.type or "").lower(), "other" if item.type else "article")
    language = language_code(next(iter(_texts(item.language)), ""))
    titles = [Title(text, language) for each in _texts(item.title) if (text := plain(each))]
    titles += [Title(text) for each in _texts(item.original_title) if (text := plain(each))]
    known, books = _identifiers(item)
    if not titles and not known:
        raise MalformedPayload("the item has neither identifier nor title", place="$.title")
    in_book = kind in ("chapter", "conference-paper")
    stated = _licence(item)
    venue = _venue(item, kind, books if in_book else ())
    in_series = venue is not None and not _texts(item.container_title)
    return Record(
        key=str(known[0]) if known else line(item.id) or number,
        format=FORMAT.name,
        kind=kind,
        identifiers=known if in_book else (*known, *books),
        titles=tuple(dict.fromkeys(titles)),
        abstract=paragraphs(next(iter(_texts(item.abstract)), "")),
        language=language,
        issued=_issued(item.issued),
        venue=venue,
        volume=line(item.volume) or (line(item.collection_number) if in_series else ""),
        issue=line(item.issue),
        pages=line(item.page).replace("–", "-") or line(item.page_first),
        publisher=plain(next(iter(_texts(item.publisher)), "")),
        license=stated if stated.startswith("http") else "",
        open_access=True if "creativecommons.org/" in stated else None,
        retracted=says_retracted(titles[0].text if titles else ""),
        contributors=tuple(_contributors(item)),
        subjects=tuple(dict.fromkeys(_subjects(item))),
        links=tuple(Link(url=url) for url in [(item.url or "").strip()] if re.fullmatch(r"https?://[^\s\"<>]+", url)),
    )


def _texts(value: Texts) -> list[str]:
    return [value] if isinstance(value, str) else [each for each in value or () if each]


def _licence(item: _Item) -> str:
    if isinstance(item.license, list):
        return next((one.url.strip() for one in item.license if one.url), "")
    return (item.license or item.copyright or "").strip()


def _identifiers(item: _Item) -> tuple[tuple[Identifier, ...], tuple[Identifier, ...]]:
    """Identifiers of the work, and ISBNs, which may be those of the book it stands in."""
    noted = {found[1].lower(): found[2] for found in _NOTED.finditer(item.note or "")}
    pairs: list[tuple[str, Scalar]] = [
        ("doi", item.doi or noted.get("doi")),
        ("pmid", item.pmid or noted.get("pmid")),
        ("pmcid", item.pmcid or noted.get("pmcid")),
    ]
    if (item.number and str(item.number).startswith("arXiv:")) or "arxiv" in noted:
        pairs.append(("arxiv", item.number if str(item.number).startswith("arXiv:") else noted.get("arxiv")))
    if "arxiv.org/" in (item.url or "") or "arxiv" in (each.lower() for each in _texts(item.archive)):
        pairs.append(("arxiv", item.url or item.number))
    numbers = (part for each in _texts(item.isbn) for part in re.split(r"[,;\s]+(?=97|\d{9})", each[:_MAX_NUMBERS]))
    return identified(pairs), identified(("isbn", each) for each in numbers)


def _issued(date: _Date | str | None) -> str:
    if date is None or isinstance(date, str):
        return date_in(date or "")
    if date.date_parts and date.date_parts[0]:
        return iso_date(*date.date_parts[0][:3])
    stated = iso_date(date.year, date.month, date.day)
    return stated or date_in(line(date.raw)) or date_in(line(date.literal))


def _venue(item: _Item, kind: WorkKind, books: tuple[Identifier, ...]) -> Venue | None:
    names = [
        *_texts(item.container_title),
        *filter(None, (item.event_title, item.event if isinstance(item.event, str) else "")),
        *_texts(item.collection_title),
    ]
    name = next((text for each in names if (text := plain(each))), "")
    if not name:
        return None
    serial = identified(("issn", part) for each in _texts(item.issn) for part in re.split(r"[,;\s]+", each))
    return Venue(
        name=name, kind=_VENUES.get(kind, "other"), identifiers=(*serial, *books),  # type: ignore[arg-type]
        publisher=plain(next(iter(_texts(item.publisher)), "")),
    )  # fmt: skip


def _contributors(item: _Item) -> Iterator[Contributor]:
    for name, role in _ROLES:
        for each in getattr(item, name) or ():
            family = " ".join(filter(None, (each.non_dropping_particle, each.family)))
            given = " ".join(filter(None, (each.given, each.dropping_particle)))
            group = plain(each.literal or each.name or "") if not family else ""
            found = contributor(
                group,
                given=plain(given),
                family=plain(family),
                suffix=each.suffix or "",
                role=role,
                organisation=bool(group) and "," not in group,
                identifiers=identified([("orcid", each.orcid)]),
                affiliations=tuple(_affiliations(each)),
            )
            if found:
                yield found


def _affiliations(name: _Name) -> Iterator[Affiliation]:
    for each in name.affiliation or ():
        printed = plain(read_json(bytes(each.get("name", b'""')), str | None) or "")  # type: ignore[arg-type]
        if printed:
            yield Affiliation(name=printed)


def _subjects(item: _Item) -> Iterator[Subject]:
    """Keywords, apart by commas or semicolons where they are one text."""
    joined = item.keyword if isinstance(item.keyword, str) else ""
    listed = re.split(r"[;,]", joined) if joined else _texts(item.keyword)
    for each in (*listed, *(item.categories or ())):
        if label := plain(each or ""):
            yield Subject(label=label)
