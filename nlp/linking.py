"""Deciding which concept a label means in this document, if any.

One sense per document: all hits with the same candidates are one *group*. Each candidate's confidence
is a logistic function of four facts, each in [0, 1]: how telling the label is, how faithful the match,
how much of the document its vocabulary covers (*affinity*), and how much of the rest of the document
lies near it in the hierarchy (*coherence*). Where annotated abstracts have taught better (diseases), the
weights of `nlp.trained_links` decide instead. Within a vocabulary the best candidate wins; several
vocabularies may each name the concept. Below the threshold nothing is said.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from nlp.labels import QUALIFIED
from nlp.matcher import Candidate, Hit, Matcher
from nlp.trained_links import Place, packaged

_COHERENT: Final = 1.0
"""Mass of near concepts at which coherence reaches 0.63."""

_UNKNOWN: Final = 0.5
"""What every vocabulary is taken to have in a document of which nothing is known."""
_LONE_WORTH: Final = 0.1

Method = str
"""How a text named the concept: "label", "inflection" or "abbreviation"."""


class LinkingSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Weights of the logistic function, set by hand on ACL and PLOS papers (see DECISIONS)."""

    threshold: float = 0.5
    """Mentions below this confidence are not made."""
    bias: float = -2.4
    telling: float = 2.2
    affinity: float = 1.7
    coherence: float = 2.0
    faithful: float = 4.0
    """Weight of (quality - 1)."""
    lone: float = 3.0
    """Taken off single words, times (1 - affinity): in a paper on parsing, "head" is no body part."""
    loose: float = 1.5
    """Taken off single words that the vocabulary writes with a qualifier ("Inhibition (Psychology)"), times
    (1 - coherence): the qualifier says that the word has another sense elsewhere."""
    letters: float = 0.6
    """Factor taken off capitals that the document does not define, times (1 - coherence)."""
    settled: float = 0.7
    """Added where the document itself defines the abbreviation."""
    ambiguous: float = 0.85
    """Factor on the confidence where the runner-up is nearly as good."""
    close: float = 0.06
    """How near "nearly as good" is."""


class Found(NamedTuple):
    """A hit and how it came about, before anything is decided."""

    hit: Hit
    method: Method = "label"


class Scored(NamedTuple):
    """A candidate with its confidence and the facts it rests on, each in [0, 1]."""

    candidate: Candidate
    confidence: float
    affinity: float
    coherence: float


class _Taught(NamedTuple):
    """What annotated abstracts say of a concept: how sure it is; whether bare capitals are all that names it."""

    sure: float
    letters: bool


class Link(NamedTuple):
    """`text[begin:end]` names concept number `concept`."""

    begin: int
    end: int
    concept: int
    label: str
    confidence: float
    specificity: float
    method: Method
    words: int = 1


def places_of(found: Sequence[Found], matcher: Matcher) -> dict[int, list[Place]]:
    """The places of the concepts that annotated abstracts tell about."""
    places: dict[int, list[Place]] = {}
    for hit, method in found:
        for candidate in hit.candidates:
            if matcher.trained[candidate.concept]:
                rivals = len(hit.candidates) - 1
                place = Place(hit.begin, hit.end, candidate, rivals, method == "abbreviation", hit.way)
                places.setdefault(candidate.concept, []).append(place)
    return places


Group = tuple[tuple[Candidate, ...], Method]


