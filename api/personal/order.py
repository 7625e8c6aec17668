"""The order a reader's interests give: what moves, how far, and why. Pure.

Each result gains, on top of its neutral score, at most `SHARE` of the best one's score:
1 - prod(1 - w) over the reasons that speak for it, less the same over those against. Nothing is
hidden and nothing from outside the window comes in, so the neutral order is always one step away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import prod
from typing import Final

import msgspec

from api.personal.profile import Profile
from graph.search.base import ScorePart, SearchHit
from graph.search.documents import SearchDocument

SHARE: Final = 0.25
"""Of the best neutral score, the most that interests add or take."""
WINDOW: Final = 50
"""So many of the best results are put in order."""
_WEIGHTS: Final = {"concept": 0.5, "person": 0.6, "organisation": 0.3, "venue": 0.3}
_BROADER: Final = 0.35
"""A work about something narrower than a concept of interest."""
_LIKED: Final = 0.6
_SAME_TOPIC: Final = 0.1
"""A topic of a work that got a thumb, for each such work, up to three."""


class Moved(msgspec.Struct, frozen=True):
    """A result whose place changed: from `was` to `now` (both from 1), and why."""

    iri: str
    was: int
    now: int
    reasons: tuple[str, ...]


class Reason(msgspec.Struct, frozen=True):
    text: str
    weight: float
    """In [-1, 1]."""


class Tastes(msgspec.Struct, frozen=True):
    """A profile, ready to be compared with results: interests by IRI, thumbs by work, and what the
    topics of rated works add up to."""

    interests: Mapping[str, tuple[str, str]]
    thumbs: Mapping[str, int]
    topics: Mapping[str, int]


def tastes(profile: Profile, rated: Iterable[SearchDocument]) -> Tastes:
    """`rated` are the works of the profile's thumbs that are in the index."""
    thumbs: dict[str, int] = {thumb.work: thumb.value for thumb in profile.thumbs}
    topics: dict[str, int] = {}
    for document in rated:
        for iri, _ in document.topics:
            topics[iri] = topics.get(iri, 0) + thumbs.get(document.iri, 0)
    interests = {one.iri: (one.kind, one.label) for one in profile.interests}
    return Tastes(interests, thumbs, topics)


def reasons(document: SearchDocument, held: Tastes) -> list[Reason]:
    """What speaks for and against a work, strongest first."""
    found = [*_matches(document, held)]
    value = held.thumbs.get(document.iri, 0)
    if value:
        found.append(Reason("you liked it" if value > 0 else "you did not like it", _LIKED * value))
    for iri, label in document.topics:
        if (sum_ := held.topics.get(iri, 0)) and iri not in held.interests:
            word = "liked" if sum_ > 0 else "did not like"
            found.append(Reason(f"you {word} works about {label}", _SAME_TOPIC * max(-3, min(3, sum_))))
    return sorted(found, key=lambda reason: (-abs(reason.weight), reason.text))


def _matches(document: SearchDocument, held: Tastes) -> Iterable[Reason]:
    here: list[tuple[str, float]] = [(iri, 1.0) for iri, _ in document.topics]
    here += [(iri, 1.0) for iri in (*document.author_iris, *document.organisation_iris, document.venue_iri) if iri]
    here += [(iri, _BROADER / _WEIGHTS["concept"]) for iri, _ in document.broader]
    seen: set[str] = set()
    for iri, factor in here:
        if iri in held.interests and iri not in seen:
            seen.add(iri)
            kind, label = held.interests[iri]
            yield Reason(f"{label} is among your interests", _WEIGHTS[kind] * factor)


def reordered(hits: Sequence[SearchHit], held: Tastes, *, explain: bool) -> tuple[list[SearchHit], list[Moved]]:
    """The results in the reader's order, and what moved. Scores include what was added; with `explain`
    their parts still sum to them."""
    best = max((hit.score for hit in hits), default=0.0)
    scored = []
    for place, hit in enumerate(hits, 1):
        why = reasons(hit.document, held)
        gain = best * SHARE * _gain(reason.weight for reason in why)
        if gain:
            part = ScorePart(name="your interests", value=gain)
            parts = (*hit.parts, part) if explain else hit.parts
            texts = tuple(reason.text for reason in why)
            hit = msgspec.structs.replace(hit, score=hit.score + gain, parts=parts, reasons=(*hit.reasons, *texts))
        scored.append((-hit.score, place, hit, tuple(reason.text for reason in why)))
    scored.sort(key=lambda one: one[:2])
    moved = [
        Moved(hit.document.iri, was, at, why or ("others moved past it",))
        for at, (_, was, hit, why) in enumerate(scored, 1)
        if at != was
    ]
    return [hit for _, _, hit, _ in scored], moved


def _gain(weights: Iterable[float]) -> float:
    """In [-1, 1]: what speaks for it less what speaks against it."""
    listed = list(weights)
    return (1 - prod(1 - w for w in listed if w > 0)) - (1 - prod(1 + w for w in listed if w < 0))
