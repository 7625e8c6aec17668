"""`python -m bench.metadata [FOLDER]`: what taking in metadata costs, from files to graph and index.

FOLDER holds volumes of the ACL Anthology (default: the shared data). Builds, without reading texts
and without vectors, a tenth of the volumes and all of them; then all again with nothing changed,
with 1 % of the records changed in whole volumes, and with 1 % changed here and there in all volumes.
Prints, as JSON, for each run: records, seconds and CPU seconds (all processes) in all and for each
stage, records a second, peak memory (PSS of all processes, MB), bytes on disk; and what each re-run
costs of the full one. Wall-clock figures mean something on a quiet machine only.
"""

from __future__ import annotations

import argparse
import gzip
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from api.build import BuildReport

DEFAULT = Path("../shared/data/acl_anthology/xml")
ENVIRONMENT = {"GNOMON_READ": "false", "GNOMON_ENCODER": "none", "PYTHONDONTWRITEBYTECODE": ""}
"""Modules are compiled once, as Python does it by default: three processes that compile all they import at every
start are a second and a half of nobody's work."""
SHARE = 100
"""One record of so many is changed."""
_TITLE = re.compile(rb"(<paper [^>]*>\s*<title>)")
_decode = msgspec.json.Decoder(BuildReport).decode


class Cost(msgspec.Struct, kw_only=True):
    """One run. `stages` maps a stage to (seconds, CPU seconds)."""

    records: int
    seconds: float
    cpu_seconds: float
    records_per_second: float
    records_per_cpu_second: float
    peak_memory_mb: int
    disk_mb: float
    stages: dict[str, tuple[float, float]]


def run(works: Path, data: Path, records: int = 0) -> Cost:
    """Build `works` into `data` in a process of its own; rates are of `records`, or of all it read."""
    command = [sys.executable, "-m", "api.cli.main", "build", str(works), "--data", str(data), "--json"]
    before, started = os.times(), time.perf_counter()
    done = subprocess.run(
        command, env={**os.environ, **ENVIRONMENT}, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    seconds, after = time.perf_counter() - started, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    report = _decode(done.stdout)
    records = records or sum(harvest.records for harvest in report.harvests)
    return Cost(
        records=records, seconds=round(seconds, 1), cpu_seconds=round(cpu, 1),
        records_per_second=round(records / seconds), records_per_cpu_second=round(records / cpu),
        peak_memory_mb=report.peak_memory_mb, disk_mb=round(sum(report.disk_mb.values()), 1),
        stages={s.name: (round(s.seconds, 2), round(s.cpu_seconds, 2)) for s in report.stages if s.seconds > 0.05},
    )  # fmt: skip


def volumes(folder: Path, every: int = 1) -> list[Path]:
    """Every so-many-th volume, in order of names."""
    return sorted(path for path in folder.iterdir() if path.suffix == ".gz")[every // 3 :: every]


def copied(files: Sequence[Path], folder: Path) -> Path:
    folder.mkdir(parents=True)
    for file in files:
        shutil.copy(file, folder / file.name)
    return folder


def change_volumes(folder: Path, records: int) -> int:
    """Change whole volumes, until a hundredth of the records are changed; returns how many are."""
    changed = 0
    for file in _spread(volumes(folder)):
        if changed >= records / SHARE:
            break
        changed += _change(file, lambda number: True)
    return changed


def change_here_and_there(folder: Path) -> int:
    """Change each hundredth record of all; returns how many are changed."""
    changed, seen = 0, 0
    for file in volumes(folder):
        start = seen
        seen += len(_TITLE.findall(gzip.decompress(file.read_bytes())))
        chosen = {n - start for n in range(start, seen) if n % SHARE == 0}
        if chosen:
            changed += _change(file, chosen.__contains__)
    return changed


def _spread(files: Sequence[Path]) -> Iterator[Path]:
    """Files from all over the list: recent volumes cite more and are larger."""
    for offset in range(17):
        yield from files[offset::17]


def _change(file: Path, wanted: Callable[[int], bool]) -> int:
    """Give the wanted papers (by number in the file) another title; returns how many."""
    changed = 0
    number = -1

    def revised(found: re.Match[bytes]) -> bytes:
        nonlocal changed, number
        number += 1
        if not wanted(number):
            return found.group()
        changed += 1
        return found.group() + b"Revised: "

    body = _TITLE.sub(revised, gzip.decompress(file.read_bytes()))
    file.write_bytes(gzip.compress(body, 6))
    return changed


def measure(folder: Path, scratch: Path) -> dict[str, object]:
    """All runs, in order. Each is printed to standard error as it ends."""
    small = run(copied(volumes(folder, 10), scratch / "tenth"), scratch / "small")
    _say("a tenth", small)
    works, data = copied(volumes(folder), scratch / "all"), scratch / "data"
    whole = run(works, data)
    _say("all", whole)
    unchanged = run(works, data, whole.records)
    _say("nothing changed", unchanged)
    count = change_volumes(works, whole.records)
    in_volumes = run(works, data, count)
    _say("1 % changed, in whole volumes", in_volumes)
    count = change_here_and_there(works)
    scattered = run(works, data, count)
    _say("1 % changed, here and there", scattered)
    again = {"nothing changed": unchanged, "1 % in whole volumes": in_volumes, "1 % here and there": scattered}
    share = {name: 100 * cost.cpu_seconds / whole.cpu_seconds for name, cost in again.items()}
    wall = {name: 100 * cost.seconds / whole.seconds for name, cost in again.items()}
    return {
        "a tenth": small, "all": whole, **again,
        "percent of the full run (CPU)": {name: round(percent, 2) for name, percent in share.items()},
        "percent of the full run (wall)": {name: round(percent, 2) for name, percent in wall.items()},
    }  # fmt: skip


def _say(name: str, cost: Cost) -> None:
    print(
        f"{name}: {cost.records:,} records, {cost.seconds} s, {cost.cpu_seconds} CPU s, {cost.peak_memory_mb} MB",
        file=sys.stderr, flush=True,
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=DEFAULT)
    parser.add_argument("--every", type=int, default=1, help="take only every so-many-th volume, for a quick look")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.folder
        if given.every > 1:
            folder = copied(volumes(folder, given.every), Path(scratch) / "chosen")
        found = measure(folder, Path(scratch))
    print(msgspec.json.format(msgspec.json.encode(found), indent=1).decode())


if __name__ == "__main__":
    main()
