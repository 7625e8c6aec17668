"""The sentences of a work that say what it sets out to solve, contributes, finds and leaves open.

Problem, contribution and result are told by a classifier trained on ACLSum (MIT); limitations, which it does
not mark, by their words. Only title pages and ends are looked at: abstract, introduction, discussion, conclusion.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

import msgspec

from nlp.learned.linear import shipped
from ontology.reading import Highlight
from ontology.records import Document, Fragment

BITS: Final = 16
NONE: Final = "none"
ROLES: Final = ("problem", "contribution", "result", "limitation")
PLACES: Final = {"introduction": "introduction", "conclusion": "conclusion", "discussion": "conclusion"}
"""Role of a section → what it counts as."""
_TOKEN: Final = re.compile(r"[^\W\d_]+|\d+|[^\w\s]")
_LIMITATION: Final = re.compile(
    r"\b(?:(?:a|one|main|major|important|several|some|potential|the|our) (?:\w+ )?limitations?\b"
    r"|limitations? of (?:this|our|the present)|(?:is|was|are|were) limited (?:by|to)\b.{0,60}\b(?:sample|data|number)"
    r"|(?:this|our) \w+ (?:does|did|do) not (?:address|consider|account|cover)"
    r"|we (?:did|do|could|can) not (?:address|consider|account|rule out|exclude|assess|determine)"
    r"|remains? (?:an open|to be (?:seen|determined|investigated))"
    r"|should be interpreted with caution)",
    re.I,
)  # fmt: skip


class HighlightSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Sentences less sure than `least_confidence` are none; at most `most` of each role in a work."""

    least_confidence: float = 0.5
    most: int = 3


def highlights(document: Document, parts: Sequence[Fragment], settings: HighlightSettings) -> tuple[Highlight, ...]:
    """The surest sentences of each role, in text order."""
    found: defaultdict[str, list[tuple[float, int, Highlight]]] = defaultdict(list)
    model = shipped("highlights")
    for place, sentences in _places(document, parts).items():
        for number, part in enumerate(sentences):
            text = document.text[part.begin : part.end]
            role, sure = model.best(features(text, place, number, len(sentences)))
            if role == NONE and place == "conclusion" and _LIMITATION.search(text):
                role, sure = "limitation", 0.7
            if role != NONE and sure >= settings.least_confidence:
                found[role].append((-sure, part.begin, Highlight(part.path, role, round(sure, 4))))
    kept = [entry for entries in found.values() for entry in sorted(entries)[: settings.most]]
    return tuple(highlight for _, _, highlight in sorted(kept, key=lambda entry: entry[1]))


def features(text: str, place: str, number: int, count: int) -> Iterator[str]:
    """Names of what tells: words, pairs and the beginning of sentence `number` of the `count` of its place
    ("abstract", "introduction" or "conclusion"), and where it stands there."""
    words = [("#" if token.isdigit() else token.lower()) for token in _TOKEN.findall(text)][:120]
    yield f"@ {place}"
    yield f"@ {place} {4 * number // max(count, 1)}"
    yield f"@ {place} {'first' if number == 0 else 'last' if number == count - 1 else 'inside'}"
    yield f"# {min(len(words) // 8, 6)}"
    yield from (f"1 {word}" for word in words)
    yield from (f"2 {one} {other}" for one, other in pairwise(words))
    yield f"^ {' '.join(words[:2])}"
    yield f"^ {' '.join(words[:3])} {place}"
    yield from (f"w {place} {word}" for word in words[:12])


def _places(document: Document, parts: Sequence[Fragment]) -> dict[str, list[Fragment]]:
    roots = {"abs": "abstract"}
    for fragment in document.fragments:
        if fragment.kind == "section" and fragment.role in PLACES:
            roots[fragment.path] = PLACES[fragment.role]
    found: defaultdict[str, list[Fragment]] = defaultdict(list)
    for part in parts:
        place = next((roots[root] for root in _ancestors(part.path) if root in roots), "")
        if place and "/p/" in part.path:
            found[place].append(part)
    return found


def _ancestors(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path.rpartition("/")[0]
