"""Tables with any columns are vocabularies once somebody says what the columns are."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.cli.building import described
from api.curation.importing import compared
from api.library import Library
from ontology.errors import (
    ColumnError,
    DuplicateConcept,
    HierarchyCycle,
    SettingsError,
    UnknownConcept,
    VocabularyError,
)
from ontology.namespaces import Base
from ontology.scheme import Label, Match, Note, Scheme
from ontology.vocabularies.base import DescribedFile, VocabularyFile, load_vocabulary, read_vocabulary
from ontology.vocabularies.columns import Columns, columns_said
from ontology.vocabularies.turtle import turtle

BASE = Base("http://test.example")
SAID = ("Preferred term=prefLabel@en", "Terme=prefLabel@fr", "Broader=broader")
TERMS = """Preferred term,Terme,Broader,Remarks
Science,Sciences,,top
"Physics, applied",Physique appliquée,science,
Optics,,"Physics, applied",
"""


def read(body: str, said: tuple[str, ...], separator: str = "|") -> Scheme:
    columns = columns_said(said, separator)
    return read_vocabulary(
        VocabularyFile(body=body.encode(), place="in/terms_v2.csv", base=BASE, columns=columns)
    )  # fmt: skip


def test_labels_alone_make_a_hierarchy_and_keep_their_iris() -> None:
    scheme = read(TERMS, SAID)
    names = {concept.name(): concept for concept in scheme}
    assert list(names) == ["Science", "Physics, applied", "Optics"] and not scheme.faults and scheme.name == "terms"
    assert names["Optics"].broader == (names["Physics, applied"].iri,)
    assert names["Physics, applied"].broader == (names["Science"].iri,)
    assert names["Science"].labels == (Label("Science"), Label("Sciences", "fr"))
    turned = "Preferred term,Terme,Broader,Remarks\nOptics,,,\nScience,,Optics,\n"
    assert read(turned, SAID).concepts.keys() <= scheme.concepts.keys()
    assert names["Optics"].iri.startswith("http://test.example/id/concept/terms/")


def test_every_role_is_read() -> None:
    body = (
        "Nr.;Bezeichnung;auch;versteckt;oben;unten;siehe;gleich;nah;Erklärung;def;Hinweis;Code;alt?;statt\n"
        "1;Tier;Lebewesen / Fauna;tir;;2;;https://e.example/animal;urn:x:1 / urn:x:2;Lebt.;Lives.;Nur lebende.;T;;\n"
        "2;Kuh;;;1;;3;;;;;;K;no;\n"
        "3;Rind;;;Tier;;;;;;;;;x;2\n"
    )
    said = (
        "Nr.=id", "Bezeichnung=prefLabel@DE", "auch=altLabel@de", "versteckt=hiddenLabel", "oben=broader",
        "unten=narrower", "siehe=related", "gleich=exactMatch", "nah=closeMatch", "Erklärung=definition@de",
        "def=definition", "Hinweis=scopeNote@de", "Code=notation", "alt?=deprecated", "statt=replacedBy",
    )  # fmt: skip
    scheme = read(body, said, " / ")
    at = "http://test.example/id/concept/terms/"
    animal, cow, ox = (scheme.concepts[at + number] for number in "123")
    assert animal.labels == (
        Label("Tier", "de"), Label("Lebewesen", "de", "alt"), Label("Fauna", "de", "alt"), Label("tir", "", "hidden"),
    )  # fmt: skip
    assert (animal.exact, animal.matches) == (("https://e.example/animal",), (Match("urn:x:1"), Match("urn:x:2")))
    assert animal.definition == "Lives." and animal.notation == "T"
    assert animal.notes == (Note("Lebt.", "de", "definition"), Note("Nur lebende.", "de", "scopeNote"))
    assert cow.broader == (animal.iri,) and cow.related == (ox.iri,) and not cow.deprecated
    assert ox.deprecated and ox.replaced_by == cow.iri and ox.broader == (animal.iri,) and not scheme.faults


@pytest.mark.parametrize(
    ("said", "says"),
    [
        (("Preferred term",), "does not say"),
        (("Preferred term=label",), "cannot be “label”"),
        (("Broader=broader@en", *SAID), "no language"),
        (("Preferred term=prefLabel@english language",), "no language tag"),
        (("Broader=broader",), "no column is the preferred label"),
        (("Terme=id", "Preferred term=id", *SAID), "cannot both be id"),
        (("Prefered term=prefLabel",), "has no column “Prefered term”"),
    ],
)
def test_columns_that_do_not_fit_are_refused(said: tuple[str, ...], says: str) -> None:
    with pytest.raises(ColumnError, match=says):
        read(TERMS, said)


def test_the_header_says_what_there_is_instead() -> None:
    with pytest.raises(ColumnError) as refused:
        read(TERMS, ("Label=prefLabel",))
    assert "“Preferred term”, “Terme”" in refused.value.hint and refused.value.place == "in/terms_v2.csv line 1"
    with pytest.raises(ColumnError, match="2 columns"):
        read("a\ta\nx\ty\n", ("a=prefLabel",))


def test_what_is_broken_is_named_by_line_and_taken_out() -> None:
    body = (
        "id\tterm\tabove\tgone\n1\tone\t3\t\n2\ttwo\t1|9\tperhaps\n2\ttoo\t\t\n3\tthree\t2\t\n\tnone\t\t\n4\tshort\n"
        "5\tOne\t\t\n6\tsix\tONE\t\n\t\t\t\n"
    )
    scheme = read(body, ("id=id", "term=prefLabel@en", "above=broader", "gone=deprecated"))
    told = {type(fault): fault for fault in scheme.faults}
    assert told[DuplicateConcept].place.endswith("line 4") and "line 3" in told[DuplicateConcept].message
    missing, unsure = (str(fault) for fault in scheme.faults if type(fault) is UnknownConcept)
    assert "“9” is no concept" in missing and "line 3" in missing and "“ONE” names 2 concepts" in unsure
    assert "→" in told[HierarchyCycle].message
    plain = [str(fault) for fault in scheme.faults if type(fault) is VocabularyError]
    for words in ("without id was left out", "2 cells in the place of 4", "“perhaps” does not say"):
        assert any(words in one for one in plain), words
    assert len(scheme) == 5 and scheme.concepts["http://test.example/id/concept/terms/2"].name() == "two"


def test_a_library_keeps_what_was_said_for_the_next_edition(tmp_path: Path) -> None:
    file = tmp_path / "terms.csv"
    file.write_text(TERMS, "utf-8")
    with pytest.raises(VocabularyError, match="knows this format"):
        load_vocabulary(file, BASE)
    library = Library(tmp_path, BASE)
    assert library.add([DescribedFile(file, columns_said(SAID))]) == 1 and library.add([file]) == 0
    file.write_text(TERMS + "Acoustics,,Science,\n", "utf-8")
    again = Library(tmp_path, BASE)
    assert again.columns("terms") == columns_said(SAID) and again.add([file]) == 1 and len(again.file("terms")) == 4
    less: Columns = columns_said(SAID[:1])
    assert again.add([DescribedFile(file, less)]) == 1, "said otherwise, it is read again"
    assert all(not concept.broader for concept in again.file("terms"))
    with pytest.raises(SettingsError):
        described([file, file], SAID, "|")
    assert described([file], SAID, "|") == [DescribedFile(file, columns_said(SAID))] and described([file], (), "|")
    now = again.file("terms")
    found = compared(file.read_bytes(), "terms.csv", BASE, now, {}, now, 10, columns_said(SAID))
    assert (found.new, found.changed, found.same) == (0, 4, 0) and not found.faults
    file.write_text("".join(turtle(now)), "utf-8")
    assert again.add([file]) == 1, "what needs no words is read without those that were said"
