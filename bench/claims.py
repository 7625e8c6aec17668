"""`python -m bench.claims --data FOLDER [--sample N] [--judged FILE]`: claims to judge by hand, and their reliability.

Prints a random sample (always the same of one graph) as tab-separated lines: number, probability, works, cue, subject,
relation, object, sentence. With a file of judgements (number, tab, 1 for right or 0) it prints instead, for each bin of
probability, how many of the claims judged were right: the reliability diagram in figures.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path

from api.settings import load_settings
from api.wiring import Services
from graph.discovery.ask import Values, names, rows

_BINS = (0.0, 0.4, 0.6, 0.75, 0.85, 1.01)
_QUERY = """SELECT ?c ?s ?p ?o ?probability ?works ?cue ?text {
  GRAPH ?g { ?c a gn:Claim ; rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ; gn:supportCount ?works ;
    gn:probability ?probability . ?e gn:supports ?c ; gn:sentence ?x . OPTIONAL { ?e gn:cue ?cue } }
  GRAPH ?t { ?x nif:isString ?text } }"""


def sample(services: Services, count: int) -> list[Values]:
    """So many claims, each with one of its sentences."""
    found = sorted(rows(services.store, _QUERY), key=lambda row: (row["c"], row["text"]))
    claims = list({row["c"]: row for row in reversed(found)}.values())
    random.Random(20261127).shuffle(claims)
    return claims[:count]


def shown(services: Services, claims: Sequence[Values]) -> Iterator[str]:
    called = names(services.store, {row[end] for row in claims for end in "so"})
    for number, row in enumerate(claims, 1):
        fields = [str(number), row["probability"], row["works"], row.get("cue", ""), called[row["s"]]]
        yield "\t".join([*fields, row["p"].partition("#")[2], called[row["o"]], row["text"]])


def reliability(claims: Sequence[Values], judged: Mapping[int, bool]) -> Iterator[str]:
    """A line for each bin: claims, mean probability, share that was judged right."""
    pairs = [(float(claims[number - 1]["probability"]), right) for number, right in judged.items()]
    for low, high in pairwise(_BINS):
        here = [(p, right) for p, right in pairs if low <= p < high]
        if here:
            mean, share = (sum(column) / len(here) for column in zip(*here, strict=True))
            yield f"{low:.2f}-{min(high, 1):.2f}\t{len(here)} claims\tsaid {mean:.2f}\tright {share:.2f}"
    yield f"all\t{len(pairs)} claims\tright {sum(right for _, right in pairs) / max(1, len(pairs)):.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sample", type=int, default=60)
    parser.add_argument("--judged", type=Path)
    given = parser.parse_args()
    with closing(Services(load_settings(data=given.data))) as services:
        claims = sample(services, given.sample)
        if given.judged:
            table = (line.split("\t") for line in given.judged.read_text("utf-8").splitlines() if line.strip())
            lines = reliability(claims, {int(row[0]): row[1].strip() == "1" for row in table})
        else:
            lines = shown(services, claims)
        for line in lines:
            print(line)


if __name__ == "__main__":
    main()
