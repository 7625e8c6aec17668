"""What has to hold after every edit: integrity conditions of SKOS by their numbers, and rules of ours.

| name | of | says |
|---|---|---|
| S9 | SKOS | no concept is a concept scheme |
| S13 | SKOS | a text is preferred, alternative or hidden label of a concept, not two of them |
| S14 | SKOS | a concept has one preferred label in a language |
| S27 | SKOS | concepts that are related do not lie above one another |
| S37 | SKOS | no collection is a concept or a concept scheme, lies in the hierarchy, is related or mapped to |
| S46 | SKOS | an exact match is no broader, narrower or related match |
| hierarchy_cycle | Gnomon | nothing lies above itself (a HierarchyCycle, which names the way) |
| unknown_concept | Gnomon | links lead to concepts of the vocabulary |
| preferred_label | Gnomon | each concept has a preferred label |
| label_form | Gnomon | labels are not empty, not longer than 1,000 characters, in a language that BCP 47 can name |
| below_deprecated | Gnomon | nothing in use lies below a deprecated concept, and nothing is replaced by one |
| members | Gnomon | members of a collection are in the vocabulary, each once, and no collection is within itself |
| OntologyClash | OWL | an ontology stays consistent, each class can have members; names the axioms that clash |

S10 to S12, S19 to S25, S36 and S38 to S45 say what follows, not what is forbidden. Each violation names the statements
that clash (`because`). Only what changed is looked at, and what stands above and beside it. Of an OWL ontology its
axioms are kept (disjoint classes, domains, ranges, characteristics of properties, restrictions, individuals) and rules
(OWL 2 RL) are asked before an edit is saved; `gnomon vocabulary reason NAME --reasoner hermit` asks for all of
OWL 2 DL. It needs Java, and says so where there is none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

import msgspec

from ontology.curation.comparing import Change
from ontology.curation.drafting import Draft
from ontology.errors import ConditionViolated, HierarchyCycle
from ontology.scheme import Collection, Concept, Entry
from ontology.vocabularies.assemble import MAX_LABEL

MAX_TEXT: Final = 20_000
"""Longest note, in characters."""
_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}:[^\s<>\"{}|\\^`\x00-\x20]{1,400}")
_LANGUAGE: Final = re.compile(r"(?:[A-Za-z]{2,3}(?:-[A-Za-z]{3}){0,3}|[A-Za-z]{4,8}|x|i)(?:-[A-Za-z0-9]{1,8}){0,8}")
"""The shape of a language tag (RFC 5646); whether the subtags are registered is not looked up."""


class Violation(msgspec.Struct, frozen=True):
    """A condition that would be broken, where, and (where more than one takes part) the statements that clash."""

    condition: str
    concepts: tuple[str, ...]
    message: str
    because: tuple[str, ...] = ()


def require(draft: Draft) -> None:
    """Raise HierarchyCycle or ConditionViolated, with every violation, where the draft would break something that was
    not broken before."""
    changes = draft.changes()
    touched = _touched(draft, changes)
    for change in changes:
        had = change.before.broader if isinstance(change.before, Concept) else ()
        now = change.after.broader if isinstance(change.after, Concept) else ()
        for parent in (up for up in now if up not in had):
            if path := (change.iri,) if parent == change.iri else draft.path_up(parent, change.iri):
                shown = [change.iri, *path]
                raise HierarchyCycle(
                    f"it would lie above itself: {' → '.join(_name(draft, iri) for iri in shown)}",
                    place=" → ".join(shown), hint="take one of these steps away first",
                )  # fmt: skip
    before = Draft(draft.vocabulary)
    known = {_bare(one) for one in _all(before, touched, changes)}
    if found := tuple(one for one in _all(draft, touched, changes) if _bare(one) not in known):
        first = found[0]
        raise ConditionViolated(
            f"{first.condition}: {first.message}", place=first.concepts[0],
            hint=f"{len(found) - 1} more violations" if len(found) > 1 else "", details=found,
        )  # fmt: skip


def _bare(violation: Violation) -> tuple[object, ...]:
    """By what it counts as the same before and after, whichever way leads to it."""
    return violation.condition, violation.concepts, violation.message


def _all(draft: Draft, touched: Iterable[Concept], changes: Iterable[Change]) -> Iterator[Violation]:
    there = [found for one in touched if (found := draft.get(one.iri)) is not None]
    yield from violations(draft, there)
    for change in changes:
        held = draft.entry(change.iri)
        if isinstance(held, Collection):
            yield from _collection(draft, held, change.before)


def _collection(draft: Draft, one: Collection, before: Entry | None) -> Iterator[Violation]:
    """S37, and what a collection may hold."""
    if one.iri == draft.vocabulary.iri or isinstance(before, Concept):
        what = "the concept scheme" if one.iri == draft.vocabulary.iri else "a concept"
        said = (f"{one.iri} a skos:Collection", f"{one.iri} a {_SKOS_TYPES[what]}")
        yield Violation("S37", (one.iri,), f"{what} would be a collection, too", said)
    if users := draft.pointing(one.iri):
        yield Violation("S37", (one.iri, users[0].iri), "a collection would stand in the hierarchy of concepts")
    yield from _labels(one)
    for member in one.members:
        if draft.entry(member) is None:
            yield Violation("members", (one.iri, member), f"{member} is not in the vocabulary")
    for member, times in Counter(one.members).items():
        if times > 1:
            yield Violation("members", (one.iri, member), f"{member} would be a member {times} times")
    if path := _within(draft, one):
        steps = tuple(f"{a} skos:member {b}" for a, b in pairwise(path))
        yield Violation("members", (one.iri,), "the collection would be within itself", steps)


def _within(draft: Draft, one: Collection) -> tuple[str, ...]:
    """The way from a collection over its members back to it; empty where there is none."""
    came: dict[str, tuple[str, ...]] = {one.iri: (one.iri,)}
    frontier = [one]
    while frontier:
        here = frontier.pop(0)
        for member in here.members:
            if member == one.iri:
                return (*came[here.iri], member)
            inner = draft.entry(member)
            if isinstance(inner, Collection) and member not in came:
                came[member] = (*came[here.iri], member)
                frontier.append(inner)
    return ()


_SKOS_TYPES: Final = {"the concept scheme": "skos:ConceptScheme", "a concept": "skos:Concept"}


def _touched(draft: Draft, changes: Sequence[Change]) -> list[Concept]:
    """Concepts that changed, and those that name one which is no longer to be used."""
    found = {change.iri: change.after for change in changes if isinstance(change.after, Concept)}
    for change in changes:
        if not isinstance(change.after, Concept) or change.after.deprecated:
            found |= {other.iri: other for other in draft.pointing(change.iri)}
    return list(found.values())


def violations(draft: Draft, touched: Iterable[Concept]) -> Iterator[Violation]:
    """What is wrong with concepts that changed."""
    for concept in touched:
        if concept.iri == draft.vocabulary.iri or not _IRI.fullmatch(concept.iri):
            said = (f"{concept.iri} a skos:Concept", f"{concept.iri} a skos:ConceptScheme")
            yield Violation("S9", (concept.iri,), "a concept needs an IRI of its own, not that of the scheme", said)
        if concept.iri in draft.vocabulary.collections:
            said = (f"{concept.iri} a skos:Concept", f"{concept.iri} a skos:Collection")
            yield Violation("S37", (concept.iri,), "a collection would be a concept, too", said)
        yield from _labels(concept)
        yield from _links(draft, concept)
        yield from _mappings(draft, concept)
    yield from _related_below(draft, touched)


def _labels(concept: Entry) -> Iterator[Violation]:
    where = (concept.iri,)
    if not any(label.kind == "pref" for label in concept.labels):
        yield Violation("preferred_label", where, "the concept would have no preferred label")
    texts = Counter((label.text, label.language.lower()) for label in concept.labels)
    for (text, language), times in texts.items():
        if times > 1:
            yield Violation("S13", where, f"“{text}”@{language} would be a label twice")
    preferred = Counter(label.language.lower() for label in concept.labels if label.kind == "pref")
    for language, times in preferred.items():
        if times > 1:
            yield Violation("S14", where, f"{times} labels would be preferred in {language or 'no language'!r}")
    for label in concept.labels:
        if not label.text.strip() or len(label.text) > MAX_LABEL or label.text != " ".join(label.text.split()):
            yield Violation("label_form", where, f"“{label.text[:60]}” is no label: empty, too long or not tidy")
    for text_language in dict.fromkeys([*(o.language for o in concept.labels), *(o.language for o in concept.notes)]):
        if text_language and not _LANGUAGE.fullmatch(text_language):
            yield Violation("label_form", where, f"{text_language[:40]!r} is no language tag (BCP 47)")
    definition = concept.definition if isinstance(concept, Concept) else ""
    if any(len(text) > MAX_TEXT for text in (definition, concept.notation, *(n.text for n in concept.notes))):
        yield Violation("label_form", where, f"a note has more than {MAX_TEXT:,} characters")


def _links(draft: Draft, concept: Concept) -> Iterator[Violation]:
    known = {link: draft.get(link) for link in (*concept.broader, *concept.related, concept.replaced_by) if link}
    for link, other in known.items():
        if other is None and draft.entry(link) is not None:
            said = (f"{link} a skos:Collection", f"{link} a skos:Concept")
            yield Violation("S37", (concept.iri, link), f"{link} is a collection, and would be a concept", said)
        elif other is None:
            yield Violation("unknown_concept", (concept.iri, link), f"{link} is not in the vocabulary")
    if not concept.deprecated:
        for parent in concept.broader:
            above = known[parent]
            if above is not None and above.deprecated:
                yield Violation("below_deprecated", (concept.iri, parent), f"“{above.name()}” is deprecated")
    replacement = known.get(concept.replaced_by)
    if concept.replaced_by and replacement is not None and replacement.deprecated:
        yield Violation("below_deprecated", (concept.iri, replacement.iri), f"“{replacement.name()}” is deprecated")
    yield from _related(draft, concept)


def _related(draft: Draft, concept: Concept) -> Iterator[Violation]:
    """S27, seen from the concept: what it is related to, and what is related to it."""
    beside = dict.fromkeys(
        [*concept.related, *(o.iri for o in draft.pointing(concept.iri) if concept.iri in o.related)]
    )
    for other in beside:
        path = (other,) if other == concept.iri else draft.path_up(concept.iri, other)
        path = (concept.iri, *path) if path else draft.path_up(other, concept.iri)
        if path:
            name = _name(draft, other)
            said = (_link(concept.iri, "related", other), *_way(path if path[0] == concept.iri else (other, *path)))
            yield Violation(
                "S27", (concept.iri, other), f"it would be related to “{name}” and lie on one line with it", said
            )


def _related_below(draft: Draft, touched: Iterable[Concept]) -> Iterator[Violation]:
    """S27, for whatever lies below a concept that got another place in the hierarchy."""
    for concept in touched:
        was = draft.vocabulary.concepts.get(concept.iri)
        if was is None or set(concept.broader) <= set(was.broader):
            continue
        above = draft.above(concept.iri)
        for below in draft.below(concept.iri):
            for other in below.related:
                if other in above:
                    name = _name(draft, other)
                    said = (_link(below.iri, "related", other), *_way((below.iri, *draft.path_up(below.iri, other))))
                    yield Violation(
                        "S27", (below.iri, other),
                        f"“{below.name()}” is related to “{name}”, which would lie above it", said,
                    )  # fmt: skip


def _way(path: Sequence[str]) -> tuple[str, ...]:
    steps = dict.fromkeys(path)
    return tuple(_link(one, "broader", up) for one, up in pairwise(steps))


def _link(one: str, relation: str, other: str) -> str:
    return f"{one} skos:{relation} {other}"


def _mappings(draft: Draft, concept: Concept) -> Iterator[Violation]:
    """S46, also where exactMatch follows from that of both to a third (it is symmetric and transitive, S44 and S45)."""
    exact = set(concept.exact)
    for match in concept.matches:
        if match.kind not in ("broad", "narrow", "related"):
            continue
        other = draft.get(match.iri)
        shared = sorted(exact & set(other.exact)) if other else []
        ways = (
            (_link(concept.iri, "exactMatch", match.iri),) if match.iri in exact
            else (_link(match.iri, "exactMatch", concept.iri),) if other and concept.iri in other.exact
            else tuple(_link(one, "exactMatch", shared[0]) for one in (concept.iri, match.iri)) if shared else ()
        )  # fmt: skip
        if ways:
            said = (*ways, _link(concept.iri, f"{match.kind}Match", match.iri))
            yield Violation("S46", (concept.iri, match.iri), f"{match.iri} would be exact and {match.kind} match", said)
    for iri in (*concept.exact, *(match.iri for match in concept.matches)):
        if iri in draft.vocabulary.collections:
            said = (f"{iri} a skos:Collection", f"{iri} a skos:Concept")
            yield Violation("S37", (concept.iri, iri), f"{iri} is a collection, which nothing is mapped to", said)
    for iri in (*concept.exact, *(match.iri for match in concept.matches)):
        if not _IRI.fullmatch(iri):
            yield Violation("label_form", (concept.iri,), f"{iri[:80]!r} is no IRI")


def _name(draft: Draft, iri: str) -> str:
    found = draft.get(iri)
    return found.name() if found else iri
