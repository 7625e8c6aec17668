"""`python -m bench.synthetic FOLDER [--quads 10000000]`: a graph of invented works, as large as wanted.

The shape is that of a built graph: works with titles, years, people, venues, citations and subjects in
the default graph, a tree of concepts above the subjects, sentences in a graph of their own. Sizes of
fields follow powers, as real ones do: few concepts have most of the works. The same arguments give the
same graph. Folders: FOLDER/store (for writing), FOLDER/snapshots (a checkpoint).
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from graph.snapshots import Snapshots
from graph.stores.oxigraph import OxigraphStore
from ontology.namespaces import PREFIXES, expand

BASE: Final = "http://localhost:8000"
FANOUT: Final = 6
CONCEPTS: Final = 15_000
VENUES: Final = 2_000
_WORDS: Final = (
    "graph", "learning", "query", "semantic", "deep", "neural", "model", "text", "citation", "protein", "network",
    "search", "topic", "translation", "gene", "library", "archive", "parsing", "entity", "ontology", "signal",
    "climate", "market", "quantum", "vision", "speech", "memory", "cell", "data", "method",
)  # fmt: skip
_A: Final = f"<{PREFIXES['rdf']}type>"
_INTEGER: Final = f"<{PREFIXES['xsd']}integer>"
_QUADS_A_WORK: Final = 20.3
"""Measured."""


def work(number: int) -> str:
    return f"<{BASE}/id/work/s{number}>"


def concept(number: int) -> str:
    """Concepts form a tree: 0 is its root, the parent of n is (n - 1) // FANOUT."""
    return f"<{BASE}/id/concept/syn/{number}>"


def person(number: int) -> str:
    return f"<{BASE}/id/person/s{number}>"


def lines(quads: int, seed: int = 7) -> Iterator[str]:
    """About this many statements."""
    dice = random.Random(seed)
    works = max(int((quads - CONCEPTS * 4) / _QUADS_A_WORK), 10)
    people = max(works // 3, 5)
    yield from _concepts()
    for number in range(VENUES):
        venue = f"<{BASE}/id/venue/s{number}>"
        yield f"{venue} {_A} {_p('gn:Venue')} ."
        yield f'{venue} {_p("dct:title")} "Journal of {_WORDS[number % len(_WORDS)]} {number}" .'
    for number in range(people):
        yield f"{person(number)} {_A} {_p('foaf:Person')} ."
        yield f'{person(number)} {_p("foaf:name")} "Person {number}" .'
    for number in range(works):
        yield from _work(number, works, people, dice)


def _concepts() -> Iterator[str]:
    for number in range(CONCEPTS):
        iri = concept(number)
        yield f"{iri} {_A} {_p('skos:Concept')} ."
        yield f'{iri} {_p("skos:prefLabel")} "{_WORDS[number % len(_WORDS)]} {number}"@en .'
        if number:
            yield f"{iri} {_p('skos:broader')} {concept((number - 1) // FANOUT)} ."
            yield f"{concept((number - 1) // FANOUT)} {_p('skos:narrower')} {iri} ."


def _work(number: int, works: int, people: int, dice: random.Random) -> Iterator[str]:
    iri = work(number)
    title = " ".join(dice.choices(_WORDS, k=6))
    yield f"{iri} {_A} {_p('gn:Work')} ."
    yield f"{iri} {_A} {_p('fabio:JournalArticle')} ."
    yield f'{iri} {_p("dct:title")} "{title} {number}" .'
    yield f'{iri} {_p("gn:year")} "{1970 + int(54 * dice.random() ** 0.4)}"^^{_INTEGER} .'
    yield f"{iri} {_p('dct:isPartOf')} <{BASE}/id/venue/s{int(VENUES * dice.random() ** 2)}> ."
    yield f'{iri} {_p("prism:doi")} "10.5555/s{number}" .'
    for _ in range(3):
        yield f"{iri} {_p('dct:creator')} {person(int(people * dice.random() ** 1.5))} ."
    for _ in range(3):
        yield f"{iri} {_p('dct:subject')} {concept(int(CONCEPTS * dice.random() ** 1.6))} ."
    for _ in range(4):
        yield f"{iri} {_p('cito:cites')} {work(int(works * dice.random() ** 2))} ."
    graph = f"<{BASE}/graph/text>"
    for part in range(2):
        sentence = f"<{iri[1:-1]}/s/{part}>"
        yield f"{sentence} {_A} {_p('doco:Sentence')} {graph} ."
        yield f'{sentence} {_p("nif:isString")} "{" ".join(dice.choices(_WORDS, k=12))}." {graph} .'


def _p(curie: str) -> str:
    return f"<{expand(curie)}>"


def make(folder: Path, quads: int) -> Path:
    """Build it where it is missing; the checkpoint's folder."""
    snapshots = Snapshots(folder / "snapshots", keep=1)
    current = snapshots.current()
    if current is None:
        store = OxigraphStore(folder / "store")
        store.load(lines(quads))
        store.raw.optimize()
        current = snapshots.publish(store, 1)
        store.close()
    return current.path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--quads", type=int, default=10_000_000)
    given = parser.parse_args()
    print(make(given.folder, given.quads))


if __name__ == "__main__":
    main()
