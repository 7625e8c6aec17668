"""Whatever goes wrong on the way: two real servers end in exactly what they have, and nothing comes twice.

`GNOMON_FAULT_SEEDS=200` tries more scripts of faults.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from ingest.harvest import HarvestOptions, HarvestReport, harvest
from ingest.journal.database import Database
from ingest.journal.sources import SourceNotes
from ingest.sources.base import Broken, Complete, Expected, Listed
from ingest.sources.oai import OaiSource
from ingest.sources.oai_client import OaiSettings
from ingest.sources.oai_windows import Clock, Window
from ontology.errors import SourceError
from tests.ingest.fault_proxy import FaultProxy, between
from tests.ingest.oai_servers import oai_servers
from tests.ingest.test_detect import SAMPLES

pytestmark = pytest.mark.server
SERVERS = {"oai-repo": "oai", "oaipmh": "classic"}
QUICK = OaiSettings(wait=0.02, retries=3, timeout=5.0, longest_wait=0.05, restarts=6)
FAULTS: list[dict[str, Any]] = [
    {"status": 503, "headers": {"Retry-After": "0"}},
    {"status": 429},
    {"status": 500},
    {"delay": 0.03},
    {"cut": True},
    {"truncate": True},
    {"token": "again"},
    {"token": "expired"},
    {"gzip": True},
    {"gzip": "half"},
    {"replace": ["Work", "Wo<rk"]},
]


class Repository:
    """Records on two servers, and a journal that harvests one of them through the proxy."""

    def __init__(self, port: int, proxy: FaultProxy) -> None:
        self.root = f"http://127.0.0.1:{port}"
        self.proxy = proxy
        self.records: dict[int, dict[str, Any]] = {}
        self.world: dict[str, Any] = {}

    def put(self, number: int, day: int, title: str = "", deleted: bool = False) -> None:
        stamp = f"2024-05-{day:02}T{number % 24:02}:00:00Z"
        self.records[number] = {"id": f"oai:x:{number}", "stamp": stamp, "sets": [], "title": title or f"Work {number}"}
        self.records[number] |= {"deleted": True} if deleted else {}

    def serve(self, faults: list[dict[str, Any]] | None = None, **world: Any) -> None:
        self.world = {"granularity": "YYYY-MM-DDThh:mm:ssZ", "limit": 5} | world
        body = json.dumps(self.world | {"records": list(self.records.values())}).encode()
        urllib.request.urlopen(urllib.request.Request(f"{self.root}/world", body, method="PUT"), timeout=5).close()
        self.proxy.faults, self.proxy.log, self.proxy.injected = faults or [], [], 0

    def source(self, server: str, settings: OaiSettings = QUICK, prefix: str = "oai_dc") -> OaiSource:
        address = f"http://127.0.0.1:{self.proxy.port}/{SERVERS[server]}"
        return OaiSource("repo", address, prefix, settings=settings)

    def there(self) -> dict[str, str]:
        return {one["id"]: one["title"] for one in self.records.values() if not one.get("deleted")}


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[int, FaultProxy]]:
    with oai_servers() as port, between(f"http://127.0.0.1:{port}") as proxy:
        yield port, proxy


@pytest.fixture
def repository(servers: tuple[int, FaultProxy]) -> Repository:
    return Repository(*servers)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "journal.sqlite") as database:
        yield database


def known(journal: Database) -> dict[str, str]:
    """What the journal has: titles by identifier."""
    from ingest.journal.harvested import Harvested

    found = {}
    for (locator,) in journal.rows("SELECT locator FROM payload WHERE stage = 'parsed'").fetchall():
        payload = Harvested(journal).payload("repo", locator)
        assert payload is not None
        found[locator] = etree.fromstring(payload.body).findtext("{*}title") or ""
    return found


def script(seed: int) -> list[dict[str, Any]]:
    """Faults for one harvest: some requests go through, never more than two faults come in a row."""
    dice = random.Random(seed)
    faults: list[dict[str, Any]] = []
    for _ in range(12):
        faults += [{"when": "", "times": dice.randint(1, 2), "delay": 0}]
        faults += [{"when": "verb=", "times": dice.randint(1, 2)} | dice.choice(FAULTS)]
    return faults


def run(journal: Database, source: OaiSource) -> HarvestReport:
    """Harvest as a scheduler does: what failed is run again, and so is what could not be fetched."""
    for _ in range(6):
        try:
            report = harvest(journal, source)
        except SourceError:
            continue
        if not SourceNotes(journal, "repo").missed():
            return report
    return harvest(journal, source)


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("seed", range(int(os.environ.get("GNOMON_FAULT_SEEDS", "6"))))
def test_through_any_faults_to_exactly_what_is_there(
    repository: Repository, journal: Database, server: str, seed: int
) -> None:
    for number in range(23):
        repository.put(number, day=1 + number % 7, deleted=number in (4, 17))
    repository.serve(script(seed))
    run(journal, repository.source(server))
    assert repository.proxy.injected > 5
    assert known(journal) == repository.there()

    repository.put(3, day=20, title="Work changed")
    repository.put(40, day=21)
    repository.put(8, day=22, deleted=True)
    repository.serve(script(seed + 100))
    run(journal, repository.source(server))
    assert known(journal) == repository.there()

    repository.serve()
    report = run(journal, repository.source(server))
    assert (report.new, report.changed, report.deleted) == (0, 0, 0)
    assert report.seen <= 1, "only those of the last known second"


@pytest.mark.parametrize("server", SERVERS)
def test_a_second_harvest_transfers_only_changes(repository: Repository, journal: Database, server: str) -> None:
    for number in range(20):
        repository.put(number, day=1 + number % 7)
    repository.serve()
    assert run(journal, repository.source(server)).new == 20
    repository.put(5, day=9, title="Work changed")
    repository.serve()
    report = run(journal, repository.source(server))
    assert (report.seen, report.changed) == (2, 1)
    assert [query for query in repository.proxy.log if "resumptionToken" in query] == []


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("policy", ["no", "transient"])
def test_a_server_that_forgets_deletions_is_asked_what_it_still_has(
    repository: Repository, journal: Database, server: str, policy: str
) -> None:
    for number in range(20):
        repository.put(number, day=1 + number % 7)
    repository.serve(deletions=policy)
    run(journal, repository.source(server))
    del repository.records[11]
    repository.put(21, day=12)
    repository.serve(deletions=policy)
    report = run(journal, repository.source(server))
    assert (report.new, report.deleted) == (1, 0), "it was listed only just now"
    with journal.transaction():
        SourceNotes(journal, "repo").put("listed", "2024-05-01T00:00:00Z")
    repository.serve(script(3), deletions=policy)
    assert run(journal, repository.source(server)).deleted == 1
    assert known(journal) == repository.there()
    assert sum("ListIdentifiers" in query for query in repository.proxy.log) >= 3


def test_half_the_repository_does_not_vanish_unasked(repository: Repository, journal: Database) -> None:
    for number in range(20):
        repository.put(number, day=1 + number % 7)
    repository.serve()
    run(journal, repository.source("oai-repo"))
    for number in range(10):
        del repository.records[number]
    repository.serve()
    report = harvest(journal, repository.source("oai-repo"), options=HarvestOptions(full=True))
    assert (report.deleted, report.withheld) == (0, 10)
    report = harvest(journal, repository.source("oai-repo"), options=HarvestOptions(full=True, allow_shrink=True))
    assert report.deleted == 10
    assert known(journal) == repository.there()


def test_a_harvest_that_broke_off_goes_on_from_its_last_window(repository: Repository, journal: Database) -> None:
    for number in range(24):
        repository.put(number, day=1 + number)
    windows = OaiSettings(wait=0.02, retries=0, window_days=5)
    server_breaks = [{"when": "from=2024-05-1", "times": 99, "status": 500}]
    repository.serve(server_breaks, earliest="2024-04-29")
    with pytest.raises(SourceError, match="500"):
        harvest(journal, repository.source("oai-repo", windows))
    reached = SourceNotes(journal, "repo").all()["reached"]
    assert "2024-05-01" <= reached < "2024-05-24"
    before = len(known(journal))
    assert 0 < before < 24
    repository.serve(earliest="2024-04-29")
    report = run(journal, repository.source("oai-repo", windows))
    assert report.unchanged <= 1
    assert report.new == 24 - before
    assert known(journal) == repository.there()


_CHILD = """
import sys
from pathlib import Path
from ingest.harvest import harvest
from ingest.journal.database import Database
from ingest.sources.oai import OaiSource
from ingest.sources.oai_client import OaiSettings
with Database(Path(sys.argv[1])) as journal:
    print("begun", flush=True)
    harvest(journal, OaiSource("repo", sys.argv[2], settings=OaiSettings(wait=0.02, window_days=3)))
