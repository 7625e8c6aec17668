"""The plug of the store family: a set of quads that can be changed, asked and written out.

Implementations: `oxigraph` (embedded, on disk) and `remote` (any SPARQL 1.1 server). Both pass
`tests/contracts/test_stores.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol, runtime_checkable

from graph.terms import Term
from ontology.registry import Registry

Row = Mapping[str, Term]
"""One solution: variable name (without `?`) → term; unbound variables are left out."""


@runtime_checkable
class ReadableStore(Protocol):
    """What questions need. Queries handed in here are our own, never a stranger's: those go
    through `sparql`, which can stop them."""

    def select(self, query: str, bindings: Mapping[str, Term] | None = None) -> Iterator[Row]:
        """Solutions of a SELECT; `bindings` fix variables to terms before evaluation."""
        ...

    def ask(self, query: str, bindings: Mapping[str, Term] | None = None) -> bool: ...

    def lines(self, graph: str | None = None) -> Iterator[str]:
        """Every statement as a canonical line, in no order; `graph` "" is the default graph,
        an IRI that named graph, None all."""
        ...

    def count(self) -> int:
        """Number of quads in all graphs."""
        ...

    def close(self) -> None: ...


@runtime_checkable
class Store(ReadableStore, Protocol):
    """A store that can be changed. One writer at a time."""

    def apply(self, removes: Iterable[str], adds: Iterable[str]) -> None:
        """Remove, then add. Removing what is not there and adding what is there change nothing,
        so an interrupted call is repeated safely."""
        ...

    def load(self, texts: Iterable[str | bytes]) -> None:
        """Add many statements as fast as the store can; not atomic, safe to repeat. Each text is a canonical
        line, or many of them with line breaks between (bytes: UTF-8)."""
        ...


STORES: Registry[type[Store]] = Registry(
    "store", {"oxigraph": "graph.stores.oxigraph:OxigraphStore", "remote": "graph.stores.remote:RemoteStore"}
)
