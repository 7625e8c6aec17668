"""What has to hold after every edit: integrity conditions of SKOS by their numbers, and rules of ours.

| name | of | says |
|---|---|---|
| S9 | SKOS | no concept is a concept scheme |
| S13 | SKOS | a text is preferred, alternative or hidden label of a concept, not two of them |
| S14 | SKOS | a concept has one preferred label in a language |
| S27 | SKOS | concepts that are related do not lie above one another |
| S46 | SKOS | an exact match is no broader, narrower or related match |
| hierarchy_cycle | Gnomon | nothing lies above itself (a HierarchyCycle, which names the way) |
| unknown_concept | Gnomon | links lead to concepts of the vocabulary |
| preferred_label | Gnomon | each concept has a preferred label |
| label_form | Gnomon | labels are not empty, not longer than 1,000 characters, in a language that BCP 47 can name |
| below_deprecated | Gnomon | nothing in use lies below a deprecated concept, and nothing is replaced by one |

S10 to S12 and S19 to S25 say what follows, not what is forbidden; S37 is about collections, which are not kept here.
Only what changed is looked at, and what stands above and beside it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from ontology.curation.comparing import Change
from ontology.curation.drafting import Draft
from ontology.errors import ConditionViolated, HierarchyCycle
from ontology.scheme import Concept
from ontology.vocabularies.assemble import MAX_LABEL

MAX_TEXT: Final = 20_000
"""Longest note, in characters."""
_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}:[^\s<>\"{}|\\^`\x00-\x20]{1,400}")
_LANGUAGE: Final = re.compile(r"(?:[A-Za-z]{2,3}(?:-[A-Za-z]{3}){0,3}|[A-Za-z]{4,8}|x|i)(?:-[A-Za-z0-9]{1,8}){0,8}")
"""The shape of a language tag (RFC 5646); whether the subtags are registered is not looked up."""


class Violation(msgspec.Struct, frozen=True):
    """A condition that would be broken, and where."""

    condition: str
    concepts: tuple[str, ...]
    message: str


def require(draft: Draft) -> None:
    """Raise HierarchyCycle or ConditionViolated, with every violation, where the draft would break something that was
    not broken before."""
    changes = draft.changes()
    touched = _touched(draft, changes)
    for change in changes:
        had = change.before.broader if change.before else ()
        for parent in (up for up in change.after.broader if up not in had) if change.after else ():
            if path := (change.iri,) if parent == change.iri else draft.path_up(parent, change.iri):
                shown = [change.iri, *path]
                raise HierarchyCycle(
                    f"it would lie above itself: {' → '.join(_name(draft, iri) for iri in shown)}",
                    place=" → ".join(shown), hint="take one of these steps away first",
                )  # fmt: skip
    before = Draft(draft.vocabulary)
    known = set(violations(before, [old for one in touched if (old := before.get(one.iri)) is not None]))
    if found := tuple(one for one in violations(draft, touched) if one not in known):
        first = found[0]
        raise ConditionViolated(
            f"{first.condition}: {first.message}", place=first.concepts[0],
            hint=f"{len(found) - 1} more violations" if len(found) > 1 else "", details=found,
        )  # fmt: skip


def _touched(draft: Draft, changes: Sequence[Change]) -> list[Concept]:
    """Concepts that changed, and those that name one which is no longer to be used."""
    found = {change.iri: change.after for change in changes if change.after is not None}
    for change in changes:
        if change.after is None or change.after.deprecated:
            found |= {other.iri: other for other in draft.pointing(change.iri)}
    return list(found.values())


def violations(draft: Draft, touched: Iterable[Concept]) -> Iterator[Violation]:
    """What is wrong with concepts that changed."""
    for concept in touched:
        if concept.iri == draft.vocabulary.iri or not _IRI.fullmatch(concept.iri):
            yield Violation("S9", (concept.iri,), "a concept needs an IRI of its own, not that of the scheme")
        yield from _labels(concept)
        yield from _links(draft, concept)
        yield from _mappings(concept)
    yield from _related_below(draft, touched)


def _labels(concept: Concept) -> Iterator[Violation]:
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
    if any(len(text) > MAX_TEXT for text in (concept.definition, concept.notation, *(n.text for n in concept.notes))):
        yield Violation("label_form", where, f"a note has more than {MAX_TEXT:,} characters")


def _links(draft: Draft, concept: Concept) -> Iterator[Violation]:
    known = {link: draft.get(link) for link in (*concept.broader, *concept.related, concept.replaced_by) if link}
    for link, other in known.items():
        if other is None:
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
        if other == concept.iri or draft.path_up(concept.iri, other) or draft.path_up(other, concept.iri):
            name = _name(draft, other)
            yield Violation("S27", (concept.iri, other), f"it would be related to “{name}” and lie on one line with it")


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
                    yield Violation(
                        "S27", (below.iri, other), f"“{below.name()}” is related to “{name}”, which would lie above it"
                    )


def _mappings(concept: Concept) -> Iterator[Violation]:
    exact = set(concept.exact)
    for match in concept.matches:
        if match.kind in ("broad", "narrow", "related") and match.iri in exact:
            yield Violation("S46", (concept.iri, match.iri), f"{match.iri} would be exact and {match.kind} match")
    for iri in (*concept.exact, *(match.iri for match in concept.matches)):
        if not _IRI.fullmatch(iri):
            yield Violation("label_form", (concept.iri,), f"{iri[:80]!r} is no IRI")


def _name(draft: Draft, iri: str) -> str:
    found = draft.get(iri)
    return found.name() if found else iri
