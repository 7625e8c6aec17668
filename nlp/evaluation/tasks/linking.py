"""Diseases of abstracts linked to MeSH: NCBI Disease (Doğan, Leaman and Lu, 2014), BioRED (Luo et al., 2022).

Scored per document: the set of identifiers that any mention names, against the set the curators gave. On the
development parts with what the training parts alone taught; on others with all that ships.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

from nlp.evaluation.base import Clock, Result, Setting, Task
from nlp.evaluation.gold.parts import files_of
from nlp.evaluation.gold.pubtator import Abstract, read_pubtator
from nlp.evaluation.scores import Tally, counts, micro, tally
from nlp.matcher import Matcher
from nlp.reader import Reader
from nlp.trained_labels import NOTHING, concept_name, packaged
from ontology.namespaces import Base
from ontology.vocabularies.base import load_vocabulary

DISEASES: Final = frozenset(
    {"SpecificDisease", "Modifier", "DiseaseClass", "CompositeMention", "Disease", "DiseaseOrPhenotypicFeature"}
)
_BRANCHES: Final = re.compile(r"C\d\d|F03")
_PROTOCOL: Final = "sets of disease identifiers per abstract, micro-averaged; "
_ALL: Final = _PROTOCOL + "every identifier of the gold counts, also supplementary concepts and OMIM"
_KNOWN: Final = _PROTOCOL + "gold identifiers that the loaded vocabulary lacks are left out"


def _measure(task: str, place: str, setting: Setting) -> Iterator[Result]:
    table = setting.vocabularies / "mesh/mesh_id_label_mappings.tsv"
    mesh = load_vocabulary(table, Base())
    known = disease_ids(table)
    abstracts = [a for path in files_of(setting.place(place), setting.part) for a in read_pubtator(path)]
    for name, trained in (("gnomon", packaged(setting.part)), ("gnomon, no training mentions", NOTHING)):
        supplement = trained.supplement(mesh.concepts)
        reader = Reader(Matcher.build([mesh, supplement], trained))
        diseases = known | {concept_name(iri) for iri in trained.labels}
        clock = Clock()
        with clock.running():
            answers = [linked(reader, abstract) & diseases for abstract in abstracts]
        for what, protocol, only in (("", _ALL, None), (", MeSH descriptors", _KNOWN, known)):
            tallies = [_tally(found, abstract, only) for found, abstract in zip(answers, abstracts, strict=True)]
            yield Result(
                task=task, system=name + what, measures=micro(tallies), counts=counts(tallies), seconds=clock.seconds,
                part=setting.part, protocol=protocol,
            )  # fmt: skip


def disease_ids(table: Path) -> set[str]:
    """Unique ids of the descriptors in MeSH's branches of diseases and mental disorders."""
    rows = (line.split("\t") for line in table.read_text("utf-8").splitlines())
    return {row[0] for row in rows if any(_BRANCHES.match(tree) for tree in row[3].split("|"))}


def linked(reader: Reader, abstract: Abstract) -> set[str]:
    """Identifiers of the concepts that the reader links; claims and the rest are not read here."""
    return {concept_name(reader.matcher.concepts[link.concept]) for link in reader.links(abstract.document(), "en")}


def _tally(found: set[str], abstract: Abstract, known: set[str] | None) -> Tally:
    wanted = {name for mark in abstract.annotations if mark.type in DISEASES for name in mark.ids}
    return tally(found, wanted) if known is None else tally(found & known, wanted & known)


NCBI: Final = Task(
    name="linking-ncbi", title="Diseases linked to MeSH, NCBI Disease", gold="ncbi_disease",
    measure=partial(_measure, "linking-ncbi", "ncbi_disease"),
)  # fmt: skip
BIORED: Final = Task(
    name="linking-biored", title="Diseases linked to MeSH, BioRED", gold="biored",
    measure=partial(_measure, "linking-biored", "biored"),
)  # fmt: skip
