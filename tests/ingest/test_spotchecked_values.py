"""Values that were read less well than the source says them, found by reading records by eye (`bench.spotcheck`)."""

from __future__ import annotations

import json

import pytest

from ingest.formats.fields import pages_in, without_address
from tests.ingest.reading import read

ELSEVIER = (
    '<xocs:doc xmlns:xocs="http://www.elsevier.com/xml/xocs/dtd"><xocs:meta><xocs:vol-first>353</xocs:vol-first>'
    "<xocs:vol-last>354</xocs:vol-last><xocs:start-date>201201</xocs:start-date>"
    "<xocs:cover-date-start>2012-01-01</xocs:cover-date-start></xocs:meta><xocs:serial-item><article"
    ' xmlns="http://www.elsevier.com/xml/ja/dtd" xmlns:ce="http://www.elsevier.com/xml/common/dtd"><item-info><ce:doi>'
    "10.5555/a</ce:doi></item-info><head><ce:title>A</ce:title><ce:abstract><ce:abstract-sec><ce:simple-para>At 300"
    '<ce:hsp sp="0.25"/>K.</ce:simple-para></ce:abstract-sec></ce:abstract></head></article></xocs:serial-item>'
    "</xocs:doc>"
)


def test_an_elsevier_article_keeps_month_range_of_volumes_and_thin_spaces() -> None:
    record = read(ELSEVIER)
    assert (record.issued, record.volume, record.abstract) == ("2012-01", "353-354", "At 300 K.")


def test_funders_that_jats_tags_in_the_running_text() -> None:
    record = read(
        "<article><front><article-meta><title-group><article-title>A</article-title></title-group></article-meta></front>"
        "<back><ack><p>Funded by the <funding-source>Dial Trust</funding-source> (<award-id>D 1</award-id>).</p></ack>"
        "</back></article>"
    )
    assert [(one.funder, one.awards) for one in record.funding] == [("Dial Trust", ("D 1",))]


def test_a_doi_is_no_pdf_and_an_affiliation_no_mail() -> None:
    record = read(
        '<article xmlns:xlink="http://www.w3.org/1999/xlink"><front><article-meta><title-group><article-title>A'
        "</article-title></title-group><contrib-group><contrib><name><surname>Day</surname></name><xref ref-type='aff'"
        " rid='a'/></contrib></contrib-group><aff id='a'><institution content-type='original'>Univ, Acre; http://orcid.org/"
        "0000-0002-1825-0097; day@ufac.br</institution><country country='BR'>Brasil</country></aff>"
        '<self-uri content-type="pdf" xlink:href="info:doi/10.5555/a"/></article-meta></front></article>'
    )
    assert [(one.rel, one.url) for one in record.links] == [("landing", "https://doi.org/10.5555/a")]
    (place,) = record.contributors[0].affiliations
    assert (place.name, place.country) == ("Univ, Acre", "BR")


def test_an_award_goes_to_the_funder_it_stands_behind() -> None:
    record = read(
        "<article><front><article-meta><title-group><article-title>A</article-title></title-group></article-meta></front>"
        "<back><ack><p>This work was supported by the State Dial Fund/Chinese Dial Council 2008627116 (to Z.L.), NIH"
        " grants, and NYSDOH contract C028504.</p></ack></back></article>"
    )
    assert ("Chinese Dial Council", ("2008627116",)) in [(one.funder, one.awards) for one in record.funding]
    assert not any("C028504" in one.awards for one in record.funding if "Council" in one.funder)


def test_a_chinese_title_and_its_translation_in_the_issue_of_a_journal() -> None:
    record = read(
        '<collection id="2018.ijclclp"><volume id="1"><meta><booktitle>International Journal of Dials, Volume 23,'
        ' Number 1, June 2018</booktitle><year>2018</year></meta><paper id="2"><title>日晷之研究'
        " (A Study on Sundials (Noon))</title><language>zho</language></paper></volume></collection>"
    )
    assert [(t.text, t.language) for t in record.titles] == [("日晷之研究", "zh"), ("A Study on Sundials (Noon)", "en")]
    assert (record.kind, record.volume, record.issue) == ("article", "23", "1")
    assert record.venue is not None
    assert (record.venue.kind, record.venue.name) == ("journal", "International Journal of Dials")


