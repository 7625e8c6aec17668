"""Whether a document is about a disease that its words may name, as annotated abstracts taught it.

A logistic function of facts on all the places of one concept in one document together: what curators
made of the same wording, how faithful the label is, where it stands and what stands beside it. Weights
are fitted by `python -m bench.training linking` and lie in `data/trained_links.json`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

import msgspec

from nlp.lexicon import rows
from nlp.matcher import Candidate, Matcher, Way

NAMES: Final = (
    "bias", "annotated", "unseen", "seen", "share", "rivals' share", "quality", "specificity", "one word", "words",
    "abbreviation", "capitals", "places", "in title", "word before", "word after", "word before, annotated",
    "narrower found", "broader found", "rivals", "supplementary", "unseen quality", "unseen one word",
    "unseen word before", "unseen specificity", "inside", "inside, annotated", "composed",
)  # fmt: skip
"""The facts, in the order of `vector`."""
_PLAIN: Final = frozenset(row[0] for row in rows("function_words.txt"))
_WORD_BEFORE: Final = re.compile(r"([\w'-]+)[ -]$")
_WORD_AFTER: Final = re.compile(r"[ -]([\w'-]+)")
_WINDOW: Final = 30


class Place(NamedTuple):
    """One place of a document that may name the concept; `defined` where through the document's own abbreviation."""

    begin: int
    end: int
    candidate: Candidate
    rivals: int
    defined: bool
    way: Way = Way.LABEL


Places = Mapping[int, Sequence[Place]]
"""Concept number → its places."""


class TrainedLinks(msgspec.Struct, frozen=True):
    """Weights by the names of the facts; `roots` are the IRIs under which all concepts are judged so."""

    roots: tuple[str, ...]
    weights: Mapping[str, float]

    def confidences(self, text: str, places: Places, matcher: Matcher) -> dict[int, float]:
        """Concept number → probability in (0, 1) that the document names it."""
        weights = [self.weights.get(name, 0.0) for name in NAMES]
        found = {}
        for concept, vector in vectors(text, places, matcher).items():
            score = sum(weight * value for weight, value in zip(weights, vector, strict=True))
            found[concept] = 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, score))))
        return found


def vectors(text: str, places: Places, matcher: Matcher) -> dict[int, list[float]]:
    """The facts on each concept (see NAMES), judged together: a broader one knows of its narrower ones."""
    above = {concept: _above(concept, matcher) for concept in places}
    title = text.find("\n") if "\n" in text else len(text)
    found = {}
    for concept, here in places.items():
        narrower = any(concept in above[other] for other in places if other != concept)
        broader = not above[concept].isdisjoint(places.keys() - {concept})
        supplementary = not matcher.hierarchy.parents(concept)
        found[concept] = _vector(text, here, title, narrower, broader, supplementary)
    return found


def _vector(
    text: str, here: Sequence[Place], title: int, narrower: bool, broader: bool, supplementary: bool
) -> list[float]:
    candidates = [place.candidate for place in here]
    annotated = max(map(_log_odds, candidates))
    unseen = float(all(not c.counted.seen for c in candidates))
    share = max(
        (c.counted.named + 0.3) / (c.counted.annotated + 0.6) if c.counted.annotated else 0.5 for c in candidates
    )
    quality = max(c.quality for c in candidates)
    specificity = max(c.specificity for c in candidates)
    words = max(c.words for c in candidates)
    before = sum(_content(_WORD_BEFORE.search(text[max(0, p.begin - _WINDOW) : p.begin])) for p in here) / len(here)
    after = sum(_content(_WORD_AFTER.match(text[p.end : p.end + _WINDOW])) for p in here) / len(here)
    lone = float(words == 1)
    rivals = max(p.rivals for p in here)
    inside = sum(p.way == Way.INSIDE for p in here) / len(here)
    return [
        1.0, annotated, unseen, math.log1p(max(c.counted.seen for c in candidates)), share, share * (rivals > 0),
        quality, specificity, lone, math.log(words), float(any(p.defined for p in here)),
        float(all(text[p.begin : p.end].isupper() and not p.defined for p in here)), math.log(len(here)),
        float(any(p.begin < title for p in here)), before, after, before * (annotated > 1), float(narrower),
        float(broader), float(min(rivals, 3)), float(supplementary), unseen * quality, unseen * lone,
        unseen * before, unseen * specificity, inside, inside * annotated,
        float(all(p.way == Way.COMPOSED for p in here)),
    ]  # fmt: skip


def _log_odds(candidate: Candidate) -> float:
    """Of the wording being annotated as this concept where it stands."""
    share = (candidate.counted.named + 0.7) / (candidate.counted.seen + 1.4)
    share = min(max(share, 0.01), 0.99)
    return math.log(share / (1.0 - share))


def _content(found: re.Match[str] | None) -> bool:
    return found is not None and found.group(1).lower() not in _PLAIN


def _above(concept: int, matcher: Matcher) -> set[int]:
    seen: set[int] = set()
    frontier: Iterable[int] = (concept,)
    while frontier:
        frontier = {up for here in frontier for up in matcher.hierarchy.parents(here)} - seen
        seen |= frontier
    return seen


@cache
def packaged() -> TrainedLinks:
    """The weights that come with Gnomon."""
    return msgspec.json.decode(files("nlp.data").joinpath("trained_links.json").read_bytes(), type=TrainedLinks)
