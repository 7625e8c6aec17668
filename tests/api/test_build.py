"""The whole road: restarts, changes, kills, and input that means harm."""

from __future__ import annotations

import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.build import BuildReport, build
from api.settings import Settings, load_settings
from api.watch import Quiet
from bench.crash import canonical_hash, compare
from graph.snapshots import Snapshots
from graph.stores.hashing import store_hash
from graph.stores.oxigraph import OxigraphStore
from ingest.journal.database import Database
from ingest.journal.quarantine import Quarantine, Quarantined
from ingest.sources.files import FilesSource
from ontology.errors import DiskFull, HierarchyCycle, SettingsError, WriterBusy


def settings_in(folder: Path, **given: object) -> Settings:
    return load_settings(data=folder, encoder="none", cores=1, **given)


def run(settings: Settings, works: Path, vocabulary: Path | None = None) -> BuildReport:
    return build(settings, [FilesSource("files", [works])], [vocabulary] if vocabulary else [], Quiet())


def hashed(settings: Settings) -> str:
    current = Snapshots(settings.data / "snapshots").current()
    assert current is not None
    store = OxigraphStore.read_only(current.path)
    try:
        return store_hash(store)
    finally:
        store.close()


def quarantined(settings: Settings) -> list[Quarantined]:
    with Database(settings.journal, read_only=True) as journal:
        return list(Quarantine(journal).entries())


@pytest.fixture
def works(corpus: Path, tmp_path: Path) -> Path:
    """A copy of the built-in corpus that a test may change."""
    return Path(shutil.copytree(corpus / "works", tmp_path / "works"))


def test_a_second_run_has_nothing_to_do(works: Path, corpus: Path, tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "data")
    first = run(settings, works, corpus / "vocabulary.ttl")
    before = hashed(settings)
    second = run(settings, works, corpus / "vocabulary.ttl")
    assert first.counts.works > 5
    assert (second.counts.works, second.quads_added, second.quads_removed) == (0, 0, 0)
    assert second.harvests[0].unchanged == second.harvests[0].seen
    assert hashed(settings) == before


def test_two_builds_of_the_same_input_are_the_same_graph(works: Path, corpus: Path, tmp_path: Path) -> None:
    hashes = set()
    for name in ("one", "two"):
        settings = settings_in(tmp_path / name)
        run(settings, works, corpus / "vocabulary.ttl")
        hashes.add(hashed(settings))
    assert len(hashes) == 1


def test_a_changed_record_replaces_exactly_what_it_said(works: Path, corpus: Path, tmp_path: Path) -> None:
    article = works / "g1.xml"
    original = article.read_text("utf-8")
    fresh, changed = settings_in(tmp_path / "fresh"), settings_in(tmp_path / "changed")
    run(fresh, works, corpus / "vocabulary.ttl")
    article.write_text(original.replace("library", "archive").replace("libraries", "archives"), "utf-8")
    run(changed, works, corpus / "vocabulary.ttl")
    assert hashed(changed) != hashed(fresh)
    article.write_text(original, "utf-8")
    report = run(changed, works, corpus / "vocabulary.ttl")
    assert report.harvests[0].changed == 1
    assert report.quads_removed > 0
    assert hashed(changed) == hashed(fresh)


def test_another_vocabulary_reads_everything_again(works: Path, corpus: Path, tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "data")
    bare = run(settings, works)
    assert run(settings, works, corpus / "vocabulary.ttl").counts.mentions > bare.counts.mentions + 10


def test_a_missing_encoder_is_said_and_tried_again(works: Path, tmp_path: Path) -> None:
    settings = load_settings(data=tmp_path / "data", encoder=f"onnx:{tmp_path / 'nowhere'}", cores=1)
    first, second = run(settings, works), run(settings, works)
    assert first.counts.works > 5
    assert second.counts.works == 0
    for report in (first, second):
        assert any("words only" in note for note in report.notes)


def test_a_second_writer_is_told_who_the_first_is(works: Path, tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "data")
    with Database(settings.journal), pytest.raises(WriterBusy, match=str(os.getpid())):
        run(settings, works)
    assert run(settings, works).counts.works > 5


def test_another_base_is_refused(works: Path, tmp_path: Path) -> None:
    run(settings_in(tmp_path / "data", base_iri="https://one.example"), works)
    before = hashed(settings_in(tmp_path / "data"))
    with pytest.raises(SettingsError, match=r"https://one\.example"):
        run(settings_in(tmp_path / "data", base_iri="https://other.example"), works)
    assert hashed(settings_in(tmp_path / "data")) == before


def _bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.xml", b" " * (64 << 20))


