"""Claims that no cue word gives away: what trained models say of two things in a sentence.

Between genes, chemicals, diseases and variants a classifier that ships (nlp.relations); in titles and abstracts
another, or the extractor that somebody trained here (nlp.extracted). Each is named as the cue.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nlp.extracted import Extracted
from nlp.named import Named, claim
from nlp.relations import TYPES, related
from nlp.syntax import HEDGES, LOOKING, NEGATIONS
from ontology.reading import CLASSIFIER, Claim


def classified(path: str, text: str, named: Sequence[Named], least: float) -> Iterator[Claim]:
    """What the classifier says of typed mentions; a hedge in the sentence lowers and marks it.

    Bare associations are left to cue words and sentences with a "no" or "not" are passed over: of a sample
    judged by hand three in ten of those were right.
    """
    typed = [n for n in named if n.mention.type in TYPES]
    words = set(text.lower().split())
    if len(typed) < 2 or least >= 1 or words & NEGATIONS:
        return
    maybe = bool(words & HEDGES)
    for found in related(text, [(n.begin, n.end, n.mention.type) for n in typed], least):
        one, other = typed[found.subject], typed[found.object]
        if one.mention.concept != other.mention.concept and found.predicate != "associatedWith":
            yield claim(path, one, found.predicate, other, found.probability, CLASSIFIER, hedged=maybe)


def extracted_claims(path: str, text: str, named: Sequence[Named], told: Extracted) -> Iterator[Claim]:
    """What was related in a title or abstract, between the mentions that stand where it saw something."""
    words = set(text.lower().split())
    if words & NEGATIONS:
        return
    for found in told.relations.get(path, ()):
        one, other = _at(named, *found.subject), _at(named, *found.object)
        if (
            one
            and other
            and one.mention.concept != other.mention.concept
            and not _looked_at(text, one, other, found.predicate)
        ):
            hedged = bool(words & HEDGES)
            yield claim(path, one, found.predicate, other, found.probability, told.cue, hedged=hedged)


def _looked_at(text: str, subject: Named, object_: Named, predicate: str) -> bool:
    """Whether what is said to use something is only examined with it: "a tool for testing models"."""
    between = text[object_.end : subject.begin].lower().rsplit(maxsplit=2)[-2:]
    return predicate == "uses" and len(between) == 2 and between[0] in ("for", "to") and between[1] in LOOKING


def _at(named: Sequence[Named], begin: int, end: int) -> Named | None:
    """The mention at a place, or the widest that ends there: "BERT" and "tagger" are not "BERT tagger"."""
    inside = [one for one in named if one.end == end and begin <= one.begin]
    return min(inside, key=lambda one: one.begin, default=None)
