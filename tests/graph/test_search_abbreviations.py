"""Abbreviations as the works define them: looked for where their meaning is clear, offered where it is not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from graph.search.base import SearchRequest, SearchResponse
from graph.search.documents import SearchDocument
from graph.search.engine import SearchEngine

NMT = ("NMT", "neural machine translation")


def _works() -> Iterator[SearchDocument]:
    """Ten works define NMT (one by another spelling, one as something else), six IE in two senses, two CAT among many
    on cats; three more have words only."""
    for number in range(10):
        long = {7: "Neural Machine Translations", 8: "neural machine-translation", 9: "new moon time"}.get(
            number, NMT[1]
        )
        yield SearchDocument(
            iri=f"urn:nmt:{number}", title=f"On {long} (NMT)", abbreviations=(("NMT", long),), abstract="We use NMT."
        )  # fmt: skip
    for number in range(6):
        long = "information extraction" if number < 3 else "inequality and education"
        yield SearchDocument(iri=f"urn:ie:{number}", title=f"{long} (IE)", abbreviations=(("IE", long),))
    for number in range(40):
        short = (("CAT", "computer assisted translation"),) if number < 2 else ()
        yield SearchDocument(iri=f"urn:cat:{number}", title="A cat sat", abbreviations=short)
    yield SearchDocument(iri="urn:long", title="Attention in neural machine translation")
    yield SearchDocument(iri="urn:short", title="A study of NMT")
    yield SearchDocument(iri="urn:extraction", title="Information extraction from letters")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchEngine]:
    engine = SearchEngine.open(tmp_path_factory.mktemp("index"))
    engine.update([(work, None) for work in _works()], [], 1)
    yield engine
    engine.close()


def _ask(engine: SearchEngine, query: str, **fields: object) -> SearchResponse:
    return engine.search(SearchRequest(query=query, limit=100, **fields))  # type: ignore[arg-type]


def _iris(answer: SearchResponse) -> set[str]:
    return {hit.document.iri for hit in answer.hits}


@pytest.mark.parametrize("query", ["NMT", "nmt"])
def test_a_clear_abbreviation_finds_what_it_stands_for(engine: SearchEngine, query: str) -> None:
    answer = _ask(engine, query)
    (expansion,) = answer.expansions
    assert (expansion.label, expansion.off) == (query, False)
    assert [(term.text, term.relation) for term in expansion.terms] == [("neural machine translation", "abbreviation")]
    assert 0 < expansion.terms[0].weight < 0.7
    assert "urn:long" in _iris(answer)
    assert not [one for one in answer.entities if one.kind == "concept"]


@pytest.mark.parametrize(
    "switched",
    [
        {"expand": False},
        {"without": ("Neural machine translation",)},
        {"without": ("abbreviation:nmt=neural machine translation",)},
    ],
)
def test_it_can_be_switched_off(engine: SearchEngine, switched: dict[str, object]) -> None:
    answer = _ask(engine, "NMT", **switched)
    assert "urn:long" not in _iris(answer)
    assert all(one.off and not one.terms for one in answer.expansions)
    assert "urn:long" not in _iris(_ask(engine, "NMT -{neural machine translation}"))


def test_what_is_abbreviated_finds_the_short_form(engine: SearchEngine) -> None:
    answer = _ask(engine, "attention neural machine translation study")
    assert [[term.text for term in one.terms] for one in answer.expansions] == [["nmt"]]
    assert "urn:short" in _iris(answer)
    assert "urn:short" not in _iris(_ask(engine, "attention neural machine translation", expand=False))


def test_several_meanings_are_offered_and_can_be_switched_on(engine: SearchEngine) -> None:
    answer = _ask(engine, "IE")
    assert {(one.label, one.off, one.terms[0].text) for one in answer.expansions} == {
        ("information extraction", True, "information extraction"),
        ("inequality and education", True, "inequality and education"),
    }
    assert "urn:extraction" not in _iris(answer)
    for name in ("information extraction", "abbreviation:ie=information extraction"):
        chosen = _ask(engine, "IE", also=(name,))
        assert "urn:extraction" in _iris(chosen)
        assert [one.terms[0].text for one in chosen.expansions if not one.off] == ["information extraction"]


def test_an_everyday_word_is_no_abbreviation_unless_it_is_written_as_one(engine: SearchEngine) -> None:
    assert _ask(engine, "cat").expansions == ()
    assert [one.terms[0].text for one in _ask(engine, "CAT").expansions] == ["computer assisted translation"]


def test_why_says_so(engine: SearchEngine) -> None:
    hit = next(hit for hit in _ask(engine, "NMT", explain=True).hits if hit.document.iri == "urn:long")
    assert sum(part.value for part in hit.parts) == pytest.approx(hit.score)
    title = next(one for one in hit.highlights if one.field == "title")
    assert "neural" in {title.text[begin:end] for begin, end in title.ranges}
