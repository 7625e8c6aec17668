"""What a graph holds, counted: VoID partitions by class and by property, for each graph.

Source: Describing Linked Datasets with the VoID Vocabulary (W3C Interest Group Note), section 4.6.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import Final

import msgspec

from graph.stores.base import ReadableStore
from graph.terms import XSD, Iri, iri, line, number, text, typed
from ontology.namespaces import Base, expand

_SPDX: Final = "http://spdx.org/rdf/terms#"
_PATTERNS: Final = {"classes": "?s a ?x", "properties": "?s ?x ?o"}


class GraphCounts(msgspec.Struct, frozen=True):
    """Statements of one graph (`iri` is empty for the default graph), entities of each class and
    statements of each property, most frequent first."""

    iri: str
    triples: int
    classes: dict[str, int]
    properties: dict[str, int]


def count_graphs(store: ReadableStore) -> tuple[GraphCounts, ...]:
    """Counts of the default graph and every named one; one pass over each index, seconds per 10M statements."""
    names = sorted(_iri(row["g"]) for row in store.select("SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s a ?o } }"))
    return tuple(_count(store, name) for name in ("", *names))


def _count(store: ReadableStore, graph: str) -> GraphCounts:
    def grouped(pattern: str) -> dict[str, int]:
        inside = f"GRAPH {iri(graph)} {{ {pattern} }}" if graph else pattern
        rows = store.select(f"SELECT ?x (COUNT(*) AS ?n) WHERE {{ {inside} }} GROUP BY ?x")
        counted = {_iri(row["x"]): int(getattr(row["n"], "value", "0")) for row in rows}
        return dict(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))

    properties = grouped(_PATTERNS["properties"])
    return GraphCounts(graph, sum(properties.values()), grouped(_PATTERNS["classes"]), properties)


def void_lines(counts: tuple[GraphCounts, ...], dataset: str) -> Iterator[str]:
    """The dataset with one subset for each graph, each with its partitions; no blank nodes."""
    yield line(iri(dataset), _term("rdf:type"), _term("void:Dataset"))
    yield line(iri(dataset), _term("void:triples"), number(sum(one.triples for one in counts)))
    for one in counts:
        subset = f"{dataset}/graph/{one.iri.rpartition('/')[2] or 'default'}"
        yield line(iri(dataset), _term("void:subset"), iri(subset))
        yield line(iri(subset), _term("rdf:type"), _term("void:Dataset"))
        yield line(iri(subset), _term("dct:title"), text(one.iri or "default graph", "en"))
        yield line(iri(subset), _term("void:triples"), number(one.triples))
        yield line(iri(subset), _term("void:entities"), number(sum(one.classes.values())))
        yield line(iri(subset), _term("void:classes"), number(len(one.classes)))
        yield line(iri(subset), _term("void:properties"), number(len(one.properties)))
        for name, entities in one.classes.items():
            part = _part(subset, "class", name)
            yield line(iri(subset), _term("void:classPartition"), part)
            yield line(part, _term("void:class"), iri(name))
            yield line(part, _term("void:entities"), number(entities))
        for name, triples in one.properties.items():
            part = _part(subset, "property", name)
            yield line(iri(subset), _term("void:propertyPartition"), part)
            yield line(part, _term("void:property"), iri(name))
            yield line(part, _term("void:triples"), number(triples))


def catalogue_lines(
    base: Base, title: str, licence: str, moment: str, files: dict[str, tuple[int, str]]
) -> Iterator[str]:
    """DCAT 3: the catalogue, the graph as a dataset, the endpoint as a data service, and the dump's files
    (name → bytes, SHA-256) as distributions. `moment` is an ISO date and time, empty without a dump."""
    catalogue, dataset, service = (f"{base.iri}/data/{name}" for name in ("catalogue", "dataset", "service"))
    yield line(iri(catalogue), _term("rdf:type"), _term("dcat:Catalog"))
    yield line(iri(catalogue), _term("dct:title"), text(title, "en"))
    yield line(iri(catalogue), _term("dcat:dataset"), iri(dataset))
    yield line(iri(catalogue), _term("dcat:service"), iri(service))
    yield line(iri(dataset), _term("rdf:type"), _term("dcat:Dataset"))
    yield line(iri(dataset), _term("dct:title"), text(title, "en"))
    yield line(iri(dataset), _term("void:sparqlEndpoint"), iri(f"{base.iri}/sparql"))
    yield line(iri(dataset), _term("void:uriSpace"), text(f"{base.iri}/id/"))
    if licence:
        yield line(iri(dataset), _term("dct:license"), iri(licence))
    if moment:
        yield line(iri(dataset), _term("dct:modified"), typed(moment, f"{XSD}dateTime"))
    yield line(iri(service), _term("rdf:type"), _term("dcat:DataService"))
    yield line(iri(service), _term("dcat:endpointURL"), iri(f"{base.iri}/sparql"))
    yield line(iri(service), _term("dcat:servesDataset"), iri(dataset))
    for name, (size, checksum) in files.items():
        yield from _distribution(base, dataset, name, size, checksum)


def _distribution(base: Base, dataset: str, name: str, size: int, checksum: str) -> Iterator[str]:
    address = f"{base.iri}/dumps/latest/{name}"
    node, sum_node = iri(f"{base.iri}/data/dataset/file/{name}"), iri(f"{base.iri}/data/dataset/file/{name}/checksum")
    yield line(iri(dataset), _term("dcat:distribution"), node)
    yield line(iri(dataset), _term("void:dataDump"), iri(address))
    yield line(node, _term("rdf:type"), _term("dcat:Distribution"))
    yield line(node, _term("dcat:downloadURL"), iri(address))
    yield line(node, _term("dcat:byteSize"), typed(str(size), f"{XSD}nonNegativeInteger"))
    yield line(node, _term("dcat:mediaType"), iri("https://www.iana.org/assignments/media-types/application/n-quads"))
    yield line(node, _term("dcat:compressFormat"), iri("https://www.iana.org/assignments/media-types/application/gzip"))
    yield line(node, iri(f"{_SPDX}checksum"), sum_node)
    yield line(sum_node, iri(f"{_SPDX}algorithm"), iri(f"{_SPDX}checksumAlgorithm_sha256"))
    yield line(sum_node, iri(f"{_SPDX}checksumValue"), typed(checksum, f"{XSD}hexBinary"))


def _part(subset: str, kind: str, name: str) -> str:
    return iri(f"{subset}/{kind}/{blake2b(name.encode(), digest_size=6).hexdigest()}")


def _term(curie: str) -> str:
    return iri(expand(curie))


def _iri(term: object) -> str:
    return term.value if isinstance(term, Iri) else str(term)
