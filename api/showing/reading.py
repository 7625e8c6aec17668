"""What was read in a work, as its page shows it: what sums it up, things found with their sentences, and
why it cites what it cites."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from graph.discovery.fragments import CitationView, FragmentView, HighlightView, MentionView
from graph.discovery.related import RelatedWork
from graph.search.base import Highlight
from ontology.found import TYPES, found_type

TELLS: Final = ("problem", "contribution", "result", "limitation")
MOST_THINGS: Final = 24
"""Things of one type that are shown, those named most often first."""
_MOST_SENTENCES: Final = 3
_MOST_CITATIONS: Final = 20
_KEPT: Final = 2
"""Sentences of each kind in the summary, the surest."""
_WORDS: Final = re.compile(r"(?<=[a-z])([A-Z])")
CONCEPTS: Final = "concept"
"""Where a thing is one of a loaded vocabulary."""
_PLURALS: Final = {
    "software": "Software", "concept": "Concepts of vocabularies", "chemical": "Chemicals", "variant": "Variants",
    "cell-line": "Cell lines",
}  # fmt: skip


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """One place that names a thing: the sentence with the words marked, and its path below the work."""

    mention: str
    path: str
    sentence: Highlight
    confidence: float


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    """Something the text names, `times` times; `places` are the surest of them."""

    iri: str
    name: str
    times: int
    places: tuple[Named, ...]


class Things(msgspec.Struct, frozen=True, kw_only=True):
    """The things of one type; `more` are not shown."""

    kind: str
    title: str
    things: tuple[Thing, ...]
    more: int


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Citations with one intent (in words); `citations` are the first of all `count`."""

    intent: str
    count: int
    citations: tuple[CitationView, ...]


def summary(highlights: Iterable[HighlightView]) -> dict[str, list[HighlightView]]:
    """The surest sentences of each kind, in text order."""
    found = list(highlights)
    kept: dict[str, list[HighlightView]] = {}
    for tells in TELLS:
        surest = sorted((one for one in found if one.tells == tells), key=lambda one: -one.confidence)[:_KEPT]
        if surest:
            kept[tells] = [one for one in found if one in surest]
    return kept


def sentences(fragments: Iterable[FragmentView]) -> Iterator[tuple[str, str]]:
    """IRI and text of every sentence in a text."""
    for one in fragments:
        if one.kind == "sentence":
            yield one.iri, one.text
        yield from sentences(one.parts)


def found_things(mentions: Iterable[MentionView], texts: Mapping[str, str], work: str) -> list[Things]:
    """The things a text names by type, in the order of `ontology.found.TYPES`, vocabularies' concepts last."""
    by_kind: dict[str, dict[str, list[MentionView]]] = {}
    for one in mentions:
        by_kind.setdefault(found_type(one.concept) or CONCEPTS, {}).setdefault(one.concept, []).append(one)
    groups = []
    for kind in (*TYPES, CONCEPTS):
        ranked = sorted(by_kind.get(kind, {}).values(), key=lambda places: (-len(places), places[0].name))
        things = tuple(_thing(places, texts, work) for places in ranked[:MOST_THINGS])
        if things:
            title = _PLURALS.get(kind, f"{kind.capitalize()}s")
            groups.append(Things(kind=kind, title=title, things=things, more=len(ranked) - len(things)))
    return groups


def _thing(places: list[MentionView], texts: Mapping[str, str], work: str) -> Thing:
    surest = sorted(places, key=lambda one: (-one.confidence, one.iri))
    shown: dict[str, Named] = {}
    for one in surest:
        if len(shown) < _MOST_SENTENCES and one.sentence in texts and one.sentence not in shown:
            sentence = Highlight(field="", text=texts[one.sentence], ranges=((one.begin, one.end),))
            path = one.sentence.removeprefix(f"{work}/")
            shown[one.sentence] = Named(mention=one.iri, path=path, sentence=sentence, confidence=one.confidence)
    return Thing(iri=places[0].concept, name=places[0].name, times=len(places), places=tuple(shown.values()))


def reasons(citations: Iterable[CitationView]) -> list[Reason]:
    """Citations by intent, the frequent first; those that lead to a work of the catalogue come first in each."""
    by_intent: dict[str, list[CitationView]] = {}
    for one in citations:
        if one.intent:
            by_intent.setdefault(one.intent, []).append(one)
    return [
        Reason(
            intent=words(intent), count=len(found),
            citations=tuple(sorted(found, key=lambda one: not one.work)[:_MOST_CITATIONS]),
        )
        for intent, found in sorted(by_intent.items(), key=lambda item: (-len(item[1]), item[0]))
    ]  # fmt: skip


_PARTS: Final = {
    "coupling": "shared references", "cocitation": "cited together", "topics": "shared topics", "meaning": "meaning",
}  # fmt: skip


def why_related(work: RelatedWork) -> str:
    """What two works have in common, the strongest first: named where it can be, else counted."""
    said = []
    for part in sorted(work.parts, key=lambda part: -part.value):
        names = ", ".join(one.name for one in part.shared[:2]) if part.name == "topics" else ""
        said.append(names or (f"{part.count} {_PARTS[part.name]}" if part.count else _PARTS[part.name]))
    return "; ".join(said)


def words(iri: str) -> str:
    """The local name of a property in words: `usesMethodIn` is "uses method in"."""
    local = re.split(r"[#/]", iri)[-1]
    return _WORDS.sub(r" \1", local).lower()
