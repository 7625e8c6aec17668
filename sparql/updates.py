"""What an update would write to, known before it runs; and the protocol's dataset put into its text.

Source: SPARQL 1.1 Update, section 3; SPARQL 1.1 Protocol, section 2.2.3 (using-graph-uri).

An update runs on a copy (`sparql.changing`), and only the graphs found here are taken from it. So
the walk below need not be trusted with safety: a graph it missed would lose its change, not its data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final
from urllib.parse import urljoin

import msgspec

from ontology.errors import QueryForbidden, QuerySyntaxError
from sparql.guard import Guard, check_size
from sparql.lexer import Kind, Token, place, tokens
from sparql.limits import TextLimits

_MANAGED: Final = {"CLEAR", "DROP", "CREATE"}
_MOVED: Final = {"ADD", "MOVE", "COPY"}
_ESCAPED: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})|\\(.)")
_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\x00-\x20<>\"{}|^`\\]*")


class Using(msgspec.Struct, frozen=True):
    """`using-graph-uri` and `using-named-graph-uri`: the dataset of the WHERE clauses."""

    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


class Writes(msgspec.Struct, frozen=True):
    """Graphs that an update names as its targets ("" is the default graph); `unnamed` where some are
    known only when it runs (GRAPH ?g, ALL, NAMED)."""

    graphs: frozenset[str]
    unnamed: bool


class UpdateText(msgspec.Struct, frozen=True):
    """An update that passed, with its dataset written into it."""

    text: str
    writes: Writes


def inspect_update(text: str, limits: TextLimits, using: Using | None = None, base: str = "") -> UpdateText:
    """The update's targets, after every check.

    Raises QueryTooLarge, QuerySyntaxError (also where the protocol and the text both give a dataset)
    and QueryForbidden (SERVICE, LOAD).
    """
    check_size(text, limits.bytes)
    walk = _Walk(text, limits, using or Using(), base)
    walk.run()
    return UpdateText(walk.written(), Writes(frozenset(walk.graphs), walk.unnamed))


class _Walk:
    """One walk over the operations of one text."""

    def __init__(self, text: str, limits: TextLimits, using: Using, base: str) -> None:
        self.text = text
        self.graphs: set[str] = set()
        self.unnamed = False
        self._guard = Guard(text, limits)
        self._base = base
        self._dataset = _clauses(using)
        self._edits: list[tuple[int, int, str]] = []
        self._operations = 0

    def run(self) -> None:
        walk = tokens(self.text)
        operation: list[Token] = []
        for token in walk:
            if not operation and self._guard.declare(token.text.upper(), walk):
                continue
            if not operation and token.text.upper() == "LOAD" and self._silent_load(token, walk):
                continue
            self._guard.see(token)
            if token.text == ";" and not self._guard.open:
                self._operation(operation)
                operation = []
            else:
                operation.append(token)
        self._guard.end()
        self._operation(operation)

    def _silent_load(self, load: Token, walk: Iterator[Token]) -> bool:
        """Leave away LOAD SILENT: nothing is loaded here, and SILENT asks not to hear of it."""
        token = next(walk, load)
        if token.text.upper() != "SILENT":
            return False
        end = len(self.text)
        for token in walk:
            if token.text == ";":
                end = token.offset + 1
                break
        self._edits.append((load.offset, end, ""))
        return True

    def written(self) -> str:
        """The text with the dataset's clauses in their places."""
        parts, at = [], 0
        for start, end, clause in self._edits:
            parts += [self.text[at:start], clause]
            at = end
        return "".join([*parts, self.text[at:]])

    def _operation(self, operation: Sequence[Token]) -> None:
        if not operation:
            return
        words = [token.text.upper() for token in operation]
        if words[0] in _MANAGED:
            self._managed(operation, words)
        elif words[0] in _MOVED:
            self._moved(operation, words)
        elif words[0] in ("INSERT", "DELETE", "WITH"):
            self._modify(operation, words)
        else:
            raise QuerySyntaxError(
                "an update starts with INSERT, DELETE, WITH, CLEAR, DROP, CREATE, ADD, MOVE or COPY",
                place=place(self.text, operation[0].offset),
            )  # fmt: skip

    def _managed(self, operation: Sequence[Token], words: Sequence[str]) -> None:
        rest = operation[1 + (words[1:2] == ["SILENT"]) :]
        if rest and rest[0].text.upper() in ("ALL", "NAMED"):
            self.unnamed = True
        elif rest and rest[0].text.upper() == "DEFAULT":
            self.graphs.add("")
        elif len(rest) > 1:
            self.graphs.add(self._iri(rest[1]))

    def _moved(self, operation: Sequence[Token], words: Sequence[str]) -> None:
        if "TO" not in words:
            return
        to = words.index("TO")
        sides = [operation[to + 1 :]] if words[0] != "MOVE" else [operation[1:to], operation[to + 1 :]]
        for side in sides:
            named = next((one for one in side if one.kind in (Kind.IRI, Kind.NAME)), None)
            self.graphs.add(self._iri(named) if named else "")

    def _modify(self, operation: Sequence[Token], words: Sequence[str]) -> None:
        data = "DATA" in words[1:2]
        shorthand = words[:2] == ["DELETE", "WHERE"]
        home = self._iri(operation[1]) if words[0] == "WITH" and len(operation) > 1 else ""
        blocks = list(_blocks(operation))
        templates = blocks if data or shorthand else [b for b in blocks if b[0].upper() in ("INSERT", "DELETE")]
        for _, first, last in templates:
            self._template(operation[first + 1 : last], home)
        if not self._dataset or data:
            return
        if words[0] == "WITH" or "USING" in words:
            raise QuerySyntaxError(
                "the request names a dataset, and so does the update (WITH or USING)",
                place=place(self.text, operation[0].offset), hint="leave away one of them",
            )  # fmt: skip
        where = next((one for one, word in zip(operation, words, strict=True) if word == "WHERE"), None)
        if where is not None:
            again = ""
            if shorthand and blocks:
                again = self.text[operation[blocks[0][1]].offset : operation[blocks[0][2]].offset + 1]
            self._edits.append((where.offset, where.offset, f"{again} {self._dataset} "))

    def _template(self, inside: Sequence[Token], home: str) -> None:
        """Note the graphs of one block of quads."""
        depth = 0
        graph_next = False
        for token in inside:
            if graph_next:
                graph_next = False
                if token.kind is Kind.VARIABLE:
                    self.unnamed = True
                else:
                    self.graphs.add(self._iri(token))
            elif depth == 0 and token.text.upper() == "GRAPH" and token.kind is Kind.WORD:
                graph_next = True
            elif token.text in "{}" and token.kind is Kind.MARK:
                depth += 1 if token.text == "{" else -1
            elif depth == 0 and token.text != ".":
                self.graphs.add(home)

    def _iri(self, token: Token) -> str:
        """The full IRI that a token names; "" for what is none (the engine will say so)."""
        base = urljoin(self._base, _inner(self._guard.base)) if self._guard.base else self._base
        if token.kind is Kind.IRI:
            return urljoin(base, _inner(token.text))
        if token.kind is Kind.NAME:
            prefix, _, local = token.text.partition(":")
            return urljoin(base, _inner(self._guard.declared.get(prefix, ""))) + _plain(local)
        return ""


