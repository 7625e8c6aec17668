"""A work as the search index sees it: one document, and one for each part that can be a result."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from graph.search.documents import MAX_FRAGMENT_CHARACTERS, FragmentDocument, SearchDocument
from nlp.abbreviations import definitions
from ontology.entities import Authorship, Work
from ontology.reading import TopicAssignment
from ontology.records import Contributor, Fragment

Ancestors = Callable[[str], Sequence[str]]
"""A concept's IRI → the IRIs of all concepts above it."""

MAX_BROADER: Final = 200
MAX_ABBREVIATIONS: Final = 50
_PARTS: Final = frozenset(
    {"section", "paragraph", "list", "figure", "table", "statement", "footnote", "formula", "media"}
)
_DATA_LINKS: Final = ("IsSupplementedBy", "HasPart", "Documents", "Describes", "Requires", "Compiles")
"""DataCite's relations by which a publication points at its data."""


def search_document(work: Work, sources: Sequence[str]) -> SearchDocument:
    """Title, abstract and body as searchable text; people and venue with name and IRI. `sources` are names of
    sources. Topics come with `with_topics`: their names are where the vocabularies are."""
    record, document, reading = work.record, work.document, work.reading
    keyphrases = (phrase.text for phrase in reading.keyphrases) if reading else ()
    people = [a for a in work.authorships if a.role == "author"] or list(work.authorships)
    organisations = dict(pair for a in people for pair in _organisations(a, record.contributors))
    loose = dict.fromkeys(name for a in people for name in a.affiliations if name not in organisations.values())
    return SearchDocument(
        iri=work.iri, kind=record.kind, title=record.title, abstract=record.abstract,
        body=document.text if document and document.full else "",
        authors=tuple(a.name for a in people), author_iris=tuple(a.person for a in people),
        orcids=tuple(i.value for c in record.contributors for i in c.identifiers if i.scheme == "orcid"),
        organisations=(*organisations.values(), *loose), organisation_iris=tuple(organisations),
        year=record.year, issued=record.issued, venue=record.venue.name if record.venue else "", venue_iri=work.venue,
        volume=record.volume, issue=record.issue, pages=record.pages, publisher=record.publisher,
        language=record.language or (reading.language if reading else ""),
        keywords=tuple(dict.fromkeys([*(s.label for s in record.subjects), *keyphrases])),
        identifiers=tuple(str(i) for i in record.identifiers), open_access=record.open_access,
        sources=tuple(sorted(set(sources))), citation_count=record.citation_count or 0,
        cites=tuple(dict.fromkeys(c.work for c in work.cites if c.work)), datasets=_datasets(work),
        features=tuple(_features(work)), abbreviations=_abbreviations(work),
    )  # fmt: skip


def with_topics(
    document: SearchDocument, topics: Sequence[TopicAssignment], labels: Mapping[str, str], ancestors: Ancestors
) -> SearchDocument:
    """The document with its topics and all above them; `labels` maps concept IRIs to preferred labels."""
    if not topics:
        return document
    above = dict.fromkeys(iri for topic in topics for iri in ancestors(topic.concept))
    return msgspec.structs.replace(
        document,
        topics=tuple((t.concept, labels.get(t.concept, t.concept)) for t in topics),
        broader=tuple((iri, labels.get(iri, iri)) for iri in list(above)[:MAX_BROADER]),
    )


def fragment_documents(work: Work) -> Iterator[FragmentDocument]:
    """The parts of a work that can be results: paragraphs, captions, headings and what floats."""
    document = work.document
    if document is None:
        return
    headings = {f.path: f.title for f in document.fragments if f.kind == "section"}
    sentences: dict[str, list[Fragment]] = {}
    for sentence in work.reading.sentences if work.reading else ():
        sentences.setdefault(sentence.path.rpartition("/s/")[0], []).append(sentence)
    for fragment in document.fragments:
        if fragment.kind not in _PARTS:
            continue
        heading = headings.get(fragment.within or fragment.path.rpartition("/p/")[0], "")
        text = fragment.title if fragment.kind == "section" else document.text[fragment.begin : fragment.end]
        if not text.strip():
            continue
        inside = sentences.get(fragment.path, ())
        yield FragmentDocument(
            iri=f"{work.iri}/{fragment.path}", work=work.iri, kind=fragment.kind, text=text[:MAX_FRAGMENT_CHARACTERS],
            label=fragment.label, heading=heading, url=fragment.url,
            language=work.record.language or (work.reading.language if work.reading else ""),
            sentences=tuple((s.path, s.begin - fragment.begin, s.end - fragment.begin) for s in inside),
        )  # fmt: skip


def _organisations(authorship: Authorship, contributors: Sequence[Contributor]) -> Iterator[tuple[str, str]]:
    """(IRI, name as printed) of the identified organisations of an author."""
    at = authorship.position - 1
    contributor = contributors[at] if at < len(contributors) else None
    if contributor is None or contributor.name != authorship.name:
        return
    names = [a.name for a in contributor.affiliations if a.identifiers]
    if len(names) == len(authorship.organisations):
        yield from zip(authorship.organisations, names, strict=True)


def _datasets(work: Work) -> tuple[str, ...]:
    """IRIs, or identifiers, of data that the work points at."""
    related = [r.work or str(r.target) for r in work.related if r.kind in _DATA_LINKS]
    return tuple(dict.fromkeys([*related, *(link.url for link in work.record.links if link.rel == "data")]))


def _features(work: Work) -> Iterator[str]:
    """The values of `has:` that hold."""
    record, document = work.record, work.document
    held = {
        "abstract": bool(record.abstract), "fulltext": bool(document and document.full),
        "doi": any(i.scheme == "doi" for i in record.identifiers),
        "orcid": any(i.scheme == "orcid" for c in record.contributors for i in c.identifiers),
        "references": bool(work.cites), "dataset": bool(_datasets(work)),
        "figures": any(f.kind == "figure" for f in document.fragments) if document else False,
        "topics": bool(work.reading and work.reading.topics), "keywords": bool(record.subjects),
        "citations": bool(record.citation_count),
        "retraction": record.retracted,
    }  # fmt: skip
    return (name for name, holds in held.items() if holds)


def _abbreviations(work: Work) -> tuple[tuple[str, str], ...]:
    """Short and long forms as its text defines them."""
    record, document = work.record, work.document
    found = definitions(document.text if document and document.full else f"{record.title}\n{record.abstract}")
    return tuple((short, one.long) for short, one in found.items())[:MAX_ABBREVIATIONS]
