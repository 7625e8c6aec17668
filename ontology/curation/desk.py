"""The curator's desk: the newest version of every vocabulary, edits tried and written, change sets on their way.

Writers may be many, in one process or several: each reads the newest version and writes the next one within one
transaction of the book, so that nothing is lost.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import msgspec

from ontology.curation.applying import apply, named
from ontology.curation.book import ChangeSet, CurationBook, Pages, Remark, State, Version, now
from ontology.curation.comparing import Change, Conflict, merged
from ontology.curation.conditions import require
from ontology.curation.drafting import Draft, Vocabulary
from ontology.curation.edits import MAX_EDITS, Create, CreateCollection, Delete, Edit, Revise, ReviseCollection
from ontology.curation.facts import Fact, tag_of
from ontology.curation.gate import require_sound
from ontology.curation.scope import Author, Scope
from ontology.errors import (
    ConceptInUse,
    EditRefused,
    NotFound,
    StateError,
    VersionChanged,
    VersionMissing,
)
from ontology.scheme import Collection, Concept, Entry, Scheme

_OPEN: Final = ("proposed", "approved")


class Use(msgspec.Struct, frozen=True):
    """What speaks of a concept: mentions in texts, works that have it for a topic, claims about it."""

    mentions: int = 0
    topics: int = 0
    claims: int = 0

    @property
    def any(self) -> bool:
        return bool(self.mentions or self.topics or self.claims)


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A concept as somebody saw it, what it is now, and what the caller would make of it: the facts on each side."""

    concept: str
    version: str
    theirs_added: tuple[Fact, ...]
    theirs_removed: tuple[Fact, ...]
    yours_added: tuple[Fact, ...]
    yours_removed: tuple[Fact, ...]
    conflicts: tuple[Conflict, ...]


