"""Tests replayed against one dataset of a running server. A test that fails gives its reason."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

import httpx2
import pyoxigraph as ox

from bench.w3c.answers import (
    document,
    expected_solutions,
    of_files,
    same_dataset,
    same_solutions,
    same_table,
    solutions,
)
from bench.w3c.manifest import Case, Conversation, Dataset, Exchange

_QUERY: Final = {"Content-Type": "application/sparql-query"}
_UPDATE: Final = {"Content-Type": "application/sparql-update"}
_EVERYTHING: Final = "SELECT ?g ?s ?p ?o { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"
_FORMATS: Final = {
    "boolean": ("application/sparql-results+json", "application/sparql-results+xml"),
    "tabular": ("application/sparql-results+json", "application/sparql-results+xml", "text/csv",
                "text/tab-separated-values"),
    "RDF": ("text/turtle", "application/rdf+xml", "application/n-triples"),
}  # fmt: skip


class Replay:
    """One workspace, known by the addresses of its endpoint and its graph store."""

    def __init__(self, server: str, workspace: str, key: str) -> None:
        self.root = f"{server}/workspaces/{workspace}"
        self.http = httpx2.Client(headers={"X-API-Key": key}, timeout=60, trust_env=False)
        self._loaded: Dataset | None = None

    def conversation(self, test: Conversation) -> str:
        """Replay the requests of a protocol test; the reason of a failure, or nothing."""
        self.load(test.data)
        self._loaded = None
        names: dict[str, str] = {}
        for number, exchange in enumerate(test.exchanges, 1):
            answer = self._send(exchange, names)
            problem = self._unlike(exchange, answer)
            if problem:
                return f"request {number}: {problem}"
            if exchange.location:
                names[exchange.location] = answer.headers.get("location", "")
        return ""

    def _send(self, exchange: Exchange, names: dict[str, str]) -> httpx2.Response:
        path, body = exchange.path, exchange.body
        for name, value in names.items():
            path, body = path.replace(name, quote(value, safe="")), body.replace(name.encode(), value.encode())
        headers = {"Host": "www.example", **exchange.headers}
        return self.http.request(exchange.method, self._address(path), headers=headers, content=body or None)

    def _address(self, path: str) -> str:
        """Our address for a path of the suite; graphs named after it are renamed likewise."""
        below = urlsplit(self.root).path
        if path.startswith("/sparql"):
            return f"{self.root}/sparql{path.removeprefix('/sparql').lstrip('/')}"
        for old in ("www.example%2Fgsp", "www.example/gsp"):
            path = path.replace(old, "www.example" + (quote(below, safe="") if "%" in old else below) + "/graph")
        return f"{self.root}/graph{path.removeprefix('/gsp')}"

    def _unlike(self, exchange: Exchange, answer: httpx2.Response) -> str:
        status = str(answer.status_code)
        if not any(status == one or (one.endswith("xx") and status[0] == one[0]) for one in exchange.statuses):
            return f"status {status} instead of {' or '.join(exchange.statuses)}: {answer.text[:200]}"
        kind = answer.headers.get("content-type", "").partition(";")[0]
        if exchange.format and kind not in _FORMATS[exchange.format]:
            return f"{kind} is not {exchange.format}"
        if exchange.boolean is not None and answer.json()["boolean"] is not exchange.boolean:
            return "the answer is wrong"
        if exchange.location and not answer.headers.get("location"):
            return "no Location"
        if exchange.answer:
            expected = document(exchange.answer.encode(), exchange.answer_type, str(answer.url))
            if not same_dataset(expected, document(answer.content, kind, str(answer.url))):
                return "another graph came back"
        return ""

    def case(self, test: Case) -> str:
        """Run an evaluation or syntax test; the reason of a failure, or nothing."""
        match test.kind:
            case "QueryEvaluationTest" | "CSVResultFormatTest":
                return self._query(test)
            case "UpdateEvaluationTest":
                return self._update(test)
            case _:
                return self._syntax(test)

    def _query(self, test: Case) -> str:
        self.load(test.data)
        assert test.result is not None
        expected = None if test.kind == "CSVResultFormatTest" else expected_solutions(test.result)
        accept = {"Accept": "application/sparql-results+json, application/n-triples;q=0.9"}
        if test.kind == "CSVResultFormatTest":
            accept = {"Accept": "text/csv"}
        answer = self._ask(_based(test.text), accept)
        if answer.status_code != 200:
            return f"status {answer.status_code}: {answer.text[:300]}"
        if test.kind == "CSVResultFormatTest":
            return "" if same_table(test.result.read_text("utf-8"), answer.text) else "other rows"
        if expected is None:
            graph = ox.parse(path=str(test.result), base_iri=test.result.as_uri())
            same = same_dataset(graph, document(answer.content, "application/n-triples", ""))
            return "" if same else "another graph"
        found = solutions(answer.content, "JSON")
        if isinstance(expected, bool) or isinstance(found, bool):
            return "" if expected is found else f"{found} instead of {expected}"
        return "" if same_solutions(expected, found) else f"{len(found)} rows, not those expected ({len(expected)})"

    def _ask(self, text: bytes, headers: dict[str, str]) -> httpx2.Response:
        return self.http.post(f"{self.root}/sparql", content=text, headers={**_QUERY, **headers})

    def _update(self, test: Case) -> str:
        self.load(test.data)
        self._loaded = None
        answer = self.http.post(f"{self.root}/sparql", content=_based(test.text), headers=_UPDATE)
        if answer.status_code != 204:
            return f"status {answer.status_code}: {answer.text[:300]}"
        after = test.after or Dataset()
        return "" if same_dataset(of_files(after.default, after.named), self._everything()) else "another dataset"

    def _everything(self) -> Iterable[ox.Quad]:
        answer = self._ask(_EVERYTHING.encode(), {"Accept": "application/json"})
        if answer.status_code != 200:
            raise RuntimeError(f"the graph cannot be read: {answer.status_code} {answer.text[:500]}")
        found = solutions(answer.content, "JSON")
        assert not isinstance(found, bool)
        for row in found:
            yield ox.Quad(row["s"], row["p"], row["o"], row.get("g"))  # type: ignore[arg-type]

    def _syntax(self, test: Case) -> str:
        update = "Update" in test.kind
        self._loaded = None if update else self._loaded
        answer = self.http.post(
            f"{self.root}/sparql", content=test.text.read_bytes(), headers=_UPDATE if update else _QUERY
        )
        if "Negative" in test.kind:
            return "" if 400 <= answer.status_code < 500 else "it was taken"
        evaluated = answer.status_code == 400 and answer.json()["code"] == "QueryFailed"
        return "" if answer.status_code < 300 or evaluated else f"status {answer.status_code}: {answer.text[:300]}"

    def load(self, data: Dataset) -> None:
        """Make the workspace hold this and nothing else."""
        if data == self._loaded:
            return
        triples: dict[str, list[str]] = {}
        for quad in of_files(data.default, data.named):
            graph = "" if isinstance(quad.graph_name, ox.DefaultGraph) else str(quad.graph_name)
            triples.setdefault(graph, []).append(f"{quad.triple} .")
        blocks = (f"GRAPH {g} {{ {' '.join(said)} }}" if g else " ".join(said) for g, said in triples.items())
        update = f"DROP ALL ; INSERT DATA {{ {' '.join(blocks)} }}"
        self.http.post(f"{self.root}/sparql", content=update.encode(), headers=_UPDATE).raise_for_status()
        self._loaded = data


def _based(path: Path) -> bytes:
    """The text of a query with its own address as the base."""
    return f"BASE <{path.as_uri()}>\n".encode() + path.read_bytes()
