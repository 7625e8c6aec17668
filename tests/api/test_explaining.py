"""What the graph says is explained by reading again: the same mention, topic and claim come out."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from api.explaining import explain
from api.library import Library
from api.rereading import Rereader
from api.settings import Settings
from api.wiring import Services
from graph.discovery.ask import column
from ingest.journal.database import Database
from ontology.errors import NotFound

TYPES = {"mention": "gn:Mention", "topic": "gn:TopicAssignment", "claim": "gn:Claim", "evidence": "gn:Evidence"}


@pytest.mark.parametrize("kind", TYPES)
def test_each_kind_is_explained_and_comes_out_the_same(built: Settings, kind: str) -> None:
    services = Services(built)
    try:
        found = sorted(column(services.store, f"SELECT ?x {{ GRAPH ?g {{ ?x a {TYPES[kind]} }} }}"))
        assert found
        for iri in found[:2]:
            explanation = explain(services, iri)
            assert (explanation.kind, explanation.same) == (kind, True)
            assert kind != "claim" or any(step.name == "said so" for step in explanation.steps)
            assert {"work", "reader", "language"} <= {step.name for step in explanation.steps}
    finally:
        services.close()


def test_over_http(client: TestClient, built: Settings) -> None:
    services = Services(built)
    try:
        (iri,) = column(services.store, "SELECT ?x { GRAPH ?g { ?x a gn:Mention } } ORDER BY ?x LIMIT 1")
        with pytest.raises(NotFound):
            explain(services, "http://localhost:8000/id/mention/none> } #")
    finally:
        services.close()
    answer = client.get("/v1/explain", params={"iri": iri})
    assert answer.status_code == 200
    assert answer.json()["same"] is True
    assert client.get("/v1/explain", params={"iri": "urn:none"}).status_code == 404


def test_everything_of_the_corpus_replays(built: Settings) -> None:
    with Database(built.journal, read_only=True) as database:
        rereader = Rereader(database, Library(built.data, built.base), built.base)
        found = rereader.replay(rereader.numbers(), 10_000, each=10_000)
    assert found.faults == ()
    assert found.mentions > 30
    assert found.verbatim == found.same_mentions == found.mentions
    assert found.same_claims == found.claims > 0
