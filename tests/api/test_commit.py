"""A commit broken off after each of its steps, and done again: with the same input, and with another."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api.build import build
from api.changing import JournalWriter
from api.indexing import read_index
from api.settings import Settings, load_settings
from api.storing import StoreWriter
from api.watch import Quiet
from graph.search.engine import SearchEngine
from graph.snapshots import Snapshots
from graph.stores.hashing import store_hash
from graph.stores.oxigraph import OxigraphStore
from ingest.journal.database import Database
from ingest.journal.ledger import Ledger, body_of, lines_of
from ingest.sources.files import FilesSource
from sparql.messages import Changed
from sparql.service import Said

STEPS: dict[str, tuple[type, str]] = {
    "announce": (Ledger, "announce"),
    "store": (StoreWriter, "write"),
    "index": (SearchEngine, "update"),
    "snapshot": (Snapshots, "publish"),
    "load": (StoreWriter, "flush"),
}
FIRST = ("announce", "store", "index", "snapshot")


class PulledPlug(Exception):
    """Raised where the current goes off."""


def run(settings: Settings, works: Path, vocabulary: Path) -> None:
    build(settings, [FilesSource("files", [works])], [vocabulary], Quiet())


def state(settings: Settings) -> tuple[str, str, int]:
    """Canonical hash of the graph, checksum of the index, and announcements left over."""
    current = Snapshots(settings.data / "snapshots").current()
    assert current is not None
    store = OxigraphStore.read_only(current.path)
    engine = read_index(settings)
    with Database(settings.journal, read_only=True) as journal:
        left = int(journal.one("SELECT count(*) FROM outbox"))
    try:
        return store_hash(store), engine.checksum(), left
    finally:
        store.close()
        engine.close()


def pull_plug_after(monkeypatch: pytest.MonkeyPatch, step: str, times: int) -> None:
    """The given step does its work; after its `times`-th time nothing else happens."""
    kind, name = STEPS[step]
    original: Callable[..., Any] = getattr(kind, name)
    left = [times]

    def cut(*arguments: Any, **options: Any) -> Any:
        result = original(*arguments, **options)
        left[0] -= 1
        if not left[0]:
            _keep_announcement(arguments[0])
            raise PulledPlug
        return result

    monkeypatch.setattr(kind, name, cut)


def _keep_announcement(ledger: object) -> None:
    """The announcement's transaction has ended when the current goes off."""
    if isinstance(ledger, Ledger):
        ledger._db.rows("COMMIT")


@pytest.fixture
def works(corpus: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(corpus / "works", tmp_path / "works"))


def change(works: Path) -> None:
    """One work says something else, and one is no longer any."""
    article = works / "g1.xml"
    article.write_text(article.read_text("utf-8").replace("librar", "archiv"), "utf-8")
    (works / "g3.xml").write_text("<article>")


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, tuple[str, str, int]]:
    """What undisturbed builds end in: of the corpus as it is, and once it was changed after that."""
    from importlib.resources import files

    corpus, folder = Path(str(files("ingest.sources") / "corpus")), tmp_path_factory.mktemp("calm")
    works = Path(shutil.copytree(corpus / "works", folder / "works"))
    settings = load_settings(data=folder / "data", encoder="none", cores=1)
    run(settings, works, corpus / "vocabulary.ttl")
    before = state(settings)
    change(works)
    run(settings, works, corpus / "vocabulary.ttl")
    return {False: before, True: state(settings)}


@pytest.mark.parametrize(("step", "times"), [*((step, 3) for step in FIRST), ("store", 4)])
def test_a_broken_off_commit_heals(
    works: Path, corpus: Path, tmp_path: Path, calm: dict[bool, tuple[str, str, int]], step: str, times: int
) -> None:
    """Commits are in turn: the maker, the vocabulary, works, people and venues, claims."""
    settings = load_settings(data=tmp_path / "data", encoder="none", cores=1)
    with pytest.MonkeyPatch.context() as patch:
        pull_plug_after(patch, step, times)
        with pytest.raises(PulledPlug):
            run(settings, works, corpus / "vocabulary.ttl")
    run(settings, works, corpus / "vocabulary.ttl")
    assert state(settings) == calm[False]


