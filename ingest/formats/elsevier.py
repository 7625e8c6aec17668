"""Elsevier's journal article DTD (5.x), bare or in the wrapper (`xocs:doc`) its text-mining service puts around it.

Elements as in Elsevier's "Tag by Tag"; the same names whatever prefix (`ce:`, `sb:`, `ja:`) declares them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from ingest.formats.base import Rejected
from ingest.formats.body import NO_REFERENCES
from ingest.formats.dates import date_in, iso_date
from ingest.formats.elsevier_body import DIALECT, document_of
from ingest.formats.elsevier_core import core_record
from ingest.formats.elsevier_refs import references
from ingest.formats.fields import contributor, identified, language_code, page_range, says_retracted
from ingest.formats.inline import Inline
from ingest.formats.many import one_by_one
from ingest.formats.statements import linked
from ingest.formats.unmarked import cited
from ingest.formats.xml import Element, attribute, parse_xml, place_of, text_of
from ontology.documents import clean
from ontology.errors import MalformedPayload
from ontology.identifiers import Identifier
from ontology.records import (
    Affiliation,
    Contributor,
    Funding,
    Link,
    Payload,
    Record,
    Subject,
    Title,
    Venue,
    WorkKind,
)

_SIGNS: Final = re.compile(rb"elsevier\.com/xml/|//ES//DTD")
_ROOTS: Final = ("article", "converted-article", "simple-article", "chapter", "simple-chapter", "book-review")
_ROOT: Final = re.compile(
    rb"<(?:[\w.-]+:)?(?:doc|article|converted-article|simple-article|chapter|simple-chapter|book-review"
    rb"|full-text-retrieval-response|serial-item)[\s>]"
)
_KINDS: Final[dict[str, WorkKind]] = {
    "fla": "article", "sco": "article", "rev": "review", "ssu": "review", "edi": "editorial", "cor": "letter",
    "err": "correction", "add": "correction", "ret": "retraction", "brv": "other", "con": "other", "nws": "other",
    "chp": "chapter", "dis": "letter", "pgl": "other", "dat": "article", "osp": "article", "mic": "article",
}  # fmt: skip
"""Document subtypes ("fla" is a full-length article); any other is an article."""


class ElsevierFormat(msgspec.Struct, frozen=True):
    """One record per article, with document, references and people."""

    name: str = "elsevier"

    def recognises(self, head: bytes, media: str) -> bool:
        """A root of Elsevier's DTDs with their namespace or public identifier."""
        head = head.replace(b"\0", b"")
        return media == self.name or bool(_ROOT.search(head) and _SIGNS.search(head))

    def parse(self, payload: Payload) -> Iterator[Record | Rejected]:
        """Raises FormatError for what is not XML or holds no article."""
        root = parse_xml(payload.body)
        found = [
            each for each in root.iter(*_ROOTS) if each.find("item-info") is not None or each.find("head") is not None
        ]
        found = found or [each for each in root.iter("coredata") if each.find("title") is not None]
        if not found:
            raise MalformedPayload("there is no article in this XML", place=place_of(root))
        yield from one_by_one(found, _read)


FORMAT: Final = ElsevierFormat()


def _read(article: Element, number: str) -> Record:
    if article.tag == "coredata":
        return core_record(article, number, FORMAT.name)
    try:
        return linked(cited(_record(article, number)))
    except RecursionError:
        raise MalformedPayload("the article is nested too deeply", place=place_of(article)) from None


