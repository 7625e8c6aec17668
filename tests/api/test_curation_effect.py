"""What an edit of a vocabulary changes in the graph: what the preview says, no more, and what a rebuild comes to."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from api.build import build
from api.curation.desks import desk_of
from api.curation.following import Affected
from api.curation.previewing import Previewer
from api.library import Library
from api.settings import Settings
from api.watch import Quiet
from graph.stores.hashing import store_hash
from graph.stores.oxigraph import OxigraphStore
from ingest.identity.assemble import Assembler
from ingest.journal.database import Database
from ingest.journal.ledger import Ledger
from ontology.curation import edits as ask
from ontology.curation.comparing import Change
from ontology.curation.scope import Author
from ontology.errors import CurationError, HierarchyCycle
from ontology.reading import Reading, text_version
from ontology.scheme import Scheme

EDITS = 15
"""`python -m bench.curation` tries a hundred."""
SAMPLE = "https://example.org/gnomon/sample/"
Readings = dict[int, Reading]


@pytest.fixture
def folder(built: Settings, tmp_path: Path) -> Settings:
    """A copy of the built corpus, to be edited."""
    shutil.copytree(built.data, tmp_path / "data", ignore=shutil.ignore_patterns("snapshots"))
    settings = built.model_copy(update={"data": tmp_path / "data"})
    build(settings, [], [], Quiet())
    return settings


def name_of(settings: Settings) -> str:
    return Library(settings.data, settings.base).names[0]


def readings(settings: Settings, numbers: Sequence[int] = ()) -> Readings:
    """By the work's number, as the journal has them."""
    library = Library(settings.data, settings.base)
    with Database(settings.journal, read_only=True) as journal:
        if not numbers:
            numbers = [n for (n,) in journal.rows("SELECT seq FROM entity WHERE kind = 'work' AND survivor IS NULL")]
        found = {}
        for number, made in Assembler(journal, settings.base).works(numbers):
            document = made.work.document if made else None
            if document and (known := Ledger(journal).reading(text_version(document.text), library.maker.key)):
                found[number] = known
    return found


def previewed(settings: Settings, scheme: str, changes: Sequence[Change]) -> tuple[Affected, Readings]:
    """The works that changes reach, and their readings after it."""
    with Database(settings.journal, read_only=True) as journal:
        previewer = Previewer(settings, journal, Library(settings.data, settings.base))
        reached = previewer.affected(scheme, changes)
        after = [
            now for _, _, _, now in previewer.readings(previewer.views(scheme, changes), scheme, changes, reached.read)
        ]
        return reached, dict(zip(reached.read, after, strict=True))


def graph_hash(settings: Settings) -> str:
    store = OxigraphStore(settings.data / "store")
    try:
        return store_hash(store)
    finally:
        store.close()


def rebuilt_hash(settings: Settings, folder: Path) -> str:
    """Of a graph for which everything is read again with the edited vocabularies."""
    ignore = shutil.ignore_patterns("snapshots", "store", "index", "*.matcher", "words.sqlite*")
    shutil.copytree(settings.data, folder, ignore=ignore)
    anew = settings.model_copy(update={"data": folder})
    with Database(anew.journal) as journal, journal.transaction():
        for table in ("written", "outbox", "reading"):
            journal.rows(f"DELETE FROM {table}")
        journal.rows("UPDATE entity SET dirty = 1")
        journal.rows("INSERT OR IGNORE INTO stale SELECT 'payload', id FROM payload")
        journal.set_meta("schemes", "{}")
    build(anew, [], [], Quiet())
    return graph_hash(anew)


def random_edit(scheme: Scheme, random: Random, words: Sequence[str]) -> ask.Edit:
    one, other = random.sample(sorted(scheme.concepts), 2)
    label = random.choice(scheme.concepts[one].labels)
    word = " ".join(random.sample(words, random.choice([1, 1, 2])))
    choices: list[ask.Edit] = [
        ask.Create(concept=f"{SAMPLE}new-{random.randrange(10**6)}", label=word, broader=(other,)),
        ask.AddLabel(concept=one, text=word), ask.AddLabel(concept=one, text=label.text, language="fr"),
        ask.RemoveLabel(concept=one, text=label.text, language=label.language, kind="alt"),
        ask.ChangeLabel(concept=one, was=label.text, text=word, language=label.language),
        ask.Link(concept=one, other=other),
        ask.Unlink(concept=one, other=next(iter(scheme.concepts[one].broader), other)),
        ask.Deprecate(concept=one, replaced_by=other, narrower="lift"), ask.Merge(concept=one, into=other),
        ask.Revive(concept=one), ask.Delete(concept=one),
    ]  # fmt: skip
    return random.choice(choices)


def test_what_is_previewed_comes_and_a_rebuild_comes_to_the_same(folder: Settings, tmp_path: Path) -> None:
    scheme, random, at = name_of(folder), Random(3), desk_of(folder)
    words = ["search", "ranking", "library", "catalogue", "index", "question", "retrieval", "model", "language"]
    current, changed, applied = readings(folder), 0, 0
    while applied < EDITS:
        edit = random_edit(at.as_of(scheme), random, words)
        try:
            changes = at.tried(scheme, [edit])
        except (CurationError, HierarchyCycle):
            continue
        if not changes:
            continue
        reached, after = previewed(folder, scheme, changes)
        at.write(scheme, [edit], Author("key:ada"), "")
        report = build(folder, [], [], Quiet())
        assert report.counts.works == len(reached.read) + len(reached.shown), edit
        expected = current | after
        current = readings(folder)
        assert current == expected, edit
        changed += bool(after)
        applied += 1
    assert changed > EDITS / 4, "edits must have reached something"
    assert graph_hash(folder) == rebuilt_hash(folder, tmp_path / "anew")