BAD = {
    "truncated.xml": b"<article><front><article-meta><title-group><article-title>Cut",
    "laughs.xml": b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><article><front>&b;</front></article>',
    "encoding.xml": b'<?xml version="1.0" encoding="utf-8"?><article><front>\xff\xfe\x00</front></article>',
    "empty.xml": b"",
    "unknown.bin": bytes(range(256)),
    "broken.json": b'{"DOI": "10.1/x", "title": ["Cut',
    "truncated.xml.gz": gzip.compress(b"<article>" * 1000)[:-20],
}


def test_bad_input_is_named_and_the_rest_goes_on(works: Path, corpus: Path, tmp_path: Path) -> None:
    good = settings_in(tmp_path / "good")
    run(good, works, corpus / "vocabulary.ttl")
    for name, content in BAD.items():
        (works / name).write_bytes(content)
    _bomb(works / "bomb.zip")
    settings = settings_in(tmp_path / "data")
    report = run(settings, works, corpus / "vocabulary.ttl")
    named = {entry.locator.partition("!")[0]: entry for entry in quarantined(settings)}
    assert {*BAD, "bomb.zip"} <= set(named)
    assert report.harvests[0].quarantined >= len(BAD) + 1
    assert {named["bomb.zip"].error, named["empty.xml"].error} == {"ArchiveLimit", "EmptyPayload"}
    assert named["encoding.xml"].error == "EncodingError"
    assert all(entry.message for entry in named.values())
    assert hashed(settings) == hashed(good)


def test_a_vocabulary_with_a_cycle_loads_without_it(works: Path, tmp_path: Path) -> None:
    vocabulary = tmp_path / "cycle.ttl"
    links = "\n".join(
        f'<urn:{a}> a skos:Concept; skos:prefLabel "{a} thing"@en; skos:broader <urn:{b}>.'
        for a, b in ("xy", "yz", "zx")
    )
    vocabulary.write_text(
        f"@prefix skos: <http://www.w3.org/2004/02/skos/core#>.\n<urn:s> a skos:ConceptScheme.\n{links}\n"
    )
    report = run(settings_in(tmp_path / "data"), works, vocabulary)
    assert any("urn:x" in note for note in report.notes)
    assert report.counts.works > 5
    assert issubclass(HierarchyCycle, Exception)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 12 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip(f"mounting a tmpfs needs more rights: {done.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_an_error_and_loses_nothing(works: Path, corpus: Path, small_disk: Path, tmp_path: Path) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(10 << 20))
    settings = settings_in(small_disk / "data", min_free_mb=0)
    with pytest.raises(DiskFull):
        run(settings, works, corpus / "vocabulary.ttl")
    ballast.unlink()
    subprocess.run(["mount", "-o", "remount,size=400m", str(small_disk)], check=True)
    run(settings, works, corpus / "vocabulary.ttl")
    elsewhere = settings_in(tmp_path / "elsewhere")
    run(elsewhere, works, corpus / "vocabulary.ttl")
    assert hashed(settings) == hashed(elsewhere)


@pytest.mark.slow
def test_killed_builds_end_in_the_same_graph(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few kills here; `python -m bench.crash --kills 20` does many."""
    monkeypatch.setenv("GNOMON_ENCODER", "none")
    monkeypatch.setenv("GNOMON_CORES", "1")
    arguments = ["build", str(corpus / "works"), "--vocabulary", str(corpus / "vocabulary.ttl")]
    calm, wild, kills = compare(arguments, 4, 7, tmp_path)
    assert kills >= 4
    assert calm == wild


def test_a_killed_build_leaves_no_lock_and_no_workers(corpus: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "GNOMON_ENCODER": "none", "GNOMON_DATA": str(tmp_path / "data")}
    command = [sys.executable, "-m", "api.cli.main", "build", str(corpus / "works"), "--json"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(random.uniform(1.0, 2.0))
    children = _children(process.pid)
    process.send_signal(signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + 5
    while any(Path(f"/proc/{pid}/cmdline").exists() for pid in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [pid for pid in children if Path(f"/proc/{pid}/cmdline").exists()]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["quads"] > 0
    assert len(canonical_hash(tmp_path / "data")) == 64


def _children(pid: int) -> list[str]:
    tasks = Path(f"/proc/{pid}/task/{pid}/children")
    return tasks.read_text().split() if tasks.exists() else []


def test_every_executor_builds_the_same_graph(works: Path, corpus: Path, tmp_path: Path) -> None:
    hashes = set()
    for name in ("processes", "here"):
        settings = load_settings(data=tmp_path / name, encoder="none", cores=1, executor=name)
        run(settings, works, corpus / "vocabulary.ttl")
        hashes.add(hashed(settings))
    assert len(hashes) == 1
    with pytest.raises(SettingsError, match="no executor is called"):
        run(load_settings(data=tmp_path / "none", encoder="none", executor="nowhere"), works)
