"""Medical Subject Headings as a table: descriptor, label, entry terms, tree numbers, taxon.

Entry terms and tree numbers are separated by bars. The hierarchy is that of the tree numbers: a
descriptor at C04.588.033 is narrower than the one at C04.588 (NLM, MeSH Tree Structures). One
descriptor stands at several places, so the union of its places is not quite a tree. IRIs are those
of MeSH RDF (Bushman, Anderson and Fu, Transforming MeSH into Linked Data, 2015).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ontology.errors import VocabularyError
from ontology.scheme import Concept, Label, Scheme
from ontology.vocabularies.assemble import assemble
from ontology.vocabularies.base import VocabularyFile

MESH: Final = "http://id.nlm.nih.gov/mesh"
_ROW: Final = re.compile(rb"(?:\xef\xbb\xbf)?[DCQ]\d{6,9}\t[^\t\n]+\t[^\t\n]*\t")
_UNIQUE_ID: Final = re.compile(r"[DCQ]\d{6,9}")
_TREE_NUMBER: Final = re.compile(r"[A-Z]\d{2}(?:\.\d{3})*")

Row = tuple[str, str, list[str], list[str]]


class MeshReader:
    """Reads the MeSH table."""

    def recognises(self, head: bytes) -> bool:
        return _ROW.match(head) is not None

    def read(self, file: VocabularyFile) -> Scheme:
        faults: list[VocabularyError] = []
        rows = list(_rows(file, faults))
        name = file.named("mesh")
        return assemble(
            file, mesh_concepts(rows), iri=MESH, name=name, title="Medical Subject Headings", faults=faults
        )  # fmt: skip


READER: Final = MeshReader()


def _rows(file: VocabularyFile, faults: list[VocabularyError]) -> Iterator[Row]:
    for number, line in enumerate(file.text().split("\n"), start=1):
        cells = line.rstrip("\r").split("\t")
        if len(cells) >= 4 and _UNIQUE_ID.fullmatch(cells[0]):
            yield cells[0], cells[1], _split(cells[2]), [t for t in _split(cells[3]) if _TREE_NUMBER.fullmatch(t)]
        elif line.strip():
            faults.append(file.error("a row that is no descriptor was left out", line=number))


def _split(cell: str) -> list[str]:
    return cell.split("|") if cell else []


def mesh_concepts(rows: list[Row]) -> Iterator[Concept]:
    """Concepts of rows of unique id, name, entry terms and tree numbers."""
    owner = {tree: uid for uid, _, _, trees in rows for tree in trees}
    for uid, label, terms, trees in rows:
        parents = dict.fromkeys(owner.get(parent, parent) for tree in trees if (parent := tree.rpartition(".")[0]))
        yield Concept(
            iri=f"{MESH}/{uid}",
            labels=(Label(label), *(Label(term, kind="alt") for term in terms)),
            broader=tuple(f"{MESH}/{parent}" for parent in parents if parent != uid),
            notation=uid,
        )
