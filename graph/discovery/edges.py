"""The links between entities that paths may take, and fetching them set by set.

Works, people, organisations, venues and concepts are nodes. Links are read as undirected, but keep
which way they were stated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from graph.convert.safe import ref
from graph.discovery.ask import chunks, rows, values
from graph.discovery.claims import PREDICATES
from graph.stores.base import ReadableStore
from ontology.namespaces import expand

AFFILIATION: Final = expand("org:memberOf")
"""Stands for person and organisation standing together in an authorship."""

STATED: Final = (
    "dct:creator", "cito:cites", "dct:subject", "dct:isPartOf", "skos:broader", "skos:related", *PREDICATES,
)  # fmt: skip
LINKS: Final = (*map(expand, STATED), AFFILIATION)
"""Properties that paths follow unless told otherwise, as IRIs."""


class Link(msgspec.Struct, frozen=True, order=True):
    """`source` is linked to `target` by `predicate` in the direction stated."""

    source: str
    predicate: str
    target: str


def degrees(store: ReadableStore, nodes: Iterable[str], predicates: tuple[str, ...]) -> dict[str, int]:
    """Node → number of statements that link it in either direction; without an entry where there are none.

    For affiliations it is the authorships of an organisation that count, which needs no join.
    """
    found: dict[str, int] = {}
    stated, affiliated = _split(predicates)
    into = (*stated, expand("pro:relatesToOrganization")) if affiliated else stated
    for chunk in chunks(dict.fromkeys(nodes)):
        among = f"VALUES ?x {{ {values(chunk)} }}"
        for pattern in (f"?x ?p ?o {_only(stated)}", f"?s ?p ?x {_only(into)}"):
            for row in rows(store, f"SELECT ?x (COUNT(*) AS ?n) {{ {among} {pattern} }} GROUP BY ?x"):
                if "x" in row:
                    found[row["x"]] = found.get(row["x"], 0) + int(row["n"])
    return {node: count for node, count in found.items() if count}


def links(store: ReadableStore, nodes: Iterable[str], predicates: tuple[str, ...]) -> Iterator[Link]:
    """Every link that begins or ends at one of `nodes`; a link may come twice."""
    stated, affiliated = _split(predicates)
    for chunk in chunks(nodes):
        head = f"VALUES ?x {{ {values(chunk)} }}"
        only = _only(stated)
        for row in rows(store, f"SELECT ?x ?p ?o {{ {head} ?x ?p ?o {only} }}"):
            yield Link(row["x"], row["p"], row["o"])
        for row in rows(store, f"SELECT ?x ?p ?s {{ {head} ?s ?p ?x {only} }}"):
            yield Link(row["s"], row["p"], row["x"])
        if affiliated:
            for row in rows(store, f"SELECT DISTINCT ?x ?o {{ {head} {_AFFILIATED.format('?x', '?o')} }}"):
                yield Link(row["x"], AFFILIATION, row["o"])
            for row in rows(store, f"SELECT DISTINCT ?x ?s {{ {head} {_AFFILIATED.format('?s', '?x')} }}"):
                yield Link(row["s"], AFFILIATION, row["x"])


_AFFILIATED: Final = "?a pro:isHeldBy {0} ; pro:relatesToOrganization {1}"


def _only(predicates: tuple[str, ...]) -> str:
    """A filter, because a second VALUES block would make the store scan everything and join by hash."""
    return f"FILTER(?p IN ({', '.join(map(ref, predicates))}))"


def _split(predicates: tuple[str, ...]) -> tuple[tuple[str, ...], bool]:
    return tuple(one for one in predicates if one != AFFILIATION), AFFILIATION in predicates
