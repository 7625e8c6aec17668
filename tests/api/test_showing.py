"""Cells and charts: what a page makes of the rows of an answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.showing.asked import Asked
from api.showing.charts import HEIGHT, MOST_BARS, MOST_SERIES, figure_of
from api.showing.reading import found_things, reasons, summary
from api.showing.terms import Cell, cell
from graph.discovery.fragments import CitationView, HighlightView, MentionView
from ontology.namespaces import Base
from sparql.header import Chart, Column, Header, read_header, without_header, write_header

BASE = Base()


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("<http://localhost:8000/id/work/abc>", Cell(
            text="work/abc", iri="http://localhost:8000/id/work/abc", link="/page/work/abc")),
        ("<http://purl.org/dc/terms/title>", Cell(
            text="dct:title", iri="http://purl.org/dc/terms/title",
            link="/page/thing?iri=http%3A%2F%2Fpurl.org%2Fdc%2Fterms%2Ftitle")),
        ("<javascript:alert(1)>", Cell(text="javascript:alert(1)", iri="javascript:alert(1)")),
        ('"a\\tb \\"c\\" \\u00e9"@en', Cell(text='a\tb "c" é', note="@en")),
        ('"x"', Cell(text="x")),
        ('"2020-01-01"^^<http://www.w3.org/2001/XMLSchema#date>', Cell(text="2020-01-01", note="xsd:date")),
        ("42", Cell(text="42", number=True)),
        ("4.2e1", Cell(text="4.2e1", number=True)),
        ("true", Cell(text="true")),
        ("_:b0", Cell(text="_:b0")),
        ("", Cell(text="")),
    ],
)  # fmt: skip
def test_terms_as_cells(term: str, expected: Cell) -> None:
    assert cell(term, BASE) == expected


def drawn(mark: str, kind: str, rows: list[tuple[object, ...]], series: bool = False):  # type: ignore[no-untyped-def]
    columns = (Column("x", kind, ""), Column("y", "integer", "", "works"), Column("s", "string", ""))  # type: ignore[arg-type]
    header = Header(
        title="T", description="D", group="catalogue", columns=columns,
        chart=Chart(mark, "x", "y", "s" if series else ""),  # type: ignore[arg-type]
    )  # fmt: skip
    cells = tuple(tuple(Cell(text=str(value)) for value in row) for row in rows)
    return figure_of(Asked(outcome="whole", columns=("x", "y", "s"), rows=cells), header)


def test_names_are_lying_bars_the_largest_as_wide_as_the_drawing() -> None:
    figure = drawn("bar", "string", [("b", 3, ""), ("a", 12, ""), ("a", 6, "")])
    assert [(bar.name, bar.value, bar.parts[0].width) for bar in figure.bars] == [
        ("b", "3", 25.0), ("a", "12", 100.0), ("a", "6", 50.0),
    ]  # fmt: skip
    many = drawn("bar", "string", [(str(n), 1, "") for n in range(MOST_BARS + 5)])
    assert (len(many.bars), many.left_out) == (MOST_BARS, 5)


def test_series_are_stacked_and_the_small_ones_together() -> None:
    rows = [("all", 100 - n, f"series {n}") for n in range(MOST_SERIES + 3)]
    figure = drawn("bar", "string", rows, series=True)
    assert len(figure.legend) == MOST_SERIES
    assert figure.legend[-1] == "others"
    (bar,) = figure.bars
    assert bar.value == str(sum(row[1] for row in rows))
    assert sum(part.width for part in bar.parts) == pytest.approx(100)


@given(st.dictionaries(st.integers(1900, 2030), st.integers(0, 10**6), min_size=1, max_size=40))
def test_lines_stay_inside_and_meet_in_order(points: dict[int, int]) -> None:
    figure = drawn("line", "year", [(year, works, "") for year, works in points.items()])
    assert len(figure.dots) == len(points)
    assert len(figure.strokes) == len(points) - 1
    assert all(0 <= dot.x <= 100 and 0 <= dot.y <= figure.height for dot in figure.dots)
    assert [dot.x for dot in figure.dots] == sorted(dot.x for dot in figure.dots)
    ticks = [int(tick.text) for tick in figure.ticks_across]
    assert ticks == sorted(set(ticks))
    assert {min(points), max(points)} <= set(ticks)


def test_years_are_standing_columns_on_the_ground() -> None:
    figure = drawn("bar", "year", [(2000, 2, "a"), (2000, 1, "b"), (2002, 4, "a")], series=True)
    assert {round(one.y + one.height, 1) for one in figure.columns} >= {float(figure.height)}
    assert sum(one.height for one in figure.columns) == pytest.approx(HEIGHT * 7 / 4, rel=0.01)


def test_nothing_to_draw_is_no_drawing() -> None:
    assert drawn("bar", "string", []) is None
    assert drawn("bar", "string", [("a", "many", "")]) is None


def test_a_header_is_read_as_it_was_written() -> None:
    columns = (Column("work", "iri", "The work."), Column("n", "integer", "How many.", "works"))
    header = Header(
        title="Mine", description="All of it.", group="topics", columns=columns, chart=Chart("bar", "work", "n")
    )
    text = write_header(header) + "SELECT ?work ?n { }\n"
    assert read_header(text, "mine") == header
    assert without_header(text) == "SELECT ?work ?n { }\n"
    assert without_header("# title: a\n") == ""


def test_what_was_read_is_grouped_and_cut() -> None:
    work = "http://localhost:8000/id/work/w"
    texts = {f"{work}/s/{n}": f"We use BERT number {n}." for n in range(9)}
    mentions = [
        MentionView(
            iri=f"urn:m{n}", concept="http://localhost:8000/id/concept/found/method:bert", name="BERT",
            sentence=f"{work}/s/{n}", begin=7, end=11, text="BERT", confidence=n / 10,
        )
        for n in range(9)
    ]  # fmt: skip
    vocabulary = MentionView(
        iri="urn:m", concept="urn:c", name="Use", sentence=f"{work}/s/1", begin=3, end=6, text="use", confidence=0.5
    )
    methods, concepts = found_things([*mentions, vocabulary], texts, work)
    assert (methods.title, concepts.title) == ("Methods", "Concepts of vocabularies")
    (bert,) = methods.things
    assert bert.times == 9
    assert [place.path for place in bert.places] == ["s/8", "s/7", "s/6"]
    assert bert.places[0].sentence.ranges == ((7, 11),)


def test_a_summary_keeps_the_surest_sentences_in_text_order() -> None:
    found = [
        HighlightView(iri=f"urn:h{n}", sentence=f"urn:s{n}", text=str(n), tells=tells, confidence=sure)
        for n, (tells, sure) in enumerate([("result", 0.9), ("problem", 0.2), ("result", 0.5), ("result", 0.7)])
    ]
    assert {tells: [one.text for one in kept] for tells, kept in summary(found).items()} == {
        "problem": ["1"], "result": ["0", "3"],
    }  # fmt: skip


def test_citations_are_grouped_by_their_intent_in_words() -> None:
    cito = "http://purl.org/spar/cito/"
    views = [
        CitationView(iri=f"urn:{n}", sentence="urn:s", text="", reference="urn:r", work=work, intent=intent)
        for n, (intent, work) in enumerate([(f"{cito}usesMethodIn", ""), (f"{cito}usesMethodIn", "urn:w"), ("", "")])
    ]
    (reason,) = reasons(views)
    assert (reason.intent, reason.count) == ("uses method in", 2)
    assert reason.citations[0].work == "urn:w"
