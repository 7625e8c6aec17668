"""What records state about how their works are related to others, so that both ends know of it. Pure."""

from __future__ import annotations

from typing import Final

from ingest.identity.text import number_of
from ontology.identifiers import WORK_SCHEMES, Identifier, same_as
from ontology.records import Record

_STATED: Final = 0x5A5A_A5A5_5A5A_A5A5
_PAIRS: Final = (
    ("IsVersionOf", "HasVersion"), ("IsNewVersionOf", "IsPreviousVersionOf"), ("IsTranslationOf", "HasTranslation"),
    ("Corrects", "IsCorrectedBy"), ("Retracts", "IsRetractedBy"), ("Obsoletes", "IsObsoletedBy"),
    ("IsVariantFormOf", "IsOriginalFormOf"), ("IsSupplementTo", "IsSupplementedBy"), ("Reviews", "IsReviewedBy"),
    ("IsDerivedFrom", "IsSourceOf"), ("Continues", "IsContinuedBy"), ("Documents", "IsDocumentedBy"),
)  # fmt: skip
INVERSE: Final = {**dict(_PAIRS), **{back: kind for kind, back in _PAIRS}}
"""Relation → what it is seen from the other end. Citations and parts are left to queries: there may be any number."""
VERSIONS: Final = frozenset(kind for pair in _PAIRS[:3] for kind in pair)
"""Relations between forms of one piece of work."""
_NOTICES: Final = {("retraction", "Obsoletes"): "Retracts", ("correction", "IsSupplementTo"): "Corrects"}
"""What a notice does to the work it names, where its source has no word of its own for that."""


def states(record: Record) -> tuple[tuple[str, str], ...]:
    """Relations that hold both ways, as (kind, identifier of the other work)."""
    found = ((_NOTICES.get((record.kind, r.kind), r.kind), same_as(r.target) or r.target) for r in record.relations)
    return tuple(dict.fromkeys((kind, str(one)) for kind, one in found if kind in INVERSE and _names_a_work(one)))


def _names_a_work(one: Identifier) -> bool:
    return one.scheme in WORK_SCHEMES


def stated_keys(said: tuple[tuple[str, str], ...]) -> set[int]:
    """Keys by which the works that such statements name find who made them."""
    return {stating(number_of(f"w:{target}")) for _, target in said}


def stating(key: int) -> int:
    """The key by which a statement names the work with this key, and back."""
    return key ^ _STATED
