"""A work as the search index sees it: one document, and one for each part that can be a result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from graph.convert import concept_of
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
    sources. Topics that were read come with `with_topics`: their names are where the vocabularies are."""
    record, document, reading = work.record, work.document, work.reading
    keyphrases = (phrase.text for phrase in reading.keyphrases) if reading else ()
    people = [a for a in work.authorships if a.role == "author"] or list(work.authorships)
    organisations = _named_once(pair for a in work.authorships for pair in _organisations(a, record.contributors))
    others = [a for a in work.authorships if a not in people and a.person]
    loose = dict.fromkeys(name for a in people for name in a.affiliations if name not in organisations.values())
    return SearchDocument(
        iri=work.iri, kind=record.kind, title=record.title, abstract=record.abstract,
        body=document.text if document and document.full else "",
        authors=tuple(a.name for a in people), author_iris=tuple(a.person for a in people),
        others=tuple(dict.fromkeys((a.person, a.name) for a in others)),
        orcids=tuple(i.value for c in record.contributors for i in c.identifiers if i.scheme == "orcid"),
        organisations=(*organisations.values(), *loose), organisation_iris=tuple(organisations),
        year=record.year, issued=record.issued, venue=record.venue.name if record.venue else "", venue_iri=work.venue,
        volume=record.volume, issue=record.issue, pages=record.pages, publisher=record.publisher,
        language=record.language or (reading.language if reading else ""),
        keywords=tuple(dict.fromkeys([*(s.label for s in record.subjects), *keyphrases])),
        identifiers=tuple(str(i) for i in record.identifiers), open_access=record.open_access,
        sources=tuple(sorted(set(sources))), citation_count=record.citation_count or 0,
        topics=_stated(work),
        cites=tuple(dict.fromkeys(c.work for c in work.cites if c.work)), datasets=_datasets(work),
        features=tuple(_features(work)), abbreviations=_abbreviations(work),
    )  # fmt: skip


def with_topics(
    document: SearchDocument, topics: Sequence[TopicAssignment], labels: Mapping[str, str], ancestors: Ancestors
) -> SearchDocument:
    """The document with these topics beside those its sources state, and all above them; `labels` maps concept IRIs
    to preferred labels."""
    own = dict.fromkeys((topic.concept for topic in topics), "") | dict(document.topics)
    if not own:
        return document
    above = dict.fromkeys(up for iri in own for up in ancestors(iri))
    return msgspec.structs.replace(
        document,
        topics=tuple((iri, labels.get(iri) or stated or iri) for iri, stated in own.items()),
        broader=tuple((iri, labels.get(iri, iri)) for iri in list(above)[:MAX_BROADER]),
    )


def fragment_documents(work: Work) -> Iterator[FragmentDocument]:
    """The parts of a work that can be results: paragraphs, captions, headings and what floats; the same that the
    graph has as fragments."""
    document = work.in_parts
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
    """(IRI, name as printed) of the identified organisations of a contributor; the name is empty where it cannot be
    told which of the printed ones it is."""
    at = authorship.position - 1
    contributor = contributors[at] if at < len(contributors) else None
    printed = contributor.affiliations if contributor and contributor.name == authorship.name else ()
    names = [a.name for a in printed if a.identifiers] or [a.name for a in printed if "," not in a.name]
    told = names if len(names) == len(authorship.organisations) else [""] * len(authorship.organisations)
    yield from zip(authorship.organisations, told, strict=True)


def _named_once(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """IRI → the first name that is not empty."""
    found: dict[str, str] = {}
    for iri, name in pairs:
        found[iri] = found.get(iri) or name
    return found


def _stated(work: Work) -> tuple[tuple[str, str], ...]:
    """Concepts that sources state, with the label they give."""
    return tuple({iri: subject.label for subject in work.record.subjects if (iri := concept_of(subject))}.items())


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
        "topics": bool((work.reading and work.reading.topics) or _stated(work)), "keywords": bool(record.subjects),
        "citations": bool(record.citation_count),
        "retraction": record.retracted,
    }  # fmt: skip
    return (name for name, holds in held.items() if holds)


def _abbreviations(work: Work) -> tuple[tuple[str, str], ...]:
    """Short and long forms as its text defines them."""
    record, document = work.record, work.document
    found = definitions(document.text if document and document.full else f"{record.title}\n{record.abstract}")
    return tuple((short, one.long) for short, one in found.items())[:MAX_ABBREVIATIONS]
