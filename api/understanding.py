"""Words of a query as concepts, and concepts as more words. Bridges vocabularies and search."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from api.library import Library
from graph.search.base import ExpansionTerm, RecognisedConcept
from nlp.matcher import Candidate
from ontology.scheme import Concept, Label, Scheme

_NARROWER = 8
_SYNONYMS = 6
LEAST_WEIGHT = 0.1
"""Of a concept whose wording says next to nothing by itself."""
ONE_WORD = 0.5
"""Of a concept that one word among others names: "hate" in "hate speech" means it half the time at best."""
_SAME = 4
"""Concepts of other vocabularies that are the same, at most."""
_WEIGHTS = {"synonym": 0.7, "translation": 0.6, "same": 0.7, "narrower": 0.3}


class Understanding:
    """Recognises concepts of the loaded vocabularies in short texts and lists what else to look for."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def recognise(self, text: str) -> Sequence[RecognisedConcept]:
        """Concepts named in `text`, longest labels first come; one concept for each place."""
        matcher = self._library.reader.matcher
        found = []
        # A query is too short to tell its language: labels of all count, English ones first.
        for language in sorted(matcher.languages, key=lambda name: name != "en"):
            for hit in matcher.find(text, language):
                if hit.candidates:
                    likeliest = hit.candidates[0]
                    iri = matcher.concepts[likeliest.concept]
                    label = self._library.labels.get(iri, text[hit.begin : hit.end])
                    whole = hit.end - hit.begin >= len(text.strip())
                    weight = 1.0 if whole else max(LEAST_WEIGHT, _telling(likeliest))
                    found.append(RecognisedConcept(iri=iri, label=label, begin=hit.begin, end=hit.end, weight=weight))
        return list(dict.fromkeys(found))

    def expand(self, iri: str) -> Sequence[ExpansionTerm]:
        """Synonyms, translations, the same in other vocabularies and direct narrower concepts, weighted, the likeliest
        first."""
        concept, scheme = self._concept(iri)
        if concept is None or scheme is None:
            return ()
        return [*_other_labels(concept), *self._same(concept), *_narrower(concept, scheme)]

    def _same(self, concept: Concept) -> Iterator[ExpansionTerm]:
        """Concepts that exact mappings, of either side, say are the same: by name, so that works about them match."""
        for iri in self._library.counterparts.get(concept.iri, ())[:_SAME]:
            same, scheme = self._concept(iri)
            if same is not None and scheme is not None:
                yield ExpansionTerm(
                    text=same.name(), weight=_WEIGHTS["same"], relation="same", concept=iri, vocabulary=scheme.title
                )

    def _concept(self, iri: str) -> tuple[Concept | None, Scheme | None]:
        """The concept with the labels of all vocabularies that have it, and the first of these."""
        homes = [scheme for scheme in self._library.schemes if iri in scheme.concepts]
        if not homes:
            return None, None
        labels = dict.fromkeys(label for scheme in homes for label in scheme.concepts[iri].labels)
        richest = max(homes, key=lambda scheme: len(scheme.narrower.get(iri, ())))
        return msgspec.structs.replace(richest.concepts[iri], labels=tuple(labels)), richest

    def find(self, label: str) -> Concept | None:
        """The concept a label names best, in any loaded vocabulary."""
        found = self.recognise(label)
        whole = [c for c in found if c.end - c.begin >= len(label.strip()) - 1]
        return self._concept(whole[0].iri)[0] if whole else None


def _telling(candidate: Candidate) -> float:
    return candidate.specificity * (ONE_WORD if candidate.words == 1 else 1.0)


def _other_labels(concept: Concept) -> Iterator[ExpansionTerm]:
    """Every label, for what was typed may be any of them: preferred ones first, those in English before the others,
    natural word order before inverted."""
    shown: set[frozenset[str]] = set()
    likeliest = sorted(
        concept.labels, key=lambda label: (label.kind != "pref", label.language not in ("", "en"), "," in label.text)
    )
    labels: list[Label] = []
    for label in likeliest:
        # "Fever, Marsh" says nothing that "Marsh Fever" does not.
        if label.kind != "hidden" and _words(label.text) not in shown:
            shown.add(_words(label.text))
            labels.append(label)
    for label in labels[:_SYNONYMS]:
        relation = _relation(label)
        yield ExpansionTerm(text=label.text, weight=_WEIGHTS[relation], relation=relation, concept=concept.iri)


def _words(label: str) -> frozenset[str]:
    return frozenset(word.rstrip("s") for word in label.casefold().replace(",", " ").split())


def _relation(label: Label) -> str:
    return "synonym" if label.language in ("", "en") else "translation"


def _narrower(concept: Concept, scheme: Scheme) -> Iterator[ExpansionTerm]:
    for child in scheme.narrower.get(concept.iri, ())[:_NARROWER]:
        if child in scheme.concepts:
            name = scheme.concepts[child].name()
            yield ExpansionTerm(text=name, weight=_WEIGHTS["narrower"], relation="narrower", concept=child)
