"""What databases write into the notes of a RIS entry: reference lists and funding (Scopus), who worked where (Embase).

Their forms are nowhere specified; they are as exports of 2019 to 2024 have them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ingest.formats.markup import plain
from ingest.formats.tagged import Entry
from ontology.identifiers import identifier
from ontology.records import Affiliation, Funding, Reference

_LONGEST: Final = 4000
"""Characters of one reference that are looked into."""
_YEAR: Final = re.compile(r" \(((?:1[5-9]|20)\d\d)\) ?")
_AUTHOR: Final = re.compile(r"([^\W\d_][^,;()]{0,60}, (?:[^\W\d_]{1,3}\.[ -]?){1,6}),? ?")
_VOLUME: Final = re.compile(r",\s+([A-Z]?\d{1,5}[A-Z]?)(?= \(|,|$)")
_PAGE: Final = re.compile(r"\bpp?\. ([A-Za-z]{0,3}\d[\w.]{0,10})")
_DOI: Final = re.compile(r"10\.\d{4,9}/[^\s;,]+")
_AT: Final = re.compile(r"\(([^()]{1,2000})\) (.{1,1000})")
_CODE: Final = re.compile(r"[A-Z]{2,12}")
"""A funder's acronym behind its name; what follows with a figure in it is an award."""


def references(entry: Entry) -> Iterator[Reference]:
    """The reference list that Scopus puts into a note, one line each."""
    listed = next((note for note in entry.all("N1") if note.startswith("References: ")), "").removeprefix(
        "References: "
    )
    lines = (plain(line).rstrip(" ;") for line in listed.split("\n"))
    for number, line in enumerate(filter(None, lines), 1):
        yield _reference(line, f"b{number}")


def _reference(raw: str, key: str) -> Reference:
    dois = [found for each in _DOI.findall(raw[:_LONGEST])[:1] if (found := identifier("doi", each))]
    year = _YEAR.search(raw[:_LONGEST])
    if year is None:
        return Reference(key=key, raw=raw, identifiers=tuple(dois))
    before, after = raw[: year.start()], raw[year.end() :]
    at, author = 0, ""
    while one := _AUTHOR.match(before, at):
        at, author = one.end(), author or one[1]
    volume, page = _VOLUME.search(after), _PAGE.search(after)
    return Reference(
        key=key, raw=raw, identifiers=tuple(dois), author=author.strip(), year=int(year[1]),
        title=before[at:].strip(" ,"), venue=after.partition(",")[0].strip(" ."),
        volume=volume[1] if volume else "", page=page[1] if page else "",
    )  # fmt: skip


def funding(entry: Entry) -> Iterator[Funding]:
    """Funders with their awards ("Funding details: National Institute, NIDDK, DK096606, DK064539")."""
    for note in entry.all("N1"):
        if note.startswith("Funding details: "):
            name, *rest = (plain(part) for part in note.removeprefix("Funding details: ").split(", "))
            awards = tuple(part for part in rest if any(map(str.isdigit, part)))
            if not any(map(str.isdigit, name)):
                others = [part for part in rest if part not in awards and not _CODE.fullmatch(part)]
                yield Funding(funder=", ".join([name, *others]), awards=awards)


def affiliations(entry: Entry, authors: int) -> dict[str, tuple[Affiliation, ...]]:
    """Where the authors worked, by the name as printed; for all of them under the empty name.

    Embase says whose an address is; elsewhere addresses (AD) name no person, and are kept where there is one
    author, or in Scopus, which lists all addresses, one.
    """
    found: dict[str, list[Affiliation]] = {}
    for note in entry.all("M1"):
        if at := _AT.fullmatch(note):
            for name in at[1].split(";"):
                found.setdefault(name.partition(",")[0].strip(), []).append(Affiliation(name=plain(at[2])))
    places = [Affiliation(name=name) for each in entry.all("AD") if (name := plain(each))]
    if authors == 1 or (len(places) == 1 and entry.first("DB").casefold() == "scopus"):
        found[""] = places
    return {name: tuple(dict.fromkeys(listed)) for name, listed in found.items()}
