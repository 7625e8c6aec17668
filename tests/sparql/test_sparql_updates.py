"""What an update writes to, found in its text; what becomes of it in a workspace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from graph.snapshots import FixedCheckpoint
from ontology.errors import NotFound, QueryFailed, QueryForbidden, QuerySyntaxError, QueryTooLarge, SettingsError
from sparql.asking import ask
from sparql.limits import Limits, TextLimits
from sparql.pool import QueryPool
from sparql.process import CHANGE
from sparql.service import Service
from sparql.updates import Using, Writes, check_writes, inspect_update
from sparql.workspaces import Workspaces

LIMITS = TextLimits()


def writes(text: str) -> Writes:
    return inspect_update(text, LIMITS, base="http://here/sparql").writes


@pytest.mark.parametrize(
    ("text", "graphs", "unnamed"),
    [
        ("INSERT DATA { <x:a> <x:b> 1 }", {""}, False),
        ("INSERT DATA { GRAPH <x:g> { <x:a> <x:b> 1 } }", {"x:g"}, False),
        ("PREFIX e: <http://e/> INSERT DATA { GRAPH e:g { <x:a> <x:b> 1 } <x:a> <x:b> 2 }", {"http://e/g", ""}, False),
        ("BASE <http://e/f/> DELETE DATA { GRAPH <g> { <x:a> <x:b> 1 } }", {"http://e/f/g"}, False),
        ("DELETE DATA { GRAPH <g> { <x:a> <x:b> 1 } }", {"http://here/g"}, False),
        ("DELETE WHERE { GRAPH <x:g> { ?a ?b ?c } }", {"x:g"}, False),
        ("DELETE WHERE { GRAPH ?g { ?a ?b ?c } }", set(), True),
        ("WITH <x:g> DELETE { ?a ?b 1 } INSERT { ?a ?b 2 } WHERE { GRAPH <x:h> { ?a ?b ?c } }", {"x:g"}, False),
        ("INSERT { GRAPH <x:g> { ?a ?b 2 } } USING <x:h> WHERE { ?a ?b ?c }", {"x:g"}, False),
        ("CLEAR GRAPH <x:g>", {"x:g"}, False),
        ("DROP SILENT DEFAULT", {""}, False),
        ("CLEAR NAMED", set(), True),
        ("DROP ALL ; CREATE GRAPH <x:g>", {"x:g"}, True),
        ("COPY <x:a> TO <x:b>", {"x:b"}, False),
        ("MOVE SILENT GRAPH <x:a> TO DEFAULT", {"x:a", ""}, False),
        ("ADD DEFAULT TO <x:b> ;", {"x:b"}, False),
        (r"CLEAR GRAPH <x:\u0067>", {"x:g"}, False),
    ],
)
def test_targets(text: str, graphs: set[str], unnamed: bool) -> None:
    assert writes(text) == Writes(frozenset(graphs), unnamed)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("LOAD <http://example.org/>", QueryForbidden),
        ("CLEAR ALL ; LOAD <file:///etc/passwd>", QueryForbidden),
        ("INSERT { ?a ?b ?c } WHERE { SERVICE <http://e/> { ?a ?b ?c } }", QueryForbidden),
        ("SELECT * { ?a ?b ?c }", QuerySyntaxError),
        ("INSERT DATA { <x:a> <x:b> 1", QuerySyntaxError),
        ("INSERT DATA { nope:a <x:b> 1 }", QuerySyntaxError),
        ("#" * 300_000, QueryTooLarge),
    ],
)
def test_refused(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        writes(text)


def test_the_protocols_dataset_is_written_into_the_text() -> None:
    using = Using(("x:d",), ("x:n",))
    made = inspect_update("INSERT { ?a ?b 1 } WHERE { ?a ?b 2 } ; DELETE WHERE { ?a ?b 3 }", LIMITS, using).text
    clauses = "USING <x:d> USING NAMED <x:n>"
    assert " ".join(made.split()) == (
        f"INSERT {{ ?a ?b 1 }} {clauses} WHERE {{ ?a ?b 2 }} ; DELETE {{ ?a ?b 3 }} {clauses} WHERE {{ ?a ?b 3 }}"
    )
    for text in ("WITH <x:g> DELETE { ?a ?b 1 } WHERE { ?a ?b 2 }", "DELETE { ?a ?b 1 } USING <x:g> WHERE { ?a ?b 2 }"):
        with pytest.raises(QuerySyntaxError, match="names a dataset"):
            inspect_update(text, LIMITS, using)
    with pytest.raises(QuerySyntaxError, match="absolute IRI"):
        inspect_update("DELETE WHERE { ?a ?b 3 }", LIMITS, Using(("x:d> WHERE {} ; DROP ALL #",)))


def test_a_silent_load_loads_nothing_and_says_nothing() -> None:
    made = inspect_update("LOAD SILENT <http://e/> INTO GRAPH <x:g> ; INSERT DATA { <x:a> <x:b> 1 }", LIMITS)
    assert made.text.strip() == "INSERT DATA { <x:a> <x:b> 1 }"
    assert made.writes.graphs == {""}


def test_only_graphs_of_ones_own() -> None:
    def own(graph: str) -> bool:
        return graph.startswith("x:own/")

    check_writes(writes("INSERT DATA { GRAPH <x:own/a> { <x:a> <x:b> 1 } }"), own)
    for text in ("CLEAR DEFAULT", "CLEAR GRAPH <x:other>", "DROP ALL", "DELETE WHERE { GRAPH ?g { ?a ?b ?c } }"):
        with pytest.raises(QueryForbidden):
            check_writes(writes(text), own)


@pytest.fixture
def workspaces(tmp_path: Path) -> Iterator[Workspaces]:
    made = Workspaces(tmp_path / "workspaces")
    yield made
    made.close()


@pytest.fixture
def changes(checkpoint: Path) -> Iterator[QueryPool]:
    made = QueryPool(FixedCheckpoint(checkpoint), Limits(workers=1, seconds=20), CHANGE)
    yield made
    made.close()


@pytest.fixture
def open_workspace(workspaces: Workspaces, pool: QueryPool, changes: QueryPool) -> Callable[[str], Service]:
    def open_one(name: str) -> Service:
        workspaces.create(name)
        found = workspaces.get(name)
        return Service(pool, found.checkpoints, changes=changes, writer=found)

    return open_one


def rows(service: Service, text: str) -> list[str]:
    return sorted(b"".join(ask(service, text, "csv")[1]).decode().split()[1:])


def test_updates_are_seen_at_once_and_whole_or_not_at_all(open_workspace: Callable[[str], Service]) -> None:
    service = open_workspace("one")
    done = service.update("INSERT DATA { <x:a> <x:b> 1, 2 . GRAPH <x:g> { <x:a> <x:b> 3 } }", Using(), "me", "")
    assert (done.added, done.removed, sorted(done.graphs)) == (3, 0, ["", "x:g"])
    assert rows(service, "SELECT ?o { ?s ?p ?o }") == ["1", "2"]
    with pytest.raises(QueryFailed, match="nothing is changed"):
        service.update("INSERT DATA { <x:a> <x:b> 9 } ; CREATE GRAPH <x:g>", Using(), "me", "")
    assert rows(service, "SELECT ?o { ?s ?p ?o }") == ["1", "2"]
    service.update("MOVE <x:g> TO DEFAULT", Using(), "me", "")
    assert rows(service, "SELECT ?o { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }") == ["3"]
    log = (service.writer.folder / "changes.jsonl").read_text().splitlines()  # type: ignore[union-attr]
    assert len(log) == 2
    assert '"author":"me"' in log[0]


def test_workspaces_know_nothing_of_each_other(
    open_workspace: Callable[[str], Service], workspaces: Workspaces, pool: QueryPool
) -> None:
    one, two = open_workspace("one"), open_workspace("two")
    one.update("INSERT DATA { <x:a> <x:b> 1 }", Using(), "me", "")
    assert rows(two, "SELECT ?o { ?s ?p ?o }") == []
    assert rows(one, "SELECT ?o { ?s ?p ?o }") == ["1"]
    assert rows(Service(pool), "SELECT ?v { <x:marker> <x:is> ?v }") == ["first"]
    assert workspaces.names() == ["one", "two"]
    workspaces.remove("one")
    with pytest.raises(NotFound):
        workspaces.get("one")
    with pytest.raises(SettingsError):
        workspaces.create("../evil")


def test_documents(open_workspace: Callable[[str], Service]) -> None:
    service = open_workspace("one")
    turtle = ("text/turtle", b"<a> <b> 1 .")
    assert service.put("x:g", [turtle], "me", "http://base/", replace=False).created
    more = service.put("x:g", [("application/n-triples", b"<x:s> <x:p> _:b .")], "me", "", replace=False)
    assert (more.created, more.added, more.removed) == (False, 1, 0)
    assert rows(service, "SELECT ?s { GRAPH <x:g> { ?s ?p ?o } }") == ["http://base/a", "x:s"]
    service.put("x:g", [turtle], "me", "http://base/", replace=True)
    assert rows(service, "SELECT ?s { GRAPH <x:g> { ?s ?p ?o } }") == ["http://base/a"]
    with pytest.raises(QuerySyntaxError, match="cannot be read"):
        service.put("x:g", [("text/turtle", b"<a> <b>")], "me", "", replace=True)
    with pytest.raises(QueryForbidden, match="names another"):
        service.put("x:g", [("application/n-quads", b"<x:a> <x:b> <x:c> <x:h> .")], "me", "", replace=True)


def test_a_dataset_without_writer_takes_no_updates(service: Service) -> None:
    with pytest.raises(QueryForbidden, match="no updates"):
        service.update("CLEAR ALL", Using(), "me", "")
