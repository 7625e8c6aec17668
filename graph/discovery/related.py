"""Works like this one, and why: shared references, shared citing works, shared topics, texts alike in meaning.

Each part is a cosine in [0, 1], so the parts can be added; all but that of meaning are shrunk by n / (n + 1)
for n things shared, because two works cited once, together, would else be as alike as can be.
Sources: Kessler, Bibliographic coupling between scientific papers (American Documentation 14, 1963);
Small, Co-citation in the scientific literature (JASIS 24, 1973); both normalised after Salton and
McGill (1983), as Boyack and Klavans (JASIST 61, 2010) compare them; topics weighted by inverse
document frequency (Spärck Jones 1972).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import log, sqrt
from types import MappingProxyType
from typing import Final

import msgspec

from graph.convert.safe import ref
from graph.discovery.ask import Named, chunks, column, describe, names, number, require_type, rows, values
from graph.discovery.topics import works_of
from graph.stores.base import ReadableStore
from ontology.errors import QueryTooLarge

WEIGHTS: Final = {"coupling": 1.0, "cocitation": 1.0, "topics": 0.25, "meaning": 1.0}
"""How much each part counts; the score is their weighted mean. Topics only break ties: they say least of what cites
what (`bench.related`), and they are made from the same words as the meaning."""

MOST: Final = 100
CANDIDATES: Final = 500
"""Works that are weighed for each part: those that share most."""

COMMON: Final = 3_000
"""A topic of more works than this finds no candidates of its own, but still counts in the cosine."""

SHOWN: Final = 5
"""Shared things named in an explanation."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One reason: `value` is a cosine in [0, 1]; `shared` names up to SHOWN of the `count` things in common, subjects
    of the fewest works first ("Humans" says little)."""

    name: str
    value: float
    count: int
    shared: tuple[Named, ...]


class RelatedWork(msgspec.Struct, frozen=True, kw_only=True):
    """A similar work. `score` in [0, 1] is the weighted mean of its parts."""

    iri: str
    title: str
    score: float
    parts: tuple[Part, ...]


Shared = dict[str, set[str]]
"""Work → what it has in common with the one asked about."""


def related(
    store: ReadableStore, iri: str, k: int = 10, near: Mapping[str, float] = MappingProxyType({})
) -> tuple[RelatedWork, ...]:
    """The `k` most similar works, best first, ties by IRI. `near` are works near in meaning with their
    cosines, as the search index knows them (`SearchEngine.more_like`).

    NotFound where the work is unknown, QueryTooLarge for more than MOST.
    """
    if not 1 <= k <= MOST:
        raise QueryTooLarge(f"1 to {MOST} related works can be asked for")
    tables = likenesses(store, iri, near)
    scores: dict[str, float] = {}
    for part, (cosines, _) in tables.items():
        for work, value in cosines.items():
            scores[work] = scores.get(work, 0.0) + WEIGHTS[part] * value / sum(WEIGHTS.values())
    best = sorted(scores, key=lambda work: (-round(scores[work], 9), work))[:k]
    return _explained(store, best, scores, tables)


def likenesses(store: ReadableStore, iri: str, near: Mapping[str, float]) -> dict[str, tuple[dict[str, float], Shared]]:
    """Part → cosines in [0, 1] of other works, and what they share with this one; NotFound as in `related`."""
    require_type(describe(store, iri), iri, "gn:Work", "work")
    return {
        "coupling": _coupling(store, iri),
        "cocitation": _cocitation(store, iri),
        "topics": _topics(store, iri),
        "meaning": _meaning(store, near),
    }


def _explained(
    store: ReadableStore, best: list[str], scores: dict[str, float], tables: dict[str, tuple[dict[str, float], Shared]]
) -> tuple[RelatedWork, ...]:
    common = works_of(store, list({one for work in best for one in tables["topics"][1].get(work, ())}))
    shown = {
        (work, part): sorted(shared[work], key=lambda one: (common.get(one, 0), one))[:SHOWN]
        for work in best
        for part, (cosines, shared) in tables.items()
        if work in cosines
    }
    labels = names(store, (*best, *(one for some in shown.values() for one in some)))
    return tuple(
        RelatedWork(
            iri=work,
            title=labels[work],
            score=scores[work],
            parts=tuple(
                Part(
                    name=part,
                    value=cosines[work],
                    count=len(shared[work]),
                    shared=tuple(Named(one, labels[one]) for one in shown[work, part]),
                )
                for part, (cosines, shared) in tables.items()
                if work in cosines
            ),
        )
        for work in best
    )


def _coupling(store: ReadableStore, iri: str) -> tuple[dict[str, float], Shared]:
    """Works that cite what this one cites."""
    cited = column(store, f"SELECT ?x {{ {ref(iri)} cito:cites ?x }}")
    shared = _shared(store, f"{ref(iri)} cito:cites ?s . ?x cito:cites ?s", iri)
    return _cosines(shared, len(cited), _counts(store, shared, "?x cito:cites ?o")), shared


def _cocitation(store: ReadableStore, iri: str) -> tuple[dict[str, float], Shared]:
    """Works cited together with this one."""
    citing = column(store, f"SELECT ?x {{ ?x cito:cites {ref(iri)} }}")
    shared = _shared(store, f"?s cito:cites {ref(iri)} . ?s cito:cites ?x", iri)
    return _cosines(shared, len(citing), _counts(store, shared, "?o cito:cites ?x")), shared


def _meaning(store: ReadableStore, near: Mapping[str, float]) -> tuple[dict[str, float], Shared]:
    """Works near in meaning that this checkpoint knows as well: the index may be a commit ahead of it."""
    known: set[str] = set()
    for chunk in chunks(near):
        known.update(column(store, f"SELECT ?x {{ VALUES ?x {{ {values(chunk)} }} ?x a gn:Work }}"))
    return {work: cosine for work, cosine in near.items() if work in known}, {work: set() for work in known}


def _shared(store: ReadableStore, pattern: str, iri: str) -> Shared:
    """The candidates that share most, with what they share."""
    table: Shared = {}
    for row in rows(store, f"SELECT DISTINCT ?x ?s {{ {pattern} FILTER(?x != {ref(iri)}) }}"):
        table.setdefault(row["x"], set()).add(row["s"])
    best = sorted(table, key=lambda work: (-len(table[work]), work))[:CANDIDATES]
    return {work: table[work] for work in best}


def _counts(store: ReadableStore, works: Iterable[str], pattern: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for chunk in chunks(works):
        query = f"SELECT ?x (COUNT(*) AS ?n) {{ VALUES ?x {{ {values(chunk)} }} {pattern} }} GROUP BY ?x"
        found.update((row["x"], int(row["n"])) for row in rows(store, query) if "x" in row)
    return found


def _cosines(shared: Shared, own: int, others: dict[str, int]) -> dict[str, float]:
    """Salton's cosine, shrunk where it rests on few things (Bell and Koren, ICDM 2007)."""
    return {
        work: _shrunk(count) * count / sqrt(own * others[work])
        for work, common in shared.items()
        if (count := len(common))
    }


