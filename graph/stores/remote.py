"""Any SPARQL 1.1 server as a store, over HTTP.

Queries and updates are sent as forms (Virtuoso hangs on a directly posted query); results come as
JSON and are read while they arrive. Tried on the Oxigraph server and on Virtuoso 7.

A server without a default graph of its own (Virtuoso: its default graph is the union of all) is
given one: `default_graph` names the graph that stands for it, in both directions. Each query then
names its dataset (SPARQL Protocol, section 2.1.4): that graph, and as named graphs all others.

What Virtuoso does not keep, and what is done about it: booleans come back as 1 and 0 (put right
here); decimals, doubles and dates are kept by value, so lines must be canonical, as `graph.terms`
writes them, and of two literals of one subject and property that are equal as values, such as
"2016-05-01"^^xsd:date and "2016-05"^^xsd:gYearMonth, one is lost (Gnomon never says both).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import httpx2

from graph.stores.base import Row
from graph.stores.bindings import bound
from graph.terms import XSD, Blank, Iri, Literal, Term, iri, line, parts
from ontology.errors import RemoteStoreError

UPDATE_LINES: Final = 1000
"""Most statements in one update."""
UPDATE_BYTES: Final = 400_000
"""An update is sent once it is this long; Virtuoso refuses much longer texts."""
VIRTUOSO_GRAPHS: Final = (
    "http://www.openlinksw.com/schemas/virtrdf#", "http://www.w3.org/ns/ldp#", "http://localuriqaserver/sparql",
    "http://www.w3.org/2002/07/owl#", "urn:activitystreams-owl:map",
)  # fmt: skip
"""Graphs that Virtuoso fills for itself; hide them to see only one's own."""

_JSON: Final = {"Accept": "application/sparql-results+json"}
_GAP: Final = re.compile(r"[\s,]*")
_STATEMENT: Final = "{ ?s ?p ?o }"


