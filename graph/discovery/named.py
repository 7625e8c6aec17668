"""Where texts name something: the works, how often, and the surest sentence of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

import msgspec

from graph.convert.safe import ref
from graph.discovery.ask import Counted, Values, chunks, describe, first, names, rows, values
from graph.stores.base import ReadableStore

MOST_MENTIONS: Final = 20_000
"""Mentions that works are counted over; `NamedIn.partial` tells that there are more."""
_AROUND: Final = 20
"""Works that name it most often, in which what stands beside it is counted."""


class NamingWork(msgspec.Struct, frozen=True, kw_only=True):
    """A work that names it `times` times, with the sentence where that is surest: `begin` and `end` are code
    points of `text`, `confidence` lies in [0, 1], `mention` and `sentence` are IRIs."""

    iri: str
    title: str
    year: int
    times: int
    mention: str
    sentence: str
    text: str
    begin: int
    end: int
    confidence: float


class NamedIn(msgspec.Struct, frozen=True, kw_only=True):
    """Where a thing is named: `works` and `mentions` in all, those that name it most often first, then by IRI.
    `together` are other things named in the same works, by the number of these."""

    iri: str
    name: str
    works: int
    mentions: int
    partial: bool
    named_in: tuple[NamingWork, ...]
    together: tuple[Counted, ...]


def named_in(store: ReadableStore, iri: str, limit: int = 20) -> NamedIn:
    """Where texts name the concept or found thing `iri`; NotFound where the graph does not know it."""
    query = f"""SELECT ?m ?w ?k {{ GRAPH ?g {{ ?m oa:hasBody {ref(iri)} ; prov:wasGeneratedBy ?r ;
        gn:confidence ?k . ?r prov:used ?w }} }} LIMIT {MOST_MENTIONS}"""
    times: Counter[str] = Counter()
    surest: dict[str, tuple[float, str]] = {}
    for row in rows(store, query):
        work = row["w"]
        times[work] += 1
        surest[work] = min(surest.get(work, (0.0, "")), (-float(row["k"]), row["m"]))
    if not times:
        describe(store, iri)
    ranked = sorted(times, key=lambda work: (-times[work], work))
    labels = names(store, (iri, *ranked[:limit]))
    places = _places(store, (surest[work][1] for work in ranked[:limit]))
    return NamedIn(
        iri=iri,
        name=labels[iri],
        works=len(times),
        mentions=times.total(),
        partial=times.total() >= MOST_MENTIONS,
        named_in=tuple(
            NamingWork(
                iri=work, title=labels[work], year=int(first(describe(store, work), "gn:year") or 0), times=times[work],
                mention=place["m"], sentence=place["s"], text=place["text"], begin=int(place["b"]), end=int(place["e"]),
                confidence=-surest[work][0],
            )
            for work in ranked[:limit]
            if (place := places.get(surest[work][1]))
        ),
        together=_together(store, iri, ranked[:_AROUND], limit),
    )  # fmt: skip


def _places(store: ReadableStore, mentions: Iterable[str]) -> dict[str, Values]:
    """Mention → its sentence and where in it."""
    found: dict[str, Values] = {}
    for chunk in chunks(mentions):
        query = f"""SELECT * {{ VALUES ?m {{ {values(chunk)} }}
            GRAPH ?g {{ ?m oa:hasTarget ?t . ?t oa:hasSource ?s ; oa:hasSelector ?x . ?x oa:start ?b ; oa:end ?e }}
            GRAPH ?h {{ ?s nif:isString ?text }} }}"""
        found.update((row["m"], row) for row in rows(store, query))
    return found


def _together(store: ReadableStore, iri: str, works: list[str], limit: int) -> tuple[Counted, ...]:
    """Other things named in these works."""
    if not works:
        return ()
    query = f"""SELECT ?x (COUNT(DISTINCT ?w) AS ?n) {{ VALUES ?w {{ {values(works)} }}
        GRAPH ?g {{ ?r prov:used ?w . ?m prov:wasGeneratedBy ?r ; oa:hasBody ?x }} FILTER(?x != {ref(iri)}) }}
        GROUP BY ?x ORDER BY DESC(?n) ?x LIMIT {int(limit)}"""
    found = {row["x"]: int(row["n"]) for row in rows(store, query) if "x" in row}
    labels = names(store, found)
    return tuple(Counted(iri=one, name=labels[one], count=count) for one, count in found.items())
