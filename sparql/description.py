"""The endpoint described in RDF, for clients that ask it without a query.

Source: SPARQL 1.1 Service Description (W3C), and the registry of file formats at ns/formats.
"""

from __future__ import annotations

from typing import Final

from graph.terms import iri, line
from ontology.namespaces import expand

_SD: Final = "http://www.w3.org/ns/sparql-service-description#"
_FORMATS: Final = "http://www.w3.org/ns/formats/"
_WRITTEN: Final = (
    "SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV",
    "Turtle", "N-Triples", "RDF_XML", "JSON-LD", "TriG", "N-Quads",
)  # fmt: skip


def describe_service(endpoint: str, *, updates: bool = False) -> str:
    """N-Triples (and so Turtle) about the service at this address, without blank nodes."""
    service, dataset, graph = iri(endpoint), iri(endpoint + "#dataset"), iri(endpoint + "#graph")
    kind = iri(expand("rdf:type"))
    lines = [
        line(service, kind, _sd("Service")),
        line(service, _sd("endpoint"), service),
        line(service, _sd("supportedLanguage"), _sd("SPARQL11Query")),
        *([line(service, _sd("supportedLanguage"), _sd("SPARQL11Update"))] if updates else []),
        line(service, _sd("defaultDataset"), dataset),
        line(dataset, kind, _sd("Dataset")),
        line(dataset, _sd("defaultGraph"), graph),
        line(graph, kind, _sd("Graph")),
        *(line(service, _sd("resultFormat"), iri(_FORMATS + name)) for name in _WRITTEN),
    ]
    return "\n".join(lines) + "\n"


def _sd(name: str) -> str:
    return iri(_SD + name)
