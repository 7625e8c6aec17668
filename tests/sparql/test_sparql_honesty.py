"""What an answer says about itself, why it is empty, what it costs, and what a client has left."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from graph.snapshots import FixedCheckpoint
from graph.stores.oxigraph import OxigraphStore
from ontology.errors import GnomonError, NotFound, QueryTimeout, QueryTooLarge, RateLimited
from ontology.namespaces import PREFIXES
from sparql.answer_file import MOST, AnswerFile
from sparql.answers import Answers
from sparql.asking import ask
from sparql.budgets import Budget, Budgets
from sparql.completing import completions, snippet
from sparql.guard import Form
from sparql.limits import Limits
from sparql.pool import QueryPool
from sparql.protocol import Graphs
from sparql.service import Service
from sparql.statement import Known

SMALL = """
<x:w1> a gn:Work ; dct:title "Nets"@en ; gn:year 2020 ; dct:subject <x:c1> .
<x:w2> a gn:Work ; dct:title "Graphs" ; gn:year 2021 ; dct:subject <x:c2> .
<x:c1> a skos:Concept ; skos:prefLabel "nets"@en .
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("honest")
    store = OxigraphStore(folder / "live")
    prefixes = "".join(f"PREFIX {name}: <{iri}> " for name, iri in PREFIXES.items())
    store.raw.update(f"{prefixes} INSERT DATA {{ {SMALL} }}")
    store.checkpoint(folder / "one")
    store.close()
    pool = QueryPool(FixedCheckpoint(folder / "one"), Limits(workers=2))
    found = [("x:w1", 3.5), ("x:w2", 1.25)]
    yield Service(
        pool, search=lambda words, most: found[:most] if words == "nets" else [],
        named=lambda typed, most: [("x:c1", "concept", "nets", 1)] if "nets".startswith(typed) else [],
    )  # fmt: skip
    pool.close()


@pytest.mark.parametrize(
    ("text", "pattern", "says", "nearest", "without"),
    [
        ("SELECT * { ?w a gn:Work ; dct:titel ?t }", "?w dct:titel ?t .", "dct:titel", "dct:title", True),
        ("SELECT * { ?w a gn:Wrok }", "?w a gn:Wrok .", "class gn:Wrok", "gn:Work", True),
        ('SELECT * { ?w dct:title "Nets" }', '?w dct:title "Nets" .', '"Nets"@en', "", True),
        ("SELECT * { <x:w9> dct:title ?t }", "<x:w9> dct:title ?t .", "<x:w9> is nowhere", "", True),
        ("SELECT * { ?w dct:title 'Graphs' ; gn:year 2020 }", "?w gn:year 2020 .", "together", "", True),
        ("SELECT * { ?w gn:year ?y FILTER(?y > 3000) }", "FILTER(?y > 3000)", "filter leaves nothing", "", True),
    ],
)
def test_why_there_is_nothing(small: Service, text: str, pattern: str, says: str, nearest: str, without: bool) -> None:
    found = small.empty_because(text)
    assert (found.pattern, found.without_it) == (pattern, without)
    assert says in found.reason
    assert ([one.name for one in found.nearest] or [""])[0] == nearest


def test_costs(small: Service) -> None:
    light = small.estimate("SELECT * { ?w a gn:Work ; dct:title ?t }")
    assert (light.weight, [one.matches for one in light.patterns]) == ("light", [2, 2])
    crossed = small.estimate("SELECT * { ?w a gn:Work . ?c a skos:Concept }")
    assert crossed.weight == "moderate"
    assert "share no variable" in crossed.notes[0]


def test_statements(small: Service) -> None:
    for text, state, rows in (
        ("SELECT * { ?w a gn:Work }", "complete", 2),
        ("SELECT * { ?w a gn:Work } LIMIT 1", "limited", 1),
        ("SELECT * { ?w a gn:Wrok }", "complete", 0),
    ):
        ready = small.prepare(text, "json")
        ticket = small.ticket(ready)
        name = small.answers.keep(text, Graphs(), ticket, small.limits, ready.plan.limit, Form.SELECT).id
        assert small.statement(name).state == "running"
        ticket.begin()
        list(ticket.chunks())
        said = small.statement(name)
        assert (said.state, said.rows) == (state, rows)
        assert (said.empty_because is None) == bool(rows)


