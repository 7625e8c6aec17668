"""Graphs as documents: Turtle, TriG, N-Triples, N-Quads, JSON-LD and RDF/XML, out and in.

Statements are written one after another, never gathered in memory. Formats without named graphs
hold the statements of whatever graphs they are given, merged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import IO, Final

import msgspec

from graph.stores.oxigraph import decode, encode
from ontology.errors import PayloadTooLarge, StoreError
from ontology.namespaces import PREFIXES

MAX_BYTES: Final = 256 << 20
"""Largest document read."""
_NOT_IN_XML: Final = re.compile(r"(?<!\\)(?:\\\\)*\\(?:[bf]|u00[01]|uFFF[EF])")


class Format(msgspec.Struct, frozen=True):
    """A serialisation; `graphs` tells whether it can name graphs, `rdflib` what rdflib calls it."""

    name: str
    media: str
    suffix: str
    graphs: bool
    rdflib: str


FORMATS: Final = {
    form.name: form
    for form in (
        Format("turtle", "text/turtle", ".ttl", False, "turtle"),
        Format("trig", "application/trig", ".trig", True, "trig"),
        Format("ntriples", "application/n-triples", ".nt", False, "nt11"),
        Format("nquads", "application/n-quads", ".nq", True, "nquads"),
        Format("jsonld", "application/ld+json", ".jsonld", True, "json-ld"),
        Format("rdfxml", "application/rdf+xml", ".rdf", False, "xml"),
    )
}


def form_of(name: str) -> Format:
    """The format of this name, media type (parameters are ignored) or suffix; StoreError names the ones there are."""
    wanted = name.partition(";")[0].strip().lower()
    for form in FORMATS.values():
        if wanted in (form.name, form.media, form.suffix):
            return form
    raise StoreError(f"there is no RDF format {name!r}", hint=f"choose one of {', '.join(FORMATS)}")


def dump(lines: Iterable[str], name: str, output: IO[bytes]) -> None:
    """Write statements to a binary file; sorted by subject they make the shortest documents.

    Raises StoreError where a literal holds what the format cannot: control characters in RDF/XML.
    """
    form = form_of(name)
    if form.name == "rdfxml":
        encode(map(_fit_for_xml, lines), _XmlOutput(output), form.media, PREFIXES)  # type: ignore[arg-type]
    else:
        encode(lines, output, form.media, PREFIXES)


class _XmlOutput:
    """Carriage returns as character references: XML would read the bare character as a line feed."""

    def __init__(self, output: IO[bytes]) -> None:
        self._output = output

    def write(self, piece: bytes) -> int:
        self._output.write(piece.replace(b"\r", b"&#13;"))
        return len(piece)

    def flush(self) -> None:
        self._output.flush()


def _fit_for_xml(line: str) -> str:
    if _NOT_IN_XML.search(line):
        raise StoreError("XML 1.0 cannot hold a control character", place=line[:200], hint="choose another format")
    return line


def dumps(lines: Iterable[str], name: str) -> bytes:
    output = BytesIO()
    dump(lines, name, output)
    return output.getvalue()


def load(body: bytes, name: str, base_iri: str = "") -> Iterator[str]:
    """Statements of a document, in its order; relative IRIs are resolved against `base_iri`.

    Raises PayloadTooLarge above 256 MiB, StoreError where the document is broken. Remote JSON-LD
    contexts are not fetched: a document that needs one is broken.
    """
    if len(body) > MAX_BYTES:
        raise PayloadTooLarge(f"the document has {len(body)} bytes, more than {MAX_BYTES}")
    return decode(body, form_of(name).media, base_iri)
