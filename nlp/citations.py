"""Where a text cites, and why it does so.

Intents are properties of the Citation Typing Ontology (CiTO 2.8). In English sentences a trained classifier
(nlp.intents) says background, method or result with a probability; where cue words of that class stand near
the marker they choose the finer property. In other languages cue words alone decide, and where there is none
the intent stays empty rather than being guessed.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from typing import Final, NamedTuple

from nlp.intents import MARK, features
from nlp.learned.linear import shipped
from nlp.lexicon import rows
from ontology.reading import CitationContext
from ontology.records import Document, Fragment

NEAR: Final = 90
"""A cue counts within so many characters of the marker, in the same sentence."""
CLASSES: Final = {
    "usesMethodIn": "method", "usesDataFrom": "method", "extends": "method",
    "agreesWith": "result", "disagreesWith": "result", "confirms": "result",
}  # fmt: skip
"""The class a cue's property belongs to; all others are background."""
DEFAULTS: Final = {"background": "obtainsBackgroundFrom", "method": "usesMethodIn", "result": "discusses"}
"""The property for a class where no cue tells more."""

Span = tuple[int, int]


class Cue(NamedTuple):
    """A pattern that gives an intent away, with the share of cases in which it is right."""

    intent: str
    confidence: float
    pattern: re.Pattern[str]


def citation_contexts(
    document: Document, sentences: Sequence[Fragment], language: str = "en"
) -> tuple[CitationContext, ...]:
    """One context per citation fragment that lies in a sentence."""
    begins = [sentence.begin for sentence in sentences]
    return tuple(_contexts(document, sentences, begins, language))


def intent(sentence: str, marker: Span, others: Sequence[Span] = (), language: str = "en") -> tuple[str, float]:
    """(CiTO local name, confidence) of the marker at `sentence[begin:end]`; ("", 0.0) where nothing tells.

    `others` are the sentence's other markers. The confidence is the probability of the class, calibrated
    on held-out sentences, and no more than the share of cases in which the cue is right.
    """
    found = _cues_at(sentence, *marker)
    if language != "en":
        return (found[0].intent, found[0].confidence) if found else ("", 0.0)
    name, probability = _class_of(marked(sentence, (marker, *others)))
    finer = next((cue for cue in found if CLASSES.get(cue.intent, "background") == name), None)
    if finer is None:
        return DEFAULTS[name], round(probability, 4)
    return finer.intent, round(min(probability, finer.confidence), 4)


@lru_cache(maxsize=16)
def _class_of(context: str) -> tuple[str, float]:
    """The class of a sentence with its markers as signs, and its probability: the same for each of its markers."""
    return shipped("intents").best(features(context))


def marked(sentence: str, markers: Iterable[Span]) -> str:
    """The sentence with a sign in the place of each marker.

    >>> marked("As in [1], not [2].", [(6, 9), (15, 18)])
    'As in ␟, not ␟.'
    """
    for begin, end in sorted(set(markers), reverse=True):
        sentence = sentence[:begin] + MARK + sentence[end:]
    return sentence


def _cues_at(sentence: str, begin: int, end: int) -> list[Cue]:
    before = sentence[max(0, begin - NEAR) : begin].lower()
    after = sentence[end : end + NEAR].lower()
    window = f"{before}{MARK}{after}"
    return [cue for cue in cues() if cue.pattern.search(window)]


@cache
def cues() -> tuple[Cue, ...]:
    """The cue table, most specific first."""
    return tuple(
        Cue(name, float(confidence), re.compile(pattern)) for name, confidence, pattern in rows("citation_cues.tsv")
    )


def _contexts(
    document: Document, sentences: Sequence[Fragment], begins: Sequence[int], language: str
) -> Iterator[CitationContext]:
    inside: defaultdict[int, list[Fragment]] = defaultdict(list)
    for marker in document.fragments:
        if marker.kind == "citation":
            number = bisect_right(begins, marker.begin) - 1
            if number >= 0 and marker.begin <= sentences[number].end:
                inside[number].append(marker)
    for number, markers in inside.items():
        sentence = sentences[number]
        text = document.text[sentence.begin : sentence.end]
        spans = [(m.begin - sentence.begin, min(m.end, sentence.end) - sentence.begin) for m in markers]
        for marker, span in zip(markers, spans, strict=True):
            name, confidence = intent(text, span, [other for other in spans if _apart(other, span)], language)
            yield CitationContext(
                citation=marker.path, sentence=sentence.path, refs=marker.refs, intent=name, confidence=confidence
            )


def _apart(one: Span, other: Span) -> bool:
    return one[1] <= other[0] or other[1] <= one[0]
