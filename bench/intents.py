"""What citation intents are told by: `python -m bench.intents [--gold FOLDER]`.

Prints macro F1 on SciCite's development part, as `gnomon evaluate citation-intent` measures it, with other costs of
errors and counts of the hand-labelled sentences: the mean of the draws of folds, the least and the most.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from nlp.evaluation.gold.citing import citing
from nlp.evaluation.gold.parts import files_of
from nlp.evaluation.scores import macro
from nlp.intent_training import DRAWS, HAND, TERMS, held_out, lessons, rows, together


class Way(NamedTuple):
    """How much an error costs, how much a hand-labelled text counts."""

    name: str
    cost: float = TERMS.cost
    hand: float = HAND


WAYS: Final = (
    Way("as it ships"),
    Way("errors cost .3", cost=0.3),
    Way("errors cost 3", cost=3.0),
    Way("hand labels count .25", hand=0.25),
    Way("hand labels count 1", hand=1.0),
    Way("no hand labels", hand=1e-4),
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.intents", description=__doc__)
    parser.add_argument("--gold", type=Path, default=Path("../shared/data/gold"))
    place = parser.parse_args().gold / "scibert_data/text_classification/sci-cite"
    items = [item for file in files_of(place, "dev") for item in citing(file)]
    labels, hand = [item.label for item in items], lessons()
    whole = together([rows(item.text) for item in items], labels, hand)
    print(f"{len(items)} sentences of SciCite, {len(hand.rows):,} labelled by hand, {DRAWS} draws of folds")
    for way in WAYS:
        counted = whole._replace(counts=[1.0] * len(items) + [way.hand] * len(hand.rows))
        draws = held_out(counted, len(items), TERMS._replace(cost=way.cost))
        found = [macro(labels, one.given)[0].value for one in draws]
        print(f"{way.name:<24} {np.mean(found):.3f}, {min(found):.3f} to {max(found):.3f}", flush=True)


if __name__ == "__main__":
    main()
