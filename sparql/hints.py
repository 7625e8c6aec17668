"""Why a query finds nothing, and what it would cost: asked of the graph itself, a pattern at a time.

Every question put here is small: an ASK, or a count that stops at a bound. What the query needs (its
required patterns) is taken from its shape; OPTIONAL, UNION and MINUS are left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import msgspec
from rapidfuzz import fuzz, process

from ontology.errors import GnomonError
from ontology.namespaces import PREFIXES, expand
from sparql.profile import Profile, Rows
from sparql.scope import variables
from sparql.shape import Element, Group, Node, Query, Sort, Triple, Unreadable
from sparql.syntax import read
from sparql.terms import Names

SECONDS: Final = 2.0
"""Longest for each question asked here."""
COUNTED: Final = 100_000
"""Matches of one pattern are counted up to here."""
HEAVY: Final = 5_000_000
_TYPE: Final = expand("rdf:type")
_NEAR: Final = 60.0
_STRING: Final = re.compile(r"""(?s)^("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')(.*)$""")
Ask = Callable[[str], bool]


class Nearest(msgspec.Struct, frozen=True):
    """A name that the graph knows."""

    iri: str
    name: str
    statements: int


class EmptyBecause(msgspec.Struct, frozen=True, kw_only=True):
    """`pattern` is the first one without a match (alone, or together with those before it: `together`)."""

    reason: str
    pattern: str = ""
    together: bool = False
    nearest: tuple[Nearest, ...] = ()
    without_it: bool | None = None
    """Whether the query would have rows if the pattern were left out; None where it cannot be said."""


class PatternCost(msgspec.Struct, frozen=True):
    """`matches` of one pattern alone; `at_least` where counting stopped there."""

    pattern: str
    matches: int
    at_least: bool


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """What the engine would go through: patterns with their matches, and the largest product of patterns
    that share no variable. `weight` is light, moderate or heavy."""

    weight: str
    patterns: tuple[PatternCost, ...]
    product: int
    notes: tuple[str, ...] = ()
    evaluated: str = ""
    """The text as it goes to the engine, closures still to be filled in."""


