"""What the front of a JATS article says about the work, people apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from ingest.formats.body import NO_REFERENCES
from ingest.formats.dates import date_in, iso_date
from ingest.formats.fields import page_range
from ingest.formats.inline import Inline
from ingest.formats.jats_body import (
    DIALECT,
    abstract_paragraphs,
    meta_of,
    split_abstracts,
    translated_abstracts,
    web_address,
)
from ingest.formats.jats_people import institution_identifiers
from ingest.formats.jats_terms import DATE_ORDER, KINDS, LICENSE, NO_TOPIC, OPEN, RELATIONS, RETRACTED_BY
from ingest.formats.xml import Element, attribute, text_of
from ontology.identifiers import Identifier, identifier
from ontology.records import Funding, Link, Record, Relation, Subject, Title, Venue, WorkKind

_SCHEMES = {"doi": "doi", "pmid": "pmid", "pmc": "pmcid", "pmcid": "pmcid", "arxiv": "arxiv"}


_IN_REGISTRY: Final = "10.13039/"
"""What DOIs of the Funder Registry begin with."""


def identifiers(meta: Element) -> tuple[Identifier, ...]:
    """Every `article-id` that is an identifier of the work at large, DOI first."""
    found = [
        each
        for element in meta.findall("article-id")
        if element.get("specific-use") != "version"
        and (scheme := _SCHEMES.get(attribute(element, "pub-id-type").lower()))
        and (each := identifier(scheme, text_of(element)))
    ]
    return tuple(sorted(dict.fromkeys(found), key=lambda i: i.scheme != "doi"))


def titles(article: Element, language: str) -> tuple[Title, ...]:
    """The title with its subtitle, translated titles, and titles of translations in sub-articles."""
    meta = meta_of(article)
    groups = (
        []
        if meta is None
        else meta.findall("title-group") or ([meta] if meta.find("article-title") is not None else [])
    )
    found = [Title(_titled(group, "article-title", "subtitle"), language) for group in groups]
    for group in groups:
        for translated in group.findall("trans-title-group"):
            text = _titled(translated, "trans-title", "trans-subtitle")
            found.append(Title(text, _language(translated) or _language(translated.find("trans-title"))))
        found += (Title(_plain(each), _language(each)) for each in group.findall("trans-title"))
    for sub in article.findall("sub-article"):
        for path in ("front-stub/title-group", "front/article-meta/title-group"):
            if sub.get("article-type") == "translation" and (stub := sub.find(path)) is not None:
                found.append(Title(_titled(stub, "article-title", "subtitle"), _language(sub)))
    return tuple(dict.fromkeys(each for each in found if each.text))


def language_of(article: Element, otherwise: str = "en") -> str:
    """The article's language; JATS declares "en" where the attribute is missing."""
    return _language(article) or otherwise


def kind_of(article: Element) -> WorkKind:
    return KINDS.get(article.get("article-type", "").lower(), "article")


def described(record: Record, article: Element, meta: Element) -> Record:
    """The record with the fields that concern neither people, titles, references nor text."""
    journal = article.find("front/journal-meta")
    license_url, open_access = _license(meta)
    pages = page_range(text_of(meta.find("fpage")), text_of(meta.find("lpage")))
    related = meta.findall("related-article")
    retracted = any(each.get("related-article-type") in RETRACTED_BY for each in related)
    return msgspec.structs.replace(
        record,
        issued=_issued(meta),
        venue=_venue(journal),
        publisher="" if journal is None else text_of(journal.find("publisher/publisher-name")),
        volume=text_of(meta.find("volume")),
        issue=text_of(meta.find("issue")),
        pages=pages or text_of(meta.find("elocation-id")),
        license=license_url,
        open_access=open_access,
        retracted=retracted or article.get("article-type") == "retracted-article",
        abstract="\n".join(abstract_paragraphs(split_abstracts(article)[0])),
        abstracts=tuple(
            Title(text, _language(each))
            for each in translated_abstracts(article)
            if (text := "\n".join(abstract_paragraphs(each)))
        ),
        subjects=tuple(dict.fromkeys(_subjects(meta))),
        funding=tuple(_funding(meta)) or tuple(_funding_in_text(article)),
        relations=tuple(dict.fromkeys((*_relations(related), *_history(meta)))),
        links=tuple(dict.fromkeys(_links(article, meta))),
    )


