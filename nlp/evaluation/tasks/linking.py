"""Diseases of abstracts linked to MeSH: NCBI Disease (Doğan, Leaman and Lu, 2014), BioRED (Luo et al., 2022).

Scored per document: the set of identifiers that any mention names, against the set the curators gave.
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
from ontology.namespaces import Base
from ontology.vocabularies.base import load_vocabulary
from ontology.vocabularies.mesh import MESH

_DISEASES: Final = frozenset(
    {"SpecificDisease", "Modifier", "DiseaseClass", "CompositeMention", "Disease", "DiseaseOrPhenotypicFeature"}
)
_BRANCHES: Final = re.compile(r"C\d\d|F03")
_PROTOCOL: Final = "sets of disease identifiers per abstract, micro-averaged; "
_ALL: Final = _PROTOCOL + "every identifier of the gold counts, also supplementary concepts and OMIM"
_KNOWN: Final = _PROTOCOL + "gold identifiers that the loaded vocabulary lacks are left out"


def _measure(task: str, place: str, setting: Setting) -> Iterator[Result]:
    table = setting.vocabularies / "mesh/mesh_id_label_mappings.tsv"
    diseases = disease_ids(table)
    abstracts = [a for path in files_of(setting.place(place), setting.part) for a in read_pubtator(path)]
    reader = Reader(Matcher.build([load_vocabulary(table, Base())]))
    clock = Clock()
    with clock.running():
        answers = [linked_diseases(reader, abstract) & diseases for abstract in abstracts]
    for name, protocol, known in (("gnomon", _ALL, None), ("gnomon, ids of MeSH's descriptors", _KNOWN, diseases)):
        tallies = [_tally(found, abstract, known) for found, abstract in zip(answers, abstracts, strict=True)]
        yield Result(
            task=task, system=name, measures=micro(tallies), counts=counts(tallies), seconds=clock.seconds,
            part=setting.part, protocol=protocol,
        )  # fmt: skip


def disease_ids(table: Path) -> set[str]:
    """Unique ids of the descriptors in MeSH's branches of diseases and mental disorders."""
    rows = (line.split("\t") for line in table.read_text("utf-8").splitlines())
    return {row[0] for row in rows if any(_BRANCHES.match(tree) for tree in row[3].split("|"))}


def linked_diseases(reader: Reader, abstract: Abstract) -> set[str]:
    return {m.concept.removeprefix(f"{MESH}/") for m in reader.read_one(abstract.document()).mentions}


def _tally(found: set[str], abstract: Abstract, known: set[str] | None) -> Tally:
    wanted = {name for mark in abstract.annotations if mark.type in _DISEASES for name in mark.ids}
    return tally(found, wanted) if known is None else tally(found & known, wanted & known)


NCBI: Final = Task(
    name="linking-ncbi", title="Diseases linked to MeSH, NCBI Disease", gold="ncbi_disease",
    measure=partial(_measure, "linking-ncbi", "ncbi_disease"),
)  # fmt: skip
BIORED: Final = Task(
    name="linking-biored", title="Diseases linked to MeSH, BioRED", gold="biored",
    measure=partial(_measure, "linking-biored", "biored"),
)  # fmt: skip
