"""PubMed XML: a citation by heart, invented ones for what is rare, then all real sets."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from ingest.formats.base import Rejected
from ingest.formats.pubmed import FORMAT
from ontology.errors import FormatError, MalformedPayload
from ontology.identifiers import Identifier
from ontology.records import Affiliation, Funding, Payload, Record, Reference, Relation, Subject, Title


def read(body: bytes | str) -> list[Record | Rejected]:
    body = body.encode() if isinstance(body, str) else body
    return list(FORMAT.parse(Payload(source="test", locator="test", body=body)))


def citation(article: str = "", rest: str = "", data: str = "", pmid: str = "100") -> str:
    return (
        f"<PubmedArticle><MedlineCitation><PMID>{pmid}</PMID><Article>{article}</Article>{rest}</MedlineCitation>"
        f"<PubmedData>{data}</PubmedData></PubmedArticle>"
    )


def one(article: str = "", rest: str = "", data: str = "") -> Record:
    (record,) = read(f"<PubmedArticleSet>{citation(article, rest, data)}</PubmedArticleSet>")
    assert isinstance(record, Record), record
    return record


@pytest.mark.shared
def test_a_citation_by_heart(shared: Path) -> None:
    (record,) = read((shared / "pubmed_xml/metapub/32306807.xml").read_bytes())
    assert isinstance(record, Record)
    assert (record.key, record.kind, record.language) == ("pmid:32306807", "article", "en")
    assert record.identifiers == (Identifier("pmid", "32306807"), Identifier("doi", "10.1080/00498254.2020.1755909"))
    title = (
        "Pharmacokinetics of trastuzumab deruxtecan (T-DXd), a novel anti-HER2 antibody-drug conjugate, "
        "in HER2-positive tumour-bearing mice"
    )
    assert record.titles == (Title(title, "en"),)
    assert "cleared from the circulation (T1/2; 1.35 h) and excreted" in record.abstract
    assert record.issued == "2020-04-22"
    assert (record.volume, record.issue, record.pages) == ("50", "10", "1242-1250")
    assert record.venue is not None
    assert record.venue.name == "Xenobiotica; the fate of foreign compounds in biological systems"
    assert record.venue.identifiers == (
        Identifier("issn", "0049-8254"), Identifier("issn", "1366-5928"), Identifier("nlm", "1306665"),
    )  # fmt: skip
    assert [each.name for each in record.contributors] == [
        "Hiromi Okamoto", "Masataka Oitate", "Katsunobu Hagihara", "Hideyuki Shiozawa", "Yoshitake Furuta",
        "Yusuke Ogitani", "Hiroshi Kuga",
    ]  # fmt: skip
    assert record.contributors[5].affiliations == (
        Affiliation(name="Oncology Research Laboratories II, Daiichi Sankyo Co., Ltd, Tokyo, Japan."),
    )
    mesh = [each for each in record.subjects if each.scheme == "mesh"]
    assert [each.code for each in mesh] == [
        "D000080044", "D000818", "D002166", "D045744", "D018796", "D051379", "D059004", "D000068878", "C000614160",
    ]  # fmt: skip
    assert [each.label for each in mesh if each.major] == ["Camptothecin", "Immunoconjugates", "Trastuzumab"]
    keywords = [each.label for each in record.subjects if not each.scheme]
    assert keywords[:2] == ["Antibody–drug conjugate (ADC)", "DS-8201a"]
    assert len(keywords) == 9
    assert record.links[0].url == "https://pubmed.ncbi.nlm.nih.gov/32306807/"
    assert not record.retracted


@pytest.mark.shared
def test_orcids_pmc_and_references(shared: Path) -> None:
    (record,) = read((shared / "pubmed_xml/metapub/39337530.xml").read_bytes())
    assert isinstance(record, Record)
    assert record.kind == "review"
    assert Identifier("pmcid", "PMC11432526") in record.identifiers
    assert [each.identifiers for each in record.contributors] == [
        (), (Identifier("orcid", "0000-0003-3751-2440"),), (Identifier("orcid", "0000-0002-9213-0325"),), (),
    ]  # fmt: skip
    first = record.references[0]
    assert first.identifiers == (Identifier("doi", "10.6004/jnccn.2022.0025"), Identifier("pmid", "35545176"))
    assert first.raw.startswith("Ettinger D.S., Wood D.E., Aisner D.L.")


def test_structured_abstract_translated_title_and_editors() -> None:
    record = one(
        "<ArticleTitle>[On <i>old</i> sundials.]</ArticleTitle>"
        "<VernacularTitle>Über alte Sonnenuhren.</VernacularTitle>"
        '<Abstract><AbstractText Label="AIM" NlmCategory="OBJECTIVE">To see.</AbstractText>'
        '<AbstractText Label="UNLABELLED">We saw H<sub>2</sub>O.</AbstractText></Abstract>'
        '<AuthorList Type="editors"><Author><LastName>Kim</LastName><Initials>AB</Initials></Author></AuthorList>'
        "<AuthorList><Author><CollectiveName>The Shadow Group</CollectiveName></Author></AuthorList>"
        "<Language>ger</Language>"
    )
    assert record.titles == (Title("On old sundials", "en"), Title("Über alte Sonnenuhren", "de"))
    assert record.abstract == "AIM: To see.\nWe saw H2O."
    assert [(each.name, each.role, each.organisation) for each in record.contributors] == [
        ("AB Kim", "editor", False), ("The Shadow Group", "author", True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("date", "issued"),
    [
        ("<Year>1990</Year><Season>Spring</Season>", "1990"), ("<Year>2001</Year><Month>Jun</Month>", "2001-06"),
        ("<MedlineDate>1998 Dec-1999 Jan</MedlineDate>", "1998-12"), ("<MedlineDate>2000 Spring</MedlineDate>", "2000"),
        ("<MedlineDate>Winter</MedlineDate>", ""), ("<Year>2016</Year><Month>2</Month><Day>31</Day>", "2016-02"),
    ],
)  # fmt: skip
def test_dates(date: str, issued: str) -> None:
    assert one(f"<Journal><JournalIssue><PubDate>{date}</PubDate></JournalIssue></Journal>").issued == issued


def test_retractions_and_corrections() -> None:
    notes = (
        "<CommentsCorrectionsList>"
        '<CommentsCorrections RefType="RetractionIn"><RefSource>J</RefSource><PMID>7</PMID></CommentsCorrections>'
        '<CommentsCorrections RefType="ErratumIn"><RefSource>doi: 10.5555/Err</RefSource></CommentsCorrections>'
        '<CommentsCorrections RefType="Cites"><RefSource>Kim 2014</RefSource><PMID>8</PMID></CommentsCorrections>'
        "</CommentsCorrectionsList>"
    )
    record = one(rest=notes)
    assert record.retracted
    assert record.relations == (
        Relation(kind="IsRetractedBy", target=Identifier("pmid", "7")),
        Relation(kind="IsCorrectedBy", target=Identifier("doi", "10.5555/err")),
    )
    assert record.references == (Reference(key="1", raw="Kim 2014", identifiers=(Identifier("pmid", "8"),)),)
    types = '<PublicationTypeList><PublicationType UI="D016441">Retracted Publication</PublicationType>'
    assert one(f"{types}</PublicationTypeList>").retracted
    notice = '<PublicationTypeList><PublicationType UI="D016440">Retraction of Publication</PublicationType>'
    assert one(f"{notice}</PublicationTypeList>").kind == "retraction"


def test_grants_join_their_agency() -> None:
    grant = "<Grant><GrantID>{}</GrantID><Agency>NCI</Agency></Grant>"
    record = one(
        f"<GrantList>{grant.format('P30')}{grant.format('R01')}<Grant><GrantID>x</GrantID></Grant></GrantList>"
    )
    assert record.funding == (Funding(funder="NCI", awards=("P30", "R01")),)


def test_diseases_and_substances_outside_the_tree() -> None:
    rest = (
        '<SupplMeshList><SupplMeshName UI="C538462">Rare disease</SupplMeshName></SupplMeshList>'
        '<KeywordList><Keyword MajorTopicYN="Y">shadow</Keyword></KeywordList>'
    )
    assert one(rest=rest).subjects == (
        Subject(label="Rare disease", scheme="mesh", code="C538462"), Subject(label="shadow", major=True),
    )  # fmt: skip


def test_deleted_citations_are_named() -> None:
    deletion = "<DeleteCitation><PMID>5</PMID><PMID>6</PMID></DeleteCitation>"
    body = f"<PubmedArticleSet>{citation()}{deletion}</PubmedArticleSet>"
    record, *deleted = read(body)
    assert isinstance(record, Record)
    assert [(each.key, each.error) for each in deleted if isinstance(each, Rejected)] == [
        ("pmid:5", "Gone"), ("pmid:6", "Gone"),
    ]  # fmt: skip


def test_books_of_the_bookshelf() -> None:
    (record,) = read(
        "<PubmedArticleSet><PubmedBookArticle><BookDocument><PMID>9</PMID><Book><Publisher><PublisherName>NCBI"
        "</PublisherName></Publisher><BookTitle>GeneReviews</BookTitle><PubDate><Year>1993</Year></PubDate></Book>"
        "<ArticleTitle>A Syndrome.</ArticleTitle><Language>eng</Language></BookDocument></PubmedBookArticle>"
        "</PubmedArticleSet>"
    )
    assert isinstance(record, Record)
    assert (record.kind, record.title, record.issued, record.publisher) == ("chapter", "A Syndrome", "1993", "NCBI")
    assert record.venue is not None
    assert record.venue.name == "GeneReviews"


def test_a_bare_medline_citation() -> None:
    (record,) = read(
        "<MedlineCitation><PMID>3</PMID><Article><ArticleTitle>Old.</ArticleTitle></Article></MedlineCitation>"
    )
    assert record.key == "pmid:3"


def test_a_broken_citation_is_rejected_and_its_neighbours_are_read() -> None:
    body = f"<PubmedArticleSet>{citation(pmid='1')}\n<PubmedArticle/>\n{citation(pmid='2')}</PubmedArticleSet>"
    first, second, third = read(body)
    assert [first.key, third.key] == ["pmid:1", "pmid:2"]
    assert isinstance(second, Rejected)
    assert second.place == "record 2, line 2, <PubmedArticle>"


def test_what_stands_before_a_break_is_kept() -> None:
    body = f"<PubmedArticleSet>{citation(pmid='1')}\n<PubmedArticle><MedlineCitation><PMID>2</PM"
    stream = FORMAT.parse(Payload(source="test", locator="test", body=body.encode()))
    assert next(stream).key == "pmid:1"
    with pytest.raises(MalformedPayload) as caught:
        next(stream)
    assert caught.value.place.startswith("line 2")


def test_an_entity_is_never_expanded() -> None:
    bomb = f'<!DOCTYPE PubmedArticleSet [<!ENTITY a "{escape("x" * 100)}">]>'
    title = "<ArticleTitle>&a;</ArticleTitle>"
    with pytest.raises(FormatError):
        read(f"{bomb}<PubmedArticleSet>{citation(title)}</PubmedArticleSet>")


@pytest.mark.shared
def test_every_real_citation_is_read(shared: Path) -> None:
    kept: list[Record] = []
    told: Counter[str] = Counter()
    for path in sorted((shared / "pubmed_xml").rglob("*.xml")):
        body = path.read_bytes()
        assert FORMAT.recognises(body[:4096], ".xml"), path
        for tag in ("PubmedArticle", "MeshHeading", "Author ", "Reference", "Keyword "):
            told[tag] += body.count(f"<{tag}>".replace(" >", " ").encode())
        told["doi"] += body.count(b'<ELocationID EIdType="doi"')
        for entry in read(body):
            assert isinstance(entry, Record), entry
            kept.append(entry)
    assert len(kept) == told["PubmedArticle"] == 328
    headings = [each for record in kept for each in record.subjects if each.scheme == "mesh" and each.code[0] == "D"]
    assert len(headings) == told["MeshHeading"]
    assert sum(len(record.contributors) for record in kept) == told["Author "]
    assert sum(not each.scheme for record in kept for each in record.subjects) == told["Keyword "]
    cited = sum(len(record.references) for record in kept)
    assert told["Reference"] <= cited <= told["Reference"] + 141
    assert all(record.title and record.issued and record.venue for record in kept)
    assert sum(any(i.scheme == "doi" for i in record.identifiers) for record in kept) >= told["doi"] > 250


def test_abstracts_in_other_languages() -> None:
    other = '<OtherAbstract Type="Publisher" Language="chi"><AbstractText>影子很长。</AbstractText></OtherAbstract>'
    assert [(t.text, t.language) for t in one(rest=other).abstracts] == [("影子很长。", "zh")]