def _plain(element: Element | None) -> str:
    """Text without footnote marks."""
    if element is None:
        return ""
    run = Inline(NO_REFERENCES, DIALECT)
    run.content(element)
    return run.settled()[0]


def _titled(group: Element, title: str, subtitle: str) -> str:
    parts = [_plain(group.find(title)), *map(_plain, group.findall(subtitle))]
    return ": ".join(part.rstrip(":") if part != parts[-1] else part for part in parts if part)


def _language(element: Element | None) -> str:
    code = attribute(element, "lang").replace("_", "-")
    primary, _, rest = code.partition("-")
    return f"{primary.lower()}-{rest}" if rest else primary.lower()


def _issued(meta: Element) -> str:
    """The date of publication: electronic before print before collection, as precise as stated."""
    dates = []
    for date in meta.findall("pub-date"):
        kind = (date.get("pub-type") or date.get("date-type") or "").lower()
        rank = DATE_ORDER.index(kind) if kind in DATE_ORDER else len(DATE_ORDER)
        if iso := _iso(date):
            dates.append((rank, iso))
    return min(dates, key=lambda each: each[0])[1] if dates else ""


def _iso(date: Element) -> str:
    year, month, day = (text_of(date.find(name)) for name in ("year", "month", "day"))
    stated = iso_date(year, month, day)
    return stated or date_in(date.get("iso-8601-date", "")) or date_in(text_of(date.find("string-date")))


def _venue(journal: Element | None) -> Venue | None:
    if journal is None:
        return None
    names = (
        "journal-title-group/journal-title",
        "journal-title",
        "journal-title-group/abbrev-journal-title",
        "journal-id",
    )
    name = next(filter(None, (text_of(journal.find(path)) for path in names)), "")
    issns = filter(None, (identifier("issn", text_of(each)) for each in journal.findall("issn")))
    publisher = text_of(journal.find("publisher/publisher-name"))
    return Venue(name=name, identifiers=tuple(dict.fromkeys(issns)), publisher=publisher) if name else None


def _license(meta: Element) -> tuple[str, bool | None]:
    """(URL of the licence or empty, whether open as far as stated)."""
    url, is_open = "", None
    for each in meta.findall("permissions/license"):
        kind = each.get("license-type", "")
        is_open = True if "open" in kind or "cc" in kind.lower().split("-") else is_open
        stated = [attribute(each, "href"), *(text_of(ref) for ref in each.iter("license_ref"))]
        stated += [attribute(link, "href") for link in each.iter("ext-link", "uri")]
        text = " ".join(filter(None, [*stated, text_of(each), text_of(meta.find("permissions/copyright-statement"))]))
        hit = LICENSE.search(text)
        url = url or (hit.group() if hit else next((s for s in stated[:2] if s.startswith("http")), ""))
    words = " ".join(text_of(each) for each in meta.iterfind("permissions/*"))
    is_open = True if OPEN.search(words) else is_open
    return url.rstrip("."), True if "creativecommons.org" in url else is_open


def _subjects(meta: Element) -> Iterator[Subject]:
    for group in meta.findall("kwd-group"):
        scheme = attribute(group, "vocab") or _named_scheme(group.get("kwd-group-type", ""))
        for keyword in group.iter("kwd", "compound-kwd"):
            if label := _keyword(keyword):
                yield Subject(label=label, scheme=scheme)
    for group in meta.findall("article-categories/subj-group"):
        kind = group.get("subj-group-type", "")
        if "display" in kind or kind in ("overline", "category-toc-heading"):
            continue
        for subject in group.iter("subject"):
            label = text_of(subject)
            if label and not NO_TOPIC.fullmatch(label):
                yield Subject(label=label, scheme="" if kind == "heading" else kind)


