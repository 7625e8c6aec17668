"""A merge counts at once in graph and index, is read again afterwards, and comes undone at any moment."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from api.build import build
from api.curation.desks import desk_of
from api.curation.following import linked
from api.curation.renaming import mentions_of, rename, renamed
from api.indexing import check, read_index
from api.library import Library
from api.settings import Settings
from api.watch import Quiet, Run
from graph.discovery.ask import rows
from graph.search.engine import SearchEngine
from graph.stores.oxigraph import OxigraphStore
from ingest.journal.database import Database
from ingest.journal.topics import TopicBook, TopicVerdict
from ontology.curation import edits as ask
from ontology.curation.scope import Author
from ontology.scheme import Scheme
from tests.api.test_curation_effect import graph_hash, rebuilt_hash


@pytest.fixture
def folder(built: Settings, tmp_path: Path) -> Settings:
    shutil.copytree(built.data, tmp_path / "data", ignore=shutil.ignore_patterns("snapshots"))
    settings = built.model_copy(update={"data": tmp_path / "data"})
    build(settings, [], [], Quiet())
    return settings


def most_named(settings: Settings) -> tuple[Scheme, str, str]:
    """The vocabulary, and the two of its concepts that most works are about."""
    scheme = Library(settings.data, settings.base).schemes[0]
    store = OxigraphStore(settings.data / "store")
    query = "SELECT ?c (count(*) AS ?n) { GRAPH ?g { ?m gn:concept ?c } } GROUP BY ?c ORDER BY DESC(?n) ?c"
    found = [row["c"] for row in rows(store, query) if row["c"] in scheme.concepts]
    store.close()
    (gone, kept), *_ = (
        (one, other)
        for one in found for other in found
        if one != other and other not in scheme.ancestors(one) and one not in scheme.ancestors(other)
    )  # fmt: skip
    return scheme, gone, kept


def led(settings: Settings) -> None:
    """What a build does first."""
    with Database(settings.journal) as journal:
        rename(journal, Library(settings.data, settings.base), settings, Run(Quiet()), linked(journal))


def left_of(settings: Settings, gone: str) -> int:
    store = OxigraphStore(settings.data / "store")
    try:
        return mentions_of(store, {gone: ""})
    finally:
        store.close()


def consistent(settings: Settings) -> bool:
    with Database(settings.journal) as journal:
        return check(settings, journal, Library(settings.data, settings.base)).consistent


def test_a_merge_is_there_before_anything_is_read(folder: Settings, tmp_path: Path) -> None:
    scheme, gone, kept = most_named(folder)
    at, before = desk_of(folder), graph_hash(folder)
    about = {one: {found.iri for found in read_index(folder).about(one)} for one in (gone, kept)}
    assert left_of(folder, gone) > 5
    at.write(scheme.name, [ask.Merge(concept=gone, into=kept)], Author("key:ada"), "")
    led(folder)
    assert left_of(folder, gone) == 0
    index = read_index(folder)
    assert not index.about(gone) and {one.iri for one in index.about(kept)} >= about[gone] | about[kept]
    with Database(folder.journal, read_only=True) as journal:
        pending = renamed(journal)
    assert pending.merges == {gone: kept} and len(pending.read) >= len(about[gone])
    report = build(folder, [], [], Quiet())
    assert report.counts.works >= len(pending.read)
    with Database(folder.journal, read_only=True) as journal:
        assert not renamed(journal).merges
    assert left_of(folder, gone) == 0 and consistent(folder)
    assert graph_hash(folder) == rebuilt_hash(folder, tmp_path / "anew")
    at.undo(scheme.name, 1, Author("key:ada"))
    build(folder, [], [], Quiet())
    assert graph_hash(folder) == before and consistent(folder)


def test_a_merge_comes_undone_before_it_was_read(folder: Settings) -> None:
    scheme, gone, kept = most_named(folder)
    at, before = desk_of(folder), graph_hash(folder)
    at.write(scheme.name, [ask.Merge(concept=gone, into=kept)], Author("key:ada"), "")
    led(folder)
    at.write(scheme.name, [ask.AddLabel(concept=kept, text="a later word nobody writes")], Author("key:ada"), "")
    at.undo(scheme.name, 1, Author("key:ada"))
    build(folder, [], [], Quiet())
    assert "a later word nobody writes" in {one.text for one in at.concept(scheme.name, kept).labels}
    at.undo(scheme.name, 2, Author("key:ada"))
    build(folder, [], [], Quiet())
    assert graph_hash(folder) == before and consistent(folder)


def test_a_merge_that_breaks_off_is_made_good(
    folder: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheme, gone, kept = most_named(folder)
    desk_of(folder).write(scheme.name, [ask.Merge(concept=gone, into=kept)], Author("key:ada"), "")

    def broken(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(SearchEngine, "retopic", broken)
        led(folder)
    build(folder, [], [], Quiet())
    assert left_of(folder, gone) == 0 and consistent(folder)
    assert graph_hash(folder) == rebuilt_hash(folder, tmp_path / "anew")


def test_verdicts_on_a_merged_concept_speak_of_the_other(folder: Settings, tmp_path: Path) -> None:
    scheme, gone, kept = most_named(folder)
    both = {one.iri for one in read_index(folder).about(kept)}
    work = next(one for one in sorted(read_index(folder).about(gone), key=lambda one: one.iri) if one.iri not in both)
    name = work.iri.rpartition("/")[2]
    with Database(folder.journal) as journal, journal.transaction():
        said = TopicVerdict(concept=gone, verdict="confirmed", decided_by="ada", decided_at="2026-01-01T00:00:00Z")
        TopicBook(journal).decide(name, said)
    build(folder, [], [], Quiet())
    desk_of(folder).write(scheme.name, [ask.Merge(concept=gone, into=kept)], Author("key:ada"), "")
    led(folder)
    assert left_of(folder, gone) == 0
    build(folder, [], [], Quiet())
    assert left_of(folder, gone) == 0 and consistent(folder)
    with Database(folder.journal, read_only=True) as journal:
        number = journal.one("SELECT seq FROM entity WHERE name = ?", (name,))
        assert [one.concept for one in TopicBook(journal).of([number])[number]] == [kept]
    assert graph_hash(folder) == rebuilt_hash(folder, tmp_path / "anew")
