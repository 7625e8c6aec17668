"""What curators do, for all doors: the same calls from HTTP, pages and the command line."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache

import msgspec

from api.checkpoints import snapshots_of
from api.command import run_command
from api.curation.following import linked
from api.curation.importing import Comparison, compared
from api.curation.previewing import MOST_READ, Preview
from api.curation.reasoning import Judgement, Reasoner, judged
from api.curation.renaming import merged_by, pending
from api.curation.reporting import QualityReport, report
from api.curation.showing import (
    ChangeSets,
    ChangeSetView,
    Collections,
    CollectionView,
    ConceptView,
    History,
    VersionView,
    Vocabularies,
    change_views,
    changeset_view,
    collection_view,
    collections_view,
    concept_view,
    info,
)
from api.library import Library
from api.settings import Settings
from ingest.journal.database import Database
from ontology.curation.book import ChangeSet, Version
from ontology.curation.comparing import Change
from ontology.curation.desk import Desk, Use
from ontology.curation.edits import Edit
from ontology.errors import CurationError, EditRefused, GnomonError, HierarchyCycle, NotFound, WriterBusy
from ontology.vocabularies.base import HEAD_BYTES, recognised
from ontology.vocabularies.columns import Columns
from ontology.vocabularies.turtle import turtle

_LONGEST = 100_000
"""Bytes of edits that a preview takes before they are kept as a change set."""


_GLANCE = 0.1
"""Seconds after which somebody who waits looks again."""


class Linked(msgspec.Struct, frozen=True):
    """Whether graph and index have the newest versions, and how many works were written for it."""

    done: bool
    works: int = 0


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an edit: the new version, and whether graph and index have it already."""

    scheme: str
    version: int
    concepts: tuple[str, ...]
    linked: bool