def _record(article: Element, number: str) -> Record:
    meta = _wrapper(article)
    head = next((found for tag in ("head", "simple-head") if (found := article.find(tag)) is not None), None)
    known = identified([("doi", text_of(article.find("item-info/doi")) or _meta(meta, "doi"))])
    language = language_code(attribute(article, "lang"))
    title = "" if head is None else _title(head)
    if not known and not title:
        raise MalformedPayload("the article has neither DOI nor title", place=place_of(article))
    listed, resolver = references(article)
    rights = _meta(meta, "oa-user-license") or _rights(article)
    abstracts = [] if head is None else head.findall("abstract")
    main = next((each for each in abstracts if each.get("class", "author") == "author"), None)
    return Record(
        key=str(known[0]) if known else number,
        format=FORMAT.name,
        kind=_KINDS.get(attribute(article, "docsubtype") or _meta(meta, "document-subtype"), "article"),
        identifiers=known,
        titles=tuple(_titles(head, title, language)),
        abstract="\n".join(_abstract(main)),
        abstracts=tuple(_translated(abstracts, main, language)),
        language=language,
        issued=_issued(article, meta),
        venue=_venue(article, meta),
        volume=page_range(_meta(meta, "vol-first"), _meta(meta, "vol-last")),
        issue=page_range(_meta(meta, "iss-first"), _meta(meta, "iss-last")),
        pages=page_range(_meta(meta, "first-fp"), _meta(meta, "last-lp")) or _meta(meta, "article-number"),
        publisher="Elsevier",
        license=rights if rights.startswith("http") else "",
        open_access=True if "creativecommons.org/" in rights else None,
        retracted=says_retracted(title),
        contributors=tuple(_contributors(head)) if head is not None else (),
        references=listed,
        subjects=tuple(dict.fromkeys(_subjects(head))) if head is not None else (),
        funding=tuple(_funding(article)),
        links=_links(meta),
        document=document_of(article, title, language, resolver, main, _raw_text(article)),
    )


def _wrapper(article: Element) -> Element | None:
    """The service's description of the item, where there is one."""
    return next((found for outer in article.iterancestors() if (found := outer.find("meta")) is not None), None)


def _meta(meta: Element | None, tag: str) -> str:
    return "" if meta is None else text_of(next(meta.iter(tag), None))


def _raw_text(article: Element) -> str:
    """The text recognised from the pages, for an article that has no body of its own."""
    outer = next((found for each in article.iterancestors() if (found := each.find("rawtext")) is not None), None)
    return "" if outer is None or article.find("body") is not None else "".join(map(str, outer.itertext()))


def _title(head: Element) -> str:
    """The title with its subtitle and without the marks of its footnotes."""
    found = (head.find(tag) for tag in ("title", "subtitle"))
    parts = [_unmarked(element) for element in found if element is not None]
    return ": ".join(filter(None, parts))


def _unmarked(element: Element) -> str:
    parts = [element.text or ""]
    for child in element:
        parts += ["" if child.tag in ("cross-ref", "footnote", "cross-refs") else " ".join(map(str, child.itertext()))]
        parts.append(child.tail or "")
    return clean("".join(parts))


def _titles(head: Element | None, title: str, language: str) -> Iterator[Title]:
    if title:
        yield Title(title, language)
    for each in () if head is None else head.findall("alt-title"):
        if text := _unmarked(each):
            yield Title(text, language_code(attribute(each, "lang")))


def _abstract(abstract: Element | None) -> Iterator[str]:
    """Paragraphs, each part of a structured abstract led by its title."""
    for section in () if abstract is None else abstract.findall("abstract-sec"):
        heading = text_of(section.find("section-title")).rstrip(":.")
        for number, each in enumerate(section.findall("simple-para")):
            run = Inline(NO_REFERENCES, DIALECT)  # which keeps the thin spaces before units
            run.content(each)
            if text := run.settled()[0]:
                yield f"{heading}: {text}" if heading and number == 0 else text


def _translated(abstracts: list[Element], main: Element | None, language: str) -> Iterator[Title]:
    for each in abstracts:
        code = language_code(attribute(each, "lang"))
        if each is not main and code and code != language and (text := "\n".join(_abstract(each))):
            yield Title(text, code)


def _issued(article: Element, meta: Element | None) -> str:
    """The date of the cover; without one when the article was accepted, or its year of copyright."""
    for tag in ("start-date", "cover-date-start"):  # the latter puts a first day to a mere month
        if date := date_in(_meta(meta, tag)):
            return date
    for tag in ("date-accepted", "date-revised", "date-received"):
        each = article.find(f"head/{tag}")
        if each is not None and (date := iso_date(each.get("year"), each.get("month"), each.get("day"))):
            return date
    return iso_date(attribute(article.find("item-info/copyright"), "year"))


