"""A backup taken at any moment is a whole catalogue: restored, it is the graph and the index it was taken of."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from api.app import create_app
from api.auth import Keys, Role
from api.backup import backup, restore
from api.build import build
from api.cli.main import app
from api.command import environment
from api.indexing import read_index
from api.settings import Settings, load_settings
from api.watch import Quiet
from graph.snapshots import Snapshots
from graph.stores.hashing import store_hash
from graph.stores.oxigraph import OxigraphStore
from ingest.sources.files import FilesSource
from ontology.errors import JournalError, SettingsError


def settings_in(folder: Path) -> Settings:
    return load_settings(data=folder, encoder="none", cores=1)


def metadata_in(folder: Path) -> Settings:
    """Without reading texts, for the sake of speed."""
    return load_settings(data=folder, encoder="none", cores=1, read=False)


def state(settings: Settings) -> tuple[str, str]:
    """Canonical hash of the graph and checksum of the index."""
    current = Snapshots(settings.data / "snapshots").current()
    assert current is not None
    store = OxigraphStore.read_only(current.path)
    engine = read_index(settings)
    try:
        return store_hash(store), engine.checksum()
    finally:
        store.close()
        engine.close()


def test_a_restored_catalogue_is_the_one_that_was_backed_up(built: Settings, tmp_path: Path) -> None:
    Keys(built.data / "keys.sqlite").add("kept in the backup", Role.curator)
    manifest = backup(built, tmp_path / "backup")
    restored = settings_in(tmp_path / "data")
    report = restore(restored, tmp_path / "backup", Quiet())
    assert state(restored) == state(built)
    assert "kept in the backup" in {key.name for key in Keys(restored.data / "keys.sqlite").all()}
    assert {"journal.sqlite", "keys.sqlite"} <= {file.name for file in manifest.files}
    assert report.counts.works > 5
    with TestClient(create_app(restored), base_url="http://localhost:8000") as client:
        assert client.get("/v1/search", params={"q": "library"}).json()["total"] > 0
    with pytest.raises(SettingsError, match="has a journal"):
        restore(restored, tmp_path / "backup", Quiet())
    with pytest.raises(SettingsError, match="in the place"):
        backup(built, tmp_path / "backup")


def test_nothing_is_lost_while_a_build_writes_and_a_server_reads(corpus: Path, tmp_path: Path) -> None:
    """Backups taken one after another during a build; each of them goes on to the same end."""
    settings, works = metadata_in(tmp_path / "data"), tmp_path / "works"
    shutil.copytree(corpus / "works", works)
    build(settings, [FilesSource("files", [works / "g1.xml"])], [corpus / "vocabulary.ttl"], Quiet())
    command = [sys.executable, "-m", "api.cli.main", "build", str(works)]
    with TestClient(create_app(settings), base_url="http://localhost:8000") as client:
        writer = subprocess.Popen(command, env=environment(settings), stdout=subprocess.DEVNULL)
        taken = []
        while writer.poll() is None:
            taken.append(tmp_path / f"backup {len(taken)}")
            backup(settings, taken[-1])
            assert client.get("/v1/search", params={"q": "library"}).status_code == 200
            time.sleep(0.5)
        assert writer.returncode == 0
    assert taken
    for chosen in {taken[0], taken[len(taken) // 2], taken[-1]}:
        restored = metadata_in(tmp_path / f"from {chosen.name}")
        restore(restored, chosen, Quiet())
        build(restored, [FilesSource("files", [works])], [corpus / "vocabulary.ttl"], Quiet())
        assert state(restored) == state(settings), chosen.name


def test_a_backup_that_is_not_as_it_was_written_is_refused(built: Settings, tmp_path: Path) -> None:
    backup(built, tmp_path / "backup")
    journal = tmp_path / "backup" / "journal.sqlite"
    journal.write_bytes(journal.read_bytes()[:-1] + b"?")
    with pytest.raises(JournalError, match="has changed"):
        restore(settings_in(tmp_path / "data"), tmp_path / "backup", Quiet())
    assert not (tmp_path / "data" / "journal.sqlite").exists()
    manifest = tmp_path / "backup" / "backup.json"
    manifest.write_bytes(manifest.read_bytes().replace(b'"journal.sqlite"', b'"../../journal"'))
    with pytest.raises(JournalError, match="outside"):
        restore(settings_in(tmp_path / "data"), tmp_path / "backup", Quiet())
    with pytest.raises(JournalError, match="no backup"):
        restore(settings_in(tmp_path / "data"), tmp_path / "nowhere", Quiet())


def test_the_commands(built: Settings, tmp_path: Path) -> None:
    written = CliRunner().invoke(app, ["backup", str(tmp_path / "b"), "--data", str(built.data), "--json"])
    assert msgspec.json.decode(written.stdout)["sequence"] > 0
    done = CliRunner().invoke(app, ["restore", str(tmp_path / "b"), "--data", str(tmp_path / "data")])
    assert "statements in the graph" in done.output
