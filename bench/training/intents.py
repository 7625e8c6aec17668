"""Citation intents from SciCite (Apache-2.0): all its parts but the test part."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nlp.evaluation.gold.citing import citing
from nlp.intents import BALANCE, BITS, features
from nlp.learned.hashing import rows_of
from nlp.learned.logistic import cross_validated, train


def models(gold: Path) -> Iterator[tuple[str, bytes]]:
    """(file name, content) of what is trained here."""
    folder = gold / "scibert_data" / "text_classification" / "sci-cite"
    items = [item for file in sorted(folder.glob("*")) if "test" not in file.name for item in citing(file)]
    print(f"intents: {len(items)} citing sentences")
    examples = [rows_of(features(item.text), BITS) for item in items]
    labels = [item.label for item in items]
    model = train(examples, labels, bits=BITS, balance=BALANCE)
    model.temperature = cross_validated(examples, labels, bits=BITS, balance=BALANCE).temperature
    yield "intents.npz", model.packed()
