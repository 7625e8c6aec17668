"""Which records are one thing: identifiers, scores, people, and what deletions and orders of harvest change."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from ingest.formats.detect import FORMATS
from ingest.identifying import identify, unsettled
from ingest.identity import deriving_people
from ingest.identity.assemble import Assembler
from ingest.identity.blocks import Blocks, blocks_of
from ingest.identity.merge import RANK, by_authority, merged
from ingest.journal.database import Database
from ontology.identifiers import Identifier
from ontology.records import Record, Reference, Relation, Title, Venue
from tests.ingest.identities import BASE, TITLE, agents, forget, keep, names, person, state, work, works


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "journal.sqlite") as database:
        yield database


def test_records_with_one_doi_are_one_work(journal: Database) -> None:
    keep(
        journal, work("1", ids="doi=10.1/a"), work("2", title="Another title altogether here", ids="doi=10.1/a pmid=7")
    )
    (only,) = works(journal)
    assert {str(i) for i in only.record.identifiers} == {"doi:10.1/a", "pmid:7"}


def test_same_title_people_and_year_from_two_files_are_one_work(journal: Database) -> None:
    keep(journal, work("1"))
    keep(journal, work("2", title=TITLE.upper() + "."), locator="b")
    assert len(works(journal)) == 1


@pytest.mark.parametrize(
    "other",
    [
        work("2", year="2012"),
        work("2", contributors=(person("Bob", "Other"), person("Kim", "Hand"))),
        work("2", title="Editorial"),
        work("2", ids="doi=10.1/b"),
        work("2", kind="preprint"),
        work("2", kind="dataset"),
        work("2", title=f"Correction to: {TITLE}"),
        work("2", title=f"{TITLE}, part 2"),
    ],
    ids=["year", "authors", "title", "another doi", "preprint", "dataset", "correction", "part"],
)
def test_what_differs_stays_apart(journal: Database, other: Record) -> None:
    keep(journal, work("1", ids="doi=10.1/a"))
    keep(journal, other, locator="b")
    assert len(works(journal)) == 2


@pytest.mark.parametrize(
    ("other", "there", "here"),
    [
        (work("2", kind="preprint", year="2018", ids="doi=10.2/p"), "HasVersion", "IsVersionOf"),
        (work("2", title=f"Correction to: {TITLE}", ids="doi=10.1/c"), "IsCorrectedBy", "Corrects"),
        (work("2", title=f"Retraction: {TITLE}", kind="retraction", ids="doi=10.1/r"), "IsRetractedBy", "Retracts"),
    ],
    ids=["preprint", "correction", "retraction"],
)
def test_related_works_are_linked_both_ways(journal: Database, other: Record, there: str, here: str) -> None:
    keep(journal, work("1", ids="doi=10.1/a"))
    keep(journal, other, locator="b")
    first, second = works(journal)
    assert [(r.kind, r.work) for r in first.related] == [(there, second.iri)]
    assert [(r.kind, r.work) for r in second.related] == [(here, first.iri)]
    assert first.record.retracted == (there == "IsRetractedBy")
    assert not second.record.retracted


def test_a_notice_that_names_a_work_withdraws_it_and_its_going_takes_that_back(journal: Database) -> None:
    keep(journal, work("1", ids="doi=10.1/a"))
    journal.rows("UPDATE entity SET dirty = 0")
    notice = work(
        "n", title="Notice", kind="retraction", ids="doi=10.1/n", contributors=(),
        relations=(Relation(kind="Obsoletes", target=Identifier("doi", "10.1/a")),),
    )  # fmt: skip
    keep(journal, notice, locator="b")
    assert [w.record.retracted for w in works(journal)] == [True, False]
    assert journal.one("SELECT dirty FROM entity WHERE kind = 'work' ORDER BY seq") == 1
    forget(journal, "b")
    (only,) = works(journal)
    assert not only.record.retracted


def test_a_record_that_links_two_works_merges_them_and_its_going_splits_them(journal: Database) -> None:
    keep(journal, work("1", ids="doi=10.1/a", title="First known by its registered number alone"))
    keep(journal, work("2", ids="pmid=7", title="Second known by its accession number alone"), locator="b")
    apart = state(journal)
    keep(journal, work("3", ids="doi=10.1/a pmid=7"), locator="c")
    (only,) = works(journal)
    assert len(only.sources) == 3
    (survivor,) = {e for (e,) in journal.rows("SELECT entity FROM said WHERE node > 0 AND node & 1048575 = 0")}
    (decision,) = Assembler(journal, BASE).decisions([survivor])[survivor]
    assert decision.survivor == only.iri
    assert decision.members == only.sources
    assert "shared doi" in decision.method
    forget(journal, "c")
    assert state(journal) == apart


def test_people_meet_by_orcid_and_by_rare_names_and_not_by_initials_of_frequent_ones(journal: Database) -> None:
    alone = (person("Kim", "Hand"),)
    keep(
        journal,
        work("1", ids="doi=10.1/a", contributors=(person("Ada", "Nomon", "0000-0002-1825-0097"), *alone)),
        work("2", ids="doi=10.1/b", title="Another work", contributors=(person("Ada", "Nomon"),)),
        work("3", ids="doi=10.1/c", title="Third work", contributors=(person("W", "Wang"),)),
        work("4", ids="doi=10.1/d", title="Fourth work", contributors=(person("Wei", "Wang"),)),
        work("5", ids="doi=10.1/e", title="Fifth work", contributors=(person("Wei", "Wang"),)),
    )
    people = [w.authorships[0].person for w in works(journal)]
    assert people[0] == people[1]
    assert len(set(people[2:])) == 3


def test_two_orcids_are_two_people_even_with_the_same_coauthor(journal: Database) -> None:
    keep(
        journal,
        work("1", ids="doi=10.1/a", contributors=(person("Wei", "Wang", "0000-0002-1825-0097"), person("Li", "Na"))),
        work("2", ids="doi=10.1/b", contributors=(person("Wei", "Wang", "0000-0001-5109-3700"), person("Li", "Na"))),
    )
    first, second = (w.authorships[0].person for w in works(journal))
    assert first != second


def test_an_orcid_joins_a_changed_name_and_its_going_parts_them(journal: Database) -> None:
    keep(journal, work("1", ids="doi=10.1/a", contributors=(person("Ada", "Nomon", "0000-0002-1825-0097"),)))
    keep(
        journal,
        work("2", ids="doi=10.1/b", title="Other", contributors=(person("Ada", "Nomon-Dial", "0000-0002-1825-0097"),)),
        locator="b",
    )
    assert len(agents(journal, "person")) == 1
    keep(journal, work("2", ids="doi=10.1/b", title="Other", contributors=(person("Ada", "Dial"),)), locator="b")
    assert len(agents(journal, "person")) == 2


def test_one_orcid_given_to_two_authors_of_a_list_is_nobodys(journal: Database) -> None:
    both = (person("Ada", "Nomon", "0000-0002-1825-0097"), person("Eva", "Dial", "0000-0002-1825-0097"))
    keep(journal, work("1", ids="doi=10.1/a", contributors=both))
    assert sorted(p.identifiers for p in agents(journal, "person")) == [(), ()]


def test_references_are_resolved_when_the_cited_work_arrives_later(journal: Database) -> None:
    reference = Reference(key="b1", title=TITLE, author="Nomon, Ada", year=2019)
    keep(journal, work("1", ids="doi=10.1/a", title="A work that cites another one by title", references=(reference,)))
    (citing,) = works(journal)
    assert citing.cites[0].work == ""
    journal.rows("UPDATE entity SET dirty = 0")
    keep(journal, work("2", ids="doi=10.1/b"), locator="b")
    found = {w.record.identifiers[0].value: w for w in works(journal)}
    assert found["10.1/a"].cites[0].work == found["10.1/b"].iri
    assert journal.one("SELECT dirty FROM entity WHERE kind = 'work' ORDER BY seq") == 1
    journal.rows("UPDATE entity SET dirty = 0")
    forget(journal, "b")
    (citing,) = works(journal)
    assert citing.cites[0].work == ""
    assert journal.one("SELECT dirty FROM entity WHERE kind = 'work' ORDER BY seq") == 1


def test_rereading_a_payload_replaces_what_it_said(journal: Database) -> None:
    keep(journal, work("1", ids="doi=10.1/a", venue=Venue(name="Old journal")))
    (before,) = works(journal)
    keep(
        journal,
        work("1", ids="doi=10.1/a", title="A corrected title for the same work", venue=Venue(name="New journal")),
    )
    (after,) = works(journal)
    assert after.iri == before.iri
    assert after.record.title == "A corrected title for the same work"
    assert [v.names for v in agents(journal, "venue")] == [("New journal",)]
    gone = journal.one("SELECT seq FROM entity WHERE kind = 'venue' ORDER BY seq")
    assert dict(Assembler(journal, BASE).agents([gone])) == {gone: None}


def test_a_record_that_says_the_same_keeps_its_entities_clean(journal: Database) -> None:
    keep(journal, work("1", ids="doi=10.1/a"))
    journal.rows("UPDATE entity SET dirty = 0")
    keep(journal, work("1", ids="doi=10.1/a", abstract="Only the abstract is new."))
    assert journal.rows("SELECT kind FROM entity WHERE dirty = 1").fetchall() == [("work",)]
    assert unsettled(journal) == 0


def test_an_iri_that_changes_with_the_identifier_leads_to_the_new_one(journal: Database) -> None:
    keep(journal, work("1"))
    (before,) = works(journal)
    keep(journal, work("1", ids="doi=10.1/late", title="Renamed as it was registered at last"))
    (after,) = works(journal)
    assert after.iri != before.iri
    (lead,) = journal.rows(
        "SELECT s.name FROM entity e JOIN entity s ON s.seq = e.survivor WHERE e.name = ?",
        (before.iri.rsplit("/", 1)[-1],),
    ).fetchone()
    assert after.iri.endswith(lead)


def test_venues_meet_by_issn_name_and_abbreviation(journal: Database) -> None:
    issn = (Identifier("issn", "0021-9258"),)
    venues = [Venue(name="Journal of Biological Chemistry", identifiers=issn), Venue(name="J. Biol. Chem."),
              Venue(name="JBC", identifiers=issn), Venue(name="Journal of Biology")]  # fmt: skip
    keep(journal, *(work(str(n), ids=f"doi=10.1/{n}", venue=venue) for n, venue in enumerate(venues)))
    assert [w.venue for w in works(journal)][:3] == [works(journal)[0].venue] * 3
    assert len(agents(journal, "venue")) == 2


def _catalogue() -> list[Record]:
    """Works, some of them twice, with people and venues whose names meet."""
    family = ["Nomon", "Wang", "Li", "Smith", "García", "Garcia"]
    given = ["Ada", "Wei", "W.", "John", "J", "Ana"]
    draw = random.Random(4)
    found = []
    for n in range(36):
        ids = " ".join([f"doi=10.1/{n % 11}"] * (n % 3 > 0) + [f"pmid={n % 7 + 1}"] * (n % 4 == 0))
        people = tuple(person(draw.choice(given), draw.choice(family)) for _ in range(draw.randint(1, 4)))
        title = f"{TITLE} of kind {'abcdefghi'[n % 9] * 3}"
        found.append(work(str(n), title=title, year=str(2010 + n % 4), ids=ids, contributors=people,
                          venue=Venue(name=draw.choice(["Acta Umbrae", "Journal of Light", "J. Light"]))))  # fmt: skip
    return found


def _built(path: Path, records: Sequence[Record], batch: int = 1000) -> dict[str, object]:
    with Database(path) as database:
        for record in records:
            keep(database, record, locator=f"file{record.key}", batch=batch, settle=batch < 1000)
        keep(database, batch=batch)
        return state(database)


def test_the_outcome_depends_neither_on_order_nor_on_batches(tmp_path: Path) -> None:
    records = _catalogue()
    shuffled = random.Random(1).sample(records, len(records))
    whole = _built(tmp_path / "a.sqlite", records)
    assert _built(tmp_path / "b.sqlite", shuffled) == whole
    assert _built(tmp_path / "c.sqlite", shuffled, batch=1) == whole


def test_blocks_of_people_may_be_looked_at_elsewhere_and_ahead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = _catalogue()
    monkeypatch.setattr(deriving_people, "BATCH_BLOCKS", 3)
    monkeypatch.setattr(deriving_people, "_PORTION", 2)
    with Database(tmp_path / "there.sqlite") as database, Database(database.path, read_only=True) as reader:
        asked: list[int] = []

        def grouping(keys: Sequence[int]) -> Callable[[], Blocks]:
            found = blocks_of(reader, keys)
            asked.extend(keys)
            return lambda: found

        for some in (records[:20], records[20:]):
            for record in some:
                keep(database, record, locator=f"file{record.key}", settle=False)
            identify(database, grouping=grouping)
        assert len(asked) > 6
        assert state(database) == _built(tmp_path / "here.sqlite", records)


def test_after_deletions_and_changes_the_entities_are_those_of_a_rebuild(tmp_path: Path) -> None:
    records = _catalogue()
    draw = random.Random(2)
    with Database(tmp_path / "long.sqlite") as database:
        here: dict[str, Record] = {}
        for step in range(30):
            for record in draw.sample(records, 4):
                changed = work(record.key, title=record.title, ids="", year=record.issued)
                here[record.key] = draw.choice([record, record, changed])
                keep(database, here[record.key], locator=f"file{record.key}", settle=False)
            for key in draw.sample(sorted(here), min(2, len(here) - 1)):
                del here[key]
                forget(database, f"file{key}", settle=False)
            keep(database)
            if step % 10 == 9:
                assert state(database) == _built(tmp_path / f"{step}.sqlite", list(here.values()))
        gone = names(database, "work") - {w.iri.rsplit("/", 1)[-1] for w in works(database)}
        assert gone


def test_after_a_change_of_the_rules_all_records_are_identified_again(tmp_path: Path) -> None:
    """The links are those of other rules, as are the keys of one record: what comes is what a new journal says."""
    records = [
        work("1", ids="doi=10.1/a", venue=Venue(name="Journal of Shade")), work("2", kind="preprint", year="2018"),
        work("3", title=f"Correction to: {TITLE}"), work("4", title=TITLE.upper()),
    ]  # fmt: skip
    with Database(tmp_path / "journal.sqlite") as journal:
        for record in records:
            keep(journal, record, locator=record.key)
        made = state(journal)
        assert not unsettled(journal)
        journal.rows("DELETE FROM link")
        journal.rows("DELETE FROM alias WHERE node = (SELECT min(node) FROM said WHERE node > 0)")
        journal.set_meta("identity", "other rules")
        assert unsettled(journal) == len(records)
        keep(journal)
        assert state(journal) == made
        assert not unsettled(journal)


def test_merging_prefers_the_careful_source_and_unites_identifiers() -> None:
    jats = Record(key="1", format="jats", titles=(Title("From the publisher"),), issued="2019")
    openalex = Record(
        key="2", format="openalex", titles=(Title("From the aggregator"),), issued="2019-05-01",
        abstract="Said there only.", identifiers=(Identifier("openalex", "W1"),), retracted=True,
    )  # fmt: skip
    one = merged(by_authority([openalex, jats]))
    assert (one.title, one.issued, one.abstract, one.retracted) == (
        "From the publisher",
        "2019-05-01",
        "Said there only.",
        True,
    )


def test_every_format_has_its_rank() -> None:
    assert set(RANK) == set(FORMATS.names())
