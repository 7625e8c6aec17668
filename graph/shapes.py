"""Does the graph keep the promises of `ontology/shapes.ttl`?

Two judges of the same shapes. `validate` is complete on graphs of any size: each constraint becomes
one SPARQL query over the named graph its class lives in, and one more compares every mention with
its sentence. `shacl_report` is pySHACL on the union of all graphs: the W3C standard's own word, for
graphs up to some ten thousand statements (it takes minutes on more).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Final

import msgspec
import pyshacl
import rdflib
from rdflib import RDF, SH, URIRef
from rdflib.collection import Collection

from graph.stores.base import ReadableStore
from graph.terms import parts
from ontology.namespaces import Base, expand

EXAMPLES: Final = 5
MOST_COUNTED: Final = 10_000
"""Violations of one constraint are counted up to here."""


class Violation(msgspec.Struct, frozen=True):
    """`count` members of a class that break one constraint, with a few of them."""

    shape: str
    constraint: str
    count: int
    examples: tuple[str, ...]


class Report(msgspec.Struct, frozen=True):
    """What `validate` found; `constraints` is how many were asked about."""

    constraints: int
    violations: tuple[Violation, ...]
    seconds: float

    @property
    def conforms(self) -> bool:
        return not self.violations


class _Property(msgspec.Struct, frozen=True):
    """A property shape: `members` binds ?x to the members of its classes, `limits` maps a SHACL
    parameter to its value as written in SPARQL."""

    shape: str
    graph: str
    members: str
    path: str
    limits: dict[str, str]


@cache
def own_shapes() -> rdflib.Graph:
    return rdflib.Graph().parse(data=files("ontology").joinpath("shapes.ttl").read_text("utf-8"), format="turtle")


def validate(store: ReadableStore, base: Base) -> Report:
    """Every constraint on every member of every class; about 1.5 s for each 100,000 statements.

    A property's constraints are asked about together; one by one only where something is broken.
    """
    began = time.monotonic()
    found: list[Violation] = []
    properties = list(_properties(own_shapes()))
    for one in properties:
        if any(next(iter(store.select(query)), None) for query in _together(one, base)):
            asked = (_ask(store, one.shape, f"{one.path} {name}", query) for name, query in _apart(one, base))
            found += [violation for violation in asked if violation]
    if broken := _ask(store, "MentionShape", "quote is what the sentence says there", _quotes(base)):
        found.append(broken)
    return Report(1 + sum(len(one.limits) for one in properties), tuple(found), round(time.monotonic() - began, 3))


def shacl_report(lines: Iterable[str]) -> tuple[bool, str]:
    """pySHACL's verdict and its report in words, on these statements with their graphs merged."""
    triples = "".join(f"{subject} {predicate} {value} .\n" for subject, predicate, value, _ in map(parts, lines))
    merged = rdflib.Graph().parse(data=triples, format="nt")
    conforms, _, said = pyshacl.validate(merged, shacl_graph=own_shapes(), inference="none", meta_shacl=False)
    return bool(conforms), str(said)


def _ask(store: ReadableStore, shape: str, name: str, query: str) -> Violation | None:
    rows = store.select(query)
    first = [str(row["x"]) for row in islice(rows, EXAMPLES)]
    if not first:
        return None
    return Violation(shape, name, len(first) + sum(1 for _ in rows), tuple(first))


def _together(one: _Property, base: Base) -> Iterator[str]:
    """As few queries as find out whether a property breaks anything."""
    once = one.limits.get("minCount"), one.limits.get("maxCount")
    if all(once):
        inside = _inside(one, f"OPTIONAL {{ ?x {one.path} ?v }}", base)
        yield f"SELECT ?x {{ {inside} }} GROUP BY ?x HAVING (COUNT(DISTINCT ?v) != 1) LIMIT 1"
    tests = [_TESTS[kind].format(value) for kind, value in one.limits.items() if kind in _TESTS]
    if tests:
        inside = _inside(one, f"?x {one.path} ?v FILTER (!({' && '.join(tests)}))", base)
        yield f"SELECT ?x {{ {inside} }} LIMIT 1"
    done = {*_TESTS, *(("minCount", "maxCount") if all(once) else ())}
    yield from (query for name, query in _apart(one, base) if name.partition(" ")[0] not in done)


