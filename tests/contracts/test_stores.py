"""One suite for every store: embedded Oxigraph, the Oxigraph server, Virtuoso from Debian."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from graph.stores.base import STORES, Store
from graph.stores.hashing import store_hash
from graph.stores.oxigraph import OxigraphStore
from graph.stores.remote import VIRTUOSO_GRAPHS, RemoteStore
from graph.terms import Iri, Literal, StoreHash, boolean, date, iri, line, number, text
from ontology.errors import DiskFull, RemoteStoreError, StoreError, WriterBusy

P = "<http://x/p>"
G = "http://x/graph/text"
OBJECTS = [
    iri("http://x/ö/a?b=c&d#e"), text("plain"), text(""), text('quote " back \\ slash \\u0041 \n\r\t end'),
    text("naïve 中文 😀 \u200d\u0301"), text("colour", "en-GB"), text("色", "zh-hans"), text("\x01\x1f\x7f"),
    number(7), number(-3), number(0.8125), number(12.0), boolean(True), boolean(False),
    date("2016"), date("2016-05"), date("2016-05-01"), text("x" * 5000), text("{ ?s } <a> . # no comment"),
]  # fmt: skip
LINES = [line(iri(f"http://x/s{n}"), P, one, graph) for n, one in enumerate(OBJECTS) for graph in ("", iri(G))]


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def served(command: list[str], folder: Path, url: str, seconds: float) -> Iterator[None]:
    """Run a server until the block ends; it must answer at `url` within `seconds`."""
    with (folder / "server.out").open("wb") as out, subprocess.Popen(command, cwd=folder, stdout=out, stderr=out) as it:
        try:
            until = time.monotonic() + seconds
            while True:
                try:
                    httpx2.get(url, params={"query": "ASK {}"}, timeout=5, trust_env=False)
                    break
                except httpx2.HTTPError:
                    assert it.poll() is None and time.monotonic() < until, (folder / "server.out").read_text()[-2000:]
                    time.sleep(0.1)
            yield
        finally:
            it.kill()


@contextmanager
def oxigraph_server(folder: Path) -> Iterator[Callable[[], Store]]:
    url = f"http://127.0.0.1:{free_port()}"
    binary = str(Path(sys.executable).with_name("oxigraph"))
    with served([binary, "serve", "--location", str(folder / "db"), "--bind", url[7:]], folder, f"{url}/query", 20):

        def store() -> Store:
            made = RemoteStore(f"{url}/query", f"{url}/update", graph_store_url=f"{url}/store")
            made._update("CLEAR ALL")
            return made

        yield store


VIRTUOSO_INI = """
[Database]
DatabaseFile = {0}/v.db
ErrorLogFile = {0}/v.log
LockFile = {0}/v.lck
TransactionFile = {0}/v.trx
xa_persistent_file = {0}/v.pxa
[TempDatabase]
DatabaseFile = {0}/t.db
TransactionFile = {0}/t.trx
[Parameters]
ServerPort = 127.0.0.1:{1}
NumberOfBuffers = 4000
MaxDirtyBuffers = 3000
CheckpointInterval = 0
[HTTPServer]
ServerPort = 127.0.0.1:{2}
ServerRoot = {0}
"""


@contextmanager
def virtuoso(folder: Path) -> Iterator[Callable[[], Store]]:
    if not shutil.which("virtuoso-t") or not shutil.which("isql-vt"):
        pytest.skip("needs Virtuoso (Debian package virtuoso-opensource-7), which is not installed")
    sql, http = free_port(), free_port()
    (folder / "v.ini").write_text(VIRTUOSO_INI.format(folder, sql, http))
    url = f"http://127.0.0.1:{http}/sparql"
    with served(["virtuoso-t", "-c", str(folder / "v.ini"), "+foreground"], folder, url, 90):
        grant = 'GRANT SPARQL_UPDATE TO "SPARQL";'
        subprocess.run(
            ["isql-vt", f"127.0.0.1:{sql}", "dba", "dba", f"exec={grant}"], check=True, capture_output=True, timeout=60
        )

        def store() -> Store:
            made = RemoteStore(url, url, default_graph="http://x/graph/default", hidden_graphs=VIRTUOSO_GRAPHS)
            for graph in ("http://x/graph/default", G):
                made._update(f"CLEAR GRAPH <{graph}>")
            return made

        yield store


@contextmanager
def embedded(folder: Path) -> Iterator[Callable[[], Store]]:
    numbers = iter(range(1000))
    yield lambda: OxigraphStore(folder / f"store{next(numbers)}")


KINDS = {"embedded": embedded, "oxigraph-server": oxigraph_server, "virtuoso": virtuoso}


@pytest.fixture(
    scope="module",
    params=["embedded", *(pytest.param(kind, marks=pytest.mark.server) for kind in ("oxigraph-server", "virtuoso"))],
)
def stores(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Store]]:
    with KINDS[request.param](tmp_path_factory.mktemp(request.param)) as make:
        yield make


@pytest.fixture
def store(stores: Callable[[], Store]) -> Iterator[Store]:
    made = stores()
    yield made
    made.close()


def test_it_is_a_store(store: Store) -> None:
    assert isinstance(store, Store)
    assert type(store) in {STORES.get(name) for name in STORES}


def test_what_goes_in_comes_out_the_same(store: Store) -> None:
    store.apply([], LINES)
    assert sorted(store.lines()) == sorted(LINES)
    assert store.count() == len(LINES)


def test_load_gives_the_same_as_apply(store: Store) -> None:
    store.load(LINES)
    store.load(LINES[:5])
    assert sorted(store.lines()) == sorted(LINES)


def test_lines_of_one_graph(store: Store) -> None:
    store.apply([], LINES)
    assert sorted(store.lines("")) == sorted(LINES[::2])
    assert sorted(store.lines(G)) == sorted(LINES[1::2])
    assert list(store.lines("http://x/none")) == []


def test_apply_removes_then_adds_and_may_be_repeated(store: Store) -> None:
    store.apply([], LINES)
    fresh = line("<http://x/new>", P, text("new"))
    for _ in range(2):
        store.apply([*LINES[4:], line("<http://x/never>", P, number(1))], [fresh, LINES[0]])
    assert sorted(store.lines()) == sorted([*LINES[:4], fresh])


def test_the_hash_is_that_of_the_lines(store: Store) -> None:
    store.apply([], LINES)
    expected = StoreHash()
    expected.update(LINES)
    assert store_hash(store) == expected.hexdigest() != store_hash(store, "")


def test_select_gives_terms_and_leaves_out_what_is_unbound(store: Store) -> None:
    store.apply([], LINES)
    query = "SELECT ?s ?o ?n { ?s <http://x/p> ?o OPTIONAL { ?s <http://x/none> ?n } FILTER (LANG(?o) = 'en-gb') }"
    assert list(store.select(query)) == [{"s": Iri("http://x/s5"), "o": Literal("colour", "en-gb")}]


def test_select_reads_the_default_graph_and_named_graphs_by_name(store: Store) -> None:
    store.apply([], [line("<http://x/a>", P, number(1)), line("<http://x/b>", P, number(2), iri(G))])
    assert [row["s"] for row in store.select("SELECT ?s { ?s <http://x/p> ?o }")] == [Iri("http://x/a")]
    assert list(store.select(f"SELECT ?s ?g {{ GRAPH ?g {{ ?s <http://x/p> ?o }} FILTER (?g = <{G}>) }}")) == [
        {"s": Iri("http://x/b"), "g": Iri(G)}
    ]


def test_bindings_fix_variables(store: Store) -> None:
    store.apply([], LINES)
    query = "SELECT (COUNT(*) AS ?n) # not here: {\n{ ?s <http://x/p> ?o }"
    for wanted in (
        Iri("http://x/ö/a?b=c&d#e"),
        Literal('quote " back \\ slash \\u0041 \n\r\t end'),
        Literal("色", "zh-hans"),
    ):
        assert next(iter(store.select(query, {"o": wanted}))) == {"n": Literal("1", "", f"{XSD}integer")}
    assert store.ask("ASK { ?s <http://x/p> ?o }", {"s": Iri("http://x/s1"), "o": Literal("plain")})
    assert not store.ask("ASK { ?s <http://x/p> ?o }", {"s": Iri("http://x/s2"), "o": Literal("plain")})


def test_a_binding_cannot_break_out_of_the_query(store: Store) -> None:
    store.apply([], LINES)
    hostile = Iri("http://x/p> ?o } # ")
    assert not list(store.select("SELECT ?s { ?s ?p ?o }", {"p": hostile}))


def test_many_rows_and_many_statements(store: Store) -> None:
    many = [line(iri(f"http://x/n{n}"), P, text(f"value {n} é")) for n in range(3000)]
    store.load(many)
    assert {str(row["s"]) for row in store.select("SELECT ?s { ?s <http://x/p> ?o }")} == {
        one.split(" ")[0] for one in many
    }
    store.apply(many, [])
    assert store.count() == 0


def test_a_broken_query_is_a_store_error(store: Store) -> None:
    with pytest.raises(StoreError):
        list(store.select("SELECT nonsense"))


XSD = "http://www.w3.org/2001/XMLSchema#"


def test_a_second_writer_is_turned_away(tmp_path: Path) -> None:
    first = OxigraphStore(tmp_path / "s")
    with pytest.raises(WriterBusy):
        OxigraphStore(tmp_path / "s")
    first.close()
    OxigraphStore(tmp_path / "s").close()


def test_a_full_disk_has_its_own_error(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(small)], capture_output=True).returncode:
        pytest.skip("needs the right to mount a small tmpfs")
    try:
        store = OxigraphStore(small / "s")
        with pytest.raises(DiskFull):
            for n in range(100):
                store.load(
                    [line(iri(f"http://x/{n}-{k}"), P, text(f"{k * 7919 % 104729:x}" * 20)) for k in range(5000)]
                )
        store.close()
    finally:
        subprocess.run(["umount", "-l", str(small)], check=False)


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    store = RemoteStore(f"http://127.0.0.1:{free_port()}/query", timeout=2)
    with pytest.raises(RemoteStoreError, match="reached"):
        store.ask("ASK {}")
    with pytest.raises(RemoteStoreError, match="no address"):
        store.apply([], LINES)
