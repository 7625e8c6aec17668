"""Works written as flat fields (a row of a table, a JSON object of texts): fields guessed by their names.

Nobody defines these exports, so people and keywords are taken apart by what stands between them.
"""

from __future__ import annotations

import re
from ast import literal_eval
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from ingest.formats.dates import date_in
from ingest.formats.fields import Role, contributor, identified, language_code, line, page_range, says_retracted
from ingest.formats.flat_terms import FIELDS, KINDS, bare
from ingest.formats.markup import paragraphs, plain
from ontology.errors import MalformedPayload
from ontology.records import Affiliation, Contributor, Funding, Link, Record, Subject, Title, Venue, WorkKind

_NOTHING: Final = frozenset({"", "na", "n/a", "nan", "none", "null", "[]", "-"})
_MAX_LIST: Final = 100_000
"""Characters of a list that are taken apart."""
_URL: Final = re.compile(r"https?://[^\s\"<>]+")
_INITIALS: Final = re.compile(r"(?:[^\W\d_]\.?[ -]?){1,4}")
_ENDING_INITIALS: Final = re.compile(r"(.*[^\W\d_]{2,}) ((?:[^\W\d_]\.[ -]?)+|[A-Z]{1,3})")
_LICENCE: Final = re.compile(r"https?://\S+|cc[ -]?(?:0|zero|by(?:-(?:nc|nd|sa)){0,2})(?:[ -]\d\.\d)?", re.IGNORECASE)
"""An address, or the short name of a Creative Commons licence."""
_COUNT: Final = re.compile(r"\d{1,9}")
_SCHEMES: Final = ("doi", "pmid", "pmcid", "arxiv", "openalex", "acl")
_VENUES: Final = {"conference-paper": "conference", "chapter": "book", "article": "journal", "review": "journal"}
Fields = Mapping[str, list[str]]
"""A field of `flat_terms` → its texts, none of them empty."""


