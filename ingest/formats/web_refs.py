"""References and grants in the `meta` tags of a page, each a text of parts ("citation_title=…; citation_doi=…")."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from ingest.formats.dates import date_in
from ingest.formats.fields import contributor, identified
from ingest.formats.flat import people
from ingest.formats.markup import plain
from ontology.records import Funding, Reference

_PARTS: Final = re.compile(r"(?:^|;)\s*(citation_\w{1,40})\s*=")
_DOI: Final = re.compile(r"\b10\.\d{4,9}/[^\s\"<>;]+")
_YEAR: Final = re.compile(r"\b(1[5-9]\d\d|20\d\d)\b")
_FORE: Final = re.compile(r"(?:[^\W\d_]\.?[ -]?){1,4} [^\W\d_]{2,}")
"""Initials before a name."""
_MOST: Final = 20_000


def _parts(text: str) -> dict[str, list[str]]:
    """The parts of a text by their names without `citation_`; none where it is plain text."""
    pieces = _PARTS.split(text)
    found: dict[str, list[str]] = {}
    for name, value in zip(pieces[1::2], pieces[2::2], strict=True):
        if said := plain(value.strip(" ;\n")):
            found.setdefault(name.removeprefix("citation_"), []).append(said)
    return found


def references_in(stated: Sequence[str]) -> tuple[Reference, ...]:
    """The reference list, in order; entries that say nothing are left out."""
    found: list[Reference] = []
    used: set[str] = set()
    for number, text in enumerate(stated[:_MOST], 1):
        parts = _parts(text)
        key = next(iter(parts.get("id", [])), f"r{number}")
        one = _structured(parts, key if key not in used else f"r{number}") if parts else _printed(text, f"r{number}")
        if one is not None:
            used.add(one.key)
            found.append(one)
    return tuple(found)


def _structured(parts: dict[str, list[str]], key: str) -> Reference | None:
    def first(*names: str) -> str:
        return next((parts[name][0] for name in names if name in parts), "")

    authors = [name for text in parts.get("author", ()) for name in _names(text)]
    who = contributor(authors[0]) if authors else None
    title, venue = first("title"), first("journal_title", "conference_title", "inbook_title", "journal_abbrev")
    year = date_in(first("publication_date", "year", "date"))[:4]
    pages = first("pages", "firstpage", "first_page", "startpage")
    known = identified([("doi", first("doi")), ("pmid", first("pmid")), ("arxiv", first("arxiv_id"))])
    volume = first("volume")
    printed = [", ".join(authors), year, title, f"{venue} {volume}".strip(), pages]
    raw = ". ".join(filter(None, printed))
    if not raw and not known:
        return None
    return Reference(
        key=key, raw=raw, identifiers=known, title=title, year=int(year) if year.isdigit() else 0, venue=venue,
        author=(f"{who.family}, {who.given}" if who.family and who.given else who.name) if who else "",
        volume=volume, page=re.split(r"[-–]", pages)[0].strip(),
    )  # fmt: skip


def _names(text: str) -> list[str]:
    """Names in one text: "O Meridian, B Wick" are two, "Meridian, O" is one."""
    return [one.strip() for one in text.split(",")] if _FORE.match(text) else people(text)


def _printed(text: str, key: str) -> Reference | None:
    raw = plain(text)
    year = _YEAR.search(_DOI.sub("", raw))
    known = identified(("doi", one) for one in _DOI.findall(raw)[:1])
    return Reference(key=key, raw=raw, identifiers=known, year=int(year[1]) if year else 0) if raw else None


def funding_in(stated: Sequence[str]) -> tuple[Funding, ...]:
    """Funders with their grants, each once."""
    return tuple(dict.fromkeys(_funders(stated)))


def _funders(stated: Sequence[str]) -> Iterator[Funding]:
    for text in stated:
        parts = _parts(text)
        names = parts.get("funder") or ([] if parts else [plain(text)])
        awards = tuple(dict.fromkeys(parts.get("grant_number", ())))
        yield from (Funding(funder=name, awards=awards) for name in names if name)
