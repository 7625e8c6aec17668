"""`gnomon build`, `sample`: run the road and say what came of it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from api.backup import backup, restore
from api.build import BuildReport
from api.harvesting.running import run_build
from api.settings import load_settings
from api.watch import Bars, JsonLines, Watcher
from ingest.sources.base import Source
from ingest.sources.files import FilesSource
from ingest.sources.samples import sample
from ontology.errors import SettingsError
from ontology.vocabularies.base import DescribedFile
from ontology.vocabularies.columns import columns_said


@contextmanager
def watching(as_json: bool) -> Iterator[Watcher]:
    """Bars for a person, JSON lines for a program; both on standard error."""
    if as_json:
        yield JsonLines()
        return
    with Bars() as bars:
        yield bars


def build_files(
    paths: Sequence[str],
    vocabularies: Sequence[Path | DescribedFile],
    source: str,
    as_json: bool,
    **given: object,
) -> None:
    """Add files to a source. What is missing among them stays: only a named source has all there is."""
    settings = load_settings(**given)
    sources: list[Source] = [FilesSource(source, [Path(path) for path in paths])]
    with watching(as_json) as watch:
        report = run_build(settings, sources, vocabularies, watch)
    show(report, as_json)


def described(paths: Sequence[Path], columns: Sequence[str], separator: str) -> list[Path | DescribedFile]:
    """Vocabulary files with the columns that are said of the one among them. SettingsError where there are several,
    ColumnError where the columns make no sense."""
    if not columns:
        return list(paths)
    if len(paths) != 1:
        raise SettingsError(
            f"columns are said, and {len(paths)} vocabulary files", place="--column",
            hint="build with each table by itself: what its columns are is kept",
        )  # fmt: skip
    return [DescribedFile(paths[0], columns_said(columns, separator))]


def build_sample(name: str, as_json: bool, **given: object) -> None:
    settings = load_settings(**given)
    started = time.perf_counter()
    with watching(as_json) as watch:
        found = sample(
            name, settings.data / "samples", lambda what, done, total: watch.note(f"fetched {what} ({done} of {total})")
        )
        for note in (*found.notes, *found.credits):
            watch.note(note)
        report = run_build(settings, found.sources, found.vocabularies, watch)
    show(report, as_json, time.perf_counter() - started)


def write_backup(folder: Path, as_json: bool, **given: object) -> None:
    manifest = backup(load_settings(**given), folder)
    if as_json:
        print(msgspec.json.encode(manifest).decode())
        return
    size = sum(file.size for file in manifest.files)
    print(f"{folder}: {len(manifest.files)} files, {size:,} bytes, as of commit {manifest.sequence}")


def restore_backup(folder: Path, as_json: bool, **given: object) -> None:
    with watching(as_json) as watch:
        report = restore(load_settings(**given), folder, watch)
    show(report, as_json)


def show(report: BuildReport, as_json: bool, seconds: float = 0.0) -> None:
    """The report as JSON, or as a few lines for a person."""
    if as_json:
        print(msgspec.json.encode(report).decode())
        return
    counts = report.counts
    made = ", ".join(
        f"{getattr(counts, name):,} {name}" for name in msgspec.structs.asdict(counts) if getattr(counts, name)
    )
    total = seconds or sum(stage.seconds for stage in report.stages)
    first = f"Written: {made}" if made else "Nothing has changed"
    print(f"{first}. {report.quads:,} statements in the graph ({total:.1f} s).")
