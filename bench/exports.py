"""Works as files: what a page of data leaves out of long texts, and packages for the validator of RO-Crates.

`python -m bench.exports DATA` describes the works with most parts as `/data` does and as files do. With `--crates
FOLDER` it writes the package of the first of them and that of a search there, for `rocrate-validator validate -p
ro-crate-1.2 -l recommended FILE` (roc-validator 0.13, in an environment of its own: it wants rich 13.9, and fetches
RO-Crate's context).
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Final

from api.exporting import found, single
from api.settings import load_settings
from api.wiring import Services
from graph.describe import description, whole
from graph.discovery.ask import rows
from graph.search.base import SearchRequest

_LONGEST: Final = """SELECT ?w (count(*) AS ?parts) { ?w a gn:Work . GRAPH ?g { ?p dct:isPartOf ?w } }
    GROUP BY ?w ORDER BY DESC(?parts) ?w LIMIT """
_QUERY: Final = "retrieval"


def longest(here: Services, most: int) -> list[str]:
    """Print how the longest works are described; their IRIs."""
    iris = []
    print("parts  /data  limited  file  limited  seconds (processor)")
    for row in rows(here.store, f"{_LONGEST}{most}"):
        begun = time.process_time()
        shown = description(here.store, row["w"])
        between = time.process_time()
        full = whole(here.store, row["w"])
        took = f"{between - begun:.2f} {time.process_time() - between:.2f}"
        print(row["parts"], len(shown.lines), shown.limited, len(full.lines), full.limited, took, row["w"], sep="  ")
        iris.append(row["w"])
    return iris


def crates(here: Services, iri: str, folder: Path) -> None:
    """Write a work's package and a search's."""
    folder.mkdir(parents=True, exist_ok=True)
    asked = SearchRequest(query=_QUERY)
    for name, pieces in (
        ("work", single(here, iri, "rocrate")),
        (
            "search",
            found(here, asked, "rocrate", 5, f"/v1/search/export?format=rocrate&limit=5&mode=lexical&q={_QUERY}"),
        ),
    ):
        file = folder / f"{name}.crate.zip"
        file.write_bytes(b"".join(pieces))
        print(file, file.stat().st_size)


def main() -> None:
    """As the module says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--works", type=int, default=3)
    parser.add_argument("--crates", type=Path)
    given = parser.parse_args()
    here = Services(load_settings(data=given.data))
    try:
        iris = longest(here, given.works)
        if given.crates:
            crates(here, iris[0], given.crates)
    finally:
        here.close()


if __name__ == "__main__":
    main()
