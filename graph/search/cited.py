"""How often works are cited by other works here. Sources say how often the world cites a work; the greater counts.

Counted anew for each commit from who cites whom, so that it never lags behind a work that came, changed or went.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from tantivy import FieldType, Occur, Query

from graph.search.schema import WORK, key_of, schema

Keys = NDArray[np.int64]


class Cited:
    """The works of one commit that others in it cite: `keys` of works (sorted) with `counts` of who cites them, and
    what sources have `said`."""

    def __init__(
        self, citing: Iterable[tuple[str, int]], works: Sequence[int] | Keys, said: Sequence[int] | Keys
    ) -> None:
        """`citing` are IRIs of works, here or elsewhere, and how many works here cite each; `works` the keys of
        those that are here, in the order of `said`."""
        counted = np.array([(key_of(iri), count) for iri, count in citing], dtype=np.int64).reshape(-1, 2)
        known = np.asarray(works, dtype=np.int64)
        order = np.argsort(known)
        here = counted[np.isin(counted[:, 0], known)]
        ordered = here[np.argsort(here[:, 0])]
        self.keys: Keys = ordered[:, 0]
        self.counts: Keys = ordered[:, 1]
        at = order[np.searchsorted(known, self.keys, sorter=order)] if len(known) else order
        self.said: Keys = np.asarray(said, dtype=np.int64)[at]

    def __bool__(self) -> bool:
        return len(self.keys) > 0

    def count(self, iri: str) -> int:
        """How often one work is cited here."""
        return int(self.of(np.array([key_of(iri)]))[0]) if self else 0

    def of(self, keys: Keys) -> Keys:
        """How often each of these works is cited here."""
        if not self:
            return np.zeros(len(keys), dtype=np.int64)
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[at] == keys, self.counts[at], 0)

    def query(self, least: int | None, most: int | None) -> Query:
        """Works cited so often, as sources say or by works here, whichever is more."""
        if not self:
            return _said(least, most)
        clauses = [(Occur.Must, Query.term_query(schema(), "role", WORK))]
        if least:
            more = (self.counts >= least) & (self.said < least)
            either = [(Occur.Should, _said(least, None)), (Occur.Should, self._those(more))]
            clauses.append((Occur.Must, Query.boolean_query(either)))
        if most is not None:
            above = (self.counts > most) & (self.said <= most)
            clauses += [(Occur.Must, _said(None, most)), (Occur.MustNot, self._those(above))]
        return Query.const_score_query(Query.boolean_query(clauses), 1.0)

    def _those(self, which: NDArray[np.bool_]) -> Query:
        """Only works of which the catalogue knows more than sources say are named one by one, which costs time."""
        return Query.term_set_query(schema(), "key", self.keys[which].tolist())


def _said(least: int | None, most: int | None) -> Query:
    return Query.range_query(schema(), "citations", FieldType.Integer, least, most)
