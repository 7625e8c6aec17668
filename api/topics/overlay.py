"""What curators said about a work's topics, laid over what was read."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ingest.journal.topics import TopicVerdict
from ontology.entities import Work
from ontology.reading import TopicAssignment, TopicReason


def with_verdicts(work: Work, verdicts: Sequence[TopicVerdict]) -> Work:
    """The work without rejected topics and with confirmed ones first, at score 1; as it is where it was not read."""
    if not verdicts or work.reading is None:
        return work
    said = {verdict.concept: verdict for verdict in verdicts}
    found = {topic.concept: topic for topic in work.reading.topics}
    sure = [_confirmed(v, found.get(v.concept)) for v in verdicts if v.verdict == "confirmed"]
    rest = [topic for topic in work.reading.topics if topic.concept not in said]
    return msgspec.structs.replace(work, reading=msgspec.structs.replace(work.reading, topics=(*sure, *rest)))


def _confirmed(verdict: TopicVerdict, topic: TopicAssignment | None) -> TopicAssignment:
    """Score 1: what the machine gave, and the rest for the curator's word."""
    reasons = topic.reasons if topic else ()
    rest = 1.0 - (topic.score if topic else 0.0)
    word = TopicReason(label="", count=0, places=(), weight=rest, witness=f"confirmed by {verdict.decided_by}")
    return TopicAssignment(concept=verdict.concept, score=1.0, reasons=(*reasons, word))
