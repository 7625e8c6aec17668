"""Lines of files were once known by their numbers: a journal of that time goes on with the names of today."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from api.build import BuildReport, build
from api.curating import decide
from api.settings import Settings, load_settings
from api.topics.deciding import decide as decide_topic
from api.watch import Quiet
from api.wiring import Services
from graph.stores.hashing import store_hash
from ingest.harvest import harvest
from ingest.identity.explaining import Explainer
from ingest.journal.database import Database
from ingest.journal.topics import TopicBook
from ingest.sources.base import NOTHING, Entry, Past
from ingest.sources.files import FilesSource
from ontology.records import Payload

PEOPLE = [{"given": "Ada", "family": "Nomon"}, {"given": "Wei", "family": "Wang"}]
WORDS = """@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<urn:s> a skos:ConceptScheme .
<urn:noon> a skos:Concept ; skos:inScheme <urn:s> ; skos:prefLabel "noon"@en .
"""


def line(name: str, title: str, doi: str = "") -> str:
    known = {"DOI": doi} if doi else {}
    said = {"type": "article-journal", "title": title, "author": PEOPLE, "issued": {"date-parts": [[2019]]}}
    return json.dumps({"id": name, **known, **said})


LINES = [
    line("dial-1", "Dials of the north"),
    "",
    line("dial-2", "Shadows and their length", "10.5555/a"),
    line("dial-3", "On the shadow's length", "10.5555/b"),
    line("dial-1", "Dials of the south"),
    line("dial-9", "Noon"),
    json.dumps({"title": "A line that names nothing", "abstract": "It has a text.", "authors": "Ada Nomon"}),
    '{"neither": "fish", "nor": "fowl"}',
]


class Numbered:
    """Files as they were read once: each line by its number."""

    name = "files"

    def __init__(self, folder: Path) -> None:
        self._files = FilesSource("files", [folder])

    def harvest(self, past: Past = NOTHING) -> Iterator[Entry]:
        numbers = iter(n for n, text in enumerate(LINES, 1) if text)
        for entry in self._files.harvest(past):
            assert isinstance(entry, Payload)
            yield msgspec.structs.replace(entry, locator=f"works.jsonl#L{next(numbers)}")


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A catalogue of the time when lines had numbers."""
    folder = tmp_path_factory.mktemp("old")
    (folder / "works").mkdir()
    (folder / "works" / "works.jsonl").write_text("\n".join(LINES))
    (folder / "words.ttl").write_text(WORDS)
    settings = load_settings(data=folder / "data", encoder="none", cores=1, read=False)
    build(settings, [Numbered(folder / "works")], [folder / "words.ttl"], Quiet())
    with Database(settings.journal) as journal:
        assert locators(journal) == [f"works.jsonl#L{n}" for n in (1, 3, 4, 5, 6, 7, 8)]
    say_schema(settings.journal, "5")
    return settings


@pytest.fixture
def settings(old: Settings, tmp_path: Path) -> Settings:
    shutil.copytree(old.data.parent, tmp_path / "copy")
    return old.model_copy(update={"data": tmp_path / "copy" / "data"})


def say_schema(path: Path, schema: str) -> None:
    """Without opening the journal as such: that would bring it up to date."""
    with closing(sqlite3.connect(path)) as file:
        file.execute("UPDATE meta SET value = ? WHERE key = 'schema'", (schema,))
        file.commit()


def locators(journal: Database) -> list[str]:
    return [name for (name,) in journal.rows("SELECT locator FROM payload ORDER BY id")]


def today(settings: Settings) -> BuildReport:
    return build(settings, [FilesSource("files", [settings.data.parent / "works"])], [], Quiet())


def graph(settings: Settings) -> str:
    services = Services(settings)
    try:
        return store_hash(services.store)
    finally:
        services.close()


def iri(settings: Settings, title: str) -> str:
    """Of the only work with this title."""
    services = Services(settings)
    try:
        said = f"SELECT ?w {{ ?w a gn:Work ; <http://purl.org/dc/terms/title> ?t FILTER (STR(?t) = '{title}') }}"
        (row,) = services.store.select("PREFIX gn: <https://w3id.org/gnomon/ontology#> " + said)
        return str(row["w"]).strip("<>")
    finally:
        services.close()