class Hints:
    """Questions about one query over one dataset."""

    def __init__(self, text: str, rows: Rows, profile: Profile | None) -> None:
        self._text = text
        self._names = Names.of(text)
        self._rows = rows
        self._profile = profile

    def empty(self) -> EmptyBecause:
        """Why there is no row. Takes a question or two for each pattern."""
        try:
            query = read(self._text, self._names)
        except Unreadable:
            return EmptyBecause(reason="the query's shape is not understood well enough to say")
        if query.group is None:
            return EmptyBecause(reason="the query has no pattern")
        needed = list(_needed(query.group, ""))
        for at, (_, one, graph) in enumerate(needed):
            if not self._any(query, [(one, graph)]):
                return self._alone(query, needed, at)
        for at in range(2, len(needed) + 1):
            if not self._any(query, [(one, graph) for _, one, graph in needed[:at]]):
                found = needed[at - 1]
                return EmptyBecause(
                    reason="each pattern has matches, but this one has none together with those before it",
                    pattern=str(found[1]), together=True, without_it=self._without(found),
                )  # fmt: skip
        return self._filters(query)

    def estimate(self, evaluated: str) -> Estimate:
        """What it would cost, before it runs."""
        try:
            query = read(self._text, self._names)
        except Unreadable:
            return Estimate(weight="unknown", patterns=(), product=0, evaluated=evaluated)
        needed = list(_needed(query.group, "")) if query.group else []
        costs = tuple(self._cost(query, one, graph) for _, one, graph in needed)
        product, parts = 1, _connected([one for _, one, _ in needed])
        for part in parts:
            product *= max((costs[at].matches for at in part), default=1) or 1
        notes = []
        if len(parts) > 1:
            notes.append(
                f"{len(parts)} groups of patterns share no variable: every row of one meets every row of another"
            )
        if any(one.path.op in "*+" and not _fixed(one) for _, one, _ in needed):
            notes.append("a repeated path has no fixed end: it is followed from every node")
        weight = "light" if product <= COUNTED and not notes else "moderate" if product < HEAVY else "heavy"
        return Estimate(weight=weight, patterns=costs, product=product, notes=tuple(notes), evaluated=evaluated)

    def _alone(self, query: Query, needed: Sequence[_Needed], at: int) -> EmptyBecause:
        found = needed[at]
        reason, nearest = self._why(found[1])
        return EmptyBecause(reason=reason, pattern=str(found[1]), nearest=nearest, without_it=self._without(found))

    def _why(self, one: Triple) -> tuple[str, tuple[Nearest, ...]]:
        """In words, with names that were perhaps meant."""
        profile = self._profile
        if one.path.op == "link" and profile is not None:
            if one.path.iri not in profile.predicates:
                return f"no statement has the predicate {one.path.text}", _nearest(one.path.iri, profile.predicates)
            if one.path.iri == _TYPE and one.object.sort is Sort.IRI and one.object.value not in profile.classes:
                return f"nothing is of the class {one.object.text}", _nearest(one.object.value, profile.classes)
        if one.object.sort is Sort.LITERAL:
            other = self._other_literal(one)
            if other:
                return f"the literal is written otherwise in the graph: {other}", ()
        for node in (one.subject, one.object):
            if node.sort is Sort.IRI and not self._known(node):
                return f"{node.text} is nowhere in the graph", ()
        return "no statement matches this pattern", ()

    def _other_literal(self, one: Triple) -> str:
        """The same characters with another language or datatype, as the graph has them."""
        string = _STRING.match(one.object.text)
        if string is None or one.path.op != "link":
            return ""
        pattern = f"{one.subject.text} {one.path.text} ?gnO"
        found = self._ask_rows(
            f"{pattern} FILTER(STR(?gnO) = {string[1]})", "(LANG(?gnO) AS ?l) (DATATYPE(?gnO) AS ?d)"
        )
        if not found:
            return ""
        language, kind = found[0].get("l", ""), found[0].get("d", "")
        return f"{string[1]}@{language}" if language else f"{string[1]}^^<{kind}>"

    def _ask_rows(self, pattern: str, columns: str) -> list[dict[str, str]]:
        try:
            return self._rows(f"{self._prologue()} SELECT {columns} {{ {pattern} }} LIMIT 1", SECONDS)
        except GnomonError:
            return []

    def _known(self, node: Node) -> bool:
        text = node.text
        return bool(
            self._ask_rows(f"{{ {text} ?p ?x }} UNION {{ ?x ?p {text} }} UNION {{ GRAPH ?g {{ {text} ?p ?x }} }}", "?p")
        )

    def _any(self, query: Query, patterns: Sequence[tuple[Triple, str]]) -> bool:
        """Whether the patterns have a match together; True where it takes too long to tell."""
        where = " ".join(f"GRAPH {graph} {{ {one} }}" if graph else str(one) for one, graph in patterns)
        head = self._text[slice(*query.head)]
        source = head[head.upper().index("FROM") :] if "FROM" in head.upper() else ""
        try:
            return bool(self._rows(f"{self._prologue(query)} SELECT * {source} {{ {where} }} LIMIT 1", SECONDS))
        except GnomonError:
            return True

    def _without(self, found: _Needed) -> bool | None:
        """Whether the query has rows with this pattern left out."""
        element, dropped, _ = found
        if not element.whole:
            return None
        kept = " ".join(str(one) for one in element.triples if one is not dropped)
        text = f"{self._text[: element.start]}{kept} {self._text[element.end :]}"
        try:
            return bool(self._rows(text, SECONDS))
        except GnomonError:
            return None

    def _filters(self, query: Query) -> EmptyBecause:
        assert query.group is not None
        for element in query.group.elements:
            if element.kind not in ("filter", "minus", "values"):
                continue
            text = f"{self._text[: element.start]} {self._text[element.end :]}"
            try:
                if self._rows(text, SECONDS):
                    words = " ".join(self._text[element.start : element.end].split())
                    return EmptyBecause(reason=f"this {element.kind} leaves nothing", pattern=words, without_it=True)
            except GnomonError:
                continue
        return EmptyBecause(
            reason="every required pattern has matches; together with the rest of the query none is left"
        )

    def _cost(self, query: Query, one: Triple, graph: str) -> PatternCost:
        total = self._profile.predicates.get(one.path.iri, 0) if self._profile and one.path.op == "link" else 0
        if total and not _fixed(one):
            return PatternCost(str(one), total, at_least=False)
        where = f"GRAPH {graph} {{ {one} }}" if graph else str(one)
        count = f"SELECT (COUNT(*) AS ?gnN) {{ SELECT * {{ {where} }} LIMIT {COUNTED} }}"
        try:
            number = int(self._rows(f"{self._prologue(query)} {count}", SECONDS)[0]["gnN"])
        except GnomonError:
            number = COUNTED
        return PatternCost(str(one), number, at_least=number >= COUNTED)

    def _prologue(self, query: Query | None = None) -> str:
        return self._text[: (query or read(self._text, self._names)).start]


_Needed = tuple[Element, Triple, str]


def _needed(group: Group, graph: str) -> Iterator[_Needed]:
    """The patterns that every row needs, with the graph they are asked of (empty: the default graph)."""
    for element in group.elements:
        if element.kind == "triples":
            for one in element.triples:
                yield element, one, graph
        elif element.kind == "group":
            yield from _needed(element.groups[0], graph)
        elif element.kind == "graph" and element.term is not None:
            yield from _needed(element.groups[0], element.term.text)


def _fixed(one: Triple) -> bool:
    return any(node.sort in (Sort.IRI, Sort.LITERAL) for node in (one.subject, one.object))


def _connected(triples: Sequence[Triple]) -> list[list[int]]:
    """Indexes of triples, in groups that share variables."""
    parts: list[tuple[set[str], list[int]]] = []
    for at, one in enumerate(triples):
        names = {*variables(one.subject), *variables(one.object)}
        names |= {one.path.iri} if one.path.op == "variable" else set()
        touching = [part for part in parts if part[0] & names]
        parts = [part for part in parts if not part[0] & names]
        merged = (names.union(*(p[0] for p in touching)), [at, *(i for p in touching for i in p[1])])
        parts.append(merged)
    return [members for _, members in parts]


def _nearest(iri: str, known: dict[str, int]) -> tuple[Nearest, ...]:
    """Up to three names, by the edit distance of their short forms."""
    short = {one: shortened(one) for one in known}
    found = process.extract(shortened(iri), short, scorer=fuzz.ratio, limit=3, score_cutoff=_NEAR)
    return tuple(Nearest(key, name, known[key]) for name, _, key in found)


def shortened(iri: str) -> str:
    """With a well-known prefix where one fits."""
    return next((f"{p}:{iri[len(space) :]}" for p, space in PREFIXES.items() if iri.startswith(space)), iri)
