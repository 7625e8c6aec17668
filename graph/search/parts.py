"""Answers made of parts of works: grouped by work, each part with the passage that matches."""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np

from graph.search.base import FragmentHit, Highlight, SearchHit, SearchRequest, SearchResponse
from graph.search.compose import compose
from graph.search.documents import Vector
from graph.search.fragments import POOL, FoundFragment, FragmentSnapshot, Ranked, Within
from graph.search.fusion import Ranking, fuse
from graph.search.highlights import Highlighter
from graph.search.narrowing import Conditions, firm_of
from graph.search.part_queries import firm_query, words_query
from graph.search.query.tree import All, Any, Loose, Node, Not, Phrase, Range, Word
from graph.search.ranking import MEANING, WEIGHTS, WORDS
from graph.search.understanding import Understood
from graph.search.works import Snapshot

FUSED: Final = 200
"""Parts of each ranking that are fused."""
EACH: Final = 5
"""Parts shown of one work."""
SENTENCE: Final = "sentence"


def answer_parts(
    request: SearchRequest,
    understood: Understood,
    conditions: Conditions,
    fragments: FragmentSnapshot | None,
    snapshot: Snapshot,
    vector: Vector | None,
    answered: SearchResponse,
) -> SearchResponse:
    """Works in the order of their best part, found by words and, with the `vector` of the query, by meaning;
    `fragment_total` counts the parts whose words match, `total` the works of these among those looked at."""
    if fragments is None:
        return msgspec.structs.replace(answered, notes=(*answered.notes, "no parts of works are indexed"))
    on_works = _on_works(understood.root)
    hard = compose(on_works, snapshot).matches if on_works is not None else None
    firm = firm_of(hard, conditions)
    keys = None if firm is None else np.sort(snapshot.column("key", snapshot.places(firm)))
    kinds = [kind for kind in understood.parts if kind != SENTENCE]
    if SENTENCE in understood.parts:
        kinds += ["paragraph", "list", "statement", "footnote"]
    languages = snapshot.languages
    asked = words_query(understood.root, languages)
    total, hits = fragments.search(asked, Within(tuple(kinds), keys), POOL)
    matched = {place for place, _ in hits}
    if vector is not None and asked is not None:
        near = fragments.near(vector, Within(tuple(kinds), keys, firm_query(understood.root, languages)), FUSED)
        hits = fused(hits, near)
    groups = _by_work(hits, fragments, snapshot)
    by_words = sum(1 for parts in groups if any(place in matched for place, _ in parts))
    marks = (*_texts(understood.root), *(term.text for one in understood.expansions for term in one.terms))
    marker = Highlighter(fragments, marks)
    as_sentences = SENTENCE in understood.parts
    page = groups[request.offset : request.offset + request.limit]
    return msgspec.structs.replace(
        answered,
        hits=tuple(
            _hit(parts, fragments, snapshot, marker, as_sentences, not any(place in matched for place, _ in parts))
            for parts in page
        ),
        total=by_words,
        dense_total=len(groups) - by_words,
        fragment_total=total,
        notes=answered.notes if not request.cursor else (*answered.notes, "parts are paged by offset"),
    )


def fused(words: Ranked, near: Ranked) -> Ranked:
    """The best by words and by meaning, as with works, then what else matches by words."""
    best = fuse([
        Ranking(WORDS, WEIGHTS[WORDS], words[:FUSED], size=FUSED), Ranking(MEANING, WEIGHTS[MEANING], near)
    ])  # fmt: skip
    fused = list(zip(best.keys, best.scores.tolist(), strict=True))
    seen = set(best.keys)
    return fused + [(place, 0.0) for place, _ in words if place not in seen]


def _by_work(hits: Ranked, fragments: FragmentSnapshot, snapshot: Snapshot) -> list[Ranked]:
    """The parts of each work that is still there, works in the order of their best part."""
    keys = fragments.column("work_key", [place for place, _ in hits])
    grouped: dict[int, Ranked] = {}
    for key, lives, hit in zip(keys.tolist(), np.isin(keys, snapshot.keys).tolist(), hits, strict=True):
        if lives:
            grouped.setdefault(key, []).append(hit)
    return list(grouped.values())


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


def _hit(
    parts: Ranked, fragments: FragmentSnapshot, snapshot: Snapshot, marker: Highlighter, sentences: bool, dense: bool
) -> SearchHit:
    found = [fragments.found(place, score) for place, score in parts[:EACH]]
    place = snapshot.place_of(found[0].fragment.work)
    assert place is not None
    return SearchHit(
        document=snapshot.document(place),
        score=found[0].score,
        dense_only=dense,
        fragments=tuple(fragment_hit(one, marker, sentences) for one in found),
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
