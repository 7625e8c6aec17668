"""The text index's fields, and a work's way into them and back.

One more document, the *manifest*, rides in the same index, so that a commit's sequence becomes visible
at exactly the moment its documents do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from hashlib import blake2b
from typing import Any, Final

import msgspec
from tantivy import Document, Schema, SchemaBuilder

from graph.search.base import FacetName
from graph.search.documents import SearchDocument
from graph.search.language import (
    bigram_text,
    compounds,
    local_terms,
    primary,
    segments,
    unspaced_runs,
    without_unspaced,
)

LAYOUT: Final = 4
"""Goes up when fields change; an index of another layout is built anew."""
NO_ROW: Final = -1

WORK, MANIFEST = "work", "manifest"
MANIFESTS: Final = 16
"""Manifests that stand in an index, the newest of which counts (see `manifest_iri`)."""
CITATIONS: Final = "citations"
"""The value of `has:` that is counted from who cites whom."""
FACET_FIELDS: Final[dict[FacetName, str]] = {
    "kind": "kind", "year": "year", "topic": "topic_iri", "author": "author_iri", "organisation": "organisation_iri",
    "venue": "venue_iri", "language": "language", "source": "source", "open_access": "open_access",
    "dataset": "dataset", "has": "has",
}  # fmt: skip
_RAW_FAST: Final = (
    "role", "kind", "language", "source", "open_access", "topic_iri", "author_iri", "organisation_iri", "venue_iri",
    "dataset", "has", "order", "cites",
)  # fmt: skip
MAX_ORDER_CHARACTERS: Final = 60
_UNORDERED: Final = re.compile(r"[^\w ]|_")
"""What does not count when titles are sorted: all but letters, digits and spaces."""
MAX_LOCAL_CHARACTERS: Final = 50_000
"""Of a text that is analysed by the rules of its language; the English analysis reads all of it."""


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
    for name in _RAW_FAST:
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("iri", stored=True, tokenizer_name="raw", index_option="basic")
    for name in ("identifier", "orcid", "abbreviation"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in ("title", "abstract", "body"):
        builder.add_text_field(name, stored=True, tokenizer_name="stemmed")
    for name in ("text", "keyword", "topic", "venue", "organisation"):
        builder.add_text_field(name, tokenizer_name="stemmed")
    for name in ("author", "exact"):
        builder.add_text_field(name, tokenizer_name="exact")
    for name in ("unspaced", "segmented", "local"):
        builder.add_text_field(name, tokenizer_name="spaced")
    for name in ("compound", "backwards"):
        builder.add_text_field(name, tokenizer_name="spaced", index_option="basic")
    for name in ("year", "citations", "row", "space", "fingerprint", "version", "key"):
        builder.add_integer_field(name, indexed=name in ("year", "key", "citations"), fast=True)
    builder.add_bytes_field("rest", stored=True)
    return builder.build()


def of_document(placed: Placed) -> Document:
    """A work as the index keeps it; missing values leave no term, so that facets don't count them."""
    work = placed.document
    fields: dict[str, Any] = {
        "role": WORK, "iri": work.iri, "kind": work.kind, "language": primary(work.language), "source": work.sources,
        "open_access": {True: "yes", False: "no", None: ""}[work.open_access],
        "topic_iri": _distinct(iri for iri, _ in (*work.topics, *work.broader)),
        "author_iri": _distinct((*work.author_iris, *(iri for iri, _ in work.others))),
        "organisation_iri": _distinct(work.organisation_iris),
        "venue_iri": work.venue_iri, "dataset": work.datasets, "has": work.features, "cites": _distinct(work.cites),
        "order": _order(work.title), "orcid": work.orcids,
        "identifier": [spelling for one in work.identifiers for spelling in _spellings(one)],
        "abbreviation": [pair for one in work.abbreviations for pair in _both_ways(*map(str.lower, one))],
        "year": work.year if work.year > 0 else "", "citations": work.citation_count,
        "row": placed.row, "space": placed.space, "fingerprint": placed.fingerprint, "version": version_of(work),
        "key": key_of(work.iri), **_texts(work),
    }  # fmt: skip
    kept = {name: list(value) if isinstance(value, tuple) else value for name, value in fields.items()}
    return Document.from_dict({name: value for name, value in kept.items() if value not in ("", [])}, schema())


def _texts(work: SearchDocument) -> dict[str, Any]:
    """The fields that are searched by words."""
    texts = (work.title, work.abstract)
    labels = [label for _, label in work.topics]
    own = (*texts, *work.keywords, *labels)
    rest = msgspec.structs.replace(work, title="", abstract="", body="")
    written = " ".join((*own, work.body[:MAX_LOCAL_CHARACTERS]))
    long_words = compounds(written, work.language)
    return {
        "title": work.title, "abstract": work.abstract, "body": work.body, "keyword": work.keywords,
        "text": [*texts, *work.keywords], "topic": labels, "venue": work.venue, "author": work.authors,
        "organisation": [name for name in work.organisations if name],
        "exact": [without_unspaced(text) for text in own],
        "unspaced": [run for text in (*own, *work.authors, work.body) for run in bigram_text(text)],
        "segmented": [" ".join(segments(run)) for text in own for run in unspaced_runs(text)],
        "local": " ".join(local_terms(written, work.language)),
        "compound": " ".join(long_words), "backwards": " ".join(word[::-1] for word in long_words),
        "rest": msgspec.msgpack.encode(rest),
    }  # fmt: skip


def to_document(stored: Document, *, body: bool = False) -> SearchDocument:
    """The work back from what is stored."""
    rest = msgspec.msgpack.decode(_rest(stored), type=SearchDocument)
    return msgspec.structs.replace(
        rest,
        title=stored.get_first("title") or "",
        abstract=stored.get_first("abstract") or "",
        body=(stored.get_first("body") or "") if body else "",
    )


def manifest_iri(manifest: Manifest) -> str:
    """Each takes the place of one many commits before. A segment with nothing but the last manifest would become empty
    with the next commit, which begins to merge it with others just before: such a merge comes to nothing, whatever
    it costs. After so many commits it has been merged (tantivy does it by eights)."""
    return f"urn:gnomon:manifest:{manifest.sequence % MANIFESTS}"


def of_manifest(manifest: Manifest) -> Document:
    fields = {"role": MANIFEST, "iri": manifest_iri(manifest), "rest": msgspec.msgpack.encode(manifest)}
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


def key_of(iri: str) -> int:
    """A 63-bit name of a work, in this index and in that of its parts."""
    return _short_hash(iri.encode())


def fingerprint_of(vector: bytes) -> int:
    """A 63-bit name of a vector's bytes."""
    return _short_hash(vector)


def _short_hash(data: bytes) -> int:
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "big") >> 1


def _spellings(identifier: str) -> Sequence[str]:
    """`doi:10.1/x` is found by itself and by its value alone."""
    whole = identifier.lower()
    return (whole, whole.partition(":")[2] or whole)


def _both_ways(short: str, long: str) -> Sequence[str]:
    """An abbreviation is found by either form."""
    return (f"{short}\x1f{long}", f"{long}\x1f{short}")


def _distinct(values: Any) -> list[str]:
    return [value for value in dict.fromkeys(values) if value]


def _order(title: str) -> str:
    """By which titles are sorted: case, quotation marks and the like do not count."""
    return _UNORDERED.sub("", title.casefold()).strip()[:MAX_ORDER_CHARACTERS]