def _blocks(operation: Sequence[Token]) -> Iterator[tuple[str, int, int]]:
    """(word before it, index of its first and of its last bracket) of each outermost { }."""
    depth, first = 0, 0
    for number, token in enumerate(operation):
        if token.kind is not Kind.MARK:
            continue
        if token.text == "{":
            first = number if depth == 0 else first
            depth += 1
        elif token.text == "}":
            depth -= 1
            if depth == 0:
                yield operation[first - 1].text, first, number


def _inner(iri: str) -> str:
    return _plain(iri[1:-1])


def _plain(text: str) -> str:
    return _ESCAPED.sub(lambda m: chr(int(m[1] or m[2], 16)) if m[1] or m[2] else m[3], text)


def _clauses(using: Using) -> str:
    for iri in (*using.default, *using.named):
        if not _IRI.fullmatch(iri):
            raise QuerySyntaxError("a graph's name is no absolute IRI", place="using-graph-uri")
    return " ".join([*(f"USING <{iri}>" for iri in using.default), *(f"USING NAMED <{iri}>" for iri in using.named)])


def check_writes(writes: Writes, writable: Callable[[str], bool] | None) -> None:
    """QueryForbidden where an update may write what is not `writable` (None: all is)."""
    if writable is None:
        return
    if writes.unnamed:
        raise QueryForbidden(
            "an update here names each graph it writes: ALL, NAMED and GRAPH with a variable are closed",
            place="update", hint="write GRAPH <…> with the graph's IRI",
        )  # fmt: skip
    for graph in sorted(writes.graphs):
        if not writable(graph):
            name = f"the graph <{graph}>" if graph else "the default graph"
            raise QueryForbidden(
                f"{name} is built from sources and may not be written",
                place="update", hint="write to a graph of your own, such as {base}/graph/user/name",
            )  # fmt: skip
