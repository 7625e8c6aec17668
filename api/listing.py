"""A work as the search index sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graph.search.base import SearchDocument
from ontology.entities import Work
from ontology.reading import TopicAssignment


def search_document(
    work: Work, sources: Sequence[str], topics: Sequence[TopicAssignment], labels: Mapping[str, str]
) -> SearchDocument:
    """Title, abstract and body as searchable text; people, venue and topics with name and IRI.

    `sources` are names of sources, `labels` maps concept IRIs to preferred labels.
    """
    record, document = work.record, work.document
    people = [a for a in work.authorships if a.role == "author"] or list(work.authorships)
    return SearchDocument(
        iri=work.iri,
        kind=record.kind,
        title=record.title,
        abstract=record.abstract,
        body=document.text if document and document.full else "",
        authors=tuple(a.name for a in people),
        author_iris=tuple(a.person for a in people),
        year=record.year,
        venue=record.venue.name if record.venue else "",
        venue_iri=work.venue,
        language=record.language or (work.reading.language if work.reading else ""),
        topics=tuple((t.concept, labels.get(t.concept, t.concept)) for t in topics),
        keywords=tuple(s.label for s in record.subjects),
        identifiers=tuple(str(i) for i in record.identifiers),
        open_access=record.open_access,
        sources=tuple(sorted(set(sources))),
        citation_count=record.citation_count or 0,
    )