def test_a_journal_of_numbered_lines_goes_on(settings: Settings, tmp_path: Path) -> None:
    before, noon = iri(settings, "Dials of the north"), iri(settings, "Noon")
    report = today(settings)
    assert (report.harvests[0].new, report.harvests[0].changed, report.harvests[0].unchanged) == (0, 0, 7)
    names = [f"works.jsonl#{name}" for name in ("dial-1", "dial-2", "dial-3", "dial-1#2", "dial-9", "L7", "L8")]
    with Database(settings.journal) as journal:
        assert locators(journal) == names
        old = noon.rpartition("/")[2]
        leads = journal.one("SELECT s.name FROM entity e JOIN entity s ON s.seq = e.survivor WHERE e.name = ?", (old,))
    assert iri(settings, "Dials of the north") == before
    assert iri(settings, "Noon").rpartition("/")[2] == leads != old, "named after its place, as nothing else tells it"
    fresh, folder = settings.model_copy(update={"data": tmp_path / "fresh"}), settings.data.parent
    build(fresh, [FilesSource("files", [folder / "works"])], [folder / "words.ttl"], Quiet())
    assert graph(settings) == graph(fresh)


def test_what_curators_said_of_numbered_lines_holds(settings: Settings) -> None:
    say_schema(settings.journal, "6")  # so that it is decided as with the software of that time
    pair = [iri(settings, title) for title in ("Dials of the north", "Shadows and their length")]
    decide(settings, "ada", lambda curator: [curator.merge(pair, "one")], Quiet())
    decide_topic(settings, "ada", iri(settings, "Dials of the south"), "urn:noon", "confirmed", "", Quiet())
    say_schema(settings.journal, "5")
    today(settings)
    south = iri(settings, "Dials of the south").rpartition("/")[2]
    with Database(settings.journal) as journal:
        sides = journal.rows("SELECT DISTINCT locator FROM verdict_side ORDER BY 1").fetchall()
        assert sides == [("works.jsonl#dial-1",), ("works.jsonl#dial-2",)]
        number = journal.one("SELECT seq FROM entity WHERE name = ?", (south,))
        assert [said.verdict for said in TopicBook(journal).of([number])[number]] == ["confirmed"]
        explained = Explainer(journal, settings.base).explain(pair[0])
    assert (explained.iri, len(explained.members)) == (pair[1], 2), "still one work"
    merged = graph(settings)
    for gone in ("store", "snapshots"):
        shutil.rmtree(settings.data / gone)
    with Database(settings.journal) as journal, journal.transaction():
        journal.rows("UPDATE entity SET dirty = 1")
    build(settings, [], [], Quiet())
    assert graph(settings) == merged


def test_a_naming_that_is_broken_off_is_begun_anew(tmp_path: Path) -> None:
    """Killed wherever it was, it has named all lines or none."""
    works = tmp_path / "works"
    works.mkdir()
    (works / "works.jsonl").write_text("\n".join(line(f"dial-{n}", f"Dial {n}") for n in range(1500)))
    path = tmp_path / "journal.sqlite"
    with Database(path) as journal:
        harvest(journal, FilesSource("files", [works]))
        named = locators(journal)
        journal.rows("UPDATE payload SET locator = 'works.jsonl#L' || id")
    say_schema(path, "5")
    code = (
        f"from pathlib import Path; from ingest.journal.database import Database; Database(Path({str(path)!r})).close()"
    )
    killed = 0
    for wait in (0.01, 0.03, 0.06, 0.1):
        with subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).resolve().parents[2]) as process:
            while process.poll() is None and not _holds(process.pid, path):
                time.sleep(0.002)
            time.sleep(wait)
            os.kill(process.pid, signal.SIGKILL)
        killed += process.returncode == -signal.SIGKILL
        with Database(path, read_only=True) as journal:
            numbered = [name for name in locators(journal) if re.search(r"#L\d+$", name)]
            assert len(numbered) in (0, 1500)
            assert journal.meta("schema") == ("5" if numbered else "6")
    assert killed
    with Database(path) as journal:
        assert locators(journal) == named


def _holds(pid: int, path: Path) -> bool:
    """Whether the process has taken the journal's lock."""
    return path.with_suffix(".lock").read_text().strip() == str(pid)
