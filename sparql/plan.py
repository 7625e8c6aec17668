"""How a query is put to the engine: its text in pieces, with holes that are filled before it is evaluated.

The engine joins in an order that makes `?p dct:subject/skos:broader* <T>` read every subject of every
work. Here the closure of the fixed end is found first (it starts at one node, so that is quick) and
stands in the query as VALUES. By the definition of paths (SPARQL 1.1, sections 18.2.2.3 and 18.4) that is
the same bag of solutions: `X p/q T` is `X p ?v . ?v q T` with a new variable, and a path with `*`, `+` or
`?` gives each pair of nodes once. The new variable must not become a column, so `SELECT *` is written
out. What is not fully understood stays as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from ontology.errors import QuerySyntaxError
from ontology.namespaces import PREFIXES, expand
from sparql.lexer import Kind, place, tokens
from sparql.reusing import reused
from sparql.scope import variables, visible
from sparql.shape import (
    Element,
    Group,
    Node,
    Path,
    Query,
    Sort,
    Triple,
    Unreadable,
    groups_outside_service,
    inner_groups,
)
from sparql.syntax import read
from sparql.terms import Names

CLOSURE_MOST: Final = 20_000
"""Nodes of a closure; a larger one is left to the engine."""
BESIDE_FIXED: Final = 1_000
"""The same where another pattern has a fixed end, which may be the better start."""
WELL_KNOWN: Final = "".join(f"PREFIX {name}: <{iri}> " for name, iri in PREFIXES.items())
"""Declarations that another endpoint needs."""
SEARCH: Final = expand("gn:search")
SCORE: Final = expand("gn:score")
SEARCH_USUAL: Final = 100
"""Works that a search finds where it names no number."""
SEARCH_MOST: Final = 1_000
_REPEATED: Final = frozenset("*+?")
_ZERO: Final = frozenset("*?")
_FRESH: Final = "gnClosure"


class Closure(msgspec.Struct, frozen=True, tag="closure"):
    """A hole: the nodes that `query` (one column) gives, or `original` where they are more than `most`."""

    query: str
    before: str
    after: str
    original: str
    most: int


class Search(msgspec.Struct, frozen=True, tag="search"):
    """A hole: the best works for these words, with their scores; filled before the engine sees it."""

    words: str
    most: int
    before: str
    scores: int
    """How many of the columns are scores."""


class Federated(msgspec.Struct, frozen=True, tag="federated"):
    """A hole: what another endpoint finds; filled before the engine sees it."""

    endpoint: str
    query: str
    silent: bool


Hole = Closure | Search | Federated


class Plan(msgspec.Struct, frozen=True):
    """Pieces of text with a hole between each two."""

    pieces: tuple[str, ...]
    holes: tuple[Hole, ...] = ()
    limit: int | None = None
    """The query's own LIMIT."""

    def __str__(self) -> str:
        """As the engine will see it, with what the holes stand for."""
        shown = [f"{getattr(one, 'before', 'VALUES (')} … {getattr(one, 'after', '}')}" for one in self.holes]
        return "".join(part for pair in zip(self.pieces, (*shown, ""), strict=True) for part in pair)

    def is_only(self, text: str) -> bool:
        """Whether this is the text as it was written."""
        return not self.holes and self.pieces[0] == text

    @property
    def outside(self) -> tuple[Search | Federated, ...]:
        """Holes that are not for the engine to fill."""
        return tuple(hole for hole in self.holes if not isinstance(hole, Closure))

    def with_found(self, found: Sequence[str]) -> Plan:
        """The plan with what is outside filled in, in its order."""
        contents = iter(found)
        pieces, holes = [self.pieces[0]], []
        for hole, piece in zip(self.holes, self.pieces[1:], strict=True):
            if not isinstance(hole, Closure):
                pieces[-1] += next(contents) + piece
            else:
                holes.append(hole)
                pieces.append(piece)
        return Plan(tuple(pieces), tuple(holes), self.limit)


def planned(text: str, names: Names, shape: Query | None = None) -> Plan:
    """The plan for a query that has passed the guard: its own text where there is nothing to gain.
    QuerySyntaxError where it searches in a way that is not understood."""
    query = None
    try:
        query = shape or read(text, names)
        edits = sorted(_edits(text, query, names), key=lambda edit: edit.start)
    except Unreadable:
        if SEARCH in (names.iri(token.text) for token in tokens(text) if token.kind in (Kind.IRI, Kind.NAME)):
            raise misplaced() from None
        return Plan((text,), limit=query.limit if query else None)
    pieces, holes, at = [""], [], 0
    for edit in edits:
        pieces[-1] += text[at : edit.start]
        for part in edit.parts:
            if isinstance(part, Closure | Search | Federated):
                holes.append(part)
                pieces.append("")
            else:
                pieces[-1] += part
        at = edit.end
    pieces[-1] += text[at:]
    return Plan(tuple(pieces), tuple(holes), query.limit)


class _Edit(msgspec.Struct, frozen=True):
    """A stretch of the text and what takes its place."""

    start: int
    end: int
    parts: tuple[str | Hole, ...]


