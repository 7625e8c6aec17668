"""OBO's flat files are read as vocabularies, and held against one without loading them."""

from __future__ import annotations

from api.curation.importing import compared
from ontology.namespaces import Base
from ontology.scheme import Label, Match, Scheme
from ontology.vocabularies.base import VocabularyFile, read_vocabulary

P = "http://purl.obolibrary.org/obo/"
FILE = """format-version: 1.2
data-version: releases/2026-01-01
ontology: zoo

[Term]
id: ZOO:0000001
name: animal ! a comment

[Term]
id: ZOO:0000002
name: cow
def: "A \\"milk\\" animal." [ref:1]
synonym: "cattle" EXACT []
synonym: "ox" RELATED []
xref: MESH:D002417 {source="x"}
is_a: ZOO:0000001 {is_inferred="true"} ! animal

[Term]
id: ZOO:0000003
name: kine
is_obsolete: true
replaced_by: ZOO:0000002

[Typedef]
id: part_of
name: part of
"""


def read(text: str) -> Scheme:
    return read_vocabulary(VocabularyFile(body=text.encode(), place="zoo.obo", base=Base()))


def test_terms_are_concepts() -> None:
    scheme = read(FILE)
    cow, kine = scheme.concepts[P + "ZOO_0000002"], scheme.concepts[P + "ZOO_0000003"]
    assert (scheme.name, scheme.version, len(scheme)) == ("zoo", "releases-2026-01-01", 3)
    assert cow.labels == (Label("cow"), Label("cattle", "en", "alt"), Label("ox", "en", "hidden"))
    assert cow.broader == (P + "ZOO_0000001",) and scheme.concepts[P + "ZOO_0000001"].name() == "animal"
    assert cow.definition == 'A "milk" animal.' and cow.notation == "ZOO:0000002"
    assert cow.matches == (Match("http://id.nlm.nih.gov/mesh/D002417"),)
    assert kine.deprecated and kine.replaced_by == cow.iri and not scheme.faults


def test_a_newer_file_is_compared_without_loading_it() -> None:
    now = read(FILE)
    newer = FILE.replace('synonym: "ox" RELATED []\n', "").replace("releases/2026-01-01", "releases/2026-02-01")
    found = compared(newer.encode(), "zoo.obo", Base(), now, {}, now, 10)
    assert (found.changed, found.same, found.new, found.gone) == (1, 2, 0, 0)
    assert found.changes[0].removed[0].value == "ox" and found.edition == "releases-2026-02-01"


def test_a_table_is_compared_as_well() -> None:
    z = "https://example.org/z/"
    table = (
        f"Class ID,Preferred Label,Synonyms,Definitions,Obsolete,Parents\n{z}1,animal,,,FALSE,\n{z}2,cow,,,FALSE,{z}1\n"
    )
    now = read_vocabulary(VocabularyFile(body=table.encode(), place="zoo.csv", base=Base()))
    more = compared(f"{table}{z}3,calf,,,FALSE,{z}2\n".encode(), "zoo.csv", Base(), now, {}, now, 10)
    assert (more.new, more.gone, more.changed, more.same) == (1, 0, 0, 2)
