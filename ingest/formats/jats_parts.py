"""Works inside a JATS article: translations, decision letters, replies and other sub-articles and responses.

Each describes itself in a `front-stub`; what it leaves out (journal, volume, licence, for a translation
the authors and the reference list too) is the article's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from ingest.formats.jats_body import document_of, meta_of
from ingest.formats.jats_front import described, identifiers, language_of, titles
from ingest.formats.jats_people import contributors
from ingest.formats.jats_refs import references
from ingest.formats.jats_terms import KINDS
from ingest.formats.statements import linked
from ingest.formats.unmarked import cited
from ingest.formats.xml import Element
from ontology.identifiers import Identifier
from ontology.records import Document, Record, Relation, WorkKind

MAX_PARTS: Final = 200
"""Sub-articles and responses of one article that are read."""

_BACK: Final = {"IsTranslationOf": "HasTranslation", "Reviews": "IsReviewedBy", "References": "IsReferencedBy"}
_INHERITED: Final = ("issued", "volume", "issue", "license", "open_access", "publisher", "venue")


def sub_articles(article: Element, main: Record, format_name: str) -> Iterator[Record]:
    """A record for each sub-article and response that has text or a title, related to `main`."""
    for number, part in enumerate(article.iter("sub-article", "response"), 1):
        if number > MAX_PARTS or (meta := meta_of(part)) is None:
            return
        record = _read(part, meta, main, article, format_name, part.get("id", "").strip() or str(number))
        if record is not None:
            yield record


def _read(part: Element, meta: Element, main: Record, article: Element, format_name: str, number: str) -> Record | None:
    translated = part.get("article-type") == "translation"
    language = language_of(part, main.language)
    known = tuple(one for one in identifiers(meta) if one not in main.identifiers)
    listed, resolver = references(part)
    if not listed:
        listed, resolver = references(article)
        listed = listed if translated else ()
    named = titles(part, language)
    document = document_of(part, named[0].text if named else "", language, resolver)
    if not listed and document is not None:
        document = _without_citations(document)
    if document is None and not named:
        return None
    record = Record(
        key=str(known[0]) if known else f"{main.key}#{number}",
        format=format_name,
        kind=main.kind if translated else _kind(part),
        language=language,
        identifiers=known,
        titles=named,
        contributors=contributors(meta) or (main.contributors if translated else ()),
        references=listed,
        document=document,
    )
    record = described(record, part, meta)
    missing = {name: getattr(main, name) for name in _INHERITED if not getattr(record, name)}
    relation = Relation(kind=_relation(record, translated), target=_target(main))
    return linked(cited(msgspec.structs.replace(record, **missing, relations=(*record.relations, relation))))


def _without_citations(document: Document) -> Document:
    """A letter without a list of its own has nothing its markers could denote."""
    kept = tuple(fragment for fragment in document.fragments if fragment.kind != "citation")
    return msgspec.structs.replace(document, fragments=kept)


def from_article(part: Record) -> Relation | None:
    """The relation from the article to this part of it; None where the part has no identifier."""
    if not part.identifiers or not part.relations:
        return None
    return Relation(kind=_BACK.get(part.relations[-1].kind, "References"), target=part.identifiers[0])


def _kind(part: Element) -> WorkKind:
    """Replies and comments by authors belong to the review, like the letters they answer."""
    kind = KINDS.get(part.get("article-type", part.get("response-type", "")).lower(), "peer-review")
    return "peer-review" if kind == "letter" else kind


def _relation(record: Record, translated: bool) -> str:
    if translated:
        return "IsTranslationOf"
    return "Reviews" if record.kind == "peer-review" else "References"


def _target(main: Record) -> Identifier:
    return main.identifiers[0] if main.identifiers else Identifier("record", main.key)
