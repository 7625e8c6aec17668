"""ACL Anthology: an invented volume field by field, then the whole Anthology."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.formats.acl import FORMAT
from ingest.formats.base import Rejected
from ontology.errors import FormatError, MalformedPayload
from ontology.identifiers import Identifier
from ontology.records import Affiliation, Link, Payload, Record, Relation, Title, Venue

META = """<meta><booktitle>Proceedings of the Second Workshop on <fixed-case>S</fixed-case>undials</booktitle>
<editor><first>Ada</first><last>Lovelace</last></editor><editor><first/><last>Plato</last></editor>
<publisher>Association for Shadows</publisher><month>1–3 December</month><year>2018</year>
<doi>10.9999/W18-42</doi><isbn>978-3-16-148410-0</isbn></meta>"""
FRONT = "<frontmatter><url>W18-4200</url></frontmatter>"
PAPER = """<paper id="7"><title><fixed-case>L</fixed-case>earning to tell <tex-math>O(n)</tex-math> hours</title>
<author id="mary-shelley"><first>Mary</first><last>Shelley</last>
<affiliation>University of Geneva</affiliation></author>
<author><first/><last>Voltaire</last></author>
<pages>12–34</pages><abstract>We tell the <i>time</i>
 from shadows.</abstract><language>fra</language>