class Desk:
    """`file` gives a vocabulary as it was loaded (KeyError for none), `mint` the IRI of a new concept, `uses` counts
    what refers to a concept. Whoever may not write may propose."""

    def __init__(
        self,
        book: CurationBook,
        file: Callable[[str], Scheme],
        mint: Callable[[str, str], str],
        uses: Callable[[str], Use] = lambda iri: Use(),
    ) -> None:
        self.book = book
        self._file = file
        self._mint = mint
        self._uses = uses
        self._held: dict[str, Vocabulary] = {}
        self._lock = threading.RLock()

    def mint(self, scheme: str) -> str:
        """The IRI of a new concept, which tells nothing."""
        return self._mint(scheme, secrets.token_hex(6))

    def vocabulary(self, scheme: str) -> Vocabulary:
        """The newest version; NotFound. To be looked at only, and not for long: the next write changes it."""
        with self._lock, self.book.reading() as pages:
            return self._newest(scheme, pages)

    def _newest(self, scheme: str, pages: Pages) -> Vocabulary:
        number = pages.number(scheme)
        held = self._held.get(scheme)
        if held is None or held.number > number:
            held = self._held[scheme] = self._opened(scheme, pages.head(scheme), number)
        elif held.number < number:
            held.take(pages.changes(scheme, held.number), number)
        return held

    def _opened(self, scheme: str, head: Mapping[str, Entry | None], number: int) -> Vocabulary:
        try:
            return Vocabulary(with_head(self._file(scheme), head), number)
        except KeyError:
            raise NotFound("there is no such vocabulary", place=scheme, hint="/v1/vocabularies lists them") from None

    def concept(self, scheme: str, iri: str, version: int | None = None) -> Concept:
        """As it is, or as it was in a version. NotFound."""
        with self._lock, self.book.reading() as pages:
            found = self._newest(scheme, pages).concepts.get(iri)
            if version is not None:
                if version:
                    pages.version(scheme, version)
                since = {change.iri: change for change in pages.changes(scheme, version)}
                before = since[iri].before if iri in since else found
                found = before if isinstance(before, Concept) else None
        if found is None:
            raise NotFound("the vocabulary has no such concept", place=iri)
        return found

    def as_of(self, scheme: str, version: int | None = None) -> Scheme:
        """The whole vocabulary, now or in a version; NotFound."""
        with self._lock, self.book.reading() as pages:
            newest = self._newest(scheme, pages)
            if version is None or version == newest.number:
                return newest.scheme()
            if version:
                pages.version(scheme, version)
            back = {change.iri: change.before for change in pages.changes(scheme, version)}
            return with_head(newest.scheme(), back)

    def collection(self, scheme: str, iri: str, version: int | None = None) -> Collection:
        """As it is, or as it was in a version. NotFound."""
        found = self.as_of(scheme, version).collections.get(iri)
        if found is None:
            raise NotFound("the vocabulary has no such collection", place=iri)
        return found

    def tried(self, scheme: str, edits: Iterable[Edit]) -> tuple[Change, ...]:
        """What edits would change in the newest version. EditRefused, EditConflict, ConditionViolated, HierarchyCycle,
        ConceptInUse."""
        with self._lock, self.book.reading() as pages:
            return self._drafted(self._newest(scheme, pages), tuple(edits))

    def _drafted(self, vocabulary: Vocabulary, edits: tuple[Edit, ...]) -> tuple[Change, ...]:
        if not 0 < len(edits) <= MAX_EDITS:
            raise EditRefused(f"a change set has 1 to {MAX_EDITS:,} edits, not {len(edits):,}")
        draft = Draft(vocabulary)
        for edit in edits:
            if isinstance(edit, Delete) and (found := self._uses(edit.concept)).any:
                raise ConceptInUse(
                    f"{found.mentions:,} mentions, {found.topics:,} topics and {found.claims:,} claims speak of it",
                    place=edit.concept, hint="deprecate it, or merge it into another", details=found,
                )  # fmt: skip
            apply(draft, edit)
        require(draft)
        require_sound(draft)
        return draft.changes()

    def write(
        self, scheme: str, edits: Iterable[Edit], author: Author, message: str
    ) -> tuple[Version, tuple[Change, ...]]:
        """Edits, made at once. Raises as `tried`; Forbidden beyond the author's scope."""
        edits = named(edits, lambda: self.mint(scheme))
        with self._turn() as pages:
            return self._write(pages, scheme, edits, author, message)

    def _write(
        self, pages: Pages, scheme: str, edits: tuple[Edit, ...], by: Author, message: str, kind: str = "edit",
        changeset: ChangeSet | None = None,
    ) -> tuple[Version, tuple[Change, ...]]:  # fmt: skip
        vocabulary = self._newest(scheme, pages)
        changes = self._drafted(vocabulary, edits)
        by.scope.require(scheme, changes)
        if not changes:
            raise EditRefused("nothing would change", place=scheme)
        version = Version(
            scheme=scheme, number=vocabulary.number + 1, at=now(), author=changeset.author if changeset else by.name,
            message=message, kind=kind, changeset=changeset.id if changeset else None,
        )  # fmt: skip
        pages.add(version, changes)
        return version, changes

    @contextmanager
    def _turn(self) -> Iterator[Pages]:
        """One writer at a time. What is held in memory follows the book, so a write that fails leaves no trace."""
        with self._lock, self.book.writing() as pages:
            yield pages

    def replace(
        self, scheme: str, iri: str, seen: str, after: Concept | None, author: Author, message: str
    ) -> tuple[Version, Concept | None]:
        """Put a concept in the place of the version `seen` (its tag; "" for a concept that is not to be there yet);
        None deletes it. VersionMissing, VersionChanged with the differences, and as `tried`."""
        with self._turn() as pages:
            current = self._newest(scheme, pages).concepts.get(iri)
            self.matching(pages, scheme, iri, seen, current, after)
            edit: Edit = Delete(concept=iri) if after is None else Revise(concept=iri, before=current, after=after)
            version, _ = self._write(pages, scheme, (edit,), author, message)
            return version, after

    def edit(
        self, scheme: str, iri: str, seen: str, edits: Iterable[Edit], author: Author, message: str
    ) -> tuple[Version, tuple[Change, ...]]:
        """Edits for whoever saw the concept in the version `seen`."""
        edits = named(edits, lambda: self.mint(scheme))
        with self._turn() as pages:
            current = self._newest(scheme, pages).entry(iri)
            self.matching(pages, scheme, iri, seen, current, current)
            return self._write(pages, scheme, edits, author, message)

    def matching(
        self, pages: Pages, scheme: str, iri: str, seen: str, current: Entry | None, after: Entry | None
    ) -> None:
        """Refuse a change that is meant for another version of the concept."""
        if not seen and current is not None:
            raise VersionMissing(
                "say which version of the concept you saw", place="If-Match", hint="GET the concept: its ETag names it"
            )
        tag = tag_of(current)
        if seen in (tag, "*") and (current is not None or seen != "*"):
            return
        past = (change for _, change in pages.versions_of(scheme, iri))
        base = next((c.before if tag_of(c.before) == seen else c.after for c in past
                     if seen in (tag_of(c.before), tag_of(c.after))), None)  # fmt: skip
        mine, theirs = Change(iri, base, after), Change(iri, base, current)
        details = Seen(
            concept=iri, version=tag, theirs_added=theirs.added, theirs_removed=theirs.removed,
            yours_added=mine.added, yours_removed=mine.removed, conflicts=merged(mine, current)[1],
        )  # fmt: skip
        raise VersionChanged(
            "the concept has changed since you saw it", place=iri,
            hint="bring your change together with the other, and send it with the new ETag", details=details,
        )  # fmt: skip

    def propose(self, scheme: str, edits: Iterable[Edit], author: str, title: str) -> ChangeSet:
        """A change set, checked against the newest version. Raises as `tried`."""
        edits = named(edits, lambda: self.mint(scheme))
        with self._turn() as pages:
            vocabulary = self._newest(scheme, pages)
            self._drafted(vocabulary, edits)
            made = ChangeSet(
                id=0, scheme=scheme, state="proposed", title=title, author=author, at=now(), base=vocabulary.number,
                edits=edits,
            )  # fmt: skip
            return pages.propose(made)

    def undoing(self, scheme: str, number: int, iri: str = "") -> tuple[Edit, ...]:
        """Edits that take a version back, of one concept or all, and keep what came later."""
        with self._lock, self.book.reading() as pages:
            pages.version(scheme, number)
            changes = pages.changes(scheme, number - 1, number)
        turned = [change.turned for change in changes if not iri or change.iri == iri]
        # What comes back first, so that whoever points to it finds it.
        turned.sort(key=lambda change: (change.before is not None, change.after is None, change.iri))
        return tuple(map(revising, turned))

    def undo(
        self, scheme: str, number: int, author: Author, message: str = "", iri: str = ""
    ) -> tuple[Version, tuple[Change, ...]]:
        """Take a version back at once; EditConflict where later ones stand in the way."""
        edits = self.undoing(scheme, number, iri)
        if not edits:
            raise NotFound("this version did not change the concept", place=f"{iri} version {number}")
        with self._turn() as pages:
            return self._write(pages, scheme, edits, author, message or f"version {number} taken back", "undo")

    def say(self, number: int, author: str, text: str) -> ChangeSet:
        """A remark on a change set."""
        with self._turn() as pages:
            pages.changeset(number)
            pages.remark(number, Remark(now(), author, text))
            return pages.changeset(number)

    def decide(self, number: int, state: State, by: Author) -> ChangeSet:
        """Approve, reject or withdraw; StateError where that is over, Forbidden beyond the scope of whoever decides."""
        with self._turn() as pages:
            found = pages.changeset(number)
            if found.state not in _OPEN or found.state == state:
                raise StateError(f"this change set is {found.state}", place=str(number))
            if by.name != found.author or state == "approved":
                self._require(pages, found, by)
            pages.settle(number, state, by.name)
            return pages.changeset(number)

    def _require(self, pages: Pages, found: ChangeSet, by: Author) -> None:
        if by.scope != Scope():
            by.scope.require(found.scheme, self._drafted(self._newest(found.scheme, pages), found.edits))

    def apply(self, number: int, by: Author) -> tuple[ChangeSet, tuple[Change, ...]]:
        """Make an approved change set part of the vocabulary, whole or not at all: its edits are made on the newest
        version. StateError; EditConflict and others as `tried`."""
        with self._turn() as pages:
            found = pages.changeset(number)
            if found.state != "approved":
                raise StateError(
                    f"this change set is {found.state}", place=str(number), hint="only approved ones are applied"
                )
            message = found.title or f"change set {number}"
            version, changes = self._write(pages, found.scheme, found.edits, by, message, "edit", found)
            pages.settle(number, "applied", by.name, version.number)
            return pages.changeset(number), changes

    def reload(self, scheme: str, old: Scheme, new: Scheme, author: str, message: str) -> tuple[Conflict, ...]:
        """A newer edition of the file has come: what curators changed is brought together with it, concept by concept.
        Where both changed the same thing, the curators' word stays, and the conflict is told."""
        with self._turn() as pages:
            number = pages.number(scheme)
            if not number:
                return ()
            head = pages.head(scheme)
            was_said, now_said = old.entries, new.entries
            conflicts: list[Conflict] = []
            after: dict[str, Entry | None] = {}
            for iri, mine in head.items():
                outcome, found = merged(Change(iri, was_said.get(iri), mine), now_said.get(iri))
                conflicts += found
                after[iri] = mine if found else outcome
            was, now_ = with_head(old, head).entries, with_head(new, after).entries
            changes = [Change(iri, was.get(iri), now_.get(iri)) for iri in sorted(was.keys() | now_.keys())]
            changes = [one for one in changes if one.before != one.after or one.iri in head]
            if conflicts:
                message = f"{message}; {len(conflicts)} conflicts, in which the curators' word stays"
            pages.add(
                Version(scheme=scheme, number=number + 1, at=now(), author=author, message=message, kind="import"),
                changes,
            )
            pages.shed(scheme, head)
            self._held.pop(scheme, None)
            return tuple(conflicts)


