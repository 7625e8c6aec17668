"""Whether an answer is the expected one: solutions as bags, graphs and datasets up to their blank nodes."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, cast

import pyoxigraph as ox

_RESULTS: Final = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
_FORMATS: Final = {".srx": "XML", ".srj": "JSON", ".tsv": "TSV"}
_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_INTEGERS: Final = frozenset({"integer", "negativeInteger", "nonNegativeInteger", "positiveInteger", "int", "long"})
Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Solution = dict[str, Term]


def expected_solutions(path: Path) -> list[Solution] | bool | None:
    """The result set of a file; None where it holds a graph."""
    if path.suffix in _FORMATS:
        return solutions(path.read_bytes(), _FORMATS[path.suffix])
    quads = list(ox.parse(path=str(path), base_iri=path.as_uri()))
    named = {quad.object.value for quad in quads if isinstance(quad.object, ox.NamedNode)}
    return list(_written(quads)) if _RESULTS + "ResultSet" in named else None


def solutions(body: bytes, kind: str) -> list[Solution] | bool:
    """A result document as one dictionary for each row."""
    found = ox.parse_query_results(body, getattr(ox.QueryResultsFormat, kind))
    if isinstance(found, ox.QueryBoolean):
        return bool(found)
    names = [variable.value for variable in found.variables]
    return [{n: cast("Term", v) for n, v in zip(names, row, strict=True) if v is not None} for row in found]


def _written(quads: Iterable[ox.Quad]) -> Iterator[Solution]:
    """A result set written in RDF (the test suites' own vocabulary)."""
    said: dict[Term, dict[str, list[Term]]] = {}
    for quad in quads:
        said.setdefault(quad.subject, {}).setdefault(quad.predicate.value.removeprefix(_RESULTS), []).append(
            quad.object
        )
    for node in (one for facts in said.values() for one in facts.get("solution", ())):
        bindings = [said[one] for one in said[node].get("binding", ())]
        yield {cast("ox.Literal", one["variable"][0]).value: one["value"][0] for one in bindings}


def same_solutions(one: list[Solution], other: list[Solution]) -> bool:
    """Equal as bags, blank nodes renamed if need be, numbers and booleans compared by value."""
    if len(one) != len(other):
        return False
    one, other = [[{n: _canonical(t) for n, t in row.items()} for row in side] for side in (one, other)]
    if not any(_blank(term) for row in (*one, *other) for term in row.values()):
        return Counter(map(_key, one)) == Counter(map(_key, other))
    return same_dataset(_as_quads(one), _as_quads(other))


def _key(row: Solution) -> frozenset[tuple[str, str]]:
    return frozenset((name, str(term)) for name, term in row.items())


def _canonical(term: Term) -> Term:
    """One literal for each value: the engine keeps values, and the suites compare forms."""
    if isinstance(term, ox.Triple):
        return ox.Triple(term.subject, term.predicate, _canonical(term.object))
    if not isinstance(term, ox.Literal):
        return term
    if term.language:
        return ox.Literal(term.value, language=term.language.lower()) if not term.direction else term
    kind = term.datatype.value.rpartition("#")[2]
    try:
        if kind in _INTEGERS:
            return ox.Literal(str(float(term.value)), datatype=ox.NamedNode(_XSD + "integer"))
        if kind in ("decimal", "double", "float"):
            return ox.Literal(str(float(term.value)), datatype=term.datatype)
    except ValueError:
        return term
    if kind == "boolean":
        return ox.Literal({"0": "false", "1": "true"}.get(term.value, term.value), datatype=term.datatype)
    return term


def same_table(one: str, other: str) -> bool:
    """Two CSV documents with the same rows; numbers by value, blank nodes by whether they are."""
    return _table(one) == _table(other)


def _table(text: str) -> list[list[tuple[str, str]]]:
    rows = csv.DictReader(text.splitlines())
    return sorted(sorted((name, _cell(cell or "")) for name, cell in row.items()) for row in rows)


def _cell(cell: str) -> str:
    if cell.startswith("_:"):
        return "_:"
    try:
        return str(float(cell))
    except ValueError:
        return cell


def _blank(term: Term) -> bool:
    return "_:" in str(term) if isinstance(term, ox.Triple) else isinstance(term, ox.BlankNode)


def _as_quads(rows: list[Solution]) -> Iterator[ox.Quad]:
    for number, row in enumerate(rows):
        node = ox.BlankNode(f"row{number}")
        yield ox.Quad(node, ox.NamedNode("x:row"), ox.Literal("row"))
        for name, term in row.items():
            yield ox.Quad(node, ox.NamedNode(f"x:{name}"), term)


def same_dataset(one: Iterable[ox.Quad], other: Iterable[ox.Quad]) -> bool:
    """Isomorphic."""
    sides = [ox.Dataset([_by_value(quad) for quad in side]) for side in (one, other)]
    for side in sides:
        side.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return set(map(str, sides[0])) == set(map(str, sides[1]))


def _by_value(quad: ox.Quad) -> ox.Quad:
    return ox.Quad(quad.subject, quad.predicate, _canonical(quad.object), quad.graph_name)


def document(body: bytes, media_type: str, base: str) -> list[ox.Quad]:
    """The statements of an RDF document."""
    form = ox.RdfFormat.from_media_type(media_type.partition(";")[0].strip())
    if form is None:
        raise ValueError(f"{media_type!r} is no RDF")
    return list(ox.parse(body, form, base_iri=base))


def of_files(default: Iterable[Path], named: Iterable[tuple[str, Path]]) -> Iterator[ox.Quad]:
    """The statements of a dataset kept in files."""
    for path in default:
        yield from ox.parse(path=str(path), base_iri=path.as_uri(), rename_blank_nodes=True)
    for graph, path in named:
        for quad in ox.parse(path=str(path), base_iri=path.as_uri(), rename_blank_nodes=True):
            yield ox.Quad(quad.subject, quad.predicate, quad.object, ox.NamedNode(graph))
