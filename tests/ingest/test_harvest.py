"""What a harvest makes of what a source says: new, changed, listed, broken, gone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.harvest import HarvestOptions, HarvestReport, harvest
from ingest.journal.database import Database
from ingest.journal.quarantine import Quarantine, Selection
from ingest.journal.sources import SourceNotes
from ingest.sources.base import NOTHING, REACHED, Broken, Complete, Entry, Expected, Listed, Noted, Past
from ingest.sources.files import FilesSource
from ontology.errors import SourceError
from ontology.records import Payload

DC = (
    '<dc xmlns="http://purl.org/dc/elements/1.1/"><title>{0}</title>'
    "<identifier>https://doi.org/10.5555/{0}</identifier></dc>"
)


class Told:
    """A source that says what it was given to say."""

    name = "told"

    def __init__(self, *said: Entry | SourceError) -> None:
        self.said = said
        self.past = NOTHING

    def harvest(self, past: Past = NOTHING) -> Iterator[Entry]:
        self.past = past
        for one in self.said:
            if isinstance(one, SourceError):
                raise one
            yield one


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "journal.sqlite") as database:
        yield database


def work(name: str, said: str = "", source: str = "told") -> Payload:
    return Payload(source=source, locator=name, body=DC.format(said or name).encode(), media="oai_dc")


def works(count: int) -> list[Payload]:
    return [work(f"w{number}") for number in range(count)]


def broken(locator: str) -> Broken:
    return Broken("told", locator, SourceError("gone fishing", place=locator))


def run(journal: Database, *said: Entry | SourceError, **options: bool) -> HarvestReport:
    return harvest(journal, Told(*said), options=HarvestOptions(**options))


def left(journal: Database, source: str = "told") -> list[str]:
    found = journal.rows("SELECT locator FROM payload WHERE source = ? AND stage = 'parsed' ORDER BY id", (source,))
    return [locator for (locator,) in found]


def test_only_a_complete_list_says_what_is_gone(journal: Database) -> None:
    run(journal, *works(3))
    assert run(journal, work("w0")).deleted == 0
    report = run(journal, work("w0"), Listed("w1"), Complete())
    assert (report.seen, report.unchanged, report.deleted, report.withheld) == (2, 2, 1, 0)
    assert left(journal) == ["w0", "w1"]
    assert journal.one("SELECT count(*) FROM record") == 2


def test_a_loss_of_more_than_the_share_is_withheld_until_it_is_allowed(journal: Database) -> None:
    run(journal, *works(40))
    report = run(journal, *works(31), Complete())
    assert (report.deleted, report.withheld) == (0, 9)
    assert len(left(journal)) == 40
    assert run(journal, *works(32), Complete()).deleted == 8
    assert run(journal, *works(3), Complete(), allow_shrink=True).deleted == 29
    assert left(journal) == ["w0", "w1", "w2"]


def test_the_last_ones_never_go_unasked(journal: Database) -> None:
    run(journal, *works(2))
    assert run(journal, Complete()).withheld == 2
    assert run(journal, work("w0"), Complete()).deleted == 1
    assert run(journal, Complete()).withheld == 1
    assert left(journal) == ["w0"]


def test_what_could_not_be_looked_into_is_not_gone(journal: Database) -> None:
    inside = [work(name) for name in ("a.zip!x", "a.zip!y", "b.jsonl#L1", "c/d/e", "c/d2", "f", "g")]
    run(journal, *inside)
    report = run(journal, broken("a.zip"), broken("b.jsonl"), broken("c/d"), work("g"), Complete())
    assert left(journal) == ["a.zip!x", "a.zip!y", "b.jsonl#L1", "c/d/e", "g"]
    assert (report.deleted, report.quarantined) == (2, 3)


def test_what_cannot_be_fetched_keeps_what_it_said_and_is_asked_for_again(journal: Database) -> None:
    run(journal, *works(2))
    run(journal, broken("w0"), broken("new"))
    assert journal.one("SELECT count(*) FROM record") == 2
    assert [one.locator for one in Quarantine(journal).entries(Selection())] == ["new", "w0"]
    asked = Told(work("w0"), work("new"))
    harvest(journal, asked)
    assert asked.past.missed == ("new", "w0")
    assert list(Quarantine(journal).entries(Selection())) == []
    assert journal.one("SELECT count(*) FROM record") == 3


def test_a_note_is_kept_with_what_came_before_it_even_if_the_harvest_breaks_off(journal: Database) -> None:
    with pytest.raises(SourceError, match="cut"):
        run(journal, work("w0"), Noted(REACHED, "2024-05-01"), work("w1"), SourceError("cut"), Noted(REACHED, "2025"))
    assert left(journal) == ["w0", "w1"]
    asked = Told(Noted(REACHED, ""))
    harvest(journal, asked)
    assert asked.past.since == "2024-05-01"
    assert SourceNotes(journal, "told").all() == {}


def test_a_full_harvest_asks_from_the_beginning(journal: Database) -> None:
    run(journal, Noted(REACHED, "2024-05-01"), Noted("other", "kept"))
    asked = Told()
    harvest(journal, asked, options=HarvestOptions(full=True))
    assert (asked.past.since, asked.past.full) == ("", True)
    assert asked.past.notes["other"] == "kept"


def test_progress_tells_counts_and_what_is_expected(journal: Database) -> None:
    seen = []
    harvest(journal, Told(Expected(2), *works(2)), lambda counts: seen.append((counts.seen, counts.expected)))
    assert seen == [(1, 2), (2, 2)]


class TestFolder:
    """A folder as a complete source."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        root = tmp_path / "in"
        for name in ("a", "b", "sub/c", "sub/d", "e", "f"):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).with_suffix(".xml").write_bytes(DC.format(name.replace("/", "-")).encode())
        return root

    def run(self, journal: Database, *paths: Path, **options: bool) -> HarvestReport:
        return harvest(journal, FilesSource("folder", paths, complete=True), options=HarvestOptions(**options))

    def test_a_file_that_vanishes_becomes_a_tombstone_and_may_come_back(self, journal: Database, folder: Path) -> None:
        assert self.run(journal, folder).new == 6
        text = (folder / "sub" / "c.xml").read_bytes()
        (folder / "sub" / "c.xml").unlink()
        assert self.run(journal, folder).deleted == 1
        assert "sub/c.xml" not in left(journal, "folder")
        (folder / "sub" / "c.xml").write_bytes(text)
        assert self.run(journal, folder).changed == 1
        assert "sub/c.xml" in left(journal, "folder")

    def test_a_missing_or_emptied_root_deletes_nothing(self, journal: Database, folder: Path) -> None:
        self.run(journal, folder)
        moved = folder.rename(folder.with_name("away"))
        with pytest.raises(SourceError, match="no such"):
            self.run(journal, folder)
        folder.mkdir()
        assert self.run(journal, folder).withheld == 6
        assert len(left(journal, "folder")) == 6
        assert self.run(journal, moved).unchanged == 6

    def test_a_glob_is_a_source_of_its_own(self, journal: Database, folder: Path) -> None:
        (folder / "notes.txt").write_text("not wanted")
        assert self.run(journal, folder / "**" / "*.xml").new == 6
        assert sorted(left(journal, "folder")) == ["a.xml", "b.xml", "e.xml", "f.xml", "sub/c.xml", "sub/d.xml"]
        (folder / "a.xml").unlink()
        assert self.run(journal, folder / "**" / "*.xml").deleted == 1
        assert [one.locator for one in FilesSource("g", [folder / "[be].xml"]).harvest()] == ["b.xml", "e.xml"]  # type: ignore[union-attr]
        with pytest.raises(SourceError, match="no such"):
            list(FilesSource("g", [folder / "nowhere" / "*.xml"]).harvest())

    def test_an_unfinished_archive_hides_nothing_it_had(self, journal: Database, folder: Path, tmp_path: Path) -> None:
        import tarfile

        packed = tmp_path / "packed"
        packed.mkdir()
        with tarfile.open(packed / "all.tar", "w") as tar:
            tar.add(folder, arcname="in")
        self.run(journal, packed)
        assert len(left(journal, "folder")) == 6
        whole = (packed / "all.tar").read_bytes()
        (packed / "all.tar").write_bytes(whole[:2000])
        report = self.run(journal, packed)
        assert (report.deleted, report.withheld) == (0, 0)
        assert len(left(journal, "folder")) == 6
