"""The journal: what was harvested, what it said, how far it has come. One SQLite file.

"The journal holds what was said; the store holds what is known": store and index can be rebuilt
from it. `database` opens and locks, `harvested` keeps payloads and records, `ledger` readings,
vectors and what was written to the store, `sources` and `runs` what harvests left behind.
"""