def with_head(file: Scheme, head: Mapping[str, Entry | None]) -> Scheme:
    """A scheme with some of its concepts replaced, added (at the end, by IRI) or (None) taken away."""
    if not head:
        return file
    kept = [head.get(iri, entry) for iri, entry in file.entries.items()]
    new = [head[iri] for iri in sorted(head) if iri not in file.concepts and iri not in file.collections]
    entries = [entry for entry in (*kept, *new) if entry is not None]
    return Scheme(
        file.iri, file.name, (one for one in entries if isinstance(one, Concept)), title=file.title,
        version=file.version, license=file.license, faults=file.faults, axioms=file.axioms,
        collections=(one for one in entries if isinstance(one, Collection)),
    )  # fmt: skip


def revising(change: Change) -> Revise | ReviseCollection:
    """The edit that makes a change."""
    before, after = change.before, change.after
    if isinstance(before, Collection) or isinstance(after, Collection):
        gathered = [one if isinstance(one, Collection) else None for one in (before, after)]
        return ReviseCollection(concept=change.iri, before=gathered[0], after=gathered[1])
    return Revise(concept=change.iri, before=before, after=after)


def created(edits: Iterable[Edit]) -> tuple[str, ...]:
    """IRIs of the concepts that edits make."""
    return tuple(edit.concept for edit in edits if isinstance(edit, Create | CreateCollection))
