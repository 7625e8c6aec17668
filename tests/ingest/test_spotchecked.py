"""What reading records beside their sources by eye has found (`python -m bench.spotcheck`), and fuzzing."""

from __future__ import annotations

import json

import pytest

from ingest.formats.base import Rejected
from ingest.formats.detect import parse
from ontology.agents import AgentRecord
from ontology.errors import MalformedPayload
from ontology.identifiers import normalise
from ontology.records import Payload, Record
from tests.ingest.reading import read


@pytest.mark.parametrize(
    ("host", "title", "venue"),
    [
        ("<sb:issue><sb:series><sb:title><sb:maintitle>T</sb:maintitle></sb:title></sb:series></sb:issue>", "", "T"),
        ("<sb:book><sb:title><sb:maintitle>All tides</sb:maintitle></sb:title></sb:book>", "All tides", ""),
    ],
)  # fmt: skip
def test_a_cited_article_without_title_is_not_called_by_its_journal(host: str, title: str, venue: str) -> None:
    record = read(
        '<article xmlns="http://www.elsevier.com/xml/ja/dtd" xmlns:ce="http://www.elsevier.com/xml/common/dtd"'
        ' xmlns:sb="http://www.elsevier.com/xml/common/struct-bib/dtd"><item-info><ce:doi>10.5555/a</ce:doi></item-info>'
        '<head><ce:title>A</ce:title></head><tail><ce:bibliography><ce:bib-reference id="b1"><sb:reference>'
        f"<sb:contribution/><sb:host>{host}</sb:host></sb:reference></ce:bib-reference></ce:bibliography></tail></article>"
    )
    assert [(one.title, one.venue) for one in record.references] == [(title, venue)]


@pytest.mark.parametrize(
    ("said", "is_open"),
    [
        (
            "This is an open-access article distributed under the terms of the Creative Commons Attribution License",
            True,
        ),
        ("All rights reserved. For open access see our site.", None),
    ],
)
def test_a_licence_in_mere_words_says_that_an_article_is_open(said: str, is_open: bool | None) -> None:
    record = read(
        "<article><front><article-meta><title-group><article-title>A</article-title></title-group><permissions><license>"
        f"<license-p>{said}</license-p></license></permissions></article-meta></front></article>"
    )
    assert (record.license, record.open_access) == ("", is_open)


def test_names_that_were_escaped_twice() -> None:
    record = read(
        '<doi_batch xmlns="http://www.crossref.org/schema/5.3.1"><body><journal><journal_metadata><full_title>J'
        "</full_title></journal_metadata><journal_article><titles><title>A</title></titles><contributors><person_name"
        ' contributor_role="author"><given_name>Bernard</given_name><surname>’t&amp;nbsp;Hart</surname></person_name>'
        "</contributors><doi_data><doi>10.5555/a</doi></doi_data></journal_article></journal></body></doi_batch>"
    )
    assert record.contributors[0].name == "Bernard ’t Hart"


def test_a_title_that_says_its_language() -> None:
    record = read(
        '<collection id="X00"><volume id="1"><meta><booktitle>B</booktitle><year>1979</year></meta><paper id="1">'
        "<title>Databehandling [In <fixed-case>S</fixed-case>wedish]</title></paper></volume></collection>"
    )
    assert record.language == "sv"


@pytest.mark.parametrize("printed", ["“10.17605/osf.io/cfn4u”", "https://doi.org/10.17605/OSF.IO/CFN4U/"])
def test_a_doi_without_what_stands_around_it(printed: str) -> None:
    assert normalise("doi", printed) == "10.17605/osf.io/cfn4u"


def test_an_element_name_that_only_one_of_two_parsers_takes() -> None:
    body = b'<collection xmlns="http://www.loc.gov/MARC21/slim"><record/>\n<record><le:/></record></collection>'
    with pytest.raises(MalformedPayload, match="le:") as caught:
        list(parse(Payload(source="test", locator="test", body=body, media="marc")))
    assert caught.value.place == "line 2"


@pytest.mark.parametrize(
    "notice",
    [
        "(PsycINFO Database Record (c) 2019 APA, all rights reserved)", "[Author Abstract] KEY WORDS: dials; noon",
        "[ABSTRACT FROM AUTHOR]", "[Abstract]",
    ],
)  # fmt: skip
def test_an_abstract_without_the_notice_of_a_database(notice: str) -> None:
    assert read(f"TY  - JOUR\nTI  - A\nAB  - Dials tell noon. {notice}\nER  - \n").abstract == "Dials tell noon."


