"""Questions over a store: guard, workers, formats, protocol."""
