"""DataCite JSON and XML: a resource by heart in each, inventions, then all real ones."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from ingest.formats.base import Rejected
from ingest.formats.datacite_json import FORMAT as JSON
from ingest.formats.datacite_xml import FORMAT as XML
from ontology.errors import FormatError, MalformedPayload
from ontology.identifiers import Identifier
from ontology.records import Affiliation, Funding, Link, Payload, Record, Relation, Subject, Title


def from_json(body: bytes) -> list[Record | Rejected]:
    return list(JSON.parse(Payload(source="test", locator="test", body=body)))


def from_xml(body: bytes) -> list[Record | Rejected]:
    return list(XML.parse(Payload(source="test", locator="test", body=body)))


def one(**fields: Any) -> Record:
    (record,) = from_json(json.dumps({"doi": "10.5555/DATA", "titles": [{"title": "Data"}], **fields}).encode())
    assert isinstance(record, Record), record
    return record


@pytest.mark.shared
def test_a_dataset_of_the_api_by_heart(shared: Path) -> None:
    (record,) = from_json((shared / "datacite/bolognese/8e41d1c5c1bd.json").read_bytes())
    assert isinstance(record, Record)
    assert (record.key, record.format, record.kind) == ("doi:10.5878/xyad-9f70", "datacite_json", "dataset")
    assert record.titles == (
        Title("Personality traits and decision-making styles among Swedish obstetricians and gynaecologists", "en"),
        Title("Personlighetsdrag och beslutsfattande stilar hos svenska förlossningsläkare och gynekologer", "sv"),
    )
    assert record.abstract.startswith("The purpose of the research was to: I) compare"), "the abstract in English"
    assert (record.language, record.issued, record.publisher) == ("en", "2023-10-03", "Lund University")
    assert record.license == "https://creativecommons.org/licenses/by/4.0/legalcode"
    author, helper = record.contributors
    assert (author.name, author.given, author.family, author.role) == (
        "Gabriel Raoust", "Gabriel", "Raoust", "author",
    )  # fmt: skip
    assert author.identifiers == (Identifier("orcid", "0000-0003-4899-4924"),)
    assert author.affiliations[0].name.startswith("Department of Clinical Sciences Lund")
    assert (helper.name, helper.role) == ("Petri Kajonius", "contributor")
    assert record.relations == (
        Relation(kind="IsNewVersionOf", target=Identifier("doi", "10.5878/h91g-ra16")),
        Relation(kind="IsVersionOf", target=Identifier("doi", "10.5878/s23t-dd16")),
    )
    assert record.subjects[0] == Subject(
        label="decision making", scheme="ELSST",
        code="https://elsst.cessda.eu/id/a046a1ec-a4d1-4777-8705-3a17548f1969",
    )  # fmt: skip
    assert Subject(label="Psychology, Social", scheme="mesh", code="D011593") in record.subjects
    assert record.funding[0].funder == "Kamprad Family Foundation"
    assert record.funding[0].awards == ("20190142",)


@pytest.mark.shared
def test_a_dataset_in_xml_by_heart(shared: Path) -> None:
    folder = shared / "datacite/schema_examples/source/meta/kernel-4.7/example"
    (record,) = from_xml((folder / "datacite-example-dataset-v4.xml").read_bytes())
    assert isinstance(record, Record)
    assert (record.key, record.format, record.kind) == ("doi:10.82433/9184-dy35", "datacite_xml", "dataset")
    assert record.titles == (Title("External Environmental Data, 2010-2020, National Gallery", "en"),)
    assert record.abstract.startswith("The National Gallery houses one of the greatest ‒ and most visited ‒")
    assert (record.language, record.issued, record.publisher) == ("en", "2022", "National Gallery")
    assert (record.license, record.open_access) == ("https://creativecommons.org/licenses/by-nc/4.0/", True)
    gallery, padfield, building = record.contributors
    assert (gallery.name, gallery.organisation) == ("National Gallery", True)
    assert gallery.identifiers == (Identifier("ror", "043kfff89"),)
    assert (padfield.name, padfield.role) == ("Joseph Padfield", "contributor")
    assert padfield.identifiers == (Identifier("orcid", "0000-0002-2572-6428"),)
    assert padfield.affiliations == (
        Affiliation(name="National Gallery", identifiers=(Identifier("ror", "043kfff89"),)),
    )
    assert building.organisation
    assert record.subjects[0] == Subject(
        label="FOS: Earth and related environmental sciences", scheme="Fields of Science and Technology (FOS)"
    )
    assert record.subjects[1].code == "https://www.wikidata.org/wiki/Q11466"
    assert [each.kind for each in record.relations] == [
        "IsSupplementTo", "IsSourceOf", "IsSupplementedBy", "IsDocumentedBy",
    ]  # fmt: skip
    assert record.relations[3].target == Identifier("doi", "10.5281/zenodo.7629200")
    assert record.funding == (
        Funding(
            funder="H2020 Excellent Science", identifiers=(Identifier("doi", "10.13039/100010662"),), awards=("871034",)
        ),
    )


@pytest.mark.shared
def test_what_the_api_says_in_json_it_says_in_its_xml_too(shared: Path) -> None:
    same = 0
    for path in sorted((shared / "datacite/bolognese").glob("*.json")):
        (told,) = from_json(path.read_bytes())
        body = base64.b64decode(json.loads(path.read_bytes())["data"]["attributes"]["xml"])
        if not XML.recognises(body[:4096], ".xml"):
            continue
        (also,) = from_xml(body)
        assert isinstance(told, Record)
        assert isinstance(also, Record)
        assert told.key == also.key
        assert told.titles[0].text == also.titles[0].text
        families = [each.family or each.name for each in told.contributors if each.role == "author"]
        assert families == [each.family or each.name for each in also.contributors if each.role == "author"] or path
        same += told.year == also.year and told.kind == also.kind
    assert same >= 26


def test_citations_become_references_and_other_links_relations() -> None:
    record = one(
        relatedIdentifiers=[
            {"relatedIdentifier": "arXiv:0706.0001", "relatedIdentifierType": "arXiv", "relationType": "Cites"},
            {"relatedIdentifier": "https://doi.org/10.5555/B", "relatedIdentifierType": "URL",
             "relationType": "References"},
            {"relatedIdentifier": "https://github.com/a/b", "relatedIdentifierType": "URL",
             "relationType": "IsSupplementTo"},
            {"relatedIdentifier": "0077-5606", "relatedIdentifierType": "ISSN", "relationType": "IsPartOf"},
            {"relatedIdentifier": "ark:/13030/x", "relatedIdentifierType": "ARK", "relationType": "IsCitedBy"},
            {"relatedIdentifier": None, "relatedIdentifierType": None, "relationType": None},
        ],
        relatedItems=[
            {
                "relationType": "References", "relatedItemType": "Book", "titles": [{"title": "On Sundials"}],
                "creators": [{"name": "Lovelace, Ada", "familyName": "Lovelace"}], "publicationYear": "1843",
            },
            {
                "relationType": "IsPublishedIn", "relatedItemType": "Journal", "titles": [{"title": "Shadows"}],
                "relatedItemIdentifier": {"relatedItemIdentifier": "0028-0836", "relatedItemIdentifierType": "ISSN"},
                "volume": 7, "issue": "2", "firstPage": "50", "lastPage": "60",
            },
        ],
    )  # fmt: skip
    arxiv, doi, book = record.references
    assert arxiv.identifiers == (Identifier("arxiv", "0706.0001"),)
    assert doi.identifiers == (Identifier("doi", "10.5555/b"),)
    assert (book.title, book.author, book.year) == ("On Sundials", "Lovelace", 1843)
    assert record.relations == (
        Relation(kind="IsSupplementTo", target=Identifier("url", "https://github.com/a/b")),
        Relation(kind="IsCitedBy", target=Identifier("ark", "ark:/13030/x")),
    )
    assert record.venue is not None
    assert (record.venue.name, record.venue.kind) == ("Shadows", "journal")
    assert record.venue.identifiers == (Identifier("issn", "0028-0836"),)
    assert (record.volume, record.issue, record.pages) == ("7", "2", "50-60")


@pytest.mark.parametrize(
    ("general", "specific", "kind"),
    [
        ("Dataset", "", "dataset"), ("Software", "", "software"), ("ComputationalNotebook", "", "software"),
        ("Text", "Journal Article", "article"), ("Text", "Dissertation", "thesis"), ("Text", "Haiku", "other"),
        ("JournalArticle", "BlogPosting", "article"), ("Sound", "", "audio"), ("Poster", "", "poster"),
        ("", "", "other"),
    ],
)  # fmt: skip
def test_kinds(general: str, specific: str, kind: str) -> None:
    assert one(types={"resourceTypeGeneral": general, "resourceType": specific}).kind == kind


def test_dates_prefer_issue_then_availability_within_the_year() -> None:
    assert one(publicationYear=2019, dates=[{"date": "2019-03-20", "dateType": "Issued"}]).issued == "2019-03-20"
    assert one(publicationYear=2019, dates=[{"date": "2019-05", "dateType": "Available"}]).issued == "2019-05"
    assert one(publicationYear="2019", dates=[{"date": "2021-05", "dateType": "Available"}]).issued == "2019"
    assert one(dates=[{"date": "2010/2020", "dateType": "Collected"}]).issued == ""


def test_words_for_unknown_are_nothing() -> None:
    record = one(publisher="(:unav)", creators=[{"name": "(:unkn)"}, {"name": "Ada"}])
    assert record.publisher == ""
    assert [each.name for each in record.contributors] == ["Ada"]


@pytest.mark.parametrize(
    ("uri", "is_open"),
    [
        ("info:eu-repo/semantics/openAccess", True),
        ("info:eu-repo/semantics/embargoedAccess", False),
        ("http://x.org", None),
    ],
)
def test_access_as_far_as_stated(uri: str, is_open: bool | None) -> None:
    assert one(rightsList=[{"rights": "r", "rightsUri": uri}]).open_access is is_open


def test_old_and_loose_json_is_read() -> None:
    record = one(
        creator={"type": "Person", "name": "Matthew B. Jones", "id": "http://orcid.org/0000-0003-0077-4738"},
        publisher={"name": "KNB"}, **{"publication-year": 2016}, url="https://knb.ecoinformatics.org/x",
        contentUrl="https://knb.ecoinformatics.org/x.zip",
    )  # fmt: skip
    assert record.contributors[0].identifiers == (Identifier("orcid", "0000-0003-0077-4738"),)
    assert (record.publisher, record.issued) == ("KNB", "2016")
    assert record.links == (
        Link(url="https://knb.ecoinformatics.org/x"), Link(url="https://knb.ecoinformatics.org/x.zip", rel="fulltext"),
    )  # fmt: skip


def test_lists_of_dois_with_a_broken_one() -> None:
    good = {"id": "10.5555/a", "type": "dois", "attributes": {"doi": "10.5555/a", "titles": [{"title": "A"}]}}
    bad = {"id": "10.5555/b", "type": "dois", "attributes": {"doi": "10.5555/b", "titles": "B"}}
    first, second, third = from_json(json.dumps({"data": [good, bad, {"attributes": {}}]}).encode())
    assert isinstance(first, Record)
    assert isinstance(second, Rejected)
    assert second.place == "record 2, $.titles"
    assert isinstance(third, Rejected)
    assert third.message == "the resource has neither DOI nor title"


def test_an_error_of_the_api_is_refused() -> None:
    with pytest.raises(MalformedPayload, match="could not be found"):
        from_json(b'{"errors": [{"status": "404", "title": "The resource could not be found."}]}')


def test_linked_data_is_left_to_others() -> None:
    head = b'{"@context": "http://schema.org", "schemaVersion": "http://datacite.org/schema/kernel-4", "doi": "10.1/2"}'
    assert not JSON.recognises(head, ".json")


@pytest.mark.shared
def test_two_people_in_one_creator_element_are_two(shared: Path) -> None:
    (record,) = from_xml((shared / "datacite/bolognese_fixtures/datacite_malformed_creator.xml").read_bytes())
    assert isinstance(record, Record)
    assert [each.name for each in record.contributors] == ["Blaž Grošelj", "Miha Oražem", "Viljem Kovač"]
    assert record.titles == (
        Title("Učinkovitost kanabinoidov pri zdravljenju raka: mit ali resnica", "sl"),
        Title("Therapeutic Efficacy of Cannabinoids in Cancer Treatment: Myth or Fact", "en"),
    )


def test_line_breaks_in_descriptions_part_paragraphs() -> None:
    body = b"""<resource xmlns="http://datacite.org/schema/kernel-4">
    <identifier identifierType="DOI">10.5555/x</identifier>
    <descriptions><description descriptionType="Abstract">One<br/>two
      and more<br/>three</description></descriptions></resource>"""
    (record,) = from_xml(body)
    assert isinstance(record, Record)
    assert record.abstract == "One\ntwo and more\nthree"


@pytest.mark.shared
def test_every_real_file_is_read_or_refused_with_its_place(shared: Path) -> None:
    read = refused = 0
    for path in sorted((shared / "datacite").rglob("*")):
        body = path.read_bytes() if path.is_file() else b""
        form = next((each for each in (JSON, XML) if body and each.recognises(body[:4096], path.suffix)), None)
        if form is None:
            continue
        try:
            (record,) = form.parse(Payload(source="test", locator=path.name, body=body))
        except FormatError as error:
            assert error.place, path
            refused += 1
            continue
        assert isinstance(record, Record), path
        assert record.title or path.name.endswith("-tba.xml"), path
        assert record.year or "ancientdates" in path.name or record.issued == "", path
        read += 1
    assert (read, refused) == (133, 2), "one with a missing comma, one with tags that do not match"


def test_abstracts_in_other_languages_are_kept_apart() -> None:
    body = "".join(
        f'<description descriptionType="Abstract"{lang}>{text}</description>'
        for lang, text in ((' xml:lang="en"', "Of shadows."), (' xml:lang="de"', "Von Schatten."), ("", "Unsaid."))
    )
    xml = (
        '<resource xmlns="http://datacite.org/schema/kernel-4"><identifier identifierType="DOI">10.5555/a</identifier>'
        f"<titles><title>A</title></titles><language>de</language><descriptions>{body}</descriptions></resource>"
    )
    (record,) = XML.parse(Payload(source="t", locator="t", body=xml.encode()))
    assert isinstance(record, Record)
    assert record.abstract == "Von Schatten."
    assert record.abstracts == (Title("Of shadows.", "en"),)
