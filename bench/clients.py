"""Other people's clients ask a running server the same questions, and their answers are laid side by side.

    python -m bench.clients [FOLDER]    # a data folder that was built; by default the built-in corpus is

SPARQLWrapper, rdflib's SPARQLStore and Oxigraph's SERVICE are Python packages; `roqet` and `rapper` come from
Debian (rasqal-utils, raptor2-utils); Comunica is installed by npm into `.build/peers/comunica`. A client that is
not there, or cannot ask a question of some form, has a dash; one that disagrees is told with what it found.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import httpx2
import msgspec
import pyoxigraph as ox
from rdflib import Graph
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from rdflib.query import Result
from SPARQLWrapper import JSON, TURTLE, SPARQLWrapper

from bench.client_queries import QUERIES, Question
from bench.w3c.server import serving

PEERS: Final = Path(".build/peers/comunica")
_COMUNICA: Final = "@comunica/query-sparql@3"
Row = tuple[tuple[str, str, str], ...]
Answer = frozenset[Row]
"""Rows without their order: each a (variable, lexical form, language or datatype) for every bound variable;
statements of a graph are rows of their subject, predicate and object; ASK is a row without variables, or none."""
_UNBOUND: Final = re.compile(rb'<binding name="[^"]*"><unbound/></binding>')
"""How roqet says that nothing is bound; the standard leaves it out."""
_STRING: Final = "http://www.w3.org/2001/XMLSchema#string"


def _term(value: str, kind: str = "") -> tuple[str, str]:
    return value, "" if kind == _STRING else kind.lower() if "/" not in kind else kind


def of_json(body: bytes | dict[str, Any]) -> Answer:
    """From SPARQL 1.1 results in JSON."""
    found = body if isinstance(body, dict) else msgspec.json.decode(body)
    if "boolean" in found:
        return frozenset([()] if found["boolean"] else [])
    return frozenset(
        tuple(
            sorted((name, *_term(t["value"], t.get("xml:lang") or t.get("datatype") or "")) for name, t in row.items())
        )
        for row in found["results"]["bindings"]
    )


def of_graph(graph: Graph) -> Answer:
    """From a graph of rdflib's."""
    return frozenset(
        tuple(
            (name, *_term(str(term), getattr(term, "language", None) or str(getattr(term, "datatype", None) or "")))
            for name, term in zip("spo", triple, strict=True)
        )
        for triple in graph
    )


def of_turtle(text: str | bytes) -> Answer:
    return of_graph(Graph().parse(data=text, format="turtle"))


def by_http(endpoint: str, question: Question) -> Answer:
    """What the server says: the measure of all others."""
    select = question.form in ("select", "ask")
    accept = "application/sparql-results+json" if select else "text/turtle"
    answer = httpx2.post(endpoint, data={"query": question.text}, headers={"Accept": accept}, trust_env=False)
    answer.raise_for_status()
    return of_json(answer.content) if select else of_turtle(answer.content)


def by_sparqlwrapper(endpoint: str, question: Question) -> Answer:
    client = SPARQLWrapper(endpoint)
    client.setQuery(question.text)
    select = question.form in ("select", "ask")
    client.setReturnFormat(JSON if select else TURTLE)
    found = client.query().response.read()
    return of_json(found) if select else of_turtle(found)


def by_rdflib(endpoint: str, question: Question) -> Answer:
    select = question.form in ("select", "ask")
    found = Graph(SPARQLStore(endpoint, returnFormat="json" if select else "turtle")).query(question.text)
    return of_graph(found.graph or Graph()) if not select else of_result(found)


def of_result(found: Result) -> Answer:
    """From rows or a boolean as rdflib has them."""
    if found.askAnswer is not None:
        return frozenset([()] if found.askAnswer else [])
    names = [str(name) for name in found.vars or ()]
    return frozenset(
        tuple(
            sorted(
                (name, *_term(str(term), getattr(term, "language", None) or str(getattr(term, "datatype", None) or "")))
                for name, term in zip(names, row, strict=True)  # type: ignore[arg-type]
                if term is not None
            )
        )
        for row in found
    )


def by_oxigraph(endpoint: str, question: Question) -> Answer | None:
    """Oxigraph as a client of ours: the whole question inside SERVICE."""
    if question.form != "select" or not question.inside:
        return None
    found = ox.Store().query(f"{question.head} SELECT * {{ SERVICE <{endpoint}> {{ {question.inside} }} }}")
    assert isinstance(found, ox.QuerySolutions)
    names = [one.value for one in found.variables]
    return frozenset(
        tuple(sorted((name, *_oxigraph(row[name])) for name in names if row[name] is not None)) for row in found
    )


def _oxigraph(term: Any) -> tuple[str, str]:
    if isinstance(term, ox.Literal):
        return _term(term.value, term.language or term.datatype.value)
    return _term(term.value)


