"""A concept as a set of facts: what versions are compared, merged, undone and named by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Final, NamedTuple

import msgspec

from ontology.scheme import NOTES, Collection, Concept, Entry, Label, Match, Note

LABELS: Final = {"pref": "prefLabel", "alt": "altLabel", "hidden": "hiddenLabel"}
MATCHES: Final = {kind: f"{kind}Match" for kind in ("exact", "close", "broad", "narrow", "related")}
_LABEL_OF: Final = {name: kind for kind, name in LABELS.items()}
_MATCH_OF: Final = {name: kind for kind, name in MATCHES.items() if kind != "exact"}
_BY_LANGUAGE: Final = ("prefLabel", "definition")
_ONE: Final = ("notation", "replacedBy", "type", "memberList")
_ORDERED, _UNORDERED = "OrderedCollection", "Collection"


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


def facts_of(entry: Entry | None) -> Facts:
    """Everything that is said of a concept or collection; nothing of none."""
    return frozenset(_facts(entry)) if entry else frozenset()


def _facts(entry: Entry) -> Iterator[Fact]:
    return _facts_of_collection(entry) if isinstance(entry, Collection) else _facts_of_concept(entry)


def _facts_of_collection(one: Collection) -> Iterator[Fact]:
    yield Fact("type", _ORDERED if one.ordered else _UNORDERED)
    for label in one.labels:
        yield Fact(LABELS.get(label.kind, "altLabel"), label.text, label.language)
    for note in one.notes:
        yield Fact(note.kind, note.text, note.language)
    if one.notation:
        yield Fact("notation", one.notation)
    if one.ordered and one.members:
        yield Fact("memberList", " ".join(one.members))
    elif not one.ordered:
        yield from (Fact("member", member) for member in one.members)


def entry_of(iri: str, facts: Iterable[Fact], like: Entry | None = None) -> Entry:
    """The concept or collection of which these facts are said; what it shares with `like` stands in the same order."""
    said = set(facts)
    if not any(fact.property == "type" for fact in said):
        return concept_of(iri, said, like if isinstance(like, Concept) else None)
    known = {fact: at for at, fact in enumerate(_facts(like))} if like else {}
    found = sorted(said, key=lambda fact: (known.get(fact, len(known)), fact))
    lists = [fact.value.split() for fact in found if fact.property == "memberList"]
    ordered = Fact("type", _ORDERED) in said
    members = [*(one for some in lists for one in some), *(f.value for f in found if f.property == "member")]
    return Collection(
        iri=iri, labels=tuple(Label(f.value, f.language, _LABEL_OF[f.property]) for f in _ranked(found)),
        members=tuple(dict.fromkeys(members)),
        ordered=ordered, notes=tuple(Note(f.value, f.language, f.property) for f in found if f.property in NOTES),
        notation=next((f.value for f in found if f.property == "notation"), ""),
    )  # fmt: skip


def _facts_of_concept(concept: Concept) -> Iterator[Fact]:
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


def tag_of(concept: Entry | None) -> str:
    """The version of a concept or collection: 24 hex digits that change with every fact; "" for none. The order
    of facts does not count."""
    if concept is None:
        return ""
    return blake2b(msgspec.msgpack.encode([concept.iri, sorted(facts_of(concept))]), digest_size=12).hexdigest()
