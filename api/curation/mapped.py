"""Mappings between vocabularies as the doors show them, and what one decides about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from typing import Final, Literal, get_args

import msgspec

from nlp.aligning import Alignment, Shared
from ontology.curation.desk import Desk
from ontology.curation.edits import MatchKind
from ontology.curation.facts import MATCHES, Fact, facts_of
from ontology.errors import MappingError
from ontology.mappings.model import Mapping, MappingState
from ontology.mappings.sssom import Refused
from ontology.scheme import Concept

Verdict = Literal["accept", "reject", "propose", "forget"]
KIND_OF: Final[dict[str, MatchKind]] = {name: kind for kind, name in MATCHES.items()}  # type: ignore[misc]
STATES: Final[tuple[MappingState, ...]] = get_args(MappingState)
_TURNED: Final[dict[MatchKind, MatchKind]] = {"broad": "narrow", "narrow": "broad"}


class Alignments(msgspec.Struct, frozen=True):
    """Pairs of two vocabularies that share a label, the surest first."""

    pairs: tuple[Alignment, ...]


class MappingView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A mapping with its state; for one that is offered the labels that agree, how many neighbours agree, and how many
    other concepts have the label."""

    state: MappingState
    mapping: Mapping
    labels: tuple[Shared, ...] = ()
    beside: int = 0
    rivals: int = 0


class Mappings(msgspec.Struct, frozen=True):
    """A page of mappings, and how many there are in all."""

    total: int
    mappings: tuple[MappingView, ...]


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What to do with a mapping: accept it into the subject's vocabulary, turn it down for good, propose it, or forget
    what was said of it."""

    subject: str
    object: str
    predicate: MatchKind = "exact"
    verdict: Verdict = "accept"
    comment: str = ""


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """What decisions came to: how many of each kind, the new versions of vocabularies, and whether graph and index have
    them already."""

    accepted: int = 0
    rejected: int = 0
    proposed: int = 0
    forgotten: int = 0
    versions: dict[str, int] = {}
    linked: bool = False


class TakenIn(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an SSSOM file. `known` were decided on before, `foreign` name no loaded concept as subject or
    object; `refused` rows are none."""

    decided: Decided
    known: int
    foreign: int
    refused: tuple[Refused, ...]


class Homes:
    """Which of the loaded vocabularies has a concept, looked up for as long as one call takes."""

    def __init__(self, desk: Desk, names: list[str]) -> None:
        self.concepts = {name: desk.vocabulary(name).concepts for name in names}

    @cached_property
    def namespaces(self) -> dict[str, str]:
        """Vocabulary → what most of its concepts' IRIs begin with, up to the last / or #; of vocabularies that share
        one the largest has it."""
        found: dict[str, str] = {}
        for name, concepts in sorted(self.concepts.items(), key=lambda item: -len(item[1])):
            cuts = Counter(iri[: max(iri.rfind("/"), iri.rfind("#")) + 1] for iri in concepts)
            space = max(cuts, key=lambda one: (cuts[one], one), default="")
            if space and space not in found.values():
                found[name] = space
        return found

    def home(self, iri: str) -> str:
        """The vocabulary that has a concept; "" for none."""
        return next((name for name, concepts in self.concepts.items() if iri in concepts), "")

    def concept(self, iri: str) -> Concept | None:
        return next((concepts[iri] for concepts in self.concepts.values() if iri in concepts), None)

    def has(self, one: Mapping) -> bool:
        """Whether either concept is loaded."""
        return bool(self.home(one.subject) or self.home(one.object))

    def named(self, one: Mapping) -> Mapping:
        """With the labels of concepts that are loaded."""
        subject, object_ = self.concept(one.subject), self.concept(one.object)
        return msgspec.structs.replace(
            one, subject_label=subject.name() if subject else one.subject_label,
            object_label=object_.name() if object_ else one.object_label,
        )  # fmt: skip

    def facing(self, one: Mapping) -> Mapping:
        """The mapping seen from a concept that is loaded: turned round where only its object is. MappingError."""
        if self.home(one.subject):
            return one
        if not self.home(one.object):
            raise MappingError("no vocabulary has either concept", place=f"{one.subject} {one.object}")
        return msgspec.structs.replace(
            one, subject=one.object, object=one.subject, subject_label=one.object_label, object_label=one.subject_label,
            predicate=_TURNED.get(one.predicate, one.predicate),
        )  # fmt: skip

    def standing(self) -> Iterator[tuple[str, Fact]]:
        """Every mapping that a vocabulary has to elsewhere: its subject, and the fact. What it says of itself (merged
        concepts) is none."""
        for name, concepts in self.concepts.items():
            own = self.namespaces.get(name)
            for concept in concepts.values():
                for fact in links(concept):
                    if fact.value not in concepts and not (own and fact.value.startswith(own)):
                        yield concept.iri, fact


def links(concept: Concept | None) -> tuple[Fact, ...]:
    """The mappings of a concept, as facts."""
    if concept is None or not (concept.exact or concept.matches):
        return ()
    return tuple(sorted(fact for fact in facts_of(concept) if fact.property in KIND_OF))


def state_of(said: str) -> MappingState:
    """A state that somebody typed; MappingError."""
    try:
        found: MappingState = msgspec.convert(said, MappingState)
    except msgspec.ValidationError:
        raise MappingError(f"no state is called “{said}”", hint=f"choose one of {', '.join(STATES)}") from None
    return found


def decisions_of(said: object) -> list[Decision]:
    """Decisions that somebody sent; MappingError names the first that is none."""
    try:
        return msgspec.convert(said, list[Decision])
    except msgspec.ValidationError as error:
        raise MappingError(f"this is no decision: {error}") from error
