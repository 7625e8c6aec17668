"""Concepts in a query and the other words that stand for them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

import msgspec

from graph.search.base import Expander, Expansion, ExpansionTerm, RecognisedConcept, Recogniser
from graph.search.query.tree import Word

MAX_CONCEPTS: Final = 8
MAX_TERMS: Final = 24
"""For each concept, the weightiest first."""


def expansions(
    words: Sequence[Word], recognise: Recogniser, expand: Expander, barred: Collection[str]
) -> tuple[list[Expansion], list[range]]:
    """Concepts named by the loose words of a query, and the positions of the words that name each.

    Longer names win over shorter ones inside them. A concept in `barred` (IRI or label, casefolded) is listed,
    switched off and without terms.
    """
    text = " ".join(word.text for word in words)
    spans = _spans(words)
    found: list[Expansion] = []
    groups: list[range] = []
    taken: set[int] = set()
    for concept in sorted(recognise(text), key=lambda one: (one.begin - one.end, one.begin)):
        group = _covered(concept, spans)
        if not group or taken & set(group) or len(found) == MAX_CONCEPTS:
            continue
        taken.update(group)
        off = concept.iri.casefold() in barred or concept.label.casefold() in barred
        typed = text[concept.begin : concept.end].casefold()
        found.append(
            Expansion(
                concept=concept.iri,
                label=concept.label,
                off=off,
                terms=() if off else _terms(expand(concept.iri), typed, concept.weight),
                weight=concept.weight,
            )
        )
        groups.append(group)
    return found, groups


def _spans(words: Sequence[Word]) -> list[tuple[int, int]]:
    """Where each word lies in the words joined by spaces."""
    spans, at = [], 0
    for word in words:
        spans.append((at, at + len(word.text)))
        at += len(word.text) + 1
    return spans


def _covered(concept: RecognisedConcept, spans: Sequence[tuple[int, int]]) -> range:
    """Positions of the words the concept touches."""
    hit = [position for position, (begin, end) in enumerate(spans) if begin < concept.end and end > concept.begin]
    return range(hit[0], hit[-1] + 1) if hit else range(0)


def _terms(terms: Iterable[ExpansionTerm], typed: str, weight: float) -> tuple[ExpansionTerm, ...]:
    """The weightiest, each wording once, without what was typed; `weight` goes into that of each. A concept of another
    vocabulary is kept whatever it is called: works are tagged with it."""
    best: dict[tuple[str, str], ExpansionTerm] = {}
    for term in sorted(terms, key=lambda one: (-one.weight, one.text)):
        wording, tag = term.text.casefold(), term.concept if term.vocabulary else ""
        if (tag or wording != typed) and 0 < term.weight <= 1:
            best.setdefault((wording, tag), msgspec.structs.replace(term, weight=round(weight * term.weight, 4)))
    return tuple(best.values())[:MAX_TERMS]