def test_statements_outlive_the_server(small: Service, tmp_path: Path) -> None:
    file = AnswerFile(tmp_path / "answers.sqlite")
    first = Answers(file)
    ended, running = small.ticket(small.prepare("ASK {}", "json")), small.ticket(small.prepare("ASK {}", "json"))
    names = [first.keep("ASK {}", Graphs(), one, small.limits, None, Form.ASK).id for one in (ended, running)]
    ended.begin()
    list(ended.chunks())
    first.close()
    again = Answers(file)
    assert again.get(names[0]) == first.get(names[0])
    lost = again.get(names[1]).statement
    assert (lost.state, lost.error) == ("failed", "the server ended before the answer did")
    for home in ("/sparql", "/workspaces/other/sparql"):
        with pytest.raises(NotFound):
            again.get("0123" if home == "/sparql" else names[0], home)
    again.close()
    file.put([Known(msgspec.structs.replace(lost, id=str(number)), Form.ASK, "/sparql") for number in range(MOST)])
    assert file.get(names[0]) is None
    assert file.get("0") is not None


@pytest.mark.parametrize(
    ("limits", "state", "error"),
    [(Limits(seconds=0.3), "timed out", QueryTimeout), (Limits(bytes=500_000), "cut", QueryTooLarge)],
)
def test_statements_of_what_was_stopped(
    service: Service, endless: str, limits: Limits, state: str, error: type[GnomonError]
) -> None:
    text = endless if state == "timed out" else "SELECT * { ?a ?b ?c . ?d ?e ?f }"
    ticket = service.ticket(service.prepare(text, "json"), limits=limits)
    name = service.answers.keep(text, Graphs(), ticket, limits, None, Form.SELECT).id
    with pytest.raises(error):
        ticket.begin()
        list(ticket.chunks())
    said = service.statement(name)
    assert (said.state, said.rows) == (state, None)
    assert said.error


def test_a_search_joins_with_patterns(small: Service) -> None:
    text = 'SELECT ?t ?s { (?w ?s) gn:search ("nets" 2) . ?w dct:title ?t ; gn:year 2020 }'
    assert b"".join(ask(small, text, "csv")[1]).decode().split() == ["t,s", "Nets,3.5"]
    best = 'SELECT ?w { ?w gn:search "nets" } ORDER BY DESC(gn:score(?w))'
    assert b"".join(ask(small, best, "csv")[1]).decode().split() == ["w", "x:w1", "x:w2"]


def test_budgets() -> None:
    now = [0.0]
    budgets = Budgets(Budget(cpu=2, concurrent=2, errors=2), lambda: now[0])
    budgets.enter("a")
    budgets.enter("a")
    with pytest.raises(RateLimited, match="are running"):
        budgets.enter("a")
    budgets.enter("b")
    budgets.leave("a", 1.5)
    budgets.leave("a", 1.0)
    assert budgets.headers("a") == {"Query-Budget": "cpu;used=2.5;of=2, concurrent;used=0;of=2, errors;used=0;of=2"}
    now[0] = 10.0
    with pytest.raises(RateLimited, match="processor time") as caught:
        budgets.enter("a")
    assert caught.value.retry_after == 50
    now[0] = 61.0
    budgets.enter("a")
    budgets.leave("a", 0.0, QueryTimeout("x"))
    budgets.enter("a")
    budgets.leave("a", 0.0, QueryTooLarge("x"))
    with pytest.raises(RateLimited, match="that fail"):
        budgets.enter("a")


def test_completion(small: Service) -> None:
    profile = small.profiles.get(wait=20)
    assert profile is not None
    assert profile.predicates[PREFIXES["rdf"] + "type"] == 3

    def typed(text: str, kind: str = "any") -> list[str]:
        return [
            one.insert for one in completions(text, kind, profile, lambda t, n: [("x:c1", "concept", "nets", 1)], 9)
        ]  # type: ignore[arg-type]

    assert typed("dct:t") == ["dct:title"]
    assert typed("Work", "class") == ["gn:Work"]
    assert typed("sko", "prefix") == ["skos:"]
    assert "<x:c1>" in typed("net")
    assert [one.insert for one in small.completions("net", "entity", 5)] == ["<x:c1>"]


def test_snippets_quote_everything() -> None:
    nasty = "SELECT * { ?s ?p 'it''s $(rm -rf)' } # `x`"
    assert "'it'" in snippet(nasty, "http://h/sparql", "curl")
    compile(snippet(nasty, "http://h/sparql", "python"), "snippet", "exec")


