"""The canonical hash of a store: what proves that two builds are the same graph."""

from __future__ import annotations

from graph.stores.base import ReadableStore
from graph.terms import StoreHash


def store_hash(store: ReadableStore) -> str:
    """64 hex digits over all statements, whatever their order (see `StoreHash`); streams."""
    total = StoreHash()
    total.update(store.lines())
    return total.hexdigest()
