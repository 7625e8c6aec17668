"""Which records are one work: by identifier, by score, and what keeps them apart. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from ingest.identity.clusters import Clusters, Edge, Member, Verdicts
from ingest.identity.comparison import EXCLUSIVE, MATCH, Relation
from ingest.identity.works import WorkSays
from ontology.identifiers import WORK_SCHEMES


class Link(msgspec.Struct, frozen=True, array_like=True):
    """A scored pair of nodes as kept in the journal."""

    low: int
    high: int
    score: float
    relation: Relation


def clusters(said: Mapping[int, WorkSays], links: Iterable[Link], verdicts: Verdicts) -> list[list[Member]]:
    """Which of these nodes are one work: by identifier, most authoritative first, then by score."""
    order = sorted(said, key=lambda node: (said[node].seeds[0], said[node].origin))
    found = Clusters(order, verdicts)
    rules = _Rules(said, links)
    for scheme in WORK_SCHEMES:
        holders: defaultdict[str, list[int]] = defaultdict(list)
        for node in order:
            for one in said[node].ids:
                if one.startswith(f"{scheme}:"):
                    holders[one].append(node)
        for _, nodes in sorted(holders.items()):
            found.gather(nodes, f"shared {scheme}", 1.0, rules.by_identifier)
    at = {node: number for number, node in enumerate(order)}
    alike = ((link.score, min(at[link.low], at[link.high]), max(at[link.low], at[link.high])) for link in rules.same)
    for score, a, b in sorted(alike, key=lambda pair: (-pair[0], pair[1], pair[2])):
        found.join(Edge(order[a], order[b], "compared", score), rules.by_score)
    return found.all()


class _Rules:
    """What keeps records apart although something speaks for them."""

    def __init__(self, said: Mapping[int, WorkSays], links: Iterable[Link]) -> None:
        self._said = said
        strong = [link for link in links if link.score >= MATCH]
        self.same = [link for link in strong if link.relation == "same"]
        self._alike = {(link.low, link.high) for link in self.same}
        self._related = {(link.low, link.high) for link in strong if link.relation != "same"}

    def by_identifier(self, left: list[int], right: list[int], edge: Edge) -> bool:
        """Aggregators repeat lesser identifiers wrongly more often than DOIs; a number of arXiv in the record of
        a publication is that of its preprint."""
        if edge.method == "shared arxiv" and self._printed(left) != self._printed(right):
            return False
        return not self._contradict(left, right, EXCLUSIVE[:1])

    def by_score(self, left: list[int], right: list[int], edge: Edge) -> bool:
        if self._contradict(left, right, EXCLUSIVE):
            return False
        for a in left:
            for b in right:
                pair = min(a, b), max(a, b)
                if pair in self._related:
                    return False
                # Two records of one file are one work only where they are alike themselves.
                if self._said[a].container == self._said[b].container and pair not in self._alike:
                    return False
        return True

    def _printed(self, nodes: list[int]) -> bool:
        return any(self._said[node].printed for node in nodes)

    def _contradict(self, left: list[int], right: list[int], schemes: Sequence[str]) -> bool:
        for scheme in schemes:
            a, b = (
                {i for n in nodes for i in self._said[n].ids if i.startswith(f"{scheme}:")} for nodes in (left, right)
            )
            if a and b and not a & b:
                return True
        return False