def test_each_funder_of_a_crossref_work_once() -> None:
    funders = [{"name": "NSF", "award": ["1"]}, {"name": "NSF", "award": ["2"]}, {"name": "NSF", "award": ["2"]}]
    record = read(json.dumps({"DOI": "10.5555/a", "type": "journal-article", "title": ["A"], "funder": funders}))
    assert [(one.funder, one.awards) for one in record.funding] == [("NSF", ("1", "2"))]


def test_a_crossref_query_says_publisher_original_language_and_funder_by_number() -> None:
    record = read(
        '<crossref_result xmlns="http://www.crossref.org/qrschema/3.0"><query_result><body><query><crm-item'
        ' name="publisher-name">Dial Press</crm-item><doi_record><crossref xmlns="http://www.crossref.org/xschema/1.1">'
        '<journal><journal_article><titles><title>Cadrans</title><original_language_title language="en">Dials'
        '</original_language_title></titles><program><assertion name="fundgroup"><assertion name="funder_name">Noon'
        '<assertion name="funder_identifier">501100006390</assertion></assertion></assertion></program><doi_data><doi>'
        '10.5555/a</doi><resource>https://a.example/</resource><collection property="link-header"><item'
        ' link_header_relationship="dul"><resource>https://a.example/usage</resource></item></collection></doi_data>'
        "</journal_article></journal></crossref></doi_record></query></body></query_result></crossref_result>"
    )
    assert record.publisher == "Dial Press"
    assert [(t.text, t.language) for t in record.titles] == [("Cadrans", ""), ("Dials", "en")]
    assert [str(i) for one in record.funding for i in one.identifiers] == ["doi:10.13039/501100006390"]
    assert [one.url for one in record.links] == ["https://a.example/"]


def test_the_address_of_a_page_within_a_pdf_is_one_of_a_pdf() -> None:
    record = read("@article{a, title={A}, year={2009}, url={https://a.example/p.pdf#page=12}}")
    assert [one.rel for one in record.links] == ["pdf"]


SCOPUS = (
    "TY  - JOUR\nTI  - A\nAU  - Day, M.\nAU  - Noon, A.\nAD  - Dial Institute\nDB  - Scopus\nC2  - 30704343\n"
    "N1  - Funding details: National Dial Institute, NDI, DK096606, DK064539\nN1  - Funding details: S0112/10209/16\n"
    "N1  - References: Sender, R., Milo, R.A., Are we many? (2016) Cell, 164 (3), pp. 337-340;\n"
    "Anon., Dials, 10.5555/b\n"
    "ER  - \n"
)


def test_what_scopus_writes_into_notes() -> None:
    record = read(SCOPUS)
    assert [str(i) for i in record.identifiers] == ["pmid:30704343"]
    assert [[place.name for place in one.affiliations] for one in record.contributors] == [["Dial Institute"]] * 2
    assert [(one.funder, one.awards) for one in record.funding] == [
        ("National Dial Institute", ("DK096606", "DK064539")),
    ]
    first, second = record.references
    assert (first.author, first.year, first.title, first.venue) == ("Sender, R.", 2016, "Are we many?", "Cell")
    assert (first.volume, first.page, first.raw[-11:]) == ("164", "337", "pp. 337-340")
    assert (second.raw, [str(i) for i in second.identifiers]) == ("Anon., Dials, 10.5555/b", ["doi:10.5555/b"])


def test_embase_says_whose_an_address_is() -> None:
    record = read(
        "TY  - JOUR\nTI  - A\nA1  - Liu R.\nA1  - Day M.\nM1  - (Day M., day@a.example) Dial Hall\nAD  - X\nER  - \n"
    )
    assert [[place.name for place in one.affiliations] for one in record.contributors] == [[], ["Dial Hall"]]


