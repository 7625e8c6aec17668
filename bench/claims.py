"""`python -m bench.claims --data FOLDER [--links] [--least P] [--sample N] [--seed N] [--judged FILE]`: samples.

Prints a random sample of the claims of a graph (always the same for one seed) as tab-separated lines: number,
probability, works, cue, subject, relation, object, sentence; with `--links` of the places that name a vocabulary's
concept: number, confidence, method, words, concept, vocabulary, sentence. `--least .75` draws of what is accepted:
claims of this probability or more. With a file of judgements (number, tab, 1 for
right or 0, tab, cause) it prints instead how many were right, for each bin of probability (the reliability diagram in
figures), and the causes of the others.
"""

from __future__ import annotations

import argparse
import math
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from itertools import islice, pairwise
from pathlib import Path
from typing import Final, NamedTuple

from api.settings import load_settings
from api.wiring import Services
from graph.convert.safe import ref
from graph.discovery.ask import column, names, rows
from ontology.found import found_type

SEED: Final = 20261127
_BINS: Final = (0.0, 0.4, 0.6, 0.75, 0.85, 1.01)
_CLAIMS: Final = """SELECT ?c ?s ?p ?o ?probability ?works {
  GRAPH ?g { ?c a gn:Claim ; rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ; gn:supportCount ?works ;
    gn:probability ?probability } } ORDER BY ?c"""
_EVIDENCE: Final = """SELECT ?cue ?text {{
  GRAPH ?g {{ ?e gn:supports {} ; gn:sentence ?x . OPTIONAL {{ ?e gn:cue ?cue }} }}
  GRAPH ?t {{ ?x nif:isString ?text }} }} ORDER BY ?text LIMIT 1"""
_MENTIONS: Final = "SELECT ?x { GRAPH ?g { ?x a gn:Mention } } ORDER BY ?x"
_PLACE: Final = """SELECT ?concept ?confidence ?method ?words ?text ?scheme {{ GRAPH ?g {{
    {0} oa:hasBody ?concept ; gn:confidence ?confidence ; oa:hasTarget ?t .
    ?t oa:hasSource ?s ; oa:hasSelector/oa:exact ?words . OPTIONAL {{ {0} gn:matchMethod ?method }} }}
  GRAPH ?h {{ ?s nif:isString ?text }} OPTIONAL {{ GRAPH ?v {{ ?concept skos:inScheme ?scheme }} }} }} LIMIT 1"""


class Sampled(NamedTuple):
    """A statement with the probability that it was given, and what a judge has to see of it."""

    probability: float
    fields: tuple[str, ...]


def claims(services: Services, count: int, seed: int, least: float = 0.0) -> Iterator[Sampled]:
    """So many claims that are at least so probable, each with one of its sentences."""
    found = [row for row in rows(services.store, _CLAIMS) if float(row["probability"]) >= least]
    random.Random(seed).shuffle(found)
    called = names(services.store, {row[end] for row in found[: 2 * count] for end in "so"})
    for row in found[: 2 * count]:
        for said in rows(services.store, _EVIDENCE.format(ref(row["c"]))):
            ends = called[row["s"]], row["p"].partition("#")[2], called[row["o"]]
            yield Sampled(float(row["probability"]), (row["works"], said.get("cue", ""), *ends, said["text"]))


def links(services: Services, count: int, seed: int) -> Iterator[Sampled]:
    """So many places that name a concept of a vocabulary."""
    found = column(services.store, _MENTIONS)
    random.Random(seed).shuffle(found)
    for mention in found:
        for row in rows(services.store, _PLACE.format(ref(mention))):
            if not found_type(row["concept"]):
                name = names(services.store, {row["concept"]})[row["concept"]]
                fields = row.get("method", "label"), row["words"], name, row.get("scheme", row["concept"]), row["text"]
                yield Sampled(float(row["confidence"]), fields)


def reliability(sampled: Sequence[Sampled], judged: Mapping[int, bool]) -> Iterator[str]:
    """A line for each bin: how many, mean probability, share that was judged right."""
    pairs = [(sampled[number - 1].probability, right) for number, right in judged.items()]
    for low, high in pairwise(_BINS):
        here = [(p, right) for p, right in pairs if low <= p < high]
        if here:
            mean, share = (sum(column) / len(here) for column in zip(*here, strict=True))
            yield f"{low:.2f}-{min(high, 1):.2f}\t{len(here)}\tsaid {mean:.2f}\tright {share:.2f}"
    right = sum(right for _, right in pairs)
    low, high = wilson(right, len(pairs))
    yield f"all\t{len(pairs)}\tright {right / max(1, len(pairs)):.3f}\t95 % of such samples: {low:.3f} to {high:.3f}"


def wilson(right: int, judged: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson, 1927).

    >>> [round(end, 3) for end in wilson(97, 130)]
    [0.665, 0.813]
    """
    if not judged:
        return 0.0, 1.0
    share, z = right / judged, 1.96
    middle, spread = share + z * z / (2 * judged), z * math.sqrt(share * (1 - share) / judged + (z / (2 * judged)) ** 2)
    return (middle - spread) / (1 + z * z / judged), (middle + spread) / (1 + z * z / judged)


def judgements(file: Path) -> tuple[dict[int, bool], Counter[str]]:
    """Number → whether it was judged right, and how often each cause was given for one that was not."""
    right, causes = {}, Counter[str]()
    for line in file.read_text("utf-8").splitlines():
        number, verdict, cause = [*line.strip().split("\t"), "", ""][:3]
        if number:
            right[int(number)] = verdict == "1"
            if verdict != "1":
                causes[cause or "not said"] += 1
    return right, causes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--links", action="store_true")
    parser.add_argument("--sample", type=int, default=60)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--least", type=float, default=0.0)
    parser.add_argument("--judged", type=Path)
    given = parser.parse_args()
    with closing(Services(load_settings(data=given.data))) as services:
        asked = services, given.sample, given.seed
        drawn = links(*asked) if given.links else claims(*asked, given.least)
        sampled = list(islice(drawn, given.sample))
    if given.judged:
        right, causes = judgements(given.judged)
        print(*reliability(sampled, right), sep="\n")
        print(*(f"{count}\t{cause}" for cause, count in causes.most_common()), sep="\n")
        return
    for number, one in enumerate(sampled, 1):
        print(number, f"{one.probability:.2f}", *one.fields, sep="\t")


if __name__ == "__main__":
    main()
