"""Works in schema.org's terms, written as JSON-LD: data sets, articles, books, software, RO-Crates.

As Google's Dataset Search, Bioschemas, Science on Schema.org and RO-Crate ask for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from ingest.formats.base import Rejected
from ingest.formats.dates import date_in
from ingest.formats.fields import Role, in_web, language_code, page_range, says_retracted
from ingest.formats.flat import listed
from ingest.formats.json import read_json
from ingest.formats.jsonld import Node, addresses, nodes_of, text, text_of, texts, types, values
from ingest.formats.many import one_by_one
from ingest.formats.markup import paragraphs, plain
from ingest.formats.schema_org_agents import agents, identifiers
from ontology.errors import MalformedPayload
from ontology.identifiers import WORK_SCHEMES, Identifier, identifier
from ontology.records import (
    Contributor,
    Funding,
    Link,
    Payload,
    Record,
    Reference,
    Relation,
    Subject,
    Title,
    Venue,
    WorkKind,
)

_SIGN: Final = re.compile(
    rb'"@(?:context|vocab)"\s*:[\[{\s]*(?:"@vocab"\s*:\s*)?"https?://(?:(?:www\.)?schema\.org|w3id\.org/ro/crate)'
)
KINDS: Final[dict[str, WorkKind]] = {
    "Dataset": "dataset", "DataSet": "dataset", "DataFeed": "dataset", "ScholarlyArticle": "article",
    "MedicalScholarlyArticle": "article", "Article": "article", "TechArticle": "article", "NewsArticle": "article",
    "BlogPosting": "article", "SocialMediaPosting": "article", "Report": "report", "Book": "book",
    "Chapter": "chapter", "Thesis": "thesis", "Review": "review", "SoftwareSourceCode": "software",
    "SoftwareApplication": "software", "ComputationalWorkflow": "software", "PresentationDigitalDocument":
    "presentation", "Poster": "poster", "ImageObject": "image", "VideoObject": "video", "AudioObject": "audio",
    "PublicationIssue": "journal-issue", "CreativeWork": "other", "DigitalDocument": "other", "Project": "other",
    "LearningResource": "other", "Collection": "other", "Course": "other",
}  # fmt: skip
_SPECIFIC: Final = frozenset(KINDS) - {"CreativeWork", "ImageObject", "VideoObject", "AudioObject", "Collection"}
_ROLES: Final[tuple[tuple[tuple[str, ...], Role], ...]] = (
    (("author", "creator"), "author"), (("editor",), "editor"), (("translator",), "translator"),
    (("contributor",), "contributor"),
)  # fmt: skip
_RELATIONS: Final = {
    "isPartOf": "IsPartOf", "hasPart": "HasPart", "isBasedOn": "IsDerivedFrom", "translationOfWork": "IsTranslationOf",
    "workTranslation": "HasTranslation", "exampleOfWork": "IsVersionOf", "workExample": "HasVersion",
    "subjectOf": "IsDescribedBy", "sameAs": "IsIdenticalTo",
}  # fmt: skip
_FILES: Final = (("distribution", "data"), ("encoding", "fulltext"), ("codeRepository", "code"), ("contentUrl", "data"))
_SERIAL: Final = re.compile(r"\d{4}-\d{3}[\dXx]")
_MAX_LISTED: Final = 20_000


class SchemaOrgFormat(msgspec.Struct, frozen=True):
    """One record per work at the top of the document."""

    name: str = "schema_org"

    def recognises(self, head: bytes, media: str) -> bool:
        """JSON whose context is schema.org's, or RO-Crate's."""
        return media == self.name or (head.lstrip()[:1] in (b"{", b"[") and bool(_SIGN.search(head)))

    def parse(self, payload: Payload) -> Iterator[Record | Rejected]:
        """Raises FormatError for what is not JSON, and where it describes no work."""
        works = works_in(read_json(payload.body, Any))
        if not works:
            raise MalformedPayload("the document describes no work", place="$")
        yield from one_by_one(works, lambda node, number: record_of(node, number, FORMAT.name))


FORMAT: Final = SchemaOrgFormat()


def works_in(document: object) -> list[Node]:
    """The nodes at the top that are works, or what a page says it is about; of an RO-Crate the crate."""
    tops = nodes_of(document)
    tops += [one for node in tops for one in values(node, "mainEntity") if isinstance(one, dict)]
    nodes = [node for node in tops if KINDS.keys() & set(types(node))]
    crates = [
        node for node in nodes for one in values(node, "about") if isinstance(one, dict) and one.get("@id") == "./"
    ]
    if crates:
        return [next(one for one in values(crates[0], "about") if isinstance(one, dict))]
    return [node for node in nodes if _SPECIFIC & set(types(node))] or nodes


def record_of(node: Node, number: str, format_name: str) -> Record:
    """The record of a work. Raises MalformedPayload where it has neither name nor identifier."""
    kind: WorkKind = next((KINDS[name] for name in types(node) if name in KINDS), "other")
    language = _language(node)
    titles = tuple(dict.fromkeys(Title(t, language) for t in texts(node, "name", "headline")))
    known = _identifiers(node)
    if not titles and not known:
        raise MalformedPayload("the work has neither name nor identifier", place="$.name")
    serial = list(_within(node))
    stated = next(iter(addresses(values(node, "license"))), "")
    return Record(
        key=str(known[0]) if known else number,
        format=format_name,
        kind=kind,
        identifiers=known,
        titles=titles,
        abstract="\n".join(t for v in values(node, "abstract", "description") if (t := paragraphs(_raw(v)))),
        language=language,
        issued=date_in(text(node, "datePublished", "dateCreated", "dateModified")),
        venue=_venue(node, serial, kind),
        volume=next((t for one in (node, *serial) if (t := text(one, "volumeNumber"))), ""),
        issue=next((t for one in (node, *serial) if (t := text(one, "issueNumber"))), ""),
        pages=text(node, "pagination").replace("–", "-") or page_range(text(node, "pageStart"), text(node, "pageEnd")),
        publisher=text(node, "publisher"),
        license=stated if stated.startswith("http") else "",
        open_access=_access(node, stated),
        retracted=bool(titles) and says_retracted(titles[0].text),
        contributors=tuple(_contributors(node)),
        references=tuple(_references(node)),
        subjects=tuple(dict.fromkeys(_subjects(node))),
        funding=tuple(_funding(node)),
        relations=tuple(dict.fromkeys(_relations(node, known))),
        links=tuple(dict.fromkeys(_links(node, kind))),
    )


def _access(node: Node, licence: str) -> bool | None:
    said = next((v for v in values(node, "isAccessibleForFree") if isinstance(v, bool)), None)
    return True if said is None and "creativecommons.org/" in licence else said


def _raw(value: object) -> str:
    return value if isinstance(value, str) else text_of(value)


def _language(node: Node) -> str:
    for value in values(node, "inLanguage"):
        written = (value.get("alternateName"), value.get("name")) if isinstance(value, dict) else (value,)
        for one in written:
            if isinstance(one, str) and (code := language_code(one)):
                return code
    return ""


def _identifiers(node: Node) -> tuple[Identifier, ...]:
    """Identifiers of the work: the first of each scheme, web addresses aside."""
    found = [*identifiers(node), *(i for url in addresses(values(node, "url")) if (i := in_web(url)))]
    of_work: dict[str, Identifier] = {}
    for one in found:
        if one.scheme in WORK_SCHEMES and one.scheme != "url":
            of_work.setdefault(one.scheme, one)
    return tuple(of_work.values())


def _within(node: Node) -> Iterator[Node]:
    """What a work is part of: its issue, the volume of that, the journal of that."""
    here: Any = node
    for _ in range(4):
        here = next((one for one in values(here, "isPartOf") if isinstance(one, dict)), None)
        if here is None:
            return
        yield here


def _venue(node: Node, serial: list[Node], kind: WorkKind) -> Venue | None:
    """The journal or book that a work is part of, or the catalogue a data set is in."""
    for one in reversed(serial):
        if not (name := text(one, "name")):
            continue
        numbers = (n for t in texts(one, "issn") for n in _SERIAL.findall(t))
        of_kind = (
            "book" if kind == "chapter" else "journal" if {"Periodical", "Newspaper"} & set(types(one)) else "other"
        )
        known = dict.fromkeys(i for n in numbers if (i := identifier("issn", n)))
        return Venue(name=name, kind=of_kind, identifiers=tuple(known), publisher=text(one, "publisher"))  # type: ignore[arg-type]
    name = text(node, "includedInDataCatalog")
    return Venue(name=name, kind="repository") if name else None


def _contributors(node: Node) -> Iterator[Contributor]:
    for keys, role in _ROLES:
        listed = [tuple(agents(values(node, key), role)) for key in keys]
        yield from max(listed, key=lambda found: (len(found), sum(len(one.affiliations) for one in found)))


def _references(node: Node) -> Iterator[Reference]:
    for number, one in enumerate(values(node, "citation")[:_MAX_LISTED], 1):
        known = identifiers(one) if isinstance(one, dict) else tuple(filter(None, [in_web(str(one))]))
        printed = text_of(one) if isinstance(one, dict) or not known else ""
        known = known or tuple(i for i in [identifier("doi", printed)] if i)
        if known or printed:
            yield Reference(key=f"c{number}", raw=printed, identifiers=known)


def _subjects(node: Node) -> Iterator[Subject]:
    """Keywords: a text with commas, several texts, or terms of a vocabulary."""
    for one in (*values(node, "keywords"), *(v for v in values(node, "about") if isinstance(v, dict))):
        if not isinstance(one, dict):
            yield from (Subject(label=label) for label in (listed(one) if isinstance(one, str) else ()))
        elif label := text_of(one):
            scheme = text(one, "inDefinedTermSet")
            yield Subject(label=label, scheme=scheme, code=text(one, "termCode") if scheme else "")


def _funding(node: Node) -> Iterator[Funding]:
    for grant in values(node, "funding"):
        if isinstance(grant, dict):
            awards = tuple(t for t in texts(grant, "identifier") if not t.startswith("http"))
            for one in values(grant, "funder", "sponsor") or [grant]:
                if name := text_of(one):
                    yield Funding(funder=name, identifiers=identifiers(one), awards=awards)
    for one in values(node, "funder"):
        if name := text_of(one):
            yield Funding(funder=name, identifiers=identifiers(one))


def _relations(node: Node, own: tuple[Identifier, ...]) -> Iterator[Relation]:
    for key, kind in _RELATIONS.items():
        for one in values(node, key)[:_MAX_LISTED]:
            known = identifiers(one) if isinstance(one, dict) else tuple(filter(None, [in_web(str(one))]))
            target = next((i for i in known if i.scheme in ("doi", "handle", "arxiv", "pmid", "pmcid", "isbn")), None)
            if target and target not in own:
                yield Relation(kind=kind, target=target)


def _links(node: Node, kind: WorkKind) -> Iterator[Link]:
    yield from (Link(url=url) for url in addresses(values(node, "url")) if _is_web(url))
    for key, rel in _FILES:
        for one in values(node, key)[:_MAX_LISTED]:
            url = (
                next((u for u in addresses([one.get("contentUrl"), one]) if _is_web(u)), "")
                if isinstance(one, dict)
                else one
            )
            mime = plain(text(one, "encodingFormat", "fileFormat")) if isinstance(one, dict) else ""
            if isinstance(url, str) and _is_web(url):
                of_data = "fulltext" if rel == "data" and kind in ("article", "book", "chapter", "thesis") else rel
                yield Link(url=url, rel="pdf" if "pdf" in mime.lower() else of_data, mime=mime if "/" in mime else "")


def _is_web(url: str) -> bool:
    return bool(re.fullmatch(r"https?://[^\s\"<>]+", url))
