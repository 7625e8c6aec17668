"""Which reader a payload is for: every real file, every format in small, and payloads turned over by hypothesis."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.formats.base import Rejected
from ingest.formats.detect import FORMATS, GUESSING, HEAD, detect, parse
from ontology.agents import AgentRecord
from ontology.errors import EmptyPayload, EncodingError, FormatError, UnknownFormat
from ontology.records import Payload, Record

SAMPLES: dict[str, bytes] = {
    "jats": b'<article article-type="research-article"><front><article-meta><title-group><article-title>A'
    b"</article-title></title-group></article-meta></front></article>",
    "pubmed": b"<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>7</PMID><Article><ArticleTitle>A</ArticleTitle>"
    b"</Article></MedlineCitation></PubmedArticle></PubmedArticleSet>",
    "acl": b'<collection id="P18"><volume id="1"><meta><booktitle>B</booktitle><year>2018</year></meta><paper id="1">'
    b"<title>A</title><author><first>Ada</first><last>Lovelace</last></author></paper></volume></collection>",
    "datacite_xml": b'<resource xmlns="http://datacite.org/schema/kernel-4"><identifier identifierType="DOI">10.5555/a'
    b"</identifier><titles><title>A</title></titles></resource>",
    "oai_dc": b'<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/"'
    b' xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>A</dc:title></oai_dc:dc>',
    "semantic_scholar": b'{"paperId": "6", "externalIds": {"DOI": "10.5555/1"}, "title": "On sundials"}',
    "s2orc": b'{"paper_id": "1", "title": "A", "abstract": "B", "pdf_parse": {"body_text": []}}',
    "openalex": b'{"id": "https://openalex.org/W100", "title": "A",'
    b' "authorships": [{"author": {"display_name": "Ada"}}]}',
    "datacite_json": b'{"data": {"id": "10.5555/a", "type": "dois", "attributes": {"doi": "10.5555/a", "creators": '
    b'[{"name": "Lovelace, Ada"}], "titles": [{"title": "A"}], "publicationYear": 1843}}}',
    "crossref": b'{"DOI": "10.5555/a", "title": ["A"], "author": [{"family": "Lovelace"}], "reference": [{"key": "1"}],'
    b' "issued": {"date-parts": [[1843, 10]]}, "abstract": "<jats:p>B</jats:p>"}',
    "openalex_csv": b"id,title,ids.openalex,authorships.author.id,authorships.author.display_name,cited_by_api_url\n"
    b"https://openalex.org/W100,A,,A1|A2,Ada|Bob,\nW101,B,,,,\n",
    "crossref_deposit": b'<doi_batch xmlns="http://www.crossref.org/schema/5.3.1"><body><journal><journal_metadata>'
    b"<full_title>J</full_title></journal_metadata><journal_article><titles><title>A</title></titles><doi_data><doi>"
    b"10.5555/a</doi></doi_data></journal_article></journal></body></doi_batch>",
    "elsevier": b'<xocs:doc xmlns:xocs="http://www.elsevier.com/xml/xocs/dtd" xmlns:ce="http://www.elsevier.com/xml/'
    b'common/dtd"><article><item-info><doi>10.5555/a</doi></item-info><head><ce:title>A</ce:title></head></article>'
    b"</xocs:doc>",
    "tei": b'<TEI xmlns="http://www.tei-c.org/ns/1.0"><teiHeader><fileDesc><titleStmt><title>A</title></titleStmt>'
    b"</fileDesc></teiHeader><text><body><div><head>B</head><p>C</p></div></body></text></TEI>",
    "scisumm": b'<PAPER><S sid="0">A</S><SECTION title="1 B" number="1"><S sid="1" ssid="1">C.</S></SECTION></PAPER>',
    "arxiv": b'<arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>1507.03011</id><authors><author><keyname>Nomon</keyname>'
    b"<forenames>Ada</forenames></author></authors><title>A</title><abstract>B</abstract></arXiv>",
    "mods": b'<mods xmlns="http://www.loc.gov/mods/v3"><titleInfo><title>A</title></titleInfo><name type="personal">'
    b"<namePart>Nomon, Ada</namePart></name></mods>",
    "marc": b'<record xmlns="http://www.loc.gov/MARC21/slim"><leader>00000nam a2200000 a 4500</leader><datafield '
    b'tag="245" ind1="0" ind2="0"><subfield code="a">A</subfield></datafield></record>',
    "europepmc": b'{"id": "7", "source": "MED", "pmid": "7", "title": "A.", "authorString": "Nomon A.", "pubYear": '
    b'"2019", "isOpenAccess": "N", "inEPMC": "N"}',
    "orcid": b'{"put-code": 7, "path": "/0000-0002-1825-0097/work/7", "title": {"title": {"value": "A"}}, "type": '
    b'"book", "external-ids": {"external-id": []}}',
    "orcid_xml": b'<work:work put-code="7" path="/0000-0002-1825-0097/work/7" xmlns:work="http://www.orcid.org/ns/work">'
    b"<work:title><title>A</title></work:title><work:type>book</work:type></work:work>",
    "ror": b'{"id": "https://ror.org/02d1a7w42", "names": [{"value": "A", "types": ["ror_display"], "lang": "en"}], '
    b'"locations": [{"geonames_id": 1, "geonames_details": {"name": "L"}}], "relationships": []}',
    "csl": b'[{"id": "a", "type": "article-journal", "title": "A", "author": [{"family": "Nomon", "given": "Ada"}], '
    b'"issued": {"date-parts": [["2019", 3]]}}]',
    "opencitations": b'"id","title","author","pub_date","venue","volume","issue","page","type","publisher","editor"\n'
    b'"doi:10.5555/a","A","Nomon, Ada [orcid:0000-0002-1825-0097]","2019","J [issn:0028-0836]","","","","","",""\n',
    "ris": b"TY  - JOUR\nTI  - A\nAU  - Nomon, Ada\nPY  - 2019\nER  - \n",
    "medline": b"PMID- 7\nTI  - A.\nFAU - Nomon, Ada\nJT  - J\nDP  - 2019 Mar\n",
    "schema_org": b'{"@context": "https://schema.org/", "@type": "Dataset", "name": "A", "creator": {"@type": "Person",'
    b' "name": "Nomon, Ada"}, "identifier": "https://doi.org/10.5555/a"}',
    "web_page": b'<!DOCTYPE html>\n<html><head><meta name="citation_title" content="A"><meta name="citation_author"'
    b' content="Nomon, Ada"></head><body><p>B</p></body></html>',
    "flat_table": b"Title;Authors;Publication Year;DOI\nA;Nomon, Ada;2019;10.5555/a\n",
    "flat_json": b'{"title": "A", "authors": ["Ada Nomon"], "year": 2019, "keywords": "b; c"}',
    "bibtex": b"@string{j = {J}}\n@article{a, title = {{A} b}, author = {Ada and {G}}, journal = j # {x},"
    b" year = 1843}\n",
}

FOLDERS = {
    "jats/plos": "jats", "jats/elife": "jats", "jats/jose": "jats", "jats/pmc_misc": "jats", "jats/scielo": "jats",
    "aclsum/paper_jsons": "s2orc", "pubmed_xml/metapub": "pubmed", "datacite/bolognese": "datacite_json",
    "bibtex/ir_anthology": "bibtex", "openalex/entities": "openalex", "openalex_biblium": "openalex_csv",
    "datacite/schema_examples/source/meta/kernel-4.4/example": "datacite_xml",
    "datacite/schema_examples/source/meta/kernel-4.7/example": "datacite_xml",
    "crossref_deposit": "crossref_deposit", "opencitations/meta_csv": "opencitations", "elsevier_oa_stm": "elsevier",
    "scisummnet/xml": "scisumm",
    "pubmed_xml/biopython/Tests/Medline": "medline",
}  # fmt: skip
"""Folders of real data that hold one format only."""


def payload(body: bytes, media: str = "") -> Payload:
    return Payload(source="test", locator="test", body=body, media=media)


def claimed(head: bytes) -> list[str]:
    """Readers that claim a payload, those that guess only where no other does."""
    found = [name for name in FORMATS if FORMATS.get(name).recognises(head, "")]
    return [name for name in found if name not in GUESSING] or found


def body_of(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def test_every_format_has_a_sample_and_bears_its_name() -> None:
    assert set(SAMPLES) == set(FORMATS)
    assert all(FORMATS.get(name).name == name for name in FORMATS)


@pytest.mark.parametrize("name", SAMPLES)
def test_each_sample_is_recognised_by_its_own_reader_alone(name: str) -> None:
    body = SAMPLES[name]
    assert claimed(body) == [name]
    assert detect(payload(body)).name == name
    assert detect(payload(b"\xef\xbb\xbf" + body)).name == name, "after a byte order mark"
    assert any(isinstance(entry, Record | AgentRecord) for entry in parse(payload(body)))


@pytest.mark.parametrize("name", [name for name, body in SAMPLES.items() if body[:1] == b"<" and name != "web_page"])
def test_xml_in_utf_16_is_recognised_and_read(name: str) -> None:
    body = f'<?xml version="1.0" encoding="UTF-16"?>{SAMPLES[name].decode()}'.encode("utf-16")
    assert detect(payload(body)).name == name


@pytest.mark.parametrize("name", SAMPLES)
def test_a_name_as_media_settles_it(name: str) -> None:
    assert detect(payload(b"?", name)).name == name


@pytest.mark.shared
@pytest.mark.parametrize(("folder", "name"), FOLDERS.items())
def test_real_files_are_told_by_their_content(shared: Path, folder: str, name: str) -> None:
    paths = sorted(path for path in (shared / folder).rglob("*") if path.is_file())[:60]
    assert paths
    for path in paths:
        body = body_of(path)
        assert detect(payload(body)).name == name, path
        assert len(claimed(body[:HEAD])) <= 1, path


@pytest.mark.shared
@pytest.mark.parametrize(("file", "name"), [("crossref/works.jsonl", "crossref"), ("openalex/works.jsonl", "openalex"),
                                              ("zh/csl_dev.jsonl", "flat_json")])  # fmt: skip
def test_real_lines_are_told_by_their_content(shared: Path, file: str, name: str) -> None:
    for line in (shared / file).read_bytes().split(b"\n"):
        if line.strip():
            assert detect(payload(line, ".json")).name == name, line[:80]


@pytest.mark.shared
def test_real_files_of_other_kinds_are_refused(shared: Path) -> None:
    others = [
        *sorted((shared / "ror_orcid").rglob("dataset_*.json")), *sorted((shared / "vocab").rglob("*.*"))[:60],
        *sorted((shared / "oai/sickle").glob("[Ibn]*.xml")),
    ]  # fmt: skip
    seen: Counter[str] = Counter()
    for path in others:
        if path.is_file():
            with pytest.raises(FormatError) as caught:
                detect(payload(path.read_bytes()[: 1 << 20], path.suffix))
            seen[caught.value.code] += 1
    assert set(seen) <= {"UnknownFormat", "EncodingError"}
    assert seen["UnknownFormat"] > 50


def test_a_tell_tale_key_may_come_late() -> None:
    work = {"abstract": "x" * 100_000, "title": ["A"], "DOI": "10.5555/a"}
    assert detect(payload(json.dumps(work).encode())).name == "crossref"


def test_nothing_something_else_and_another_encoding() -> None:
    for body in (b"", b" \n\t ", b"\xef\xbb\xbf"):
        with pytest.raises(EmptyPayload):
            detect(payload(body))
    for body in (b"%PDF-1.4\n\xe2\xe3\xcf\xd3\0", b"\x89PNG\0", b'{"a": 1}', b"<html/>", b"plain words"):
        with pytest.raises(UnknownFormat) as caught:
            detect(payload(body))
        assert caught.value.place == "test"
        assert "crossref" in caught.value.hint
    with pytest.raises(EncodingError):
        detect(payload("author;Müller".encode("latin-1"), ".csv"))


OAI = (
    '<?xml version="1.0"?><!-- a --><?x y?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><request verb="x"/>{}'
)


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ('<a:kml xmlns:a="urn:kml">', "XML whose root is <kml> of urn:kml"),
        ("<!-- only -->", "XML without an element"),
        (OAI.format("<Identify>"), "an OAI-PMH answer to Identify, which holds no records"),
        (OAI.format("<ListRecords>"), "an OAI-PMH answer to ListRecords, whose records are in no format that is read"),
        (OAI.format('<error code="badArgument">No such set</error>'), "an OAI-PMH error, badArgument: No such set"),
        (OAI.format("<error code='noSetHierarchy'/>"), "an OAI-PMH error, noSetHierarchy: without words"),
        ('[{"affiliation": "A", "ror": {"affiliation": 1}}]', "JSON that begins with the keys affiliation, ror"),
        ("[1, 2]", "JSON without keys"),
        ("  to the\tlibrary ", "text that begins “to the library”"),
        ("\x01\x02\x7f%", "neither text nor an archive"),
    ],
)
def test_what_no_reader_knows_is_described(body: str, what: str) -> None:
    with pytest.raises(UnknownFormat) as caught:
        detect(payload(body.encode()))
    assert caught.value.message == f"no reader recognises this payload: {what}"


def test_sets_that_dublin_core_describes_are_no_works() -> None:
    described = (
        '<ListSets><set><setSpec>a</setSpec><setDescription><oai_dc:dc xmlns:dc="http://purl.org/dc/elements/1.1/">'
        "<dc:description>A</dc:description></oai_dc:dc></setDescription></set></ListSets></OAI-PMH>"
    )
    with pytest.raises(UnknownFormat, match="answer to ListSets"):
        detect(payload(OAI.format(described).encode()))


def test_what_is_deleted_at_its_source_holds_no_records() -> None:
    assert list(parse(Payload(source="test", locator="test", deleted=True))) == []


SPOILERS = (b"", b"<", b">", b'"', b"{", b"}", b"[", b"]", b",", b"&x;", b"null", b"-1", b"1e999", b"9" * 400, b"\xff",
            b"\0", b"\\", b"\\ud800", b"|", b"@", b"#", "\u0301\u202e".encode(), b"\x1c\x1d\x1e\x1f")  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(st.data())
@pytest.mark.parametrize("name", SAMPLES)
def test_spoilt_payloads_end_in_typed_errors(name: str, data: st.DataObject) -> None:
    body = SAMPLES[name]
    for _ in range(data.draw(st.integers(1, 4))):
        begin = data.draw(st.integers(0, len(body)))
        end = data.draw(st.integers(begin, min(len(body), begin + 30)))
        body = body[:begin] + data.draw(st.sampled_from(SPOILERS)) + body[end:]
    check_entries(name, body)


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(st.data())
@pytest.mark.parametrize("name", ["crossref", "openalex", "datacite_json", "orcid", "ror", "csl"])
def test_values_of_other_types_end_in_typed_errors(name: str, data: st.DataObject) -> None:
    item = json.loads(SAMPLES[name])
    part = item["data"]["attributes"] if name == "datacite_json" else item[0] if isinstance(item, list) else item
    key = data.draw(st.sampled_from([*part, "publisher", "license", "relation", "dates", "ids", "locations", "mesh"]))
    part[key] = data.draw(
        st.one_of(VALUES, st.lists(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=3), max_size=2))
    )
    check_entries(name, json.dumps(item).encode())


KEYS = ("id", "name", "title", "DOI", "affiliation", "key", "year", "display_name", "orcid", "URL", "author", "date")


def check_entries(name: str, body: bytes) -> None:
    """Whatever comes out is a record that can be written down under a key of its own, or a typed error."""
    try:
        entries = list(FORMATS.get(name).parse(payload(body)))
    except FormatError:
        return
    assert all(isinstance(entry, Record | AgentRecord | Rejected) for entry in entries)
    keys = [entry.key for entry in entries if not isinstance(entry, Rejected)]
    assert len(keys) == len(set(keys))
    for entry in entries:
        assert msgspec.json.decode(msgspec.json.encode(entry), type=type(entry)) == entry


def test_the_limit_on_csv_cells_is_only_ever_raised() -> None:
    before = csv.field_size_limit()
    list(parse(payload(SAMPLES["openalex_csv"])))
    assert csv.field_size_limit() >= before