class Linker:
    """Links the hits of one document at a time; holds no state between documents."""

    def __init__(self, matcher: Matcher, settings: LinkingSettings) -> None:
        self._matcher = matcher
        self._settings = settings
        self._trained = packaged() if any(matcher.trained) else None
        marked = {int(scheme) for scheme, mark in zip(matcher.scheme_of, matcher.trained, strict=True) if mark}
        self._teaching = [number in marked for number in range(len(matcher.schemes))]

    def link(self, text: str, found: Sequence[Found]) -> list[Link]:
        """The links of a document's hits, in text order."""
        decided = {group: self._choose(scored) for group, scored in self.score(text, found).items()}
        return [
            Link(
                hit.begin, hit.end, scored.candidate.concept, scored.candidate.label,
                scored.confidence, scored.candidate.specificity, method, scored.candidate.words,
            )
            for hit, method in found
            for scored in decided[hit.candidates, method]
        ]  # fmt: skip

    def score(self, text: str, found: Sequence[Found]) -> dict[Group, list[Scored]]:
        """Every candidate of every group with its confidence, the best first."""
        counts: dict[Group, int] = {}
        for hit, method in found:
            group = (hit.candidates, method)
            counts[group] = counts.get(group, 0) + 1
        affinities = self._affinities(counts)
        taught = self._taught(text, found, affinities)
        masses = self._masses(counts, affinities)
        scored: dict[Group, list[Scored]] = {}
        for group, count in counts.items():
            ranked = []
            for candidate in group[0]:
                mass = self._mass(candidate, len(group[0]), count, affinities)
                affinity = affinities[int(self._matcher.scheme_of[candidate.concept])]
                one = self._scored(candidate, group, mass, masses, affinity)
                if told := taught.get(candidate.concept):
                    alone = (1.0 - one.coherence) * self._settings.letters if told.letters else 0.0
                    one = one._replace(confidence=told.sure * (1.0 - alone))
                ranked.append(one)
            scored[group] = sorted(ranked, key=lambda one: (-one.confidence, one.candidate.concept))
        return scored

    def _taught(self, text: str, found: Sequence[Found], affinities: Sequence[float]) -> dict[int, _Taught]:
        """Confidences of the concepts that annotated abstracts tell more about.

        Those abstracts were all of one field: in a document of another one, a single word may well be none of it.
        """
        if self._trained is None:
            return {}
        places = places_of(found, self._matcher)
        taught = self._trained.confidences(text, places, self._matcher)
        fit = max(affinity for affinity, has in zip(affinities, self._teaching, strict=True) if has)
        plain = {concept for concept, here in places.items() if all(_plain(place) for place in here)}
        letters = {concept for concept in plain if all(text[p.begin : p.end].isupper() for p in places[concept])}
        return {
            concept: _Taught(sure * (fit if concept in plain else 1.0), concept in letters)
            for concept, sure in taught.items()
        }

    def _choose(self, scored: Sequence[Scored]) -> list[Scored]:
        """The best candidate of each vocabulary, where it is good enough."""
        best: dict[int, Scored] = {}
        close: set[int] = set()
        for one in scored:
            scheme = int(self._matcher.scheme_of[one.candidate.concept])
            if scheme not in best:
                best[scheme] = one
            elif best[scheme].confidence - one.confidence < self._settings.close:
                close.add(scheme)
        chosen = [
            one._replace(confidence=one.confidence * self._settings.ambiguous) if scheme in close else one
            for scheme, one in best.items()
        ]
        return [one for one in chosen if one.confidence >= self._settings.threshold]

    def _affinities(self, counts: dict[Group, int]) -> list[float]:
        """Per vocabulary: the labels of several words it has here, relative to the best, in (0, 1].

        Single words say little: every vocabulary has "food" and "network".
        """
        masses = [_UNKNOWN] * len(self._matcher.schemes)
        for (candidates, method), count in counts.items():
            schemes = {int(self._matcher.scheme_of[c.concept]) for c in candidates}
            worth = _worth(candidates) * (1.0 + math.log(count)) / len(schemes)
            if candidates[0].words == 1 and method != "abbreviation":
                worth *= _LONE_WORTH
            for scheme in schemes:
                masses[scheme] += worth
        top = max(masses, default=1.0)
        return [mass / top for mass in masses]

    def _masses(self, counts: dict[Group, int], affinities: Sequence[float]) -> dict[int, float]:
        """How much of the document lies at or near below each concept."""
        masses: dict[int, float] = {}
        for (candidates, _), count in counts.items():
            for candidate in candidates:
                worth = self._mass(candidate, len(candidates), count, affinities)
                for ancestor, weight in self._matcher.hierarchy.near(candidate.concept):
                    masses[ancestor] = masses.get(ancestor, 0.0) + worth * weight
        return masses

    def _mass(self, candidate: Candidate, rivals: int, count: int, affinities: Sequence[float]) -> float:
        affinity = affinities[int(self._matcher.scheme_of[candidate.concept])]
        return candidate.specificity**2 * affinity * (1.0 + math.log(count)) / rivals

    def _scored(
        self, candidate: Candidate, group: Group, mass: float, masses: dict[int, float], affinity: float
    ) -> Scored:
        near = self._matcher.hierarchy.near(candidate.concept)
        shared = sum(weight * (masses[ancestor] - mass * weight) for ancestor, weight in near)
        coherence = 1.0 - math.exp(-max(0.0, shared) / _COHERENT)
        s = self._settings
        settled = group[1] == "abbreviation"
        logit = (
            s.bias
            + s.telling * candidate.specificity
            + s.affinity * affinity
            + s.coherence * coherence
            + s.faithful * (candidate.quality - 1.0)
            + (s.settled if settled else 0.0)
        )
        if candidate.words == 1 and not settled:
            logit -= s.lone * (1.0 - affinity)
            logit -= s.loose * (1.0 - coherence) * (candidate.quality <= QUALIFIED)
        return Scored(candidate, 1.0 / (1.0 + math.exp(-logit)), affinity, coherence)


def _plain(place: Place) -> bool:
    """Whether nothing but a single word names the concept here, and no definition of the document's own."""
    return place.candidate.words == 1 and not place.defined


def _worth(candidates: Sequence[Candidate]) -> float:
    return max(candidate.specificity for candidate in candidates) ** 2
