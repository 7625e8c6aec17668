"""What a trained extractor finds in title and abstract: typed stretches, and relations between them as claims.

Its types and relations are SciERC's; `data/extracted_relations.tsv` says which property of ours each relation is and
which end is the subject. It was trained on abstracts and is asked of nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from nlp.learned.tagger import Span
from nlp.lexicon import rows
from nlp.relations import Thing
from ontology.records import Document, Fragment

if TYPE_CHECKING:
    from nlp.joint.extractor import Extractor

TYPES: Final = {"Task": "task", "Method": "method", "Metric": "metric", "Material": "material"}
"""SciERC's types as ours; others of its types are no names of things."""
_PLACES: Final = frozenset({"title", "abs"})
_WORD: Final = re.compile(r"[^\W_]+(?:[-'’./][^\W_]+)*|[^\w\s]|_")


class Relation(NamedTuple):
    """Two stretches of a sentence (subject, object), the property of claims between them, and its probability."""

    subject: tuple[int, int]
    object: tuple[int, int]
    predicate: str
    probability: float


class Extracted(NamedTuple):
    """Of each sentence (by its path) that was asked about; offsets within the sentence."""

    spans: Mapping[str, Sequence[Span]]
    relations: Mapping[str, Sequence[Relation]]


NOTHING: Final = Extracted({}, {})


def extracted(extractor: Extractor | None, document: Document, parts: Sequence[Fragment]) -> Extracted:
    """What the extractor finds in the sentences of title and abstract; nothing where there is none."""
    chosen = [part for part in parts if part.path.partition("/")[0] in _PLACES]
    if extractor is None or not chosen:
        return NOTHING
    texts = [document.text[part.begin : part.end] for part in chosen]
    places = [[match.span() for match in _WORD.finditer(text)] for text in texts]
    words = [[text[b:e] for b, e in cut] for text, cut in zip(texts, places, strict=True)]
    marked = extractor.marked(words)
    named = [[Thing(*one[:3]) for one in things] for things in marked]
    held = extractor.related(words, named)
    spans: dict[str, list[Span]] = {}
    relations: dict[str, list[Relation]] = {}
    for part, cut, things, pairs in zip(chosen, places, marked, held, strict=True):
        where = [(cut[one.first][0], cut[one.last][1]) for one in things]
        spans[part.path] = [
            Span(*place, TYPES[one.type], round(one.confidence, 2))
            for place, one in zip(where, things, strict=True)
            if one.type in TYPES
        ]
        relations[part.path] = [
            Relation(where[ends[0]], where[ends[1]], predicate, round(pair.confidence, 4))
            for pair in pairs
            for predicate, ends in _as_claim(pair.name, pair.subject, pair.object)
        ]
    return Extracted(spans, relations)


def _as_claim(name: str, subject: int, object_: int) -> Iterator[tuple[str, tuple[int, int]]]:
    if name in _table():
        predicate, turned = _table()[name]
        yield predicate, (object_, subject) if turned else (subject, object_)


@cache
def _table() -> dict[str, tuple[str, bool]]:
    return {name: (predicate, order == "turned") for name, predicate, order in rows("extracted_relations.tsv")}
