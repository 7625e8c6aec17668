"""What Elsevier's text-mining service says of an article without its text: the `coredata` of an answer."""

from __future__ import annotations

from typing import Literal

from ingest.formats.dates import date_in
from ingest.formats.fields import contributor, identified, page_range, says_retracted
from ingest.formats.xml import Element, place_of, text_of
from ontology.errors import MalformedPayload
from ontology.records import Link, Record, Subject, Title, Venue, WorkKind


def core_record(core: Element, number: str, format_name: str) -> Record:
    """The record of a `coredata`. Raises MalformedPayload where it has neither DOI nor title."""

    def said(*tags: str) -> str:
        return next((text for tag in tags if (text := text_of(core.find(tag)))), "")

    known = identified([("doi", said("doi", "identifier")), ("pmid", text_of(core.find("../pubmed-id")))])
    title = said("title")
    if not known and not title:
        raise MalformedPayload("the article has neither DOI nor title", place=place_of(core))
    in_book = said("aggregationType").lower().startswith("book")
    kind: WorkKind = "chapter" if in_book else "article"
    sort: Literal["book", "journal"] = "book" if in_book else "journal"
    numbers = [("issn", part) for each in core.findall("issn") for part in text_of(each).replace(",", " ").split()]
    numbers += [("isbn", text_of(each)) for each in core.findall("isbn")]
    name = said("publicationName")
    people = (contributor(text_of(each)) for each in core.findall("creator"))
    rights = said("openaccessUserLicense")
    is_open = {"1": True, "true": True, "0": False, "false": False}.get(said("openaccess", "openaccessArticle"))
    pages = said("pageRange") or page_range(said("startingPage"), said("endingPage")) or said("articleNumber")
    return Record(
        key=str(known[0]) if known else number,
        format=format_name,
        kind=kind,
        identifiers=known,
        titles=(Title(title),) if title else (),
        abstract=said("description"),
        issued=date_in(said("coverDate")) or date_in(said("coverDisplayDate")),
        venue=Venue(name=name, kind=sort, identifiers=identified(numbers), publisher="Elsevier") if name else None,
        volume=said("volume"),
        issue=said("issueIdentifier"),
        pages=pages,
        publisher=said("publisher") or "Elsevier",
        license=rights,
        open_access=is_open,
        retracted=says_retracted(title),
        contributors=tuple(filter(None, people)),
        subjects=tuple(Subject(label=label) for each in core.findall("subject") if (label := text_of(each))),
        links=tuple(Link(url=url) for each in core.findall("link") if each.get("rel") == "scidir"
                    and (url := each.get("href", "")).startswith("http")),
    )  # fmt: skip
