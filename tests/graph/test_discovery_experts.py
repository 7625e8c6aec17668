"""Who knows a topic, over the small world of `pets`: shares, strengths, years, and what is shown."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

import pytest

from graph.convert import organisation_lines
from graph.discovery.experts import HALF_LIFE, MOST, STATED, experts, freshness, shares, strengths_of
from graph.stores.oxigraph import OxigraphStore
from ontology.entities import Organisation
from ontology.errors import QueryTooLarge
from tests.graph.pets import ADA, ANIMAL, BASE, BOB, CAT, CYD, DATA, DOG, LAB, MID, NEW, OLD, UNI, lines

HOUSE = BASE.entity("organisation", "house")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OxigraphStore]:
    made = OxigraphStore(tmp_path_factory.mktemp("experts") / "store")
    made.load([*lines(), *organisation_lines(Organisation(iri=LAB, names=("Lab",), parents=(HOUSE,)), BASE)])
    yield made
    made.close()


def test_a_work_is_about_a_topic_as_much_as_its_best_narrower_one(store: OxigraphStore) -> None:
    assert strengths_of(store, DOG) == {MID: 0.5, NEW: 0.5}
    assert set(strengths_of(store, ANIMAL)) == {OLD, MID, NEW, DATA}
    assert strengths_of(store, "http://v.example/none") == {}


def test_what_a_source_states_counts_whole(tmp_path_factory: pytest.TempPathFactory) -> None:
    made = OxigraphStore(tmp_path_factory.mktemp("stated") / "store")
    made.load([f"<{OLD}> <http://purl.org/dc/terms/subject> <{CAT}> ."])
    assert strengths_of(made, CAT) == {OLD: STATED}


def test_shares_follow_the_places(store: OxigraphStore) -> None:
    found = {(one.work, one.person): (one.place, one.authors, one.part) for one in shares(store, {MID: 1.0, OLD: 1.0})}
    assert found == {(MID, ADA): (1, 2, 0.5), (MID, CYD): (2, 2, 0.5), (OLD, CYD): (1, 1, 1.0)}


def test_scores_are_the_sum_over_the_works(store: OxigraphStore) -> None:
    found = experts(store, {OLD: 1.0, MID: 0.5, NEW: 0.5})
    years = {OLD: 2001, MID: 2010, NEW: 2020}
    assert (freshness(years, NEW), freshness(years, "unknown")) == (1.0, 0.5)
    assert freshness({"a": 2020 - int(HALF_LIFE), "b": 2020}, "a") == 0.5
    mid, old = (freshness(years, one) for one in (MID, OLD))
    told = {one.iri: one.score for one in found.experts}
    half = 0.5 * sqrt(0.5)
    assert told == {ADA: pytest.approx(half * (1 + mid), abs=1e-6), BOB: pytest.approx(half, abs=1e-6),
                    CYD: pytest.approx(half * mid + old, abs=1e-6)}  # fmt: skip
    assert [one.iri for one in found.experts] == sorted(told, key=lambda one: -told[one])
    ada = next(one for one in found.experts if one.iri == ADA)
    assert (ada.name, ada.works, ada.citations, ada.since, ada.until) == ("Ada", 2, 1, 2010, 2020)
    assert [(proof.iri, proof.place, proof.authors) for proof in ada.proofs] == [(NEW, 1, 2), (MID, 1, 2)]
    assert sum(proof.score for proof in ada.proofs) == pytest.approx(ada.score, abs=1e-5)
    assert [home.iri for home in ada.organisations] == [UNI]


def test_an_organisation_is_its_parts_too(store: OxigraphStore) -> None:
    works = {OLD: 1.0, MID: 0.5, NEW: 0.5}
    assert {one.iri for one in experts(store, works, within=UNI).experts} == {ADA, CYD}
    assert [one.iri for one in experts(store, works, within=HOUSE).experts] == [BOB]
    assert experts(store, {MID: 1.0}, within=LAB).experts == ()


def test_limits(store: OxigraphStore) -> None:
    assert experts(store, {}).experts == ()
    assert len(experts(store, {OLD: 1.0, NEW: 1.0}, limit=1).experts) == 1
    with pytest.raises(QueryTooLarge):
        experts(store, {}, MOST + 1)
