"""Every documented operation, asked with what its schema allows and with what it does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.types import Receive, Scope, Send

from api.app import create_app
from api.settings import Settings
from graph.discovery.ask import column

CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
]
OPERATIONS = {
    "search", "export_search", "work_export", "work_linkset", "resolve", "search_as_sparql", "suggest",
    "find_work", "work", "work_fragments", "work_mentions", "work_citations", "work_claims", "find_concept",
    "concept", "person", "organisation", "venue", "paths", "related", "health", "status", "sparql_get", "sparql_post",
    "quality", "source_quality", "quarantine", "quarantined_payload", "quarantined_bytes", "retry_quarantine",
    "list_queries", "about_query", "saved_query", "save_query", "remove_query", "query_works_citing",
    "describe", "dumps", "changes", "change", "changes_between",
    "snapshots", "tag_snapshot", "untag_snapshot", "cite", "citation", "verify_citation", "citation_answer",
    "consent", "profile", "export_profile", "erase_profile", "add_interest", "drop_interest", "list_work",
    "unlist_work", "rate_work", "unrate_work", "save_search", "change_search", "remove_search", "feed",
    "confirm_address", "unsubscribe", "run_alerts",
    "identity_explain", "identity_candidates", "identity_verdicts", "identity_merge", "identity_split",
    "work_topic_verdicts", "topics_of_text", "decide_topic",
    "candidates", "candidate", "candidate_verdicts", "accept_candidate", "reject_candidate",
    "explain", "mentions_of", "network", "experts", "organisation_report", "person_report", "resources",
    "hypotheses", "trends",
    "hypotheses_scoreboard", "work_highlights", "answer_statement", "complete_query", "prefixes",
    "mappings", "decide_mappings", "export_mappings", "import_mappings",
    "vocabularies", "vocabulary_history", "vocabulary_quality", "export_vocabulary", "compare_vocabulary",
    "preview_edits", "edit_vocabulary", "undo_version", "vocabulary_concept", "replace_concept", "edit_concept",
    "delete_concept", "changesets", "propose_changeset", "changeset", "preview_changeset", "remark_changeset",
    "decide_changeset", "apply_changeset",
    "vocabulary_collections", "vocabulary_collection", "edit_collection", "vocabulary_reasoning",
    "work_annotations", "claim", "current_nanopub", "nanopub",
    "list_workspaces", "make_workspace", "remove_workspace", "sparql_workspace_get", "sparql_workspace_post",
    "workspace_answer_statement", "sources", "source", "start_run", "run", "stop_run", "run_events",
    "source_kinds", "add_source", "change_source", "remove_source", "audit",
}  # fmt: skip
WITHOUT_INPUT = {
    "candidate_verdicts",
    "vocabularies",
    "health",
    "dumps",
    "snapshots",
    "list_queries",
    "list_workspaces",
    "prefixes",
    "answer_statement",
    "workspace_answer_statement",
    "source_kinds",
}
NOTHING_THERE = {
    "hypotheses_scoreboard",
    "organisation",
    "organisation_report",
    "changeset",
    "vocabulary_concept",
    "vocabulary_collection",
    "quarantined_payload",
    "run",
    "run_events",
    "feed",
    "confirm_address",
    "unsubscribe",
    "change",
    "changes_between",
    "explain",
    "identity_explain",
    "answer_statement",
    "workspace_answer_statement",
    "sparql_workspace_get",
    "sparql_workspace_post",
    "citation",
    "verify_citation",
    "citation_answer",
    "nanopub",
}
"""The built-in corpus names no organisation, all of it can be read, and nobody guesses the id of a run."""
PROFILE = {
    "profile", "export_profile", "erase_profile", "add_interest", "drop_interest", "list_work", "unlist_work",
    "rate_work", "unrate_work", "save_search", "change_search", "remove_search", "run_alerts",
    "tag_snapshot", "untag_snapshot", "cite",
    "decide_topic", "accept_candidate", "reject_candidate",
    "identity_merge", "identity_split", "make_workspace", "remove_workspace",
}  # fmt: skip
CURATORS = {
    "compare_vocabulary", "preview_edits", "edit_vocabulary", "undo_version", "replace_concept", "edit_concept",
    "delete_concept", "edit_collection", "propose_changeset", "decide_mappings", "import_mappings",
    "preview_changeset", "remark_changeset", "decide_changeset",
    "apply_changeset",
}  # fmt: skip
CLOSED = {
    *CURATORS, "quarantined_bytes", "retry_quarantine", "save_query", "remove_query", "start_run", "stop_run",
    "add_source", "change_source", "remove_source", "audit", *PROFILE,
}  # fmt: skip
"""Callers without a key are refused."""
OF_A_KIND = re.compile(r"query_(?!works_citing)")
"""Named queries are routes of one kind: one of them stands for all."""
schemathesis.serializer.alias("application/sparql-query", "text/plain")
KEPT = "# title: A\n# description: B.\n# group: text\n# column x: iri; X.\nSELECT ?x { ?x a gn:Work } LIMIT 2"
QUICK = settings(
    max_examples=12, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
HOSTILE = {
    "nul": "%00", "not utf-8": "%FF%FE", "surrogate": "%ED%A0%80", "beyond unicode": "%F5%80%80%80",
    "right to left": "%E2%80%AE%D8%A7", "combining": "e" + "%CC%81" * 60, "long": "a" * 20_000,
    "markup": "%3Cscript%3E%26%22%27", "number": "9" * 400, "negative": "-1", "not a number": "NaN",
    "slashes": "..%2F..%2Fetc%2Fpasswd", "template": "%7B%7B7*7%7D%7D", "quote": "%22%27%5C", "empty": "",
    "broken escape": "%", "brackets": "%28" * 500, "iri": "http://localhost:8000/id/work/%00",
    "iri without name": "http://x/", "own iri without name": "http://localhost:8000/id/work/",
    "own": "http://localhost:8000/id/work/x/y%20z", "wild": "*", "line break": "a%0D%0AX-Other:%20b",
    "not an iri": "http://x/%3E%7B%7D%20%22", "field": "year:99999999999999999999", "emoji": "%F0%9F%98%80",
}  # fmt: skip
"""Values as they stand in an address."""


@pytest.fixture(scope="module")
def generous(built: Settings) -> Settings:
    return built.model_copy(update={"requests_per_minute": 10**6, "queries_per_minute": 10**6})


@pytest.fixture(scope="module")
def client(generous: Settings) -> Iterator[TestClient]:
    """Errors of the application come back as 500, as they would from a server."""
    with TestClient(create_app(generous), base_url="http://localhost:8000", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def operations(client: TestClient) -> dict[str, Any]:
    """The documented operations of the application that `client` keeps running."""

    async def running(scope: Scope, receive: Receive, send: Send) -> None:
        """The application without its end: schemathesis starts and ends it for every single call."""
        if scope["type"] == "lifespan":
            for step in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{step}.complete"})
        else:
            await client.app(scope, receive, send)

    schema = schemathesis.openapi.from_asgi("/openapi.json", running)
    found = (result.ok() for result in schema.get_all_operations())
    named = ((operation.definition.raw["operationId"], operation) for operation in found)
    return {name: operation for name, operation in named if not OF_A_KIND.match(name)}


@pytest.fixture(scope="module")
def known(client: TestClient) -> dict[str, list[str]]:
    """What there is in this graph: names by an operation's first word, values by their parameter."""
    services = client.app.state.services
    kinds = ("work", "person", "organisation", "venue")
    found = {
        kind: names
        for kind in kinds
        if (names := [n for (n,) in services.journal.rows("SELECT name FROM entity WHERE kind = ? LIMIT 5", (kind,))])
    }
    things = [services.settings.base.entity(kind, name) for kind in found for name in found[kind]]
    topics = [
        topic
        for hit in client.get("/v1/search", params={"q": "", "limit": 50}).json()["hits"]
        for topic in hit["document"]["topics"]
    ]
    iris, labels = [topic[0] for topic in topics], [topic[1] for topic in topics]
    everything = [*things, *iris[:5], *labels[:5]]
    works = [services.settings.base.entity("work", name) for name in found["work"]]
    terms = [term["name"] for term in client.get("/v1/candidates", params={"min_works": 1}).json()["candidates"]]
    kept = services.queries.save("kept", KEPT, "ada").name
    claims = column(services.store, "SELECT ?x { GRAPH ?g { ?x a gn:Claim } } ORDER BY ?x LIMIT 5")
    named = {name: [claim.rpartition("/")[2] for claim in claims] for name in ("claim", "current")}
    return found | named | {"candidate": terms[:5], "saved": [kept], "about": [kept, "most-cited"]} | {
        "vocabulary": ["vocabulary"], "export": ["vocabulary"],
        "label": labels, "iri": everything, "concept": iris, "id": works, "from": everything, "to": everything,
        "topic": iris, "of": iris, "author": things, "source": ["built-in"], "q": ["library OR the", ""],
        "query": ["SELECT * { ?s ?p ?o } LIMIT 3", "ASK {}", "DESCRIBE <urn:x>", "SELECT * {", "DROP ALL"],
    }  # fmt: skip


