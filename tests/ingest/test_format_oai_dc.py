"""Dublin Core: an invented record field by field, the habits of repositories, then recorded answers."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.formats.base import Rejected
from ingest.formats.oai_dc import FORMAT
from ingest.formats.oai_dc_sources import behind_title
from ontology.errors import EmptyPayload, FormatError, MalformedPayload
from ontology.identifiers import Identifier
from ontology.records import Affiliation, Funding, Payload, Record, Relation, Subject, Title

SUNDIALS = """
<dc:title xml:lang="en">Telling &amp;lt;i&amp;gt;hours&amp;lt;/i&amp;gt; from shadows</dc:title>
<dc:title xml:lang="de">Stunden aus Schatten</dc:title>
<dc:creator>Lovelace, Ada; University of Sundials</dc:creator>
<dc:creator>https://orcid.org/0000-0002-1825-0097</dc:creator>
<dc:creator>Shelley, Mary [0000-0001-5109-3700]</dc:creator>
<dc:creator>The Shadow Collaboration</dc:creator>
<dc:contributor>Somerville, Mary, 1780-1872</dc:contributor>
<dc:subject>gnomonics; clocks</dc:subject>
<dc:subject>info:eu-repo/classification/ddc/520</dc:subject>
<dc:description>Made available in DSpace on 2019-05-02, in a line that is longer than the abstract</dc:description>
<dc:description xml:lang="de">Wir lesen die Stunde ab, und zwar aus dem Schatten, den ein Stab wirft.</dc:description>
<dc:description xml:lang="en">&lt;p&gt;We tell the hour.&lt;/p&gt;&lt;p&gt;From shadows.&lt;/p&gt;</dc:description>
<dc:publisher>Dial Press</dc:publisher>
<dc:date>2019-05-02T10:00:00Z</dc:date><dc:date>2018</dc:date><dc:date>2018-06</dc:date>
<dc:date>info:eu-repo/date/embargoEnd/2017-01-01</dc:date>
<dc:type>info:eu-repo/semantics/article</dc:type><dc:type>Text</dc:type>
<dc:format>application/pdf</dc:format>
<dc:identifier>https://repository.example/handle/2117/1234</dc:identifier>
<dc:identifier>https://repository.example/sundials.pdf</dc:identifier>
<dc:identifier>https://doi.org/10.9999/SUN.7</dc:identifier>
<dc:identifier>oai:repository.example:7</dc:identifier>
<dc:source>Gnomonica; Vol. 3 No. 2 (2018): Shadows; 34-56</dc:source><dc:source>0028-0836</dc:source>
<dc:language>eng</dc:language>
<dc:relation>info:eu-repo/grantAgreement/EC/FP7/244909</dc:relation>
<dc:relation>info:eu-repo/semantics/altIdentifier/arxiv/1801.00001</dc:relation>
<dc:relation>info:eu-repo/semantics/reference/doi/10.9999/cited</dc:relation>
<dc:relation>doi:10.9999/other</dc:relation><dc:relation>https://zenodo.org/communities/clocks/</dc:relation>
<dc:rights>info:eu-repo/semantics/openAccess</dc:rights>
<dc:rights>Creative Commons Attribution: https://creativecommons.org/licenses/by/4.0/.</dc:rights>
"""


def dc(inner: str) -> bytes:
    return (
        '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/">{inner}</oai_dc:dc>'
    ).encode()


def parsed(body: bytes) -> list[Record | Rejected]:
    return list(FORMAT.parse(Payload(source="test", locator="oai:7", body=body)))


def read(inner: str) -> Record:
    (record,) = parsed(dc(inner))
    assert isinstance(record, Record)
    return record


def titled(inner: str) -> Record:
    return read(f"<dc:title>T</dc:title>{inner}")


def test_every_field() -> None:
    record = read(SUNDIALS)
    assert record.key == "doi:10.9999/sun.7"
    assert record.format == "oai_dc"
    assert record.kind == "article"
    assert [str(one) for one in record.identifiers] == [
        "doi:10.9999/sun.7", "handle:2117/1234", "arxiv:1801.00001", "oai:oai:repository.example:7"
    ]  # fmt: skip
    assert record.titles == (Title("Telling hours from shadows", "en"), Title("Stunden aus Schatten", "de"))
    assert record.abstract == "We tell the hour.\nFrom shadows."
    assert record.language == "en"
    assert record.issued == "2018-06"
    assert record.publisher == "Dial Press"
    assert record.license == "https://creativecommons.org/licenses/by/4.0/"
    assert record.open_access is True
    assert record.venue is not None
    assert (record.venue.name, record.venue.kind) == ("Gnomonica", "journal")
    assert record.venue.identifiers == (Identifier("issn", "0028-0836"),)
    assert (record.volume, record.issue, record.pages) == ("3", "2", "34-56")
    assert record.funding == (Funding(funder="EC", awards=("244909",)),)
    assert record.subjects == (
        Subject(label="gnomonics"), Subject(label="clocks"), Subject(label="520", scheme="ddc", code="520")
    )  # fmt: skip
    assert record.relations == (
        Relation(kind="References", target=Identifier("doi", "10.9999/cited")),
        Relation(kind="Other", target=Identifier("doi", "10.9999/other")),
    )
    assert [(link.url.rpartition("/")[2], link.rel) for link in record.links] == [
        ("1234", "landing"), ("sundials.pdf", "pdf"), ("SUN.7", "landing")
    ]  # fmt: skip


def test_people_and_groups() -> None:
    ada, mary, group, other = read(SUNDIALS).contributors
    assert (ada.name, ada.given, ada.family) == ("Ada Lovelace", "Ada", "Lovelace")
    assert ada.affiliations == (Affiliation(name="University of Sundials"),)
    assert ada.identifiers == (Identifier("orcid", "0000-0002-1825-0097"),)
    assert (mary.name, mary.identifiers) == ("Mary Shelley", (Identifier("orcid", "0000-0001-5109-3700"),))
    assert group.organisation
    assert (other.name, other.role) == ("Mary Somerville", "contributor")
    several = titled("<dc:creator>Doe, Jane; Roe, Richard; Poe, E. A.</dc:creator>").contributors
    assert [each.name for each in several] == ["Jane Doe", "Richard Roe", "E. A. Poe"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.1000/A", "doi:10.1000/a"),
        ("DOI: 10.1000/a", "doi:10.1000/a"),
        ("https://onlinelibrary.wiley.com/doi/abs/10.1002/x.1", "doi:10.1002/x.1"),
        ("https://dspace.example/handle/10.1234/567", "handle:10.1234/567"),
        ("hdl:2117/9", "handle:2117/9"),
        ("http://arxiv.org/abs/1507.03011v2", "arxiv:1507.03011"),
        ("arXiv:1507.03011", "arxiv:1507.03011"),
        ("pmid:123456", "pmid:123456"),
        ("PMC:PMC123456", "pmcid:PMC123456"),
        ("urn:isbn:978-3-16-148410-0", "isbn:9783161484100"),
        ("978-3-16-148410-0", "isbn:9783161484100"),
        ("Zoologia 3 (2018), doi:10.1000/a", None),
        ("issn:0028-0836", None),
        ("http://example.org/1", None),
    ],
)
def test_identifiers(text: str, expected: str | None) -> None:
    found = titled(f"<dc:identifier>{text}</dc:identifier>").identifiers
    assert [str(one) for one in found] == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("types", "kind"),
    [
        (["info:eu-repo/semantics/doctoralThesis"], "thesis"),
        (["Text", "Article"], "article"),
        (["Article", "Dataset"], "dataset"),
        (["http://purl.org/coar/resource_type/c_46ec"], "thesis"),
        (["info:eu-repo/semantics/conferenceObject", "info:eu-repo/semantics/publishedVersion"], "conference-paper"),
        (["whatever"], "other"),
        ([], "other"),
    ],
)
def test_kinds(types: list[str], kind: str) -> None:
    assert titled("".join(f"<dc:type>{each}</dc:type>" for each in types)).kind == kind


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ("Zoologia, 3(2), 34-56, (2019-05-01)", ("Zoologia", "3", "2", "34-56")),
        ("GENERUS: Revista, 3/4(2024/2025), 1044-1047, (2025)", ("GENERUS: Revista", "3/4", "2024/2025", "1044-1047")),
        ("Bats revisited, pp. 131-142 in Zootaxa, 5353(2), 139, (2023-10-09)", ("Zootaxa", "5353", "2", "131-142")),
        ("Musytari: Neraca, ISSN 3025-9495, 25(7), (2026-06-03)", ("Musytari: Neraca", "25", "7", "")),
        ("Revista de Sombras; Vol. 12, Núm. 1 (2020); 5-9", ("Revista de Sombras", "12", "1", "5-9")),
        ("Journal of Dials", ("Journal of Dials", "", "", "")),
    ],
)  # fmt: skip
def test_sources(source: str, parts: tuple[str, str, str, str]) -> None:
    record = titled(f"<dc:type>article</dc:type><dc:source>{source}</dc:source>")
    assert record.venue is not None
    assert (record.venue.name, record.volume, record.issue, record.pages) == parts


def test_access_and_licence() -> None:
    closed = titled(
        "<dc:rights>info:eu-repo/semantics/restrictedAccess</dc:rights><dc:rights>All rights kept</dc:rights>"
    )
    assert (closed.open_access, closed.license) == (False, "All rights kept")
    assert titled("<dc:rights>MIT</dc:rights>").open_access is None
    assert titled("<dc:title>RETRACTED: T</dc:title>").retracted


def test_a_broken_record_leaves_its_neighbours() -> None:
    inner = dc("<dc:title>A</dc:title>"), dc("<dc:date>2019</dc:date>"), dc("<dc:title>B</dc:title>")
    first, broken, last = parsed(b"<records>\n" + b"\n".join(inner) + b"</records>")
    assert isinstance(first, Record)
    assert isinstance(broken, Rejected)
    assert (broken.key, broken.place) == ("#2", "record 2, line 3, <dc>")
    assert isinstance(last, Record)
    assert (first.key, last.key) == ("1", "3")


def test_what_is_no_dublin_core_is_refused() -> None:
    with pytest.raises(EmptyPayload):
        parsed(b" ")
    with pytest.raises(MalformedPayload, match="no Dublin Core"):
        parsed(b"<OAI-PMH/>")
    assert FORMAT.recognises(dc(""), ".xml")
    assert not FORMAT.recognises(b"<collection id='P18'><volume>", ".xml")


def test_long_nonsense_takes_linear_time() -> None:
    began = time.process_time()
    for unit in ("(", "/", "- ", "; ", "1 - ", ", pp. 1 - 2 in ", "Vol. ", "orcid ", "0000-", "[", "university "):
        text = unit * (400_000 // len(unit))
        names = ("title", "creator", "identifier", "source", "relation", "rights", "date", "type", "description")
        titled("".join(f"<dc:{name}>{text}</dc:{name}>" for name in names))
    assert time.process_time() - began < 20, "3 s when written; minutes where a pattern backtracks"


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_mutations_end_in_typed_errors(data: st.DataObject) -> None:
    body = dc(SUNDIALS)
    begin = data.draw(st.integers(0, len(body)))
    end = data.draw(st.integers(begin, min(len(body), begin + 40)))
    new = data.draw(st.one_of(st.binary(max_size=12), st.text(max_size=8).map(str.encode), st.just(b"</dc:title>")))
    try:
        found = parsed(body[:begin] + new + body[end:])
    except FormatError:
        return
    assert all(isinstance(each, Record | Rejected) for each in found)


@pytest.mark.shared
def test_recorded_answers(shared: Path) -> None:
    records, rejected = [], 0
    for path in sorted((shared / "oai").rglob("*.xml")):
        try:
            found = parsed(path.read_bytes())
        except FormatError:
            continue
        if b"<ListSets>" in path.read_bytes():
            continue
        assert FORMAT.recognises(path.read_bytes()[:4096], ".xml"), path
        records += [each for each in found if isinstance(each, Record)]
        rejected += sum(isinstance(each, Rejected) for each in found)
    assert (len(records), rejected) == (218, 0)
    assert all(record.issued and record.contributors for record in records)
    assert sum(bool(record.identifiers) for record in records) == 212
    assert sum(record.license.startswith("http") for record in records) > 190
    assert sum(bool(record.volume) for record in records) > 20


def test_a_citation_as_identifier_beside_no_title() -> None:
    """Found by fuzzing: a title that is only described elsewhere."""
    assert list(behind_title(["Nomon, A. (2004) Bats. Zoologia, 3 (2). pp. 34-56. ISSN 2049-3630"], "")) == []
