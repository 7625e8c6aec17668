"""What curators decide holds for ever, can be taken back, and can be explained."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.identity.curating import Curator
from ingest.identity.explaining import Explainer
from ingest.journal.database import Database
from ontology.entities import IdentityDecision
from ontology.errors import NotFound, SettingsError
from ontology.records import Venue
from tests.ingest.identities import BASE, TITLE, agents, forget, keep, person, state, work, works


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Database]:
    """Three works; the first two are known by two records each, and a person is in all of them."""
    with Database(tmp_path / "journal.sqlite") as database:
        ada, wei = person("Ada", "Nomon"), person("Wei", "Wang")
        keep(database, work("1", ids="doi=10.1/a", contributors=(ada, wei)), locator="a")
        keep(database, work("2", ids="doi=10.1/a pmid=5", contributors=(ada, wei)), locator="b")
        keep(
            database,
            work("3", ids="doi=10.1/c", title="Light and its absence", contributors=(wei,), venue=Venue(name="Umbra")),
            locator="c",
        )
        yield database


def curator(database: Database) -> Curator:
    return Curator(database, BASE, "eva")


def test_a_merge_and_its_split_leave_everything_as_it_was(journal: Database) -> None:
    before = state(journal)
    first, second = (w.iri for w in works(journal))
    merged = curator(journal).merge([first, second], "the same study")
    (only,) = works(journal)
    assert only.iri == merged
    assert len(only.sources) == 3
    assert sorted(curator(journal).split(merged)) == sorted([first, second])
    assert state(journal) == before
    assert [(v.verdict, v.undone) for v in Explainer(journal, BASE).verdicts()] == [("same", True)]


def test_a_split_and_its_merge_leave_everything_as_it_was(journal: Database) -> None:
    before = state(journal)
    iri = works(journal)[0].iri
    record = Explainer(journal, BASE).explain(iri).members[1].record
    one, other = curator(journal).split(iri, [record])
    assert len(works(journal)) == 3
    curator(journal).merge([one, other])
    assert state(journal) == before


def test_decisions_outlive_harvests_deletions_and_a_journal_identified_anew(journal: Database) -> None:
    first, second = (w.iri for w in works(journal))
    curator(journal).merge([first, second])
    merged = state(journal)
    keep(journal, work("3", ids="doi=10.1/x", title="Quite another title", contributors=()), locator="c")
    assert len(works(journal)) == 1
    forget(journal, "c")
    assert len(works(journal)) == 1
    wei = person("Wei", "Wang")
    keep(
        journal,
        work("3", ids="doi=10.1/c", title="Light and its absence", contributors=(wei,), venue=Venue(name="Umbra")),
        locator="c",
    )
    assert state(journal) == merged
    for table in ("said", "alias", "told", "link", "wanted"):
        journal.rows(f"DELETE FROM {table}")
    journal.rows("UPDATE record SET stage = 'parsed'")
    keep(journal)
    assert state(journal) == merged


def test_what_was_split_stays_apart_when_more_evidence_comes(journal: Database) -> None:
    iri = works(journal)[0].iri
    record = Explainer(journal, BASE).explain(iri).members[1].record
    curator(journal).split(iri, [record])
    keep(journal, work("4", ids="doi=10.1/a pmid=5"), locator="d")
    parts = [{s.rpartition("/")[2] for s in w.sources} for w in works(journal)]
    assert not any({"a%231", "b%232"} <= part for part in parts)


def test_a_split_is_stated_of_both_parts(journal: Database) -> None:
    iri = works(journal)[0].iri
    record = Explainer(journal, BASE).explain(iri).members[1].record
    parts = curator(journal).split(iri, [record])
    said = {d.survivor: d for d in state(journal).values() if isinstance(d, IdentityDecision) and d.apart}
    assert set(said) == set(parts)
    one, other = (said[part] for part in parts)
    assert (one.apart, other.apart) == (other.members, one.members)
    assert record in one.members + other.members
    assert {d.decided_by for d in said.values()} == {"eva"}
    curator(journal).merge(parts)
    assert not any(d.apart for d in state(journal).values() if isinstance(d, IdentityDecision))


def test_people_are_merged_and_split(journal: Database) -> None:
    before = state(journal)
    two = [p.iri for p in agents(journal, "person") if p.names == ("Wei Wang",)]
    assert len(two) == 2
    merged = curator(journal).merge(two)
    assert [p.iri for p in agents(journal, "person") if p.names == ("Wei Wang",)] == [merged]
    other = next(iri for iri in two if iri != merged)
    curator(journal).split(merged, [other])
    assert state(journal) == before


def test_a_merged_iri_leads_to_the_survivor(journal: Database) -> None:
    first, second = (w.iri for w in works(journal))
    merged = curator(journal).merge([first, second])
    (gone,) = {first, second} - {merged}
    assert Explainer(journal, BASE).explain(gone).iri == merged
    assert Explainer(journal, BASE).explain(merged).formerly == (gone,)
    (decision,) = (d for d in state(journal).values() if isinstance(d, IdentityDecision))
    assert (decision.survivor, decision.replaced, decision.decided_by) == (merged, (gone,), "eva")


def test_every_member_is_explained_field_by_field(journal: Database) -> None:
    keep(journal, work("5", title=f"{TITLE}."), locator="e")
    found = Explainer(journal, BASE).explain(works(journal)[0].iri)
    methods = {m.method: {r.field for r in m.reasons} for m in found.members if m.joined_to}
    assert "identifier" in methods["shared doi"]
    assert {"title", "people", "year"} <= methods["compared"]
    assert 0.9 <= found.score < 1.0


def test_undecided_pairs_are_listed_and_not_merged(journal: Database) -> None:
    explainer = Explainer(journal, BASE)
    (pair,) = explainer.candidates("person")
    assert pair.left_name == pair.right_name == "Wei Wang"
    assert len({pair.left, pair.right}) == 2
    iri = next(p.iri for p in agents(journal, "person") if p.iri == pair.left)
    assert explainer.explain(iri).candidates == (pair,)


def test_what_cannot_be_decided_is_refused(journal: Database) -> None:
    first, _ = (w.iri for w in works(journal))
    someone = agents(journal, "person")[0].iri
    for wrong in ([first], [first, first], [first, someone]):
        with pytest.raises(SettingsError):
            curator(journal).merge(wrong)
    with pytest.raises(NotFound):
        curator(journal).merge([first, f"{BASE.iri}/id/work/nothing"])
    for parts in ((), ["http://localhost:8000/id/record/s/none"]):
        with pytest.raises(SettingsError):
            curator(journal).split(first, parts)
    assert Explainer(journal, BASE).verdicts() == []
