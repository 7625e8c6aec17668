"""`python -m bench.training [NAME…] [--gold FOLDER]`: make the models of `nlp/data` again.

Names: intents, linking, highlights, entities, relations, keyphrases, abstracts; all where none is given. Training takes
numpy, one core and the gold standards' training parts; the same data give the same files, byte for byte.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from bench.training import abstracts, entities, highlights, intents, keyphrases, linking, relations

DATA: Final = Path(__file__).resolve().parents[2] / "nlp" / "data"
TRAINERS: Final[dict[str, Callable[[Path], Iterator[tuple[str, bytes]]]]] = {
    "intents": intents.models,
    "highlights": highlights.models,
    "entities": entities.models,
    "linking": linking.models,
    "relations": relations.models,
    "keyphrases": keyphrases.models,
    "abstracts": abstracts.models,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.training", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(TRAINERS))
    parser.add_argument("--gold", type=Path, default=Path("../shared/data/gold"))
    asked = parser.parse_args()
    for name in asked.names or TRAINERS:
        started = time.process_time()
        for file, content in TRAINERS[name](asked.gold):
            (DATA / file).write_bytes(content)
            print(f"  {file}: {len(content) / 1e6:.2f} MB, {time.process_time() - started:.0f} s of processor time")


if __name__ == "__main__":
    main()
