"""A concept as a set of facts: what versions are compared, merged, undone and named by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Final, NamedTuple

import msgspec

from ontology.scheme import NOTES, Concept, Label, Match, Note

LABELS: Final = {"pref": "prefLabel", "alt": "altLabel", "hidden": "hiddenLabel"}
MATCHES: Final = {kind: f"{kind}Match" for kind in ("exact", "close", "broad", "narrow", "related")}
_LABEL_OF: Final = {name: kind for kind, name in LABELS.items()}
_MATCH_OF: Final = {name: kind for kind, name in MATCHES.items() if kind != "exact"}
_BY_LANGUAGE: Final = ("prefLabel", "definition")
_ONE: Final = ("notation", "replacedBy")


class Fact(NamedTuple):
    """One statement about a concept: a SKOS property (local name), its value, and the language of a text."""

    property: str
    value: str
    language: str = ""

    def once(self) -> tuple[str, str] | None:
        """What can be said only once: property and language; None where any number may stand side by side."""
        if self.property in _BY_LANGUAGE:
            return self.property, self.language
        return (self.property, "") if self.property in _ONE else None


Facts = frozenset[Fact]


def facts_of(concept: Concept | None) -> Facts:
    """Everything that is said of a concept; nothing of none."""
    return frozenset(_facts(concept)) if concept else frozenset()


def _facts(concept: Concept) -> Iterator[Fact]:
    for label in concept.labels:
        yield Fact(LABELS.get(label.kind, "altLabel"), label.text, label.language)
    for relation, iris in (("broader", concept.broader), ("related", concept.related), ("exactMatch", concept.exact)):
        yield from (Fact(relation, iri) for iri in iris)
    for match in concept.matches:
        yield Fact(MATCHES[match.kind], match.iri)
    for note in concept.notes:
        yield Fact(note.kind, note.text, note.language)
    if concept.definition:
        yield Fact("definition", concept.definition)
    if concept.notation:
        yield Fact("notation", concept.notation)
    if concept.deprecated:
        yield Fact("deprecated", "true")
    if concept.replaced_by:
        yield Fact("replacedBy", concept.replaced_by)


def concept_of(iri: str, facts: Iterable[Fact], like: Concept | None = None) -> Concept:
    """The concept of which these facts are said; what it shares with `like` stands in the same order."""
    known = {fact: at for at, fact in enumerate(_facts(like))} if like else {}
    found = sorted(set(facts), key=lambda fact: (known.get(fact, len(known)), fact))
    if like is not None and known.keys() == set(found):
        return like

    def values(name: str) -> tuple[str, ...]:
        return tuple(fact.value for fact in found if fact.property == name)

    plain = [fact.value for fact in found if fact.property == "definition" and not fact.language]
    return Concept(
        iri=iri,
        labels=tuple(Label(f.value, f.language, _LABEL_OF[f.property]) for f in _ranked(found)),
        broader=values("broader"), related=values("related"), exact=values("exactMatch"),
        matches=tuple(Match(f.value, _MATCH_OF[f.property]) for f in found if f.property in _MATCH_OF),
        definition=next(iter(plain), ""),
        notes=tuple(Note(f.value, f.language, f.property) for f in found if _is_note(f)),
        notation=next(iter(values("notation")), ""),
        deprecated=bool(values("deprecated")),
        replaced_by=next(iter(values("replacedBy")), ""),
    )  # fmt: skip


def _ranked(facts: Iterable[Fact]) -> list[Fact]:
    """Labels, preferred ones first."""
    ranks = {name: at for at, name in enumerate(_LABEL_OF)}
    return sorted((f for f in facts if f.property in ranks), key=lambda fact: ranks[fact.property])


def _is_note(fact: Fact) -> bool:
    return fact.property in NOTES and (fact.property != "definition" or bool(fact.language))


def tag_of(concept: Concept | None) -> str:
    """The version of a concept: 24 hex digits that change with every fact; "" for none. Order does not count."""
    if concept is None:
        return ""
    return blake2b(msgspec.msgpack.encode([concept.iri, sorted(facts_of(concept))]), digest_size=12).hexdigest()
