"""The named queries as data: `sh:SPARQLSelectExecutable` nodes in the graph `queries`.

Source: SHACL Advanced Features (W3C Working Group Note), section 5.2, and the practice of the
SIB's SPARQL examples: every query with its text, so that whoever finds the graph finds them too.
"""

from __future__ import annotations

from collections.abc import Iterator

from graph.terms import iri, line, text
from ontology.namespaces import PREFIXES, Base, expand
from sparql.catalogue import named_queries


def executable_lines(base: Base) -> Iterator[str]:
    """Canonical N-Quads: each query with the defaults of its parameters, complete with prefixes."""
    graph = iri(base.graph("queries"))
    for query in named_queries(base):
        node = iri(f"{base.iri}/id/query/{query.name}")
        yield line(node, _term("rdf:type"), _term("sh:SPARQLSelectExecutable"), graph)
        yield line(node, _term("rdf:type"), _term("sh:SPARQLExecutable"), graph)
        yield line(node, _term("rdfs:label"), text(query.title, "en"), graph)
        yield line(node, _term("rdfs:comment"), text(query.description, "en"), graph)
        yield line(node, _term("schema:keywords"), text(query.header.group, "en"), graph)
        yield line(node, _term("schema:target"), iri(f"{base.iri}/sparql"), graph)
        yield line(node, _term("sh:select"), text(with_prefixes(query.bound())), graph)


def with_prefixes(query: str) -> str:
    """The query with the declarations of the well-known prefixes it uses, for any other endpoint."""
    used = (name for name in PREFIXES if f"{name}:" in query)
    return "".join(f"PREFIX {name}: <{PREFIXES[name]}>\n" for name in used) + query


def _term(curie: str) -> str:
    return iri(expand(curie))
