"""The canonical hash of a store: equal for equal sets of statements, wherever and however they are kept."""

from __future__ import annotations

from graph.stores.base import ReadableStore
from graph.terms import StoreHash


def store_hash(store: ReadableStore, graph: str | None = None) -> str:
    """64 hex digits for all statements, or for those of one graph ("" is the default graph); streams."""
    made = StoreHash()
    made.update(store.lines(graph))
    return made.hexdigest()