def test_orcids_that_ovid_lists_after_the_names() -> None:
    record = read(
        "TY  - JOUR\nTI  - A\nA1  - Nomon, Ada A\nA1  - Day, Mid\nA1  - Wang-Li, Wei\nAI  - ORCID: http://orcid.org/"
        "Nomon, Ada A.; ORCID: http://orcid.org/0000-0002-1825-0097, Wang-Li, Wei; ORCID: http://orcid.org/"
        "0000-0001-5109-3700\nER  - \n"
    )
    assert [[i.value for i in one.identifiers] for one in record.contributors] == [
        ["0000-0002-1825-0097"], [], ["0000-0001-5109-3700"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "abstract"),
    [
        ("AbstractYouth with dials sleep.", "Youth with dials sleep."),
        ("Abstract: A dial.", "A dial."),
        ("Abstract algebra of dials.", "Abstract algebra of dials."),
    ],
)
def test_the_heading_glued_to_an_abstract_goes(said: str, abstract: str) -> None:
    assert read(f"TY  - JOUR\nTI  - A\nAB  - {said}\nER  - \n").abstract == abstract


@pytest.mark.parametrize(
    ("kind", "listed", "meant"),
    [
        ("other", "software", "software"),
        ("", "openaire_data", "dataset"),
        ("article", "software", "article"),
        ("", "x", "other"),
    ],
)
def test_the_set_says_what_the_type_does_not(kind: str, listed: str, meant: str) -> None:
    record = read(
        f"<OAI-PMH><ListRecords><record><header><setSpec>user-a</setSpec><setSpec>{listed}</setSpec></header><metadata>"
        '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>A</dc:title><dc:type>{kind}</dc:type></oai_dc:dc>'
        "</metadata></record></ListRecords></OAI-PMH>"
    )
    assert record.kind == meant


def test_whom_somebody_writes_for_is_a_group() -> None:
    author = "<author><keyname>Collaboration</keyname><forenames>for the VERITAS</forenames></author>"
    record = read(
        f'<arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>1501.03554</id><authors><author><keyname>Wang</keyname></author>'
        f"{author}</authors><title>A</title></arXiv>"
    )
    assert [(one.name, one.organisation) for one in record.contributors] == [
        ("Wang", False),
        ("VERITAS Collaboration", True),
    ]


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("Lisbon, Portugal", ("Lisbon", "", "Portugal")),
        ("Reno, Nevada", ("Reno", "Nevada", "")),
        ("Reno, Nevada, USA", ("Reno", "Nevada", "USA")),
    ],
)
def test_where_a_conference_was(said: str, place: tuple[str, str, str]) -> None:
    body = (
        '<record xmlns="http://www.loc.gov/MARC21/slim"><leader>00000coc 2200000uu 4500</leader><datafield tag="111">'
        f'<subfield code="a">Noon Conference</subfield><subfield code="c">{said}</subfield></datafield></record>'
    )
    (found,) = parse(Payload(source="test", locator="X00.xml", body=body.encode()))
    assert isinstance(found, AgentRecord)
    assert [(one.town, one.region, one.country) for one in found.places] == [place]


@pytest.mark.parametrize(("first", "pages"), [("Korea", ""), ("12", "12"), ("xii", "xii")])
def test_a_word_is_no_page(first: str, pages: str) -> None:
    record = read(
        '{"data": {"id": "10.5555/a", "type": "dois", "attributes": {"doi": "10.5555/a", "titles": [{"title": "A"}], '
        f'"container": {{"title": "B", "firstPage": "{first}"}}, "types": {{"resourceTypeGeneral": "Text"}}}}}}}}'
    )
    assert record.pages == pages


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            '{"id": "https://openalex.org/keywords/noon", "display_name": "Noon"}',
            "keywords/noon is a keyword, not a work",
        ),
        ('{"id": "https://openalex.org/C71924100", "display_name": "Noon"}', "C71924100 is a concept, not a work"),
        ("title;doi;abstract;authors\n;10.4;A;B\n", "there is no title, and “10.4” is no identifier"),
    ],
)
def test_why_a_record_is_none(body: str, said: str) -> None:
    (found,) = parse(Payload(source="test", locator="X00.csv", body=body.encode()))
    assert isinstance(found, Rejected)
    assert said in found.message


