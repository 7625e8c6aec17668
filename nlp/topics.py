"""What a document is about: its linked concepts, weighed by place, frequency and meaning.

A topic's score is a logistic function of five facts: how often its labels stand in the text (by place, a
mention in the body counting less than one in the abstract; narrower concepts that the document names count
in part, so that five kinds of parsers make "parsing" a topic), whether in the title, how sure its best link
is and how telling its label, whether all its labels are single words, and how many concepts the document
names at all. The weights were fitted on abstracts with authors' keywords (`gnomon evaluate topics-untrained`
says how well they do); no subject headings are needed.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import msgspec

from nlp.linking import Link
from nlp.matcher import Matcher
from ontology.reading import TopicAssignment, TopicReason

PLACES: Final = ("title", "abstract", "heading", "caption", "body")


class TopicSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a mention in each place counts for, and the weights of the logistic function."""

    most: int = 15
    least_score: float = 0.2
    title: float = 1.0
    abstract: float = 1.0
    heading: float = 0.7
    caption: float = 0.3
    body: float = 0.25
    from_narrower: float = 0.3
    """Share of a narrower concept's count that its direct broader concepts gain."""
    bias: float = -2.0
    frequent: float = 1.25
    leading: float = 0.85
    sure: float = 1.2
    lone: float = -0.6
    crowded: float = -0.55


class Placed(NamedTuple):
    """A link and the kind of place it stands in (one of PLACES)."""

    link: Link
    place: str


class _Tally(NamedTuple):
    """One label of one concept: what its places count for, how often it stands there, and where."""

    label: str
    weight: float
    times: int
    places: tuple[str, ...]
    sure: float
    words: int


def topics(placed: Iterable[Placed], matcher: Matcher, settings: TopicSettings) -> tuple[TopicAssignment, ...]:
    """The best topics first; each one's reasons sum to its score, which lies in (0, 1)."""
    own = _tallies(placed, settings)
    crowd = sum(min(1.0, sum(t.weight for t in tallies)) for tallies in own.values())
    scored = []
    for concept, tallies in _with_narrower(own, matcher, settings).items():
        score = _score(own[concept], sum(t.weight for t in tallies), crowd, settings)
        if score >= settings.least_score:
            scored.append((-score, concept, tallies))
    scored.sort(key=lambda one: one[:2])
    return tuple(_assignment(matcher.concepts[c], -score, tallies) for score, c, tallies in scored[: settings.most])


def _score(own: Sequence[_Tally], weight: float, crowd: float, settings: TopicSettings) -> float:
    logit = (
        settings.bias
        + settings.frequent * math.log(max(weight, 0.25))
        + settings.leading * any("title" in tally.places for tally in own)
        + settings.sure * max(tally.sure for tally in own)
        + settings.lone * (max(tally.words for tally in own) == 1)
        + settings.crowded * math.log(max(crowd, 1.0))
    )
    return 1.0 / (1.0 + math.exp(-logit))


def _tallies(placed: Iterable[Placed], settings: TopicSettings) -> dict[int, list[_Tally]]:
    """Per concept its labels."""
    seen: defaultdict[int, dict[str, Counter[str]]] = defaultdict(dict)
    sure: dict[tuple[int, str], float] = {}
    words: dict[tuple[int, str], int] = {}
    for link, place in placed:
        seen[link.concept].setdefault(link.label, Counter())[place] += 1
        key = (link.concept, link.label)
        sure[key] = max(sure.get(key, 0.0), link.confidence * link.specificity)
        words[key] = max(words.get(key, 0), link.words)
    return {
        concept: [
            _Tally(
                label,
                sum(getattr(settings, place) * times for place, times in counts.items()),
                counts.total(),
                tuple(place for place in PLACES if counts[place]),
                sure[concept, label],
                words[concept, label],
            )
            for label, counts in labels.items()
        ]
        for concept, labels in seen.items()
    }


def _with_narrower(own: dict[int, list[_Tally]], matcher: Matcher, settings: TopicSettings) -> dict[int, list[_Tally]]:
    """Adds to each concept that the document names a share of what its direct narrower ones count for."""
    gains: defaultdict[int, list[_Tally]] = defaultdict(list)
    for concept, tallies in own.items():
        best = max(tallies, key=lambda t: (t.weight, t.label))
        total = sum(t.weight for t in tallies)
        for parent in matcher.hierarchy.parents(concept):
            gains[parent].append(best._replace(weight=total * settings.from_narrower))
    return {concept: [*tallies, *gains.get(concept, ())] for concept, tallies in own.items()}


def _assignment(concept: str, score: float, tallies: Sequence[_Tally]) -> TopicAssignment:
    total = sum(tally.weight for tally in tallies)
    ordered = sorted(tallies, key=lambda t: (-t.weight, t.label))
    return TopicAssignment(
        concept=concept,
        score=score,
        reasons=tuple(
            TopicReason(label=t.label, count=t.times, places=t.places, weight=score * t.weight / total) for t in ordered
        ),
    )
