"""PubMed: an invented citation field by field, and sets with faults."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.formats.base import Rejected
from ingest.formats.pubmed import FORMAT
from ontology.errors import FormatError, MalformedPayload
from ontology.identifiers import Identifier
from ontology.records import Affiliation, Funding, Payload, Record, Reference, Relation, Subject, Title

ARTICLE = """<PubmedArticle><MedlineCitation Status="MEDLINE"><PMID Version="1">12345</PMID>
<DateRevised><Year>2021</Year><Month>01</Month><Day>05</Day></DateRevised>
<Article PubModel="Print-Electronic"><Journal><ISSN IssnType="Electronic">1476-4687</ISSN>
<JournalIssue><Volume>7</Volume><Issue>3</Issue>
<PubDate><MedlineDate>2019 Jan-Feb</MedlineDate></PubDate></JournalIssue>
<Title>Annals of sundials</Title><ISOAbbreviation>Ann. Sund.</ISOAbbreviation></Journal>
<ArticleTitle>[Shadows cast by <i>rods</i>].</ArticleTitle>
<Pagination><StartPage>12</StartPage><EndPage>19</EndPage><MedlinePgn>12-9</MedlinePgn></Pagination>
<ELocationID EIdType="doi" ValidYN="N">10.9999/wrong</ELocationID>
<ELocationID EIdType="doi" ValidYN="Y">10.9999/Rods.1</ELocationID>
<Abstract><AbstractText Label="METHODS" NlmCategory="METHODS">We put up <b>rods</b>.</AbstractText>
<AbstractText Label="RESULTS">CO<sub>2</sub> casts none.</AbstractText></Abstract>
<AuthorList CompleteYN="Y"><Author ValidYN="Y"><LastName>Lovelace</LastName><ForeName>Ada B</ForeName>
<Identifier Source="ORCID">http://orcid.org/0000-0002-1825-0097</Identifier>
<AffiliationInfo><Affiliation>University of Sundials</Affiliation>
<Identifier Source="ROR">https://ror.org/04wxnsj81</Identifier></AffiliationInfo></Author>
<Author ValidYN="N"><LastName>Wrong</LastName></Author>
<Author ValidYN="Y"><CollectiveName>Shadow Study Group</CollectiveName></Author></AuthorList>
<Language>ger</Language>
<GrantList><Grant><GrantID>S-1</GrantID><Agency>Sun Fund</Agency></Grant>
<Grant><GrantID>S-2</GrantID><Agency>Sun Fund</Agency></Grant></GrantList>
<PublicationTypeList><PublicationType UI="D016428">Journal Article</PublicationType>
<PublicationType UI="D016454">Review</PublicationType>
<PublicationType UI="D016441">Retracted Publication</PublicationType></PublicationTypeList>
<VernacularTitle>Schatten von Stäben.</VernacularTitle>
<ArticleDate DateType="Electronic"><Year>2018</Year><Month>12</Month><Day>30</Day></ArticleDate></Article>
<MedlineJournalInfo><MedlineTA>Ann Sund</MedlineTA><NlmUniqueID>0410462</NlmUniqueID>
<ISSNLinking>0028-0836</ISSNLinking></MedlineJournalInfo>
<CommentsCorrectionsList><CommentsCorrections RefType="RetractionIn"><RefSource>Ann Sund 2020</RefSource>
<PMID>222</PMID></CommentsCorrections></CommentsCorrectionsList>
<MeshHeadingList><MeshHeading><DescriptorName UI="D013472" MajorTopicYN="N">Sunlight</DescriptorName>
<QualifierName UI="Q000009" MajorTopicYN="Y">adverse effects</QualifierName></MeshHeading>
<MeshHeading><DescriptorName UI="D006801" MajorTopicYN="N">Humans</DescriptorName></MeshHeading></MeshHeadingList>
<KeywordList Owner="NOTNLM"><Keyword MajorTopicYN="N">gnomon</Keyword></KeywordList></MedlineCitation>
<PubmedData><ArticleIdList><ArticleId IdType="pubmed">12345</ArticleId><ArticleId IdType="pmc">PMC777777</ArticleId>
</ArticleIdList><ReferenceList><Reference><Citation>Vitruvius. Ten books.</Citation><ArticleIdList>
<ArticleId IdType="pubmed">333</ArticleId><ArticleId IdType="doi">10.9999/ten</ArticleId></ArticleIdList></Reference>
</ReferenceList></PubmedData></PubmedArticle>"""

BOOK = """<PubmedBookArticle><BookDocument><PMID>555</PMID><Book><Publisher><PublisherName>Dial Press</PublisherName>
</Publisher><BookTitle>All sundials</BookTitle><PubDate><Year>2011</Year></PubDate><Isbn>9783161484100</Isbn></Book>
<ArticleTitle>Rods</ArticleTitle>
<AuthorList Type="authors"><Author><LastName>Shelley</LastName><ForeName>Mary</ForeName>
</Author></AuthorList><Abstract><AbstractText>On rods.</AbstractText></Abstract></BookDocument></PubmedBookArticle>"""


def parsed(inner: str) -> list[Record | Rejected]:
    return list(FORMAT.parse(Payload(source="test", locator="a.xml", body=inner.encode())))


def in_set(*inner: str) -> str:
    return f"<PubmedArticleSet>{''.join(inner)}</PubmedArticleSet>"


def read(inner: str) -> Record:
    (record,) = parsed(inner)
    assert isinstance(record, Record)
    return record


@pytest.mark.parametrize("body", [ARTICLE, in_set(ARTICLE)], ids=["alone", "in a set"])
def test_every_field(body: str) -> None:
    record = read(body)
    assert record.key == "pmid:12345"
    assert record.format == "pubmed"
    assert record.kind == "review"
    assert [str(one) for one in record.identifiers] == ["pmid:12345", "doi:10.9999/rods.1", "pmcid:PMC777777"]
    assert record.titles == (Title("Shadows cast by rods", "en"), Title("Schatten von Stäben", "de"))
    assert record.abstract == "METHODS: We put up rods.\nRESULTS: CO2 casts none."
    assert record.language == "de"
    assert record.issued == "2018-12-30"
    assert record.venue is not None
    assert record.venue.name == "Annals of sundials"
    assert {str(one) for one in record.venue.identifiers} == {"issn:0028-0836", "issn:1476-4687", "nlm:0410462"}
    assert (record.volume, record.issue, record.pages) == ("7", "3", "12-19")
    assert record.retracted
    ada, group = record.contributors
    assert (ada.name, ada.given, ada.family) == ("Ada B Lovelace", "Ada B", "Lovelace")
    assert ada.identifiers == (Identifier("orcid", "0000-0002-1825-0097"),)
    assert ada.affiliations == (
        Affiliation(name="University of Sundials", identifiers=(Identifier("ror", "04wxnsj81"),)),
    )
    assert (group.name, group.organisation) == ("Shadow Study Group", True)
    assert record.references == (
        Reference(
            key="1",
            raw="Vitruvius. Ten books.",
            identifiers=(Identifier("pmid", "333"), Identifier("doi", "10.9999/ten")),
        ),
    )
    assert record.subjects == (
        Subject(label="Sunlight", scheme="mesh", code="D013472", major=True),
        Subject(label="Humans", scheme="mesh", code="D006801"),
        Subject(label="gnomon"),
    )
    assert record.funding == (Funding(funder="Sun Fund", awards=("S-1", "S-2")),)
    assert record.relations == (Relation(kind="IsRetractedBy", target=Identifier("pmid", "222")),)
    assert [link.url for link in record.links] == ["https://pubmed.ncbi.nlm.nih.gov/12345/"]


def test_the_issue_dates_where_there_is_no_electronic_date() -> None:
    begin, end = ARTICLE.index("<ArticleDate"), ARTICLE.index("</ArticleDate>") + len("</ArticleDate>")
    assert read(ARTICLE[:begin] + ARTICLE[end:]).issued == "2019-01"


def test_a_chapter_of_a_book() -> None:
    record = read(in_set(BOOK))
    assert (record.key, record.kind, record.title, record.issued) == ("pmid:555", "chapter", "Rods", "2011")
    assert record.venue is not None
    assert (record.venue.name, record.venue.kind, record.venue.publisher) == ("All sundials", "book", "Dial Press")
    assert record.abstract == "On rods."
    assert [each.name for each in record.contributors] == ["Mary Shelley"]


def test_deleted_and_broken_citations_leave_their_neighbours() -> None:
    broken = "<PubmedArticle><MedlineCitation/></PubmedArticle>"
    gone = "<DeleteCitation><PMID>666</PMID><PMID>667</PMID></DeleteCitation>"
    found = parsed(in_set(broken, ARTICLE, gone, ARTICLE))
    assert [each.key for each in found] == ["#1", "pmid:12345", "pmid:12345#2", "pmid:666", "pmid:667"]
    assert [each.error for each in found if isinstance(each, Rejected)] == ["MalformedPayload", "Gone", "Gone"]
    assert parsed(in_set()) == []


def test_what_stands_before_a_fault_is_kept() -> None:
    reader = FORMAT.parse(Payload(source="test", locator="a.xml", body=in_set(ARTICLE, "<x").encode()))
    assert isinstance(next(reader), Record)
    with pytest.raises(MalformedPayload) as caught:
        next(reader)
    assert caught.value.place.startswith("line ")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_mutations_end_in_typed_errors(data: st.DataObject) -> None:
    body = in_set(ARTICLE, BOOK).encode()
    begin = data.draw(st.integers(0, len(body)))
    end = data.draw(st.integers(begin, min(len(body), begin + 40)))
    new = data.draw(st.one_of(st.binary(max_size=12), st.sampled_from([b"<", b"&x;", b"</Article>", b"<PMID>"])))
    try:
        payload = Payload(source="test", locator="a.xml", body=body[:begin] + new + body[end:])
        found = list(FORMAT.parse(payload))
    except FormatError:
        return
    assert all(isinstance(each, Record | Rejected) for each in found)
