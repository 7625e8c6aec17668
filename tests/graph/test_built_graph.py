"""The graph of the built-in corpus, as a build makes it, held to every promise of the model."""

from __future__ import annotations

import re
import shutil
from collections import defaultdict
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
import rdflib
from fastapi.testclient import TestClient

from api.app import create_app
from api.build import build
from api.settings import Settings, load_settings
from api.watch import Quiet
from graph.shapes import validate
from graph.snapshots import Snapshots
from graph.stores.oxigraph import OxigraphStore
from graph.terms import parts
from ingest.sources.samples import sample
from ontology.namespaces import expand
from ontology.reason import check, own_ontology

TYPE = f"<{expand('rdf:type')}>"
EACH = 3


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = load_settings(data=tmp_path_factory.mktemp("built") / "data", encoder="none", cores=1)
    found = sample("built-in", settings.data)
    build(settings, found.sources, found.vocabularies, Quiet())
    return settings


@pytest.fixture(scope="module")
def store(settings: Settings) -> Iterator[OxigraphStore]:
    current = Snapshots(settings.data / "snapshots").current()
    assert current is not None
    store = OxigraphStore.read_only(current.path)
    yield store
    store.close()


def test_the_shapes_hold(store: OxigraphStore, settings: Settings) -> None:
    report = validate(store, settings.base)
    assert report.violations == ()
    assert report.constraints > 50


def known_terms() -> set[str]:
    listed = files("ontology").joinpath("terms.txt").read_text("utf-8").splitlines()
    theirs = {expand(line.strip()) for line in listed if line.strip() and not line.startswith("#")}
    own = rdflib.Graph().parse(data=own_ontology(), format="turtle")
    return theirs | {str(subject) for subject in own.subjects() if isinstance(subject, rdflib.URIRef)}


def test_every_predicate_and_class_is_a_known_term(store: OxigraphStore) -> None:
    used = set()
    for line in store.lines(None):
        _, predicate, value, _ = parts(line)
        used.add(predicate.strip("<>"))
        if predicate == TYPE:
            used.add(value.strip("<>"))
    assert used - known_terms() == set()


def test_every_thing_of_ours_answers_at_its_iri(store: OxigraphStore, settings: Settings) -> None:
    """A few of each type in the default graph, and all that they point at under `/id/`."""
    ours = re.compile(rf"<({re.escape(settings.base_iri)}/[^>]+)>")
    by_type: defaultdict[str, list[str]] = defaultdict(list)
    pointed: set[str] = set()
    for line in store.lines(""):
        subject, predicate, value, _ = parts(line)
        if (found := ours.fullmatch(subject)) and predicate == TYPE and len(by_type[value]) < EACH:
            by_type[value].append(found[1])
        if (found := ours.fullmatch(value)) and "/id/" in found[1] and len(pointed) < 40:
            pointed.add(found[1])
    assert len(by_type) > 4
    broken = {}
    with TestClient(create_app(settings), base_url=settings.base_iri) as client:
        for iri in {iri for iris in by_type.values() for iri in iris} | pointed:
            answer = client.get(iri, headers={"Accept": "application/json"})
            if answer.status_code != 200:
                broken[iri] = answer.status_code
    assert broken == {}


@pytest.mark.skipif(shutil.which("java") is None, reason="the reasoner needs Java (default-jre-headless)")
def test_a_reasoner_finds_no_contradiction(store: OxigraphStore) -> None:
    """Statements between things (not about text positions), and one that does contradict."""
    facts = [
        f"{subject} {predicate} {value} ."
        for subject, predicate, value, _ in map(parts, store.lines(""))
        if value.startswith("<")
    ][:3000]
    assert check(own_ontology(), facts).sound
    work = next(fact.split(" ")[0] for fact in facts if fact.endswith(f"{TYPE} <{expand('gn:Work')}> ."))
    assert not check(own_ontology(), [*facts, f"{work} {TYPE} <{expand('foaf:Person')}> ."]).consistent


def test_nothing_is_said_of_blank_nodes(store: OxigraphStore) -> None:
    assert not [
        line for line in store.lines(None) if line.startswith("_:") or " _:" in re.sub(r'"(?:[^"\\]|\\.)*"', "", line)
    ]


def test_every_concept_has_the_labels_of_its_file(store: OxigraphStore) -> None:
    given = rdflib.Graph().parse(Path(str(files("ingest.sources") / "corpus" / "vocabulary.ttl")))
    label = expand("skos:prefLabel")
    wanted = {(concept.n3(), text.n3()) for concept, text in given.subject_objects(rdflib.URIRef(label))}
    found = {parts(line)[:3:2] for line in store.lines("") if parts(line)[1] == f"<{label}>"}
    assert len(wanted) > 20
    assert wanted <= found