def _venue(article: Element, meta: Element | None) -> Venue | None:
    name = _meta(meta, "srctitle") or text_of(article.find("item-info/jid"))
    serial = [("issn", text_of(each)) for tag in ("issn-primary-formatted", "issn-secondary-formatted")
              for each in ([] if meta is None else meta.iter(tag))]  # fmt: skip
    return Venue(name=name, identifiers=identified(serial), publisher="Elsevier") if name else None


def _rights(article: Element) -> str:
    """A Creative Commons address anywhere in the item's copyright statement."""
    stated = " ".join(" ".join(map(str, each.itertext())) for each in article.findall("item-info"))
    found = re.search(r"https?://creativecommons\.org/[\w./-]+", stated)
    return found.group() if found else ""


def _contributors(head: Element) -> Iterator[Contributor]:
    """Authors of all groups with the affiliations they point at, or those of their group where none point."""
    for group in head.findall("author-group"):
        places = {each.get("id", ""): each for each in group.findall("affiliation")}
        corresponding = {each.get("id", "") for each in group.findall("correspondence")}
        pointed = any(ref.get("refid") in places for ref in group.iter("cross-ref"))
        for each in group:
            if each.tag == "collaboration":
                found = contributor(text_of(each.find("text")) or text_of(each), organisation=True)
            elif each.tag == "author":
                refs = [ref.get("refid", "") for ref in each.findall("cross-ref")]
                own = [places[ref] for ref in refs if ref in places] if pointed else list(places.values())
                found = contributor(
                    given=text_of(each.find("given-name")) or text_of(each.find("initials")),
                    family=text_of(each.find("surname")),
                    suffix=text_of(each.find("suffix")),
                    corresponding=not corresponding.isdisjoint(refs),
                    identifiers=_orcid(each),
                    affiliations=tuple(dict.fromkeys(filter(None, map(_affiliation, own)))),
                )
            else:
                continue
            if found:
                yield found


def _orcid(author: Element) -> tuple[Identifier, ...]:
    return identified([("orcid", attribute(author, "orcid"))])


def _affiliation(element: Element) -> Affiliation | None:
    name = text_of(element.find("textfn")) or ", ".join(filter(None, map(text_of, element.findall("affiliation/*"))))
    known = identified([("ror", attribute(element, "ror"))])
    return (
        Affiliation(name=name, identifiers=known, country=text_of(element.find("affiliation/country")))
        if name
        else None
    )


def _subjects(head: Element) -> Iterator[Subject]:
    for group in head.findall("keywords"):
        if group.get("class", "keyword") in ("keyword", "idt", "msc", "pacs", "jel"):
            scheme = "" if group.get("class", "keyword") in ("keyword", "idt") else group.get("class", "")
            for each in group.iter("keyword"):
                if label := text_of(each.find("text")):
                    yield Subject(label=label, scheme=scheme)


def _funding(article: Element) -> Iterator[Funding]:
    """Sponsors as tagged in the acknowledgement, each once with the grants that point at it."""
    grants: dict[str, list[str]] = {}
    for each in article.iter("grant-number"):
        grants.setdefault(each.get("refid", ""), []).append(text_of(each))
    seen: dict[str, list[str]] = {}
    for each in article.iter("grant-sponsor"):
        if name := text_of(each).strip(" .,;"):
            seen.setdefault(name, []).extend(grants.get(each.get("id", ""), []))
    for name, numbers in seen.items():
        yield Funding(funder=name, awards=tuple(dict.fromkeys(filter(None, numbers))))


def _links(meta: Element | None) -> tuple[Link, ...]:
    pii = _meta(meta, "pii-unformatted")
    return (Link(url=f"https://www.sciencedirect.com/science/article/pii/{pii}"),) if pii.isalnum() else ()
