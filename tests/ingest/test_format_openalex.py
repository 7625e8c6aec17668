"""OpenAlex JSON and its flat CSV: a work by heart in each, inventions, then all real ones."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from ingest.formats.base import Rejected
from ingest.formats.openalex import FORMAT
from ingest.formats.openalex_csv import FORMAT as CSV
from ontology.agents import AgentRecord
from ontology.documents import clean
from ontology.errors import MalformedPayload
from ontology.identifiers import Identifier
from ontology.records import Affiliation, Link, Payload, Record, Subject, Title


def read(body: bytes) -> list[Record | Rejected]:
    return list(FORMAT.parse(Payload(source="test", locator="test", body=body)))


def rows(body: bytes) -> list[Record | Rejected]:
    return list(CSV.parse(Payload(source="test", locator="test", body=body)))


def one(**fields: Any) -> Record:
    (record,) = read(json.dumps({"id": "https://openalex.org/W100", **fields}).encode())
    assert isinstance(record, Record), record
    return record


@pytest.mark.shared
def test_a_work_by_heart(shared: Path) -> None:
    (record,) = read((shared / "openalex/entities/W2741809807.json").read_bytes())
    assert isinstance(record, Record)
    assert record.key == "openalex:W2741809807"
    assert record.identifiers == (
        Identifier("openalex", "W2741809807"), Identifier("doi", "10.7717/peerj.4375"), Identifier("pmid", "29456894"),
        Identifier("pmcid", "PMC5815332"), Identifier("mag", "2741809807"),
    )  # fmt: skip
    title = "The state of OA: a large-scale analysis of the prevalence and impact of Open Access articles"
    assert record.titles == (Title(title, "en"),)
    assert record.abstract.startswith("Despite growing interest in Open Access (OA) to scholarly literature, there is")
    assert (record.kind, record.issued, record.language) == ("article", "2018-02-13", "en")
    assert (record.volume, record.issue, record.pages) == ("6", "", "e4375")
    assert record.venue is not None
    assert (record.venue.name, record.venue.kind, record.venue.publisher) == ("PeerJ", "journal", "PeerJ, Inc.")
    assert record.venue.identifiers == (Identifier("issn", "2167-8359"), Identifier("openalex", "S1983995261"))
    assert (record.license, record.open_access, record.retracted) == ("cc-by", True, False)
    assert record.citation_count == 962
    first = record.contributors[0]
    assert first.name == "Heather Piwowar"
    assert first.identifiers == (Identifier("orcid", "0000-0003-1613-5981"), Identifier("openalex", "A5048491430"))
    assert first.affiliations == (
        Affiliation(
            name="Impactstory, Sanford, NC, USA",
            identifiers=(Identifier("ror", "05ppvf150"), Identifier("openalex", "I4210166736")),
            country="US",
        ),
    )
    main = Subject(
        label="scientometrics and bibliometrics research", scheme="openalex-topic", code="T10102", major=True
    )
    assert main in record.subjects
    assert Subject(label="Citation", scheme="openalex-concept", code="C2778805511") in record.subjects
    assert Link(url="https://peerj.com/articles/4375.pdf", rel="pdf", mime="application/pdf") in record.links
    assert all(each.identifiers == (Identifier("openalex", each.key),) for each in record.references)


@pytest.mark.shared
def test_a_row_by_heart(shared: Path) -> None:
    record = rows((shared / "openalex_biblium/open alex dataset.csv").read_bytes())[0]
    assert isinstance(record, Record)
    assert record.key == "openalex:W3160856016"
    assert Identifier("doi", "10.1016/j.jbusres.2021.04.070") in record.identifiers
    assert record.title == "How to conduct a bibliometric analysis: An overview and guidelines"
    assert (record.kind, record.issued, record.language) == ("article", "2021-05-14", "en")
    assert (record.volume, record.issue, record.pages) == ("133", "", "285-296")
    assert record.venue is not None
    assert record.venue.name == "Journal of Business Research"
    assert record.venue.identifiers == (
        Identifier("issn", "0148-2963"), Identifier("issn", "1873-7978"), Identifier("openalex", "S93284759"),
    )  # fmt: skip
    assert record.publisher == "Elsevier BV"
    assert (record.citation_count, record.open_access, record.retracted) == (8446, False, False)
    assert [each.name for each in record.contributors] == [
        "Naveen Donthu", "Satish Kumar", "Debmalya Mukherjee", "Nitesh Pandey", "Weng Marc Lim",
    ]  # fmt: skip
    assert record.contributors[0].corresponding
    assert record.contributors[4].identifiers == (
        Identifier("orcid", "0000-0001-7196-1923"), Identifier("openalex", "A5045594204"),
    )  # fmt: skip
    assert len(record.references) == 72
    assert record.references[0].identifiers == (Identifier("openalex", "W1021000864"),)
    assert record.contributors[4].affiliations == (), "seven institutions for five authors: whose is which is lost"
    assert [each.label for each in record.subjects if each.scheme == "openalex-topic"] == [
        "scientometrics and bibliometrics research"
    ]


def test_the_abstract_is_put_back_in_order() -> None:
    index = {"shadows": [4], "A": [0], "casts": [2], "gnomon": [1], "long": [3], "&amp;": [5], "time.": [6]}
    assert one(title="x", abstract_inverted_index=index).abstract == "A gnomon casts long shadows & time."


def test_positions_of_an_abstract_cost_no_memory_and_words_have_a_limit() -> None:
    assert one(title="x", abstract_inverted_index={"far": [10**15], "near": [-5]}).abstract == "near far"
    body = json.dumps({"id": "W100", "abstract_inverted_index": {"a": list(range(50_001))}}).encode()
    (entry,) = read(body)
    assert isinstance(entry, Rejected)
    assert "50,000 words" in entry.message


def test_a_printed_affiliation_of_two_institutions_is_not_identified() -> None:
    institutions = [
        {
            "id": "https://openalex.org/I1001",
            "display_name": "A",
            "ror": "https://ror.org/022kthw22",
            "country_code": "US",
        },
        {
            "id": "https://openalex.org/I1002",
            "display_name": "B",
            "ror": "https://ror.org/05ppvf150",
            "country_code": "US",
        },
        {"id": "https://openalex.org/I1003", "display_name": "C", "country_code": "FR"},
    ]
    printed = [
        {
            "raw_affiliation_string": "A and B",
            "institution_ids": ["https://openalex.org/I1001", "https://openalex.org/I1002"],
        }
    ]
    author = {"display_name": "Ada", "id": None, "orcid": None}
    record = one(title="x", authorships=[{"author": author, "institutions": institutions, "affiliations": printed}])
    assert record.contributors[0].affiliations == (
        Affiliation(name="A and B", country="US"),
        Affiliation(name="C", identifiers=(Identifier("openalex", "I1003"),), country="FR"),
    )


def test_weak_concepts_are_left_out_and_mesh_keeps_its_codes() -> None:
    record = one(
        title="x",
        concepts=[{"id": "https://openalex.org/C1", "display_name": "Art", "score": 0.0}],
        mesh=[{"descriptor_ui": "D003247", "descriptor_name": "Conservation", "is_major_topic": True}],
    )
    assert record.subjects == (Subject(label="Conservation", scheme="mesh", code="D003247", major=True),)


def test_grants_join_their_funders() -> None:
    record = one(
        title="x",
        funders=[{"id": "https://openalex.org/F1001", "display_name": "NSF", "ror": "https://ror.org/021nxhr62"}],
        awards=[{"funder_id": "https://openalex.org/F1001", "funder_award_id": "A1"}],
        grants=[{"funder": "https://openalex.org/F1002", "funder_display_name": "ONR", "award_id": None}],
    )
    first, second = record.funding
    assert (first.funder, first.awards) == ("NSF", ("A1",))
    assert first.identifiers == (Identifier("ror", "021nxhr62"), Identifier("openalex", "F1001"))
    assert (second.funder, second.awards) == ("ONR", ())


@pytest.mark.shared
def test_people_organisations_and_venues_are_agents_and_subjects_are_rejected_by_name(shared: Path) -> None:
    kinds = {
        "A5023888391": ("person", "Jason Priem"), "F4320332161": ("organisation", "National Institutes of Health"),
        "I27837315": ("organisation", "University of Michigan"), "P4310319965": ("organisation", "Springer Nature"),
        "S137773608": ("venue", "Nature"),
    }  # fmt: skip
    for name, kind in kinds.items():
        (entry,) = read((shared / f"openalex/entities/{name}.json").read_bytes())
        assert isinstance(entry, AgentRecord)
        assert (entry.kind, entry.name) == kind
    for name, subject in {"C71924100": "a concept", "T11636": "a topic"}.items():
        (entry,) = read((shared / f"openalex/entities/{name}.json").read_bytes())
        assert isinstance(entry, Rejected)
        assert entry.message == f"OpenAlex's {name} is {subject}, not a work"


@pytest.mark.parametrize("wrap", [lambda item: [item], lambda item: {"meta": {}, "results": [item]}, lambda item: item])
def test_lists_answers_and_single_works(wrap: Any) -> None:
    item = {"id": "https://openalex.org/W2741809807", "title": "x"}
    (record,) = read(json.dumps(wrap(item)).encode())
    assert record.key == "openalex:W2741809807"


def test_an_error_of_the_api_is_refused() -> None:
    with pytest.raises(MalformedPayload, match="cursor"):
        read(b'{"error": "Invalid query", "message": "the cursor is gone"}')


@pytest.mark.shared
def test_every_real_work_is_read(shared: Path) -> None:
    lines = [each for each in (shared / "openalex/works.jsonl").read_bytes().split(b"\n") if each.strip()]
    told = [json.loads(line) for line in lines]
    kept = [entry for line in lines for entry in read(line) if isinstance(entry, Record)]
    assert len(kept) == len(lines) == 229
    assert [each.key for each in kept] == [f"openalex:{each['id'][21:]}" for each in told]
    assert [len(each.references) for each in kept] == [len(each["referenced_works"]) for each in told]
    assert [len(each.contributors) for each in kept] == [len(each["authorships"]) for each in told]
    for record, work in zip(kept, told, strict=True):
        index = work["abstract_inverted_index"] or {}
        if "<" not in str(index) and "&" not in str(index):
            told_words = " ".join(word for word in index).split()
            assert set(record.abstract.split()) == set(clean(" ".join(told_words)).split())


@pytest.mark.shared
def test_every_real_row_is_read(shared: Path) -> None:
    body = (shared / "openalex_biblium/open alex dataset.csv").read_bytes()
    told = list(csv.DictReader(StringIO(body.decode())))
    kept = [entry for entry in rows(body) if isinstance(entry, Record)]
    assert len(kept) == len(told) == 613
    assert [len(each.references) for each in kept] == [
        len(list(filter(None, row["referenced_works"].split("|")))) for row in told
    ]
    own = {each.key for each in kept}
    cited = sum(str(i) in own for each in kept for r in each.references for i in r.identifiers)
    assert cited == 3528, "the citations within the set that the data's README counts"
    assert sum(bool(each.abstract) for each in kept) == sum(bool(row["abstract"]) for row in told) == 187
    assert sum(len(each.contributors) for each in kept) >= 1500


HEADER = (
    "id,title,ids.openalex,primary_location.source.issn,"
    "authorships.author.id,authorships.author.display_name,authorships.author.orcid"
)


def test_a_broken_row_is_rejected_with_its_line() -> None:
    body = f"{HEADER}\nhttps://openalex.org/W100,A,,,,,\nhttps://openalex.org/W101,B\nhttps://openalex.org/A101,C,,,,,\nW103,D,,,,,\n"
    first, second, third, fourth = rows(body.encode())
    assert isinstance(first, Record)
    assert isinstance(second, Rejected)
    assert "2 cells, the header 7" in second.message
    assert second.place == "record 2, line 3"
    assert isinstance(third, Rejected)
    assert (third.message, third.place) == ("OpenAlex's A101 is an author, not a work", "record 3, line 4")
    assert isinstance(fourth, Record)


def test_a_row_that_never_closes_its_quotes_keeps_the_rows_before() -> None:
    body = f'{HEADER}\nW100,A,,,,,\nW101,"B'
    entries = []
    with pytest.raises(MalformedPayload) as caught:
        entries.extend(rows(body.encode()))
    assert caught.value.place == "line 3"
    stream = CSV.parse(Payload(source="test", locator="test", body=body.encode()))
    assert isinstance(next(stream), Record)


def test_lists_of_authors_in_a_row() -> None:
    body = f"{HEADER}\nW100,A,,,A1001|A1002,Ada|Bob,None|https://orcid.org/0000-0002-1825-0097\n"
    (record,) = rows(body.encode())
    assert isinstance(record, Record)
    ada, bob = record.contributors
    assert ada.identifiers == (Identifier("openalex", "A1001"),)
    assert bob.identifiers == (Identifier("orcid", "0000-0002-1825-0097"), Identifier("openalex", "A1002"))


def test_institutions_are_read_from_what_python_printed() -> None:
    header = HEADER.replace("authorships.author.orcid", "authorships.institutions")
    told = [
        {"id": "https://openalex.org/I1", "display_name": 'Queen\'s "U"', "ror": None, "country_code": "CA"},
        {"id": "https://openalex.org/I1002", "display_name": "B", "ror": "https://ror.org/02y72wh86"},
    ]
    buffer = StringIO()
    csv.writer(buffer).writerow(["W100", "A", "", "", "A1001", "Ada", "|".join(map(repr, told))])
    (record,) = rows(f"{header}\n{buffer.getvalue()}".encode())
    assert isinstance(record, Record)
    assert record.contributors[0].affiliations == (
        Affiliation(name='Queen\'s "U"', country="CA"),
        Affiliation(name="B", identifiers=(Identifier("ror", "02y72wh86"), Identifier("openalex", "I1002"))),
    )
