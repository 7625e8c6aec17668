"""From an OpenAlex work, however it was written, to a record."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal

import msgspec

from ingest.formats.dates import date_in, iso_date
from ingest.formats.fields import contributor, identified, language_code, line, page_range, without_address
from ingest.formats.markup import paragraphs, plain
from ingest.formats.openalex_model import Authorship, Institution, Location, Tagged, Work
from ontology.errors import MalformedPayload
from ontology.identifiers import Identifier, identifier
from ontology.records import (
    Affiliation,
    Contributor,
    Funding,
    Link,
    Record,
    Reference,
    Subject,
    Title,
    Venue,
    WorkKind,
)

MIN_SCORE: Final = 0.3
"""Concepts, topics and keywords below this score are mostly ancestors and chance hits of OpenAlex's
classifier ("Art", "Mathematics" at 0.0) and are left out."""
MAX_ABSTRACT_WORDS: Final = 50_000

_KINDS: Final[dict[str, WorkKind]] = {
    "article": "article", "book": "book", "book-chapter": "chapter", "dataset": "dataset", "dissertation": "thesis",
    "editorial": "editorial", "erratum": "correction", "letter": "letter", "paratext": "other",
    "peer-review": "peer-review", "preprint": "preprint", "reference-entry": "chapter", "report": "report",
    "review": "review", "retraction": "retraction", "software": "software", "standard": "standard",
    "supplementary-materials": "other", "journal-article": "article", "proceedings-article": "conference-paper",
    "proceedings": "proceedings", "monograph": "book", "edited-book": "book", "posted-content": "preprint",
}  # fmt: skip
_VENUES: Final[dict[str, Literal["journal", "conference", "book", "repository", "other"]]] = {
    "journal": "journal", "conference": "conference", "repository": "repository", "ebook platform": "book",
    "book series": "book",
}  # fmt: skip


def record_of(work: Work, key: str, format_name: str) -> Record:
    """The record of a work; `key` is used where it has no identifier.

    Raises MalformedPayload for an entity that is not a work, or one without id, DOI and title.
    """
    own = _own_id(work.id)
    if work.host_venue and not (work.primary_location and work.primary_location.source):
        work = msgspec.structs.replace(work, primary_location=work.host_venue.location())
    title = plain(work.title or work.display_name or "")
    known = _identifiers(work, own)
    if not known and not title:
        raise MalformedPayload("the work has neither identifier nor title", place="$.id")
    language = language_code(work.language or "")
    biblio = work.biblio
    return Record(
        key=str(known[0]) if known else key,
        format=format_name,
        kind=_kind(work),
        identifiers=known,
        titles=(Title(title, language),) if title else (),
        abstract=paragraphs(work.abstract) if work.abstract else _abstract(work.abstract_inverted_index or {}),
        language=language,
        issued=date_in(work.publication_date or "") or iso_date(work.publication_year),
        venue=_venue(work),
        volume=line(biblio.volume) if biblio else "",
        issue=line(biblio.issue) if biblio else "",
        pages=page_range(biblio.first_page, biblio.last_page) if biblio else "",
        publisher=_publisher(work),
        license=(work.primary_location.license or "") if work.primary_location else "",
        retracted=bool(work.is_retracted),
        open_access=work.open_access.is_oa if work.open_access else None,
        citation_count=work.cited_by_count,
        contributors=tuple(found for each in work.authorships or () if (found := _contributor(each))),
        references=tuple(_references(work)),
        subjects=tuple(dict.fromkeys(_subjects(work))),
        funding=tuple(_funding(work)),
        links=tuple(dict.fromkeys(_links(work))),
    )


_ENTITIES: Final = {
    "A": "an author", "I": "an institution", "S": "a source", "V": "a venue", "C": "a concept", "T": "a topic",
    "P": "a publisher", "F": "a funder", "keywords": "a keyword", "domains": "a domain", "fields": "a field",
    "subfields": "a subfield", "sdgs": "a goal of development", "types": "a type of works", "countries": "a country",
    "continents": "a continent", "languages": "a language", "licenses": "a licence", "awards": "an award",
}  # fmt: skip
_PATH: Final = re.compile(r"openalex\.org/(\w+)/")


def _own_id(raw: str | None) -> Identifier | None:
    if not raw:
        return None
    found = identifier("openalex", raw)
    if found is None or not found.value.startswith("W"):
        name = found.value if found else line(raw)[:80]
        named = _PATH.search(name)
        kind = _ENTITIES.get(found.value[:1] if found else named[1] if named else "", "something else")
        raise MalformedPayload(
            f"OpenAlex's {name} is {kind}, not a work", place="$.id", hint="Harvest works, whose ids begin with W."
        )
    return found


def _identifiers(work: Work, own: Identifier | None) -> tuple[Identifier, ...]:
    ids = work.ids
    pairs = [("doi", work.doi), ("pmid", ids.pmid if ids else None), ("pmcid", ids.pmcid if ids else None)]
    pairs += [
        ("arxiv", place.landing_page_url)
        for place in work.locations or ()
        if place.landing_page_url and "arxiv.org/abs/" in place.landing_page_url
    ]
    mag = identified([("mag", ids.mag)]) if ids else ()
    return (*((own,) if own else ()), *identified(pairs), *mag)


def _kind(work: Work) -> WorkKind:
    kind = _KINDS.get(work.type or "", "other" if work.type else "article")
    if kind == "article" and work.type_crossref in ("proceedings-article", "proceedings"):
        return _KINDS[work.type_crossref]
    source = work.primary_location.source if work.primary_location else None
    return "conference-paper" if kind == "article" and source and source.type == "conference" else kind


def _abstract(index: dict[str, list[int]]) -> str:
    """The words in their places (OpenAlex's "abstract inverted index": word → positions)."""
    if sum(map(len, index.values())) > MAX_ABSTRACT_WORDS:
        raise MalformedPayload(
            f"the abstract has more than {MAX_ABSTRACT_WORDS:,} words", place="$.abstract_inverted_index"
        )
    placed = {position: word for word, positions in index.items() for position in positions}
    return paragraphs(" ".join([placed[position] for position in sorted(placed)]))


def _venue(work: Work) -> Venue | None:
    place = work.primary_location
    if place is None:
        return None
    source = place.source
    if source is None or not source.display_name:
        name = plain(place.raw_source_name or "")
        return Venue(name=name, kind="other") if name else None
    return Venue(
        name=plain(source.display_name),
        kind=_VENUES.get(source.type or "", "other"),
        identifiers=identified(
            [("issn", source.issn_l), *(("issn", each) for each in source.issn or ()), ("openalex", source.id)]
        ),
        publisher=plain(source.host_organization_name or ""),
    )


def _publisher(work: Work) -> str:
    source = work.primary_location.source if work.primary_location else None
    is_host = source is not None and source.type != "repository"
    return plain(source.host_organization_name or "") if source and is_host else ""


def _contributor(authorship: Authorship) -> Contributor | None:
    author = authorship.author
    return contributor(
        plain((author.display_name if author else "") or authorship.raw_author_name or ""),
        corresponding=bool(authorship.is_corresponding),
        identifiers=identified([("orcid", author.orcid), ("openalex", author.id)]) if author else (),
        affiliations=tuple(_affiliations(authorship)),
    )


def _affiliations(authorship: Authorship) -> Iterator[Affiliation]:
    """Affiliations as printed with the institutions OpenAlex found in them, then institutions it
    names apart from any, then strings in which it found none."""
    institutions = {each.id: each for each in authorship.institutions or ()}
    used: set[str | None] = set()
    printed: set[str] = set()
    for each in authorship.affiliations or ():
        found = [institutions[one] for one in each.institution_ids or () if one in institutions]
        used.update(one.id for one in found)
        name = without_address(plain(each.raw_affiliation_string or ""))
        if name and name not in printed:
            printed.add(name)
            yield Affiliation(name=name, identifiers=_named(found), country=_country(found))
    for institution in institutions.values():
        if institution.id not in used and institution.display_name:
            yield Affiliation(
                name=plain(institution.display_name), identifiers=_named([institution]), country=_country([institution])
            )
    if not authorship.affiliations and not institutions:
        strings = authorship.raw_affiliation_strings or [authorship.raw_affiliation_string]
        for raw in dict.fromkeys(without_address(plain(each)) for each in strings if each):
            if raw:
                yield Affiliation(name=raw)


def _named(institutions: list[Institution]) -> tuple[Identifier, ...]:
    """A printed affiliation is identified only where it is of one institution."""
    if len(institutions) != 1:
        return ()
    return identified([("ror", institutions[0].ror), ("openalex", institutions[0].id)])


def _country(institutions: list[Institution]) -> str:
    codes = {each.country_code or "" for each in institutions}
    return codes.pop() if len(codes) == 1 else ""


def _references(work: Work) -> Iterator[Reference]:
    for one in identified(("openalex", each) for each in work.referenced_works or ()):
        yield Reference(key=one.value, identifiers=(one,))


def _subjects(work: Work) -> Iterator[Subject]:
    main = work.primary_topic.id if work.primary_topic else None
    for each in work.mesh or ():
        if each.descriptor_name:
            yield Subject(
                label=plain(each.descriptor_name), scheme="mesh", code=each.descriptor_ui or "",
                major=bool(each.is_major_topic),
            )  # fmt: skip
    for scheme, tags in (
        ("openalex-topic", work.topics), ("openalex-concept", work.concepts), ("openalex-keyword", work.keywords),
    ):  # fmt: skip
        for tag in tags or ():
            if tag.display_name and (tag.score is None or tag.score >= MIN_SCORE):
                is_main = tag.id == main and main is not None
                yield Subject(label=plain(tag.display_name), scheme=scheme, code=_code(tag), major=is_main)


def _code(tag: Tagged) -> str:
    return (tag.id or "").removeprefix("https://openalex.org/").removeprefix("keywords/")


def _funding(work: Work) -> Iterator[Funding]:
    """Funders in order, each once with all its awards."""
    funders = {each.id or each.display_name: each for each in work.funders or ()}
    awards: dict[str, list[str]] = {}
    names: dict[str, str] = {each.id or "": plain(each.display_name or "") for each in work.funders or ()}
    for grant in (*(work.grants or ()), *(work.awards or ())):
        funder = grant.funder or grant.funder_id or grant.funder_display_name or ""
        names.setdefault(funder, plain(grant.funder_display_name or ""))
        awards.setdefault(funder, []).append(line(grant.award_id or grant.funder_award_id))
    for funder, name in names.items():
        known = funders.get(funder)
        numbers = tuple(dict.fromkeys(filter(None, awards.get(funder, ()))))
        identifiers = identified([("ror", known.ror if known else None), ("openalex", funder)])
        if name or identifiers:
            yield Funding(funder=name, identifiers=identifiers, awards=numbers)


def _links(work: Work) -> Iterator[Link]:
    places: list[Location] = [*((work.primary_location,) if work.primary_location else ()), *(work.locations or ())]
    for place in places:
        if place.landing_page_url and place.landing_page_url.startswith("http"):
            yield Link(url=place.landing_page_url.strip())
        if place.pdf_url and place.pdf_url.startswith("http"):
            yield Link(url=place.pdf_url.strip(), rel="pdf", mime="application/pdf")
