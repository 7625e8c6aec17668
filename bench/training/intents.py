"""Citation intents from SciCite (Apache-2.0), all its parts but the test part, and from hand-labelled sentences."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.training.contexts import labelled
from nlp.evaluation.gold.citing import citing
from nlp.intent_training import Lessons, held_out, packed, rows, together, train


def models(gold: Path) -> Iterator[tuple[str, bytes]]:
    """(file name, content) of what is trained here."""
    folder = gold / "scibert_data" / "text_classification" / "sci-cite"
    items = [item for file in sorted(folder.glob("*")) if "test" not in file.name for item in citing(file)]
    by_hand = list(labelled(gold.parent))
    hand = Lessons([rows(one.text) for one in by_hand], [one.label for one in by_hand])
    print(f"intents: {len(items)} citing sentences of SciCite, {len(by_hand)} labelled by hand")
    yield "intent_lessons.npz", packed(hand)
    lessons = together([rows(item.text) for item in items], [item.label for item in items], hand)
    model = train(lessons)
    model.temperature = float(np.mean([one.temperature for one in held_out(lessons, len(items))]))
    yield "intents.npz", model.packed()