def _shrunk(count: int) -> float:
    """What a likeness that rests on so many things is worth: two works with one subject, the same, are not as alike as
    can be, and least of all where it is "Meta-Analysis"."""
    return count / (count + 1)


def _topics(store: ReadableStore, iri: str) -> tuple[dict[str, float], Shared]:
    """Works on the same topics, by the cosine of vectors that hold each topic's log(N / n)."""
    own = column(store, f"SELECT DISTINCT ?x {{ {ref(iri)} dct:subject ?x }}")
    counts = works_of(store, own)
    total = number(store, "?x a gn:Work", "*")
    table: Shared = {}
    rare = [topic for topic in own if counts[topic] <= COMMON]
    for chunk in chunks(rare):
        query = f"SELECT ?x ?s {{ VALUES ?s {{ {values(chunk)} }} ?x dct:subject ?s FILTER(?x != {ref(iri)}) }}"
        for row in rows(store, query):
            table.setdefault(row["x"], set()).add(row["s"])
    weight = _idf(counts, total)
    best = sorted(table, key=lambda work: (-round(sum(weight[t] ** 2 for t in table[work]), 9), work))[:CANDIDATES]
    everything = _subjects(store, best)
    weight = _idf(works_of(store, list({t for topics in everything.values() for t in topics} | set(own))), total)
    length = _norm(own, weight)
    cosines: dict[str, float] = {}
    for work, topics in everything.items():
        table[work] = topics & set(own)
        norms = length * _norm(topics, weight)
        dot = sum(weight[topic] ** 2 for topic in table[work])
        if norms and dot:
            cosines[work] = _shrunk(len(table[work])) * dot / norms
    return cosines, table


def _idf(counts: dict[str, int], total: int) -> dict[str, float]:
    return {topic: max(log(total / count), 0.0) if total else 0.0 for topic, count in counts.items()}


def _norm(topics: Iterable[str], weight: dict[str, float]) -> float:
    return sqrt(sum(weight[topic] ** 2 for topic in topics))


def _subjects(store: ReadableStore, works: Iterable[str]) -> Shared:
    table: Shared = {}
    for chunk in chunks(works):
        for row in rows(store, f"SELECT ?x ?s {{ VALUES ?x {{ {values(chunk)} }} ?x dct:subject ?s }}"):
            table.setdefault(row["x"], set()).add(row["s"])
    return table