WAYS_OUT = [
    "SELECT * { SERVICE <{u}> { ?s ?p ?o } }",
    "SELECT * { SERVICE SILENT <{u}> { ?s ?p ?o } }",
    "SELECT * { service <{u}> { ?s ?p ?o } }",
    "SELECT * { SeRvIcE<{u}>{ ?s ?p ?o } }",
    "SELECT * { SERVICE # comment\n <{u}> { ?s ?p ?o } }",
    "SELECT * { SERVICE#\n#\n<{u}>{?s ?p ?o} }",
    "SELECT * { SERVICE ?g { ?s ?p ?o } VALUES ?g { <{u}> } }",
    "PREFIX s: <{u}> SELECT * { SERVICE s: { ?s ?p ?o } }",
    "BASE <{u}> SELECT * { SERVICE <x> { ?s ?p ?o } }",
    "SELECT * { { { SERVICE <{u}> { ?s ?p ?o } } } }",
    "SELECT * { OPTIONAL { SERVICE <{u}> { ?s ?p ?o } } }",
    "SELECT * { ?a ?b ?c MINUS { SERVICE <{u}> { ?s ?p ?o } } }",
    "SELECT * { FILTER EXISTS { SERVICE <{u}> { ?s ?p ?o } } }",
    "SELECT * { FILTER NOT EXISTS { SERVICE <{u}> { ?s ?p ?o } } }",
    "SELECT * { BIND(EXISTS { SERVICE <{u}> { ?s ?p ?o } } AS ?x) }",
    "SELECT * { GRAPH ?g { SERVICE <{u}> { ?s ?p ?o } } }",
    "SELECT * { { SELECT * { SERVICE <{u}> { ?s ?p ?o } } } }",
    "ASK { SERVICE <{u}> { ?s ?p ?o } }",
    "CONSTRUCT { ?s ?p ?o } WHERE { SERVICE <{u}> { ?s ?p ?o } }",
    "DESCRIBE ?s { SERVICE <{u}> { ?s ?p ?o } }",
    "SELECT * { { ?a ?b ?c } UNION { SERVICE <{u}> { ?s ?p ?o } } }",
    "SELECT * { FILTER(trueSERVICE <{u}> {}) }",
    "SELECT * { BIND(1 AS ?x) SERVICE <{u}> {} }",
    "SELECT * { ?s ?p 1SERVICE <{u}> {} }",
    "SELECT * { ?s ?p 'x'SERVICE <{u}> {} }",
    "SELECT * { ?s ?p ?o.SERVICE <{u}> {} }",
    "SELECT * { \\u0053ERVICE <{u}> { ?s ?p ?o } }",
    "SELECT * { SERV\\u0049CE <{u}> { ?s ?p ?o } }",
    "SELECT * { S\\U00000045RVICE <{u}> { ?s ?p ?o } }",
    "SELECT * FROM <{u}> { ?s ?p ?o }",
    "SELECT * FROM NAMED <{u}> { GRAPH ?g { ?s ?p ?o } }",
    "SELECT * { GRAPH <{u}> { ?s ?p ?o } }",
    "DESCRIBE <{u}>",
    "LOAD <{u}>",
    "LOAD SILENT <{u}> INTO GRAPH <x:g>",
    "ASK {} ; LOAD <{u}>",
    "INSERT { ?s ?p ?o } WHERE { SERVICE <{u}> { ?s ?p ?o } }",
    "SELECT (<{u}>(1) AS ?x) {}",
    "SELECT * { ?s ?p ?o FILTER(<{u}>(?o)) }",
    "SELECT * { SERVICE <http://[::1]:{port}/> { ?s ?p ?o } }",
    "SELECT * { SERVICE <http://0x7f000001:{port}/> { ?s ?p ?o } }",
    "SELECT * { SERVICE <http://localhost:{port}/> { ?s ?p ?o } }",
    "SELECT * { SERVICE <http://127.1:{port}/> { ?s ?p ?o } }",
    "SELECT * { SERVICE <file:///etc/passwd> { ?s ?p ?o } }",
]  # fmt: skip


@pytest.fixture
def listener() -> Iterator[tuple[int, Callable[[], int]]]:
    """A port that counts who connects."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.1)
    seen: list[int] = []
    over = threading.Event()

    def listen() -> None:
        while not over.is_set():
            try:
                server.accept()[0].close()
                seen.append(1)
            except TimeoutError:
                continue

    thread = threading.Thread(target=listen)
    thread.start()
    yield server.getsockname()[1], lambda: len(seen)
    over.set()
    thread.join()
    server.close()


def test_no_way_out(service: Service, listener: tuple[int, Callable[[], int]], checkpoint: Path) -> None:
    """Asked through the guard, and put to a worker past it: no socket is opened."""
    port, connections = listener
    assert len(WAYS_OUT) >= 40
    for pattern in WAYS_OUT:
        text = pattern.replace("{u}", f"http://127.0.0.1:{port}/x").replace("{port}", str(port))
        closed = "SERVICE" in text.upper() or "LOAD" in text or "\\" in text
        try:
            answer = b"".join(ask(service, text)[1])
            assert not closed, text
            assert b"passwd" not in answer
        except GnomonError:
            continue
    assert connections() == 0