def _with_known(case: Case, name: str, known: dict[str, list[str]], data: st.DataObject) -> None:
    """Invented values are nearly always unknown: put known ones in their place."""
    there = known.get(name.partition("_")[0])
    for key in case.path_parameters if there else ():
        case.path_parameters[key] = quote(data.draw(st.sampled_from(there)), safe="")
    if isinstance(case.body, dict) and "query" in known and "query" in case.body:
        case.body.pop("update", None)  # both at once are neither
    for where in (case.query, case.body):
        for key in where if isinstance(where, dict) else ():
            if key in known:
                where[key] = data.draw(st.sampled_from(known[key]))


def test_every_operation_is_tried(operations: dict[str, Any]) -> None:
    assert set(operations) == OPERATIONS


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_valid_questions_are_answered_as_documented(
    operations: dict[str, Any], known: dict[str, list[str]], name: str
) -> None:
    answered = set()

    @QUICK
    @given(case=operations[name].as_strategy(generation_mode=GenerationMode.POSITIVE), data=st.data())
    def ask(case: Case, data: st.DataObject) -> None:
        case.headers.pop("X-API-Key", None)  # an invented key is one that nobody has
        if data.draw(st.integers(0, 3)):
            _with_known(case, name, known, data)
        answered.add(case.call_and_validate(checks=CHECKS, allow_redirects=False).status_code // 100)

    ask()
    assert answered & {2, 3} or name in NOTHING_THERE | CLOSED
    assert name not in CLOSED or answered == {4}


@pytest.mark.parametrize("name", sorted(OPERATIONS - WITHOUT_INPUT))
def test_invalid_questions_are_refused_as_documented(operations: dict[str, Any], name: str) -> None:
    @QUICK
    @given(case=operations[name].as_strategy(generation_mode=GenerationMode.NEGATIVE))
    def ask(case: Case) -> None:
        case.call_and_validate(checks=CHECKS, allow_redirects=False)

    ask()


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_hostile_values_are_no_server_errors(client: TestClient, operations: dict[str, Any], value: str) -> None:
    undocumented = ["/?q={}", "/?f=kind:{}&f={}&off={}", "/?q=a&part={}&cursor={}", "/page/work/{}", "/page/person/{}",
                    "/page/person/{}/report",
                    "/page/topic?iri={}", "/page/named?iri={}", "/relations?from={}&to={}", "/id/work/{}",
                    "/id/{}/{}/{}", "/static/{}", "/{}", "/vocabularies/{}", "/vocabularies/vocabulary?q={}",
                    "/vocabularies/vocabulary/concept?iri={}", "/changesets/{}"]  # fmt: skip
    for operation in operations.values():
        path = re.sub(r"{\w+}", "{}", operation.path)
        undocumented += [path] if "{}" in path else []
        required = "&".join(f"{p.name}=a" for p in operation.query if p.is_required)
        undocumented += [f"{operation.path}?{required}&{p.name}={{}}" for p in operation.query if "{" not in path]
    for address in undocumented:
        asked = address.replace("{}", value)
        answer = client.get(asked, follow_redirects=False)
        assert answer.status_code < 500, (asked[:200], answer.text[:300])
        if answer.status_code >= 400 and not address.startswith(("/?", "/relations")):
            assert answer.headers["content-type"] == "application/problem+json", asked[:200]
