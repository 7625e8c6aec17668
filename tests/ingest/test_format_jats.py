"""JATS: an invented article part by part, then the real ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.formats.base import Rejected
from ingest.formats.jats import FORMAT
from ingest.formats.roles import role_of
from ontology.documents import clean
from ontology.errors import EmptyPayload, EncodingError, FormatError, MalformedPayload
from ontology.identifiers import Identifier
from ontology.records import Document, Fragment, Payload, Record, Relation

Check = Callable[[Document], None]

DATA = Path(__file__).parent / "data"
FRONT, BACK, CITED = (
    (DATA / f"sundials_{part}.xml").read_text(encoding="utf-8").strip() for part in ("front", "back", "refs")
)
BACK = BACK.removeprefix("<back>").removesuffix("</back>")
CITED = CITED.removeprefix("<ref-list>").removesuffix("</ref-list>")

REFS = "".join(
    f'<ref id="b{n}"><label>{n}</label><element-citation><name><surname>Author{n}</surname></name><year>200{n}</year>'
    f"<article-title>Title {n}</article-title><source>J</source></element-citation></ref>"
    for n in range(1, 8)
)


def article(body: str, refs: str = REFS, back: str = "") -> bytes:
    return (
        '<article xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:mml="http://www.w3.org/1998/Math/MathML">'
        f"{FRONT}<body>{body}</body><back>{back}<ref-list>{refs}</ref-list></back></article>"
    ).encode()


def read(body: bytes) -> Record:
    record, *parts = FORMAT.parse(Payload(source="test", locator="a.xml", body=body))
    assert isinstance(record, Record)
    assert all(isinstance(part, Record) and part.relations for part in parts)
    return record


def document(body: str, **parts: str) -> Document:
    found = read(article(body, **parts)).document
    assert found is not None
    return found


def texts(found: Document, kind: str, prefix: str = "") -> list[str]:
    return [found.text[f.begin : f.end] for f in found.fragments if f.kind == kind and f.path.startswith(prefix)]


def one(found: Document, path: str) -> Fragment:
    return next(f for f in found.fragments if f.path == path)


def cite(*numbers: int) -> str:
    return "–".join(f'<xref ref-type="bibr" rid="b{n}">{n}</xref>' for n in numbers)


def test_metadata() -> None:
    record = read(article("<p>x</p>"))
    assert record.key == "doi:10.5555/sun.1"
    assert record.identifiers == (Identifier("doi", "10.5555/sun.1"), Identifier("pmcid", "PMC123456"))
    assert [(t.text, t.language) for t in record.titles] == [
        ("Shadows at noon: a survey", "en"),
        ("Schatten am Mittag", "de"),
    ]
    assert (record.issued, record.volume, record.issue, record.pages) == ("2019-03-05", "7", "2", "10-19")
    assert record.venue is not None
    assert record.venue.name == "Journal of Sundials"
    assert record.venue.identifiers == (Identifier("issn", "1545-7885"),)
    assert record.publisher == "Gnomon Press"
    assert record.license == "https://creativecommons.org/licenses/by/4.0/"
    assert record.open_access is True
    assert record.retracted
    assert [(r.kind, r.target.value) for r in record.relations] == [("IsRetractedBy", "10.5555/sun.9")]
    assert record.abstract == "Aim: To measure.\nResults: Measured.\nTwice."
    assert [s.label for s in record.subjects] == ["gnomon", "Horology"]
    (funding,) = record.funding
    assert (funding.funder, funding.awards) == ("Sun Fund", ("S-1",))
    assert funding.identifiers == (Identifier("doi", "10.13039/100000001"),)


def test_people() -> None:
    ada, shen, group, bede = read(article("<p>x</p>")).contributors
    assert (ada.name, ada.given, ada.family, ada.corresponding) == ("Ada B. Lovelace", "Ada B.", "Lovelace", True)
    assert ada.identifiers == (Identifier("orcid", "0000-0002-1825-0097"),)
    assert [a.name for a in ada.affiliations] == [
        "Institute of Time, Durham, UK",
        "Dept. of Light, University of Kent",
    ]
    assert ada.affiliations[0].identifiers == (Identifier("ror", "03yrm5c26"),)
    assert ada.affiliations[0].country == "GB"
    assert (shen.name, shen.corresponding, shen.affiliations) == ("Shen Kuo", True, ())
    assert (group.name, group.organisation) == ("The Dial Group", True)
    assert bede.role == "editor"


def test_front_matter_in_the_document(check_document: Check) -> None:
    found = document("<p>x</p>")
    check_document(found)
    assert texts(found, "title") == ["Shadows at noon: a survey"]
    assert one(found, "abs/sec/1").title == "Aim:"
    assert one(found, "abs/sec/2").role == "results"
    assert texts(found, "paragraph", "abs") == ["To measure.", "Measured.", "Twice."]
    assert one(found, "summary/1").role == "toc"
    statements = {f.role: found.text[f.begin : f.end] for f in found.fragments if f.kind == "statement"}
    assert statements == {
        "competing-interests": "None declared.",
        "funding": "Paid by the Sun Fund.",
        "data-availability": "All data are in the paper.",
    }


def test_sections_nest_and_floats_leave_the_paragraph(check_document: Check) -> None:
    found = document(
        """<sec sec-type="intro"><title>Introduction</title><p>Light <bold>falls</bold>
        <fig id="g"><label>Figure 1.</label><caption><title>A dial.</title><p>In bronze.</p></caption>
        <graphic xlink:href="info:doi/10.5555/sun.1.g001" mimetype="image" mime-subtype="tiff"/></fig>
        straight.</p></sec>
        <sec><title>2 Methods</title><sec><label>2.1</label><title>Setup<xref ref-type="fn" rid="x">a</xref></title>
        <p>We stood.</p></sec>
        <table-wrap><label>Table 1</label><caption><p>Hours.</p></caption><table><tr><td>12</td></tr></table>
        <table-wrap-foot><fn><label>a</label><p>Local time.</p></fn></table-wrap-foot></table-wrap></sec>"""
    )
    check_document(found)
    assert texts(found, "paragraph", "sec") == ["Light falls straight.", "We stood."]
    figure, table = one(found, "fig/1"), one(found, "tab/1")
    assert found.text[figure.begin : figure.end] == "A dial. In bronze."
    assert (figure.label, figure.within, figure.mime) == ("Figure 1", "sec/1", "image/tiff")
    assert figure.url == "https://doi.org/10.5555/sun.1.g001"
    assert (found.text[table.begin : table.end], table.within) == ("Hours.", "sec/2")
    assert texts(found, "footnote") == ["Local time."]
    section = one(found, "sec/2/sec/1")
    assert (section.title, section.label) == ("Setup", "2.1")
    assert [one(found, path).role for path in ("sec/1", "sec/2")] == ["introduction", "methods"]
    assert found.full


def test_lists_and_quotations_divide_a_paragraph(check_document: Check) -> None:
    found = document(
        """<p>We need <list><list-item><p>light</p></list-item><list-item><p>a rod</p>
        <list><list-item><p>of bronze</p></list-item></list></list-item></list> and time.
        <disp-quote><p>Horas non numero.</p></disp-quote> So it says.</p>"""
    )
    check_document(found)
    assert [f.path for f in found.fragments if f.path.startswith(("p/", "list/"))] == [
        "p/1", "list/1", "list/1/p/1", "list/1/p/2", "list/1/list/1", "list/1/list/1/p/1", "p/2", "p/3", "p/4",
    ]  # fmt: skip
    outer = one(found, "list/1")
    assert found.text[outer.begin : outer.end] == "light\na rod\nof bronze"
    assert texts(found, "paragraph", "p/") == ["We need", "and time.", "Horas non numero.", "So it says."]


def test_formulas(check_document: Check) -> None:
    found = document(
        """<p>If <inline-formula><mml:math><mml:msup>
        <mml:mi>x</mml:mi><mml:mn>2</mml:mn></mml:msup></mml:math></inline-formula>
        then <disp-formula><label>(1)</label><mml:math><mml:mfrac><mml:mrow>
        <mml:mi>a</mml:mi><mml:mo>+</mml:mo><mml:mi>b</mml:mi></mml:mrow>
        <mml:mi>c</mml:mi></mml:mfrac></mml:math></disp-formula> holds, as
        <inline-formula><tex-math>\\documentclass{m}\\begin{document}$$\\alpha$$\\end{document}</tex-math></inline-formula>.</p>"""
    )
    check_document(found)
    assert texts(found, "paragraph", "p/") == ["If x^2 then holds, as \\alpha."]
    formula = one(found, "eq/1")
    assert (found.text[formula.begin : formula.end], formula.label) == ("(a+b)/c", "(1)")


@pytest.mark.parametrize(
    ("markup", "marker", "refs"),
    [
        (f"[{cite(3)}]", "3", ("b3",)),
        (f"[{cite(3, 7)}]", "3–7", ("b3", "b4", "b5", "b6", "b7")),
        ('<xref ref-type="bibr" rid="b2">[2–4]</xref>', "[2–4]", ("b2", "b3", "b4")),
        ('<xref ref-type="bibr" rid="b2 b5">Kim 2014</xref>', "Kim 2014", ("b2", "b5")),
        ('<xref rid="b1">Lee</xref>', "Lee", ("b1",)),
    ],
)
def test_citation_markers(markup: str, marker: str, refs: tuple[str, ...], check_document: Check) -> None:
    found = document(f"<p>As shown  {markup}\n  before.</p>")
    check_document(found)
    (citation,) = (f for f in found.fragments if f.kind == "citation")
    assert (found.text[citation.begin : citation.end], citation.refs) == (marker, refs)


def test_markers_that_are_no_range_stay_apart() -> None:
    found = document(f"<p>{cite(7, 3)} and {cite(1)},{cite(2)}</p>")
    assert [f.refs for f in found.fragments if f.kind == "citation"] == [("b7",), ("b3",), ("b1",), ("b2",)]


def test_raised_markers_do_not_stick_to_words() -> None:
    found = document(f"<p>In cells<sup>{cite(1)}</sup> and clocks.<sup>{cite(2)}</sup> 10<sup>-5</sup></p>")
    assert texts(found, "paragraph", "p/") == ["In cells 1 and clocks.2 10-5"]


@given(st.lists(st.text(alphabet=" \n\u0301\u0327aé\u00ad\u200bx1각", max_size=6), min_size=1, max_size=8))
def test_markers_keep_their_place_through_cleaning(parts: list[str]) -> None:
    markup = "".join(f'<xref rid="b1">{part}</xref>' if n % 2 else part for n, part in enumerate(parts))
    found = read(article(f"<p>{markup}</p>")).document
    assert found is not None
    whole = clean("".join(parts))
    assert texts(found, "paragraph", "p/") == ([whole] if whole else [])
    for fragment in found.fragments:
        assert 0 <= fragment.begin <= fragment.end <= len(found.text)


def test_media_and_back_matter(check_document: Check) -> None:
    found = document(
        """<sec sec-type="supplementary-material"><title>Supporting information</title>
        <supplementary-material xlink:href="http://e.org/s1.csv"><label>S1</label>
        <caption><p>Raw hours.</p></caption></supplementary-material>
        <p><media xlink:href="noon.mp4" mimetype="video" mime-subtype="mp4"/></p></sec>""",
        back=BACK,
    )
    check_document(found)
    data, film = one(found, "media/1"), one(found, "media/2")
    assert (data.url, data.mime, data.label) == ("http://e.org/s1.csv", "text/csv", "S1")
    assert found.text[data.begin : data.end] == "Raw hours."
    assert (film.url, film.mime, film.begin) == ("noon.mp4", "video/mp4", film.end)
    roles = [(f.role, found.text[f.begin : f.end]) for f in found.fragments if f.kind == "statement"]
    assert ("acknowledgements", "Thanks to the sun.") in roles
    assert ("author-contributions", "AL did.") in roles
    assert ("author-contributions", "KS too.") in roles
    assert texts(found, "footnote") == ["An aside."]
    assert [(f.path, f.role) for f in found.fragments if f.kind == "section"][-2:] == [
        ("sec/2", "appendix"),
        ("sec/3", "abbreviations"),
    ]
    assert "UTC: Universal time" in found.text


def test_references() -> None:
    kim, first, second, who = read(article("<p>x</p>", refs=CITED)).references
    assert (kim.key, kim.author, kim.year, kim.title, kim.venue) == ("r1", "Kim, Y", 2014, "CNNs", "EMNLP")
    assert kim.raw.startswith("Kim, Y. (2014)")
    assert kim.identifiers == (Identifier("doi", "10.3115/v1/d14-1181"),)
    assert (first.key, second.key, who.key) == ("r2", "r2.2", "r2~2")
    assert first.identifiers == (Identifier("arxiv", "1706.03762"),)
    assert second.identifiers == (Identifier("pmid", "123"),)
    assert (who.title, who.author, who.year) == ("Atlas", "WHO", 1999)


def test_a_translation_is_a_work_of_its_own() -> None:
    body = article("<p>Main text.</p>").replace(
        b"</article>",
        b'<sub-article article-type="translation" xml:lang="pt"><front-stub><title-group>'
        b"<article-title>Sombras</article-title></title-group></front-stub><body><p>Texto.</p></body></sub-article></article>",
    )
    record = read(body)
    assert ("Sombras", "pt") in [(t.text, t.language) for t in record.titles]
    assert record.document is not None
    assert "Texto" not in record.document.text
    _, part = FORMAT.parse(Payload(source="test", locator="a.xml", body=body))
    assert isinstance(part, Record)
    assert (part.key, part.language, part.kind) == ("doi:10.5555/sun.1#1", "pt", record.kind)
    assert part.relations == (Relation(kind="IsTranslationOf", target=record.identifiers[0]),)
    assert part.contributors == record.contributors
    assert part.venue == record.venue
    assert part.document is not None
    assert part.document.text == "Sombras\nTexto."


def test_a_set_goes_on_past_a_broken_article() -> None:
    good = article("<p>x</p>")
    payload = Payload(
        source="t", locator="s", body=b"<pmc-articleset>" + good + b"<article/>" + good + b"</pmc-articleset>"
    )
    first, second, third = FORMAT.parse(payload)
    assert isinstance(second, Rejected)
    assert (second.key, second.error) == ("2", "MalformedPayload")
    assert isinstance(first, Record)
    assert first == third


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", EmptyPayload),
        (b"<article><front>", MalformedPayload),
        (b"<article><front/></article>", MalformedPayload),
        (b"<html/>", MalformedPayload),
        (b"<article>\xff</article>", EncodingError),
    ],
)
def test_what_cannot_be_read(body: bytes, error: type[FormatError]) -> None:
    with pytest.raises(error) as caught:
        read(body)
    assert error is EmptyPayload or caught.value.place


@pytest.mark.parametrize("tag", ["sec", "bold", "list"])
def test_deep_nesting_is_read_or_refused(tag: str, check_document: Check) -> None:
    inner = ("<list><list-item>", "</list-item></list>") if tag == "list" else (f"<{tag}>", f"</{tag}>")
    depth = 120 if tag == "list" else 240
    nested = inner[0] * depth + "<p>deep</p>" + inner[1] * depth
    try:
        record = read(article(nested if tag != "bold" else f"<p>{nested}</p>"))
    except MalformedPayload as error:
        assert error.place
    else:
        assert record.document is not None
        check_document(record.document)


def test_recognises_only_jats() -> None:
    assert FORMAT.recognises(article("")[:4096], ".xml")
    assert FORMAT.recognises(article("").decode().replace("<article ", '<a:article xmlns:a="u" ', 1).encode(), ".xml")
    for other in (b"", b"<PubmedArticleSet>", b'{"article": 1}', b"<article><title>DocBook</title>", b"<html>\xff"):
        assert not FORMAT.recognises(other, ".xml")


@pytest.mark.parametrize(
    ("heading", "declared", "role"),
    [
        ("", "materials|methods", "methods"),
        ("2. Related Work", "", "related-work"),
        ("IV. Introdução", "", "introduction"),
        ("1 引言", "", "introduction"),
        ("Results and discussion", "", "results"),
        ("Authors’ contributions", "", "author-contributions"),
        ("", "COI-statement", "competing-interests"),
        ("Data Availability Statement", "", "data-availability"),
        ("Considerações finais", "", "conclusion"),
        ("Conflict in the Sahel", "", ""),
        ("Idealism", "", ""),
    ],
)
def test_roles(heading: str, declared: str, role: str) -> None:
    assert role_of(heading, declared) == role
