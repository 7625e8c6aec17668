"""Crossref JSON: one record by heart, invented ones for what is rare, then every real answer."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from ingest.formats.base import Rejected
from ingest.formats.crossref import FORMAT
from ontology.agents import AgentRecord, AnyRecord, Place
from ontology.errors import FormatError, MalformedPayload
from ontology.identifiers import Identifier
from ontology.records import Affiliation, Funding, Link, Payload, Record, Relation, Title


def read(body: bytes) -> list[AnyRecord | Rejected]:
    return list(FORMAT.parse(Payload(source="test", locator="test", body=body)))


def one(**fields: Any) -> Record:
    """The record of an invented work; underscores stand for hyphens."""
    item = {name.replace("_", "-"): value for name, value in {"DOI": "10.5555/Sundial.1", **fields}.items()}
    (record,) = read(json.dumps(item).encode())
    assert isinstance(record, Record), record
    return record


@pytest.fixture(scope="module")
def works(shared: Path) -> list[bytes]:
    return [line for line in (shared / "crossref/works.jsonl").read_bytes().split(b"\n") if line.strip()]


def test_a_grant_is_described_by_its_project() -> None:
    person = {"given": "Mei", "family": "Long", "affiliation": [{"name": "University of Bern"}]}
    funder = {"name": "Wellcome Trust", "id": [{"id": "10.13039/100010269", "id-type": "DOI"}]}
    record = one(
        type="grant",
        award="212969",
        project=[
            {
                "project-title": [{"title": "Shadows of the cell", "language": "en"}],
                "project-description": [{"description": "We study shadows."}],
                "lead-investigator": [person],
                "funding": [{"type": "grant", "funder": funder}],
                "award-start": {"date-parts": [[2019, 1, 1]]},
            }
        ],
    )
    assert (record.title, record.abstract, record.issued) == ("Shadows of the cell", "We study shadows.", "2019-01-01")
    assert [each.name for each in record.contributors] == ["Mei Long"]
    assert record.funding == (
        Funding(funder="Wellcome Trust", identifiers=(Identifier("doi", "10.13039/100010269"),), awards=("212969",)),
    )


@pytest.mark.shared
def test_a_journal_article_by_heart(works: list[bytes]) -> None:
    (line,) = [each for each in works if json.loads(each)["DOI"] == "10.1136/jclinpath-2020-206745"]
    (record,) = read(line)
    assert isinstance(record, Record)
    assert record.key == "doi:10.1136/jclinpath-2020-206745"
    assert record.kind == "article"
    assert record.titles == (
        Title(
            "Construction of a reference material panel for detecting KRAS/NRAS/EGFR/BRAF/MET mutations in "
            "plasma ctDNA",
            "en",
        ),
    )
    paragraphs = record.abstract.split("\n")
    assert [each.partition(":")[0] for each in paragraphs] == [
        "Background", "Objective", "Methods", "Results", "Conclusion",
    ]  # fmt: skip
    assert "viral oncogene (KRAS)/neuroblastoma ras oncogene (NRAS)/" in paragraphs[1]
    assert (record.issued, record.volume, record.issue, record.pages) == ("2020-08-17", "74", "5", "314-320")
    assert record.venue is not None
    assert record.venue.name == "Journal of Clinical Pathology"
    assert record.venue.identifiers == (Identifier("issn", "0021-9746"), Identifier("issn", "1472-4146"))
    assert record.publisher == "BMJ"
    assert record.license == "http://creativecommons.org/licenses/by-nc/4.0/"
    assert record.open_access is True
    assert record.retracted is False
    assert record.citation_count == 10
    assert len(record.contributors) == 15
    first = record.contributors[0]
    assert (first.name, first.given, first.family, first.role) == ("Jun Xu", "Jun", "Xu", "author")
    assert first.affiliations == (
        Affiliation(name="Department of Neurosurgery, China-Japan Friendship Hospital, Beijing, China"),
    )
    assert len(record.references) == 36
    third = record.references[2]
    assert third.identifiers == (Identifier("doi", "10.1001/jamaoncol.2018.1395"),)
    assert (third.author, third.year, third.venue, third.volume, third.page) == (
        "Aguiar", 2018, "JAMA Oncol", "4", "1080",
    )  # fmt: skip
    assert record.funding == (
        Funding(
            funder="National Key Research and Development Program",
            identifiers=(Identifier("doi", "10.13039/501100012166"),),
            awards=("2017YFC0906500 and 2016YFC1000301",),
        ),
    )
    assert record.links[0] == Link(url="https://jcp.bmj.com/lookup/doi/10.1136/jclinpath-2020-206745")


def test_people_with_orcid_ror_and_groups() -> None:
    record = one(
        title=["On Gnomons"],
        author=[
            {
                "given": "Ada", "family": "Lovelace", "suffix": "Jr.", "ORCID": "http://orcid.org/0000-0002-1825-0097",
                "affiliation": [{"name": "Institute", "id": [{"id": "https://ror.org/022kthw22", "id-type": "ROR"}]}],
            },
            {"name": "The Sundial Collaboration"},
            {"family": "", "given": ""},
        ],
        editor=[{"family": "Kim"}],
    )  # fmt: skip
    ada, group, kim = record.contributors
    assert ada.name == "Ada Lovelace Jr."
    assert ada.identifiers == (Identifier("orcid", "0000-0002-1825-0097"),)
    assert ada.affiliations == (Affiliation(name="Institute", identifiers=(Identifier("ror", "022kthw22"),)),)
    assert (group.name, group.organisation) == ("The Sundial Collaboration", True)
    assert (kim.name, kim.role) == ("Kim", "editor")


def test_a_retracted_work_and_its_notice() -> None:
    notice = one(title=["Retraction"], type="journal-article", update_to=[{"DOI": "10.5555/OLD", "type": "retraction"}])
    assert notice.kind == "retraction"
    assert not notice.retracted
    assert notice.relations == (Relation(kind="Retracts", target=Identifier("doi", "10.5555/old")),)
    work = one(title=["Old"], type="journal-article", updated_by=[{"DOI": "10.5555/new", "type": "retraction"}])
    assert work.retracted
    assert work.relations == (Relation(kind="IsRetractedBy", target=Identifier("doi", "10.5555/new")),)
    assert one(title=["RETRACTED: On shadows"]).retracted
    assert not one(title=["Retracted articles, counted"]).retracted


def test_an_update_of_itself_is_no_relation() -> None:
    record = one(title=["x"], update_to=[{"DOI": "10.5555/sundial.1", "type": "new_version"}])
    assert record.relations == ()


def test_relations_of_preprints_reviews_and_addresses() -> None:
    record = one(
        type="posted-content", subtype="preprint", title=["x"], institution=[{"name": "bioRxiv"}],
        relation={
            "is-preprint-of": [{"id-type": "doi", "id": "10.5555/final"}],
            "is-supplemented-by": [{"id-type": "uri", "id": "https://example.org/data"}],
            "is-part-of": [{"id-type": "issn", "id": "2749-9952"}],
            "unheard-of": [{"id-type": "doi", "id": "10.5555/other"}],
        },
    )  # fmt: skip
    assert record.kind == "preprint"
    assert record.venue is not None
    assert (record.venue.name, record.venue.kind) == ("bioRxiv", "repository")
    assert record.relations == (
        Relation(kind="IsVersionOf", target=Identifier("doi", "10.5555/final")),
        Relation(kind="IsSupplementedBy", target=Identifier("url", "https://example.org/data")),
    )


@pytest.mark.parametrize(
    ("parts", "issued"),
    [
        ([[2016, 6, 12]], "2016-06-12"),
        ([[2016, 6]], "2016-06"),
        ([["2016"]], "2016"),
        ([[None]], "2015-01"),
        ([], "2015-01"),
    ],
)
def test_dates_are_as_precise_as_stated(parts: list[Any], issued: str) -> None:
    record = one(issued={"date-parts": parts}, posted={"date-parts": [[2015, 1]]}, title=["x"])
    assert record.issued == issued


def test_a_book_owns_its_isbn_and_a_chapter_does_not() -> None:
    number = Identifier("isbn", "9781484290804")
    book = one(type="monograph", title=["x"], ISBN=["9781484290804"], container_title=["Series"])
    assert number in book.identifiers
    chapter = one(type="book-chapter", title=["x"], ISBN=["9781484290804"], container_title=["Book"])
    assert number not in chapter.identifiers
    assert chapter.venue is not None
    assert number in chapter.venue.identifiers


def test_subtitles_markup_and_several_titles() -> None:
    record = one(title=["Al<sub>2</sub>O<sub>3</sub> &amp; more"], subtitle=["A <i>Case</i>"], original_title=["Ton"])
    assert [each.text for each in record.titles] == ["Al2O3 & more: A Case", "Ton"]


def test_reference_keys_are_unique() -> None:
    record = one(title=["x"], reference=[{"key": "a"}, {"key": "a"}, {"unstructured": "Kim <b>2014</b>"}])
    assert [each.key for each in record.references] == ["a", "a#2", "3"]
    assert record.references[2].raw == "Kim 2014"


def test_one_broken_item_is_rejected_and_its_neighbours_are_read() -> None:
    good, bad = {"DOI": "10.5555/a", "title": ["A"]}, {"DOI": "10.5555/b", "author": "nobody"}
    answer = {"status": "ok", "message-type": "work-list", "message": {"items": [good, bad, good, {}]}}
    first, second, third, fourth = read(json.dumps(answer).encode())
    assert isinstance(first, Record)
    assert isinstance(second, Rejected)
    assert (second.key, second.error) == ("#2", "MalformedPayload")
    assert second.place == "record 2, $.author"
    assert isinstance(third, Record)
    assert third.key == "doi:10.5555/a#2"
    assert isinstance(fourth, Rejected)
    assert fourth.message == "the work has neither DOI nor title"


@pytest.mark.parametrize("kind", ["license-list", "validation-failure", "work-agency"])
def test_answers_that_hold_no_works_are_refused_by_name(kind: str) -> None:
    body = json.dumps({"status": "ok", "message-type": kind, "message": {"items": []}}).encode()
    assert FORMAT.recognises(body, ".json")
    with pytest.raises(MalformedPayload, match=kind):
        read(body)


@pytest.mark.shared
def test_every_real_work_is_read(works: list[bytes]) -> None:
    records = [entry for line in works for entry in read(line)]
    assert all(isinstance(entry, Record) for entry in records)
    kept = [entry for entry in records if isinstance(entry, Record)]
    assert len(kept) == len({entry.key for entry in kept}) == 1183
    told = [json.loads(line) for line in works]
    assert sum(len(each.references) for each in kept) == sum(len(each.get("reference", ())) for each in told)
    named = sum(bool(each.get("DOI")) for work in told for each in work.get("reference", ()))
    assert sum(any(i.scheme == "doi" for i in r.identifiers) for each in kept for r in each.references) >= 0.999 * named
    assert sum(bool(each.abstract) for each in kept) >= sum(bool(each.get("abstract")) for each in told) - 1
    orcids = sum(bool(person.get("ORCID")) for work in told for person in work.get("author", ()))
    assert sum(bool(person.identifiers) for each in kept for person in each.contributors) == orcids
    assert not [each.title for each in kept if "</" in each.title or "&lt;" in each.title]
    assert Counter(each.kind for each in kept)["correction"] == 10


@pytest.mark.shared
def test_every_real_answer_is_read_or_refused_with_its_place(shared: Path) -> None:
    answered: list[AgentRecord] = []
    for path in sorted((shared / "crossref/responses_habanero").glob("*.json")):
        if path.name == "4a4b5c22012b.json":
            continue
        body = path.read_bytes()
        answer = json.loads(body)
        kind = answer.get("message-type", "")
        if kind in ("", "work", "work-list"):
            told = answer["message"]["items"] if kind == "work-list" else [answer.get("message", answer)]
            entries = read(body)
            assert all(isinstance(entry, Record) for entry in entries), path.name
            assert [entry.key.partition("#")[0] for entry in entries] == [f"doi:{each['DOI'].lower()}" for each in told]
        elif kind.removesuffix("-list") in ("journal", "funder", "member"):
            answered += [entry for entry in read(body) if isinstance(entry, AgentRecord)]
        else:
            with pytest.raises(MalformedPayload, match=r"with an error: \w+|describes no work") as caught:
                read(body)
            assert caught.value.place
    assert Counter(entry.kind for entry in answered) == {"organisation": 11, "venue": 5}


def _answered(kind: str, message: object) -> bytes:
    return json.dumps({"status": "ok", "message-type": kind, "message": message}).encode()


def test_what_crossref_says_of_journals_and_members() -> None:
    journal = {"title": "Noon", "publisher": "Dial Press", "ISSN": ["1234-5679", "bad"], "subjects": [{"name": "Time"}]}
    (noon,) = read(_answered("journal", journal))
    assert isinstance(noon, AgentRecord)
    assert (noon.key, noon.kind, noon.name, noon.types) == ("issn:1234-5679", "venue", "Noon", ("journal",))
    assert [(one.kind, one.name) for one in noon.relations] == [("publisher", "Dial Press")]
    assert [one.label for one in noon.subjects] == ["Time"]
    press = {
        "id": 98,
        "primary-name": "Dial Press",
        "names": ["Dial Press", "DP", "Dials"],
        "location": "Bath, Avon, UK",
    }
    found, nameless = read(_answered("member-list", {"items": [press, {"id": 99}]}))
    assert isinstance(found, AgentRecord) and isinstance(nameless, Rejected)
    assert (found.key, [(one.text, one.kind) for one in found.names]) == (
        "member:98", [("Dial Press", "name"), ("DP", "acronym"), ("Dials", "alias")],
    )  # fmt: skip
    assert found.places == (Place(town="Bath", region="Avon", country="UK"),)
    assert (nameless.key, nameless.message) == ("#2", "there is no name")


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ([{"message": "This route does not support filter"}, {"message": None}], "does not support filter"),
        ({"message": "No"}, "an error: No"),
        ([], "an error: validation-failure"),
    ],
)
def test_an_error_of_crossref_is_told_in_its_words(message: object, said: str) -> None:
    with pytest.raises(MalformedPayload, match=said):
        read(_answered("validation-failure", message))


@pytest.mark.shared
def test_a_text_that_is_no_json_is_refused_with_line_and_column(shared: Path) -> None:
    body = (shared / "crossref/responses_habanero/4a4b5c22012b.json").read_bytes()
    assert not FORMAT.recognises(body, ".json")
    with pytest.raises(FormatError) as caught:
        read(body)
    assert caught.value.place == "line 1, column 5"
