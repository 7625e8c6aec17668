"""What the `meta` tags of a page say of a work: Highwire's `citation_…` (which Google Scholar reads), Dublin Core as
journals and repositories write it, PRISM, EPrints and bepress.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Final, NamedTuple

import msgspec

from ingest.formats.dates import date_in
from ingest.formats.fields import contributor, identified, language_code, line
from ingest.formats.flat import people, record_of
from ingest.formats.flat_terms import KINDS, bare
from ingest.formats.markup import paragraphs, plain
from ingest.formats.web_refs import funding_in, references_in
from ontology.records import Affiliation, Contributor, Link, Record, Title, WorkKind

_META: Final = re.compile(
    r"<meta\b((?>(?:[^<>\"']{1,2000}+|\"[^\"]{0,60000}+\"|'[^']{0,60000}+'){1,40}))>", re.IGNORECASE
)
"""A tag; what stands in quotes may hold brackets."""
_ATTRIBUTE: Final = re.compile(
    r"\b(name|property|content|(?:xml:)?lang)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE
)
_DUBLIN: Final = re.compile(r"^(?:dcterms|dct|dc)[.:_]")
_NAMES: Final = {
    "title": "citation_title dc.title eprints.title prism.title",
    "doi": "citation_doi dc.identifier.doi prism.doi eprints.doi doi eprints.id_number",
    "pmid": "citation_pmid", "pmcid": "citation_pmcid", "arxiv": "citation_arxiv_id",
    "volume": "citation_volume prism.volume eprints.volume dc.source.volume",
    "issue": "citation_issue prism.number eprints.number dc.source.issue",
    "first": "citation_firstpage citation_first_page citation_startpage prism.startingpage",
    "last": "citation_lastpage citation_last_page citation_endpage prism.endingpage",
    "pages": "citation_pages eprints.pagerange dc.identifier.pagenumber",
    "issn": "citation_issn citation_eissn prism.issn prism.eissn eprints.issn dc.source.issn",
    "isbn": "citation_isbn prism.isbn eprints.isbn",
    "publisher": "citation_dissertation_institution citation_technical_report_institution citation_publisher "
    "dc.publisher eprints.publisher eprints.institution",
    "language": "citation_language dc.language dc.language.iso",
}  # fmt: skip
"""A field of `flat_terms` → tags that say it, the most telling first."""
_PLACES: Final[tuple[tuple[WorkKind, str], ...]] = (
    ("conference-paper", "citation_conference_title citation_conference eprints.event_title"),
    ("chapter", "citation_inbook_title citation_book_title eprints.book_title"),
    ("article", "citation_journal_title prism.publicationname eprints.publication citation_journal_abbrev"),
)
_TYPES: Final = "citation_article_type eprints.type dc.type.articletype dc.type"
_MORE_KINDS: Final[dict[str, WorkKind]] = {
    "conferenceitem": "conference-paper", "conferenceorworkshopitem": "conference-paper", "reviewpaper": "review",
    "booksection": "chapter", "technicalreport": "report", "workingpaper": "report", "doctoralthesis": "thesis",
    "masterthesis": "thesis", "mastersthesis": "thesis", "briefcommunication": "article",
    "retractionnote": "retraction", "publishercorrection": "correction", "authorcorrection": "correction",
    "infoeureposemanticsarticle": "article",
    "infoeureposemanticsdoctoralthesis": "thesis", "infoeureposemanticsconferenceobject": "conference-paper",
    "infoeureposemanticsreport": "report", "infoeureposemanticsbook": "book", "infoeureposemanticspreprint": "preprint",
    "infoeureposemanticsmasterthesis": "thesis", "infoeureposemanticsbookpart": "chapter",
}  # fmt: skip
_DATES: Final = (
    "citation_publication_date citation_cover_date citation_date citation_year dc.date.issued dc.issued "
    "prism.publicationdate eprints.date dc.date dc.date.created"
)
_ABSTRACTS: Final = "citation_abstract eprints.abstract dc.abstract dc.description.abstract dc.description"
_CREATORS: Final = (
    "eprints.creators_name dc.creator.personalname dc.creator dc.creator.author dc.contributor.author dc.contributor"
)
_EDITORS: Final = ("citation_editor", "eprints.editors_name")
_KEYWORDS: Final = "citation_keywords citation_keyword eprints.keywords dc.subject"
_LINKS: Final = {
    "citation_abstract_html_url": "landing", "citation_public_url": "landing", "dc.identifier.uri": "landing",
    "citation_fulltext_html_url": "fulltext", "citation_xml_url": "fulltext", "citation_full_html_url": "fulltext",
    "citation_pdf_url": "pdf", "eprints.document_url": "fulltext",
}  # fmt: skip
_RIGHTS: Final = re.compile(r"https?://(?:www\.)?creativecommons\.org/[\w./-]+|\bCC[ -](?:0|BY[\w -]*\d\.\d)")
_DOI: Final = re.compile(r"(?:doi:\s*|https?://(?:dx\.)?doi\.org/)?10\.\d{4}", re.IGNORECASE)
_OPEN: Final = re.compile(r"open[ _-]?access$", re.IGNORECASE)


class Tag(NamedTuple):
    """A tag by its name in lower case; Dublin Core of both kinds as `dc.…`."""

    name: str
    content: str
    language: str


def tags_in(page: str) -> list[Tag]:
    """The tags of a page that say anything, in order."""
    found: list[Tag] = []
    for tag in _META.finditer(page):
        said = {n.lower(): unescape(a or b or c).strip() for n, a, b, c in _ATTRIBUTE.findall(tag[1])}
        name = (said.get("name") or said.get("property") or "").lower().removeprefix("bepress_")
        if name and "content" in said:
            language = said.get("xml:lang") or said.get("lang") or ""
            found.append(Tag(_DUBLIN.sub("dc.", name), said["content"], language_code(language)))
    return found


def record_of_tags(tags: list[Tag], format_name: str) -> Record | None:
    """The record of the work that the tags describe; None where they name none.

    Raises MalformedPayload as `flat.record_of`.
    """
    fields = _fields(tags)
    if "title" not in fields:
        return None
    record = record_of(fields, "1", format_name)
    language = record.language
    abstract, others = _abstracts(tags, language)
    said = [tag.content for tag in tags if tag.name.startswith("dc.") and ("rights" in tag.name or "licen" in tag.name)]
    rights = next((found[0] for text in said if (found := _RIGHTS.search(text))), "")
    is_open = any(tag.name == "citation_fulltext_world_readable" for tag in tags) or any(map(_OPEN.search, said))
    return msgspec.structs.replace(
        record,
        titles=(*record.titles, *(t for t in _other_titles(tags) if t.text != record.title)),
        abstract=abstract,
        abstracts=others,
        issued=_issued(tags),
        license=rights,
        open_access=True if is_open or "creativecommons" in rights or rights.startswith("CC") else None,
        contributors=tuple(_people(tags)),
        references=references_in([tag.content for tag in tags if tag.name == "citation_reference"]),
        funding=funding_in([tag.content for tag in tags if tag.name == "citation_funding_source"]),
        links=tuple(dict.fromkeys(_links(tags))),
    )


def _of(tags: list[Tag], names: str) -> list[Tag]:
    """The tags of the first of these names that says anything."""
    for name in names.split():
        if found := [tag for tag in tags if tag.name == name and tag.content]:
            return found
    return []


def _fields(tags: list[Tag]) -> dict[str, list[str]]:
    fields = {field: [tag.content for tag in found] for field, names in _NAMES.items() if (found := _of(tags, names))}
    if "doi" not in fields:
        stated = (tag.content for tag in tags if tag.name == "dc.identifier")
        fields["doi"] = [one for one in stated if _DOI.match(one)][:1]
    for sort, names in _PLACES:
        if found := _of(tags, names):
            fields["venue"], fields["kind"] = [found[0].content], [bare(sort)]
            break
    else:
        _unplaced(tags, fields)
    types = (bare(tag.content) for name in _TYPES.split() for tag in tags if tag.name == name)
    kind = next((kind for one in types if (kind := _MORE_KINDS.get(one) or KINDS.get(one))), None)
    if kind and not (kind == "article" and "kind" in fields):
        fields["kind"] = [bare(kind)]
    if keywords := [tag.content for tag in _of(tags, _KEYWORDS)]:
        fields["keywords"] = keywords if len(keywords) == 1 else ["; ".join(keywords)]
    return fields


def _unplaced(tags: list[Tag], fields: dict[str, list[str]]) -> None:
    """What a work is that stands in nothing named by a tag of its own."""
    source = _of(tags, "dc.source")
    if source and any(tag.name.startswith("dc.source.") for tag in tags):
        fields["venue"] = [source[0].content]
    elif _of(tags, "citation_dissertation_institution citation_dissertation_name"):
        fields["kind"] = ["thesis"]
    elif _of(tags, "citation_technical_report_institution citation_technical_report_number"):
        fields["kind"] = ["report"]
    elif "isbn" in fields:
        fields["kind"] = ["book"]


def _other_titles(tags: list[Tag]) -> Iterator[Title]:
    for tag in tags:
        if tag.name.startswith(("dc.title.alternative", "dc.alternative")) and (text := plain(tag.content)):
            yield Title(text, tag.language)


def _abstracts(tags: list[Tag], language: str) -> tuple[str, tuple[Title, ...]]:
    """The abstract in the language of the work, else the first, and those in others."""
    stated = [tag for tag in _of(tags, _ABSTRACTS) if not tag.content.startswith("http")]
    main = next((tag for tag in stated if tag.language == language), stated[0] if stated else None)
    others = (Title(paragraphs(tag.content), tag.language) for tag in stated if tag is not main and tag.language)
    return (paragraphs(main.content) if main else ""), tuple(one for one in others if one.text)


def _issued(tags: list[Tag]) -> str:
    """The date of the issue, or that of publication in the web where it is earlier (archives put theirs there)."""
    dates = [date for name in _DATES.split() for tag in tags if tag.name == name and (date := date_in(tag.content))]
    online = next((d for tag in tags if tag.name == "citation_online_date" and (d := date_in(tag.content))), "")
    printed = max((date for date in dates if date.startswith(dates[0])), key=len, default="")
    return online if online and (not printed or online < printed or online.startswith(printed)) else printed


def _people(tags: list[Tag]) -> Iterator[Contributor]:
    """Authors with what stands behind each: institutions, ORCID; those of Dublin Core where there are no others."""
    authors: list[tuple[str, list[str], list[str]]] = []
    for tag in tags:
        if tag.name in ("citation_author", "citation_authors") and tag.content:
            several = tag.name == "citation_authors" or ";" in tag.content
            authors += [(name, [], []) for name in (people(tag.content) if several else [tag.content])]
        elif authors and tag.name in ("citation_author_institution", "citation_author_affiliation"):
            authors[-1][1].append(line(tag.content))
        elif authors and tag.name == "citation_author_orcid":
            authors[-1][2].append(tag.content)
    if not authors:
        named = _of(tags, _CREATORS)
        orcids = [tag.content for tag in _of(tags, "eprints.creators_orcid")]
        are_all = len(orcids) == len(named)
        authors = [(tag.content, [], [orcids[at]] if are_all else []) for at, tag in enumerate(named)]
    for name, places, numbers in authors:
        if found := contributor(
            plain(name),
            identifiers=identified(("orcid", one) for one in numbers),
            affiliations=tuple(Affiliation(name=place) for place in dict.fromkeys(places) if place),
        ):
            yield found
    for tag in tags:
        if tag.name in _EDITORS and (found := contributor(plain(tag.content), role="editor")):
            yield found


def _links(tags: list[Tag]) -> Iterator[Link]:
    for tag in tags:
        rel = _LINKS.get(tag.name)
        url = f"https:{tag.content}" if tag.content.startswith("//") else tag.content
        if rel and re.fullmatch(r"https?://[^\s\"<>]+", url):
            is_file = rel == "fulltext" and url.lower().endswith(".pdf")
            yield Link(url=url, rel="pdf" if is_file else rel)
