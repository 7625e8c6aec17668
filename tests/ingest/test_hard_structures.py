"""Structures that the samples lack, in files written by hand from the specifications (`data/hard`)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import process_time

import pytest

from ingest.formats.detect import detect
from ingest.formats.roles import role_of
from ingest.formats.unmarked import cited
from ontology.documents import DocumentBuilder
from ontology.records import Document, Fragment, Payload, Record, Reference

HARD = Path(__file__).parent / "data/hard"
Check = Callable[[Document], None]


def record(name: str) -> Record:
    payload = Payload(source="test", locator=name, body=(HARD / name).read_bytes())
    found = next(iter(detect(payload).parse(payload)))
    assert isinstance(found, Record)
    return found


def parts(document: Document, kind: str) -> list[Fragment]:
    return [fragment for fragment in document.fragments if fragment.kind == kind]


def shown(document: Document, kind: str) -> list[str]:
    return [document.text[f.begin : f.end] for f in parts(document, kind)]


@pytest.mark.parametrize("name", ["jats.xml", "tei.xml", "elsevier.xml"])
def test_nothing_that_floats_lies_in_a_paragraph(name: str, check_document: Check) -> None:
    document = record(name).document
    assert document is not None
    check_document(document)
    for floating in ("figure", "table", "footnote", "media", "formula"):
        for text in filter(None, shown(document, floating)):
            inside = [p for p in shown(document, "paragraph") if text in p and len(text) > 6]
            assert not inside, f"{text} lies in {inside}"


@pytest.mark.parametrize(
    ("name", "marker", "refs"),
    [
        ("jats.xml", "3–7", ("b3", "b4", "b5", "b6", "b6.2", "b7")),
        ("jats.xml", "4-6", ("b4", "b5", "b6", "b6.2")),
        ("jats.xml", "3-7", ("b3", "b4", "b5", "b6", "b6.2", "b7")),
        ("jats.xml", "[1-3]", ("b1", "b2", "b3")),
        ("jats.xml", "Jones and Brown, 2010", ("b4",)),
        ("jats.xml", "Miller et al., 2012", ("b5",)),
        ("jats.xml", "Jones and Brown (2010", ("b4",)),
        ("tei.xml", "[3]-[7]", ("b2", "b3", "b4", "b5", "b6")),
        ("tei.xml", "[4-6]", ("b3", "b4", "b5")),
        ("tei.xml", "Gamma et al., 2003", ("b2",)),
        ("elsevier.xml", "[1–3]", ("bib1", "bib2", "bib2.2", "bib3")),
        ("elsevier.xml", "1,3", ("bib1", "bib3")),
    ],
)
def test_citations_denote_all_that_they_print(name: str, marker: str, refs: tuple[str, ...]) -> None:
    document = record(name).document
    assert document is not None
    assert refs in [f.refs for f in parts(document, "citation") if document.text[f.begin : f.end] == marker]


def test_an_interval_is_no_citation_and_a_marked_one_is_not_marked_again() -> None:
    body = (
        '<p>As in [<xref ref-type="bibr" rid="b1">1</xref>], from [1, 2] of Miller, 2012 '
        '[<xref ref-type="bibr" rid="b2">2</xref>], Miller, Copyright 2012, the Miller 2012 data and in [1].</p>'
    )
    refs = "".join(
        f'<ref id="b{n}"><element-citation><name><surname>{name}</surname></name><year>2012</year>'
        "</element-citation></ref>"
        for n, name in ((1, "Jones"), (2, "Miller"))
    )
    article = (
        "<article><front><article-meta><title-group><article-title>T</article-title></title-group></article-meta>"
        f"</front><body>{body}</body><back><ref-list>{refs}</ref-list></back></article>"
    )
    payload = Payload(source="test", locator="test", body=article.encode())
    found = next(iter(detect(payload).parse(payload)))
    assert isinstance(found, Record) and found.document is not None
    assert shown(found.document, "citation") == ["1", "2", "[1]"]


def test_jats_boxes_theorems_notes_and_statements() -> None:
    document = record("jats.xml").document
    assert document is not None
    sections = {f.role: (f.label, f.title) for f in parts(document, "section")}
    assert sections["enunciation"] == ("Theorem 1", "Big")
    assert "Title footnote text here." in shown(document, "footnote")
    statements = {f.role: f.refs for f in parts(document, "statement") if f.path != "stmt/2"}
    assert statements["data-availability"] == ("doi:10.5281/zenodo.123456", "geo:GSE12345")
    assert statements["funding"] == ("award:GF-12345",)
    deposits = next(f.refs for f in parts(document, "statement") if f.path == "stmt/2")
    assert deposits == ("pdb:1ABC", "pdb:2XYZ", "url:https://github.com/x/y")
    summaries = [(f.role, f.language) for f in parts(document, "abstract")]
    assert summaries == [("", ""), ("plain-language-summary", ""), ("key-points", ""), *TRANSLATED]


TRANSLATED = [("translation", "fr"), ("translation", "es")]


def test_tei_formulas_in_a_line_are_part_of_it() -> None:
    document = record("tei.xml").document
    assert document is not None
    assert "Formula a=b inline. goes on." in shown(document, "paragraph")
    assert shown(document, "formula") == ["E = mc^2"]


def test_elsevier_nomenclature_translations_and_marks_of_notes() -> None:
    document = record("elsevier.xml").document
    assert document is not None
    assert "k: constant" in shown(document, "paragraph")
    assert ("translation", "fr") in [(f.role, f.language) for f in parts(document, "abstract")]
    assert "span" in shown(document, "row") and "Title note." in shown(document, "footnote")
    assert "methods" in [f.role for f in parts(document, "section")]


@pytest.mark.parametrize(
    ("role", "headings"),
    [
        ("introduction", "Overview and introduction|Problemstellung|1 引 言|导论|0 前言"),
        ("background", "Theoretical framework|Theoretischer Hintergrund|Cadre théorique|Marco teórico|研究背景"),
        ("related-work", "Verwandte Arbeiten|État de l'art|Trabajos relacionados|国内外研究现状|文献综述"),
        (
            "methods",
            "Experimental|Patienten und Methoden|Matériel et méthodes|Pacientes y métodos|2 材料与方法|实验方法",
        ),
        ("results", "Empirical results|Resultate|Résultats et discussion|Resultados y discusión|3 结果与分析"),
        ("discussion", "Strengths and limitations|Diskussion|Discusión|4 讨 论"),
        ("conclusion", "Outlook|Zusammenfassung und Ausblick|Conclusión|Final remarks|结束语|总结与展望"),
        ("data-availability", "Datenverfügbarkeit|Disponibilité des données|Disponibilidad de datos|数据可用性声明"),
        ("funding", "Förderung|Financement|Financiamiento|基金项目"),
        ("competing-interests", "Declaration of interests|Interessenkonflikt|Conflits d’intérêts|利益冲突"),
        ("author-contributions", "Autorenbeiträge|Contributions des auteurs|作者贡献"),
        ("appendix", "Annexe A|Anexo|Anhang|附录A"),
    ],
)
def test_headings_of_five_languages_have_their_role(role: str, headings: str) -> None:
    assert {heading: role_of(heading) for heading in headings.split("|")} == dict.fromkeys(headings.split("|"), role)


@pytest.mark.parametrize(
    ("text", "refs"),
    [
        ("Reads are in the ENA (accessions LT908012 and LT908013).", ("insdc:LT908012", "insdc:LT908013")),
        ("Sample SAMN12345678 of PRJNA123456.", ("bioproject:PRJNA123456", "biosample:SAMN12345678")),
        ("The box LT908012 stands in room AB123456.", ()),
        ("Maps: EMD-12345 and EMPIAR-10028.", ("emdb:EMD-12345", "empiar:EMPIAR-10028")),
    ],
)
def test_accession_numbers_are_identifiers_of_their_registry(text: str, refs: tuple[str, ...]) -> None:
    assert statement("data-availability", text).refs == refs


@pytest.mark.parametrize(
    ("text", "funded"),
    [
        (
            "Funded by National Institutes of Health grant GM063732 and National Science Foundation grant MCB092041.",
            {"National Institutes of Health": ("GM063732",), "National Science Foundation": ("MCB092041",)},
        ),
        (
            "Funded by the National Natural Science Foundation of China (31671993 and 31272012 to G.Z.).",
            {"National Natural Science Foundation of China": ("31671993", "31272012")},
        ),
        (
            "Supported by the China Postdoctoral Science Foundation (Grant No. 201104335), Guangdong Technology Plan "
            "(Grant No. 2011B031800084) and the National Geographic Society (1999, 2001).",
            {"China Postdoctoral Science Foundation": ("201104335",), "National Geographic Society": ()},
        ),
    ],
)
def test_awards_belong_to_the_funder_before_them(text: str, funded: dict[str, tuple[str, ...]]) -> None:
    assert {one.funder: one.awards for one in stated("funding", text).funding} == funded


def statement(role: str, text: str) -> Fragment:
    document = stated(role, text).document
    assert document is not None
    return next(f for f in document.fragments if f.kind == "statement")


def stated(role: str, text: str) -> Record:
    article = (
        "<article><front><article-meta><title-group><article-title>T</article-title></title-group></article-meta>"
        f'<notes notes-type="{role}"><p>{text}</p></notes></front><body><p>x</p></body></article>'
    )
    payload = Payload(source="test", locator="test", body=article.encode())
    found = next(iter(detect(payload).parse(payload)))
    assert isinstance(found, Record)
    return found


@pytest.mark.parametrize("text", ["A" * 20_000, "(AAAA to A " * 1_800, "Foundation of " * 1_400, "(A1A1, " * 2_800])
def test_statements_take_no_longer_than_their_length_warrants(text: str) -> None:
    started = process_time()
    stated("funding", f"Supported by {text}")
    assert process_time() - started < 5


@pytest.mark.parametrize("piece", ["O'", "Miller, Brown, ", "Van ", "Miller, 1901; ", "[1, 2, 3] ", "[1-2-"])
def test_unmarked_citations_take_no_longer_than_the_text_warrants(piece: str) -> None:
    builder = DocumentBuilder("en")
    builder.block("paragraph", "p/1", piece * (60_000 // len(piece)))
    listed = tuple(Reference(key=f"b{n}", author="Miller, A", year=1900 + n) for n in range(9))
    started = process_time()
    cited(Record(key="x", format="jats", references=listed, document=builder.build()))
    assert process_time() - started < 3
