"""Vocabularies and readers for the reading tests: an invented small one and the real ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlp.matcher import Matcher
from nlp.reader import Reader
from ontology.namespaces import Base
from ontology.scheme import Concept, Label, Scheme
from ontology.vocabularies.base import load_vocabulary

COMPUTING = "http://example.org/computing/"
MEDICINE = "http://example.org/medicine/"


def _concept(base: str, name: str, *alt: str, broader: str = "") -> Concept:
    def iri(text: str) -> str:
        return base + text.lower().replace(" ", "-").replace(",", "")

    return Concept(
        iri=iri(name),
        labels=(Label(name), *(Label(text, kind="alt") for text in alt)),
        broader=(iri(broader),) if broader else (),
    )


@pytest.fixture(scope="session")
def small_schemes() -> tuple[Scheme, Scheme]:
    """Two invented vocabularies that share some words ("transformer", "neural network")."""
    computing = [
        _concept(COMPUTING, "language technology"),
        _concept(COMPUTING, "machine translation", broader="language technology"),
        _concept(COMPUTING, "syntactic parsing", "parsing", broader="language technology"),
        _concept(COMPUTING, "neural network", "neural networks (computing)", broader="language technology"),
        _concept(COMPUTING, "transformer", "transformer network", broader="neural network"),
        _concept(COMPUTING, "support vector machine", "svm", broader="language technology"),
        _concept(COMPUTING, "sequence labelling", broader="language technology"),
        _concept(COMPUTING, "treebank", broader="language technology"),
        _concept(COMPUTING, "co-occurrence", broader="language technology"),
    ]
    medicine = [
        _concept(MEDICINE, "Power Supplies", "Transformer", "Electric Transformers"),
        _concept(MEDICINE, "Abattoirs", "Slaughter Houses", "Houses, Slaughter"),
        _concept(MEDICINE, "Diseases"),
        _concept(MEDICINE, "Diabetes Mellitus", "Diabetes", broader="Diseases"),
        _concept(MEDICINE, "Diabetes Mellitus, Type 2", broader="Diabetes Mellitus"),
        _concept(MEDICINE, "Acquired Immunodeficiency Syndrome", "AIDS", broader="Diseases"),
        _concept(MEDICINE, "Head"),
        _concept(MEDICINE, "Metformin"),
        _concept(MEDICINE, "Hyperglycemia", "Hyperglycaemia", broader="Diseases"),
        _concept(MEDICINE, "Interferon-gamma", "Interferon-γ"),
        Concept(iri=MEDICINE + "kunst", labels=(Label("Kunst", "de"), Label("糖尿病", "zh"))),
        Concept(iri=MEDICINE + "gone", labels=(Label("Phlogiston"),), deprecated=True),
    ]
    return Scheme(COMPUTING, "computing", computing), Scheme(MEDICINE, "medicine", medicine)


@pytest.fixture(scope="session")
def small_matcher(small_schemes: tuple[Scheme, Scheme]) -> Matcher:
    return Matcher.build(small_schemes)


@pytest.fixture(scope="session")
def small_reader(small_matcher: Matcher) -> Reader:
    return Reader(small_matcher)


@pytest.fixture(scope="session")
def mesh_reader(shared: Path) -> Reader:
    """A reader with the whole of MeSH."""
    return Reader(Matcher.build([load_vocabulary(shared / "vocab/mesh/mesh_id_label_mappings.tsv", Base())]))
