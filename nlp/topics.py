"""What a document is about: its linked concepts, weighed by place, frequency and meaning.

A label counts by where it stands (title over abstract over headings over body), by the logarithm of how
often, by how telling it is and by how sure its link is. A broader concept gains from narrower ones
that the document names, so that five kinds of parsers make "parsing" a topic.
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
    """`half` is the weight at which a topic scores 0.5."""

    most: int = 15
    least_score: float = 0.2
    half: float = 5.0
    title: float = 4.0
    abstract: float = 2.0
    heading: float = 1.5
    caption: float = 0.7
    body: float = 1.0
    from_narrower: float = 0.3
    """Share of a narrower concept's weight that its direct broader concepts gain."""


class Placed(NamedTuple):
    """A link and the kind of place it stands in (one of PLACES)."""

    link: Link
    place: str


class _Tally(NamedTuple):
    """One label of one concept: its weight, how often, and where."""

    label: str
    weight: float
    times: int
    places: tuple[str, ...]


def topics(placed: Iterable[Placed], matcher: Matcher, settings: TopicSettings) -> tuple[TopicAssignment, ...]:
    """The best topics first; each one's reasons sum to its score, which lies in (0, 1)."""
    own = _tallies(placed, settings)
    gained = _with_narrower(own, matcher, settings)
    ranked = sorted(
        ((sum(t.weight for t in tallies), concept) for concept, tallies in gained.items()), key=lambda x: (-x[0], x[1])
    )
    assignments = (
        _assignment(matcher.concepts[concept], weight / (weight + settings.half), gained[concept])
        for weight, concept in ranked[: settings.most]
    )
    return tuple(topic for topic in assignments if topic.score >= settings.least_score)


def _tallies(placed: Iterable[Placed], settings: TopicSettings) -> dict[int, list[_Tally]]:
    """Per concept its labels; the logarithm damps all labels of a place together."""
    seen: defaultdict[int, dict[str, Counter[str]]] = defaultdict(dict)
    strength: dict[tuple[int, str], float] = {}
    for link, place in placed:
        seen[link.concept].setdefault(link.label, Counter())[place] += 1
        key = (link.concept, link.label)
        strength[key] = max(strength.get(key, 0.0), link.confidence * math.sqrt(link.specificity))
    tallies: dict[int, list[_Tally]] = {}
    for concept, labels in seen.items():
        totals: Counter[str] = sum(labels.values(), Counter())
        each = {p: getattr(settings, p) * math.log1p(totals[p]) / totals[p] for p in totals}
        tallies[concept] = [
            _Tally(
                label,
                strength[concept, label] * sum(each[place] * counts[place] for place in counts),
                counts.total(),
                tuple(place for place in PLACES if counts[place]),
            )
            for label, counts in labels.items()
        ]
    return tallies


def _with_narrower(own: dict[int, list[_Tally]], matcher: Matcher, settings: TopicSettings) -> dict[int, list[_Tally]]:
    """Adds to each concept that the document names a share of what its direct narrower ones weigh."""
    gains: defaultdict[int, list[_Tally]] = defaultdict(list)
    for concept, tallies in own.items():
        best = max(tallies, key=lambda t: (t.weight, t.label))
        for parent in matcher.hierarchy.parents(concept):
            gains[parent].append(best._replace(weight=best.weight * settings.from_narrower))
    merged = {concept: list(tallies) for concept, tallies in own.items()}
    for parent, tallies in gains.items():
        if parent in merged:
            # Not more than it weighs itself: children don't make a topic of a word in passing.
            limit = sum(t.weight for t in merged[parent])
            total = sum(t.weight for t in tallies)
            merged[parent] += [t._replace(weight=t.weight * min(1.0, limit / total)) for t in tallies]
    return merged


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
