"""SKOS collections: read, edited, kept apart from concepts (S37), written the same each time, taken back."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
import rdflib
from rdflib import RDF, SKOS, URIRef
from rdflib.collection import Collection as Listed
from rdflib.compare import isomorphic

from graph.convert import scheme_parts
from ontology.curation import edits as ask
from ontology.curation.desk import Desk
from ontology.curation.facts import facts_of, tag_of
from ontology.curation.scope import Author
from ontology.errors import (
    ConceptInUse,
    ConditionViolated,
    CurationError,
    EditConflict,
    EditRefused,
    HierarchyCycle,
    VersionChanged,
)
from ontology.namespaces import Base
from ontology.scheme import Collection, Concept, Label, Scheme
from ontology.vocabularies.base import VocabularyFile, read_vocabulary
from ontology.vocabularies.cache import load_scheme, save_scheme
from ontology.vocabularies.turtle import turtle
from tests.ontology.curating import IRI, desk, tools

CLOCK, SUNDIAL, GLASS, GNOMON = (IRI + name for name in ("clock", "sundial", "hourglass", "gnomon"))
BY_SUN, STEPS = IRI + "by-sun", IRI + "steps"
FILE = f"""@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<{IRI[:-1]}> a skos:ConceptScheme .
<{CLOCK}> a skos:Concept ; skos:inScheme <{IRI[:-1]}> ; skos:prefLabel "clock"@en .
<{SUNDIAL}> a skos:Concept ; skos:inScheme <{IRI[:-1]}> ; skos:prefLabel "sundial"@en ; skos:broader <{CLOCK}> .
<{GLASS}> a skos:Concept ; skos:inScheme <{IRI[:-1]}> ; skos:prefLabel "hourglass"@en ; skos:broader <{CLOCK}> .
<{BY_SUN}> a skos:Collection ; skos:inScheme <{IRI[:-1]}> ; skos:prefLabel "by the sun"@en ; skos:notation "S" ;
  skos:member <{SUNDIAL}> , <{STEPS}> , <{IRI}nowhere> .
