"""A work on somebody's ORCID record as a record of that work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Final, Literal

from ingest.formats.bibtex import FORMAT as BIBTEX
from ingest.formats.dates import iso_date
from ingest.formats.fields import Role, contributor, identified, in_web, language_code, line
from ingest.formats.markup import paragraphs, plain
from ingest.formats.orcid_model import Date, External, Group, Value, Work
from ontology.errors import FormatError, MalformedPayload
from ontology.identifiers import Identifier
from ontology.records import Contributor, Link, Payload, Record, Relation, Title, Venue, WorkKind

_KINDS: Final[dict[str, WorkKind]] = {
    "journal-article": "article", "conference-paper": "conference-paper", "conference-abstract": "conference-paper",
    "conference-poster": "poster", "conference-presentation": "presentation", "lecture-speech": "presentation",
    "book": "book", "edited-book": "book", "book-chapter": "chapter", "encyclopedia-entry": "chapter",
    "dictionary-entry": "chapter", "dissertation": "thesis", "dissertation-thesis": "thesis",
    "supervised-student-publication": "thesis", "report": "report", "working-paper": "report",
    "research-technique": "other", "preprint": "preprint", "data-set": "dataset", "software": "software",
    "journal-issue": "journal-issue", "book-review": "review", "review": "peer-review",
    "standards-and-policy": "standard", "magazine-article": "article", "newspaper-article": "article",
    "newsletter-article": "article", "translation": "book", "physical-object": "other",
}  # fmt: skip
_SCHEMES: Final = {"doi": "doi", "pmid": "pmid", "pmc": "pmcid", "arxiv": "arxiv", "isbn": "isbn", "handle": "handle"}
_ROLES: Final[dict[str, Role]] = {
    "editor": "editor", "chair-or-translator": "contributor", "support-staff": "contributor",
}  # fmt: skip
_WORKS_IN_BOOKS: Final = frozenset({"chapter", "conference-paper"})


def record_of(group: Group, claimant: Contributor | None, number: str, format_name: str) -> Record:
    """The record of a group of summaries: the preferred one, with the identifiers of all; by `claimant`,
    whose record it is on, where nobody is named.

    Raises MalformedPayload where there is neither title nor identifier.
    """
    summaries = group.work_summary or ()
    if not summaries:
        raise MalformedPayload("the group holds no work", place="$.work-summary")
    work = max(summaries, key=_preference)
    kind = _KINDS.get((work.type or "").lower().replace("_", "-"), "other")
    external = [*_listed(group), *(each for one in summaries for each in _listed(one))]
    known, serial = _identifiers(external, kind)
    titles = tuple(_titles(work))
    if not titles and not known:
        raise MalformedPayload("the work has neither title nor identifier", place="$.title")
    venue = plain(value_of(work.journal_title))
    cited = _cited(work) or Record(key="", format="")
    serial = serial or (cited.venue.identifiers if cited.venue else ())
    return Record(
        key=str(known[0]) if known else f"put-code:{line(work.put_code)}" if work.put_code else number,
        format=format_name,
        kind=kind,
        identifiers=known or cited.identifiers,
        titles=titles,
        abstract=paragraphs(work.short_description or ""),
        language=language_code(work.language_code or ""),
        issued=date_of(work.publication_date),
        venue=Venue(name=venue, kind=_venue_kind(kind), identifiers=serial) if venue else None,
        volume=cited.volume,
        issue=cited.issue,
        pages=cited.pages,
        publisher=cited.publisher,
        contributors=tuple(_contributors(work, cited, claimant)),
        relations=tuple(dict.fromkeys(r for r in _versions(external) if r.target not in known)),
        links=tuple(Link(url=url) for url in [value_of(work.url)] if url.startswith("http")),
    )


def _cited(work: Work) -> Record | None:
    """What the work's own BibTeX entry says, which holds the fields that ORCID has none for."""
    citation = work.citation
    if citation is None or (citation.citation_type or "").lower() != "bibtex" or not citation.citation_value:
        return None
    payload = Payload(source="", locator="", body=citation.citation_value.encode())
    with suppress(FormatError):
        return next((one for one in BIBTEX.parse(payload) if isinstance(one, Record)), None)
    return None


def value_of(value: Value | None) -> str:
    """The text in one of ORCID's `{"value": …}` wrappers, empty for nothing."""
    return line(value.value) if value else ""


def date_of(date: Date | None) -> str:
    return iso_date(value_of(date.year), value_of(date.month), value_of(date.day)) if date else ""


def _preference(work: Work) -> int:
    index = line(work.display_index)
    return int(index) if index.isascii() and index.isdigit() else 0


def _listed(one: Group | Work) -> list[External]:
    return (one.external_ids.external_id if one.external_ids else None) or []


def _identifiers(stated: list[External], kind: str) -> tuple[tuple[Identifier, ...], tuple[Identifier, ...]]:
    """The work's own identifiers ("self") and those of what it is part of; ISSNs always name the latter."""
    own, around = [], []
    for each in stated:
        scheme = (each.external_id_type or "").lower().replace("source-work-id", "")
        relation = (each.external_id_relationship or "self").lower().replace("_", "-")
        if scheme == "issn" or (scheme == "isbn" and (kind in _WORKS_IN_BOOKS or relation == "part-of")):
            around.append((scheme, each.external_id_value))
        elif relation == "self" and scheme in _SCHEMES:
            own.append((_SCHEMES[scheme], each.external_id_value))
        elif relation == "self" and scheme == "uri" and (found := in_web(each.external_id_value or "")):
            own.append((found.scheme, found.value))
    return identified(own), identified(around)


def _versions(stated: list[External]) -> Iterator[Relation]:
    """Other versions of the work that its record names ("version-of")."""
    for each in stated:
        scheme = _SCHEMES.get((each.external_id_type or "").lower(), "")
        if scheme and (each.external_id_relationship or "").lower().replace("_", "-") == "version-of":
            for target in identified([(scheme, each.external_id_value)]):
                yield Relation(kind="IsVersionOf", target=target)


def _titles(work: Work) -> Iterator[Title]:
    if work.title is None:
        return
    main, sub = plain(value_of(work.title.title)), plain(value_of(work.title.subtitle))
    language = language_code(work.language_code or "")
    if main:
        yield Title(f"{main.rstrip(':')}: {sub}" if sub else main, language)
    translated = work.title.translated_title or {}
    if text := plain(translated.get("value") or ""):
        yield Title(text, language_code(translated.get("language-code") or ""))


def _contributors(work: Work, cited: Record, claimant: Contributor | None) -> Iterator[Contributor]:
    """The people listed, else those of the citation; the owner of the record, who claims the work, where nobody is."""
    listed = (work.contributors.contributor if work.contributors else None) or []
    for each in listed:
        known = identified([("orcid", each.contributor_orcid.path if each.contributor_orcid else None)])
        role = (each.contributor_attributes.contributor_role if each.contributor_attributes else None) or "author"
        said = _ROLES.get(role.lower().replace("_", "-"), "author")
        if found := contributor(value_of(each.credit_name), role=said, identifiers=known):
            yield found
    if not listed and (cited.contributors or claimant is not None):
        yield from cited.contributors or filter(None, [claimant])


def _venue_kind(kind: str) -> Literal["journal", "conference", "book"]:
    return "conference" if kind == "conference-paper" else "book" if kind in ("chapter", "book") else "journal"
