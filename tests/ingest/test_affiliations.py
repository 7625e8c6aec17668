"""Affiliation lines: which names are seen in them, and which organisation is meant."""

from __future__ import annotations

from collections import defaultdict

import pytest

from ingest.identity import affiliations
from ingest.identity.institution_names import country_of, plain, stretches
from ingest.identity.organisations import OrganisationSays
from ontology.identifiers import Identifier

BERN = "Institute of Ecology, University of Bern, Bern, Switzerland"
MALMO = "Department of Tides, Malmö University, Malmö, Sweden"
LUND = "Department of Tides, Lund University, Lund, Sweden"
TRINITY = "School of Pharmacy, Trinity College, Dublin, Ireland"
CHEMNITZ = "Chemnitz University of Technology"
OXFORD = "Miami University, Oxford, OH, USA"
FLORIDA = "University of Miami, Coral Gables, FL, USA"
READING = "Clock Institute, Technical Division, Ministry of Tides, Reading, UK"
KNOWN = (BERN, MALMO, LUND, TRINITY, CHEMNITZ, OXFORD, FLORIDA, READING)


def asked(line: str, *known: str | OrganisationSays) -> tuple[str, ...]:
    """What the line names: the known lines themselves stand for their organisations' IRIs."""
    said = {n: (one if isinstance(one, OrganisationSays) else _line(one, n), str(one)) for n, one in enumerate(known)}
    found: defaultdict[str, list[int]] = defaultdict(list)
    for number, (one, _) in said.items():
        for form in one.forms():
            found[form].append(number)
    return affiliations.choose(line, found, {n: (one, _name(one)) for n, (one, _) in said.items()})


def _line(line: str, number: int) -> OrganisationSays:
    return OrganisationSays((line,), (Identifier("ror", f"0{number:06}00"),), named="," not in line)


def _name(said: OrganisationSays) -> str:
    return said.names[0]


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("Department of Biology University of Bern Bern Switzerland", BERN),
        ("Clock Lab,University of Bern,Sidlerstrasse 5,3012,Switzerland", BERN),
        ("Department of BiologyUniversity of BernSwitzerland", BERN),
        ("1University of Bern, Switzerland", BERN),
        ("Univ. of Bern, Switzerland", BERN),
        ("U. of Bern, Switzerland", BERN),
        ("Department of Translational Medicine Lund University Malmö Sweden", LUND),
        ("Department of Media Technology Malmö University Malmö Sweden", MALMO),
        ("Institute for Physics, Technical University of Chemnitz, 09126 Chemnitz, Germany", CHEMNITZ),
        ("Department of Rain, Miami University, Oxford, OH, USA", OXFORD),
        ("Department of Rain, University of Miami, FL, USA", FLORIDA),
        ("University of Bern Medical School, Bern", BERN),
    ],
)
def test_the_institution_is_found(line: str, meant: str) -> None:
    assert asked(line, *KNOWN) == (meant,)


@pytest.mark.parametrize(
    "line",
    [
        "Department of Rain, University of Bern Hospital, Bern, Switzerland",
        "Department of Rain, Technical University of Bern, Switzerland",
        "University of Bern, Bern, Kansas, USA",
        "Trinity College, Cambridge, UK",
        "School of Pharmacy, University of Nowhere",
        "Ministry of Education, Reading, UK",
        "University of Lund Hill Business Park",
    ],
)
def test_a_similar_name_is_another_institution(line: str) -> None:
    assert asked(line, *KNOWN) == ()


def test_several_of_one_name_are_told_apart_by_place_or_not_at_all() -> None:
    campuses = ("Institute of Rain, Tidal Institute, Mersea, UK", "Tidal Institute, Fleet, UK")
    assert asked("Clock Unit, Tidal Institute, Fleet, UK", *campuses) == campuses[1:]
    assert asked("Clock Unit, Tidal Institute, Wick, UK", *campuses) == ()


def test_several_institutions_of_one_line_are_all_named() -> None:
    line = "Clock Unit, University of Bern, Switzerland; and Department of Rain, Lund University, Lund, Sweden"
    assert set(asked(line, *KNOWN)) == {BERN, LUND}


def test_an_acronym_needs_a_place_or_the_country() -> None:
    agency = "National Tide Service (NATISE), Mersea, Estonia"
    assert asked("NATISE, Rain Section, Mersea", agency) == (agency,)
    assert asked("NATISE, Rain Section, Peru", agency) == ()


def test_an_acronym_of_three_letters_needs_the_place_too() -> None:
    institute = OrganisationSays(
        ("Tidal Institute of Technology",), (Identifier("ror", "000000003"),), country="EE", named=True,
        acronyms=("TIT",), towns=("mersea",), registered=True,
    )  # fmt: skip
    for line in ("TIT Media Lab, Mersea", "School of Rain, TIT Mersea, Estonia"):
        assert asked(line, institute) == institute.names
    for line in ("TIT Media Lab, Narva, Estonia", "TIT Academy, Pune, India"):
        assert asked(line, institute) == ()
    assert asked("ETH Zurich Institute of Rain Zurich Switzerland", "ETH Zurich") == ("ETH Zurich",)


def test_numbered_universities_are_told_apart_by_their_numbers() -> None:
    six, seven = (f"Laboratoire des Ombres, Université Paris {number}, Paris, France" for number in ("VI", "7"))
    whole = "Université de Paris, Paris, France"
    assert asked("UPMC Univ Paris 06, UMR 7197, Paris, France", six, seven, whole) == (six,)
    assert asked("University of Paris VII, France", six, seven, whole) == (seven,)
    assert asked("Université de Paris, France", six, seven, whole) == (whole,)
    assert asked("Univ Paris 13, France", six, seven, whole) == ()


def test_of_one_under_two_numbers_the_registry_s_is_meant() -> None:
    ror = OrganisationSays(("Tide Foundation",), (Identifier("ror", "000000001"),), named=True)
    funder = OrganisationSays(("Tide  Foundation",), (Identifier("doi", "10.13039/1"),), named=True)
    assert asked("Tide Foundation", ror, funder) == (ror.names[0],)


@pytest.mark.parametrize(
    ("line", "country"),
    [
        ("University of Bern, Switzerland", "ch"),
        ("School of Rain, Sydney, New South Wales, Australia", "au"),
        ("New Mexico Institute of Rain, Socorro", ""),
        ("Rain Centre Shatin Hong Kong", "cn"),
    ],
)
def test_countries(line: str, country: str) -> None:
    assert country_of(line) == country


def test_names_are_compared_without_order_language_and_abbreviation() -> None:
    assert plain("Universidade Federal do Rio de Janeiro") == plain("Federal University of Rio de Janeiro")
    assert plain("Wrocław University of Technology") == plain("Technical Univ. of Wroclaw")
    assert plain("King’s College") == plain("Kings College")


def test_a_long_line_costs_little() -> None:
    line = " ".join(["University of Tides and Institute of Rain"] * 200)
    assert len(stretches(line)) < 20_000
