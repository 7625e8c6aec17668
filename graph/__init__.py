"""Records as triples and back: stores, snapshots, search, discovery."""
