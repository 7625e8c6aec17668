"""Web Annotations as JSON-LD (W3C Web Annotation Data Model and Protocol, 2017).

One annotation for each mention (motivation "identifying", its body the concept) and for each
sentence that sums the work up ("highlighting"). Targets are sentences, with their words and a bit
of what stands around them, so that they are found again in any copy of the text. Statements are
those of the graph: expanded, an annotation has the triples that the graph `mentions` has of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from graph.annotations.passages import AnnotatedWork, Sentence, Spot
from graph.discovery.fragments import HighlightView
from ontology.namespaces import PREFIXES

MEDIA: Final = 'application/ld+json; profile="http://www.w3.org/ns/anno.jsonld"'
AROUND: Final = 32
"""Characters given of what stands before and after the words."""
CONTEXT: Final = [
    "http://www.w3.org/ns/anno.jsonld",
    {
        "gn": PREFIXES["gn"],
        "xsd": PREFIXES["xsd"],
        "prov": PREFIXES["prov"],
        "confidence": {"@id": "gn:confidence", "@type": "xsd:decimal"},
        "matchMethod": "gn:matchMethod",
        "foundType": "gn:foundType",
        "wasGeneratedBy": {"@id": "prov:wasGeneratedBy", "@type": "@id"},
    },
]
Json = dict[str, Any]


def page(work: AnnotatedWork, iri: str, start: int, size: int) -> Json:
    """An AnnotationPage at `iri` with `size` annotations from number `start`, as part of its collection."""
    items = list(web_annotations(work))
    last = max(0, (len(items) - 1) // size * size)
    found: Json = {
        "@context": CONTEXT,
        "id": f"{iri}?start={start}",
        "type": "AnnotationPage",
        "partOf": {
            "id": iri,
            "type": "AnnotationCollection",
            "label": f"What was read in: {work.title}",
            "total": len(items),
            "first": f"{iri}?start=0",
            "last": f"{iri}?start={last}",
        },
        "startIndex": start,
        "items": items[start : start + size],
    }
    neighbours = (("next", start + size if start + size < len(items) else None), ("prev", start - size))
    return found | {
        name: f"{iri}?start={max(0, at)}" for name, at in neighbours if at is not None and (name == "next" or start)
    }


def web_annotations(work: AnnotatedWork) -> Iterator[Json]:
    told = {highlight.sentence: highlight for highlight in work.highlights}
    for passage in work.passages:
        by_sentence = {sentence.iri: sentence for sentence in passage.sentences}
        for spot in passage.spots:
            yield _mention(work, by_sentence[spot.sentence], spot)
        for sentence in passage.sentences:
            if sentence.iri in told:
                yield _highlight(work, sentence, told[sentence.iri])


def _mention(work: AnnotatedWork, sentence: Sentence, spot: Spot) -> Json:
    begin, end = spot.begin - sentence.begin, spot.end - sentence.begin
    before, after = sentence.text[max(0, begin - AROUND) : begin], sentence.text[end : end + AROUND]
    found: Json = {
        "id": spot.iri,
        "type": ["Annotation", "gn:Mention"],
        "motivation": "identifying",
        "body": {"id": spot.concept, "label": spot.name},
        "target": {
            "id": f"{spot.iri}/target",
            "source": sentence.iri,
            "scope": work.iri,
            "selector": [
                {"id": f"{spot.iri}/selector", "type": "TextPositionSelector", "start": begin, "end": end},
                {"type": "TextQuoteSelector", "exact": spot.text, "prefix": before, "suffix": after},
            ],
        },
        "creator": {"id": work.maker, "type": "Software"},
        "wasGeneratedBy": work.reading,
        "confidence": spot.confidence,
        "matchMethod": spot.method,
    }
    return found | ({"foundType": spot.kind} if spot.kind else {})


def _highlight(work: AnnotatedWork, sentence: Sentence, highlight: HighlightView) -> Json:
    return {
        "id": highlight.iri,
        "type": ["Annotation", "gn:Highlight"],
        "motivation": "highlighting",
        "body": {"type": "TextualBody", "purpose": "classifying", "format": "text/plain", "value": highlight.tells},
        "target": {
            "source": sentence.iri,
            "scope": work.iri,
            "selector": {"type": "TextQuoteSelector", "exact": sentence.text},
        },
        "creator": {"id": work.maker, "type": "Software"},
        "wasGeneratedBy": work.reading,
        "confidence": highlight.confidence,
    }
