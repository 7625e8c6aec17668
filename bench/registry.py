"""`python -m bench.registry [--organisations 110000]`: what a whole dump of ROR costs, from file to graph and index.

The dump is invented: a JSON list of organisations of ROR's schema 2, about as long as real ones (2.3 kB each, 250 MB
in all). Builds it, then again with nothing changed, then with one organisation inserted at its top and one in a
hundred renamed. Prints, as JSON, for each run what `bench.metadata` prints.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from bench.metadata import SHARE, run

_KINDS = ("Institute", "University", "College", "Hospital", "Museum", "Archive", "Academy", "Observatory")
_TOWNS = ("Harbour", "Mill", "Bridge", "Abbey", "Castle", "Ferry", "Quarry", "Orchard", "Lantern", "Meadow")


def organisation(number: int, *, renamed: bool = False) -> dict[str, Any]:
    """One organisation, always the same for a number."""
    random = Random(number)
    town = f"{random.choice(_TOWNS)}{random.choice(('ton', 'ham', 'burg', 'ville'))} {number % 4000}"
    name = f"{random.choice(_KINDS)} of {town} {number}" + " (renamed)" * renamed
    return {
        "id": f"https://ror.org/0{number:08}", "status": "active", "types": ["education", "funder"],
        "established": 1800 + number % 220, "domains": [f"x{number}.example.org"],
        "names": [
            {"value": name, "types": ["ror_display", "label"], "lang": "en"},
            {"value": f"Institut {town} {number}", "types": ["label"], "lang": "fr"},
            {"value": f"{town[0]}I{number}", "types": ["acronym"], "lang": None},
        ],
        "locations": [{
            "geonames_id": 1_000_000 + number % 4000,
            "geonames_details": {
                "name": town, "country_code": "NL", "country_name": "The Netherlands", "lat": 52.0, "lng": 4.0,
                "country_subdivision_name": "Zuid-Holland", "continent_code": "EU", "continent_name": "Europe",
            },
        }],
        "external_ids": [
            {"type": "wikidata", "preferred": f"Q{number}", "all": [f"Q{number}"]},
            {"type": "isni", "preferred": None, "all": [f"0000 0001 {number // 10_000:04} {number % 10_000:04}"]},
        ],
        "relationships": [
            {"type": "related", "label": f"Partner {number + at}", "id": f"https://ror.org/0{number + at:08}"}
            for at in range(1, 1 + number % 4)
        ],
        "links": [{"type": "website", "value": f"https://x{number}.example.org/"}],
        "admin": {"created": {"date": "2020-01-01", "schema_version": "1.0"}, "note": "n" * 900},
    }  # fmt: skip


def written(path: Path, organisations: Iterator[dict[str, Any]]) -> Path:
    """The dump as a file, indented as ROR's are."""
    with path.open("w", encoding="utf-8") as out:
        out.write("[")
        for at, one in enumerate(organisations):
            out.write((",\n" if at else "\n") + json.dumps(one, indent=1))
        out.write("\n]\n")
    return path


def measure(count: int, scratch: Path) -> dict[str, object]:
    """All runs, in order."""
    dump, data = scratch / "ror.json", scratch / "data"
    written(dump, (organisation(number) for number in range(count)))
    size = dump.stat().st_size / 1e6
    first, unchanged = run(dump, data), run(dump, data, count)
    numbers = [count, *range(count)]
    written(dump, (organisation(number, renamed=number % SHARE == 0) for number in numbers))
    changed = run(dump, data)
    share = {"nothing changed": unchanged, "1 % renamed, one inserted": changed}
    return {
        "MB": round(size), "all": first, **share,
        "percent of the full run (CPU)": {
            name: round(100 * cost.cpu_seconds / first.cpu_seconds, 2) for name, cost in share.items()
        },
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--organisations", type=int, default=110_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        found = measure(given.organisations, Path(scratch))
    print(msgspec.json.format(msgspec.json.encode(found), indent=1).decode())


if __name__ == "__main__":
    main()
