"""The reference list of a JATS article, whichever of its four citation elements it uses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from typing import Final

from ingest.formats.inline import References
from ingest.formats.jats_people import person_name
from ingest.formats.xml import Element, attribute, text_of
from ontology.documents import clean
from ontology.identifiers import Identifier, identifier
from ontology.records import Reference

_CITATIONS: Final = frozenset({"element-citation", "mixed-citation", "nlm-citation", "citation", "product"})
_FIELDED: Final = ("element-citation", "nlm-citation", "citation", "mixed-citation")
_SCHEMES: Final = ("doi", "pmid", "pmcid", "arxiv", "isbn")
_YEAR: Final = re.compile(r"\b(1[5-9]\d\d|20\d\d)")
_DOI: Final = re.compile(r"(?:\bdoi\b[:\s/.]*|doi\.org/)\s*(10\.\d{4,9}/\S+)", re.IGNORECASE)
_ARXIV: Final = re.compile(r"\barxiv:\s*(\d{4}\.\d{4,5}|[a-z-]+/\d{7})", re.IGNORECASE)
_PUBMED: Final = re.compile(r"(?:pubmed\.ncbi\.nlm\.nih\.gov/|ncbi\.nlm\.nih\.gov/pubmed/)(\d+)")


def references(article: Element) -> tuple[tuple[Reference, ...], References]:
    """The references in print order and the means to resolve markers in the text to them.

    A `ref` that holds two works gives two references ("b3", "b3.2"); one that gives the same work
    twice, as fields and as text, gives one.
    """
    found: list[Reference] = []
    printed: list[tuple[str, ...]] = []
    ids: dict[str, tuple[str, ...]] = {}
    taken: set[str] = set()
    running = count(1)
    for part in (*article.findall("body"), *article.findall("back")):
        for ref in part.iter("ref"):
            stem = ref.get("id", "").strip() or f"ref{next(running)}"
            keys = []
            for number, citation in enumerate(_works(ref), 1):
                key = _free(stem if number == 1 else f"{stem}.{number}", taken)
                keys.append(key)
                found.append(_reference(key, citation, ref))
                for inner in citation:
                    ids.setdefault(inner.get("id", ""), (key,))
            ids[stem] = ids.get(stem, ()) + tuple(keys)
            printed.append(tuple(keys))
    ids.pop("", None)
    return tuple(found), References(ids, printed)


def _free(key: str, taken: set[str]) -> str:
    """`key`, or `key~2` … where a broken list uses it twice."""
    name = key if key not in taken else next(f"{key}~{n}" for n in count(2) if f"{key}~{n}" not in taken)
    taken.add(name)
    return name


def _works(ref: Element) -> list[list[Element]]:
    """The citation elements of each work in a `ref`; several elements where they are alternatives."""
    works: list[list[Element]] = []
    for child in ref:
        if child.tag == "citation-alternatives":
            works.append([each for each in child if each.tag in _CITATIONS])
        elif child.tag in _CITATIONS:
            if works and all(each.tag != child.tag for each in works[-1]):
                works[-1].append(child)
            else:
                works.append([child])
    return [each for each in works if each] or [[ref]]


def _reference(key: str, citation: list[Element], ref: Element) -> Reference:
    fields = min(citation, key=lambda e: _FIELDED.index(str(e.tag)) if e.tag in _FIELDED else len(_FIELDED))
    printed = next((each for each in citation if each.tag == "mixed-citation"), fields)
    raw = _read(printed) if _reads(printed) else _composed(printed)
    names = (".//article-title", "chapter-title", "data-title")
    title = next(filter(None, (text_of(fields.find(name)) for name in names)), "")
    source = text_of(fields.find("source"))
    if not title:
        title, source = source, ""
    return Reference(
        key=key,
        raw=raw or text_of(ref),
        identifiers=tuple(dict.fromkeys(i for each in citation for i in _identifiers(each, raw))),
        title=title,
        author=_author(fields),
        year=_year(fields) or _year(printed),
        venue=source,
        volume=text_of(fields.find("volume")),
        page=text_of(fields.find("fpage")) or text_of(fields.find("elocation-id")),
    )


def _reads(citation: Element) -> bool:
    """Whether the citation prints its own punctuation (and not only elements side by side)."""
    return citation.tag == "mixed-citation" or any((child.tail or "").strip(" \n\t") for child in citation)


def _read(citation: Element) -> str:
    """The citation as printed; names that no space parts ("MeridianO.") are parted."""
    for name in citation.iter("surname"):
        after = name.getnext()
        if not name.tail and after is not None and after.tag == "given-names":
            name.tail = " "
    return text_of(citation)


def _composed(citation: Element) -> str:
    """A readable line out of bare fields: "Kim Y, Lee S. 2014. Title. Source 3: 12–19."."""
    people = "; ".join(
        filter(None, (person_name(each)[2] for each in citation.iter("name", "string-name")))
    ) or text_of(citation.find(".//collab"))
    pages = "–".join(filter(None, (text_of(citation.find("fpage")), text_of(citation.find("lpage")))))
    place = " ".join(filter(None, (text_of(citation.find("source")), text_of(citation.find("volume")))))
    title = text_of(citation.find(".//article-title")) or text_of(citation.find("chapter-title"))
    tail = f"{place}: {pages}" if place and pages else place or pages
    line = [people, text_of(citation.find("year")), title, tail, text_of(citation.find("publisher-name"))]
    parts = [part.rstrip(".") for part in line if part]
    return ". ".join(parts) + "." if parts else clean(" ".join(map(str, citation.itertext())))


def _author(citation: Element) -> str:
    """The first author as "Family, Given"; a group by its name."""
    for each in citation.iter("name", "string-name", "collab", "surname"):
        if each.tag in ("collab", "surname"):
            return text_of(each)
        given, family, name = person_name(each)
        return f"{family}, {given}" if family and given else name
    return ""


def _year(citation: Element) -> int:
    year = citation.find(".//year")
    for text in (text_of(year), attribute(year, "iso-8601-date"), text_of(citation.find(".//date"))):
        if found := _YEAR.search(text):
            return int(found.group(1))
    return 0


def _identifiers(citation: Element, raw: str) -> Iterator[Identifier]:
    seen: set[str] = set()
    for scheme, value in _stated(citation):
        if scheme in _SCHEMES and scheme not in seen and (found := identifier(scheme, value)):
            seen.add(scheme)
            yield found
    for scheme, pattern in (("doi", _DOI), ("arxiv", _ARXIV)):
        hit = None if scheme in seen else pattern.search(raw)
        if hit and (found := identifier(scheme, hit.group(1))):
            yield found


def _stated(citation: Element) -> Iterator[tuple[str, str]]:
    """(scheme, raw value) pairs from identifying elements and from links."""
    for each in citation.iter("pub-id", "object-id", "article-id"):
        yield attribute(each, "pub-id-type").lower(), text_of(each)
    for each in citation.iter("isbn"):
        yield "isbn", text_of(each)
    for each in citation.iter("ext-link", "uri"):
        href = attribute(each, "href") or text_of(each)
        kind = attribute(each, "ext-link-type").lower()
        if kind == "doi" or "doi.org/" in href or href.startswith("info:doi"):
            yield "doi", href
        elif hit := _PUBMED.search(href):
            yield "pmid", hit.group(1)
        elif kind in ("pmid", "pmcid"):
            yield kind, href
        elif "arxiv.org/" in href:
            yield "arxiv", href
