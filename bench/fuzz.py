"""Coverage-guided fuzzing of every reader: nothing but typed errors may come out, and no invariant may break.

    python -m bench.fuzz --seconds 60 [--patience 30] [--format jats] [--format ris …] [--shared ../shared/data]

`--seconds` are seconds of processor time, so that a busy machine makes it last longer and not less thorough: up to
`--patience` seconds by the clock for each. The corpus of a reader is kept, so that a later run goes on from it.

Each reader is fuzzed in a process of its own by atheris (libFuzzer), from the golden fixtures of the tests
and, where they are there, small real files. An input that makes a reader raise anything but a FormatError,
write a record that cannot be read back, or a document whose fragments lie outside its text is kept in
`.build/fuzz/<format>/` and reported; so is one that takes more than `TIMEOUT` seconds or `MEMORY` MB.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import signal
import subprocess
import sys
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

TIMEOUT: Final = 20
"""Seconds of processor time one input may take."""
MEMORY: Final = 2_048
"""Megabytes one process may take."""
MAX_INPUT: Final = 64 * 1024
"""Bytes of one input."""
PATIENCE: Final = 30
"""Seconds of wall time for each second of processor time, after which a reader's run ends all the same, unless told."""
SEEDS: Final = 40
"""Real files of a format that are started from, the smallest first."""

GOLDEN: Final = Path("tests/ingest/data/golden")
WORK: Final = Path(".build/fuzz")
_STATS: Final = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
_COVERAGE: Final = re.compile(r"cov: (\d+)")


class Verdict(msgspec.Struct, frozen=True):
    """What fuzzing one reader came to."""

    format: str
    cpu_seconds: float
    executions: int
    coverage: int
    crashes: tuple[str, ...]


def fuzz(name: str, seconds: int, patience: int, shared: Path | None) -> Verdict:
    """Fuzz one reader in a process of its own."""
    folder = WORK / name
    corpus, seeds = folder / "corpus", folder / "seeds"
    for each in (corpus, seeds):
        each.mkdir(parents=True, exist_ok=True)
    for number, body in enumerate(_seeds(name, shared)):
        (seeds / str(number)).write_bytes(body)
    before = {path.name for path in folder.iterdir()}
    command = [sys.executable, "-m", "bench.fuzz", "--child", name]
    command += ["--seconds", str(seconds), "--patience", str(patience)]
    started = _children_cpu()
    run = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    used = _children_cpu() - started
    found = tuple(str(path) for path in sorted(folder.iterdir()) if path.name not in before and path.is_file())
    said = run.stderr + run.stdout
    if run.returncode and not found:
        (folder / "crash-log.txt").write_text(said[-20_000:])
        found = (str(folder / "crash-log.txt"),)
    for path in found:
        Path(f"{path}.txt").write_text(said[-20_000:])
    executions = [int(hit) for hit in _STATS.findall(said)]
    coverage = [int(hit) for hit in _COVERAGE.findall(said)]
    return Verdict(name, used, max(executions, default=0), max(coverage, default=0), found)


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _seeds(name: str, shared: Path | None) -> Iterator[bytes]:
    """The golden fixture of a format and small real payloads that its reader takes."""
    from ingest.formats.detect import detect
    from ingest.sources.files import FilesSource
    from ontology.errors import FormatError
    from ontology.records import Payload

    for path in (*GOLDEN.glob(f"{name}.*"), *GOLDEN.glob(f"{name}-*")):
        if path.suffix != ".expected":
            yield path.read_bytes()
    taken = 0
    for path in sorted(shared.iterdir()) if shared else ():
        if path.name in ("gold", "vocab", "w3c_rdf_tests", "extra") or taken >= SEEDS:
            continue
        for entry in FilesSource("seeds", [path]).harvest():
            if not isinstance(entry, Payload) or len(entry.body) > MAX_INPUT:
                continue
            try:
                mine = detect(entry).name == name
            except FormatError:
                continue
            if mine and (taken := taken + 1) <= SEEDS:
                yield entry.body


def child(name: str, seconds: int, patience: int) -> None:
    """Run atheris for so many seconds of processor time; does not return."""
    import atheris

    with atheris.instrument_imports(include=["ingest", "ontology"]):
        from ingest.formats.detect import FORMATS

        reader = FORMATS.get(name)
        from ontology.errors import FormatError
        from ontology.records import Payload

    until = time.process_time() + seconds

    def one(data: bytes) -> None:
        started = time.process_time()
        if started > until:
            os.kill(os.getpid(), signal.SIGUSR1)  # libFuzzer's sign to end in good order
        try:
            for entry in reader.parse(Payload(source="fuzz", locator="fuzz/P18-1001", body=data)):
                _judge(entry)
        except FormatError:
            pass
        assert time.process_time() - started < TIMEOUT, "this input took too long"

    folder = WORK / name
    arguments = [
        "fuzz", str(folder / "corpus"), str(folder / "seeds"),
        f"-max_total_time={seconds * patience}", f"-timeout={TIMEOUT * PATIENCE}",
        f"-report_slow_units={TIMEOUT * PATIENCE}",
        f"-rss_limit_mb={MEMORY}", f"-max_len={MAX_INPUT}", f"-artifact_prefix={folder}/", "-print_final_stats=1",
    ]  # fmt: skip
    atheris.Setup(arguments, one)
    atheris.Fuzz()


def _judge(entry: object) -> None:
    """A record can be written down and read back; its fragments are slices of an NFC text."""
    from ontology.records import Record

    assert msgspec.json.decode(msgspec.json.encode(entry), type=type(entry)) == entry
    document = entry.document if isinstance(entry, Record) else None
    if document is not None:
        assert unicodedata.is_normalized("NFC", document.text)
        assert all(0 <= f.begin <= f.end <= len(document.text) for f in document.fragments)
        assert len({f.path for f in document.fragments}) == len(document.fragments)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60, help="of processor time for each reader")
    parser.add_argument("--patience", type=int, default=PATIENCE, help="seconds by the clock for each of these")
    parser.add_argument("--format", action="append", default=[], dest="formats")
    parser.add_argument("--shared", type=Path, default=Path("../shared/data"))
    parser.add_argument("--child", default="", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        child(asked.child, asked.seconds, asked.patience)
        return
    from ingest.formats.detect import FORMATS

    failed = False
    for name in asked.formats or sorted(FORMATS):
        verdict = fuzz(name, asked.seconds, asked.patience, asked.shared if asked.shared.is_dir() else None)
        failed = failed or bool(verdict.crashes)
        outcome = f"found: {', '.join(verdict.crashes)}" if verdict.crashes else "nothing but typed errors"
        counts = (
            f"{verdict.cpu_seconds:>6.0f} CPU s, {verdict.executions:>9,} inputs, {verdict.coverage:>6,} edges covered"
        )
        print(f"{name:17} {counts}: {outcome}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
