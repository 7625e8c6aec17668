"""Records drawn at random, field by field beside the passage of the source that says it: for reading by eye.

    python -m bench.spotcheck [PATH…] [--format NAME…] [--records 5] [--seed 1] [--source 3000]
    python -m bench.spotcheck --checked [--format NAME…]

Draws records of each format from the paths (default: the shared data and the golden payloads of the tests).
Each field is printed as it was read, its values one by one with the text around them in the source; what
does not stand there in these words is marked `?` (a date put together, a code translated: see the source).
After the fields comes the source itself, as much as `--source` allows, from where the record begins. Ends with
a table: values printed and values that do not stand in the source, by format and field. What is right only a
reader can say: what readers have said lies in `tests/ingest/data/checked`, and `--checked` prints how many of these
values are read as they should be, by format, and each that is not.
"""

from __future__ import annotations

import argparse
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from html import unescape
from pathlib import Path
from typing import Final

from bench.checked import checks, compared, read
from ingest.formats.detect import detect
from ingest.sources.files import FilesSource
from ontology.agents import AgentRecord, AnyRecord
from ontology.errors import FormatError
from ontology.records import Contributor, Payload, Record

DATA: Final = Path("../shared/data")
GOLDEN: Final = Path("tests/ingest/data/golden")
_SKIPPED: Final = ("vocab", "gold", "w3c_rdf_tests", "extra")
_AROUND: Final = 45
_SHOWN: Final = 4
"""Of a long list the first and the last are printed, so many in all."""
Fields = list[tuple[str, list[str]]]


def drawn(paths: Sequence[Path], formats: set[str], records: int, dice: random.Random) -> dict[str, list[Payload]]:
    """Payloads of each format, so many, each as likely as any other."""
    kept: defaultdict[str, list[Payload]] = defaultdict(list)
    seen: Counter[str] = Counter()
    for entry in FilesSource("spotcheck", paths).harvest():
        if not isinstance(entry, Payload):
            continue
        try:
            name = detect(entry).name
        except FormatError:
            continue
        if formats and name not in formats:
            continue
        seen[name] += 1
        if len(kept[name]) < records:
            kept[name].append(entry)
        elif (at := dice.randrange(seen[name])) < records:
            kept[name][at] = entry
    return kept


def one_of(payload: Payload, dice: random.Random, taken: set[str]) -> AnyRecord | None:
    """One record of a payload that was not taken before."""
    found: list[AnyRecord] = []
    with suppress(FormatError):  # what comes before it counts
        found.extend(entry for entry in detect(payload).parse(payload) if isinstance(entry, Record | AgentRecord))
    found = [one for one in found if f"{payload.locator}#{one.key}" not in taken]
    if not found:
        return None
    chosen = dice.choice(found)
    taken.add(f"{payload.locator}#{chosen.key}")
    return chosen


def fields(record: AnyRecord) -> Fields:
    """Fields with their values as texts, those of a list in order."""
    if isinstance(record, AgentRecord):
        return [
            ("kind", [record.kind]), ("identifiers", [i.value for i in record.identifiers]),
            ("names", [f"{n.text}" for n in record.names]), ("types", list(record.types)),
            ("status", [record.status]), ("established", [str(record.established or "")]),
            ("places", [part for p in record.places for part in (p.town, p.region, p.country_code)]),
            ("relations", [f"{r.name}" for r in record.relations]), ("links", [link.url for link in record.links]),
        ]  # fmt: skip
    venue = record.venue
    return [
        ("kind", [record.kind]), ("identifiers", [i.value for i in record.identifiers]),
        ("titles", [t.text for t in record.titles]), ("abstract", [record.abstract[:60], record.abstract[-40:]]),
        ("abstracts", [f"{t.text[:50]}" for t in record.abstracts]), ("language", [record.language]),
        ("issued", [record.issued]),
        ("venue", [venue.name, *(i.value for i in venue.identifiers), venue.publisher] if venue else []),
        ("volume issue", [record.volume, record.issue]), ("pages", record.pages.split("-")),
        ("publisher", [record.publisher]), ("license", [record.license]),
        ("flags", [n for n in ("retracted", "open_access") if getattr(record, n)]),
        ("people", [text for c in record.contributors for text in _person(c)]),
        ("affiliations", [a.name for c in record.contributors for a in c.affiliations]),
        ("references", [r.title or r.raw[:60] for r in record.references]),
        ("cited ids", [i.value for r in record.references for i in r.identifiers]),
        ("subjects", [s.label for s in record.subjects]),
        ("funding", [text for f in record.funding for text in (f.funder, *f.awards)]),
        ("relations", [r.target.value for r in record.relations]), ("links", [link.url for link in record.links]),
    ]  # fmt: skip


