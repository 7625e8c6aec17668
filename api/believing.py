"""How likely a claim is right, from the works that speak of it: calibrated on claims judged by hand.

How often one sentence is right depends on what it says and how (JUDGED); how sure the reader was tells little beyond
that. Each further work raises the odds: of claims that ten works make 87 % were right where 36 % of those of one work
were (Dessì et al., CS-KG, ISWC 2022), which is a slope of 1.07 for each factor e. Works that dispute it count as much.
`python -m bench.claims` draws samples to judge and says how reliable the probabilities are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from ingest.journal.ledger import Evidence
from ontology.entities import ClaimSummary
from ontology.reading import ABSTRACTS, CLASSIFIER, EXTRACTOR

JUDGED: Final[Mapping[str, tuple[int, int]]] = {
    "uses": (178, 202), "uses, by a participle": (170, 217), "isA": (174, 194), "isA, in passing": (64, 76),
    "improvesOn": (78, 85), "comparesWith": (22, 25), "evaluatesOn": (7, 16), "partOf": (57, 60), "causes": (46, 77),
    "treats": (6, 15), "inhibits": (29, 39), "associatedWith": (54, 63), CLASSIFIER: (10, 25), EXTRACTOR: (43, 53),
    ABSTRACTS: (136, 170),
}  # fmt: skip
"""Way of saying → claims found right, and claims judged, by language-model agents who saw the sentence only: 381 by
one strict judge (abstracts, full texts, an extractor's claims), 104 of the classifier of abstracts by another, 603 of
the demo by two who agree on 98 % (kappa .94; where they differ, half counts), 229 of the accepted ones of 240 of its
works by a fourth. Without those that were no longer made when they were added."""
_PRIOR: Final = (3.2, 4.0)
"""Counts that are added to each, for ways of which few were judged: four in five are right."""
_PASSING: Final = frozenset({"including", "e.g.", "e.g.,"})
_WORKS: Final = 1.07
_SURE: Final = 1.0
_USUAL: Final = 0.62
"""The confidence of most sentences; surer ones are a little likelier."""
_LEAST, _MOST = 0.01, 0.99


def way(predicate: str, cue: str) -> str:
    """The key in JUDGED of a claim with this property (an IRI) and cue."""
    if cue in (CLASSIFIER, EXTRACTOR, ABSTRACTS):
        return cue
    name = predicate.rpartition("#")[2]
    if name == "uses" and (cue.lower().endswith("ing") or cue.lower() == "based"):
        return "uses, by a participle"
    return "isA, in passing" if name == "isA" and cue.lower() in _PASSING else name


def share(said: str) -> float:
    """How often claims said so are right, in (0, 1)."""
    right, judged = JUDGED.get(said, (0, 0))
    return (right + _PRIOR[0]) / (judged + _PRIOR[1])


def summary(evidence: Sequence[Evidence]) -> ClaimSummary:
    """Support, dispute and probability over works; `evidence` has at least one."""
    first = evidence[0]
    support = sum(bool(one.supports) for one in evidence)
    dispute = sum(bool(one.disputes) for one in evidence)
    return ClaimSummary(
        subject=first.subject, predicate=first.predicate, object=first.object, support=support, dispute=dispute,
        probability=round(_probability(evidence, support, dispute), 4),
    )  # fmt: skip


def _probability(evidence: Sequence[Evidence], support: int, dispute: int) -> float:
    if not support:
        return _LEAST
    surest = max(max(one.supports) for one in evidence if one.supports)
    best = max(share(way(one.predicate, cue)) for one in evidence for cue in one.cues or ("",))
    odds = math.log(best / (1 - best)) + _SURE * (surest - _USUAL)
    odds += _WORKS * (math.log(support) - math.log1p(dispute))
    return min(_MOST, max(_LEAST, 1 / (1 + math.exp(-odds))))
