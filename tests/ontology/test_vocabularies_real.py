"""Vocabulary readers on the real vocabularies: facts that were counted by other means."""

from __future__ import annotations

from pathlib import Path

import pytest

from ontology.errors import HierarchyCycle, VocabularyError
from ontology.namespaces import Base
from ontology.scheme import Scheme
from ontology.vocabularies.base import load_vocabulary
from ontology.vocabularies.cache import load_scheme, save_scheme

pytestmark = pytest.mark.shared
CSO = "https://cso.kmi.open.ac.uk/topics/"
MESH = "http://id.nlm.nih.gov/mesh/"


@pytest.fixture(scope="module")
def cso(shared: Path) -> Scheme:
    return load_vocabulary(shared / "vocab/cso/cso.csv", Base())


@pytest.fixture(scope="module")
def mesh(shared: Path) -> Scheme:
    return load_vocabulary(shared / "vocab/mesh/mesh_id_label_mappings.tsv", Base())


def test_cso_counts_and_direction(cso: Scheme) -> None:
    labels = {label.text for concept in cso for label in concept.labels}
    assert len(labels) == 14161
    assert len(cso) == 14161 - 5180 + 2195  # 5,180 topics lie in 2,195 groups of equivalents
    assert max(len(concept.labels) for concept in cso) == 16
    assert CSO + "computer_science" in cso.ancestors(CSO + "artificial_intelligence")
    assert not cso.concepts[CSO + "computer_science"].broader
    assert len(cso.descendants(CSO + "computer_science")) > 9_000


def test_mesh_counts_and_its_one_cycle(mesh: Scheme) -> None:
    assert len(mesh) == 30764
    (cycle,) = mesh.faults
    assert isinstance(cycle, HierarchyCycle)
    assert mesh.concepts[MESH + "D013285"].broader[-1:] == (MESH + "D015835",)
    assert mesh.concepts[MESH + "D001943"].name() == "Breast Neoplasms"
    assert MESH + "D009369" in mesh.ancestors(MESH + "D001943")


def test_mesh_comes_back_whole_from_its_cache(mesh: Scheme, tmp_path: Path) -> None:
    save_scheme(mesh, tmp_path / "mesh")
    again = load_scheme(tmp_path / "mesh")
    assert again.concepts == mesh.concepts


def test_every_file_loads_or_says_why(shared: Path) -> None:
    refused = set()
    for path in sorted((shared / "vocab").rglob("*")):
        if path.is_file() and path.parent.name not in ("cso", "stw", "unesco"):
            try:
                assert len(load_vocabulary(path, Base())) > 0
            except VocabularyError as error:
                refused.add(path.name)
                assert str(path) in error.place
    assert refused == {"qual-samples.xml", "default_graph.ttl", "myns-ontology.ttl"}


def test_stw_in_two_languages(shared: Path) -> None:
    stw = load_vocabulary(shared / "vocab/stw/stw-skos.ttl", Base(), "stw")
    assert (stw.name, stw.version, stw.iri) == ("stw", "9.06", "http://zbw.eu/stw")
    assert sum({"de", "en"} <= {label.language for label in concept.labels} for concept in stw) > 6000
