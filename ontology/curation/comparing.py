"""Versions of a concept held against each other: what changed, and two changes of one concept brought together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from ontology.curation.facts import Fact, Facts, entry_of, facts_of
from ontology.scheme import Entry


class Change(msgspec.Struct, frozen=True):
    """A concept or collection before and after; None where it was, or is, not there."""

    iri: str
    before: Entry | None
    after: Entry | None

    @property
    def removed(self) -> tuple[Fact, ...]:
        return tuple(sorted(facts_of(self.before) - facts_of(self.after)))

    @property
    def added(self) -> tuple[Fact, ...]:
        return tuple(sorted(facts_of(self.after) - facts_of(self.before)))

    @property
    def turned(self) -> Change:
        """The change that takes this one back."""
        return Change(self.iri, self.after, self.before)


class Conflict(msgspec.Struct, frozen=True):
    """Where two changes of one concept do not go together: what it was, what each makes of it."""

    concept: str
    what: str
    base: tuple[str, ...]
    mine: tuple[str, ...]
    theirs: tuple[str, ...]


def merged(change: Change, theirs: Entry | None) -> tuple[Entry | None, tuple[Conflict, ...]]:
    """Make a change to a concept that has become `theirs` since: a three-way merge of facts.

    Facts that the change removes go, those that it adds come. Conflicts are things that can be said once only and
    that both sides changed, and a concept that one side deleted and the other changed.
    """
    base, mine, now = facts_of(change.before), facts_of(change.after), facts_of(theirs)
    if now == base and (theirs is None) == (change.before is None):
        return change.after, ()
    if mine == now and (theirs is None) == (change.after is None):
        return theirs, ()
    if change.after is None or theirs is None:
        return theirs, (_about_all(change, theirs),)
    facts = (now - (base - mine)) | (mine - base)
    conflicts = tuple(_conflicts(change.iri, base, mine, now, facts))
    return (theirs, conflicts) if conflicts else (entry_of(change.iri, facts, theirs), ())


def _about_all(change: Change, theirs: Entry | None) -> Conflict:
    def said(concept: Entry | None) -> tuple[str, ...]:
        return (concept.name(),) if concept else ()

    return Conflict(change.iri, "the whole concept", said(change.before), said(change.after), said(theirs))


def _conflicts(iri: str, base: Facts, mine: Facts, now: Facts, together: Facts) -> Iterator[Conflict]:
    """Places of one value where both sides say something new, and not the same."""
    places = sorted({place for fact in together ^ base if (place := fact.once())})
    for place in places:
        said = [_at(facts, place) for facts in (base, mine, now)]
        if said[1] != said[0] and said[2] != said[0] and said[1] != said[2]:
            name, language = place
            yield Conflict(iri, f"{name}@{language}" if language else name, *said)


def _at(facts: Iterable[Fact], place: tuple[str, str]) -> tuple[str, ...]:
    return tuple(sorted(fact.value for fact in facts if fact.once() == place))
