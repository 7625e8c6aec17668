"""Organisations, affiliation lines, venues and references: what is known, and what is found by it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.identity.comparison import GREY, MATCH, compare
from ingest.identity.names import agreement, same_family
from ingest.identity.organisations import one_each, plain
from ingest.identity.text import fold, name_of
from ingest.identity.venues import abbreviates, venues_fit
from ingest.identity.works import says
from ingest.journal.database import Database
from ontology.agents import AgentName, AgentRecord, AgentRelation
from ontology.identifiers import Identifier
from ontology.records import Affiliation, Contributor, Record, Reference, Venue
from tests.ingest.identities import TITLE, agents, forget, keep, person, work, works

BERN, CLOCKS = Identifier("ror", "02k7v4d05"), Identifier("ror", "05a28rw58")


def registered(key: str, *names: str, ror: Identifier, parent: Identifier | None = None) -> AgentRecord:
    relations = (AgentRelation(kind="parent", identifiers=(parent,)),) if parent else ()
    spoken = tuple(AgentName(text=name) for name in names)
    return AgentRecord(
        key=key, format="ror", kind="organisation", identifiers=(ror,), names=spoken, relations=relations
    )


def at(*lines: str | Affiliation) -> Contributor:
    places = tuple(line if isinstance(line, Affiliation) else Affiliation(name=line) for line in lines)
    return Contributor(name="Ada Nomon", given="Ada", family="Nomon", affiliations=places)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "journal.sqlite") as database:
        yield database


def places(database: Database) -> list[tuple[str, ...]]:
    """Names of the organisations of each work's first author."""
    known = {o.iri: o.names[0] for o in agents(database, "organisation")}
    return [tuple(known[iri] for iri in w.authorships[0].organisations) for w in works(database)]


@pytest.mark.parametrize(
    "line",
    [
        "University of Bern, Switzerland",
        "Institute of Ecology, University of Bern, 3012 Bern",
        "Department of Clocks, Universität Bern; Bern (Switzerland)",
        "1 Dept. of Physics, Univ. of Bern, Sidlerstrasse 5, CH-3012 Bern. ada@example.org",
    ],
)
def test_an_affiliation_line_names_an_organisation_that_is_known(journal: Database, line: str) -> None:
    keep(journal, work("1", ids="doi=10.1/a", contributors=(at(line),)))
    assert places(journal) == [()]
    journal.rows("UPDATE entity SET dirty = 0")
    keep(journal, registered("bern", "University of Bern", ror=BERN), locator="ror")
    assert places(journal) == [("University of Bern",)]
    assert journal.one("SELECT dirty FROM entity WHERE kind = 'work'") == 1
    forget(journal, "ror")
    assert places(journal) == [()]


def test_what_is_not_known_is_not_guessed(journal: Database) -> None:
    keep(journal, registered("bern", "University of Bern", ror=BERN), locator="ror")
    keep(journal, work("1", ids="doi=10.1/a", contributors=(at("University of Berlin, Germany", "Bern, Switzerland"),)))
    assert places(journal) == [()]


def test_a_line_with_identifiers_of_two_organisations_is_both_and_joins_neither(journal: Database) -> None:
    both = Affiliation(name="University of Bern and Museum of Clocks", identifiers=(BERN, CLOCKS))
    keep(journal, registered("b", "University of Bern", ror=BERN), registered("c", "Museum of Clocks", ror=CLOCKS))
    keep(journal, work("1", ids="doi=10.1/a", contributors=(at(both),)), locator="w")
    assert places(journal) == [("University of Bern", "Museum of Clocks")]
    assert len(agents(journal, "organisation")) == 2
    pair = Identifier("openalex", "I1")
    assert one_each((BERN, pair)) == ((BERN, pair),)
    assert one_each((BERN, pair, CLOCKS)) == ((BERN,), (CLOCKS,))


def test_parents_are_linked_whichever_comes_first(journal: Database) -> None:
    keep(journal, registered("c", "Museum of Clocks", ror=CLOCKS, parent=BERN))
    (child,) = agents(journal, "organisation")
    assert child.parents == ()
    journal.rows("UPDATE entity SET dirty = 0")
    keep(journal, registered("b", "University of Bern", ror=BERN), locator="b")
    child, parent = agents(journal, "organisation")
    assert child.parents == (parent.iri,)
    assert journal.one("SELECT count(*) FROM entity WHERE dirty = 1") == 2


CITED = work(
    "c", ids="doi=10.1/cited", venue=Venue(name="Journal of Biological Chemistry"), volume="12", pages="345-351"
)  # fmt: skip


