"""The bibliography of a TEI text: `biblStruct` as GROBID writes it, `bibl` as editors do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ingest.formats.fields import identified
from ingest.formats.inline import References
from ingest.formats.xml import Element, attribute, text_of
from ontology.identifiers import Identifier
from ontology.records import Reference

_YEAR: Final = re.compile(r"\b(1[5-9]\d\d|20\d\d)")
_DOI: Final = re.compile(r"\b10\.\d{4,9}/[^\s\"<>]+")
_SCHEMES: Final = {"doi": "doi", "arxiv": "arxiv", "pmid": "pmid", "pmcid": "pmcid", "pmc": "pmcid", "isbn": "isbn"}


def references(tei: Element) -> tuple[tuple[Reference, ...], References]:
    """The references in print order, and the means to resolve markers to them."""
    found: list[Reference] = []
    ids: dict[str, tuple[str, ...]] = {}
    used: set[str] = set()
    for lists in tei.iterfind("text//listBibl"):
        for entry in lists:
            if entry.tag not in ("biblStruct", "bibl", "biblFull"):
                continue
            stem = attribute(entry, "id") or f"ref{len(found) + 1}"
            key = stem if stem not in used else f"{stem}~{len(found) + 1}"
            used.add(key)
            ids.setdefault(stem, (key,))
            found.append(_reference(key, entry))
    return tuple(found), References(ids, [(each.key,) for each in found])


def ids_of(entry: Element | None) -> tuple[Identifier, ...]:
    """Identifiers of the work itself, not of the journal or book it stands in."""
    return () if entry is None else tuple(_identifiers(entry, ""))


def name_of(person: Element) -> tuple[str, str, str]:
    """(given, family, name as it reads) of an `author`, `editor` or `persName`."""
    name = person.find("persName") if person.find("persName") is not None else person
    assert name is not None
    given = " ".join(filter(None, map(text_of, name.findall("forename"))))
    family = " ".join(filter(None, map(text_of, (*name.findall("nameLink"), *name.findall("surname")))))
    whole = " ".join(filter(None, (given, family))) or text_of(name.find("name")) or text_of(name)
    return given, family, whole


def _reference(key: str, entry: Element) -> Reference:
    raw = text_of(entry.find("note[@type='raw_reference']"))
    if entry.tag == "bibl" and not raw:
        raw = text_of(entry)
    title = _title(entry.find("analytic")) or _title(entry, "a")
    host = _title(entry.find("monogr")) or _title(entry, "j") or _title(entry, "m") or _title(entry, "")
    if not title:
        title, host = host, ""
    date = next(iter(entry.iter("date")), None)
    year = _YEAR.search(f"{attribute(date, 'when')} {text_of(date)}") or (
        None if date is not None else _YEAR.search(raw)
    )
    people = next((each for each in entry.iter("author")), None)
    given, family, name = ("", "", "") if people is None else name_of(people)
    scopes = {each.get("unit", each.get("type", "")): each for each in entry.iter("biblScope")}
    pages = scopes.get("page", scopes.get("pp"))
    volume = text_of(scopes.get("volume", scopes.get("vol")))
    first = attribute(pages, "from") or re.split(r"[-–]", text_of(pages))[0].strip()
    line = [name, year[1] if year else "", title, " ".join(filter(None, (host, volume))), text_of(pages) or first]
    return Reference(
        key=key,
        raw=raw or ". ".join(filter(None, line)),
        identifiers=tuple(_identifiers(entry, raw)),
        title=title,
        author=f"{family}, {given}" if family and given else family or name,
        year=int(year[1]) if year else 0,
        venue=host,
        volume=volume,
        page=first,
    )


def _title(part: Element | None, level: str = "*") -> str:
    """The main title in a part; of a given level where one is asked for ("" for titles without)."""
    if part is None:
        return ""
    titles = [each for each in part.findall("title") if level == "*" or each.get("level", "") == level]
    main = next((each for each in titles if each.get("type", "main") == "main" and text_of(each)), None)
    return text_of(main) or next(filter(None, map(text_of, titles)), "")


def _identifiers(entry: Element, raw: str) -> Iterator[Identifier]:
    seen: set[str] = set()
    stated = [(attribute(each, "type").lower(), text_of(each)) for each in entry.iter("idno")]
    stated += [
        ("doi", attribute(each, "target")) for each in entry.iter("ptr") if "doi.org/10." in attribute(each, "target")
    ]
    stated += [("doi", found.group()) for found in _DOI.finditer(raw)]
    for kind, value in stated:
        scheme = _SCHEMES.get(kind, "")
        if scheme == "isbn" and entry.find("analytic") is not None:
            continue
        for one in identified([(scheme, value)]) if scheme and scheme not in seen else ():
            seen.add(scheme)
            yield one
