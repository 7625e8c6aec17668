"""`python -m bench.replay --data FOLDER [--sample 1000] [--each 25]`: read works again and compare with what is stored.

Prints, as JSON, how many of the sampled mentions stand verbatim in their text, and how many mentions and
claims the same reader makes again exactly: same place, concept, confidence, roles and polarity. Works are
drawn in a fixed random order; of each all claims are compared and at most `--each` mentions, so that fewer of these
make room for more claims.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

import msgspec

from api.library import Library
from api.rereading import Rereader
from api.settings import load_settings
from ingest.journal.database import Database
from ontology.errors import SettingsError


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.replay", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sample", type=int, default=1_000)
    parser.add_argument("--each", type=int, default=25)
    asked = parser.parse_args()
    settings = load_settings(data=asked.data)
    with Database(settings.journal, read_only=True) as database:
        rereader = Rereader(database, Library(settings.data, settings.base), settings.base)
        numbers = rereader.numbers()
        random.Random(20261127).shuffle(numbers)
        found = rereader.replay(numbers, asked.sample, asked.each)
    if not found.mentions:
        raise SettingsError(
            "no text here was read by this version of the reader", place=str(asked.data), hint="build the folder again"
        )
    print(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())


if __name__ == "__main__":
    main()
