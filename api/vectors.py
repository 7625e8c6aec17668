"""Documents with their vectors: those the journal knows, and new ones for the rest; parts of works too, if wanted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
import numpy as np

from graph.search.documents import FragmentDocument, SearchDocument, Vector
from ingest.journal.ledger import Ledger
from nlp.encoders.base import Encoder
from ontology.reading import text_version

_DENSE_PARTS: Final = ("paragraph", "list", "statement", "figure", "table")
MIN_CHARACTERS: Final = 40
"""Of a part's text, below which it says too little to have a meaning of its own."""
Parts = Sequence[FragmentDocument]


class Embedded(msgspec.Struct, frozen=True):
    """Documents, each with its vector (None without encoder or text), and vectors of parts by their IRIs; `made` are
    the new vectors by text version, `versions` those of the texts of each document in their order."""

    pairs: list[tuple[SearchDocument, Vector | None]]
    made: dict[str, bytes] = {}
    versions: list[tuple[str, ...]] = []
    parts: dict[str, Vector] = {}


def embedded(
    documents: Sequence[SearchDocument],
    ledger: Ledger,
    encoder: Encoder | None,
    parts: Sequence[Parts] = (),
    most: int = 0,
) -> Embedded:
    """Give each document its vector, and the first `most` of the parts of each (parallel to the documents) theirs.
    Raises EncoderError where the encoder fails."""
    if encoder is None:
        return Embedded([(document, None) for document in documents])
    own = [text_version(document.embedded_text) for document in documents]
    texts = dict(zip(own, (document.embedded_text for document in documents), strict=True))
    chosen = [chosen_parts(some, most) for some in parts] if most else []
    by_part = {part.iri: text_version(part.text) for some in chosen for part in some}
    texts |= {by_part[part.iri]: part.text for some in chosen for part in some}
    known, made = _known(texts, ledger, encoder)
    vectors = {version: np.frombuffer(body, np.float32) for version, body in known.items()}
    of_parts = [tuple(by_part[part.iri] for part in some) for some in chosen] or [()] * len(own)
    return Embedded(
        [(document, vectors.get(version)) for document, version in zip(documents, own, strict=True)],
        made,
        [(version, *others) for version, others in zip(own, of_parts, strict=True)],
        {iri: vectors[version] for iri, version in by_part.items() if version in vectors},
    )


def chosen_parts(parts: Iterable[FragmentDocument], most: int) -> list[FragmentDocument]:
    """The first `most` that say something by themselves; abstracts have the vector of their work."""
    telling = (
        part
        for part in parts
        if part.kind in _DENSE_PARTS and len(part.text) >= MIN_CHARACTERS and "/abs/" not in part.iri
    )
    return [part for part, _ in zip(telling, range(most), strict=False)]


def _known(texts: dict[str, str], ledger: Ledger, encoder: Encoder) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The vectors of texts by their versions, and those of them that had to be made."""
    known = ledger.vectors(texts, encoder.id)
    missing = {version: text for version, text in texts.items() if version not in known and text}
    if not missing:
        return known, {}
    rows = encoder.encode(list(missing.values()), "passage")
    made = {version: row.astype(np.float32).tobytes() for version, row in zip(missing, rows, strict=True)}
    return known | made, made
