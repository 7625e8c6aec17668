"""Problem, contribution and result sentences from ACLSum's training part (MIT), beside the gold standards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nlp.evaluation.gold.aclsum import aclsum
from nlp.highlights import BITS, NONE, features
from nlp.learned.hashing import rows_of
from nlp.learned.logistic import cross_validated, train


def models(gold: Path) -> Iterator[tuple[str, bytes]]:
    """(file name, content) of what is trained here."""
    found = [s for paper in aclsum(gold.parent / "aclsum" / "train.jsonl") for s in paper]
    print(f"highlights: {len(found)} sentences")
    examples = [rows_of(features(s.text, s.place, s.number, s.count), BITS) for s in found]
    labels = [s.roles[0] if s.roles else NONE for s in found]
    model = train(examples, labels, bits=BITS, balance=0.5, epochs=10)
    model.temperature = cross_validated(examples, labels, bits=BITS, balance=0.5, epochs=10).temperature
    yield "highlights.npz", model.packed()
