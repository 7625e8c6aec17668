"""Which records are one thing: keys, resolution, merging, and independence from batches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.formats.detect import FORMATS
from ingest.identity.assemble import Assembler
from ingest.identity.keys import contradict, full_name, reference_keys, title_key, work_keys
from ingest.identity.merge import RANK, by_authority, merged
from ingest.identity.resolver import Resolver
from ingest.journal.database import Database
from ingest.journal.harvested import Harvested
from ontology.entities import Work
from ontology.identifiers import Identifier
from ontology.namespaces import Base
from ontology.records import Contributor, Payload, Record, Reference, Title, Venue

BASE = Base()
TITLE = "Shadows of the sundial and how they are measured"


def person(given: str, family: str, orcid: str = "") -> Contributor:
    ids = (Identifier("orcid", orcid),) if orcid else ()
    return Contributor(name=f"{given} {family}", given=given, family=family, identifiers=ids)


def work(key: str, *, title: str = TITLE, year: str = "2019", ids: str = "", **fields: object) -> Record:
    fields.setdefault("contributors", (person("Ada", "Nomon"), person("Eva", "Dial")))
    identifiers = tuple(Identifier(*pair.split("=")) for pair in ids.split()) if ids else ()
    return Record(key=key, format="crossref", titles=(Title(title),), issued=year, identifiers=identifiers, **fields)  # type: ignore[arg-type]


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "journal.sqlite") as database:
        yield database


def keep(database: Database, *records: Record, locator: str = "a", batch: int = 100) -> None:
    with database.transaction():
        Harvested(database).keep(Payload(source="s", locator=locator, body=locator.encode()), "test", records)
    while found := Harvested(database).unidentified(batch):
        with database.transaction():
            Resolver(database, found).run()


def works(database: Database) -> list[Work]:
    rows = database.rows("SELECT seq FROM entity WHERE kind = 'work' AND survivor IS NULL ORDER BY seq").fetchall()
    found = Assembler(database, BASE).works([number for (number,) in rows])
    return [made.work for _, made in found if made]


def test_records_with_one_doi_are_one_work(journal: Database) -> None:
    keep(
        journal, work("1", ids="doi=10.1/a"), work("2", title="Another title altogether here", ids="doi=10.1/a pmid=7")
    )
    (only,) = works(journal)
    assert {str(i) for i in only.record.identifiers} == {"doi:10.1/a", "pmid:7"}


def test_same_title_author_year_without_identifiers_is_one_work(journal: Database) -> None:
    keep(journal, work("1"), work("2", title=TITLE.upper() + "."))
    assert len(works(journal)) == 1


@pytest.mark.parametrize(
    "other",
    [
        work("2", year="2012"),
        work("2", contributors=(person("Ada", "Other"),)),
        work("2", title="Editorial"),
        work("2", ids="doi=10.1/b"),
        work("2", kind="preprint"),
    ],
    ids=["year", "author", "title", "another doi", "preprint"],
)
def test_what_differs_stays_apart(journal: Database, other: Record) -> None:
    keep(journal, work("1", ids="doi=10.1/a"), other)
    assert len(works(journal)) == 2


def test_a_record_that_links_two_works_merges_them_with_a_decision(journal: Database) -> None:
    keep(journal, work("1", ids="doi=10.1/a", title="First known by its registered number alone"))
    keep(journal, work("2", ids="pmid=7", title="Second known by its accession number alone"), locator="b")
    assert len(works(journal)) == 2
    keep(journal, work("3", ids="doi=10.1/a pmid=7"), locator="c")
    (only,) = works(journal)
    assert len(only.sources) == 3
    (survivor,) = journal.rows("SELECT survivor FROM decision").fetchone()
    (decision,) = Assembler(journal, BASE).decisions([survivor])[survivor]
    assert decision.survivor == only.iri
    assert "shared" in decision.method


def test_people_meet_by_orcid_and_by_name_with_coauthor_but_not_by_initials(journal: Database) -> None:
    keep(
        journal,
        work(
            "1", ids="doi=10.1/a", contributors=(person("Ada", "Nomon", "0000-0002-1825-0097"), person("Eva", "Dial"))
        ),
        work("2", ids="doi=10.1/b", contributors=(person("Ada", "Nomon"), person("Eva", "Dial"))),
        work("3", ids="doi=10.1/c", contributors=(person("A", "Nomon"), person("E", "Dial"))),
        work("4", ids="doi=10.1/d", contributors=(person("Ada", "Nomon"), person("Kim", "Hand"))),
    )
    first, second, third, fourth = (w.authorships[0].person for w in works(journal))
    assert first == second
    assert len({first, third, fourth}) == 3


def test_two_orcids_are_two_people_even_with_the_same_coauthor(journal: Database) -> None:
    keep(
        journal,
        work("1", ids="doi=10.1/a", contributors=(person("Wei", "Wang", "0000-0002-1825-0097"), person("Li", "Na"))),
        work("2", ids="doi=10.1/b", contributors=(person("Wei", "Wang", "0000-0001-5109-3700"), person("Li", "Na"))),
    )
    first, second = (w.authorships[0].person for w in works(journal))
    assert first != second


def test_references_are_resolved_when_the_cited_work_arrives_later(journal: Database) -> None:
    reference = Reference(key="b1", title=TITLE, author="Nomon, Ada", year=2020)
    keep(journal, work("1", ids="doi=10.1/a", title="A work that cites another one by title", references=(reference,)))
    (citing,) = works(journal)
    assert citing.cites[0].work == ""
    journal.rows("UPDATE entity SET dirty = 0")
    keep(journal, work("2", ids="doi=10.1/b"), locator="b")
    citing, cited = works(journal)
    assert citing.cites[0].work == cited.iri
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
    gone = journal.one("SELECT seq FROM entity WHERE kind = 'venue' ORDER BY seq")
    assert dict(Assembler(journal, BASE).agents([gone])) == {gone: None}


def test_a_work_keeps_its_iri_when_it_gets_an_identifier(journal: Database) -> None:
    keep(journal, work("1"))
    (before,) = works(journal)
    keep(journal, work("1", ids="doi=10.1/late", title="Renamed as it was registered at last"))
    (after,) = works(journal)
    assert after.iri == before.iri


def test_the_outcome_does_not_depend_on_batches(tmp_path: Path) -> None:
    records = [
        work(str(n), ids=ids, title=title, contributors=(person("Ada", "Nomon"), person("Eva", f"Dial{n % 3}")))
        for n, (ids, title) in enumerate(
            [
                ("doi=10.1/a", TITLE),
                ("pmid=7", "Quite a different title of a work"),
                ("doi=10.1/a pmid=7", TITLE),
                ("", TITLE),
                ("doi=10.1/e", "Yet another different title of a work"),
                ("arxiv=2001.00001", "Something else with a long title"),
            ]
        )
    ]  # fmt: skip
    outcomes = []
    for batch in (1, 2, 6):
        with Database(tmp_path / f"{batch}.sqlite") as database:
            keep(database, *records, batch=batch)
            outcomes.append(works(database))
    assert outcomes[0] == outcomes[1] == outcomes[2]
    assert len(outcomes[0]) == 3


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


def test_keys_know_what_is_too_little() -> None:
    assert title_key("Introduction") == ""
    assert title_key("The Shadows of the sundial, measured") == title_key("Shadows of the Sundial measured!")
    assert title_key("基于深度学习的文本分类方法研究") != ""
    assert full_name(person("J.", "Smith")) == ""
    assert full_name(person("Jo", "Smith")) == "jo smith"
    assert full_name(Contributor(name="Zoë Müller-Lüdenscheidt")) == "zoe muller ludenscheidt"
    assert reference_keys(Reference(key="1", title="Short")) == ()
    assert work_keys(work("1", year="")).weak == ()
    assert contradict("work", ["w:doi:1"], ["w:doi:2"], strong=False)
    assert not contradict("work", ["w:doi:1", "w:pmid:1"], ["w:doi:1", "w:pmid:2"], strong=True)


def test_every_format_has_its_rank() -> None:
    assert set(RANK) == set(FORMATS.names())
