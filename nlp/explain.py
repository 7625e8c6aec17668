"""Why a mention was made: the candidates at one place of a document and what spoke for each."""

from __future__ import annotations

import msgspec

from nlp.language import detect
from nlp.linking import Linker
from nlp.reader import Reader, sample
from nlp.sentences import sentences
from ontology.errors import NotFound
from ontology.records import Document


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """One candidate. All numbers lie in [0, 1]; `confidence` is their logistic sum
    (`nlp.linking.LinkingSettings` holds the weights)."""

    concept: str
    name: str
    scheme: str
    label: str
    method: str
    specificity: float
    quality: float
    affinity: float
    coherence: float
    confidence: float
    chosen: bool


def explain_mention(reader: Reader, document: Document, begin: int, end: int) -> list[Explained]:
    """Every candidate for the label that covers `document.text[begin:end]`, the best first.

    The whole document is linked again, for the rest of it decides; NotFound where no label lies there.
    """
    matcher = reader.matcher
    language = detect(sample(document), document.language)
    found = reader.found(document, language, sentences(document, language))
    linker = Linker(matcher, reader.settings.linking)
    here = [f for f in found if f.hit.begin <= begin and end <= f.hit.end]
    if not here:
        raise NotFound("no vocabulary has a label for this", place=f"{begin}-{end}")
    hit, method = here[0]
    chosen = {link.concept for link in linker.link(document.text, found) if link.begin == hit.begin}
    return [
        Explained(
            concept=matcher.concepts[one.candidate.concept],
            name=matcher.names[one.candidate.concept],
            scheme=matcher.schemes[int(matcher.scheme_of[one.candidate.concept])],
            label=one.candidate.label,
            method=method,
            specificity=one.candidate.specificity,
            quality=one.candidate.quality,
            affinity=one.affinity,
            coherence=one.coherence,
            confidence=one.confidence,
            chosen=one.candidate.concept in chosen,
        )
        for one in linker.score(document.text, found)[hit.candidates, method]
    ]
