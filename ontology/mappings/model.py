"""A mapping: two concepts, how they relate, and where the statement comes from (SSSOM's slots under plain names)."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from ontology.curation.edits import MatchKind

MappingState = Literal["offered", "proposed", "accepted", "rejected"]
"""Offered by comparison of labels, proposed by somebody, standing in a vocabulary, turned down for good."""
PREDICATES: Final[dict[MatchKind, str]] = {
    "exact": "skos:exactMatch", "close": "skos:closeMatch", "broad": "skos:broadMatch", "narrow": "skos:narrowMatch",
    "related": "skos:relatedMatch",
}  # fmt: skip
MANUAL: Final = "semapv:ManualMappingCuration"
LEXICAL: Final = "semapv:LexicalMatching"
UNSPECIFIED: Final = "semapv:UnspecifiedMatching"


class Mapping(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`subject` and `object` are IRIs; `confidence` lies in [0, 1], None where nothing is said of it. `negated` says
    that it is not so. `justification` is a term of the Semantic Mapping Vocabulary (semapv)."""

    subject: str
    object: str
    predicate: MatchKind = "exact"
    subject_label: str = ""
    object_label: str = ""
    justification: str = UNSPECIFIED
    confidence: float | None = None
    author: str = ""
    reviewer: str = ""
    date: str = ""
    tool: str = ""
    comment: str = ""
    negated: bool = False

    @property
    def pair(self) -> frozenset[str]:
        """The two concepts, whichever way round."""
        return frozenset((self.subject, self.object))
