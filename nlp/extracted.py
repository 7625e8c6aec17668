"""What is found in title and abstract by models that were trained on abstracts: typed stretches, and relations between
them as claims.

It is the extractor that somebody trained here (`gnomon train extractor`), or else the small models that ship
(nlp.abstracts). Their types and relations are SciERC's; `data/extracted_relations.tsv` says which property of ours each
relation is and which end is the subject. They are asked of nothing but titles and abstracts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from nlp.abstracts import Related, marked, related
from nlp.learned.tagger import Span
from nlp.lexicon import rows
from nlp.relations import Thing
from ontology.reading import ABSTRACTS, EXTRACTOR
from ontology.records import Document, Fragment

if TYPE_CHECKING:
    from nlp.joint.extractor import Extractor

TYPES: Final = {"Task": "task", "Method": "method", "Metric": "metric", "Material": "material"}
"""SciERC's types as ours; others of its types are no names of things."""
_PLACES: Final = frozenset({"title", "abs"})
_MOST_SENTENCES: Final = 60
"""Sentences of title and abstract that are asked about."""
_MOST_THINGS: Final = 30
"""A sentence with more of them is a list: its things are not related."""
_WORD: Final = re.compile(r"[^\W_]+(?:[-'’./][^\W_]+)*|[^\w\s]|_")


class Relation(NamedTuple):
    """Two stretches of a sentence (subject, object), the property of claims between them, and its probability."""

    subject: tuple[int, int]
    object: tuple[int, int]
    predicate: str
    probability: float


class Extracted(NamedTuple):
    """Of each sentence (by its path) that was asked about; offsets within the sentence. `method` names the maker of the
    mentions, `cue` stands for that of the claims."""

    spans: Mapping[str, Sequence[Span]]
    relations: Mapping[str, Sequence[Relation]]
    method: str = "tagger"
    cue: str = ABSTRACTS


NOTHING: Final = Extracted({}, {})


def extracted(extractor: Extractor | None, document: Document, parts: Sequence[Fragment]) -> Extracted:
    """What is found in the sentences of title and abstract, by the small models where there is no extractor."""
    chosen = [part for part in parts if part.path.partition("/")[0] in _PLACES][:_MOST_SENTENCES]
    if not chosen:
        return NOTHING
    texts = [document.text[part.begin : part.end] for part in chosen]
    told = _with(extractor, texts) if extractor else _shipped(texts)
    spans: dict[str, list[Span]] = {}
    relations: dict[str, list[Relation]] = {}
    for part, (found, pairs) in zip(chosen, told, strict=True):
        spans[part.path] = [
            Span(one.begin, one.end, TYPES[one.type], round(one.confidence, 2)) for one in found if one.type in TYPES
        ]
        places = [(one.begin, one.end) for one in found]
        relations[part.path] = [
            Relation(places[ends[0]], places[ends[1]], predicate, round(pair.confidence, 4))
            for pair in pairs
            for predicate, ends in _as_claim(pair.name, pair.subject, pair.object)
        ]
    return Extracted(spans, relations, "extractor", EXTRACTOR) if extractor else Extracted(spans, relations)


def _shipped(texts: Sequence[str]) -> Iterator[tuple[list[Span], list[Related]]]:
    for text, spans in zip(texts, marked(texts), strict=True):
        asked = [(s.begin, s.end, s.type) for s in spans] if len(spans) <= _MOST_THINGS else []
        yield spans, list(related(text, asked))


def _with(extractor: Extractor, texts: Sequence[str]) -> Iterator[tuple[list[Span], list[Related]]]:
    places = [words_of(text) for text in texts]
    words = [[text[b:e] for b, e in cut] for text, cut in zip(texts, places, strict=True)]
    found = extractor.marked(words)
    held = extractor.related(words, [[Thing(*one[:3]) for one in things] for things in found])
    for cut, things, pairs in zip(places, found, held, strict=True):
        spans = [Span(cut[one.first][0], cut[one.last][1], one.type, one.confidence) for one in things]
        yield spans, [Related(*pair) for pair in pairs]


def words_of(text: str) -> list[tuple[int, int]]:
    """Begin and end of each word of a sentence, as the extractor is asked about them; signs are words."""
    return [match.span() for match in _WORD.finditer(text)]


def _as_claim(name: str, subject: int, object_: int) -> Iterator[tuple[str, tuple[int, int]]]:
    if name in _table():
        predicate, turned = _table()[name]
        yield predicate, (object_, subject) if turned else (subject, object_)


@cache
def _table() -> dict[str, tuple[str, bool]]:
    return {name: (predicate, order == "turned") for name, predicate, order in rows("extracted_relations.tsv")}