class RemoteStore:
    """A server's query and update addresses as one store.

    `graph_store_url` (Graph Store HTTP Protocol) makes `load` faster where the server has it;
    `auth` is a name and a password (HTTP Basic) or any httpx2 auth; `timeout` is in seconds, for a
    connection and between two pieces of an answer. Raises RemoteStoreError when the server says no
    or cannot be reached.
    """

    def __init__(
        self,
        query_url: str,
        update_url: str = "",
        *,
        graph_store_url: str = "",
        auth: httpx2.Auth | tuple[str, str] | None = None,
        default_graph: str = "",
        hidden_graphs: Iterable[str] = (),
        timeout: float = 60.0,
    ) -> None:
        self._query_url = query_url
        self._update_url = update_url
        self._graph_store_url = graph_store_url
        self._default = default_graph
        self._hidden = frozenset(hidden_graphs)
        self._named: list[str] | None = None
        self._http = httpx2.Client(auth=auth, timeout=timeout, trust_env=False)

    def apply(self, removes: Iterable[str], adds: Iterable[str]) -> None:
        """See `Store.apply`: one request for each 1,000 statements and graph."""
        for verb, lines in (("DELETE DATA", removes), ("INSERT DATA", adds)):
            for chunk in _chunks(lines):
                # Virtuoso heeds only the first of several GRAPH blocks, so each graph has its own request.
                for graph, triples in self._graphs(chunk).items():
                    body = "".join(f"{triple} .\n" for triple in triples)
                    self._update(f"{verb} {{ {f'GRAPH {graph} {{ {body} }}' if graph else body} }}")

    def load(self, texts: Iterable[str | bytes]) -> None:
        """See `Store.load`."""
        whole = (text if isinstance(text, str) else text.decode() for text in texts)
        lines = (line for text in whole for line in text.split("\n"))
        if not self._graph_store_url:
            self.apply((), lines)
            return
        self._named = None
        for chunk in _chunks(lines, 50_000, 8 << 20):
            for graph, triples in self._graphs(chunk).items():
                where = {"graph": graph[1:-1]} if graph else {"default": ""}
                body = "".join(f"{triple} .\n" for triple in triples).encode()
                with self._errors(self._graph_store_url):
                    _checked(
                        self._http.post(
                            self._graph_store_url, params=where, content=body,
                            headers={"Content-Type": "application/n-triples"},
                        )
                    )  # fmt: skip

    def select(self, query: str, bindings: Mapping[str, Term] | None = None) -> Iterator[Row]:
        with self._errors(self._query_url), self._answer(bound(query, bindings)) as answer:
            for binding in _bindings(answer.iter_text()):
                yield {name: _term(value) for name, value in binding.items()}

    def ask(self, query: str, bindings: Mapping[str, Term] | None = None) -> bool:
        with self._errors(self._query_url), self._answer(bound(query, bindings)) as answer:
            said = json.loads(answer.read())
        if "boolean" in said:
            return bool(said["boolean"])
        # Virtuoso answers ASK with one row that holds 1 or 0.
        return any(cell["value"] == "1" for row in said["results"]["bindings"] for cell in row.values())

    def lines(self, graph: str | None = None) -> Iterator[str]:
        if not graph:
            yield from self._statements(_STATEMENT, "")
        if graph is None:
            with self._errors(self._query_url):
                named = self._named_graphs()
            for name in named:
                yield from self.lines(name)
        elif graph:
            yield from self._statements(f"{{ GRAPH {iri(graph)} {_STATEMENT} }}", iri(graph))

    def _statements(self, where: str, graph: str) -> Iterator[str]:
        for row in self.select(f"SELECT ?s ?p ?o {where}"):
            yield line(str(row["s"]), str(row["p"]), str(row["o"]), graph)

    def count(self) -> int:
        with self._errors(self._query_url):
            named = self._named_graphs()
        wheres = [_STATEMENT, *(f"{{ GRAPH {iri(name)} {_STATEMENT} }}" for name in named)]
        return sum(self._number(f"SELECT (COUNT(*) AS ?n) {where}") for where in wheres)

    def _number(self, query: str) -> int:
        return int(next(str(getattr(row["n"], "value", "0")) for row in self.select(query)))

    def close(self) -> None:
        self._http.close()

    def _graphs(self, lines: list[str]) -> dict[str, list[str]]:
        """Graph (written; empty: the default graph) → its triples."""
        default = iri(self._default) if self._default else ""
        found: dict[str, list[str]] = {}
        for one in lines:
            subject, predicate, object_, graph = parts(one)
            found.setdefault(graph or default, []).append(f"{subject} {predicate} {object_}")
        return found

    def _update(self, update: str) -> None:
        if not self._update_url:
            raise RemoteStoreError("this server was given no address for updates", place=self._query_url)
        self._named = None
        with self._errors(self._update_url):
            _checked(self._http.post(self._update_url, data={"update": update}))

    @contextmanager
    def _answer(self, query: str) -> Iterator[httpx2.Response]:
        form: dict[str, str | list[str]] = {"query": query}
        if self._default:
            form |= {"default-graph-uri": self._default, "named-graph-uri": self._named_graphs()}
        with self._http.stream("POST", self._query_url, data=form, headers=_JSON) as answer:
            if answer.status_code >= 400:
                answer.read()
            yield _checked(answer)

    def _named_graphs(self) -> list[str]:
        """All graphs but the default and the hidden ones; asked for once after each update."""
        if self._named is None:
            query = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"
            answer = _checked(self._http.post(self._query_url, data={"query": query}, headers=_JSON))
            found = {row["g"]["value"] for row in _bindings(iter([answer.text]))}
            self._named = sorted(found - self._hidden - {self._default})
        return self._named

    @contextmanager
    def _errors(self, url: str) -> Iterator[None]:
        try:
            yield
        except httpx2.HTTPError as error:
            raise RemoteStoreError(f"the SPARQL server cannot be reached: {error}", place=url) from error
        except (ValueError, KeyError) as error:
            raise RemoteStoreError(f"the SPARQL server's answer makes no sense: {error}", place=url) from error


def _checked(answer: httpx2.Response) -> httpx2.Response:
    if answer.status_code >= 400:
        raise RemoteStoreError(
            f"the SPARQL server refuses ({answer.status_code}): {answer.text[:300]}", place=str(answer.url)
        )
    return answer


def _chunks(lines: Iterable[str], most: int = UPDATE_LINES, longest: int = UPDATE_BYTES) -> Iterator[list[str]]:
    chunk: list[str] = []
    size = 0
    for one in lines:
        chunk.append(one)
        size += len(one)
        if len(chunk) >= most or size >= longest:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _bindings(pieces: Iterator[str]) -> Iterator[dict[str, Any]]:
    """The solutions of a SPARQL JSON result, as they arrive."""
    decode = json.JSONDecoder().raw_decode
    text = ""
    for piece in pieces:
        text += piece
        if found := re.search(r'"bindings"\s*:\s*\[', text):
            text = text[found.end() :]
            break
    else:
        raise ValueError("no bindings")
    at = 0
    while True:
        at = _GAP.match(text, at).end()  # type: ignore[union-attr]
        if text.startswith("]", at):
            return
        try:
            row, at = decode(text, at)
        except ValueError:
            piece = next(pieces, "")
            if not piece:
                raise ValueError("the answer ends in the middle") from None
            text, at = text[at:] + piece, 0
            continue
        yield row


def _term(cell: Mapping[str, str]) -> Term:
    match cell["type"]:
        case "uri":
            return Iri(cell["value"])
        case "bnode":
            return Blank(cell["value"])
    datatype = cell.get("datatype", "")
    if datatype == XSD + "boolean":
        return Literal("true" if cell["value"] in ("1", "true") else "false", "", datatype)
    if datatype == XSD + "string":
        datatype = ""
    return Literal(cell["value"], cell.get("xml:lang", "").lower(), datatype)