"""


@pytest.mark.parametrize("server", SERVERS)
def test_killed_again_and_again_it_ends_in_exactly_what_is_there(
    repository: Repository, tmp_path: Path, server: str
) -> None:
    for number in range(60):
        repository.put(number, day=1 + number % 20)
    repository.serve([{"when": "verb=ListRecords", "times": 999, "delay": 0.02}], earliest="2024-04-29")
    address = f"http://127.0.0.1:{repository.proxy.port}/{SERVERS[server]}"
    command = [sys.executable, "-c", _CHILD, str(tmp_path / "journal.sqlite"), address]
    for seconds in (0.05, 0.2, 0.4):
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as child:
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(seconds)
            child.kill()
    with Database(tmp_path / "journal.sqlite") as journal:
        run(journal, repository.source(server))
        assert known(journal) == repository.there()
        assert journal.one("PRAGMA integrity_check") == "ok"


@pytest.mark.parametrize("server", SERVERS)
def test_a_list_that_breaks_off_for_ever_is_taken_by_its_names(repository: Repository, server: str) -> None:
    for number in range(9):
        repository.put(number, day=1 + number)
    repository.serve([{"when": "verb=ListRecords", "times": 99, "truncate": True},
                      {"when": "identifier=oai%3Ax%3A4", "times": 99, "truncate": True}])  # fmt: skip
    found = list(repository.source(server).harvest())
    assert sorted(getattr(one, "locator", "") for one in found if not isinstance(one, Expected))[-9:] == sorted(
        repository.there()
    )
    assert [one.locator for one in found if isinstance(one, Broken)] == ["oai:x:4"]
    assert Complete() in found
    assert not any(isinstance(one, Listed) for one in found)


PREFIXES = {
    "oai_datacite": f'<oai_datacite xmlns="http://schema.datacite.org/oai/oai-1.1/"><schemaVersion>4.4</schemaVersion>'
    f"<payload>{SAMPLES['datacite_xml'].decode()}</payload></oai_datacite>",
    "marcxml": SAMPLES["marc"].decode(), "marc21": SAMPLES["marc"].decode(), "mods": SAMPLES["mods"].decode(),
    "jats": SAMPLES["jats"].decode(), "arXiv": SAMPLES["arxiv"].decode(),
    "pmc": SAMPLES["jats"].decode().replace("<article ", '<article xmlns="https://jats.nlm.nih.gov/ns/x/" '),
    "arXivRaw": '<arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>1507.03011</id><submitter>Ada Nomon</submitter>'
    "<version version='v1'><date>Fri, 10 Jul 2015 20:00:00 GMT</date></version><title>A</title><authors>Ada Nomon"
    "</authors><categories>cs.DL</categories><abstract>B</abstract></arXivRaw>",
}  # fmt: skip


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("prefix", PREFIXES)
def test_every_metadata_format_is_handed_to_its_reader(
    repository: Repository, journal: Database, server: str, prefix: str
) -> None:
    repository.put(1, day=1)
    repository.records[1]["xml"] = PREFIXES
    repository.serve(prefixes=list(PREFIXES))
    report = harvest(journal, repository.source(server, prefix=prefix))
    assert (report.records, report.quarantined) == (1, 0)
    wanted = {"oai_datacite": "datacite_xml", "pmc": "jats"}.get(prefix, prefix.removesuffix("Raw").lower())
    assert journal.one("SELECT format FROM payload") == {"marcxml": "marc", "marc21": "marc"}.get(prefix, wanted)


def test_windows_cover_their_span_once() -> None:
    for by_day in (True, False):
        clock = Clock(by_day)
        whole = Window("", "")
        pieces = whole.pieces(7, clock, "2024-01-01", "2024-03-01T12:00:00Z")
        assert pieces[0].begin == ""
        assert pieces[-1].end == ""
        halves = Window("2024-01-01", "2024-01-02").halves(clock, "", "")
        assert halves is not None
        assert (halves[0].begin, halves[1].end) == ("2024-01-01", "2024-01-02")
        for one, two in pairwise(pieces):
            assert two.begin == following(clock, one.end)
        assert Window("2024-01-01", "2024-01-01").halves(Clock(True), "", "") is None


def following(clock: Clock, moment: str) -> str:
    from ingest.sources.oai_windows import parsed

    return clock.write(parsed(moment) + clock.unit)
