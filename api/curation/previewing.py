"""What an edit will change, seen before it counts: the works it can reach are read with the edited vocabularies.

The number of these works comes first, at no cost. Then each is read as the build will read it once the edit is
applied, and held against the reading that is in the graph: preview and outcome are one computation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from api.checkpoints import snapshots_of
from api.curation.desks import desk_of, use_of
from api.curation.following import Affected, affected, linked, reach_of
from api.curation.renaming import merged_by
from api.library import Library, reader_for
from api.settings import Settings
from api.topics.overlay import with_verdicts
from graph.stores.oxigraph import OxigraphStore
from ingest.identity.assemble import Assembler
from ingest.journal.database import Database
from ingest.journal.leads import leads
from ingest.journal.ledger import Ledger
from ingest.journal.topics import TopicBook
from nlp.matcher import Matcher
from nlp.reader import Reader
from nlp.revising import Views, revised
from ontology.curation.applying import named
from ontology.curation.comparing import Change
from ontology.curation.desk import Use, with_head
from ontology.curation.edits import Edit
from ontology.errors import StoreError, VocabularyError
from ontology.reading import Claim, Mention, Reading, text_version
from ontology.scheme import Scheme

MOST_READ = 200
"""Works read for a preview, where nobody asks for more."""
_SHOWN = 20
Advance = Callable[[int, int], None]


class MentionChange(msgspec.Struct, frozen=True, kw_only=True):
    """A place of a text that names something else than before: `was` and `now` are IRIs, empty for none."""

    text: str
    begin: int
    end: int
    was: str = ""
    now: str = ""


class WorkChange(msgspec.Struct, frozen=True, kw_only=True):
    """What changes in one work: mentions (the first 20), topics that come and go (IRIs), claims as triples of IRIs."""

    iri: str
    title: str
    mentions_added: int = 0
    mentions_removed: int = 0
    mentions_moved: int = 0
    mentions: tuple[MentionChange, ...] = ()
    topics_added: tuple[str, ...] = ()
    topics_removed: tuple[str, ...] = ()
    claims_added: tuple[tuple[str, str, str], ...] = ()
    claims_removed: tuple[tuple[str, str, str], ...] = ()


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """`documents` are the works that the edit can reach, `read` those that were read for this preview, `changed` those
    of them that come out otherwise; `listed` are works in which only names and places of topics change. The totals are
    over the works read. `names` has the names of all concepts that are named here. `led` is what speaks of concepts
    that are merged: it is led to the other concept at once, before any work is read."""

    documents: int
    read: int
    listed: int
    changed: int
    mentions_added: int = 0
    mentions_removed: int = 0
    mentions_moved: int = 0
    topics_added: int = 0
    topics_removed: int = 0
    claims_added: int = 0
    claims_removed: int = 0
    works: tuple[WorkChange, ...] = ()
    names: dict[str, str] = {}
    led: Use | None = None


class Previewer:
    """Previews edits of a data folder, which is only read."""

    def __init__(self, settings: Settings, database: Database, library: Library) -> None:
        self._settings = settings
        self._db = database
        self._library = library

    def affected(self, scheme: str, changes: Sequence[Change]) -> Affected:
        """The works that changes to a vocabulary can reach."""
        return affected(self._db, self._settings, self.views(scheme, changes), {scheme: changes})

    def views(self, scheme: str, changes: Sequence[Change]) -> Views:
        """The vocabularies as they are, and as changes to one of them would have them."""
        head = {change.iri: change.after for change in changes}
        after = [with_head(one, head) if one.name == scheme else one for one in self._library.schemes]
        return Views(self._library.schemes, after, self._library.editions)

    def preview(
        self, scheme: str, changes: Sequence[Change], limit: int = MOST_READ,
        advance: Advance = lambda done, of: None,
    ) -> Preview:  # fmt: skip
        """Read the works that changes can reach, at most `limit` of them."""
        reached = self.affected(scheme, changes)
        views = self.views(scheme, changes)
        works: list[WorkChange] = []
        some = reached.read[:limit]
        for done, (title, iri, before, after) in enumerate(self.readings(views, scheme, changes, some), 1):
            if before is not None:  # else a build is about to read it
                works.append(difference(iri, title, before, after))
            advance(done, len(some))
        said = _summed(reached, len(works), [one for one in works if _any(one)], self._names(views.after))
        return msgspec.structs.replace(said, led=self._led(_merged(views, changes)))

    def _led(self, merged: Mapping[str, str]) -> Use | None:
        """How much speaks of concepts that are merged, in the newest checkpoint."""
        if not merged:
            return None
        try:
            lease = snapshots_of(self._settings).acquire()
        except StoreError:
            return Use()
        with lease as snapshot:
            store = OxigraphStore.read_only(snapshot.path)
            found = [use_of(lambda: store, iri) for iri in merged]
        return Use(sum(u.mentions for u in found), sum(u.topics for u in found), sum(u.claims for u in found))

    def readings(
        self, views: Views, scheme: str, changes: Sequence[Change], numbers: Sequence[int]
    ) -> Iterator[tuple[str, str, Reading | None, Reading]]:
        """(title, IRI, reading in the journal, reading after the edit) of works by number."""
        reader = self._reader(views, {scheme: changes})
        ledger, topics = Ledger(self._db), TopicBook(self._db)
        led = leads(self._db) | _merged(views, changes)
        for number, made in Assembler(self._db, self._settings.base).works(numbers):
            document = made.work.document if made else None
            if made is None or document is None:
                continue
            said = topics.of([number]).get(number, ())
            stored = ledger.reading(text_version(document.text), reader.maker.key)
            work = made.work
            before = with_verdicts(msgspec.structs.replace(work, reading=stored), said).reading if stored else None
            fresh = reader.read_one(document)
            later = topics.of([number], led).get(number, ())
            after = with_verdicts(msgspec.structs.replace(work, reading=fresh), later).reading or fresh
            yield work.record.title, work.iri, before, after

    def _reader(self, views: Views, changed: Mapping[str, Sequence[Change]]) -> Reader:
        file = self._library.matcher_file
        if not file.exists() or linked(self._db) != {n: v for n, v in self._library.numbers.items() if v}:
            raise VocabularyError(
                "earlier edits are not in the graph yet", place=str(self._settings.data),
                hint="run `gnomon vocabulary link` first",
            )  # fmt: skip
        old = Matcher.load(file)
        matcher = revised(old, views, reach_of(views, changed), "preview")
        if matcher is None:
            matcher = Matcher.build(views.after, None, views.basis, "preview")
        reader = reader_for(file, self._settings.base, matcher)
        if not self._db.meta("made-with").startswith(f"{reader.maker.key}|"):
            raise VocabularyError(
                "the works were read by another version of Gnomon", place=str(self._settings.data),
                hint="run `gnomon vocabulary link` first: it reads them again",
            )  # fmt: skip
        return reader

    def _names(self, schemes: Sequence[Scheme]) -> Callable[[str], str]:
        known = self._library.labels

        def name(iri: str) -> str:
            now = next((scheme.concepts[iri].name() for scheme in schemes if iri in scheme.concepts), "")
            return now or known.get(iri, iri)

        return name


def preview_edits(settings: Settings, scheme: str, edits: Sequence[Edit], limit: int) -> Preview:
    """What edits would change, of a data folder that nobody else has to have open. Raises as `Desk.tried`."""
    library = Library(settings.data, settings.base)
    desk = desk_of(settings, library)
    changes = desk.tried(scheme, named(edits, lambda: desk.mint(scheme)))
    with Database(settings.journal, read_only=True) as journal:
        return Previewer(settings, journal, library).preview(scheme, changes, limit)


def _merged(views: Views, changes: Sequence[Change]) -> dict[str, str]:
    home = {iri: concept for scheme in reversed(views.after) for iri, concept in scheme.concepts.items()}
    return merged_by(changes, home)


def difference(iri: str, title: str, before: Reading, after: Reading) -> WorkChange:
    """What of one work's reading is otherwise in another."""
    places = _places(before, after)
    moved = sum(bool(one.was and one.now) for one in places)
    topics = [{topic.concept for topic in reading.topics} for reading in (before, after)]
    claims = [set(_triples(reading)) for reading in (before, after)]
    return WorkChange(
        iri=iri, title=title, mentions=tuple(places[:_SHOWN]), mentions_moved=moved,
        mentions_added=sum(not one.was for one in places), mentions_removed=sum(not one.now for one in places),
        topics_added=tuple(sorted(topics[1] - topics[0])), topics_removed=tuple(sorted(topics[0] - topics[1])),
        claims_added=tuple(sorted(claims[1] - claims[0])), claims_removed=tuple(sorted(claims[0] - claims[1])),
    )  # fmt: skip


