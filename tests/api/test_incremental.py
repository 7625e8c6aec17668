"""A run over what has changed leaves the graph that a first build of the same files makes."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from api.build import build
from api.settings import Settings, load_settings
from api.watch import Quiet
from graph.stores.hashing import store_hash
from graph.stores.oxigraph import OxigraphStore
from ingest.journal.database import Database
from ingest.journal.ledger import Ledger
from ingest.sources.files import FilesSource

AUTHORS = ("Marlow, Ada", "Quill, Ben", "Santangelo, Cleo", "Vogel, Dmitri", "Okafor, Ebere", "Lindqvist, Freja")
ENTRY = "@article{{k{number}, title={{{title}}}, author={{{author}}}, year={{2001}}}}\n"


def bibliography(path: Path, changed: int = -1, entries: int = 6) -> None:
    """A file of entries, the one with the number `changed` under another title."""
    titles = [f"Study number {n} of the catalogues of libraries{' revised' * (n == changed)}" for n in range(entries)]
    path.write_text("".join(ENTRY.format(number=n, title=title, author=AUTHORS[n]) for n, title in enumerate(titles)))


def settings_of(folder: Path) -> Settings:
    return load_settings(data=folder, encoder="none", read=False, executor="here")


def run(settings: Settings, works: Path) -> str:
    """Canonical hash of the graph after a build, whose report says how many statements there are."""
    report = build(settings, [FilesSource("files", [works], complete=True)], (), Quiet())
    store = OxigraphStore(settings.data / "store")
    try:
        assert report.quads == store.count()
        return store_hash(store)
    finally:
        store.close()


def test_one_changed_entry_of_a_file(tmp_path: Path) -> None:
    works = tmp_path / "works.bib"
    bibliography(works)
    kept = settings_of(tmp_path / "kept")
    before = run(kept, works)
    bibliography(works, changed=2)
    after = run(kept, works)
    assert after != before
    assert after == run(settings_of(tmp_path / "fresh"), works)
    with Database(kept.journal) as journal:
        # What holds for the whole file is said once: the other entries were not written again.
        rows = journal.rows("SELECT sequence FROM written WHERE owner LIKE '%/id/work/%'")
        written = Counter(sequence for (sequence,) in rows)
    assert [written[sequence] for sequence in sorted(written)] == [5, 1]


def test_an_entry_that_is_gone(tmp_path: Path) -> None:
    works = tmp_path / "works.bib"
    bibliography(works)
    kept = settings_of(tmp_path / "kept")
    run(kept, works)
    bibliography(works, entries=5)
    assert run(kept, works) == run(settings_of(tmp_path / "fresh"), works)


def test_few_changes_are_one_commit(tmp_path: Path) -> None:
    works = tmp_path / "works.bib"
    bibliography(works)
    kept = settings_of(tmp_path / "kept")
    run(kept, works)
    with Database(kept.journal) as journal:
        before = Ledger(journal).sequence
    bibliography(works, changed=3)
    run(kept, works)
    with Database(kept.journal) as journal:
        assert Ledger(journal).sequence == before + 1


def test_a_filling_of_the_store_that_was_broken_off(tmp_path: Path) -> None:
    works = tmp_path / "works.bib"
    bibliography(works)
    kept = settings_of(tmp_path / "kept")
    whole = run(kept, works)
    shutil.rmtree(kept.data / "store")

    def half(store: OxigraphStore, texts: Iterable[bytes]) -> None:
        store.apply((), next(iter(texts)).decode().split("\n"))
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(OxigraphStore, "load", half)
        run(kept, works)
    assert run(kept, works) == whole
