"""How the discovery functions ask a store: prefixed queries, plain Python values, names of things.

Named graphs are matched by variable (`GRAPH ?g`), so that nothing here needs to know the base IRI.
A query holds one VALUES block at most: with two, Oxigraph scans the whole graph and joins by hash.
IRIs handed in by callers are written by `graph.convert.safe.ref`: no query text can be smuggled in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, TypeVar

import msgspec

from graph.convert.kinds import TYPES
from graph.convert.safe import ref
from graph.stores.base import ReadableStore
from ontology.errors import NotFound
from ontology.namespaces import PREFIXES, expand

CHUNK: Final = 500
"""IRIs written into one query."""

_HEAD: Final = "\n".join(f"PREFIX {prefix}: <{iri}>" for prefix, iri in PREFIXES.items())

Values = dict[str, str]
"""One solution as plain text: variable → IRI or lexical form; unbound variables are left out."""

T = TypeVar("T")


class Named(msgspec.Struct, frozen=True, order=True):
    """Something with an IRI and a name to show."""

    iri: str
    name: str


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """Something with a name and how many works it is counted in."""

    iri: str
    name: str
    count: int


def rows(store: ReadableStore, query: str) -> Iterator[Values]:
    """Solutions of a SELECT written with the prefixes of `ontology.namespaces`."""
    for row in store.select(f"{_HEAD}\n{query}"):
        yield {name: term.value for name, term in row.items()}


def column(store: ReadableStore, query: str) -> list[str]:
    """The values of `?x` in the solutions."""
    return [row["x"] for row in rows(store, query) if "x" in row]


def chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


def values(iris: Iterable[str]) -> str:
    """IRIs as they stand inside `VALUES ?x { … }`."""
    return " ".join(map(ref, iris))


def describe(store: ReadableStore, iri: str) -> dict[str, list[str]]:
    """Property → values of one subject in the default graph; NotFound where nothing is said of it."""
    table: dict[str, list[str]] = {}
    for row in rows(store, f"SELECT ?p ?o {{ {ref(iri)} ?p ?o }}"):
        table.setdefault(row["p"], []).append(row["o"])
    if not table:
        raise NotFound(f"nothing is known of {iri}", place=iri)
    return table


def require_type(facts: dict[str, list[str]], iri: str, curie: str, what: str) -> None:
    """NotFound unless the facts of `describe` give `iri` this class."""
    if expand(curie) not in facts.get(expand("rdf:type"), ()):
        raise NotFound(f"{iri} is no {what}", place=iri)


def first(facts: dict[str, list[str]], curie: str) -> str:
    return next(iter(facts.get(expand(curie), ())), "")


def every(facts: dict[str, list[str]], curie: str) -> tuple[str, ...]:
    return tuple(sorted(facts.get(expand(curie), ())))


_NAMED: Final = (
    "VALUES ?x {{ {values} }} ?x dct:title|foaf:name|skos:prefLabel ?n",
    "VALUES ?x {{ {values} }} GRAPH ?g {{ ?x skos:prefLabel ?n }}",
)
"""In the default graph; what has no name there (things found in texts) has one in its own graph."""


def names(store: ReadableStore, iris: Iterable[str], language: str = "en") -> dict[str, str]:
    """IRI → title, name or preferred label (in `language` where there is one); itself without any."""
    found: dict[str, tuple[int, str]] = {}
    asked = list(dict.fromkeys(iris))
    for pattern in _NAMED:
        for chunk in chunks([iri for iri in asked if iri not in found]):
            query = f"SELECT ?x ?n (LANG(?n) AS ?l) {{ {pattern.format(values=values(chunk))} }}"
            for row in rows(store, query):
                rank = {language: 0, "en": 1, "": 2}.get(row["l"], 3)
                found[row["x"]] = min(found.get(row["x"], (4, "")), (rank, row["n"]))
    return {iri: found[iri][1] if iri in found else iri for iri in asked}


def named(store: ReadableStore, iris: Iterable[str]) -> tuple[Named, ...]:
    """The things with their names, in the order given."""
    return tuple(Named(iri, name) for iri, name in names(store, iris).items())


def number(store: ReadableStore, pattern: str, what: str = "DISTINCT ?x") -> int:
    """How many solutions `pattern` has."""
    return next((int(row["n"]) for row in rows(store, f"SELECT (COUNT({what}) AS ?n) {{ {pattern} }}")), 0)


_KINDS: Final = {classes[1].strip("<>"): kind for kind, classes in TYPES.items()}


def kind_of(classes: Iterable[str]) -> str:
    """Kind of a work by its classes ("article", "dataset" …); empty where they tell none."""
    return next((_KINDS[one] for one in sorted(classes) if one in _KINDS), "")