def fields_of(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """The fields among named texts; others, and texts that say nothing, are left out."""
    found: dict[str, list[str]] = {}
    for name, text in pairs:
        field = FIELDS.get(bare(name))
        if field and text.strip().lower() not in _NOTHING:
            found.setdefault(field, []).append(text.strip())
    return found


def record_of(fields: Fields, number: str, format_name: str) -> Record:
    """The record of one work. Raises MalformedPayload where it has neither title nor identifier."""
    kind = _kind(fields)
    title = plain(_first(fields, "title"))
    known = identified((scheme, each) for scheme in _SCHEMES for each in fields.get(scheme, ())[:1])
    books = identified(("isbn", part) for each in fields.get("isbn", ()) for part in re.split(r"[;,|\s]+", each))
    if kind in ("book", "thesis", "report"):
        known = (*known, *books)
    if not title and not known:
        written = next((line(each)[:60] for scheme in _SCHEMES for each in fields.get(scheme, ()) if each.strip()), "")
        said = (
            f"there is no title, and “{written}” is no identifier"
            if written
            else "there is neither title nor identifier"
        )
        raise MalformedPayload(said)
    language = language_code(_first(fields, "language"))
    stated = licence[0] if (licence := _LICENCE.fullmatch(_first(fields, "license").strip())) else ""
    return Record(
        key=str(known[0]) if known else line(_first(fields, "key")) or number,
        format=format_name,
        kind=kind,
        identifiers=known,
        titles=tuple(Title(t, c) for t, c in ((title, language), (plain(_first(fields, "alternative")), "")) if t),
        abstract=paragraphs(_first(fields, "abstract")),
        language=language,
        issued=max((date_in(each) for each in fields.get("issued", ())), key=len, default=""),
        venue=_venue(fields, kind, () if kind == "book" else books),
        volume=_numeral(_first(fields, "volume")),
        issue=_numeral(_first(fields, "issue")),
        pages=_pages(fields),
        publisher=plain(_first(fields, "publisher")),
        license=stated,
        open_access=True if stated.lower().startswith("cc") or "creativecommons.org/" in stated else None,
        retracted=kind == "article" and says_retracted(title),
        citation_count=next((int(n) for n in fields.get("cited", ()) if _COUNT.fullmatch(n)), None),
        contributors=tuple(_contributors(fields)),
        subjects=tuple(dict.fromkeys(_subjects(fields))),
        funding=tuple(Funding(funder=name) for each in fields.get("funders", ()) for name in listed(each)),
        links=tuple(dict.fromkeys(Link(url=url) for each in fields.get("url", ()) for url in _URL.findall(each))),
    )


def _first(fields: Fields, name: str) -> str:
    return next(iter(fields.get(name, ())), "")


def _kind(fields: Fields) -> WorkKind:
    return next((KINDS[name] for each in fields.get("kind", ()) if (name := bare(each)) in KINDS), "article")


def _numeral(value: str) -> str:
    """A number as printed, where a spreadsheet made a fraction of it ("9.0")."""
    return line(value.removesuffix(".0"))


def _pages(fields: Fields) -> str:
    whole = re.sub(r"\s*[–—-]{1,2}\s*", "-", line(_first(fields, "pages")))
    return whole or page_range(_numeral(_first(fields, "first")), _numeral(_first(fields, "last")))


def _venue(fields: Fields, kind: WorkKind, books: tuple) -> Venue | None:  # type: ignore[type-arg]
    name = plain(_first(fields, "venue"))
    if not name:
        return None
    serial = identified(
        ("issn", each if "-" in each else f"{each[:4]}-{each[4:]}")
        for text in fields.get("issn", ()) for each in re.split(r"[;,|\s]+", text) if each
    )  # fmt: skip
    return Venue(
        name=name, kind=_VENUES.get(kind, "other"), identifiers=(*serial, *books),  # type: ignore[arg-type]
        publisher=plain(_first(fields, "publisher")),
    )  # fmt: skip


def listed(text: str) -> list[str]:
    """The entries of a list written as one text: a Python or JSON list, or apart by ";", "|" or lines, or
    else by commas."""
    text = text[:_MAX_LIST]
    if text.startswith("[") and text.endswith("]"):
        return _literal(text)
    mark = next((mark for mark in (";", "|", "\n", ",") if mark in text), None)
    return [part for each in text.split(mark) if (part := plain(each))] if mark else [plain(text)]


def _literal(text: str) -> list[str]:
    try:
        found = literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return listed(text[1:-1].replace("'", "").replace('"', ""))
    return [name for each in found if isinstance(each, str) and (name := plain(each))]


def people(text: str) -> list[str]:
    """The names in a list of people, each as "Family, Given" or as printed."""
    text = text[:_MAX_LIST]
    if text.startswith("[") and text.endswith("]"):
        return _literal(text)
    if any(mark in text for mark in ";|\n"):
        return listed(text)
    spoken = re.split(r"\s+(?:and|&|und|et|y)\s+", text)
    parts = [part for part in (plain(each) for each in text.split(",")) if part]
    if len(spoken) > 2 or (len(spoken) == 2 and "," not in text) or all(one.count(",") == 1 for one in spoken):
        return [name for one in spoken if (name := plain(one))]
    if all(_INITIALS.fullmatch(part) for part in parts[1::2]) and len(parts) % 2 == 0:
        return [f"{family}, {given}" for family, given in zip(parts[::2], parts[1::2], strict=True)]
    apart = [name for one in spoken for part in one.split(",") if (name := plain(part))]
    return apart if len(apart) > 2 or all(" " in part for part in apart) else [plain(text)]


def _contributors(fields: Fields) -> Iterator[Contributor]:
    authors = [name for text in fields.get("authors", ())[:1] for name in people(text)]
    orcids = [each for text in fields.get("orcids", ()) for each in listed(text)]
    places = [line(text) for text in fields.get("places", ())[:1] if ";" not in text and len(authors) == 1]
    roles: tuple[tuple[Role, list[str]], ...] = (
        ("author", authors), ("editor", [name for text in fields.get("editors", ())[:1] for name in people(text)]),
    )  # fmt: skip
    for role, names in roles:
        for at, name in enumerate(names):
            ended = _ENDING_INITIALS.fullmatch(name) if "," not in name else None
            found = contributor(
                "" if ended else name,
                given=ended[2] if ended else "",
                family=ended[1] if ended else "",
                role=role,
                identifiers=identified([("orcid", orcids[at])])
                if role == "author" and len(orcids) == len(names)
                else (),
                affiliations=tuple(Affiliation(name=place) for place in places if place and role == "author"),
            )
            if found:
                yield found


def _subjects(fields: Fields) -> Iterator[Subject]:
    for name in ("keywords", "fields"):
        for text in fields.get(name, ()):
            yield from (Subject(label=label) for label in listed(text))
