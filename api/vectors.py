"""Documents with their vectors: those the journal knows, and new ones for the rest."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from graph.search.documents import SearchDocument, Vector
from ingest.journal.ledger import Ledger
from nlp.encoders.base import Encoder
from ontology.reading import text_version


class Embedded(msgspec.Struct, frozen=True):
    """Documents, each with its vector (None without encoder or text); `made` are the new vectors by text version,
    `versions` the documents' text versions in their order."""

    pairs: list[tuple[SearchDocument, Vector | None]]
    made: dict[str, bytes]
    versions: list[str]


def embedded(documents: Sequence[SearchDocument], ledger: Ledger, encoder: Encoder | None) -> Embedded:
    """Give each document its vector. Raises EncoderError where the encoder fails."""
    if encoder is None:
        return Embedded([(document, None) for document in documents], {}, [])
    versions = [text_version(document.embedded_text) for document in documents]
    known = ledger.vectors(set(versions), encoder.id)
    missing = {
        version: document.embedded_text
        for version, document in zip(versions, documents, strict=True)
        if version not in known and document.embedded_text
    }
    made: dict[str, bytes] = {}
    if missing:
        rows = encoder.encode(list(missing.values()), "passage")
        made = {version: row.astype(np.float32).tobytes() for version, row in zip(missing, rows, strict=True)}
    known |= made
    pairs = [
        (document, np.frombuffer(known[version], np.float32) if version in known else None)
        for version, document in zip(versions, documents, strict=True)
    ]
    return Embedded(pairs, made, versions)