def _keyword(keyword: Element) -> str:
    """Its text; of a compound one (`compound-kwd-part`) the parts that are words."""
    parts = keyword.findall("compound-kwd-part")
    words = [each for each in parts if each.get("content-type", "") in ("text", "term", "label", "keyword")] or parts
    return ": ".join(filter(None, map(text_of, words))) if parts else text_of(keyword)


def _named_scheme(kind: str) -> str:
    """The vocabulary a keyword group names; author keywords come from none."""
    return "" if kind.lower().startswith("author") else kind


def _funding(meta: Element) -> Iterator[Funding]:
    """Funders in print order, each once with all its awards."""
    awards: dict[tuple[str, tuple[Identifier, ...]], list[str]] = {}
    for group in meta.findall("funding-group/award-group"):
        numbers = [text_of(each) for each in group.findall("award-id")]
        sources = group.findall("funding-source")
        for source in sources:
            stated = (attribute(source, "href"), attribute(group, "href") if len(sources) == 1 else "")
            linked = [found for raw in stated if _IN_REGISTRY in raw and (found := identifier("doi", raw))]
            if funder := _funder(source):
                known = institution_identifiers(source) or tuple(linked[:1])
                awards.setdefault((funder, known), []).extend(numbers)
    for (funder, known), numbers in awards.items():
        yield Funding(funder=funder, identifiers=known, awards=tuple(dict.fromkeys(filter(None, numbers))))


def _funding_in_text(article: Element) -> Iterator[Funding]:
    """Funders that are tagged where the text thanks them, each with the awards tagged behind it."""
    found: dict[tuple[str, tuple[Identifier, ...]], list[str]] = {}
    awards: list[str] = []
    for part in article.findall("body") + article.findall("back"):
        for each in part.iter("funding-source", "award-id"):
            if each.tag == "award-id":
                awards.append(text_of(each))
            elif funder := _funder(each):
                awards = found.setdefault((funder, institution_identifiers(each)), [])
    for (funder, known), numbers in found.items():
        yield Funding(funder=funder, identifiers=known, awards=tuple(dict.fromkeys(filter(None, numbers))))


def _funder(source: Element) -> str:
    institution = source.find(".//institution")
    if institution is not None:
        return text_of(institution)
    return _plain_without(source, ("named-content", "institution-id"))


def _plain_without(element: Element, tags: tuple[str, ...]) -> str:
    parts = [element.text or ""]
    for child in element:
        parts += [] if child.tag in tags else [text_of(child)]
        parts.append(child.tail or "")
    return " ".join("".join(parts).split()).strip(" ;,")


def _relations(related: list[Element]) -> Iterator[Relation]:
    for each in related:
        href = attribute(each, "href")
        target = identifier("doi", href) or identifier("pmid", href) or identifier("pmcid", href)
        if target:
            yield Relation(kind=RELATIONS.get(each.get("related-article-type", ""), "References"), target=target)


def _history(meta: Element) -> Iterator[Relation]:
    """Preprints that the history of publication names (JATS 1.3), and the DOI of this version beside that of all."""
    for number in meta.findall("article-id"):
        target = identifier("doi", text_of(number)) if number.get("specific-use") == "version" else None
        if target:
            yield Relation(kind="HasVersion", target=target)
    for uri in meta.iterfind("pub-history/event/self-uri"):
        target = identifier("doi", attribute(uri, "href"))
        if target and "preprint" in uri.get("content-type", ""):
            yield Relation(kind="HasVersion", target=target)


def _links(article: Element, meta: Element) -> Iterator[Link]:
    for uri in meta.findall("self-uri"):
        kind = uri.get("content-type", "").lower()
        url = web_address(attribute(uri, "href") or text_of(uri))
        if url.startswith("http"):
            at_file = not url.startswith("https://doi.org/")
            is_pdf = at_file and ("pdf" in kind or url.lower().endswith(".pdf"))
            yield Link(url=url, rel="pdf" if is_pdf else "landing", mime="application/pdf" if is_pdf else "")
    for part in article.findall("body") + article.findall("back"):
        for each in part.iter("supplementary-material"):
            url = web_address(attribute(each, "href"))
            if url.startswith("http"):
                kind = each.get("mimetype", "")
                yield Link(url=url, rel="supplement", mime=kind if "/" in kind else "")