def _apart(one: _Property, base: Base) -> Iterator[tuple[str, str]]:
    """Each constraint in words, with the query for what breaks it."""
    for kind, value in one.limits.items():
        outside = ""
        if kind in _TESTS:
            broken = f"?x {one.path} ?v FILTER (!({_TESTS[kind].format(value)}))"
        elif kind == "minCount":
            # Not by NOT EXISTS: Oxigraph walks a sequence path inside it from the wrong end, once for each ?x.
            broken = f"OPTIONAL {{ ?x {one.path} ?v }} FILTER (!BOUND(?v))"
        elif kind == "maxCount":
            broken = f"?x {one.path} ?v , ?w FILTER (!sameTerm(?v, ?w))"
        else:
            broken = f"?x {one.path} ?v"
            outside = f"FILTER NOT EXISTS {{ {{ ?v a {value} }} UNION {{ GRAPH ?anywhere {{ ?v a {value} }} }} }}"
        yield f"{kind} {value}", f"SELECT DISTINCT ?x {{ {_inside(one, broken, base)} {outside} }} LIMIT {MOST_COUNTED}"


def _inside(one: _Property, pattern: str, base: Base) -> str:
    both = f"{one.members} {pattern}"
    return f"GRAPH <{base.graph(one.graph)}> {{ {both} }}" if one.graph else both


def _quotes(base: Base) -> str:
    oa, nif = expand("oa:"), expand("nif:")
    return (
        f"SELECT DISTINCT ?x {{ GRAPH <{base.graph('mentions')}> {{ ?x <{oa}hasTarget> ?t ."
        f" ?t <{oa}hasSource> ?s ; <{oa}hasSelector> ?p . ?p <{oa}start> ?b ; <{oa}end> ?e ; <{oa}exact> ?q }}"
        f" GRAPH <{base.graph('text')}> {{ ?s <{nif}isString> ?said }}"
        f" FILTER (SUBSTR(?said, ?b + 1, ?e - ?b) != ?q) }} LIMIT {MOST_COUNTED}"
    )


def _properties(shapes: rdflib.Graph) -> Iterator[_Property]:
    for shape in sorted(shapes.subjects(RDF.type, SH.NodeShape), key=str):
        name = str(shape).rpartition("#")[2]
        graph = str(shapes.value(shape, URIRef(expand("gn:inGraph"))) or "")
        targets = " ".join(target.n3() for target in sorted(shapes.objects(shape, SH.targetClass), key=str))
        for one in shapes.objects(shape, SH.property):
            limits = {str(key).rpartition("#")[2]: value.n3() for key, value in sorted(shapes.predicate_objects(one))}
            del limits["path"]
            path = _path(shapes, shapes.value(one, SH.path))
            yield _Property(name, graph, f"VALUES ?c {{ {targets} }} ?x a ?c .", path, limits)


def _path(shapes: rdflib.Graph, node: rdflib.term.Node | None) -> str:
    """A SHACL path (SHACL, section 2.3.1) as a SPARQL property path."""
    assert node is not None
    if isinstance(node, URIRef):
        return node.n3()
    if inverse := shapes.value(node, SH.inversePath):
        return f"^{_path(shapes, inverse)}"
    if (options := shapes.value(node, SH.alternativePath)) is not None:
        return "(" + "|".join(_path(shapes, one) for one in Collection(shapes, options)) + ")"
    return "/".join(_path(shapes, one) for one in Collection(shapes, node))


_TESTS: Final = {
    "datatype": "isLiteral(?v) && DATATYPE(?v) = {}",
    "nodeKind": "IF({} = <http://www.w3.org/ns/shacl#IRI>, isIRI(?v), isLiteral(?v))",
    "minInclusive": "?v >= {}",
    "maxInclusive": "?v <= {}",
    "minLength": "STRLEN(STR(?v)) >= {}",
    "pattern": "REGEX(STR(?v), {})",
}
"""Constraint on a value → the test it has to pass. minCount and maxCount are 1 wherever the shapes use them."""
