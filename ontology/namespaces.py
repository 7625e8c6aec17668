"""Namespaces and the shape of Gnomon's own IRIs (see docs of the model in ontology/gnomon.ttl)."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

import msgspec

PREFIXES: Final[dict[str, str]] = {
    "biro": "http://purl.org/spar/biro/",
    "c4o": "http://purl.org/spar/c4o/",
    "cito": "http://purl.org/spar/cito/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dqv": "http://www.w3.org/ns/dqv#",
    "dct": "http://purl.org/dc/terms/",
    "deo": "http://purl.org/spar/deo/",
    "doco": "http://purl.org/spar/doco/",
    "fabio": "http://purl.org/spar/fabio/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "frapo": "http://purl.org/cerif/frapo/",
    "nif": "http://persistence.uni-leipzig.org/nlp2rdf/ontologies/nif-core#",
    "oa": "http://www.w3.org/ns/oa#",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "po": "http://www.essepuntato.it/2008/12/pattern#",
    "prism": "http://prismstandard.org/namespaces/basic/2.0/",
    "pro": "http://purl.org/spar/pro/",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "https://schema.org/",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "void": "http://rdfs.org/ns/void#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "gn": "https://w3id.org/gnomon/ontology#",
}


def expand(curie: str) -> str:
    """The full IRI of a CURIE whose prefix is in PREFIXES; KeyError where it is not."""
    prefix, _, local = curie.partition(":")
    return PREFIXES[prefix] + local


_PERCENT: Final = {n: quote(chr(n), safe="") for n in range(128) if quote(chr(n), safe="") != chr(n)}


def segment(value: str) -> str:
    """`value` as one segment of a path of an IRI, percent-encoded."""
    return value.translate(_PERCENT) if value.isascii() else quote(value, safe="", errors="replace")


class Base(msgspec.Struct, frozen=True):
    """The configurable base IRI, without a trailing slash, and all IRIs minted under it."""

    iri: str = "http://localhost:8000"

    def entity(self, kind: str, name: str) -> str:
        """IRI of a work, dataset, software, person, organisation or venue with an opaque name."""
        return f"{self.iri}/id/{kind}/{name}"

    def graph(self, name: str) -> str:
        """IRI of a named graph: text, mentions, inferred, curation, prov …"""
        return f"{self.iri}/graph/{name}"

    def concept(self, scheme: str, name: str) -> str:
        return f"{self.iri}/id/concept/{scheme}/{name}"

    def scheme(self, name: str) -> str:
        return f"{self.iri}/id/scheme/{name}"

    def agent(self, name: str, version: str) -> str:
        return f"{self.iri}/agent/{name}/{version}"

    def record(self, source: str, name: str) -> str:
        """IRI of a harvested record: source and whatever names the record there, percent-encoded."""
        return f"{self.iri}/id/record/{segment(source)}/{segment(name)}"

    def payload(self, source: str, locator: str) -> str:
        """IRI of a payload as harvested: source and locator there, percent-encoded."""
        return f"{self.iri}/id/payload/{segment(source)}/{segment(locator)}"

    def local(self, iri: str) -> str | None:
        """The part after the base, or None for an IRI that is not ours."""
        return iri.removeprefix(self.iri) if iri.startswith(self.iri + "/") else None
