"""Parts of works found by meaning, where they have vectors of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from graph.search import fragments as fragments_module
from graph.search.base import SearchRequest, SearchResponse
from graph.search.documents import FragmentDocument, SearchDocument
from graph.search.engine import SearchEngine
from graph.search.fragments import Within
from graph.search.schema import key_of

SIZE = 16
WORKS, EACH = 30, 10
QUESTION = "weaving"


def _vector(name: str) -> np.ndarray:
    vector = np.random.default_rng(list(name.encode())).normal(size=SIZE).astype(np.float32)
    return vector / np.linalg.norm(vector)


def _parts(work: int, each: int = EACH) -> list[FragmentDocument]:
    kinds = ("paragraph", "figure")
    return [
        FragmentDocument(
            iri=f"urn:w:{work}/p/{number}", work=f"urn:w:{work}", kind=kinds[number % 2],
            text=f"Threads of loom {work} in row {number}." if number % 3 else f"A shuttle of {work} at {number}.",
        )
        for number in range(each)
    ]  # fmt: skip


ALL = [part for work in range(WORKS) for part in _parts(work)]
VECTORS = {part.iri: _vector(part.iri) for part in ALL if not part.iri.endswith("7")}


def _works(*numbers: int) -> list[tuple[SearchDocument, None]]:
    return [(SearchDocument(iri=f"urn:w:{n}", title=f"Work {n}", year=2000 + n), None) for n in numbers]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[SearchEngine]:
    engine = SearchEngine.open(tmp_path, "toy", SIZE, encode_query=_vector)
    engine.update(_works(*range(WORKS)), [], 1, ALL, VECTORS)
    yield engine
    engine.close()


def _ask(engine: SearchEngine, query: str, **fields: object) -> SearchResponse:
    return engine.search(SearchRequest(query=query, limit=50, **fields))  # type: ignore[arg-type]


def _nearest(count: int, among: list[FragmentDocument], question: str = QUESTION) -> list[str]:
    scored = [(float(VECTORS[one.iri] @ _vector(question)), one.iri) for one in among if one.iri in VECTORS]
    return [iri for _, iri in sorted(scored, reverse=True)[:count]]


def test_words_that_no_part_has_find_the_parts_near_in_meaning(engine: SearchEngine) -> None:
    answer = _ask(engine, f"type:paragraph {QUESTION}")
    assert (answer.mode, answer.total, answer.fragment_total) == ("hybrid", 0, 0)
    assert answer.dense_total == len(answer.hits) == WORKS
    assert all(hit.dense_only for hit in answer.hits)
    paragraphs = [part for part in ALL if part.kind == "paragraph"]
    assert answer.hits[0].fragments[0].iri == _nearest(1, paragraphs)[0]
    assert {one.kind for hit in answer.hits for one in hit.fragments} == {"paragraph"}
    assert _ask(engine, f"type:paragraph {QUESTION}", mode="lexical").hits == ()


@pytest.mark.parametrize("broad", [1, 4, 1_000])
@pytest.mark.parametrize(
    ("within", "kept"),
    [
        (Within(), lambda one: True),
        (Within(kinds=("figure",)), lambda one: one.kind == "figure"),
        (Within(keys=np.array([key_of("urn:w:3")])), lambda one: one.work == "urn:w:3"),
    ],
)
@pytest.mark.parametrize("narrow", [0, 20_000])
def test_the_nearest_under_conditions_are_exact(
    engine: SearchEngine, within: Within, kept: object, broad: int, narrow: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fragments_module, "BROAD", broad)
    monkeypatch.setattr(fragments_module, "NARROW", narrow)
    snapshot = engine.fragments.snapshot()
    assert snapshot
    found = snapshot.near(_vector(QUESTION), within, 7)
    expected = _nearest(7, [one for one in ALL if kept(one)])  # type: ignore[operator]
    assert [snapshot.found(place, score).fragment.iri for place, score in found] == expected
    assert [score for _, score in found] == pytest.approx([float(VECTORS[i] @ _vector(QUESTION)) for i in expected])


def test_what_is_firm_holds_for_parts_found_by_meaning(engine: SearchEngine) -> None:
    answer = _ask(engine, f'type:paragraph {QUESTION} "a shuttle" NOT row year:2005..2010')
    assert answer.hits
    for hit in answer.hits:
        assert 2005 <= hit.document.year <= 2010
        assert all(one.passage.text.startswith("A shuttle") for one in hit.fragments)


def test_a_part_whose_words_match_comes_before_those_that_are_near(engine: SearchEngine) -> None:
    answer = _ask(engine, "type:paragraph threads loom 12")
    assert answer.hits[0].document.iri == "urn:w:12"
    assert answer.total > 0


def test_parts_that_stay_keep_their_rows_and_those_that_go_are_gone(engine: SearchEngine) -> None:
    best = _nearest(1, [part for part in ALL if part.kind == "paragraph"])[0]
    work = best.partition("/")[0]
    rows = len(engine.fragments._vectors or ())
    for sequence in (2, 3):
        engine.update(
            [(SearchDocument(iri=work, title="Anew"), None)], [], sequence, [one for one in ALL if one.work == work],
            {iri: vector for iri, vector in VECTORS.items() if iri.startswith(f"{work}/")},
        )  # fmt: skip
    assert len(engine.fragments._vectors or ()) == rows == len(VECTORS)
    assert _ask(engine, f"type:paragraph {QUESTION}").hits[0].document.title == "Anew"
    engine.update([], [work], 4)
    assert all(hit.document.iri != work for hit in _ask(engine, f"type:paragraph {QUESTION}").hits)


def test_a_reader_sees_what_another_writes(engine: SearchEngine, tmp_path: Path) -> None:
    reader = SearchEngine.open(tmp_path, "toy", SIZE, read_only=True, encode_query=_vector)
    assert _ask(reader, f"type:paragraph {QUESTION}").dense_total == WORKS
    extra = FragmentDocument(iri="urn:w:99/p/0", work="urn:w:99", kind="paragraph", text="Nothing of it.")
    engine.update(_works(99), [], 2, [extra], {extra.iri: _vector(QUESTION)})
    assert _ask(reader, f"type:paragraph {QUESTION}").hits[0].document.iri == "urn:w:99"
    reader.close()


def test_passages_of_works_are_chosen_by_meaning_too(engine: SearchEngine) -> None:
    by_words = _ask(engine, "work", passages=1, mode="lexical").hits
    assert all(hit.fragments == () for hit in by_words)
    snapshot = engine.fragments.snapshot()
    assert snapshot and snapshot.dense
    hit = _ask(engine, "work 4", passages=2).hits[0]
    assert hit.document.iri.startswith("urn:w:")
