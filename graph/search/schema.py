"""The text index's fields, and a work's way into them and back.

One more document, the *manifest*, rides in the same index, so that a commit's sequence becomes visible
at exactly the moment its documents do.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from hashlib import blake2b
from typing import Any, Final

import msgspec
from tantivy import Document, Schema, SchemaBuilder

from graph.search.base import FacetName, SearchDocument
from graph.search.language import bigram_text, without_unspaced

LAYOUT: Final = 1
"""Goes up when fields change; an index of another layout is built anew."""
NO_ROW: Final = -1

WORK, MANIFEST = "work", "manifest"
MANIFEST_IRI: Final = "urn:gnomon:manifest"
FACET_FIELDS: Final[dict[FacetName, str]] = {
    "kind": "kind", "year": "year", "topic": "topic_iri", "author": "author_iri", "venue": "venue_iri",
    "language": "language", "source": "source", "open_access": "open_access",
}  # fmt: skip


class Manifest(msgspec.Struct, frozen=True):
    """What the last commit made true: its sequence and whose vectors it holds."""

    sequence: int = 0
    encoder_id: str = ""
    dimensions: int = 0


class Placed(msgspec.Struct, frozen=True):
    """A document with the row of its vector (`NO_ROW`: none) in the file of `space` (see `space_of`)
    and the fingerprint of that vector."""

    document: SearchDocument
    row: int = NO_ROW
    space: int = 0
    fingerprint: int = 0


@cache
def schema() -> Schema:
    builder = SchemaBuilder()
    for name in ("role", "kind", "language", "source", "open_access", "topic_iri", "author_iri", "venue_iri"):
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("iri", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("identifier", tokenizer_name="raw", index_option="basic")
    for name in ("title", "abstract", "body"):
        builder.add_text_field(name, stored=True, tokenizer_name="stemmed")
    for name in ("keyword", "topic", "venue"):
        builder.add_text_field(name, tokenizer_name="stemmed")
    for name in ("author", "exact"):
        builder.add_text_field(name, tokenizer_name="exact")
    builder.add_text_field("unspaced", tokenizer_name="spaced")
    for name in ("year", "citations", "row", "space", "fingerprint", "version"):
        builder.add_integer_field(name, indexed=name in ("year", "row"), fast=True)
    builder.add_bytes_field("rest", stored=True)
    return builder.build()


def of_document(placed: Placed) -> Document:
    """A work as the index keeps it; missing values leave no term, so that facets don't count them."""
    work = placed.document
    texts = (work.title, work.abstract)
    own = (*work.keywords, *(label for _, label in work.topics))
    rest = msgspec.structs.replace(work, title="", abstract="", body="")
    fields: dict[str, Any] = {
        "role": WORK, "iri": work.iri, "kind": work.kind, "language": work.language, "source": work.sources,
        "open_access": {True: "true", False: "false", None: ""}[work.open_access],
        "topic_iri": [iri for iri, _ in work.topics], "author_iri": work.author_iris, "venue_iri": work.venue_iri,
        "identifier": [spelling for one in work.identifiers for spelling in _spellings(one)],
        "title": work.title, "abstract": work.abstract, "body": work.body, "keyword": work.keywords,
        "topic": [label for _, label in work.topics], "venue": work.venue, "author": work.authors,
        "exact": [without_unspaced(text) for text in (*texts, *own)],
        "unspaced": [run for text in (*texts, *own, *work.authors, work.body) for run in bigram_text(text)],
        "citations": work.citation_count, "row": placed.row, "space": placed.space,
        "fingerprint": placed.fingerprint, "version": version_of(work), "rest": msgspec.msgpack.encode(rest),
    }  # fmt: skip
    if work.year > 0:
        fields["year"] = work.year
    kept = {name: list(value) if isinstance(value, tuple) else value for name, value in fields.items()}
    return Document.from_dict({name: value for name, value in kept.items() if value not in ("", [])}, schema())


def to_document(stored: Document, *, body: bool = False) -> SearchDocument:
    """The work back from what is stored."""
    rest = msgspec.msgpack.decode(_rest(stored), type=SearchDocument)
    return msgspec.structs.replace(
        rest,
        title=stored.get_first("title") or "",
        abstract=stored.get_first("abstract") or "",
        body=(stored.get_first("body") or "") if body else "",
    )


def of_manifest(manifest: Manifest) -> Document:
    fields = {"role": MANIFEST, "iri": MANIFEST_IRI, "rest": msgspec.msgpack.encode(manifest)}
    return Document.from_dict(fields, schema())


def to_manifest(stored: Document) -> Manifest:
    return msgspec.msgpack.decode(_rest(stored), type=Manifest)


def _rest(stored: Document) -> bytes:
    return stored["rest"][0]  # type: ignore[no-any-return]


def version_of(work: SearchDocument) -> int:
    """A 63-bit name of IRI and content: equal where an index holds the same of a work."""
    return _short_hash(msgspec.msgpack.encode(work))


def space_of(encoder_id: str, dimensions: int) -> int:
    """A 63-bit name of the space vectors lie in; 0 where there is no encoder."""
    return _short_hash(f"{encoder_id}\x1f{dimensions}".encode()) if encoder_id else 0


def fingerprint_of(vector: bytes) -> int:
    """A 63-bit name of a vector's bytes."""
    return _short_hash(vector)


def _short_hash(data: bytes) -> int:
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "big") >> 1


def _spellings(identifier: str) -> Sequence[str]:
    """`doi:10.1/x` is found by itself and by its value alone."""
    whole = identifier.lower()
    return (whole, whole.partition(":")[2] or whole)
