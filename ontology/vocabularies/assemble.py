"""From concepts as a file states them to a sound `Scheme`.

What would break matching or roll-up (a broader concept that is not there, a concept broader than
itself, an empty label) is taken out and named in `Scheme.faults`; nothing is repaired by guessing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from msgspec.structs import replace

from ontology.axiom import Axiom
from ontology.errors import DuplicateConcept, HierarchyCycle, UnknownConcept, VocabularyError
from ontology.scheme import Collection, Concept, Entry, Label, Scheme
from ontology.vocabularies.base import MAX_CONCEPTS, VocabularyFile

MAX_FAULTS: Final = 1000
"""Most faults kept for one scheme; the last then says that there are more."""

MAX_LABEL: Final = 1000
"""Longest label, in characters; longer ones are left out and reported."""


def assemble(
    file: VocabularyFile,
    concepts: Iterable[Concept],
    *,
    iri: str,
    name: str,
    title: str = "",
    version: str = "",
    license: str = "",
    faults: Iterable[VocabularyError] = (),
    axioms: Iterable[Axiom] = (),
    collections: Iterable[Collection] = (),
) -> Scheme:
    """The scheme of `concepts`, with what had to be left out named in its faults.

    The result does not depend on the order of the concepts, except for their order in the scheme.
    """
    found = list(faults)
    table = _by_iri(file, concepts, found)
    for concept in table.values():
        if (sound := _sound(concept, table, found)) is not concept:
            table[concept.iri] = sound
    found.extend(map(_cycle, break_cycles(table)))
    found.extend(_clashes(table))
    gathered = list(_collections(list(collections), table, found))
    if len(found) > MAX_FAULTS:
        rest = len(found) - MAX_FAULTS + 1
        found[MAX_FAULTS - 1 :] = [VocabularyError(f"{rest} more faults are not listed", place=file.place)]
    return Scheme(
        iri, name, table.values(), title=title, version=file.version(version), license=license, faults=found,
        axioms=axioms, collections=gathered,
    )  # fmt: skip


def _by_iri(file: VocabularyFile, concepts: Iterable[Concept], faults: list[VocabularyError]) -> dict[str, Concept]:
    table: dict[str, Concept] = {}
    for concept in islice(concepts, MAX_CONCEPTS):
        if concept.iri in table:
            faults.append(DuplicateConcept("the concept is described twice; the first is kept", place=concept.iri))
        else:
            table[concept.iri] = concept
    if len(table) == MAX_CONCEPTS:
        raise file.error(f"the vocabulary has more than {MAX_CONCEPTS} concepts")
    return table


def _sound(concept: Concept, table: dict[str, Concept], faults: list[VocabularyError]) -> Concept:
    """The concept with usable labels and links to concepts that are there; itself where all is well."""
    labels = tuple(_labels(concept, faults))
    broader = tuple(_known(concept, concept.broader, "broader", table, faults))
    related = tuple(_known(concept, concept.related, "related", table, faults))
    if not any(label.kind == "pref" for label in labels):
        faults.append(VocabularyError("the concept has no preferred label", place=concept.iri))
    if (labels, broader, related) == (concept.labels, concept.broader, concept.related):
        return concept
    return replace(concept, labels=labels, broader=broader, related=related)


def _collections(
    collections: list[Collection], table: dict[str, Concept], faults: list[VocabularyError]
) -> Iterator[Collection]:
    """Collections of what is there. No concept is a collection (SKOS S37): what is said to be both stays a concept."""
    known = {*table, *(one.iri for one in collections)}
    for one in collections:
        if one.iri in table:
            faults.append(VocabularyError("a concept cannot be a collection, too (SKOS S37)", place=one.iri))
            continue
        members = tuple(member for member in dict.fromkeys(one.members) if member in known and member != one.iri)
        if len(members) < len(one.members):
            lost = len(one.members) - len(members)
            faults.append(VocabularyError(f"{lost} members of the collection are not in the vocabulary", place=one.iri))
        yield replace(one, members=members, labels=tuple(_labels(one, faults)))


def _labels(concept: Entry, faults: list[VocabularyError]) -> Iterator[Label]:
    """Labels without surplus white space, each text once in a language, preferred before others."""
    seen: set[tuple[str, str]] = set()
    preferred: set[str] = set()
    for label in sorted(concept.labels, key=lambda one: _RANK.get(one.kind, 3)):
        text = " ".join(label.text.split())
        if not text or len(text) > MAX_LABEL:
            what = "an empty label" if not text else f"a label of more than {MAX_LABEL} characters"
            faults.append(VocabularyError(f"{what} was left out", place=concept.iri))
            continue
        if label.kind == "pref" and label.language in preferred:
            faults.append(
                VocabularyError(
                    f"a second preferred label {text!r} in language {label.language!r} counts as alternative",
                    place=concept.iri,
                )
            )
            label = Label(text, label.language, "alt")
        if (text, label.language) in seen:
            continue
        seen.add((text, label.language))
        if label.kind == "pref":
            preferred.add(label.language)
        yield label if text == label.text else Label(text, label.language, label.kind)


_RANK: Final = {"pref": 0, "alt": 1, "hidden": 2}


def _known(
    concept: Concept, links: tuple[str, ...], kind: str, table: dict[str, Concept], faults: list[VocabularyError]
) -> Iterator[str]:
    for link in dict.fromkeys(links):
        if link == concept.iri:
            fault = HierarchyCycle if kind == "broader" else VocabularyError
            faults.append(fault(f"the concept is {kind} to itself", place=concept.iri))
        elif link not in table:
            faults.append(UnknownConcept(f"the {kind} concept {link} is not in the vocabulary", place=concept.iri))
        else:
            yield link


def _clashes(table: dict[str, Concept]) -> Iterator[VocabularyError]:
    """Preferred labels that two live concepts share, whatever their case."""
    owners: dict[tuple[str, str], str] = {}
    for concept in table.values():
        if concept.deprecated:
            continue
        for label in concept.labels:
            if label.kind == "pref":
                first = owners.setdefault((label.text.casefold(), label.language), concept.iri)
                if first != concept.iri:
                    yield VocabularyError(
                        f"the preferred label {label.text!r} also names {first}",
                        place=concept.iri,
                        hint="change one of the two labels",
                    )


def _cycle(path: tuple[str, ...]) -> HierarchyCycle:
    return HierarchyCycle(
        f"{' → '.join(path)}: each is broader than the one before",
        place=path[0],
        hint=f"the step from {path[0]} to {path[1]} was left out of the hierarchy",
    )


def break_cycles(table: dict[str, Concept]) -> Iterator[tuple[str, ...]]:
    """Take each step that closes a cycle out of `table`, yielding the cycle it closed.

    A depth-first search runs down from the concepts that have nothing broader, then from what it
    did not reach, always in the order of IRIs; a step back to a concept on the current path closes
    a cycle (Cormen et al., Introduction to Algorithms, 22.3). So what goes is the claim that a
    concept near the top lies below one of its own narrower concepts. The yielded path reads
    upwards, begins and ends with the same concept, and its first step is the one taken out.
    """
    narrower: dict[str, list[str]] = {}
    for one in sorted(table):
        for parent in table[one].broader:
            narrower.setdefault(parent, []).append(one)
    state: dict[str, bool] = {}
    tops = [iri for iri in sorted(table) if not table[iri].broader]
    for start in (*tops, *sorted(table)):
        if start not in state:
            for path in _search(start, narrower, state):
                top, bottom = path[0], path[-1]
                table[top] = replace(table[top], broader=tuple(b for b in table[top].broader if b != bottom))
                yield (top, *reversed(path))


def _search(start: str, narrower: dict[str, list[str]], state: dict[str, bool]) -> Iterator[tuple[str, ...]]:
    """Paths downwards whose last concept claims to be broader than the first. `state` holds True
    for what lies on the current path, False for what is done."""
    path = [start]
    steps = [iter(narrower.get(start, ()))]
    state[start] = True
    while path:
        child = next(steps[-1], None)
        if child is None:
            steps.pop()
            state[path.pop()] = False
        elif child not in state:
            state[child] = True
            path.append(child)
            steps.append(iter(narrower.get(child, ())))
        elif state[child]:
            yield tuple(path[path.index(child) :])
