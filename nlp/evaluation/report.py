"""Results as statements on quality: the W3C's Data Quality Vocabulary (DQV, Working Group Note, 2016)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rdflib import RDF, RDFS, XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS

from nlp.evaluation.base import Measure, Result

DQV: Final = Namespace("http://www.w3.org/ns/dqv#")
GN: Final = Namespace("https://w3id.org/gnomon/ontology#")


def turtle(results: Iterable[Result]) -> str:
    """One `dqv:QualityMeasurement` for each figure, grouped by task and system, as Turtle."""
    graph = Graph()
    graph.bind("dqv", DQV)
    graph.bind("gn", GN)
    graph.bind("dct", DCTERMS)
    for result in results:
        for measure in result.measures:
            _add(graph, result, measure)
    return graph.serialize(format="turtle")


def _add(graph: Graph, result: Result, measure: Measure) -> None:
    node = BNode()
    metric = GN[f"metric-{_word(measure.name)}"]
    graph.add((metric, RDF.type, DQV.Metric))
    graph.add((metric, RDFS.label, Literal(measure.name, lang="en")))
    graph.add((node, RDF.type, DQV.QualityMeasurement))
    graph.add((node, DQV.isMeasurementOf, metric))
    graph.add((node, DQV.value, Literal(round(measure.value, 4), datatype=XSD.decimal)))
    graph.add((node, DQV.computedOn, _subject(graph, result)))
    interval = f"95 % confidence interval {measure.low:.4f} to {measure.high:.4f}"
    graph.add((node, RDFS.comment, Literal(interval, lang="en")))


def _subject(graph: Graph, result: Result) -> URIRef:
    """What the figures are about: the answers of a system to a task."""
    subject = GN[f"evaluation-{_word(result.task)}-{_word(result.part or 'all')}-{_word(result.system)}"]
    graph.add((subject, DCTERMS.title, Literal(f"{result.task} {result.part}: {result.system}", lang="en")))
    counted = ", ".join(f"{number} {what}" for what, number in result.counts.items())
    graph.add((subject, DCTERMS.extent, Literal(counted, lang="en")))
    graph.add((subject, DCTERMS.description, Literal(result.protocol, lang="en")))
    return subject


def _word(text: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in text.lower()).strip("-")
