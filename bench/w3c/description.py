"""The three service description tests, which the suite gives in words only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import httpx2
from rdflib import RDF, Graph, Namespace, URIRef

_SD: Final = Namespace("http://www.w3.org/ns/sparql-service-description#")
_OBJECTS: Final = {
    "endpoint": None, "feature": "Feature", "defaultEntailmentRegime": "EntailmentRegime",
    "supportedEntailmentProfile": "EntailmentProfile", "extensionFunction": "Function",
    "extensionAggregate": "Aggregate", "languageExtension": "Feature", "supportedLanguage": "Language",
    "propertyFeature": "Feature",
    "defaultDataset": "Dataset", "availableGraphs": "GraphCollection", "resultFormat": None, "inputFormat": None,
    "defaultGraph": "Graph", "namedGraph": "NamedGraph", "name": None, "graph": "Graph",
}  # fmt: skip
"""Property of the vocabulary → class of its values, where they have to be described."""


def description_faults(endpoint: str) -> Iterator[tuple[str, str]]:
    """(name, fault or nothing) of each test."""
    answer = httpx2.get(endpoint, headers={"Accept": "text/turtle"}, trust_env=False)
    kind = answer.headers.get("content-type", "")
    graph = Graph()
    try:
        graph.parse(data=answer.text, format="turtle")
        yield "returns-rdf", "" if answer.status_code == 200 and kind.startswith("text/turtle") else f"{kind}"
    except (SyntaxError, ValueError) as error:
        yield "returns-rdf", str(error)
    has = (None, _SD.endpoint, URIRef(endpoint)) in graph
    yield "has-endpoint-triple", "" if has else "no sd:endpoint with this address"
    yield "conforms-to-schema", "; ".join(_schema_faults(graph))


def _schema_faults(graph: Graph) -> Iterator[str]:
    """What the vocabulary would not allow: unknown terms, wrong kinds of values, a service without parts."""
    services = list(graph.subjects(RDF.type, _SD.Service))
    if len(services) != 1:
        yield f"{len(services)} services"
    for _, predicate, value in graph:
        name = str(predicate).removeprefix(_SD)
        if not str(predicate).startswith(_SD):
            continue
        if name not in _OBJECTS:
            yield f"sd:{name} is not in the vocabulary"
            continue
        wanted = _OBJECTS[name]
        if not isinstance(value, URIRef) and name == "endpoint":
            yield "sd:endpoint is no IRI"
        described = str(value).startswith(_SD) or (wanted and (value, RDF.type, _SD[wanted]) in graph)
        if wanted and wanted not in ("Feature", "Language") and not described:
            yield f"the value of sd:{name} is no sd:{wanted}"
