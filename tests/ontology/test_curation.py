"""Edits of vocabularies: what they do, what is refused, who wins, and how all of it is taken back."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import pytest

from ontology.curation import edits as ask
from ontology.curation.desk import Desk, Seen, Use
from ontology.curation.facts import facts_of, tag_of
from ontology.curation.scope import Author, Scope
from ontology.errors import (
    ConceptInUse,
    CurationError,
    EditConflict,
    EditRefused,
    Forbidden,
    HierarchyCycle,
    StateError,
    VersionChanged,
    VersionMissing,
)
from ontology.scheme import Concept, Label, Match, Note, Scheme
from ontology.vocabularies.turtle import turtle
from tests.ontology.curating import IRI, desk, random_edit, tools

SUNDIAL, CLOCK, GNOMON, SHADOW = IRI + "sundial", IRI + "clock", IRI + "gnomon", IRI + "shadow"


def said(scheme: Scheme) -> dict[str, frozenset[tuple[str, ...]]]:
    return {concept.iri: facts_of(concept) for concept in scheme}


def write(at: Desk, *edits: ask.Edit) -> None:
    at.write("tools", edits, Author("key:ada"), "a reason")


def test_each_kind_of_edit_does_what_it_says(tmp_path: Path) -> None:
    at = desk(tmp_path)
    write(
        at,
        ask.AddLabel(concept=SUNDIAL, text="  日晷 ", language="zh"),
        ask.ChangeLabel(concept=SUNDIAL, was="sundial device", text="dial", kind="pref"),
        ask.SetNote(concept=SUNDIAL, text="Zeigt die Zeit.", language="de"),
        ask.SetNotation(concept=SUNDIAL, text="S1"),
        ask.Map(concept=SUNDIAL, other="https://example.org/other", relation="close"),
        ask.Link(concept=GNOMON, other=IRI + "alidade", relation="related"),
        ask.Create(concept=IRI + "new", label="nodus", broader=(GNOMON,)),
    )
    now = at.concept("tools", SUNDIAL)
    assert now.labels == (Label("dial"), Label("sundial", "en", "alt"), Label("日晷", "zh", "alt"))
    assert (now.notes, now.notation) == ((Note("Zeigt die Zeit.", "de", "definition"),), "S1")
    assert now.matches == (Match("https://example.org/other"),)
    assert at.concept("tools", IRI + "alidade").related == (GNOMON,)
    assert at.concept("tools", IRI + "new").broader == (GNOMON,)
    assert at.concept("tools", SUNDIAL, version=0) == tools().concepts[SUNDIAL]
    assert said(at.as_of("tools", 0)) == said(tools())


def test_what_would_break_the_vocabulary_is_refused_by_name(tmp_path: Path) -> None:
    at = desk(tmp_path)

    def refused(*edits: ask.Edit) -> str:
        with pytest.raises(CurationError) as raised:
            write(at, *edits)
        return raised.value.message.partition(":")[0]

    with pytest.raises(HierarchyCycle) as cycle:
        write(at, ask.Link(concept=CLOCK, other=GNOMON))
    assert cycle.value.place == " → ".join((CLOCK, GNOMON, SUNDIAL, CLOCK))
    assert refused(ask.Link(concept=SUNDIAL, other=CLOCK, relation="related")) == "S27"
    assert refused(ask.Link(concept=CLOCK, other=IRI + "astrolabe")) == "S27", "what lies below is looked at, too"
    assert refused(ask.RemoveLabel(concept=CLOCK, text="clock", kind="pref")) == "preferred_label"
    assert refused(ask.AddLabel(concept=CLOCK, text="x" * 1001)) == "label_form"
    assert refused(ask.AddLabel(concept=CLOCK, text="Uhr", language="not a tag")) == "label_form"
    mapped = [ask.Map(concept=CLOCK, other="https://example.org/c", relation=kind) for kind in ("exact", "broad")]
    assert refused(*mapped) == "S46"
    odd = Concept(iri=CLOCK, labels=(Label("clock"), Label("watch"), Label("clock", "en", "alt")))
    assert refused(ask.Revise(concept=CLOCK, before=at.concept("tools", CLOCK), after=odd)) == "S13"
    twice = Concept(iri=CLOCK, labels=(Label("clock"), Label("watch")))
    assert refused(ask.Revise(concept=CLOCK, before=at.concept("tools", CLOCK), after=twice)) == "S14"
    own = Concept(iri="https://example.org/tools", labels=(Label("tools"),))
    assert refused(ask.Revise(concept=own.iri, before=None, after=own)) == "S9"
    assert said(at.as_of("tools")) == said(tools()) and at.vocabulary("tools").number == 0


def test_a_fault_that_was_there_before_stops_nobody(tmp_path: Path) -> None:
    faulty = tools().concepts | {CLOCK: Concept(iri=CLOCK, labels=(Label("clock"), Label("watch")))}
    at = desk(tmp_path, Scheme("https://example.org/tools", "tools", faulty.values()))
    write(at, ask.AddLabel(concept=CLOCK, text="Uhr", language="de"))
    assert len(at.concept("tools", CLOCK).labels) == 3


def test_deprecating_and_deleting_ask_what_becomes_of_the_rest(tmp_path: Path) -> None:
    at = desk(tmp_path, uses={IRI + "hourglass": Use(mentions=3, topics=1)})
    for edit in (
        ask.Deprecate(concept=SUNDIAL, without=True),
        ask.Deprecate(concept=SUNDIAL, narrower="lift"),
        ask.Deprecate(concept=SUNDIAL, replaced_by="https://example.org/nowhere", narrower="lift"),
    ):
        with pytest.raises(EditRefused):
            write(at, edit)
    with pytest.raises(ConceptInUse) as used:
        write(at, ask.Delete(concept=IRI + "hourglass"))
    assert used.value.details == Use(mentions=3, topics=1)
    with pytest.raises(ConceptInUse) as linked:
        write(at, ask.Delete(concept=SUNDIAL))
    assert linked.value.details == {"narrower": 2, "other": 0, "collections": 0}
    write(at, ask.Deprecate(concept=SUNDIAL, replaced_by=IRI + "water-clock", narrower="lift"))
    assert at.concept("tools", GNOMON).broader == (CLOCK,) and at.concept("tools", SUNDIAL).deprecated
    write(at, ask.Delete(concept=IRI + "alidade"))
    assert IRI + "alidade" not in at.vocabulary("tools").concepts


def test_a_merge_leads_everything_over_and_an_unmerge_keeps_what_came_later(tmp_path: Path) -> None:
    at = desk(tmp_path)
    write(at, ask.Merge(concept=SUNDIAL, into=IRI + "hourglass"))
    kept, gone = at.concept("tools", IRI + "hourglass"), at.concept("tools", SUNDIAL)
    assert Label("sundial", "en", "alt") in kept.labels and gone.replaced_by == kept.iri and gone.deprecated
    assert at.concept("tools", GNOMON).broader == (kept.iri,)
    assert at.concept("tools", IRI + "astrolabe").related == () and kept.related == (IRI + "astrolabe",)
    write(at, ask.AddLabel(concept=kept.iri, text="Sanduhr", language="de"))
    write(at, ask.AddLabel(concept=GNOMON, text="Zeiger", language="de"))
    at.undo("tools", 1, Author("key:bob"))
    back = at.concept("tools", IRI + "hourglass")
    assert Label("Sanduhr", "de", "alt") in back.labels and Label("sundial", "en", "alt") not in back.labels
    assert at.concept("tools", SUNDIAL) == tools().concepts[SUNDIAL]
    assert at.concept("tools", GNOMON).broader == (SUNDIAL,) and len(at.concept("tools", GNOMON).labels) == 3


def test_a_split_takes_out_what_it_is_told_to(tmp_path: Path) -> None:
    at = desk(tmp_path)
    part = ask.Part(label="dial plate", labels=("sundial device",), narrower=(SHADOW,))
    version, changes = at.write("tools", [ask.Split(concept=SUNDIAL, parts=(part,))], Author("key:ada"), "")
    new = next(change.after for change in changes if change.before is None)
    assert new and new.broader == (CLOCK,) and new.labels == (Label("dial plate"), Label("sundial device", "en", "alt"))
    assert at.concept("tools", SHADOW).broader == (new.iri,) and at.concept("tools", GNOMON).broader == (SUNDIAL,)
    at.undo("tools", version.number, Author("key:ada"))
    assert said(at.as_of("tools")) == said(tools())


def test_undoing_a_thousand_random_edits_gives_the_file_again(tmp_path: Path) -> None:
    at, random = desk(tmp_path), Random(7)
    written = "".join(turtle(at.as_of("tools")))
    states = {0: said(tools())}
    tried = 0
    while len(states) <= 1000:
        tried += 1
        scheme = at.as_of("tools")
        try:
            version, _ = at.write("tools", [random_edit(scheme, random)], Author("key:ada"), "")
        except (CurationError, HierarchyCycle):
            continue
        states[version.number] = said(at.as_of("tools"))
    assert tried > 1200, "some must have been refused"
    for number in random.sample(sorted(states), 20):
        assert said(at.as_of("tools", number)) == states[number]
    assert said(desk(tmp_path).as_of("tools")) == states[1000], "whoever opens the book anew sees the same"
    for number in range(1000, 0, -1):
        at.undo("tools", number, Author("key:ada"))
    assert said(at.as_of("tools")) == states[0] and at.vocabulary("tools").number == 2000
    assert "".join(turtle(at.as_of("tools"))) == written, "the same bytes, and so the same canonical hash"


def test_a_change_names_the_version_it_is_for(tmp_path: Path) -> None:
    at = desk(tmp_path)
    seen = at.concept("tools", CLOCK)
    mine = Concept(iri=CLOCK, labels=(Label("timepiece"), Label("clock device", "en", "alt")), broader=seen.broader)
    with pytest.raises(VersionMissing):
        at.replace("tools", CLOCK, "", mine, Author("key:ada"), "")
    write(at, ask.ChangeLabel(concept=CLOCK, was="clock", text="horologe"))
    write(at, ask.AddLabel(concept=CLOCK, text="Uhr", language="de"))
    with pytest.raises(VersionChanged) as changed:
        at.replace("tools", CLOCK, tag_of(seen), mine, Author("key:bob"), "")
    told = changed.value.details
    assert isinstance(told, Seen) and told.version == tag_of(at.concept("tools", CLOCK))
    assert [fact.value for fact in told.theirs_added] == ["Uhr", "horologe"]
    assert [fact.value for fact in told.yours_added] == ["timepiece"]
    assert [(c.what, c.base, c.mine, c.theirs) for c in told.conflicts] == [
        ("prefLabel@en", ("clock",), ("timepiece",), ("horologe",))
    ]
    at.replace("tools", CLOCK, told.version, mine, Author("key:bob"), "")
    assert at.concept("tools", CLOCK).name() == "timepiece"


def test_change_sets_are_talked_over_approved_and_applied_as_one(tmp_path: Path) -> None:
    at = desk(tmp_path)
    made = at.propose("tools", [ask.AddLabel(concept=CLOCK, text="Uhr", language="de")], "key:ada", "German")
    with pytest.raises(StateError):
        at.apply(made.id, Author("key:bob"))
    at.say(made.id, "key:bob", "And the plural?")
    assert at.decide(made.id, "approved", Author("key:bob")).remarks[0].text == "And the plural?"
    write(at, ask.AddLabel(concept=CLOCK, text="horloge", language="fr"))
    applied, changes = at.apply(made.id, Author("key:bob"))
    assert (applied.state, applied.version, applied.base, len(changes)) == ("applied", 2, 0, 1)
    assert {label.language for label in at.concept("tools", CLOCK).labels} == {"en", "de", "fr"}
    with pytest.raises(StateError):
        at.decide(made.id, "rejected", Author("key:bob"))
    late = at.propose("tools", [ask.ChangeLabel(concept=CLOCK, was="clock", text="timer")], "key:ada", "")
    first = at.propose("tools", [ask.ChangeLabel(concept=CLOCK, was="clock", text="horologe")], "key:eve", "")
    for one in (late, first):
        at.decide(one.id, "approved", Author("key:bob"))
    at.apply(first.id, Author("key:bob"))
    with pytest.raises(EditRefused):
        at.apply(late.id, Author("key:bob"))
    with at.book.reading() as pages:
        assert pages.changeset(late.id).state == "approved" and pages.number("tools") == 3


def test_a_newer_file_keeps_what_curators_did(tmp_path: Path) -> None:
    at = desk(tmp_path)
    write(at, ask.AddLabel(concept=CLOCK, text="Uhr", language="de"), ask.Create(concept=IRI + "new", label="nodus"))
    write(at, ask.ChangeLabel(concept=GNOMON, was="gnomon", text="style"), ask.Delete(concept=IRI + "alidade"))
    newer = dict(tools().concepts)
    newer[CLOCK] = Concept(iri=CLOCK, labels=(*newer[CLOCK].labels, Label("horloge", "fr", "alt")), broader=())
    newer[GNOMON] = Concept(iri=GNOMON, labels=(Label("pointer"),), broader=(SUNDIAL,))
    newer[IRI + "added"] = Concept(iri=IRI + "added", labels=(Label("quadrant"),))
    file = Scheme("https://example.org/tools", "tools", newer.values(), version="2")
    before = said(at.as_of("tools"))
    conflicts = at.reload("tools", tools(), file, "gnomon build", "edition 2")
    assert [(one.concept, one.what) for one in conflicts] == [(GNOMON, "prefLabel@en")]
    after = desk(tmp_path, file)
    now = after.as_of("tools")
    assert {label.text for label in now.concepts[CLOCK].labels} == {"clock", "clock device", "Uhr", "horloge"}
    assert now.concepts[CLOCK].broader == () and now.concepts[GNOMON].name() == "style"
    assert IRI + "added" in now.concepts and IRI + "new" in now.concepts and IRI + "alidade" not in now.concepts
    assert said(after.as_of("tools", 2)) == before, "older versions stay as they were"


def test_two_hundred_writers_lose_nothing(tmp_path: Path) -> None:
    """Threads of one process and several processes, all on one concept."""
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        won = pool.starmap(_writers, [(tmp_path, number) for number in range(4)])
    texts = {label.text for label in desk(tmp_path).concept("tools", CLOCK).labels}
    wanted = {f"label {process} {number}" for process in range(4) for number in range(50)}
    assert wanted <= texts and sum(won) == 200


def _writers(folder: Path, process: int) -> int:
    at = desk(folder)

    def one(number: int) -> int:
        while True:
            seen = tag_of(at.concept("tools", CLOCK))
            edit = ask.AddLabel(concept=CLOCK, text=f"label {process} {number}")
            try:
                at.edit("tools", CLOCK, seen, [edit], Author(f"key:{process}"), "")
            except VersionChanged:
                continue
            return 1

    with ThreadPoolExecutor(5) as threads:
        return sum(threads.map(one, range(50)))


def test_a_word_reaches_as_far_as_its_scope(tmp_path: Path) -> None:
    at = desk(tmp_path)
    dora, otto = Author("key:dora", Scope(languages=("de",))), Author("key:otto", Scope(vocabularies=("other",)))
    german = ask.AddLabel(concept=SUNDIAL, text="Sonnenuhr", language="de-AT")
    english = ask.AddLabel(concept=SUNDIAL, text="sun clock")
    at.write("tools", [german], dora, "")
    for edit in (
        english,
        ask.Link(concept=GNOMON, other=SHADOW, relation="related"),
        ask.Deprecate(concept=GNOMON, without=True),
    ):
        with pytest.raises(Forbidden) as refused:
            at.write("tools", [edit], dora, "")
        assert edit.concept in refused.value.place and "propose" in refused.value.hint
    with pytest.raises(Forbidden):
        at.write("tools", [english], otto, "")
    made = at.propose("tools", [english], "key:dora", "in English, too")
    for by in (dora, otto):
        with pytest.raises(Forbidden):
            at.decide(made.id, "approved", by)
    at.decide(made.id, "approved", Author("key:ada"))
    with pytest.raises(Forbidden):
        at.apply(made.id, otto)
    assert at.apply(made.id, Author("key:ada"))[0].state == "applied"
    later = at.propose("tools", [ask.SetNotation(concept=GNOMON, text="9")], "key:dora", "")
    assert at.decide(later.id, "withdrawn", dora).state == "withdrawn"
    assert at.vocabulary("tools").number == 2


def test_conflicting_undo_is_told(tmp_path: Path) -> None:
    at = desk(tmp_path)
    write(at, ask.ChangeLabel(concept=CLOCK, was="clock", text="horologe"))
    write(at, ask.ChangeLabel(concept=CLOCK, was="horologe", text="timer"))
    with pytest.raises(EditConflict):
        at.undo("tools", 1, Author("key:ada"))


def test_a_writer_killed_at_any_moment_leaves_whole_versions(tmp_path: Path) -> None:
    """kill -9 while edits are written: what was answered is there, each version whole, and the next writer goes on."""
    random, answered = Random(9), 0
    for _ in range(5):
        command = [sys.executable, "-c", _WRITER, str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=_environment()) as writer:
            assert writer.stdout is not None
            for _, line in zip(range(random.randint(3, 40)), writer.stdout, strict=False):
                answered = int(line)
            writer.kill()
            answered = max([answered, *map(int, writer.stdout.read().split("\n")[:-1])])
        at = desk(tmp_path)
        with at.book.reading() as pages:
            number, head = pages.number("tools"), pages.head("tools")
            folded = {one.iri: one.after for one in pages.changes("tools", 0)}
        assert number >= answered > 0
        assert {iri: concept for iri, concept in head.items() if iri in folded} == folded
        assert len(at.vocabulary("tools").concepts[SUNDIAL].labels) == 2 + number
        at.book.close()


_WRITER = """
import sys
from pathlib import Path
from ontology.curation import edits as ask
from ontology.curation.scope import Author
from tests.ontology.curating import IRI, desk
at = desk(Path(sys.argv[1]))
while True:
    number = at.vocabulary("tools").number + 1
    version, _ = at.write("tools", [ask.AddLabel(concept=IRI + "sundial", text=f"name {number}")], Author("ada"), "")
    print(version.number, flush=True)
"""


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
