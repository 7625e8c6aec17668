"""Answers made of parts of works: grouped by work, each part with the passage that matches."""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np

from graph.search.base import FragmentHit, Highlight, SearchHit, SearchRequest, SearchResponse
from graph.search.compose import compose
from graph.search.fragments import POOL, FoundFragment, FragmentSnapshot, words_query
from graph.search.highlights import Highlighter
from graph.search.narrowing import Conditions, firm_of
from graph.search.query.tree import All, Any, Loose, Node, Not, Phrase, Range, Word
from graph.search.understanding import Understood
from graph.search.works import Snapshot

EACH: Final = 5
"""Parts shown of one work."""
SENTENCE: Final = "sentence"


def answer_parts(
    request: SearchRequest,
    understood: Understood,
    conditions: Conditions,
    fragments: FragmentSnapshot | None,
    snapshot: Snapshot,
    answered: SearchResponse,
) -> SearchResponse:
    """Works in the order of their best part; `fragment_total` counts the parts, `total` the works among those
    looked at."""
    if fragments is None:
        return msgspec.structs.replace(answered, notes=(*answered.notes, "no parts of works are indexed"))
    on_works = _on_works(understood.root)
    hard = compose(on_works, snapshot).matches if on_works is not None else None
    firm = firm_of(hard, conditions)
    keys = None if firm is None else np.sort(snapshot.column("key", snapshot.places(firm)))
    kinds = [kind for kind in understood.parts if kind != SENTENCE]
    if SENTENCE in understood.parts:
        kinds += ["paragraph", "list", "statement", "footnote"]
    asked = words_query(understood.root, snapshot.languages)
    total, found = fragments.search(asked, kinds, keys, POOL)
    grouped: dict[str, list[FoundFragment]] = {}
    for one in found:
        grouped.setdefault(one.fragment.work, []).append(one)
    living = [(work, parts) for work, parts in grouped.items() if snapshot.place_of(work) is not None]
    marks = (*_texts(understood.root), *(term.text for one in understood.expansions for term in one.terms))
    marker = Highlighter(fragments, marks)
    as_sentences = SENTENCE in understood.parts
    page = living[request.offset : request.offset + request.limit]
    return msgspec.structs.replace(
        answered,
        hits=tuple(_hit(work, parts, snapshot, marker, as_sentences) for work, parts in page),
        total=len(living),
        fragment_total=total,
        notes=answered.notes if not request.cursor else (*answered.notes, "parts are paged by offset"),
    )


def fragment_hit(found: FoundFragment, marker: Highlighter, as_sentence: bool = False) -> FragmentHit:
    """A part with the passage of it that matches; `as_sentence` narrows it to the sentence that does."""
    fragment = found.fragment
    passage = marker.passage(found.place, "text", fragment.text)
    iri, kind = fragment.iri, fragment.kind
    if as_sentence and (sentence := _sentence(fragment.sentences, fragment.text, passage)) is not None:
        path, passage = sentence
        iri, kind = f"{fragment.work}/{path}", SENTENCE
    return FragmentHit(
        iri=iri, kind=kind, passage=passage, score=found.score, label=fragment.label, heading=fragment.heading,
        url=fragment.url,
    )  # fmt: skip


def _hit(work: str, parts: list[FoundFragment], snapshot: Snapshot, marker: Highlighter, sentences: bool) -> SearchHit:
    place = snapshot.place_of(work)
    assert place is not None
    return SearchHit(
        document=snapshot.document(place),
        score=parts[0].score,
        fragments=tuple(fragment_hit(one, marker, sentences) for one in parts[:EACH]),
    )


def _sentence(
    sentences: tuple[tuple[str, int, int], ...], text: str, passage: Highlight
) -> tuple[str, Highlight] | None:
    """The sentence that holds most of what matches in the passage, with its marks."""
    at = text.find(passage.text)
    if at < 0 or not sentences:
        return None
    marks = [(at + begin, at + end) for begin, end in passage.ranges]

    def held(begin: int, end: int) -> list[tuple[int, int]]:
        return [(a - begin, b - begin) for a, b in marks if begin <= a and b <= end]

    path, begin, end = max(sentences, key=lambda one: (len(held(one[1], one[2])), -one[1]))
    return path, Highlight(field="text", text=text[begin:end], ranges=tuple(held(begin, end)))


def _on_works(node: Node | None) -> Node | None:
    """What of a tree is said of works: its fields."""
    match node:
        case Range():
            return node
        case Word() | Phrase():
            return node if node.field else None
        case Not():
            inner = _on_works(node.child)
            return None if inner is None else Not(inner)
        case All() | Any() | Loose():
            kept = [one for child in node.children if (one := _on_works(child)) is not None]
            if isinstance(node, Any) and len(kept) < len(node.children):
                return None
            return All(tuple(kept)) if kept else None
        case _:
            return None


def _texts(node: Node | None) -> list[str]:
    match node:
        case Word() | Phrase():
            return [] if node.field else [node.text]
        case All() | Any() | Loose():
            return [text for child in node.children for text in _texts(child)]
        case _:
            return []
