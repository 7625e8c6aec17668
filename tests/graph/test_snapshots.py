"""Readers keep what they read, whatever the writer publishes meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from graph.snapshots import Snapshots
from graph.stores.oxigraph import OxigraphStore
from ontology.errors import StoreError


@pytest.fixture
def store(tmp_path: Path) -> OxigraphStore:
    return OxigraphStore(tmp_path / "store")


@pytest.fixture
def snapshots(tmp_path: Path) -> Snapshots:
    return Snapshots(tmp_path / "snapshots", keep=2)


def add(store: OxigraphStore, number: int) -> None:
    store.apply([], [f'<http://x/s> <http://x/p> "{number}" .'])


def folders(snapshots: Snapshots) -> list[str]:
    return sorted(path.name for path in snapshots.folder.iterdir() if path.name[0].isdigit())


def test_a_snapshot_shows_its_commit_and_no_later_one(store: OxigraphStore, snapshots: Snapshots) -> None:
    add(store, 1)
    first = snapshots.publish(store, 1)
    add(store, 2)
    second = snapshots.publish(store, 2)
    assert OxigraphStore.read_only(first.path).count() == 1
    assert OxigraphStore.read_only(second.path).count() == 2
    assert snapshots.current() == second


def test_before_the_first_there_is_none(snapshots: Snapshots) -> None:
    assert snapshots.current() is None
    with pytest.raises(StoreError, match="no snapshot"):
        snapshots.acquire()


def test_only_the_newest_stay_and_those_that_are_read(store: OxigraphStore, snapshots: Snapshots) -> None:
    snapshots.publish(store, 1)
    lease = snapshots.acquire()
    for number in range(2, 8):
        snapshots.publish(store, number)
    assert folders(snapshots) == ["000000000001-0", "000000000006-0", "000000000007-0"]
    lease.release()
    snapshots.publish(store, 8)
    assert folders(snapshots) == ["000000000007-0", "000000000008-0"]


def test_a_commit_done_over_publishes_the_same_sequence_again(store: OxigraphStore, snapshots: Snapshots) -> None:
    snapshots.publish(store, 1)
    add(store, 1)
    again = snapshots.publish(store, 1)
    current = snapshots.current()
    assert current == again
    assert current is not None and OxigraphStore.read_only(current.path).count() == 1


def test_what_a_killed_publisher_left_is_swept_away(store: OxigraphStore, snapshots: Snapshots) -> None:
    snapshots.publish(store, 1)
    for name in (".partial-000000000002-0", ".removing-000000000000-0"):
        (snapshots.folder / name).mkdir()
        (snapshots.folder / name / "junk").write_text("x")
    assert snapshots.current() is not None
    snapshots.publish(store, 2)
    assert sorted(path.name for path in snapshots.folder.iterdir()) == [
        "000000000001-0", "000000000002-0", "current", "leases",
    ]  # fmt: skip


def test_a_killed_reader_does_not_keep_its_snapshot(store: OxigraphStore, snapshots: Snapshots) -> None:
    snapshots.publish(store, 1)
    code = (
        "import sys, time; from pathlib import Path; from graph.snapshots import Snapshots;"
        "lease = Snapshots(Path(sys.argv[1])).acquire(); print('held', flush=True); time.sleep(60)"
    )
    reader = subprocess.Popen([sys.executable, "-c", code, str(snapshots.folder)], stdout=subprocess.PIPE, text=True)
    assert reader.stdout is not None and reader.stdout.readline() == "held\n"
    for number in (2, 3, 4):
        snapshots.publish(store, number)
    assert "000000000001-0" in folders(snapshots)
    os.kill(reader.pid, signal.SIGKILL)
    reader.wait()
    reader.stdout.close()
    snapshots.publish(store, 5)
    assert "000000000001-0" not in folders(snapshots)
