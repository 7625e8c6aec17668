"""Labels and weights for diseases, from the training and development parts of NCBI Disease and BioRED.

NCBI Disease is in the public domain by its own notice; BioRED is published by the same institute of the U.S.
government. What is kept are counts: wordings, identifiers, how often. Weights are fitted on documents
whose own annotations were not counted (three folds of the training parts). A second table leaves the development
parts out: with it they are measured. Both hold what was judged by hand in other abstracts (`judged.tsv`, whose head
says how).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from nlp.evaluation.gold.parts import files_of
from nlp.evaluation.gold.pubtator import Abstract, read_pubtator
from nlp.evaluation.tasks.linking import DISEASES
from nlp.linking import places_of
from nlp.matcher import Matcher
from nlp.normalise import fold_label
from nlp.reader import Reader
from nlp.trained_labels import HELD_OUT, LabelCount, TrainedLabels, concept_iri, concept_name, known_wordings
from nlp.trained_links import NAMES, TrainedLinks, vectors
from ontology.namespaces import Base
from ontology.scheme import Scheme
from ontology.vocabularies.base import load_vocabulary

FOLDS: Final = 3
LENIENT: Final = 0.2
"""Added to the bias: F1 of the folds is best a little below even odds (0.45, and flat from 0.4 to 0.5)."""
_RIDGE: Final = 1.0
_ROOT_SHARE: Final = 0.0007
_JUDGED: Final = Path(__file__).with_name("judged.tsv")
Labels = dict[tuple[str, ...], LabelCount]


def models(gold: Path) -> Iterator[tuple[str, bytes]]:
    """(file name, content) of what is trained here."""
    mesh = load_vocabulary(gold.parent / "vocab/mesh/mesh_id_label_mappings.tsv", Base())
    places = (gold / "ncbi_disease", gold / "biored")
    abstracts, more = (
        [a for place in places for path in files_of(place, part) for a in read_pubtator(path)]
        for part in ("train", "dev")
    )
    print(f"linking: {len(abstracts)} abstracts, and {len(more)} that are counted only")
    roots = common_roots(mesh, abstracts)
    rows, answers = [], []
    for fold in range(FOLDS):
        rest = [a for number, a in enumerate(abstracts) if number % FOLDS != fold]
        reader = reader_with(mesh, counted(mesh, rest, roots))
        for abstract in abstracts[fold::FOLDS]:
            wanted = {concept_iri(name) for name in named(abstract)}
            for concept, vector in judged(reader, abstract).items():
                rows.append(vector)
                answers.append(reader.matcher.concepts[concept] in wanted)
    weights = fitted(np.array(rows), np.array(answers, dtype=float))
    weights[0] += LENIENT
    links = TrainedLinks(roots, {name: round(float(w), 4) for name, w in zip(NAMES, weights, strict=True)})
    yield "trained_links.json", msgspec.json.format(msgspec.json.encode(links), indent=1)
    yield HELD_OUT, written(counted(mesh, abstracts, roots), "training parts")
    yield "trained_labels.tsv", written(counted(mesh, [*abstracts, *more], roots), "training and development parts")


def named(abstract: Abstract) -> set[str]:
    return {name for mark in abstract.annotations if mark.type in DISEASES for name in mark.ids}


def common_roots(mesh: Scheme, abstracts: Iterable[Abstract]) -> tuple[str, ...]:
    """Topmost concepts that explain the annotated ones, the most telling first, as long as each explains one in a
    thousand of them that the others do not ("Overweight" lies below "Health Occupations", too, but is a disease)."""
    above: list[set[str]] = []
    for abstract in abstracts:
        for name in named(abstract):
            iri = concept_iri(name)
            if iri in mesh.concepts:
                above.append({up for up in (iri, *mesh.ancestors(iri)) if not mesh.concepts[up].broader})
    least = _ROOT_SHARE * len(above)
    roots: list[str] = []
    while above:
        best, times = max(Counter(up for tops in above for up in tops).items(), key=lambda one: (one[1], one[0]))
        if times < least:
            break
        roots.append(best)
        above = [tops for tops in above if best not in tops]
    return tuple(sorted(roots))


def reader_with(mesh: Scheme, labels: TrainedLabels) -> Reader:
    """A reader with MeSH and what the labels add to it."""
    return Reader(Matcher.build([mesh, labels.supplement(mesh.concepts)], labels))


def judged(reader: Reader, abstract: Abstract) -> dict[int, list[float]]:
    """The facts on each concept that an abstract may name."""
    document = abstract.document()
    places = places_of(reader.found(document, "en"), reader.matcher)
    return vectors(document.text, places, reader.matcher)


def counted(mesh: Scheme, abstracts: Sequence[Abstract], roots: Sequence[str]) -> TrainedLabels:
    """Counts over abstracts: first what was annotated as what, then how often each wording stands there at all."""
    named_as = _annotated(abstracts)
    first = TrainedLabels(
        {key: LabelCount(text, 0, 0, names) for key, (text, names) in named_as.items()}, roots, known_wordings()
    )
    reader = reader_with(_taught(mesh, first), first)
    seen: Counter[tuple[str, ...]] = Counter()
    annotated: Counter[tuple[str, ...]] = Counter()
    named_here: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    texts: dict[tuple[str, ...], str] = {}
    for abstract in abstracts:
        document = abstract.document()
        marks = [mark for mark in abstract.annotations if mark.type in DISEASES and mark.ids]
        for hit, _ in reader.found(document, "en"):
            if not any(reader.matcher.trained[c.concept] for c in hit.candidates):
                continue
            surface = document.text[hit.begin : hit.end]
            key = fold_label(surface)
            texts.setdefault(key, surface)
            seen[key] += 1
            here = {concept_iri(n) for m in marks if m.begin < hit.end and hit.begin < m.end for n in m.ids}
            annotated[key] += bool(here)
            named_here[key].update(here)
    counts: Labels = {}
    for key in sorted(seen.keys() | named_as.keys()):
        text, names = named_as.get(key, (texts.get(key, ""), {}))
        both = {iri: max(names.get(iri, 0), named_here[key][iri]) for iri in names.keys() | named_here[key].keys()}
        exact = {iri: times for iri, times in both.items() if iri in names} or dict(_known(both, key, reader))
        counts[key] = LabelCount(text, max(seen[key], sum(exact.values())), annotated[key], exact)
    return TrainedLabels(with_judged(counts), roots, known_wordings())


class Judgement(NamedTuple):
    """By hand: in this abstract the wording, which stands there so many times, names a concept, or none ("-"), or is a
    part of a longer name ("part")."""

    abstract: str
    wording: str
    times: int
    name: str


def judged_by_hand() -> Iterator[Judgement]:
    for line in _JUDGED.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            abstract, wording, times, name = line.split("\t")
            yield Judgement(abstract, wording, int(times), name)


def with_judged(counts: Labels) -> Labels:
    """The counts and what was judged by hand in further abstracts."""
    whole = dict(counts)
    for one in judged_by_hand():
        key = fold_label(one.wording)
        known = whole.get(key) or LabelCount(one.wording, 0, 0, {})
        names = dict(known.named)
        if one.name not in {"-", "part"}:
            names[concept_iri(one.name)] = names.get(concept_iri(one.name), 0) + one.times
        annotated = known.annotated + (one.name != "-") * one.times
        whole[key] = LabelCount(known.label or one.wording, known.seen + one.times, annotated, names)
    return whole


def _taught(mesh: Scheme, labels: TrainedLabels) -> Scheme:
    """The concepts that the labels teach about: found beside longer labels of others, too, so those may be missing."""
    below = {iri for root in labels.roots if root in mesh.concepts for iri in (root, *mesh.descendants(root))}
    return Scheme(mesh.iri, mesh.name, [one for one in mesh if one.iri in below or one.iri in labels.labels])


def _known(both: dict[str, int], key: tuple[str, ...], reader: Reader) -> Iterator[tuple[str, int]]:
    """Of a wording that was annotated only as a part: the concepts it names by the vocabulary."""
    hits = reader.matcher.find(" ".join(key))
    candidates = {reader.matcher.concepts[c.concept] for hit in hits for c in hit.candidates}
    return ((iri, times) for iri, times in both.items() if iri in candidates)


def _annotated(abstracts: Iterable[Abstract]) -> dict[tuple[str, ...], tuple[str, dict[str, int]]]:
    """Folded wording → the wording, and how often it was annotated as which one concept."""
    found: dict[tuple[str, ...], tuple[str, dict[str, int]]] = {}
    for abstract in abstracts:
        for mark in abstract.annotations:
            if mark.type in DISEASES and len(mark.ids) == 1 and (key := fold_label(mark.text)):
                _, names = found.setdefault(key, (mark.text, {}))
                iri = concept_iri(mark.ids[0])
                names[iri] = names.get(iri, 0) + 1
    return found


def written(labels: TrainedLabels, parts: str) -> bytes:
    """The table as it is packaged; `parts` says what was counted."""
    lines = [
        f"# Counted on the {parts} of NCBI Disease and BioRED by `python -m bench.training linking`:",
        "# wording, times seen, times annotated in whole or in part, identifier=times for each concept it was.",
    ]
    for key in sorted(labels.counts):
        count = labels.counts[key]
        pairs = sorted(count.named.items(), key=lambda pair: (-pair[1], pair[0]))
        names = " ".join(f"{concept_name(iri)}={times}" for iri, times in pairs)
        lines.append(f"{' '.join(count.label.split())}\t{count.seen}\t{count.annotated}\t{names}")
    return ("\n".join(lines) + "\n").encode()


def fitted(rows: NDArray[np.float64], answers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights of a logistic regression with a ridge (Newton's method); the first column is the bias."""
    weights = np.zeros(rows.shape[1])
    ridge = np.full(rows.shape[1], _RIDGE)
    ridge[0] = 1e-6
    for _ in range(30):
        shares = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (shares - answers) + ridge * weights
        curve = (rows * (shares * (1 - shares))[:, None]).T @ rows + np.diag(ridge)
        weights -= np.linalg.solve(curve, slope)
    return weights