@pytest.mark.parametrize(
    "reference",
    [
        Reference(key="1", title=TITLE, author="Nomon, A.", year=2019),
        Reference(key="1", author="Nomon", year=2019, venue="J. Biol. Chem.", volume="12", page="345"),
        Reference(key="1", raw=f"Nomon A, Dial E. {TITLE}. J Biol Chem. 2019;12:345-51."),
        Reference(key="1", raw=f"A. Nomon and E. Dial (2019). “{TITLE.title()},” Journal of Biological Chemistry 12"),
        Reference(key="1", raw="Nomon, A., Dial, E.: J. Biol. Chem. 12, 345 (2019)"),
        Reference(key="1", raw=f"NomonA, DialE, et al {TITLE}. J Biol Chem 2019"),
    ],
    ids=["title", "page", "raw", "quoted", "without title", "glued"],
)
def test_a_reference_finds_its_work(journal: Database, reference: Reference) -> None:
    citing = work("1", ids="doi=10.1/a", title="A work that cites", contributors=(), references=(reference,))
    keep(journal, citing, CITED)
    first, cited = works(journal)
    assert first.cites[0].work == cited.iri


@pytest.mark.parametrize(
    "reference",
    [
        Reference(key="1", title=f"Correction to: {TITLE}", author="Nomon, A.", year=2019),
        Reference(key="1", title=TITLE, author="Other, X.", year=1975),
        Reference(key="1", raw=f"Nomon A. Data from: {TITLE}. Dryad Digital Repository, 2019"),
        Reference(key="1", author="Nomon", year=2019, page="1"),
        Reference(key="1", raw="Nomon A. Another piece of work altogether. J Biol Chem 2019;14:99"),
        Reference(key="1", title=TITLE, author="Nomon, A.", year=2019, identifiers=(Identifier("doi", "10.9/z"),)),
        Reference(key="1", raw="2019"),
    ],
    ids=["notice", "another's", "data", "page one", "another", "another doi", "nothing"],
)
def test_a_reference_to_something_else_stays_unresolved(journal: Database, reference: Reference) -> None:
    keep(journal, work("1", ids="doi=10.1/a", title="A work that cites", contributors=(), references=(reference,)))
    keep(journal, CITED, locator="c")
    assert works(journal)[0].cites[0].work == ""


@pytest.mark.parametrize(
    ("left", "right", "level"),
    [("ada", "ada", 3), ("ada b", "ada", 2), ("rong jun", "rongjun", 3), ("bob", "robert", 2), ("a", "ada", 1),
     ("a b", "a c", -1), ("ada", "eva", -1), ("", "ada", 0), ("fathala", "fathalla", 2)],
)  # fmt: skip
def test_given_names_agree_as_far_as_they_go(left: str, right: str, level: int) -> None:
    assert agreement(left, right) == agreement(right, left) == level


def test_names_are_taken_apart() -> None:
    assert name_of("van der Berg, J.F.") == name_of("J.F. van der Berg") == name_of("x", "J. F.", "van der Berg")
    assert name_of("Smith JF") == name_of("Smith, J F")
    assert name_of("Roberto J. Bayardo Jr.") == name_of("Bayardo, Roberto J.")
    assert name_of("Zoë Müller-Lüdenscheidt").family == "muller ludenscheidt"
    assert name_of("Лобачевский, Николай").family == "lobachevskii"
    assert name_of("O’Connor, Sarah").block == name_of("O'Connor, S.").block
    assert same_family("garcia bedoya", "garcia")
    assert not same_family("wang", "zhang")
    assert fold("L&#243;pez &amp; Straße") == "lopez strasse"


def test_venues_are_known_by_abbreviation_and_initials() -> None:
    assert abbreviates(fold("J. Biol. Chem."), fold("Journal of Biological Chemistry"))
    assert abbreviates("vldb", fold("Very Large Data Bases"))
    assert not abbreviates(fold("J. Biol. Phys."), fold("Journal of Biological Chemistry"))
    assert venues_fit("vldb", fold("The VLDB Journal")) < 0
    assert venues_fit(fold("SIGMOD Record"), fold("International Conference on Management of Data")) == -1
    assert plain("Univ. Bern") == plain("Universität Bern") == plain("University of Bern")


def _score(other: Record, first: Record = CITED) -> tuple[float, str]:
    found = compare(says(first, "1", "a"), says(other, "2", "b"))
    assert found.score == compare(says(other, "2", "b"), says(first, "1", "a")).score
    return found.score, found.relation


def test_scores_say_what_a_reader_would_say() -> None:
    assert _score(work("2", pages="345", volume="12"))[0] > 0.999
    assert _score(work("2", contributors=(person("A.", "Nomon"), person("E", "Dial")))) >= (MATCH, "same")
    score, relation = _score(work("2", year="2021", venue=Venue(name="Conference on Light")))
    assert score >= MATCH
    assert relation == "version"
    assert _score(work("2", title="Light without clocks in the night of the year"))[0] < GREY
    assert _score(work("2", title=f"{TITLE} 2"))[1] == "part"
    short = work("1", title="Editorial", contributors=())
    assert _score(work("2", title="Editorial", contributors=()), short)[0] < MATCH
