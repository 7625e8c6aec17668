"""stub"""

from __future__ import annotations
from collections.abc import Sequence
import msgspec
from ontology.reading import Claim, Mention
from ontology.records import Document, Fragment


class ClaimSettings(msgspec.Struct, frozen=True, kw_only=True):
    least_confidence: float = 0.4


def claims(
    document: Document, parts: Sequence[Fragment], mentions: Sequence[Mention], settings: ClaimSettings
) -> tuple[Claim, ...]:
    return ()
