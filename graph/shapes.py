"""Does the graph keep the promises of `ontology/shapes.ttl`?

Two judges of the same shapes. `validate` is complete on graphs of any size: each constraint becomes
one SPARQL query over the named graph its class lives in, and one more compares every mention with
its sentence. `shacl_report` is pySHACL on the union of all graphs: the W3C standard's own word, for
graphs up to some ten thousand statements (it takes minutes on more).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
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


class _Constraint(msgspec.Struct, frozen=True):
    """`broken` is a SPARQL pattern that binds ?x (and ?v) to what breaks it, inside the class's graph;
    `outside` one that may look at all graphs."""

    shape: str
    name: str
    graph: str
    broken: str
    outside: str = ""


@cache
def own_shapes() -> rdflib.Graph:
    return rdflib.Graph().parse(data=files("ontology").joinpath("shapes.ttl").read_text("utf-8"), format="turtle")


def validate(store: ReadableStore, base: Base) -> Report:
    """Every constraint on every member of every class; about a second per 100,000 statements."""
    began = time.monotonic()
    constraints = list(_constraints(own_shapes()))
    queries = [(c.shape, c.name, _query(c, base)) for c in constraints]
    queries.append(("MentionShape", "quote is what the sentence says there", _quotes(base)))
    found = [violation for query in queries if (violation := _ask(store, *query))]
    return Report(len(queries), tuple(found), round(time.monotonic() - began, 3))


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


def _query(constraint: _Constraint, base: Base) -> str:
    inside = constraint.broken
    if constraint.graph:
        inside = f"GRAPH <{base.graph(constraint.graph)}> {{ {inside} }}"
    return f"SELECT DISTINCT ?x {{ {inside} {constraint.outside} }} LIMIT {MOST_COUNTED}"


def _quotes(base: Base) -> str:
    oa, nif = expand("oa:"), expand("nif:")
    return (
        f"SELECT DISTINCT ?x {{ GRAPH <{base.graph('mentions')}> {{ ?x <{oa}hasTarget> ?t ."
        f" ?t <{oa}hasSource> ?s ; <{oa}hasSelector> ?p . ?p <{oa}start> ?b ; <{oa}end> ?e ; <{oa}exact> ?q }}"
        f" GRAPH <{base.graph('text')}> {{ ?s <{nif}isString> ?said }}"
        f" FILTER (SUBSTR(?said, ?b + 1, ?e - ?b) != ?q) }} LIMIT {MOST_COUNTED}"
    )


def _constraints(shapes: rdflib.Graph) -> Iterator[_Constraint]:
    for shape in sorted(shapes.subjects(RDF.type, SH.NodeShape), key=str):
        name = str(shape).rpartition("#")[2]
        graph = str(shapes.value(shape, URIRef(expand("gn:inGraph"))) or "")
        targets = " ".join(target.n3() for target in sorted(shapes.objects(shape, SH.targetClass), key=str))
        members = f"VALUES ?c {{ {targets} }} ?x a ?c ."
        for property_ in shapes.objects(shape, SH.property):
            path = _path(shapes, shapes.value(property_, SH.path))
            for parameter, value in sorted(shapes.predicate_objects(property_)):
                if parameter == SH.path:
                    continue
                kind = str(parameter).rpartition("#")[2]
                broken, outside = _BROKEN[kind](path, value.n3())
                label = f"{path} {kind} {value.n3(shapes.namespace_manager)}"
                yield _Constraint(name, label, graph, f"{members} {broken}", outside)


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


def _where(test: str) -> Callable[[str, str], tuple[str, str]]:
    return lambda path, value: (f"?x {path} ?v FILTER (!({test.format(value)}))", "")


_KINDS: Final = {str(SH.IRI): "isIRI(?v)", str(SH.Literal): "isLiteral(?v)"}
_BROKEN: Final[dict[str, Callable[[str, str], tuple[str, str]]]] = {
    "minCount": lambda path, value: (f"FILTER NOT EXISTS {{ ?x {path} ?v }}", ""),
    "maxCount": lambda path, value: (f"?x {path} ?v , ?w FILTER (!sameTerm(?v, ?w))", ""),
    "datatype": _where("isLiteral(?v) && DATATYPE(?v) = {}"),
    "nodeKind": lambda path, value: (f"?x {path} ?v FILTER (!{_KINDS[value[1:-1]]})", ""),
    "minInclusive": _where("?v >= {}"),
    "maxInclusive": _where("?v <= {}"),
    "minLength": _where("STRLEN(STR(?v)) >= {}"),
    "pattern": _where("REGEX(STR(?v), {})"),
    "class": lambda path, value: (
        f"?x {path} ?v",
        f"FILTER NOT EXISTS {{ {{ ?v a {value} }} UNION {{ GRAPH ?anywhere {{ ?v a {value} }} }} }}",
    ),
}
"""Constraint parameter → what breaks it. minCount and maxCount are 1 wherever the shapes use them."""
