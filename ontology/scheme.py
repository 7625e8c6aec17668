"""Concept schemes in memory: labels, hierarchy, mappings (SKOS).

A `Scheme` is what a vocabulary reader returns and what matching, expansion and topic roll-up
use. Broken parts (cycles, dangling broader) are kept out of the hierarchy and named in `faults`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Final

import msgspec

from ontology.axiom import Axiom
from ontology.errors import VocabularyError


class Label(msgspec.Struct, frozen=True, omit_defaults=True):
    """A label in one language; `kind` is pref, alt or hidden (SKOS)."""

    text: str
    language: str = "en"
    kind: str = "pref"


NOTES: Final = ("definition", "scopeNote", "example", "historyNote", "editorialNote", "changeNote", "note")
"""Kinds of notes (SKOS 7)."""


class Note(msgspec.Struct, frozen=True, omit_defaults=True):
    """A text about a concept in one language; `kind` is one of NOTES."""

    text: str
    language: str = ""
    kind: str = "note"


class Match(msgspec.Struct, frozen=True, omit_defaults=True):
    """A mapping to a concept of another vocabulary; `kind` is close, broad, narrow or related."""

    iri: str
    kind: str = "close"


class Concept(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A SKOS concept; `broader`, `related`, `exact` hold IRIs. `definition` is the one without a language; those in
    a language are among the `notes`."""

    iri: str
    labels: tuple[Label, ...]
    broader: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    exact: tuple[str, ...] = ()
    definition: str = ""
    notation: str = ""
    deprecated: bool = False
    replaced_by: str = ""
    notes: tuple[Note, ...] = ()
    matches: tuple[Match, ...] = ()

    def name(self, language: str = "en") -> str:
        """The preferred label in `language`, else in English, else any; the IRI without labels."""
        return _name(self.iri, self.labels, language)


class Collection(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A SKOS collection: concepts and other collections (`members`, IRIs) that belong together without lying above one
    another; their order counts where it is `ordered` (skos:OrderedCollection)."""

    iri: str
    labels: tuple[Label, ...]
    members: tuple[str, ...] = ()
    ordered: bool = False
    notation: str = ""
    notes: tuple[Note, ...] = ()

    def name(self, language: str = "en") -> str:
        """As a concept's."""
        return _name(self.iri, self.labels, language)


Entry = Concept | Collection
"""What a vocabulary describes."""


def _name(iri: str, labels: tuple[Label, ...], language: str) -> str:
    preferred = {label.language: label.text for label in labels if label.kind == "pref"}
    return (
        preferred.get(language)
        or preferred.get("en")
        or next(iter(preferred.values()), "")
        or (labels[0].text if labels else iri)
    )


class Scheme:
    """A vocabulary: its concepts and, through them, its hierarchy. Immutable after construction.

    `name` is short and fit for IRIs ("cso", "mesh"); `version` names this edition;
    `faults` are VocabularyErrors met while reading: reported, not fatal. `axioms` is what an OWL ontology says beyond
    its hierarchy.
    """

    def __init__(
        self,
        iri: str,
        name: str,
        concepts: Iterable[Concept],
        *,
        title: str = "",
        version: str = "",
        license: str = "",
        faults: Iterable[VocabularyError] = (),
        axioms: Iterable[Axiom] = (),
        collections: Iterable[Collection] = (),
    ) -> None:
        self.iri = iri
        self.name = name
        self.title = title or name
        self.version = version
        self.license = license
        self.concepts: dict[str, Concept] = {concept.iri: concept for concept in concepts}
        self.faults: tuple[VocabularyError, ...] = tuple(faults)
        self.axioms: tuple[Axiom, ...] = tuple(axioms)
        self.collections: dict[str, Collection] = {one.iri: one for one in collections}

    def __len__(self) -> int:
        return len(self.concepts)

    def __iter__(self) -> Iterator[Concept]:
        return iter(self.concepts.values())

    @property
    def entries(self) -> dict[str, Entry]:
        """Concepts and collections, by IRI."""
        return {**self.concepts, **self.collections}

    @cached_property
    def narrower(self) -> dict[str, tuple[str, ...]]:
        """Concept IRI → IRIs of its direct narrower concepts."""
        table: dict[str, list[str]] = {}
        for concept in self:
            for parent in concept.broader:
                table.setdefault(parent, []).append(concept.iri)
        return {parent: tuple(children) for parent, children in table.items()}

    def ancestors(self, iri: str) -> dict[str, int]:
        """Every broader concept with its distance in steps (1 = direct); safe on cycles."""
        return self._walk(iri, lambda here: self.concepts[here].broader if here in self.concepts else ())

    def descendants(self, iri: str, depth: int = 64) -> dict[str, int]:
        """Every narrower concept up to `depth` steps with its distance; safe on cycles."""
        return self._walk(iri, lambda here: self.narrower.get(here, ()), depth)

    def _walk(self, start: str, step: Callable[[str], tuple[str, ...]], depth: int = 64) -> dict[str, int]:
        seen: dict[str, int] = {}
        frontier = [start]
        for distance in range(1, depth + 1):
            frontier = [n for here in frontier for n in step(here) if n != start and n not in seen]
            if not frontier:
                break
            seen.update(dict.fromkeys(frontier, distance))
            frontier = list(dict.fromkeys(frontier))
        return seen
