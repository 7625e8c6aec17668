"""Europe PMC's JSON: one golden record, and what else it may look like."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ingest.formats.europepmc import FORMAT
from ontology.errors import MalformedPayload
from ontology.identifiers import Identifier
from ontology.records import Affiliation, Contributor, Funding, Link, Payload, Record, Subject, Title, Venue

FULL: dict[str, Any] = {
    "id": "29000001", "source": "MED", "pmid": "29000001", "pmcid": "PMC5000001", "doi": "10.5555/LIGHT.1",
    "title": "Lighthouses and the <i>sea</i>.", "authorString": "Marlow A, Beacon Group.",
    "authorList": {"author": [
        {"fullName": "Marlow A", "firstName": "Ada", "lastName": "Marlow", "initials": "A",
         "authorId": {"type": "ORCID", "value": "0000-0002-1825-0097"},
         "authorAffiliationDetailsList": {"authorAffiliation": [{"affiliation": "Dept of Lamps, Port City."}]}},
        {"collectiveName": "Beacon Group"}]},
    "journalInfo": {"issue": "3", "volume": "12", "yearOfPublication": 2019, "monthOfPublication": 4,
                    "journal": {"title": "Journal of Invented Lamps", "issn": "0028-0836", "essn": "1476-4687"}},
    "pubYear": "2019", "pageInfo": "1-10", "abstractText": "<h4>Aim</h4>To shine.", "language": "eng",
    "pubTypeList": {"pubType": ["Journal Article", "Review"]},
    "grantsList": {"grant": [{"grantId": "L-1", "agency": "Lamp Fund"}, {"grantId": "L-2", "agency": "Lamp Fund"}]},
    "meshHeadingList": {"meshHeading": [{"majorTopic_YN": "Y", "descriptorName": "Light"}]},
    "keywordList": {"keyword": ["sea marks"]},
    "fullTextUrlList": {"fullTextUrl": [{"documentStyle": "pdf", "url": "https://x.example/1.pdf"}, {"url": "x:1"}]},
    "isOpenAccess": "Y", "inEPMC": "Y", "citedByCount": 5, "license": "cc by", "firstPublicationDate": "2019-03-30",
}  # fmt: skip


def read(body: Any) -> list[Any]:
    return list(FORMAT.parse(Payload(source="s", locator="l", body=json.dumps(body).encode())))


def test_a_whole_record() -> None:
    assert read(FULL) == [
        Record(
            key="doi:10.5555/light.1", format="europepmc", kind="review",
            identifiers=(
                Identifier("doi", "10.5555/light.1"), Identifier("pmid", "29000001"), Identifier("pmcid", "PMC5000001"),
            ),
            titles=(Title("Lighthouses and the sea"),), abstract="Aim: To shine.", language="en",
            issued="2019-03-30", volume="12", issue="3", pages="1-10", license="cc by", open_access=True,
            citation_count=5,
            venue=Venue(
                name="Journal of Invented Lamps",
                identifiers=(Identifier("issn", "0028-0836"), Identifier("issn", "1476-4687")),
            ),
            contributors=(
                Contributor(
                    name="Ada Marlow", given="Ada", family="Marlow",
                    identifiers=(Identifier("orcid", "0000-0002-1825-0097"),),
                    affiliations=(Affiliation(name="Dept of Lamps, Port City."),),
                ),
                Contributor(name="Beacon Group", organisation=True),
            ),
            subjects=(Subject(label="Light", scheme="mesh", major=True), Subject(label="sea marks")),
            funding=(Funding(funder="Lamp Fund", awards=("L-1", "L-2")),),
            links=(Link(url="https://x.example/1.pdf", rel="pdf"),),
        )
    ]  # fmt: skip


def test_an_answer_holds_many_and_a_broken_one_is_set_aside() -> None:
    good = {
        "id": "PPR1",
        "source": "PPR",
        "title": "Early lamps",
        "authorString": "Marlow A, Wick B.",
        "pubYear": "2021",
    }
    first, second = read({"hitCount": 2, "resultList": {"result": [good, {"id": "x", "source": "MED"}]}})
    assert (first.key, first.kind, first.issued) == ("PPR/PPR1", "preprint", "2021")
    assert [one.name for one in first.contributors] == ["A Marlow", "B Wick"]
    assert (second.key, second.error) == ("#2", "MalformedPayload")


def test_retractions_and_nonsense() -> None:
    assert read(FULL | {"pubTypeList": {"pubType": ["Retracted Publication"]}})[0].retracted
    assert read({"title": "A", "journalInfo": {}, "authorList": {}, "pubTypeList": {}})[0].title == "A"
    with pytest.raises(MalformedPayload):
        read(1)
    (rejected,) = read([1])
    assert (rejected.error, rejected.key) == ("MalformedPayload", "#1")
