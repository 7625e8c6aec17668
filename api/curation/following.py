"""Graph and index follow the vocabularies: after an edit only the works are read again that it can change.

The readings in the journal are those of the versions that its entry `linked` names. A reader's name does not change
with curators' edits, so that whatever an edit does not reach stays as it is, down to the last statement; a rebuild
reads everything with the edited vocabularies and comes to the same graph.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import msgspec

from api.checkpoints import snapshots_of
from api.curation.renaming import Renamed, forget_renamed, renamed, replacement
from api.curation.words import WordIndex
from api.library import Library
from api.settings import Settings
from api.watch import Run
from graph.discovery.ask import chunks, column, values
from graph.stores.oxigraph import OxigraphStore
from ingest.journal.database import Database
from ingest.journal.leads import set_leads
from nlp.revising import Reach, Views, reach
from ontology.curation.comparing import Change
from ontology.errors import StoreError
from ontology.scheme import Concept

_LINKED = "linked"


class Affected(msgspec.Struct, frozen=True):
    """Works, by number, that an edit may change: those to be `read` again, with the versions of their `texts`, and
    those in which only names and places of topics change (`shown`)."""

    read: tuple[int, ...]
    texts: tuple[str, ...]
    shown: tuple[int, ...]


def linked(database: Database) -> dict[str, int]:
    """Scheme → version that the readings in the journal were made with."""
    found: dict[str, int] = json.loads(database.meta(_LINKED, "{}"))
    return found


def follow(database: Database, library: Library, settings: Settings, run: Run) -> None:
    """Mark what edits since the last time may change: its readings are forgotten, so that the build reads it again."""
    before = linked(database)
    numbers = {name: number for name, number in library.numbers.items() if number}
    pending = renamed(database)
    if before == numbers and not pending.merges:
        return
    changed = library.changed_since(before)
    views = Views(library.as_of(before), library.schemes, library.editions)
    with run.stage("works that edits of vocabularies change") as stage:
        found = affected(database, settings, views, changed)
        found = _with_renamed(database, settings, found, pending)
        with database.transaction():
            forget_renamed(database)
            set_leads(database, leads_in(library))
            database.many("DELETE FROM reading WHERE text = ?", [(text,) for text in found.texts])
            database.many("UPDATE entity SET dirty = 1 WHERE seq = ?", [(n,) for n in (*found.read, *found.shown)])
            database.set_meta(_LINKED, json.dumps(numbers, sort_keys=True))
        run.advance(stage, len(found.read) + len(found.shown))


def _with_renamed(database: Database, settings: Settings, found: Affected, pending: Renamed) -> Affected:
    """Also the works in which merged concepts were renamed: an undo may have come before they were read again."""
    more = sorted(set(pending.read) - set(found.read))
    texts = WordIndex(settings.data, database, settings.base).texts_of(more)
    shown = sorted({*found.shown, *pending.stated} - {*found.read, *more})
    return Affected((*found.read, *more), (*found.texts, *texts), tuple(shown))


def leads_in(library: Library) -> dict[str, str]:
    """Concepts that curators deprecated or merged → what is to be used in their place."""
    found = {}
    for name, number in library.numbers.items():
        home = library.scheme(name).concepts if number and name in library.names else {}
        for concept in library.book.head(name, number).values() if home else ():
            if isinstance(concept, Concept) and concept.deprecated and (instead := replacement(concept, home)):
                found[concept.iri] = instead
    return found


def affected(database: Database, settings: Settings, views: Views, changed: Mapping[str, Sequence[Change]]) -> Affected:
    """The works that edits may change. The journal is only read."""
    if not any(changed.values()):
        return Affected((), (), ())
    touched = reach_of(views, changed)
    words = WordIndex(settings.data, database, settings.base)
    words.catch_up()
    read, texts = words.works_for(touched.keys)
    gone = {iri for iri in touched.labelled if not any(views.concepts(views.after, iri))}
    learned = sorted(set(_works_about(database, settings, gone)) - set(read))  # topics need no label in the text
    topics = touched.moved | touched.labelled | set(_renamed(views, changed))
    shown = sorted(set(_works_about(database, settings, topics)) - {*read, *learned})
    return Affected((*read, *learned), (*texts, *words.texts_of(learned)), tuple(shown))


def reach_of(views: Views, changed: Mapping[str, Sequence[Change]]) -> Reach:
    return reach(views, {change.iri for found in changed.values() for change in found})


def _renamed(views: Views, changed: Mapping[str, Sequence[Change]]) -> Iterator[str]:
    """Concepts with another name, and what lies below them: works about these are listed under that name."""
    for change in (one for found in changed.values() for one in found):
        if change.before is not None and (change.after is None or change.before.name() != change.after.name()):
            yield change.iri
            for scheme in (*views.before, *views.after):
                yield from scheme.descendants(change.iri)


def _works_about(database: Database, settings: Settings, concepts: Collection[str]) -> Iterable[int]:
    """Numbers of works that have one of the concepts for a topic, as the newest checkpoint says."""
    try:
        lease = snapshots_of(settings).acquire()
    except StoreError:
        return ()
    try:
        store = OxigraphStore.read_only(lease.snapshot.path)
        names: set[str] = set()
        for some in chunks(sorted(concepts)):
            query = f"SELECT ?x {{ VALUES ?c {{ {values(some)} }} GRAPH ?g {{ ?t gn:concept ?c ; gn:work ?x }} }}"
            names.update(iri.rpartition("/")[2] for iri in column(store, query))
    finally:
        lease.release()
    listed = msgspec.json.encode(sorted(names)).decode()
    rows = database.rows(
        "SELECT coalesce(survivor, seq) FROM entity WHERE kind = 'work' AND name IN (SELECT value FROM json_each(?))",
        (listed,),
    )
    return [number for (number,) in rows]