class Curator:
    """One for a data folder; `library` gives the vocabularies as the graph has them."""

    def __init__(
        self,
        settings: Settings,
        desk: Desk,
        library: Callable[[], Library],
        journal: Callable[[], Database],
        uses: Callable[[str], Use],
    ) -> None:
        self.desk = desk
        self._uses = uses
        self._settings = settings
        self._library = library
        self._journal = journal
        self._following = threading.Lock()
        self.link: Callable[[], Linked] = lambda: run_command(settings, ["vocabulary", "link"], Linked)
        """Has graph and index follow; in a process of its own, as a server must."""

    def vocabularies(self) -> Vocabularies:
        library, done = self._library(), self._linked()
        with self.desk.book.reading() as pages:
            waiting = pages.waiting()
        schemes = [self.desk.as_of(name) for name in library.names]
        numbers = self.desk.book.numbers()
        return Vocabularies(
            tuple(
                info(one, numbers.get(one.name, 0), done.get(one.name, 0), waiting.get(one.name, 0))
                for one in schemes
                if len(one) or numbers.get(one.name)
            ),
            pending(self._journal()),
        )

    def _linked(self) -> dict[str, int]:
        return linked(self._journal())

    def names(self) -> list[str]:
        """Short names of the vocabularies, the curators' own last."""
        return self._library().names

    def home(self, iri: str) -> str:
        """The vocabulary that has a concept; NotFound."""
        for name in self.names():
            if iri in self.desk.vocabulary(name).concepts:
                return name
        raise NotFound("no vocabulary has this concept", place=iri)

    def concept(self, scheme: str, iri: str, version: int | None = None) -> ConceptView:
        return concept_view(self.desk, scheme, iri, version)

    def collections(self, scheme: str, version: int | None = None) -> Collections:
        """The collections of a vocabulary."""
        return collections_view(self.desk.as_of(scheme, version), self._number(scheme, version))

    def collection(self, scheme: str, iri: str, version: int | None = None) -> CollectionView:
        """One of them. NotFound."""
        return collection_view(self.desk.as_of(scheme, version), iri, self._number(scheme, version))

    def _number(self, scheme: str, version: int | None) -> int:
        return self.desk.vocabulary(scheme).number if version is None else version

    def history(self, scheme: str, iri: str = "", limit: int = 50, before: int | None = None) -> History:
        """What was done to a vocabulary, or to one concept of it."""
        self.desk.vocabulary(scheme)
        with self.desk.book.reading() as pages:
            if iri:
                found = [(version, [change]) for version, change in pages.versions_of(scheme, iri)][:limit]
            else:
                versions = pages.versions(scheme, limit, before)
                found = [(one, pages.changes(scheme, one.number - 1, one.number)) for one in versions]
        return History(tuple(VersionView(version=one, changes=change_views(changes)) for one, changes in found))

    def changesets(self, state: str = "", scheme: str = "", limit: int = 50, offset: int = 0) -> ChangeSets:
        with self.desk.book.reading() as pages:
            found = pages.changesets(state, scheme, limit, offset)
        return ChangeSets(tuple(changeset_view(one) for one in found))

    def changeset(self, number: int) -> ChangeSetView:
        """With what it would change now, or changed when it was applied."""
        with self.desk.book.reading() as pages:
            found = pages.changeset(number)
            if found.version is not None:
                return changeset_view(found, pages.changes(found.scheme, found.version - 1, found.version))
        return self._viewed(found)

    def _viewed(self, found: ChangeSet) -> ChangeSetView:
        try:
            return changeset_view(found, self.desk.tried(found.scheme, found.edits))
        except (CurationError, HierarchyCycle) as error:
            return changeset_view(found, refused=str(error))

    def name(self, scheme: str, iri: str) -> str:
        """What a concept is called; its IRI for one that is not there."""
        found = self.desk.vocabulary(scheme).entry(iri)
        return found.name() if found else iri

    def find(self, scheme: str, said: str) -> str:
        """The concept that somebody typed, by IRI or label; EditRefused where it is none or more than one."""
        concepts = self.desk.as_of(scheme).concepts
        wanted = " ".join(said.split())
        if wanted in concepts or wanted in self.desk.vocabulary(scheme).collections:
            return wanted
        folded = wanted.casefold()
        hits = [
            concept
            for concept in concepts.values()
            if not concept.deprecated and any(label.text.casefold() == folded for label in concept.labels)
        ]
        best = [
            one for one in hits if any(o.kind == "pref" and o.text.casefold() == folded for o in one.labels)
        ] or hits
        if len(best) != 1:
            raise EditRefused(
                f"{len(best)} concepts are called “{wanted}”" if best else f"no concept is called “{wanted}”",
                place=scheme, hint="type the IRI" if best else "look for it on the vocabulary's page",
            )  # fmt: skip
        return best[0].iri

    def use(self, iri: str) -> Use:
        """How often the graph speaks of a concept."""
        return self._uses(iri)

    def quality(self, scheme: str, version: int | None = None) -> QualityReport:
        """What is wrong with a version; kept, since it takes seconds."""
        now = self.desk.vocabulary(scheme)
        return self._reports(scheme, now.number if version is None else version, now.edition)

    def judged(self, scheme: str, version: int | None = None, reasoner: Reasoner = "rules") -> Judgement:
        """Whether a version of an ontology is consistent, and what clashes."""
        return judged(self.desk.as_of(scheme, version), self._number(scheme, version), reasoner)

    @cached_property
    def _reports(self) -> Callable[[str, int, str], QualityReport]:
        return lru_cache(16)(lambda scheme, number, _: report(self.desk.as_of(scheme, number), number))

    def export(self, scheme: str, version: int | None = None) -> bytes:
        """A version in Turtle."""
        return "".join(turtle(self.desk.as_of(scheme, version))).encode()

    def compare(
        self, scheme: str, body: bytes, limit: int, place: str = "the file", columns: Columns | None = None
    ) -> Comparison:
        """What loading a file in place of a vocabulary would change; `columns` are those of a table, otherwise as they
        were said when it was loaded. VocabularyError, NotFound."""
        now = self.desk.as_of(scheme)
        number = self.desk.vocabulary(scheme).number
        head = self.desk.book.head(scheme, number) if number else {}
        library = self._library()
        if columns is None and not recognised(body[:HEAD_BYTES]):
            columns = library.columns(scheme)
        return compared(body, place, self._settings.base, library.file(scheme), head, now, limit, columns)

    def preview(self, scheme: str, edits: Sequence[Edit], limit: int = MOST_READ) -> Preview:
        """What edits will change in works, once earlier ones have reached them. Raises as `Desk.tried`."""
        self.desk.tried(scheme, edits)
        self.follow()
        said = msgspec.json.encode(edits).decode()
        if len(said) > _LONGEST:
            raise CurationError(
                "so many edits are previewed as a change set", place=scheme, hint="propose them, then preview that"
            )
        return run_command(
            self._settings, ["vocabulary", "preview", scheme, f"--edits={said}", f"--limit={limit}"], Preview
        )

    def preview_changeset(self, number: int, limit: int = MOST_READ) -> Preview:
        """What a change set will change in works."""
        with self.desk.book.reading() as pages:
            found = pages.changeset(number)
        self.desk.tried(found.scheme, found.edits)
        self.follow()
        return run_command(self._settings, ["changeset", "preview", str(number), f"--limit={limit}"], Preview)

    def applied_to(self, scheme: str, version: Version, *, wait: bool) -> Applied:
        """The same for a version in the book."""
        with self.desk.book.reading() as pages:
            changes = pages.changes(scheme, version.number - 1, version.number)
        return self.applied(scheme, version.number, changes, wait=wait)

    def applied(
        self, scheme: str, version: int, changes: Sequence[Change], *, wait: bool, soon: bool = False
    ) -> Applied:
        """Have graph and index follow an edit: before this answers (`wait`), or beside it; with `soon` a merge is
        waited for only until what is said of the one concept is said of the other."""
        merged = merged_by(changes, self.desk.vocabulary(scheme).concepts) if soon else {}
        done = self._followed_soon() if merged else self.followed(wait=wait)
        return Applied(scheme=scheme, version=version, concepts=tuple(one.iri for one in changes), linked=done)

    def followed(self, *, wait: bool) -> bool:
        """Have graph and index follow: before this answers (`wait`; whether they do), or beside it."""
        if wait:
            return self.follow().done
        threading.Thread(target=self._follow_quietly, daemon=True).start()
        return False

    def _followed_soon(self) -> bool:
        """Until graph and index have the first of what there is to be written: merges, led over."""
        snapshots = snapshots_of(self._settings)
        before = snapshots.current()
        following = threading.Thread(target=self._follow_quietly, daemon=True)
        following.start()
        while following.is_alive() and snapshots.current() == before:
            following.join(_GLANCE)
        return not following.is_alive()

    def follow(self) -> Linked:
        """Bring graph and index up to date; not done where another process writes, whose next build does it."""
        with self._following:
            if self._linked() == {name: number for name, number in self.desk.book.numbers().items() if number}:
                return Linked(done=True)
            try:
                return self.link()
            except WriterBusy:
                return Linked(done=False)

    def _follow_quietly(self) -> None:
        try:
            self.follow()
        except GnomonError:
            return  # the next build, or `gnomon vocabulary link`, does it and says what is wrong
