"""Every file below a folder read: what each format yields, how fast, how complete, and what is rejected.

    python -m bench.formats ../shared/data/jats [more paths …] [--rejected all]

Prints for each format the payloads, records and rejections with records and megabytes a CPU second,
then the share of records that have each field, then every rejection with its place and reason (those
of payloads that no reader recognises are counted by folder unless `--rejected all` is given).
"""

from __future__ import annotations

import argparse
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from rich.console import Console
from rich.table import Table

from ingest.formats.base import Rejected
from ingest.formats.detect import detect
from ingest.sources.base import Broken
from ingest.sources.files import FilesSource
from ontology.agents import AgentRecord, AnyRecord
from ontology.errors import FormatError, UnknownFormat
from ontology.records import Payload, Record

_WORK_FIELDS = (
    "identifiers", "titles", "abstract", "language", "issued", "venue", "volume", "pages", "publisher", "license",
    "contributors", "orcids", "affiliations", "references", "cited ids", "subjects", "funding", "relations", "links",
    "full text",
)  # fmt: skip
_AGENT_FIELDS = ("identifiers", "names", "types", "status", "established", "places", "relations", "links")


class Tally:
    """What one format made of the payloads it was given."""

    def __init__(self) -> None:
        self.payloads = self.records = self.rejected = self.bytes = 0
        self.seconds = 0.0
        self.fields: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()

    def add(self, record: AnyRecord) -> None:
        self.records += 1
        self.kinds[record.kind] += 1
        self.fields.update(_agent_fields(record) if isinstance(record, AgentRecord) else _work_fields(record))


class Survey:
    """Reads payloads one by one and keeps the score."""

    def __init__(self) -> None:
        self.tallies: defaultdict[str, Tally] = defaultdict(Tally)
        self.rejections: list[tuple[str, str, str, str, str]] = []
        self.unknown: Counter[str] = Counter()
        self.unknown_locators: list[str] = []

    def take(self, entry: Payload | Broken) -> None:
        if isinstance(entry, Broken):
            self.rejections.append(("-", entry.locator, entry.error.place, entry.error.code, entry.error.message))
            return
        name, begun = "-", time.process_time()
        try:
            reader = detect(entry)
            name = reader.name
            for outcome in reader.parse(entry):
                self._outcome(name, entry.locator, outcome)
        except UnknownFormat:
            self.unknown[str(PurePosixPath(entry.locator).parent)] += 1
            self.unknown_locators.append(entry.locator)
            return
        except FormatError as error:
            self.tallies[name].rejected += 1
            self.rejections.append((name, entry.locator, error.place, error.code, error.message))
        tally = self.tallies[name]
        tally.payloads += 1
        tally.bytes += len(entry.body)
        tally.seconds += time.process_time() - begun

    def _outcome(self, name: str, locator: str, outcome: AnyRecord | Rejected) -> None:
        if isinstance(outcome, Rejected):
            self.tallies[name].rejected += 1
            place = " ".join(filter(None, (outcome.key, outcome.place)))
            self.rejections.append((name, locator, place, outcome.error, outcome.message))
        else:
            self.tallies[name].add(outcome)


def _work_fields(record: Record) -> Iterator[str]:
    said: dict[str, Any] = {
        "orcids": any(i.scheme == "orcid" for c in record.contributors for i in c.identifiers),
        "affiliations": any(c.affiliations for c in record.contributors),
        "cited ids": any(r.identifiers for r in record.references),
        "full text": record.document is not None and record.document.full,
    }
    yield from (name for name in _WORK_FIELDS if said.get(name, getattr(record, name, None)))


def _agent_fields(record: AgentRecord) -> Iterator[str]:
    yield from (name for name in _AGENT_FIELDS if getattr(record, name))


def _show(survey: Survey, console: Console, everything: bool) -> None:
    table = Table("format", "payloads", "records", "rejected", "read", "records/s", "MB/s", "kinds")
    for name, tally in sorted(survey.tallies.items()):
        read = tally.records / max(1, tally.records + tally.rejected)
        rate = (tally.records / max(tally.seconds, 1e-6), tally.bytes / 1e6 / max(tally.seconds, 1e-6))
        kinds = ", ".join(f"{kind} {count}" for kind, count in tally.kinds.most_common(4))
        numbers = (str(tally.payloads), str(tally.records), str(tally.rejected), f"{read:.2%}")
        table.add_row(name, *numbers, f"{rate[0]:,.0f}", f"{rate[1]:.1f}", kinds)
    console.print(table)
    for name, tally in sorted(survey.tallies.items()):
        shown = (field for field in dict.fromkeys((*_WORK_FIELDS, *_AGENT_FIELDS)) if tally.fields[field])
        parts = (f"{field} {tally.fields[field] / max(1, tally.records):.0%}" for field in shown)
        console.print(f"[bold]{name}[/bold]: " + ", ".join(parts), highlight=False)
    for name, locator, place, error, message in survey.rejections:
        console.print(f"rejected {name} {locator} [{place}] {error}: {message}", highlight=False, markup=False)
    for folder, count in sorted(survey.unknown.items()):
        console.print(f"no reader: {count} payloads of {folder}", highlight=False, markup=False)
    for locator in survey.unknown_locators if everything else ():
        console.print(f"no reader: {locator}", highlight=False, markup=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--rejected", choices=("counted", "all"), default="counted")
    asked = parser.parse_args()
    survey = Survey()
    for entry in FilesSource("bench", asked.paths).harvest():
        if isinstance(entry, Payload | Broken):
            survey.take(entry)
    _show(survey, Console(width=160, soft_wrap=True), asked.rejected == "all")


if __name__ == "__main__":
    main()