<{STEPS}> a skos:OrderedCollection ; skos:prefLabel "by age"@en ; skos:memberList ( <{SUNDIAL}> <{GLASS}> <{CLOCK}> ) .
<{CLOCK}> a skos:Collection .
"""


def read(text: str | bytes) -> Scheme:
    body = text.encode() if isinstance(text, str) else text
    return read_vocabulary(VocabularyFile(body=body, place="tools.ttl", base=Base(), name="tools"))


def made(folder: Path) -> Desk:
    at = desk(folder)
    at.write(
        "tools",
        [
            ask.CreateCollection(concept=BY_SUN, label="by the sun", members=(SUNDIAL, GNOMON)),
            ask.CreateCollection(concept=STEPS, label="by age", ordered=True, members=(SUNDIAL, GLASS, CLOCK)),
        ],
        Author("key:ada"), "",
    )  # fmt: skip
    return at


def members(at: Desk, iri: str, version: int | None = None) -> tuple[str, ...]:
    return at.collection("tools", iri, version).members


def test_collections_are_read_and_no_concept_is_one() -> None:
    scheme = read(FILE)
    assert set(scheme.concepts) == {CLOCK, SUNDIAL, GLASS} and set(scheme.collections) == {BY_SUN, STEPS}
    assert scheme.collections[STEPS] == Collection(
        iri=STEPS, labels=(Label("by age"),), members=(SUNDIAL, GLASS, CLOCK), ordered=True
    )
    assert set(scheme.collections[BY_SUN].members) == {SUNDIAL, STEPS} and scheme.collections[BY_SUN].notation == "S"
    said = " ".join(str(fault) for fault in scheme.faults)
    assert "S37" in said and "1 members" in said


def test_they_are_written_the_same_each_time_and_come_back(tmp_path: Path) -> None:
    scheme = read(FILE)
    text = "".join(turtle(scheme))
    again = read(text)
    assert "".join(turtle(again)) == text and again.collections == scheme.collections
    save_scheme(scheme, tmp_path / "tools.scheme")
    assert load_scheme(tmp_path / "tools.scheme").collections == scheme.collections


def test_the_graph_has_members_and_their_order() -> None:
    lines = [line for part in scheme_parts(read(FILE)).values() for line in part]
    graph = rdflib.Graph().parse(data="\n".join(lines), format="nt")
    assert (URIRef(BY_SUN), RDF.type, SKOS.Collection) in graph
    head = graph.value(URIRef(STEPS), SKOS.memberList)
    assert head is not None and [str(one) for one in Listed(graph, head)] == [SUNDIAL, GLASS, CLOCK]
    assert set(map(str, graph.objects(URIRef(STEPS), SKOS.member))) == {SUNDIAL, GLASS, CLOCK}
    assert isomorphic(graph, rdflib.Graph().parse(data="\n".join(reversed(lines)), format="nt"))


def test_each_edit_does_what_it_says_and_comes_undone(tmp_path: Path) -> None:
    at = made(tmp_path)
    at.write("tools", [ask.AddMember(concept=STEPS, member=GNOMON, at=1)], Author("key:ada"), "")
    assert members(at, STEPS) == (SUNDIAL, GNOMON, GLASS, CLOCK)
    at.write("tools", [ask.RemoveMember(concept=STEPS, member=GLASS)], Author("key:ada"), "")
    at.write("tools", [ask.OrderMembers(concept=STEPS, members=(CLOCK, GNOMON, SUNDIAL))], Author("key:ada"), "")
    at.write("tools", [ask.AddMember(concept=BY_SUN, member=STEPS)], Author("key:ada"), "a collection within one")
    labelled = [ask.AddLabel(concept=BY_SUN, text="nach der Sonne", language="de", kind="pref"),
                ask.SetNote(concept=BY_SUN, text="Daylight only.", language="en", kind="scopeNote")]  # fmt: skip
    at.write("tools", labelled, Author("key:ada"), "")
    assert at.collection("tools", BY_SUN).name("de") == "nach der Sonne"
    assert members(at, STEPS, 1) == (SUNDIAL, GLASS, CLOCK) and members(at, STEPS) == (CLOCK, GNOMON, SUNDIAL)
    assert desk(tmp_path).as_of("tools").collections == at.as_of("tools").collections
    with at.book.reading() as pages:
        assert [version.number for version, _ in pages.versions_of("tools", STEPS)] == [4, 3, 2, 1]
    for number in range(6, 0, -1):
        at.undo("tools", number, Author("key:ada"))
    assert not at.as_of("tools").collections and {c.iri: facts_of(c) for c in at.as_of("tools")} == {
        c.iri: facts_of(c) for c in tools()
    }


def test_what_would_break_them_is_refused_by_name(tmp_path: Path) -> None:
    at = made(tmp_path)

    def broken(*edits: ask.Edit) -> str:
        with pytest.raises(ConditionViolated) as refused:
            at.write("tools", edits, Author("key:ada"), "")
        return refused.value.message.partition(":")[0]

    link = Concept(iri=GNOMON, labels=(Label("gnomon"),), broader=(BY_SUN,))
    assert broken(ask.Revise(concept=GNOMON, before=at.concept("tools", GNOMON), after=link)) == "S37"
    assert broken(ask.Map(concept=GNOMON, other=BY_SUN)) == "S37"
    own = Collection(iri="https://example.org/tools", labels=(Label("all"),))
    assert broken(ask.ReviseCollection(concept=own.iri, before=None, after=own)) == "S37"
    assert broken(ask.AddMember(concept=BY_SUN, member=IRI + "nowhere")) == "members"
    nested = [ask.AddMember(concept=BY_SUN, member=STEPS), ask.AddMember(concept=STEPS, member=BY_SUN)]
    assert broken(*nested) == "members"
    assert broken(ask.RemoveLabel(concept=BY_SUN, text="by the sun", kind="pref")) == "preferred_label"
    for odd in (
        ask.CreateCollection(concept=CLOCK, label="clock"), ask.Create(concept=BY_SUN, label="sun"),
        ask.AddMember(concept=BY_SUN, member=SUNDIAL), ask.RemoveMember(concept=BY_SUN, member=CLOCK),
        ask.OrderMembers(concept=STEPS, members=(CLOCK,)), ask.AddMember(concept=CLOCK, member=GLASS),
        ask.Link(concept=GNOMON, other=BY_SUN),
    ):  # fmt: skip
        with pytest.raises(EditRefused):
            at.write("tools", [odd], Author("key:ada"), "")
    with pytest.raises(ConceptInUse) as used:
        at.write("tools", [ask.Delete(concept=GNOMON)], Author("key:ada"), "")
    assert used.value.details["collections"] == 1  # type: ignore[index]
    at.write("tools", [ask.Delete(concept=BY_SUN)], Author("key:ada"), "")
    at.write("tools", [ask.Delete(concept=GNOMON)], Author("key:ada"), "")


def test_a_merge_leads_memberships_over(tmp_path: Path) -> None:
    at = made(tmp_path)
    at.write("tools", [ask.Merge(concept=SUNDIAL, into=GLASS)], Author("key:ada"), "")
    assert members(at, STEPS) == (GLASS, CLOCK) and set(members(at, BY_SUN)) == {GLASS, GNOMON}
    at.undo("tools", 2, Author("key:ada"))
    assert members(at, STEPS) == (SUNDIAL, GLASS, CLOCK)


def test_two_who_edit_one_collection(tmp_path: Path) -> None:
    at = made(tmp_path)
    seen = tag_of(at.collection("tools", BY_SUN))
    at.edit("tools", BY_SUN, seen, [ask.AddMember(concept=BY_SUN, member=CLOCK)], Author("key:ada"), "")
    with pytest.raises(VersionChanged):
        at.edit("tools", BY_SUN, seen, [ask.AddMember(concept=BY_SUN, member=GLASS)], Author("key:bob"), "")
    at.write("tools", [ask.OrderMembers(concept=STEPS, members=(CLOCK, GLASS, SUNDIAL))], Author("key:ada"), "")
    at.write("tools", [ask.OrderMembers(concept=STEPS, members=(GLASS, CLOCK, SUNDIAL))], Author("key:ada"), "")
    with pytest.raises(EditConflict):
        at.undo("tools", 3, Author("key:ada"))


def test_a_newer_file_keeps_what_curators_gathered(tmp_path: Path) -> None:
    file = read(FILE)
    at = desk(tmp_path, file)
    at.write("tools", [ask.AddMember(concept=BY_SUN, member=CLOCK)], Author("key:ada"), "")
    newer = read(FILE.replace('"by the sun"@en', '"of the sun"@en'))
    assert not at.reload("tools", file, newer, "gnomon build", "edition 2")
    after = desk(tmp_path, newer).as_of("tools").collections[BY_SUN]
    assert CLOCK in after.members and after.name() == "of the sun"


def test_random_edits_come_undone(tmp_path: Path) -> None:
    at, random, states = made(tmp_path), Random(5), dict[int, object]()
    iris = sorted([*tools().concepts, BY_SUN, STEPS])

    def said() -> object:
        return {iri: facts_of(entry) for iri, entry in at.as_of("tools").entries.items()}

    start, tried = said(), 0
    while len(states) < 80:
        tried += 1
        one, other = random.choice([BY_SUN, STEPS]), random.choice(iris)
        held = at.as_of("tools").collections[one].members
        edit = random.choice(
            [ask.AddMember(concept=one, member=other, at=random.choice([None, 0, 1])),
             ask.RemoveMember(concept=one, member=other),
             ask.OrderMembers(concept=one, members=tuple(random.sample(held, len(held)))),
             ask.Merge(concept=other, into=random.choice(iris)), ask.AddLabel(concept=one, text=f"w{tried}")]
        )  # fmt: skip
        try:
            version, _ = at.write("tools", [edit], Author("key:ada"), "")
        except (CurationError, HierarchyCycle):
            continue
        states[version.number] = said()
    assert tried > len(states), "some must have been refused"
    for number in range(max(states), 1, -1):
        at.undo("tools", number, Author("key:ada"))
    assert said() == start