def _person(one: Contributor) -> Iterator[str]:
    yield from (one.given, one.family) if one.family else (one.name,)
    yield from (i.value for i in one.identifiers)


class Source:
    """A payload as text in which values are looked for."""

    def __init__(self, payload: Payload) -> None:
        raw = payload.body.decode("utf-8", "replace")
        self.text = unescape(re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), raw))
        self._words = re.sub(r"<[^<>]*>", " ", self.text)

    def place(self, value: str) -> int:
        """Where the value stands, -1 for nowhere; blanks, case and tags do not count."""
        at = self.text.find(value)
        if at >= 0:
            return at
        pattern = r"[\W_]+".join(map(re.escape, re.findall(r"\w+", value)[:12]))
        for text in (self.text, self._words):
            if pattern and (found := re.search(pattern, text, re.IGNORECASE)):
                return found.start() if text is self.text else len(self.text)
        return -1

    def around(self, at: int, length: int) -> str:
        return " ".join(self.text[max(0, at - _AROUND) : at + length + _AROUND].split()) if at < len(self.text) else "…"


def show(record: AnyRecord, payload: Payload, most: int, tally: Counter[tuple[str, str]]) -> None:
    """One record on the screen."""
    source = Source(payload)
    print(f"\n---- {record.format}  {record.key}  [{payload.locator}]")
    begins: list[int] = []
    for name, every in fields(record):
        values = [value for value in every if value]
        shown = values if len(values) <= _SHOWN else [*values[: _SHOWN - 1], values[-1]]
        print(f"{name} ({len(values)})" if values else f"{name}: nothing")
        for value in values:
            at = source.place(value)
            if name in ("titles", "names", "identifiers") and 0 <= at < len(source.text):
                begins.append(at)
            tally[record.format, name] += 1
            tally[record.format, f"{name}?"] += at < 0
            if value in shown:
                shown_at = source.around(at, len(value[:110])) if at >= 0 else ""
                print(f"  {'?' if at < 0 else ' '} {value[:110]!r}  ←  {shown_at}")
    start = max(0, min(begins, default=0) - most // 3)
    print("source:", source.text[start : start + most])


def checked(formats: set[str]) -> None:
    """The records read by eye: by format how many, of how many files, their fields and values, and values right."""
    tally: defaultdict[str, Counter[str]] = defaultdict(Counter)
    files: defaultdict[str, set[str]] = defaultdict(set)
    for check in checks():
        if formats and check.format not in formats:
            continue
        counts = tally[check.format]
        counts["records"] += 1
        files[check.format].add(check.path)
        for one in compared(check, read(check, DATA)):
            counts.update(fields=1, absent=not one.expected, values=one.values, right=one.right)
            if one.right < one.values:
                print(f"{check.format} {check.key}: {one.field}: {one.expected} read as {one.read}")
    print(f"{'format':18} records  files  fields  absent  values   right")
    for name, counts in sorted(tally.items()):
        _row(name, counts, len(files[name]))
    _row("all", sum(tally.values(), Counter()), sum(map(len, files.values())))


def _row(name: str, counts: Counter[str], files: int) -> None:
    print(f"{name:18} {counts['records']:7} {files:6} {counts['fields']:7} {counts['absent']:7}", end="")
    print(f" {counts['values']:7} {counts['right']:7}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--format", nargs="*", default=[], help="only these")
    parser.add_argument("--records", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--source", type=int, default=3000, help="characters of the source printed with each record")
    parser.add_argument("--checked", action="store_true", help="what was read by eye against what is read now")
    given = parser.parse_args()
    if given.checked:
        checked(set(given.format))
        return
    dice = random.Random(given.seed)
    paths = given.paths or [*(p for p in sorted(DATA.iterdir()) if p.name not in _SKIPPED), GOLDEN]
    tally: Counter[tuple[str, str]] = Counter()
    for name, payloads in sorted(drawn(paths, set(given.format), given.records, dice).items()):
        taken: set[str] = set()
        for turn in range(given.records):
            record = one_of(payloads[turn % len(payloads)], dice, taken)
            if record is not None:
                show(record, payloads[turn % len(payloads)], given.source, tally)
        print(f"\n==== {name}: {len(taken)} records")
    print("\nvalues / not in these words in the source")
    for (name, field), count in sorted(tally.items()):
        if not field.endswith("?"):
            print(f"{name:18} {field:14} {count:5} {tally[name, field + '?']:5}")


if __name__ == "__main__":
    main()
