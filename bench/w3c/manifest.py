"""Test manifests read into plain records.

Source: the RDF test suites of the W3C (mf:, qt:, ut: and the HTTP vocabularies they use).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlparse

import msgspec
from rdflib import RDF, RDFS, Graph, Literal, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

MF: Final = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT: Final = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
UT: Final = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")
HT: Final = Namespace("http://www.w3.org/2011/http#")
CNT: Final = Namespace("http://www.w3.org/2011/content#")


class Dataset(msgspec.Struct, frozen=True):
    """Files of the default graph, and (IRI, file) of the named ones."""

    default: tuple[Path, ...] = ()
    named: tuple[tuple[str, Path], ...] = ()


class Case(msgspec.Struct, frozen=True):
    """One evaluation or syntax test; `kind` is the local name of its class."""

    name: str
    kind: str
    text: Path
    data: Dataset
    result: Path | None
    after: Dataset | None


class Exchange(msgspec.Struct, frozen=True):
    """One request of a protocol test, and what has to come back."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    statuses: tuple[str, ...]
    """Codes ("201") or classes ("2xx"); any of them."""
    boolean: bool | None
    format: str
    location: str
    answer_type: str
    answer: str


class Conversation(msgspec.Struct, frozen=True):
    """A protocol test: requests in their order."""

    name: str
    data: Dataset
    exchanges: tuple[Exchange, ...]


class Manifest:
    """One manifest file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def graph(self) -> Graph:
        return Graph().parse(self.path, format="turtle", publicID=self.path.as_uri())

    def included(self) -> Iterator[Manifest]:
        """The manifests that this one names, in order; itself where it has tests."""
        for found in self.graph.objects(None, MF.include):
            for item in Collection(self.graph, found):
                yield from Manifest(path_of(item)).included()
        if (None, MF.entries, None) in self.graph:
            yield self

    def _entries(self) -> Iterator[Node]:
        for found in self.graph.objects(None, MF.entries):
            yield from Collection(self.graph, found)

    def cases(self) -> Iterator[Case]:
        """Evaluation and syntax tests."""
        for test in self._entries():
            kind = _local(self.graph.value(test, RDF.type))
            action = self.graph.value(test, MF.action)
            result = self.graph.value(test, MF.result)
            if action is None:
                continue
            text = action if isinstance(action, URIRef) else self._either(action, QT.query, UT.request)
            yield Case(
                f"{self.path.parent.name}/{_local(test)}", kind, path_of(text), self._dataset(action),
                path_of(result) if isinstance(result, URIRef) else None,
                self._dataset(result) if kind == "UpdateEvaluationTest" and result is not None else None,
            )  # fmt: skip

    def conversations(self) -> Iterator[Conversation]:
        """Protocol and graph store tests."""
        for test in self._entries():
            action = self.graph.value(test, MF.action)
            listed = self.graph.value(action, HT.requests) if action is not None else None
            if listed is not None:
                exchanges = tuple(self._exchange(one) for one in Collection(self.graph, listed))
                yield Conversation(_local(test), self._dataset(test), exchanges)

    def _dataset(self, node: Node) -> Dataset:
        default = (*self.graph.objects(node, QT.data), *self.graph.objects(node, UT.data))
        named = []
        for one in (*self.graph.objects(node, QT.graphData), *self.graph.objects(node, UT.graphData)):
            file = self.graph.value(one, UT.graph)
            label = self.graph.value(one, RDFS.label)
            named.append((str(label), path_of(file)) if file is not None else (str(one), path_of(one)))
        return Dataset(tuple(path_of(one) for one in default), tuple(named))

    def _either(self, node: Node, *properties: URIRef) -> Node:
        return next(v for p in properties if (v := self.graph.value(node, p)) is not None)

    def _exchange(self, node: Node) -> Exchange:
        answer = self.graph.value(node, HT.resp)
        assert answer is not None
        boolean = self.graph.value(answer, MF.expectedBoolean)
        kinds = {name.lower(): value for name, value in self._headers(answer)}
        return Exchange(
            str(self.graph.value(node, HT.methodName)), str(self.graph.value(node, HT.absolutePath)),
            dict(self._headers(node)), self._body(node),
            tuple(_status(_local(one)) for one in self.graph.objects(answer, MF.expectedStatus)),
            bool(boolean.toPython()) if isinstance(boolean, Literal) else None,
            str(self.graph.value(answer, MF.expectedFormat) or ""),
            str(self.graph.value(answer, MF.expectedLocation) or ""),
            kinds.get("content-type", ""), self._body(answer).decode(),
        )  # fmt: skip

    def _headers(self, node: Node) -> Iterator[tuple[str, str]]:
        listed = self.graph.value(node, HT.headers)
        for one in Collection(self.graph, listed) if listed is not None else ():
            yield str(self.graph.value(one, HT.fieldName)), str(self.graph.value(one, HT.fieldValue))

    def _body(self, node: Node) -> bytes:
        body = self.graph.value(node, HT.body)
        chars = self.graph.value(body, CNT.chars) if body is not None else None
        if chars is None:
            return b""
        return str(chars).encode(str(self.graph.value(body, CNT.characterEncoding) or "utf-8"))


def path_of(node: Node) -> Path:
    """The file that a file: IRI names."""
    return Path(unquote(urlparse(str(node)).path))


def _local(node: Node | None) -> str:
    return str(node).rpartition("#")[2]


_NAMED: Final = {"OK": "200", "Created": "201", "NoContent": "204", "NotFound": "404"}


def _status(name: str) -> str:
    return _NAMED.get(name, name.removeprefix("StatusCode"))