@pytest.mark.parametrize("step", ["store", "index"])
def test_a_broken_off_commit_heals_when_the_input_changed_meanwhile(
    works: Path, corpus: Path, tmp_path: Path, calm: dict[bool, tuple[str, str, int]], step: str
) -> None:
    settings = load_settings(data=tmp_path / "data", encoder="none", cores=1)
    with pytest.MonkeyPatch.context() as patch:
        pull_plug_after(patch, step, 3)
        with pytest.raises(PulledPlug):
            run(settings, works, corpus / "vocabulary.ttl")
    change(works)
    run(settings, works, corpus / "vocabulary.ttl")
    assert state(settings) == calm[True]


@pytest.mark.parametrize(
    ("step", "times", "gathered", "changed"),
    [
        ("store", 2, 1 << 30, False), ("index", 3, 20_000, True), ("load", 3, 1, True), ("load", 1, 20_000, False),
        ("load", 1, 1 << 30, True), ("snapshot", 1, 1 << 30, False),
    ],
)  # fmt: skip
def test_a_first_build_that_gathers_its_lines_heals(
    works: Path, corpus: Path, tmp_path: Path, step: str, times: int, gathered: int, changed: bool
) -> None:
    """Metadata alone: what was gathered when the current went off comes from the journal."""
    settings, calm = (
        load_settings(data=tmp_path / name, encoder="none", cores=1, read=False) for name in ("data", "calm")
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("api.storing._GATHERED", gathered)
        patch.setattr("api.writing._PLAIN_WORKS", 3)
        patch.setattr("api.writing._PLAIN_CHUNK", (1, 1))
        pull_plug_after(patch, step, times)
        with pytest.raises(PulledPlug):
            run(settings, works, corpus / "vocabulary.ttl")
    if changed:
        change(works)
    run(settings, works, corpus / "vocabulary.ttl")
    run(calm, works, corpus / "vocabulary.ttl")
    assert state(settings) == state(calm)


def test_what_is_taken_out_does_not_come_back_with_what_was_gathered(tmp_path: Path) -> None:
    store = OxigraphStore(tmp_path / "store")
    writer = StoreWriter(store, gathering=True)
    before, now = (f'<urn:a> <urn:b> "{word}" .' for word in ("old", "new"))
    writer.write({}, {"a": body_of([before])})
    assert writer.waiting
    assert not [*store.lines()]
    writer.write({"a": frozenset([before])}, {"a": body_of([now])})
    writer.flush()
    assert [*store.lines()] == [now]
    assert (writer.added, writer.removed, writer.grown) == (2, 1, 1)
    store.close()


def test_an_update_after_a_broken_off_first_build_brings_the_store_up_first(
    works: Path, corpus: Path, tmp_path: Path
) -> None:
    settings = load_settings(data=tmp_path / "data", encoder="none", cores=1, read=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("api.storing._GATHERED", 20_000)
        pull_plug_after(patch, "load", 2)
        with pytest.raises(PulledPlug):
            run(settings, works, corpus / "vocabulary.ttl")
    graph, line = "http://localhost:8000/graph/user/x", "<urn:a> <urn:b> <urn:c> <http://localhost:8000/graph/user/x> ."
    snapshots = Snapshots(settings.data / "snapshots")
    JournalWriter(settings, snapshots).write(Said("me", "update", "INSERT"), lambda: Changed({graph: [line]}, added=1))
    with Database(settings.journal, read_only=True) as journal:
        written = {line for body in Ledger(journal).bodies() for line in lines_of(body)}
    current = snapshots.current()
    assert current is not None
    assert set(OxigraphStore.read_only(current.path).lines()) >= written


def test_statements_of_a_first_build_are_known_without_counting(works: Path, tmp_path: Path) -> None:
    settings = load_settings(data=tmp_path / "data", encoder="none", cores=1, read=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OxigraphStore, "count", lambda _: -1)
        report = build(settings, [FilesSource("files", [works])], [], Quiet())
    current = Snapshots(settings.data / "snapshots").current()
    assert current is not None
    assert report.quads == OxigraphStore.read_only(current.path).count()
