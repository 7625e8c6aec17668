"""Records of people, organisations and venues: kept beside those of works, resolved with them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.identifying import identify
from ingest.identity.assemble import Assembler
from ingest.journal.database import Database
from ingest.journal.harvested import Harvested, StoredAgent
from ontology.agents import AgentName, AgentRecord, AgentRelation, Place
from ontology.entities import Organisation, Person, VenueEntity
from ontology.identifiers import Identifier
from ontology.namespaces import Base
from ontology.records import Affiliation, Contributor, Payload, Record, Title

ROR = Identifier("ror", "02d1a7w42")
SUNDIAL = AgentRecord(
    key="ror:02d1a7w42",
    format="ror",
    kind="organisation",
    identifiers=(ROR, Identifier("grid", "grid.42.1")),
    names=(AgentName(text="Institute of Sundials", language="en"), AgentName(text="IoS", kind="acronym")),
    types=("education",),
    status="active",
    places=(Place(town="Lisbon", country="Portugal", country_code="PT"),),
    relations=(AgentRelation(kind="parent", name="House of Time", identifiers=(Identifier("ror", "03t1mew11"),)),),
)
ADA = AgentRecord(
    key="orcid:0000-0002-1825-0097",
    format="orcid",
    kind="person",
    identifiers=(Identifier("orcid", "0000-0002-1825-0097"),),
    names=(AgentName(text="Ada Nomon"),),
)
SHADOWS = AgentRecord(
    key="1",
    format="openalex",
    kind="venue",
    identifiers=(Identifier("issn", "0028-0836"),),
    names=(AgentName(text="Journal of Shadows"),),
    types=("journal",),
    relations=(AgentRelation(kind="publisher", name="Gnomon Press"),),
)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "journal.sqlite") as database:
        yield database


def keep(database: Database, locator: str, *records: Record | AgentRecord) -> None:
    with database.transaction():
        Harvested(database).keep(Payload(source="s", locator=locator, body=locator.encode()), "test", records)
    identify(database)


def agents(database: Database) -> list[Person | Organisation | VenueEntity]:
    rows = database.rows("SELECT seq FROM entity WHERE kind <> 'work' AND survivor IS NULL ORDER BY seq").fetchall()
    return [found for _, found in Assembler(database, Base()).agents([number for (number,) in rows]) if found]


def test_an_agent_comes_back_from_the_journal_as_it_went_in(journal: Database) -> None:
    keep(journal, "a", SUNDIAL, Record(key="w", format="test", titles=(Title("Of shadows"),)))
    everything = [number for (number,) in journal.rows("SELECT id FROM record").fetchall()]
    assert list(Harvested(journal).agents(everything)) == [StoredAgent(1, SUNDIAL)]
    assert [stored.record.key for stored in Harvested(journal).records(everything)] == ["w"]


def test_a_registry_and_a_work_speak_of_one_organisation(journal: Database) -> None:
    place = Affiliation(name="Inst. of Sundials, Lisbon", identifiers=(ROR,))
    author = Contributor(name="Ada Nomon", affiliations=(place,))
    keep(journal, "a", Record(key="w", format="test", titles=(Title("Of shadows"),), contributors=(author,)))
    keep(journal, "b", SUNDIAL)
    found = [each for each in agents(journal) if isinstance(each, Organisation)]
    assert len(found) == 1
    assert found[0].names == ("Institute of Sundials", "IoS"), "a registry knows better than an affiliation line"
    assert found[0].country == "PT"
    assert found[0].identifiers == SUNDIAL.identifiers[::-1]


def test_people_and_venues_become_entities_and_go_with_their_records(journal: Database) -> None:
    keep(journal, "a", ADA, SHADOWS)
    person, venue = sorted(agents(journal), key=lambda each: isinstance(each, VenueEntity))
    assert isinstance(person, Person)
    assert person.names == ("Ada Nomon",)
    assert isinstance(venue, VenueEntity)
    assert (venue.kind, venue.publisher) == ("journal", "Gnomon Press")
    keep(journal, "a", SHADOWS)
    assert [type(each) for each in agents(journal)] == [VenueEntity]


def test_a_person_bears_the_names_that_records_have_in_other_scripts(tmp_path: Path) -> None:
    wei = Contributor(name="Wei Zhang", given="Wei", family="Zhang", variants=("张伟",))
    work = Record(key="1", format="marc", titles=(Title("On the history of sundials"),), contributors=(wei,))
    with Database(tmp_path / "journal.sqlite") as journal:
        with journal.transaction():
            keep = Harvested(journal).keep
            keep(Payload(source="shelf", locator="a", body=b"a"), "marc", [work])
        identify(journal)
        numbers = [n for (n,) in journal.rows("SELECT seq FROM entity WHERE kind = 'person'")]
        ((_, person),) = Assembler(journal, Base()).agents(numbers)
    assert isinstance(person, Person) and person.names == ("Wei Zhang", "张伟")
