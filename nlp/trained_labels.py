"""What curators' annotations say of labels: which concept a wording names, and how often it names any.

`data/trained_labels.tsv` was counted on annotated abstracts by `python -m bench.training linking`: a wording,
how often it stood in them, how often it (or a part of it) was annotated, and the concepts it was annotated as.
Concepts that the vocabulary does not hold (supplementary records, OMIM) come with it as a small scheme of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from importlib.resources import files
from typing import Final

import msgspec

from nlp.lexicon import rows
from nlp.normalise import fold_label
from ontology.scheme import Concept, Label, Scheme

SUPPLEMENT: Final = "disease-names"
"""Name of the scheme of concepts that the vocabulary lacks."""
_TABLE: Final = "trained_labels.tsv"
HELD_OUT: Final = "trained_labels_held_out.tsv"
"""The table in `data` without what the development parts tell."""
_SCHEME: Final = "https://w3id.org/gnomon/disease-names"
_MESH: Final = "http://id.nlm.nih.gov/mesh"
_OMIM: Final = "https://www.omim.org/entry"


class LabelCount(msgspec.Struct, frozen=True):
    """Of one wording: occurrences, those annotated in whole or in part, and concept IRI → times it was named."""

    label: str
    seen: int
    annotated: int
    named: Mapping[str, int]


class TrainedLabels:
    """Counts by the folded words of a label."""

    def __init__(
        self,
        counted: Mapping[tuple[str, ...], LabelCount],
        roots: Iterable[str] = (),
        wordings: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.counts = dict(counted)
        self.roots = tuple(roots)
        """IRIs of the concepts at or below which the annotations lie."""
        self._wordings = wordings or {}

    @cached_property
    def labels(self) -> dict[str, list[str]]:
        """Concept IRI → wordings that curators took for it, the most frequent first."""
        found: dict[str, list[tuple[int, str]]] = {}
        for count in self.counts.values():
            for iri, times in count.named.items():
                found.setdefault(iri, []).append((-times, count.label))
        return {iri: [label for _, label in sorted(labels)] for iri, labels in found.items()}

    def supplement(self, known: Mapping[str, Concept]) -> Scheme:
        """The annotated concepts that `known` lacks, called by their commonest wording of several words."""
        concepts = []
        for iri in sorted(self.labels.keys() - known.keys()):
            labels = self.labels[iri]
            name = next((label for label in labels if " " in label), labels[0])
            others = [Label(label, kind="hidden") for label in labels if label != name]
            concepts.append(Concept(iri=iri, labels=(Label(name), *others), notation=iri.rpartition("/")[2]))
        return Scheme(_SCHEME, SUPPLEMENT, concepts, title="Diseases named in annotated abstracts")

    def with_labels(self, scheme: Scheme) -> Scheme:
        """The scheme with the wordings as hidden labels of its concepts; itself where there are none."""
        if self.labels.keys().isdisjoint(scheme.concepts) and self._wordings.keys().isdisjoint(scheme.concepts):
            return scheme
        return Scheme(
            scheme.iri, scheme.name, map(self.extended, scheme), title=scheme.title, version=scheme.version,
            license=scheme.license, faults=scheme.faults,
        )  # fmt: skip

    def extended(self, concept: Concept) -> Concept:
        """The concept with its wordings as hidden labels; itself where there are none."""
        wordings = dict.fromkeys([*self.labels.get(concept.iri, ()), *self._wordings.get(concept.iri, ())])
        if not wordings:
            return concept
        known = {fold_label(label.text) for label in concept.labels}
        more = [Label(text, kind="hidden") for text in wordings if fold_label(text) not in known]
        return msgspec.structs.replace(concept, labels=(*concept.labels, *more))


class _Links(msgspec.Struct, frozen=True):
    roots: tuple[str, ...]


NOTHING: Final = TrainedLabels({})


@cache
def packaged(part: str = "") -> TrainedLabels:
    """The counts that come with Gnomon; with `part` "dev" only those on training parts, to be measured on the
    development parts."""
    links = msgspec.json.decode(files("nlp.data").joinpath("trained_links.json").read_bytes(), type=_Links)
    return TrainedLabels(dict(_read(HELD_OUT if part == "dev" else _TABLE)), links.roots, known_wordings())


@cache
def known_wordings() -> dict[str, tuple[str, ...]]:
    """Concept IRI → wordings of it that were written down by hand."""
    return {concept_iri(name): tuple(cell.split("|")) for name, _, cell in rows("wordings.tsv")}


def _read(table: str) -> Iterator[tuple[tuple[str, ...], LabelCount]]:
    for label, seen, annotated, *rest in rows(table):
        pairs = (cell.rpartition("=") for cell in (rest[0].split(" ") if rest and rest[0] else ()))
        named = {concept_iri(name): int(times) for name, _, times in pairs}
        yield fold_label(label), LabelCount(label, int(seen), int(annotated), named)


def concept_iri(name: str) -> str:
    """The IRI of an identifier as corpora write it: "D003920", "C536528", "OMIM:312080"."""
    return f"{_OMIM}/{name[5:]}" if name.startswith("OMIM:") else f"{_MESH}/{name}"


def concept_name(iri: str) -> str:
    """The other way round; the last part of any other IRI."""
    last = iri.rpartition("/")[2]
    return f"OMIM:{last}" if iri.startswith(_OMIM) else last