<url hash="1">W18-4207</url><doi>10.9999/W18-4207</doi><retracted date="2020-01-01">Wrong hour</retracted>
<pwccode url="https://example.org/sundial" additional="false">s</pwccode>
<attachment type="Dataset">W18-4207.Dataset.zip</attachment><attachment type="poster">../x</attachment>
<video href="https://example.org/talk"/></paper>"""


def collection(volume: str = META + FRONT + PAPER, name: str = "W18", number: str = "42") -> bytes:
    return f'<collection id="{name}"><volume id="{number}">{volume}</volume></collection>'.encode()


def read(body: bytes) -> list[Record | Rejected]:
    return list(FORMAT.parse(Payload(source="test", locator="W18.xml", body=body)))


def records(body: bytes) -> list[Record]:
    return [found for found in read(body) if isinstance(found, Record)]


def test_every_field_of_a_paper() -> None:
    paper = records(collection())[1]
    assert paper.key == "acl:W18-4207"
    assert paper.format == "acl"
    assert paper.kind == "conference-paper"
    assert paper.identifiers == (Identifier("acl", "W18-4207"), Identifier("doi", "10.9999/w18-4207"))
    assert paper.titles == (Title("Learning to tell O(n) hours", "fr"),)
    assert paper.abstract == "We tell the time from shadows."
    assert paper.language == "fr"
    assert paper.issued == "2018-12"
    assert paper.pages == "12-34"
    assert paper.publisher == "Association for Shadows"
    assert paper.retracted
    assert paper.open_access
    assert paper.venue == Venue(
        name="Proceedings of the Second Workshop on Sundials",
        kind="conference",
        identifiers=(Identifier("acl-venue", "ws"),),
        publisher="Association for Shadows",
    )
    mary, voltaire = paper.contributors
    assert (mary.name, mary.given, mary.family, mary.role) == ("Mary Shelley", "Mary", "Shelley", "author")
    assert mary.identifiers == (Identifier("acl-person", "mary-shelley"),)
    assert mary.affiliations == (Affiliation(name="University of Geneva"),)
    assert (voltaire.name, voltaire.given, voltaire.family) == ("Voltaire", "", "Voltaire")
    assert paper.relations == (Relation(kind="IsPartOf", target=Identifier("acl", "W18-4200")),)
    assert paper.links == (
        Link(url="https://aclanthology.org/W18-4207/"),
        Link(url="https://aclanthology.org/W18-4207.pdf", rel="pdf", mime="application/pdf"),
        Link(url="https://example.org/sundial", rel="code"),
        Link(url="https://aclanthology.org/attachments/W18-4207.Dataset.zip", rel="data"),
        Link(url="https://example.org/talk", rel="supplement"),
    )


def test_the_volume_is_a_work_with_its_editors() -> None:
    volume = records(collection())[0]
    assert volume.key == "acl:W18-4200"
    assert volume.kind == "proceedings"
    assert volume.title == "Proceedings of the Second Workshop on Sundials"
    assert [str(one) for one in volume.identifiers] == ["acl:W18-4200", "doi:10.9999/w18-42", "isbn:9783161484100"]
    assert [(each.name, each.role) for each in volume.contributors] == [("Ada Lovelace", "editor"), ("Plato", "editor")]
    assert volume.issued == "2018-12"


@pytest.mark.parametrize(
    ("name", "volume", "paper", "composed"),
    [
        ("P18", "1", "7", "P18-1007"),
        ("W18", "2", "7", "W18-0207"),
        ("C69", "1", "7", "C69-0107"),
        ("D19", "1", "7", "D19-1007"),
        ("D19", "50", "7", "D19-5007"),
        ("D19", "5", "7", "D19-5007"),
        ("2020.acl", "main", "7", "2020.acl-main.7"),
    ],
)
def test_identifiers_are_composed(name: str, volume: str, paper: str, composed: str) -> None:
    body = f'{META}<paper id="{paper}"><title>A</title><url>http://example.org/a.pdf</url></paper>'
    found = records(collection(body, name, volume))[1]
    assert found.identifiers == (Identifier("acl", composed),)
    assert found.open_access is None
    assert found.relations == (Relation(kind="IsPartOf", target=Identifier("doi", "10.9999/w18-42")),)
    assert Link(url="http://example.org/a.pdf", rel="pdf") in found.links


def test_journals_have_volume_and_issue() -> None:
    meta = (
        "<meta><booktitle>Computational Linguistics, Volume 44, Issue 1 - April 2018</booktitle><month>4</month></meta>"
    )
    body = f'{meta}<paper id="1"><title>A</title></paper>'
    issue, paper = records(collection(body, "J18", "1"))
    assert issue.kind == "journal-issue"
    assert paper.kind == "article"
    assert (paper.volume, paper.issue, paper.issued) == ("44", "1", "2018-04")
    assert paper.venue is not None
    assert (paper.venue.name, paper.venue.kind) == ("Computational Linguistics", "journal")


def test_languages_are_not_guessed_for_series_of_other_languages() -> None:
    french = '<paper id="1"><title>L’heure [in <fixed-case>F</fixed-case>rench]</title></paper>'
    body = f'{META}{french}<paper id="2"><title>B</title></paper>'
    assert [each.language for each in records(collection(body, "F12", "1"))[1:]] == ["fr", ""]
    assert [each.language for each in records(collection(body, "P12", "1"))[1:]] == ["fr", "en"]


def test_a_broken_paper_leaves_its_neighbours() -> None:
    first, broken, twin = read(collection(f"{META}<paper id='x y'><title>A</title></paper>{PAPER}"))
    assert isinstance(first, Record)
    assert isinstance(broken, Rejected)
    assert (broken.key, broken.error, broken.place) == ("#2", "MalformedPayload", "record 2, line 4, <paper>")
    assert isinstance(twin, Record)
    assert [each.key for each in records(collection(META + PAPER + PAPER))[1:]] == ["acl:W18-4207", "acl:W18-4207#2"]


@pytest.mark.parametrize("body", [b"<collection/>", b"<a><paper/></a>", b"<collection id='P18'><volume>"])
def test_what_is_no_collection_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedPayload) as caught:
        read(body)
    assert caught.value.place.startswith("line 1")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_mutations_end_in_typed_errors(data: st.DataObject) -> None:
    body = collection()
    begin = data.draw(st.integers(0, len(body)))
    end = data.draw(st.integers(begin, min(len(body), begin + 40)))
    new = data.draw(
        st.one_of(st.binary(max_size=12), st.sampled_from([b"<", b"</paper>", b"&x;", b'id=""', b"<paper>"]))
    )
    try:
        found = read(body[:begin] + new + body[end:])
    except FormatError:
        return
    assert all(isinstance(each, Record | Rejected) for each in found)


@pytest.mark.shared
def test_the_whole_anthology(shared: Path) -> None:
    folder = shared / "acl_anthology" / "xml"
    papers = volumes = retracted = 0
    keys = set()
    for path in sorted(folder.glob("*.xml.gz")):
        body = gzip.decompress(path.read_bytes())
        assert FORMAT.recognises(body[:4096], ".xml"), path
        for found in FORMAT.parse(Payload(source="acl", locator=path.name, body=body)):
            assert isinstance(found, Record), (path, found)
            assert found.title
            assert found.year >= 1950, (path, found.key)
            keys.add(found.key)
            retracted += found.retracted
            is_volume = found.kind in ("proceedings", "journal-issue")
            volumes += is_volume
            papers += not is_volume
    assert len(keys) == papers + volumes
    assert not any("#" in key for key in keys)
    assert (papers, volumes, retracted) == (69_429, 2_430, 8)