@pytest.mark.parametrize(
    ("more", "venue", "kind"),
    [
        ('"journal": {"name": "Mind", "pages": "433-460", "volume": "LIX"}', "Mind", "journal"),
        ('"journal": {"name": "ArXiv", "volume": "abs/1905.1"}', "All of AI", "other"),
        ('"publicationVenue": {"name": "Mind"}, "journal": {"name": "Mind (London)", "volume": "1"}', "Mind", "other"),
    ],
)
def test_the_journal_of_a_volume_goes_before_a_book_that_printed_it_again(more: str, venue: str, kind: str) -> None:
    record = read(
        '{"paperId": "2d56", "externalIds": {"CorpusId": 14636783}, "corpusId": 14636783, "title": "Computing", '
        f'"venue": "All of AI", "publicationTypes": ["JournalArticle"], {more}}}'
    )
    assert record.venue is not None
    assert (record.venue.name, record.venue.kind) == (venue, kind)


def test_an_author_of_s2orc_that_is_an_affiliation_alone_is_nobody() -> None:
    text = "Noon\nHall of Dials, Lisbon\nAda Nomon, Hall of Dials"
    parts = {"title": (0, 4), "author": ((4, 26), (27, 51)), "authoraffiliation": ((5, 26), (38, 51))}
    said = {
        name: json.dumps([{"start": a, "end": b} for a, b in (spans if isinstance(spans[0], tuple) else (spans,))])
        for name, spans in parts.items()
    }
    body = {"corpusid": 7, "externalids": {}, "content": {"source": {}, "text": text, "annotations": said}}
    record = read(json.dumps(body))
    assert [(one.name, [place.name for place in one.affiliations]) for one in record.contributors] == [
        ("Ada Nomon", ["Hall of Dials"])
    ]


def test_an_id_that_is_no_text_is_none() -> None:
    """Found by fuzzing: an untyped error."""
    record = read('{"@context": "https://schema.org", "@graph": [{"@type": "Dataset", "name": "A", "@id": {"a": 1}}]}')
    assert record.title == "A"


def test_an_error_of_orcid_is_told_in_its_words() -> None:
    body = (
        '<error:error xmlns:error="http://www.orcid.org/ns/error"><error:response-code>404</error:response-code>'
        "<error:user-message>The resource was not found.</error:user-message></error:error>"
    )
    with pytest.raises(MalformedPayload, match="The resource was not found"):
        read(body)


def test_an_id_that_stands_twice_does_not_cost_the_paper() -> None:
    record = read(
        '<TEI xmlns="http://www.tei-c.org/ns/1.0"><teiHeader><fileDesc><titleStmt><title>A</title></titleStmt></fileDesc>'
        '</teiHeader><text><body><div><head>B</head><p>C</p><formula xml:id="formula_0">x</formula>'
        '<formula xml:id="formula_0">y</formula></div></body></text></TEI>'
    )
    assert record.document is not None
    assert record.document.text == "A\nC\nx\ny"


def test_an_id_that_stands_twice_ends_no_set_of_records() -> None:
    record = '<record xmlns="http://www.loc.gov/MARC21/slim" id="same"><leader>{}</leader>{}</record>'
    title = '<datafield tag="245"><subfield code="a">Tides {}</subfield></datafield>'
    every = "".join(record.format("00000nam a2200000 a 4500", title.format(n)) for n in range(3)).replace(
        ' id="', ' xml:id="'
    )
    body = f'<collection xmlns="http://www.loc.gov/MARC21/slim">{every}</collection>'
    found = [
        one for one in parse(Payload(source="test", locator="set.xml", body=body.encode())) if isinstance(one, Record)
    ]
    assert [one.title for one in found] == ["Tides 0", "Tides 1", "Tides 2"]


def test_what_stands_before_a_fault_in_a_set_is_read() -> None:
    record = '<record xmlns="http://www.loc.gov/MARC21/slim"><leader>00000nam a2200000 a 4500</leader>{}</record>'
    title = '<datafield tag="245"><subfield code="a">Tides</subfield></datafield>'
    body = f"<collection>{record.format(title) * 2}<record></collection>"
    found: list[object] = []
    with pytest.raises(MalformedPayload, match="mismatch") as told:
        found.extend(parse(Payload(source="test", locator="set.xml", body=body.encode())))
    assert len(found) == 2
    assert "line 1" in told.value.place
