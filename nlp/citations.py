"""Where a text cites, and why it does so, as far as cue words tell.

Intents are properties of the Citation Typing Ontology (CiTO 2.8); where no cue is found the intent stays
empty rather than being guessed.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final, NamedTuple

from nlp.lexicon import rows
from ontology.reading import CitationContext
from ontology.records import Document, Fragment

NEAR: Final = 90
"""A cue counts within so many characters of the marker, in the same sentence."""


class Cue(NamedTuple):
    """A pattern that gives an intent away, with the share of cases in which it is right."""

    intent: str
    confidence: float
    pattern: re.Pattern[str]


def citation_contexts(document: Document, sentences: Sequence[Fragment]) -> tuple[CitationContext, ...]:
    """One context per citation fragment that lies in a sentence."""
    begins = [sentence.begin for sentence in sentences]
    return tuple(_contexts(document, sentences, begins))


def intent(sentence: str, begin: int, end: int) -> tuple[str, float]:
    """(CiTO local name, confidence) of a marker at `sentence[begin:end]`; ("", 0.0) where no cue tells."""
    before = sentence[max(0, begin - NEAR) : begin].lower()
    after = sentence[end : end + NEAR].lower()
    window = f"{before}\u241f{after}"
    for cue in cues():
        if cue.pattern.search(window):
            return cue.intent, cue.confidence
    return "", 0.0


@cache
def cues() -> tuple[Cue, ...]:
    """The cue table, most specific first."""
    return tuple(
        Cue(name, float(confidence), re.compile(pattern)) for name, confidence, pattern in rows("citation_cues.tsv")
    )


def _contexts(document: Document, sentences: Sequence[Fragment], begins: Sequence[int]) -> Iterator[CitationContext]:
    for marker in document.fragments:
        if marker.kind != "citation":
            continue
        number = bisect_right(begins, marker.begin) - 1
        if number < 0 or sentences[number].end < marker.begin:
            continue
        sentence = sentences[number]
        text = document.text[sentence.begin : sentence.end]
        name, confidence = intent(text, marker.begin - sentence.begin, marker.end - sentence.begin)
        yield CitationContext(
            citation=marker.path, sentence=sentence.path, refs=marker.refs, intent=name, confidence=confidence
        )