def _places(before: Reading, after: Reading) -> list[MentionChange]:
    def named(reading: Reading) -> dict[tuple[int, int], dict[str, Mention]]:
        found: dict[tuple[int, int], dict[str, Mention]] = {}
        for mention in reading.mentions:
            found.setdefault((mention.begin, mention.end), {})[mention.concept] = mention
        return found

    old, new = named(before), named(after)
    changes = []
    for place in sorted(old.keys() | new.keys()):
        were, are = old.get(place, {}), new.get(place, {})
        gone, came = sorted(were.keys() - are.keys()), sorted(are.keys() - were.keys())
        text = next(iter({**were, **are}.values())).text
        for at in range(max(len(gone), len(came))):
            was, now = gone[at] if at < len(gone) else "", came[at] if at < len(came) else ""
            changes.append(MentionChange(text=text, begin=place[0], end=place[1], was=was, now=now))
    return changes


def _triples(reading: Reading) -> Iterator[tuple[str, str, str]]:
    claim: Claim
    for claim in reading.claims:
        yield claim.subject, claim.predicate, claim.object


def _any(work: WorkChange) -> bool:
    return bool(work.mentions or work.topics_added or work.topics_removed or work.claims_added or work.claims_removed)


def _summed(reached: Affected, read: int, works: Sequence[WorkChange], name: Callable[[str], str]) -> Preview:
    total: Counter[str] = Counter()
    iris: set[str] = set()
    for work in works:
        total.update(
            mentions_added=work.mentions_added, mentions_removed=work.mentions_removed,
            mentions_moved=work.mentions_moved, topics_added=len(work.topics_added),
            topics_removed=len(work.topics_removed), claims_added=len(work.claims_added),
            claims_removed=len(work.claims_removed),
        )  # fmt: skip
        iris.update(iri for mention in work.mentions for iri in (mention.was, mention.now) if iri)
        iris.update((*work.topics_added, *work.topics_removed))
        iris.update(iri for claim in (*work.claims_added, *work.claims_removed) for iri in (claim[0], claim[2]))
    return Preview(
        documents=len(reached.read), read=read, listed=len(reached.shown), changed=len(works), works=tuple(works),
        names={iri: name(iri) for iri in sorted(iris)}, **total,  # type: ignore[arg-type] # counts
    )  # fmt: skip
