"""The bibliography of an Elsevier article: structured references, and those that are a line of text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ingest.formats.fields import identified
from ingest.formats.inline import References
from ingest.formats.xml import Element, text_of
from ontology.identifiers import Identifier
from ontology.records import Reference

_YEAR: Final = re.compile(r"\b(1[5-9]\d\d|20\d\d)")
_DOI: Final = re.compile(r"\b(10\.\d{4,9}/[^\s\"<>]+)")
_ARXIV: Final = re.compile(r"\barxiv[:\s./]*(?:abs/)?(\d{4}\.\d{4,5}|[a-z-]+/\d{7})", re.IGNORECASE)


def references(article: Element) -> tuple[tuple[Reference, ...], References]:
    """The references in print order, and the means to resolve markers to them.

    An entry that holds several works ("[3a] … [3b] …") gives one reference each.
    """
    found: list[Reference] = []
    printed: list[tuple[str, ...]] = []
    ids: dict[str, tuple[str, ...]] = {}
    used: set[str] = set()
    for number, entry in enumerate(article.iter("bib-reference"), 1):
        stem = entry.get("id", "").strip() or f"ref{number}"
        keys = []
        works = [each for each in entry if each.tag in ("reference", "other-ref")] or [entry]
        for at, work in enumerate(works, 1):
            key = stem if at == 1 else f"{stem}.{at}"
            key = key if key not in used else f"{key}~{number}"
            used.add(key)
            keys.append(key)
            found.append(_reference(key, work, entry))
            if own := work.get("id", ""):
                ids[own] = (key,)
        ids[stem] = tuple(keys)
        printed.append(tuple(keys))
    return tuple(found), References(ids, printed)


def _reference(key: str, work: Element, entry: Element) -> Reference:
    if work.tag != "reference":
        raw = text_of(work.find("textref")) or text_of(work)
        year = _YEAR.search(raw)
        return Reference(key=key, raw=raw, identifiers=_identifiers(work, raw), year=int(year[1]) if year else 0)
    own, host = work.find("contribution"), work.find("host")
    title = _maintitle(own)
    book = _first(host, "book", "edited-book", "e-host")
    venue = _maintitle(_first(host, "issue/series", "edited-book", "book", "e-host"))
    if not title and _first(host, "issue/series") is None:
        title, venue = venue, ""  # a whole book; of an article without title the journal is no title
    date = next((text for each in work.iter("date") if (text := text_of(each))), "")
    year = _YEAR.search(date)
    volume = text_of(
        _first(
            host,
            "issue/series/volume-nr",
            "book/book-series/series/volume-nr",
            "edited-book/book-series/series/volume-nr",
        )
    )
    pages = [text_of(None if host is None else host.find(f"pages/{tag}")) for tag in ("first-page", "last-page")]
    people = [_name(each) for each in work.iterfind("contribution/authors/*")]
    printed = text_of(entry.find("source-text")) if entry.find("source-text") is not None else ""
    publisher = ", ".join(
        filter(None, (text_of(each) for each in (book.iterfind("publisher/*") if book is not None else ())))
    )
    line = [
        "; ".join(filter(None, (f"{family}, {given}" if given else family for family, given in people))),
        f"{date}" if date else "", title, " ".join(filter(None, (venue, volume))),
        "–".join(filter(None, pages)), publisher, " ".join(map(text_of, work.findall("comment"))),
    ]  # fmt: skip
    raw = printed or ". ".join(part.rstrip(". ") for part in line if part)
    family, given = people[0] if people else ("", "")
    return Reference(
        key=key,
        raw=raw + ("." if raw and raw[-1] not in ".?!" else ""),
        identifiers=_identifiers(work, raw),
        title=title,
        author=f"{family}, {given}" if given else family,
        year=int(year[1]) if year else 0,
        venue=venue,
        volume=volume,
        page=pages[0],
    )


def _first(element: Element | None, *paths: str) -> Element | None:
    if element is None:
        return None
    return next((found for path in paths if (found := element.find(path)) is not None), None)


def _maintitle(element: Element | None) -> str:
    if element is None:
        return ""
    main, sub = text_of(element.find("title/maintitle")), text_of(element.find("title/subtitle"))
    return f"{main}: {sub}" if main and sub else main


def _name(author: Element) -> tuple[str, str]:
    if author.tag == "collaboration":
        return text_of(author), ""
    return text_of(author.find("surname")), text_of(author.find("given-name"))


def _identifiers(work: Element, raw: str) -> tuple[Identifier, ...]:
    return identified(_stated(work, raw))


def _stated(work: Element, raw: str) -> Iterator[tuple[str, str]]:
    """The DOI that is tagged, else printed; arXiv numbers and ISBNs."""
    links = [
        value for each in work.iter("inter-ref") for name, value in each.attrib.items() if str(name).endswith("href")
    ]
    everything = f"{' '.join(map(str, links))} {raw} {' '.join(map(text_of, work.iter('comment')))}"
    dois = [text_of(each) for each in work.iter("doi")] or [found[1] for found in _DOI.finditer(everything)]
    yield from (("doi", doi) for doi in dois[:1])
    yield from (("arxiv", found[1]) for found in list(_ARXIV.finditer(everything))[:1])
    yield from (("isbn", text_of(each)) for each in list(work.iter("isbn"))[:1])
