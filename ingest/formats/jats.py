"""JATS: full-text journal articles (ANSI/NISO Z39.96, and the NLM DTDs before it, from 1.0 on).

Reads what publishers and archives make of it (PLOS, PMC, eLife, SciELO, JOSE and others), bare or
wrapped (a `pmc-articleset`, an OAI record). Sub-articles and responses (translations, decision letters,
replies) are records of their own behind the article's, related to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from ingest.formats.base import Rejected
from ingest.formats.jats_body import document_of, meta_of
from ingest.formats.jats_front import described, identifiers, kind_of, language_of, titles
from ingest.formats.jats_parts import from_article, sub_articles
from ingest.formats.jats_people import contributors
from ingest.formats.jats_refs import references
from ingest.formats.statements import linked
from ingest.formats.unmarked import cited
from ingest.formats.xml import Element, parse_xml, place_of, text_of
from ontology.errors import FormatError, MalformedPayload
from ontology.records import Payload, Record

_FIRST: Final = re.compile(rb"<(?:[\w.-]+:)?([A-Za-z][\w.-]*)[\s>]")
_SIGNS: Final = re.compile(
    rb"article-type=|<(?:[\w.-]+:)?front[\s>]|NLM//DTD|JATS|journalpublishing|archivearticle|nlm-articleset",
    re.IGNORECASE,
)
_DOI_LINE: Final = re.compile(r"DOI:\s*https?://(?:dx\.)?doi\.org/\S+", re.IGNORECASE)


class JatsFormat(msgspec.Struct, frozen=True):
    """One record per article and sub-article, with document, references and people."""

    name: str = "jats"

    def recognises(self, head: bytes, media: str) -> bool:
        """A root `article` (or `pmc-articleset`) with any sign of JATS near the start."""
        if media == self.name:
            return True
        head = head.replace(b"\0", b"")
        first = _FIRST.search(head)
        return bool(first and first.group(1) in (b"article", b"pmc-articleset") and _SIGNS.search(head))

    def parse(self, payload: Payload) -> Iterator[Record | Rejected]:
        """Raises FormatError where the payload as a whole, or its only article, cannot be read."""
        root = parse_xml(payload.body)
        articles = [root] if root.tag == "article" else [each for each in root.iter("article") if _outermost(each)]
        if not articles:
            raise MalformedPayload("there is no article in this XML", place=place_of(root))
        for number, article in enumerate(articles, 1):
            try:
                yield from _records(article, number)
            except FormatError as error:
                if len(articles) == 1:
                    raise
                yield Rejected.of(str(number), error)


FORMAT: Final = JatsFormat()


def _outermost(article: Element) -> bool:
    return next(article.iterancestors("article", "sub-article", "response"), None) is None


def _records(article: Element, number: int) -> Iterator[Record]:
    """The article, then what stands in it as a work of its own."""
    if article.find("front/article-meta") is None:
        raise MalformedPayload("the article has no front/article-meta", place=place_of(article))
    try:
        record = _read(article, str(number))
        parts = [*sub_articles(article, record, FORMAT.name)]
    except RecursionError:
        raise MalformedPayload("the article is nested too deeply", place=place_of(article)) from None
    related = [relation for part in parts if (relation := from_article(part)) is not None]
    yield linked(cited(msgspec.structs.replace(record, relations=tuple(dict.fromkeys((*record.relations, *related))))))
    yield from parts


def _read(article: Element, number: str) -> Record:
    meta = meta_of(article)
    assert meta is not None
    _drop_doi_lines(article)
    language = language_of(article)
    known = identifiers(meta)
    named = titles(article, language)
    listed, resolver = references(article)
    record = Record(
        key=str(known[0]) if known else number,
        format=FORMAT.name,
        kind=kind_of(article),
        language=language,
        identifiers=known,
        titles=named,
        contributors=contributors(meta),
        references=listed,
        document=document_of(article, named[0].text if named else "", language, resolver),
    )
    return described(record, article, meta)


def _drop_doi_lines(article: Element) -> None:
    """eLife closes abstracts and captions with a paragraph that holds nothing but their DOI."""
    short = (each for each in article.iter("p") if 0 < len(each) < 4 and len(each.text or "") < 16)
    for paragraph in [each for each in short if _DOI_LINE.fullmatch(text_of(each))]:
        if (parent := paragraph.getparent()) is not None:
            parent.remove(paragraph)
