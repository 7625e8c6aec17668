"""Shapes of sources of which the shared data have few, written by hand: what their readers once lost or misread."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ingest.formats.fields import contributor, page_range, pages_in
from ontology.records import Record
from tests.ingest.reading import read


def people(record: Record) -> list[str]:
    return [one.name for one in record.contributors]


@pytest.mark.parametrize(
    ("first", "last", "pages"),
    [("1231", "8", "1231-1238"), ("S101", "9", "S101-S109"), ("S101", "S109", "S101-S109"), ("1234", "0", "1234-0"),
     ("98", "103", "98-103"), ("e77", "", "e77")],
)  # fmt: skip
def test_pages_in_full(first: str, last: str, pages: str) -> None:
    assert page_range(first, last) == pages
    assert pages_in("S101-9") == "S101-S109"


def test_a_particle_without_its_vowel() -> None:
    found = contributor("Alembert, Jean Le Rond d'")
    assert found is not None
    assert found.name == "Jean Le Rond d'Alembert"


RIS = {
    "T2  - Noon\nSN  - 2049-3630 (Print) 1476-4687 (Online)": "issn:2049-3630 issn:1476-4687",
    "T2  - Noon\nSN  - 2049-3630": "issn:2049-3630",
}


@pytest.mark.parametrize("said", RIS)
def test_two_issns_in_one_field_of_ris(said: str) -> None:
    record = read(f"TY  - JOUR\nTI  - A\n{said}\nER  - \n")
    assert record.venue is not None
    assert " ".join(map(str, record.venue.identifiers)) == RIS[said]


@pytest.mark.parametrize(
    ("said", "known"),
    [("N1  - doi: 10.5555/A", "doi:10.5555/a"), ("DB  - PubMed\nAN  - 39000001", "pmid:39000001"),
     ("U2  - PMC8000001", "pmcid:PMC8000001"), ("M3  - Article\nDB  - Other\nAN  - 39000001", "")],
)  # fmt: skip
def test_numbers_that_reference_managers_put_elsewhere(said: str, known: str) -> None:
    record = read(f"TY  - JOUR\nTI  - A\n{said}\nER  - \n")
    assert " ".join(map(str, record.identifiers)) == known


def test_a_comma_behind_a_name_in_ris_makes_it_a_group() -> None:
    (one,) = read("TY  - RPRT\nTI  - A\nAU  - Institute of Shadows,\nER  - \n").contributors
    assert (one.name, one.organisation) == ("Institute of Shadows", True)


def test_proceedings_are_not_in_themselves() -> None:
    assert read("@proceedings{a, title={Proc. of Dials}, booktitle={Proc. of Dials}, year={2019}}").venue is None


def crossref(**fields: Any) -> Record:
    return read(json.dumps({"DOI": "10.5555/a", "member": "1", "title": ["A"], **fields}))


def test_a_chapter_is_in_its_book_and_not_in_the_series() -> None:
    record = crossref(type="book-chapter", **{"container-title": ["Notes", "Handbook"]}, ISBN=["9783161484100"],
                      ISSN=["2049-3630"])  # fmt: skip
    assert record.venue is not None
    assert (record.venue.name, [str(i) for i in record.venue.identifiers]) == ("Handbook", ["isbn:9783161484100"])


def test_the_day_of_a_month_and_the_issue_that_crossref_says_elsewhere() -> None:
    dates = {"issued": [2021, 5], "published-online": [2021, 5, 17], "published-print": [2021, 6]}
    parts = {name: {"date-parts": [date]} for name, date in dates.items()}
    record = crossref(type="journal-article", **parts, **{"journal-issue": {"issue": "4"}})
    assert (record.issued, record.issue) == ("2021-05-17", "4")


JATS = (
    "<article><front><article-meta>{}<title-group><article-title>A</article-title></title-group></article-meta></front>"
    "</article>"
)


def test_parts_of_a_compound_keyword_and_a_name_in_two_scripts() -> None:
    record = read(JATS.format(
        "<contrib-group><contrib><name-alternatives><name name-style='eastern'><surname>李</surname><given-names>日影"
        "</given-names></name><name><surname>Li</surname><given-names>Riying</given-names></name></name-alternatives>"
        "</contrib></contrib-group><kwd-group><compound-kwd><compound-kwd-part content-type='code'>01"
        "</compound-kwd-part><compound-kwd-part content-type='text'>shade</compound-kwd-part></compound-kwd>"
        "</kwd-group>"
    ))  # fmt: skip
    assert [(one.name, one.variants) for one in record.contributors] == [("李日影", ("Riying Li",))]
    assert [one.label for one in record.subjects] == ["shade"]


def test_the_doi_of_a_version_is_not_another_work() -> None:
    ids = "<article-id pub-id-type='doi'{}>10.5555/es.77{}</article-id>"
    record = read(JATS.format(ids.format("", "") + ids.format(" specific-use='version'", ".2")))
    assert [str(one) for one in record.identifiers] == ["doi:10.5555/es.77"]
    assert [(one.kind, str(one.target)) for one in record.relations] == [("HasVersion", "doi:10.5555/es.77.2")]


def test_data_that_pubmed_lists_by_doi() -> None:
    record = read(
        "<PubmedArticle><MedlineCitation><PMID>1</PMID><Article><ArticleTitle>A.</ArticleTitle><DataBankList><DataBank>"
        "<DataBankName>Dryad</DataBankName><AccessionNumberList><AccessionNumber>10.5061/dryad.n1</AccessionNumber>"
        "</AccessionNumberList></DataBank></DataBankList></Article></MedlineCitation></PubmedArticle>"
    )
    assert [(one.kind, str(one.target)) for one in record.relations] == [("IsSupplementedBy", "doi:10.5061/dryad.n1")]


def test_a_funder_of_datacite_3_paid_and_wrote_nothing() -> None:
    record = read(
        '<resource xmlns="http://datacite.org/schema/kernel-3"><identifier identifierType="DOI">10.5072/a</identifier>'
        "<titles><title>A</title></titles><contributors><contributor contributorType='Funder'><contributorName>Fund"
        "</contributorName><nameIdentifier nameIdentifierScheme='info'>info:eu-repo/grantAgreement/EC/FP7/123"
        "</nameIdentifier>"
        "</contributor></contributors><relatedIdentifiers><relatedIdentifier relatedIdentifierType='DOI' relationType="
        "'HasVersion'>10.5072/A</relatedIdentifier></relatedIdentifiers></resource>"
    )
    assert [(one.funder, one.awards) for one in record.funding] == [("Fund", ("123",))]
    assert (record.contributors, record.relations) == ((), ())


@pytest.mark.parametrize(
    ("said", "kind"),
    [("Thesis or Dissertation", "thesis"), ("Artigo Avaliado pelos Pares", "article"),
     ("Trabajo fin de grado", "thesis"),
     ("Conference or Workshop Item", "conference-paper"), ("Capítulo de libro", "chapter"), ("Book review", "review")],
)  # fmt: skip
def test_types_in_dublin_core_by_their_words(said: str, kind: str) -> None:
    record = read(
        '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>A</dc:title><dc:type>{said}</dc:type><dc:contributor>Nomon, Ada, supervisor</dc:contributor>"
        "<dc:contributor>Horloge, Paul (dir.)</dc:contributor></oai_dc:dc>"
    )
    assert record.kind == kind
    assert people(record) == ["Ada Nomon", "Paul Horloge"]


MARC = '<record xmlns="http://www.loc.gov/MARC21/slim"><leader>00000nam a2200000 c 4500</leader>{}</record>'


def field(tag: str, second: str = " ", **parts: str) -> str:
    inside = "".join(f'<subfield code="{code[0]}">{value}</subfield>' for code, value in parts.items())
    return f'<datafield tag="{tag}" ind1=" " ind2="{second}">{inside}</datafield>'


def test_what_the_book_trade_adds_to_keywords() -> None:
    said = ["(Produktform)Hardback", "(VLB-WN)1234", "(Author)noon", "shade"]
    record = read(MARC.format(field("245", a="A") + "".join(field("653", a=one) for one in said)))
    assert [one.label for one in record.subjects] == ["noon", "shade"]


@pytest.mark.parametrize(
    ("note", "school"),
    [("Thesis (Ph. D.)--University of Noon, 1998.", "University of Noon"),
     ("Diss., Universität Mittag, 2003", "Universität Mittag"),
     ("Originally presented as the author's thesis.", "")],
)  # fmt: skip
def test_where_a_thesis_was_defended(note: str, school: str) -> None:
    record = read(MARC.format(field("245", a="A") + field("502", a=note)))
    assert (record.kind, record.publisher) == ("thesis", school)


DEPOSIT = (
    '<doi_batch xmlns="http://www.crossref.org/schema/5.3.1"><body><book><book_series_metadata><series_metadata><titles>'
    "<title>Notes</title></titles><issn>0302-9743</issn></series_metadata><titles><title>Handbook</title></titles>"
    '<publication_date media_type="online"><month>02</month><day>03</day><year>2019</year></publication_date>'
    '<publication_date media_type="print"><year>2019</year></publication_date><isbn>978-3-16-148410-0</isbn>'
    '</book_series_metadata><content_item component_type="chapter"><titles><title>A</title></titles><doi_data><doi>'
    "10.5555/a</doi></doi_data></content_item></book></body></doi_batch>"
)


def test_a_deposited_chapter_has_the_day_and_the_number_of_its_book() -> None:
    record = read(DEPOSIT)
    assert record.issued == "2019-02-03"
    assert record.venue is not None
    assert (record.venue.name, [str(i) for i in record.venue.identifiers]) == ("Handbook", ["isbn:9783161484100"])


def test_the_journal_that_a_tei_text_says_it_is_of() -> None:
    record = read(
        '<TEI xmlns="http://www.tei-c.org/ns/1.0"><teiHeader><fileDesc><titleStmt><title>A</title></titleStmt><seriesStmt>'
        '<title level="j">Revue</title><biblScope unit="volume">12</biblScope><biblScope unit="page">45-63</biblScope>'
        '<idno type="ISSN">0028-0836</idno></seriesStmt></fileDesc></teiHeader><text><body><p>B.</p></body></text>'
        "</TEI>"
    )
    assert record.venue is not None
    assert (record.venue.name, record.venue.kind, record.volume, record.pages) == ("Revue", "journal", "12", "45-63")
    assert [str(one) for one in record.venue.identifiers] == ["issn:0028-0836"]


def test_where_a_thesis_of_hal_was_defended() -> None:
    record = read(
        '<TEI xmlns="http://www.tei-c.org/ns/1.0"><teiHeader><fileDesc><titleStmt><title>A</title></titleStmt><sourceDesc>'
        "<biblStruct><analytic><title>A</title></analytic><monogr><authority type='supervisor'>B</authority>"
        "<authority type='institution'>Noon</authority></monogr></biblStruct></sourceDesc></fileDesc></teiHeader></TEI>"
    )
    assert record.publisher == "Noon"
