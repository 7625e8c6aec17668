"""Figures on the quality of a source as statements: the W3C's Data Quality Vocabulary (Note, 2016)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import quote

from graph.convert.safe import literal, term
from graph.terms import number
from ontology.namespaces import Base

_A = term("rdf:type")


def quality_lines(source: str, figures: Mapping[str, int | float], base: Base) -> Iterator[str]:
    """One `dqv:QualityMeasurement` for each figure of a source. `figures` maps the metric's name in
    the ontology (`completenessTitle` is `gn:completenessTitle`) to its value."""
    name = quote(source, safe="", errors="replace")
    dataset = f"<{base.iri}/id/source/{name}>"
    yield f"{dataset} {_A} {term('dcat:Dataset')} ."
    yield f"{dataset} {term('dct:title')} {literal(source)} ."
    for metric, value in figures.items():
        measurement = f"<{base.iri}/id/source/{name}/quality/{metric}>"
        yield f"{dataset} {term('dqv:hasQualityMeasurement')} {measurement} ."
        yield f"{measurement} {_A} {term('dqv:QualityMeasurement')} ."
        yield f"{measurement} {term('dqv:computedOn')} {dataset} ."
        yield f"{measurement} {term('dqv:isMeasurementOf')} {term('gn:' + metric)} ."
        yield f"{measurement} {term('dqv:value')} {number(value)} ."