class _Planner:
    def __init__(self, text: str, prologue: str, scored: frozenset[str], closures: bool) -> None:
        self.text = text
        self.prologue = prologue
        self.scored = scored
        self.closures = closures
        self.edits: list[_Edit] = []
        self.searched: set[str] = set()
        self.searches = 0
        self.fresh = 0

    def query(self, query: Query, graph: str) -> None:
        """Look through a query; `SELECT *` is written out where a new variable came in."""
        self.edits += [_Edit(start, end, (new,)) for start, end, new in reused(self.text, query)]
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
                    else:
                        self.services(element.groups[0])
                case "select" if element.query is not None:
                    self.query(element.query, graph)
                case "union" | "group" | "optional":
                    for inner in element.groups:
                        self.group(inner, graph)
                case "service" if element.term is not None and element.term.sort is Sort.IRI:
                    self.service(element)
                case _:
                    for inner in element.groups:
                        self.services(inner)

    def services(self, group: Group) -> None:
        """Only what other endpoints are asked, where nothing else may be rewritten: in EXISTS, MINUS and GRAPH ?g."""
        self.refuse_searches(group)
        for inner in groups_outside_service(group):
            for element in inner.elements:
                if element.kind == "service" and element.term is not None and element.term.sort is Sort.IRI:
                    self.service(element)

    def service(self, element: Element) -> None:
        """The guard has let it through: its group goes to the endpoint as it is written."""
        group, term = element.groups[0], element.term
        self.refuse_searches(group)
        query = f"{self.prologue} SELECT * WHERE {self.text[group.start : group.end]}"
        if term is not None:
            hole = Federated(term.value, WELL_KNOWN + query, element.silent)
            self.edits.append(_Edit(element.start, element.end, (hole,)))

    def refuse_searches(self, group: Group) -> None:
        for inner in inner_groups(group):
            if any(one.path.iri == SEARCH for element in inner.elements for one in element.triples):
                raise misplaced()

    def block(self, element: Element, graph: str) -> None:
        """Write a block of triples anew where one of them starts or ends with a repeated path."""
        searching = any(triple.path.iri == SEARCH for triple in element.triples)
        if not element.whole or not (searching or self.closures):
            if searching:
                raise misplaced()
            return
        holes: list[Hole] = []
        kept: list[str] = []
        for triple in element.triples:
            if triple.path.iri == SEARCH:
                hole: Hole | None = self.search(triple)
            else:
                hole = self.hole(triple, element.triples, graph) if self.closures else None
            if hole is None:
                kept.append(str(triple))
            else:
                holes.append(hole)
        if holes:
            parts = [part for hole in holes for part in (hole, " ")]
            self.edits.append(_Edit(element.start, element.end, (*parts, " ".join(kept), " ")))

    def search(self, triple: Triple) -> Search:
        """`?work gn:search "words"`, or with lists: `(?work ?score) gn:search ("words" 20)`."""
        names = triple.subject.items or (triple.subject,)
        said = triple.object.items or (triple.object,)
        if not all(node.sort is Sort.VARIABLE for node in names) or not 1 <= len(names) <= 2:
            raise misplaced()
        if not all(node.sort is Sort.LITERAL for node in said) or not 1 <= len(said) <= 2:
            raise misplaced()
        most = int(said[1].text) if len(said) == 2 and said[1].text.isdigit() else SEARCH_USUAL
        columns = [node.text for node in names]
        if names[0].value in self.scored:
            columns.append(_score_of(names[0].value))
            self.fresh += 1
        self.searched.add(names[0].value)
        self.searches += 1
        return Search(string(said[0].text), most, f"VALUES ({' '.join(columns)}) {{", len(columns) - 1)

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


def _edits(text: str, query: Query, names: Names) -> Iterator[_Edit]:
    words = list(tokens(text))
    scores = [
        (token, words[at + 2])
        for at, token in enumerate(words[:-3])
        if token.kind in (Kind.IRI, Kind.NAME) and names.iri(token.text) == SCORE and words[at + 1].text == "("
    ]
    # A block cut in two would cut the scope of its blank nodes; another dataset has another closure.
    closures = not any(token.kind is Kind.BLANK or token.text.upper() == "FROM" for token in words)
    if query.form == "CONSTRUCT" and "{" not in text[slice(*query.head)]:
        closures = False
    planner = _Planner(
        text, text[: query.start], frozenset(one.text[1:] for _, one in scores), closures and _FRESH not in text
    )
    planner.query(query, "")
    if planner.searches != sum(names.iri(one.text) == SEARCH for one in words if one.kind in (Kind.IRI, Kind.NAME)):
        raise misplaced()
    yield from planner.edits
    for function, variable in scores:
        if variable.text[1:] not in planner.searched:
            raise QuerySyntaxError(
                f"gn:score({variable.text}) is the score of a search, and there is none for {variable.text}",
                place=place(text, function.offset), hint=f'add {variable.text} gn:search "words"',
            )  # fmt: skip
        end = text.index(")", variable.offset) + 1
        yield _Edit(function.offset, end, (_score_of(variable.text[1:]),))


def _score_of(name: str) -> str:
    return f"?gnScore_{name}"


def string(text: str) -> str:
    """What a string literal says."""
    quote = next(q for q in ('"""', "'''", '"', "'") if text.startswith(q))
    inner = text[len(quote) : text.rindex(quote)]
    return _ESCAPES.sub(lambda m: _SIGNS.get(m[1], m[1]) if m[1] else chr(int(m[2] or m[3], 16)), inner)


_SIGNS: Final = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f"}
_ESCAPES: Final = re.compile(r"\\(?:([tbnrf\"'\\])|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))")


def misplaced() -> QuerySyntaxError:
    return QuerySyntaxError(
        "a search stands where it is not understood", place="gn:search",
        hint='write ?work gn:search "words" or (?work ?score) gn:search ("words" 20), outside of MINUS and SERVICE',
    )  # fmt: skip


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
