"""Runs inside the peers' environment: `python linkage_peers.py splink|dedupe FOLDER` (see `bench.linkage`).

Both get what their tutorials for two tables without duplicates do, no more and no less.
"""

from __future__ import annotations

import csv
import json
import random
import re
import sys
import time
import unicodedata
from pathlib import Path
from typing import Any

Rows = dict[str, dict[str, Any]]


def tables(folder: Path) -> tuple[Rows, Rows, list[tuple[str, str]]]:
    found = {}
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8", errors="replace", newline="") as file:
            found[path.stem] = list(csv.DictReader(file))
    pairs = min(found.values(), key=lambda rows: len(rows[0]))
    names = [name for name, rows in found.items() if rows is not pairs]
    first = next(iter(pairs[0])).lower().removeprefix("id")
    names.sort(key=lambda name: not name.lower().startswith(first))
    left, right = ({row["id"]: clean(row) for row in found[name]} for name in names)
    truth = [(a, b) for a, b in (tuple(row.values()) for row in pairs)]
    return left, right, truth


def clean(row: dict[str, str]) -> dict[str, Any]:
    """Lower case, no marks: what both libraries' guides ask for before anything else."""
    made: dict[str, Any] = {}
    for name in ("title", "authors", "venue", "year"):
        plain = unicodedata.normalize("NFKD", row[name]).encode("ascii", "ignore").decode().lower()
        made[name] = re.sub(r"[^a-z0-9 ,]+", " ", plain).strip() or None
    return made


def with_splink(left: Rows, right: Rows, _: list[tuple[str, str]]) -> list[tuple[str, str]]:
    import pandas as pd
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    frames = [pd.DataFrame([{"unique_id": key, **row} for key, row in rows.items()]) for rows in (left, right)]
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=[
            cl.JaroWinklerAtThresholds("title"), cl.JaroWinklerAtThresholds("authors"),
            cl.JaroWinklerAtThresholds("venue"), cl.ExactMatch("year"),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("title"), block_on("authors"),
            block_on("substr(title, 1, 12)"), block_on("substr(authors, 1, 10)"),
        ],
    )  # fmt: skip
    linker = Linker(frames, settings, DuckDBAPI(), set_up_basic_logging=False)
    linker.training.estimate_probability_two_random_records_match([block_on("title", "year")], recall=0.8)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("title"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("authors"))
    found = linker.inference.predict(threshold_match_probability=0.9).as_pandas_dataframe()
    pairs = list(zip(found["unique_id_l"], found["unique_id_r"], strict=True))
    return [(a, b) if a in left else (b, a) for a, b in pairs]


def with_dedupe(left: Rows, right: Rows, truth: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Its classifier on labelled pairs, and blocks by beginnings of title and authors. What it does by default,
    choosing the pairs to label and the blocks by itself, did not end within five minutes on these tables."""
    import dedupe
    from dedupe import blocking, predicates
    from dedupe import variables as v

    linker = dedupe.RecordLink(
        [
            v.String("title"), v.String("authors", has_missing=True), v.String("venue", has_missing=True),
            v.Exact("year"),
        ], num_cores=0,
    )  # fmt: skip
    same, other = labelled(left, right, truth)
    pairs = [(left[a], right[b]) for a, b in (*same, *other)]
    linker.classifier.fit(linker.data_model.distances(pairs), [1] * len(same) + [0] * len(other))
    linker.predicates = [
        predicates.SimplePredicate(predicates.sameSevenCharStartPredicate, "title"),
        predicates.SimplePredicate(predicates.sameFiveCharStartPredicate, "authors"),
    ]
    linker._fingerprinter = blocking.Fingerprinter(linker.predicates)
    return [tuple(pair) for pair, _ in linker.join(left, right, threshold=0.5, constraint="one-to-one")]


def labelled(left: Rows, right: Rows, truth: list[tuple[str, str]]) -> tuple[list[Any], list[Any]]:
    """Fifty pairs that match and up to fifty that do not, half of these by people whose names begin alike."""
    draw, matching = random.Random(1), set(truth)
    far = [(draw.choice(list(left)), draw.choice(list(right))) for _ in range(25)]
    alike: dict[str, list[str]] = {}
    for key, row in right.items():
        alike.setdefault((row["authors"] or "")[:5], []).append(key)
    near = [(a, b) for a in draw.sample(list(left), 400) for b in alike.get((left[a]["authors"] or "")[:5], [])[:3]]
    other = [pair for pair in far if pair not in matching] + [pair for pair in near if pair not in matching][:25]
    return draw.sample(truth, 50), other


def main() -> None:
    name, folder = sys.argv[1], Path(sys.argv[2])
    left, right, truth = tables(folder)
    started = time.process_time()
    pairs = {"splink": with_splink, "dedupe": with_dedupe}[name](left, right, truth)
    print(json.dumps({"pairs": pairs, "seconds": time.process_time() - started}))


if __name__ == "__main__":
    main()