@pytest.mark.parametrize(
    ("printed", "kept"),
    [
        ("Pleinlaan 2, 1050 Brussels, Belgium. thamelry@vub.ac.be", "Pleinlaan 2, 1050 Brussels, Belgium."),
        ("Trust, UK. Electronic address: fabio.gomes2@nhs.net.", "Trust, UK."),
        ("UFAC, Acre, Brasil; http://orcid.org/0000-0002-2437-9030; jccfogo62@gmail.com", "UFAC, Acre, Brasil"),
        ("Dial Hall, noon @ night", "Dial Hall, noon @ night"),
    ],
)
def test_a_line_that_says_where_somebody_works_has_no_mail(printed: str, kept: str) -> None:
    assert without_address(printed) == kept


@pytest.mark.parametrize(
    ("printed", "pages"),
    [
        ("115-7", "115-117"),
        ("119424-119424", "119424"),
        ("e1-e9", "e1-e9"),
        ("7", "7"),
        ("1-2-3", "1-2-3"),
        ("9-", "9"),
    ],
)
def test_a_printed_range_of_pages_in_full(printed: str, pages: str) -> None:
    assert pages_in(printed) == pages


def test_a_work_on_an_orcid_record_has_what_only_its_citation_says() -> None:
    entry = "@article{a, author={Day, Mid and Noon, Ada}, title={A}, volume={30}, number={1}, pages={1--8},"
    entry += " doi={10.5555/A}}"
    work = {
        "put-code": 7, "path": "/0000-0002-1825-0097/work/7", "type": "journal-article",
        "title": {"title": {"value": "A"}}, "journal-title": {"value": "Dials"},
        "citation": {"citation-type": "bibtex", "citation-value": entry},
    }  # fmt: skip
    record = read(json.dumps(work))
    assert [one.name for one in record.contributors] == ["Mid Day", "Ada Noon"]
    assert (record.key, record.volume, record.issue, record.pages) == ("put-code:7", "30", "1", "1-8")
    assert [str(one) for one in record.identifiers] == ["doi:10.5555/a"]


def test_the_short_name_of_a_licence_in_a_table() -> None:
    record = read("title,abstract,year,licence,journal\nA,B,2017,cc-by,Dials\n")
    assert (record.license, record.open_access) == ("cc-by", True)


def test_data_and_funding_among_the_sections_of_the_text() -> None:
    record = read(
        "<article><front><article-meta><title-group><article-title>A</article-title></title-group></article-meta></front>"
        "<body><sec><title>Results</title><p>None: 10.5061/dryad.0.</p></sec><sec><title>Data availability</title>"
        "<p>All are in 10.5061/dryad.1.</p></sec><sec><title>Funding</title><p>Supported by the Dial Foundation (grant"
        " D12345).</p></sec>"
        "</body></article>"
    )
    assert [(one.kind, str(one.target)) for one in record.relations] == [("IsSupplementedBy", "doi:10.5061/dryad.1")]
    assert [(one.funder, one.awards) for one in record.funding] == [("Dial Foundation", ("D12345",))]


def test_the_funder_registry_s_doi_beside_an_award() -> None:
    record = read(
        '<article xmlns:xlink="http://www.w3.org/1999/xlink"><front><article-meta><title-group><article-title>A'
        "</article-title></title-group><funding-group>"
        '<award-group xlink:href="http://dx.doi.org/10.13039/100004440"><funding-source>W</funding-source></award-group>'
        '<award-group xlink:href="https://doi.org/10.5555/award"><funding-source>V</funding-source></award-group>'
        "</funding-group></article-meta></front></article>"
    )
    assert [[str(i) for i in one.identifiers] for one in record.funding] == [["doi:10.13039/100004440"], []]


def test_mods_abstracts_in_other_languages() -> None:
    record = read(
        '<mods xmlns="http://www.loc.gov/mods/v3"><titleInfo><title>A</title></titleInfo><language><languageTerm>eng'
        '</languageTerm></language><abstract>Noon.</abstract><abstract lang="ger">Mittag.</abstract></mods>'
    )
    assert (record.abstract, [(one.text, one.language) for one in record.abstracts]) == ("Noon.", [("Mittag.", "de")])