def by_roqet(endpoint: str, question: Question) -> Answer | None:
    """Rasqal's command; it tells SELECT from others by its own reading, so graphs are asked by rapper."""
    if question.form != "select" or not shutil.which("roqet"):
        return None
    done = subprocess.run(
        ["roqet", "-q", "-p", endpoint, "-r", "xml", "-e", question.text], capture_output=True, check=True
    )
    return of_result(Result.parse(BytesIO(_UNBOUND.sub(b"", done.stdout)), format="xml"))


def by_rapper(endpoint: str, question: Question) -> Answer | None:
    """Raptor's command fetches a graph from the address of its query, and reads it."""
    if question.form not in ("construct", "describe") or not shutil.which("rapper"):
        return None
    address = str(httpx2.URL(endpoint, params={"query": question.text, "format": "rdfxml"}))
    done = subprocess.run(["rapper", "-q", "-i", "rdfxml", "-o", "ntriples", address], capture_output=True, check=True)
    return of_graph(Graph().parse(data=done.stdout, format="nt"))


class Comunica:
    """One process of node for all questions: it takes seconds to start."""

    def __init__(self) -> None:
        self._found: dict[str, Any] = {}

    def ask_all(self, endpoint: str, questions: tuple[Question, ...]) -> None:
        """Nothing where npm or its registry is not there."""
        if not shutil.which("npm") or not _installed():
            return
        given = [{"name": one.name, "text": one.text, "form": one.form} for one in questions]
        script = Path(__file__).with_name("comunica.mjs")
        shutil.copy(script, PEERS / script.name)
        done = subprocess.run(
            ["node", script.name, endpoint], cwd=PEERS, input=msgspec.json.encode(given), capture_output=True
        )
        if done.returncode:
            print(done.stderr.decode()[-2000:], file=sys.stderr)
            return
        self._found = msgspec.json.decode(done.stdout)

    def __call__(self, endpoint: str, question: Question) -> Answer | None:
        found = self._found.get(question.name)
        if found is None:
            return None
        if "error" in found:
            raise RuntimeError(found["error"])
        return of_json(found["json"]) if question.form in ("select", "ask") else of_turtle(found["turtle"])


def _installed() -> bool:
    if not (PEERS / "node_modules" / "@comunica").is_dir():
        PEERS.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", str(PEERS), _COMUNICA]
        return subprocess.run(command, capture_output=True).returncode == 0
    return True


@contextmanager
def a_graph() -> Iterator[Path]:
    """The built-in corpus, built in a folder of its own."""
    from api.build import build
    from api.settings import load_settings
    from api.watch import Quiet
    from ingest.sources.samples import sample

    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(data=Path(folder) / "data", encoder="none")
        found = sample("built-in", settings.data)
        build(settings, found.sources, found.vocabularies, Quiet())
        yield settings.data


def compared(endpoint: str) -> Iterator[tuple[Question, int, dict[str, str]]]:
    """Each question with its number of rows and what became of each client: "=", "-" or what is different."""
    comunica = Comunica()
    comunica.ask_all(endpoint, QUERIES)
    clients: dict[str, Callable[[str, Question], Answer | None]] = {
        "SPARQLWrapper": by_sparqlwrapper, "rdflib": by_rdflib, "Oxigraph SERVICE": by_oxigraph,
        "roqet": by_roqet, "rapper": by_rapper, "Comunica": comunica,
    }  # fmt: skip
    for question in QUERIES:
        expected = by_http(endpoint, question)
        said = {}
        for name, client in clients.items():
            try:
                found = client(endpoint, question)
            except Exception as error:  # noqa: BLE001 - other people's programs may fail in any way; it is told
                said[name] = f"failed: {error}"[:300]
            else:
                said[name] = "-" if found is None else "=" if found == expected else _difference(found, expected)
        yield question, len(expected), said


def _difference(found: Answer, expected: Answer) -> str:
    more, less = sorted(found - expected)[:1], sorted(expected - found)[:1]
    return f"{len(found)} rows; only here {more}, missing {less}"


def main() -> None:
    with a_graph() if len(sys.argv) < 2 else _given(Path(sys.argv[1])) as data, serving(data) as server:
        wrong = []
        for question, rows, said in compared(f"{server}/sparql"):
            marks = {name: mark if len(mark) == 1 else "≠" for name, mark in said.items()}
            if question is QUERIES[0]:
                print(f"{'question':34}{'rows':>6}  " + "  ".join(said))
            print(f"{question.name:34}{rows:>6}  " + "  ".join(f"{marks[name]:^{len(name)}}" for name in said))
            wrong += [(question.name, name, mark) for name, mark in said.items() if len(mark) > 1]
        for row in wrong:
            print(*row, sep=": ")
        print("All agree." if not wrong else f"{len(wrong)} answers differ.")
    sys.exit(bool(wrong))


@contextmanager
def _given(folder: Path) -> Iterator[Path]:
    yield folder


if __name__ == "__main__":
    main()
