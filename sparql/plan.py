"""How a query is put to the engine: its text in pieces, with holes that are filled before it is evaluated.

The engine joins in an order that makes `?p dct:subject/skos:broader* <T>` read every subject of every
work. Here the closure of the fixed end is found first (it starts at one node, so that is quick) and
stands in the query as VALUES. By the definition of paths (SPARQL 1.1, sections 18.2.2.3 and 18.4) that is
the same bag of solutions: `X p/q T` is `X p ?v . ?v q T` with a new variable, and a path with `*`, `+` or
`?` gives each pair of nodes once. The new variable must not become a column, so `SELECT *` is written
out. What is not fully understood stays as it was written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from sparql.lexer import Kind, tokens
from sparql.scope import variables, visible
from sparql.syntax import Element, Group, Node, Path, Query, Sort, Triple, Unreadable, read
from sparql.terms import Names

CLOSURE_MOST: Final = 20_000
"""Nodes of a closure; a larger one is left to the engine."""
BESIDE_FIXED: Final = 1_000
"""The same where another pattern has a fixed end, which may be the better start."""
_REPEATED: Final = frozenset("*+?")
_ZERO: Final = frozenset("*?")
_FRESH: Final = "gnClosure"


class Closure(msgspec.Struct, frozen=True):
    """A hole: the nodes that `query` (one column) gives, or `original` where they are more than `most`."""

    query: str
    before: str
    after: str
    original: str
    most: int


class Plan(msgspec.Struct, frozen=True):
    """Pieces of text with a hole between each two."""

    pieces: tuple[str, ...]
    holes: tuple[Closure, ...] = ()


def planned(text: str, names: Names, shape: Query | None = None) -> Plan:
    """The plan for a query that has passed the guard: its own text where there is nothing to gain."""
    try:
        query = shape or read(text, names)
        edits = sorted(_edits(text, query), key=lambda edit: edit.start)
    except Unreadable:
        return Plan((text,))
    pieces, holes, at = [""], [], 0
    for edit in edits:
        pieces[-1] += text[at : edit.start]
        for part in edit.parts:
            if isinstance(part, Closure):
                holes.append(part)
                pieces.append("")
            else:
                pieces[-1] += part
        at = edit.end
    pieces[-1] += text[at:]
    return Plan(tuple(pieces), tuple(holes))


class _Edit(msgspec.Struct, frozen=True):
    """A stretch of the text and what takes its place."""

    start: int
    end: int
    parts: tuple[str | Closure, ...]


class _Planner:
    def __init__(self, text: str, prologue: str) -> None:
        self.text = text
        self.prologue = prologue
        self.edits: list[_Edit] = []
        self.fresh = 0

    def query(self, query: Query, graph: str) -> None:
        """Look through a query; `SELECT *` is written out where a new variable came in."""
        if query.group is None:
            return
        before = self.fresh
        self.group(query.group, graph)
        if query.star and self.fresh > before:
            columns = " ".join(f"?{name}" for name in visible(query.group, self.text))
            start = self.text.index("*", *query.head)
            if not columns or query.form != "SELECT":
                raise Unreadable
            self.edits.append(_Edit(start, start + 1, (columns,)))

    def group(self, group: Group, graph: str) -> None:
        for element in group.elements:
            match element.kind:
                case "triples":
                    self.block(element, graph)
                case "graph":
                    if element.term is not None and element.term.sort is Sort.IRI and not graph:
                        self.group(element.groups[0], element.term.text)
                case "select" if element.query is not None:
                    self.query(element.query, graph)
                case "union" | "group" | "optional":
                    for inner in element.groups:
                        self.group(inner, graph)

    def block(self, element: Element, graph: str) -> None:
        """Write a block of triples anew where one of them starts or ends with a repeated path."""
        if not element.whole:
            return
        holes: list[Closure] = []
        kept: list[str] = []
        for triple in element.triples:
            hole = self.hole(triple, element.triples, graph)
            if hole is None:
                kept.append(str(triple))
            else:
                holes.append(hole)
        if holes:
            parts = [part for hole in holes for part in (hole, " ")]
            self.edits.append(_Edit(element.start, element.end, (*parts, " ".join(kept), " ")))

    def hole(self, triple: Triple, block: Sequence[Triple], graph: str) -> Closure | None:
        steps = triple.path.parts if triple.path.op == "/" else (triple.path,)
        if triple.object.sort is Sort.IRI and steps[-1].op in _REPEATED and triple.subject.sort is Sort.VARIABLE:
            fixed, step, rest, free = triple.object, steps[-1], steps[:-1], triple.subject
            forward = True
        elif triple.subject.sort is Sort.IRI and steps[0].op in _REPEATED and triple.object.sort is Sort.VARIABLE:
            fixed, step, rest, free = triple.subject, steps[0], steps[1:], triple.object
            forward = False
        else:
            return None
        if rest:
            self.fresh += 1
        name = f"?{_FRESH}{self.fresh}" if rest else free.text
        path = "/".join(one.text for one in rest)
        after = (f" {free.text} {path} {name} ." if forward else f" {name} {path} {free.text} .") if rest else ""
        pattern = f"?x {step.text} {fixed.text}" if forward else f"{fixed.text} {step.text} ?x"
        inside = f"GRAPH {graph} {{ {pattern} }}" if graph else pattern
        if step.op in _ZERO:
            # The fixed end reaches itself even where the graph does not know it; Oxigraph forgets that.
            inside = f"{{ {inside} }} UNION {{ BIND({fixed.text} AS ?x) }}"
        return Closure(
            f"{self.prologue} SELECT DISTINCT ?x WHERE {{ {inside} }}", f"VALUES {name} {{", "}" + after, str(triple),
            BESIDE_FIXED if _other_start(free, triple, block) else CLOSURE_MOST,
        )  # fmt: skip


def _edits(text: str, query: Query) -> Iterator[_Edit]:
    words = [token for token in tokens(text) if token.kind in (Kind.BLANK, Kind.WORD)]
    if any(token.kind is Kind.BLANK or token.text.upper() == "FROM" for token in words) or _FRESH in text:
        # A block cut in two would cut the scope of its blank nodes; another dataset, another closure.
        return iter(())
    if query.form == "CONSTRUCT" and "{" not in text[slice(*query.head)]:
        return iter(())
    planner = _Planner(text, text[: query.start])
    planner.query(query, "")
    return iter(planner.edits)


def _other_start(free: Node, triple: Triple, block: Sequence[Triple]) -> bool:
    """Whether another pattern about the same thing has a fixed end (its type does not count)."""
    for other in block:
        if other is triple or free.value not in (*variables(other.subject), *variables(other.object)):
            continue
        fixed = any(node.sort in (Sort.IRI, Sort.LITERAL) for node in (other.subject, other.object))
        if fixed and not _is_type(other.path):
            return True
    return False


def _is_type(path: Path) -> bool:
    return path.iri.endswith("#type")
