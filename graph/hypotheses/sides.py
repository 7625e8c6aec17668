"""How two things stand together in works: how many, the newest, and the sentence in it that names both."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec

from graph.convert.safe import ref
from graph.discovery.ask import Named, chunks, names, rows, values
from graph.hypotheses.history import History
from graph.stores.base import ReadableStore

Pair = tuple[str, str]


class Sentence(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence that names both; `iri` is its own, `work` where it stands."""

    iri: str
    text: str
    work: str


class Side(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Two things stand together in `count` works, `work` is the newest of them; with the sentence that names both,
    where a single one does."""

    count: int
    work: Named
    year: int
    sentence: Sentence | None = None


class Sides:
    """The sides of many pairs, asked for at once."""

    def __init__(self, store: ReadableStore, past: History, pairs: Collection[Pair]) -> None:
        self._past = past
        self._works = {pair: past.works_with(*pair) for pair in pairs}
        newest = {pair: works[0] for pair, works in self._works.items()}
        self._titles = names(store, newest.values())
        self._sentences = sentences(store, newest)

    def of(self, one: str, other: str) -> Side:
        """One of the pairs, in the order it was asked for in."""
        works = self._works[one, other]
        return Side(
            count=len(works),
            work=Named(works[0], self._titles[works[0]]),
            year=self._past.spoken[works[0]][0],
            sentence=self._sentences.get((one, other)),
        )


def sentences(store: ReadableStore, works: dict[Pair, str]) -> dict[Pair, Sentence]:
    """Pair → the first sentence of its work that names both, where there is one."""
    named = _named(store, {(work, thing) for pair, work in works.items() for thing in pair})
    nothing: frozenset[str] = frozenset()
    both = {
        pair: min(named.get((work, pair[0]), nothing) & named.get((work, pair[1]), nothing), default="")
        for pair, work in works.items()
    }
    texts: dict[str, str] = {}
    for chunk in chunks(sorted({one for one in both.values() if one})):
        query = f"SELECT ?s ?x {{ VALUES ?s {{ {values(chunk)} }} GRAPH ?g {{ ?s nif:isString ?x }} }}"
        texts.update((row["s"], row["x"]) for row in rows(store, query))
    return {
        pair: Sentence(iri=one, text=texts[one], work=works[pair]) for pair, one in both.items() if one in texts
    }  # fmt: skip


def _named(store: ReadableStore, wanted: Iterable[Pair]) -> dict[Pair, set[str]]:
    """(work, thing) → sentences of the work that name the thing."""
    found: dict[Pair, set[str]] = {}
    for chunk in chunks(sorted(wanted), 100):
        pairs = " ".join(f"({ref(work)} {ref(thing)})" for work, thing in chunk)
        query = f"""SELECT ?p ?b ?s {{ VALUES (?p ?b) {{ {pairs} }} GRAPH ?g {{ ?r prov:used ?p .
            ?m prov:wasGeneratedBy ?r ; oa:hasBody ?b ; oa:hasTarget ?t . ?t oa:hasSource ?s }} }}"""
        for row in rows(store, query):
            found.setdefault((row["p"], row["b"]), set()).add(row["s"])
    return found
