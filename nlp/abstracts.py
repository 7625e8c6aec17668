"""What titles and abstracts name and how they relate it, by two small models that ship (`bench.training abstracts`).

A tagger of SciERC's six types and a classifier of pairs, trained on abstracts of the ACL Anthology that were annotated
for Gnomon. Neither needs the grammar of a sentence, so that every build can afford them; `gnomon train extractor` makes
what reads better and slower.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import exp
from typing import Final, NamedTuple

from nlp.learned.linear import LinearModel, shipped
from nlp.learned.tagger import Span, Tagger
from nlp.learned.tagger import shipped as shipped_tagger
from nlp.relations import NONE, features, pairs, things

TAGGER: Final = "abstracts"
CLASSIFIER: Final = "abstract_relations"
BITS: Final = 18
TYPES: Final = ("Generic", "Material", "Method", "Metric", "OtherScientificTerm", "Task")


class Related(NamedTuple):
    """Two spans of a sentence by their numbers (subject, object), SciERC's name of their relation, how sure it is."""

    subject: int
    object: int
    name: str
    confidence: float


def marked(texts: Sequence[str], tagger: Tagger | None = None) -> list[list[Span]]:
    """The spans of each sentence, in order, disjoint."""
    return (tagger or shipped_tagger(TAGGER)).spans(texts)


def related(
    text: str, spans: Sequence[tuple[int, int, str]], leaning: float = 0.0, model: LinearModel | None = None
) -> Iterator[Related]:
    """Relations between spans (begin, end, type) of a sentence, in text order. `leaning` is added to each relation's
    log-odds against none. Classes of pairs end in > where they lead from left to right, in < where they lead back."""
    words, named = things(text, spans)
    if len(named) != len(spans):
        return
    used = model or shipped(CLASSIFIER)
    none = used.classes.index(NONE)
    for one, other in pairs(named):
        shares = used.probabilities(features(words, named, one, other))
        best = max((n for n in range(len(shares)) if n != none), key=shares.__getitem__)
        if shares[best] > shares[none] * exp(-leaning):
            name = used.classes[best]
            ends = (other, one) if name.endswith("<") else (one, other)
            yield Related(*ends, name[:-1], round(float(shares[best]), 4))
