"""The search engine over an invented small library."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import numpy as np
import pytest

from graph.search.base import (
    FACETS,
    ExpansionTerm,
    RecognisedConcept,
    SearchRequest,
    SearchResponse,
)
from graph.search.documents import SearchDocument, Vector
from graph.search.engine import SearchEngine
from ontology.errors import NotFound, SearchError, SearchSyntaxError, WriterBusy

PARSING = "http://example.org/topic/parsing"
DEPENDENCY = "http://example.org/topic/dependency"
DIMENSIONS = 4


def _work(number: int, title: str, abstract: str = "", **fields: object) -> SearchDocument:
    return SearchDocument(iri=f"urn:work:{number}", title=title, abstract=abstract, **fields)  # type: ignore[arg-type]


LIBRARY = [
    _work(
        1, "Neural parsing of sentences", "We parse with neural networks.", authors=("Ada M. Lovelace", "Bo King"),
        author_iris=("urn:p:1", "urn:p:2"), year=2016, venue="Annals of Looms", venue_iri="urn:v:1", language="en",
        topics=((PARSING, "syntactic parsing"),), identifiers=("doi:10.1000/AbC",), sources=("acl",), open_access=True,
    ),
    _work(
        2, "图书馆知识图谱的构建", "本文研究图书馆的知识图谱。", year=2019, language="zh", kind="thesis",
        sources=("csl",),
    ),
    _work(
        3, "Statistical machine translation", "Phrase-based translation of German.", year=2004, language="en",
        authors=("Bo King",), author_iris=("urn:p:2",), body="Later we mention the loom and its dependency grammars.",
        sources=("acl", "crossref"), open_access=False,
    ),
    _work(4, "Dependency grammars", "Trees of words.", year=2016, language="en", topics=((DEPENDENCY, "dependency"),)),
]  # fmt: skip


def _unit(*numbers: float) -> Vector:
    vector = np.array(numbers, dtype=np.float32)
    return vector / np.linalg.norm(vector)  # type: ignore[no-any-return]


VECTORS = [_unit(1, 0, 0, 0), _unit(0, 1, 0, 0), _unit(0, 0, 1, 0), _unit(1, 0.5, 0, 0)]
MEANINGS = {"syntax": _unit(1, 0.2, 0, 0), "neural parsing": _unit(1, 0, 0, 0)}


def _encode(text: str) -> Vector:
    return MEANINGS.get(text, _unit(0, 0, 0, 1))


def _recognise(text: str) -> list[RecognisedConcept]:
    at = text.lower().find("parsing")
    return [RecognisedConcept(iri=PARSING, label="Parsing", begin=at, end=at + 7)] if at >= 0 else []


def _expand(iri: str) -> list[ExpansionTerm]:
    assert iri == PARSING
    return [ExpansionTerm(text="dependency grammars", weight=0.5, relation="narrower", concept=DEPENDENCY)]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchEngine]:
    engine = SearchEngine.open(
        tmp_path_factory.mktemp("index"), "toy", DIMENSIONS, encode_query=_encode, recognise=_recognise, expand=_expand
    )
    engine.update(zip(LIBRARY, VECTORS, strict=True), [], 7)
    yield engine
    engine.close()


def _found(answer: SearchResponse) -> list[int]:
    return [int(hit.document.iri.rpartition(":")[2]) for hit in answer.hits]


def _ask(engine: SearchEngine, query: str, **fields: object) -> SearchResponse:
    fields = {"mode": "lexical", "expand": False, **fields}
    return engine.search(SearchRequest(query=query, **fields))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("parsing", [1]), ("parse network", [1]), ('"neural parsing"', [1]), ('"parsing neural"', []),
        ('"neural networks"', [1]), ("grammar", [4, 3]), ('"dependency grammars"', [4, 3]), ("title:dependency", [4]),
        ("body:loom", [3]), ("author:king", [1, 3]), ('author:"Lovelace, Ada"', [1]), ('author:"Ada Lovelace"', [1]),
        ("author:urn:p:2", [1, 3]), ("author:king year:2016", [1]), ("year:2004..2016 -author:king", [4]),
        ("NOT language:en", [2]), ("translation OR grammar", [3, 4]), ("dependency AND loom", [3]), ("translat*", [3]),
        ("图书馆", [2]), ("知识图谱", [2]), ("图", [2]), ("谱图", []), ("图书馆知识图谱的历史", [2]),
        ("doi:10.1000/abc", [1]), ("10.1000/ABC", [1]), ("topic:parsing", [1]), (f"topic:{PARSING}", [1]),
        ('venue:"annals of looms"', [1]), ("kind:thesis", [2]), ("source:crossref", [3]), ("Lovelace", [1]),
        ("(neural OR statistical) AND year:2000..2010", [3]), ("nowhere", []), ("the", [3]),
    ],
)  # fmt: skip
def test_queries_find(engine: SearchEngine, query: str, expected: list[int]) -> None:
    answer = _ask(engine, query)
    assert sorted(_found(answer)) == sorted(expected)
    assert answer.total == len(expected)


def test_a_better_match_comes_first(engine: SearchEngine) -> None:
    assert _found(_ask(engine, "dependency grammars")) == [4, 3]


@pytest.mark.parametrize("query", ["???", "- -", '"..."'])
def test_punctuation_alone_is_refused(engine: SearchEngine, query: str) -> None:
    with pytest.raises(SearchSyntaxError):
        _ask(engine, query)


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ("", [1, 2, 3, 4]), ("type:thesis", [2]), ("publication_year:2016-", [1, 2, 4]),
        ("to_publication_date:2016-12-31,language:en", [1, 3, 4]), (f"topics.id:{PARSING}|{DEPENDENCY}", [1, 4]),
        ("authorships.author.id:urn:p:2", [1, 3]), ("venue:urn:v:1", [1]), ("source:acl", [1, 3]),
        ("source:!acl", [2, 4]), ("open_access.is_oa:true", [1]), ("open:no", [3]), ("topic:urn:none", []),
        ("title.search:grammars|translation", [3, 4]), ('title.search:"machine translation"', [3]),
    ],
)  # fmt: skip
def test_filters_hold_for_words_and_for_meaning(engine: SearchEngine, filter: str, expected: list[int]) -> None:
    assert sorted(_found(_ask(engine, "", filter=filter))) == expected
    dense = _ask(engine, "syntax", mode="dense", filter=filter)
    assert sorted(_found(dense)) == expected
    assert dense.total == len(expected)


def test_an_empty_query_lists_the_newest_first(engine: SearchEngine) -> None:
    years = [hit.document.year for hit in _ask(engine, "").hits]
    assert years == sorted(years, reverse=True)


def test_meaning_finds_what_words_do_not(engine: SearchEngine) -> None:
    answer = _ask(engine, "syntax", mode="hybrid")
    assert answer.total == 0
    assert answer.dense_total == 4
    assert all(hit.dense_only for hit in answer.hits)
    assert _found(answer)[0] == 1


def test_firm_parts_bind_what_meaning_finds(engine: SearchEngine) -> None:
    assert _found(_ask(engine, "syntax year:2019", mode="hybrid")) == [2]
    assert 1 not in _found(_ask(engine, "syntax -parsing", mode="hybrid"))


@pytest.mark.parametrize("mode", ["hybrid", "lexical", "dense"])
@pytest.mark.parametrize(
    "query", ["neural parsing", "parsing grammar -loom", '"neural networks" year:2016', "图书馆 知识图谱"]
)
def test_the_parts_of_a_score_sum_to_it(engine: SearchEngine, mode: str, query: str) -> None:
    answer = _ask(engine, query, mode=mode, explain=True, expand=True)
    assert answer.hits
    for hit in answer.hits:
        assert sum(part.value for part in hit.parts) == pytest.approx(hit.score, abs=1e-6)


def test_bm25_is_the_sum_of_its_words(engine: SearchEngine) -> None:
    answer = _ask(engine, "neural parsing networks", explain=True)
    for hit in answer.hits:
        assert sum(part.raw for part in hit.parts) == pytest.approx(hit.score, rel=1e-5)


def test_expansion_adds_words_and_tags_and_says_so(engine: SearchEngine) -> None:
    plain, expanded = _ask(engine, "parsing"), _ask(engine, "parsing", expand=True)
    assert _found(plain) == [1]
    assert _found(expanded) == [1, 4, 3]
    assert [(e.concept, e.label, [t.text for t in e.terms]) for e in expanded.expansions] == [
        (PARSING, "Parsing", ["dependency grammars"])
    ]


def test_what_an_everyday_word_adds_weighs_less(tmp_path: Path) -> None:
    def hardly(text: str) -> list[RecognisedConcept]:
        return [msgspec.structs.replace(one, weight=0.2) for one in _recognise(text)]

    engine = SearchEngine.open(tmp_path, recognise=hardly, expand=_expand)
    engine.update([(work, None) for work in LIBRARY], [], 1)
    (expansion,) = _ask(engine, "neural parsing", expand=True).expansions
    assert expansion.weight == 0.2
    assert [term.weight for term in expansion.terms] == [0.1]
    engine.close()


@pytest.mark.parametrize(
    ("query", "without"), [("parsing -{Parsing}", ()), (f"parsing -{{{PARSING}}}", ()), ("parsing", ("parsing",))]
)
def test_a_concept_can_be_switched_off(engine: SearchEngine, query: str, without: tuple[str, ...]) -> None:
    answer = _ask(engine, query, expand=True, without=without)
    assert _found(answer) == [1]
    assert answer.expansions[0].off
    assert answer.expansions[0].terms == ()


def test_facets_count_all_matches_exactly(engine: SearchEngine) -> None:
    answer = _ask(engine, "", facets=FACETS, limit=1)
    counted = {facet.name: {v.value: (v.label, v.count) for v in facet.values} for facet in answer.facets}
    assert counted["kind"] == {"article": ("article", 3), "thesis": ("thesis", 1)}
    assert counted["year"] == {"2016": ("2016", 2), "2004": ("2004", 1), "2019": ("2019", 1)}
    assert counted["author"] == {"urn:p:2": ("Bo King", 2), "urn:p:1": ("Ada M. Lovelace", 1)}
    assert counted["topic"] == {PARSING: ("syntactic parsing", 1), DEPENDENCY: ("dependency", 1)}
    assert counted["venue"] == {"urn:v:1": ("Annals of Looms", 1)}
    assert counted["source"] == {"acl": ("acl", 2), "crossref": ("crossref", 1), "csl": ("csl", 1)}
    narrowed = _ask(engine, "king", facets=("year",)).facets[0]
    assert [(v.value, v.count) for v in narrowed.values] == [("2004", 1), ("2016", 1)]


def test_highlights_mark_what_matched(engine: SearchEngine) -> None:
    hit = _ask(engine, "neural parse").hits[0]
    marked = {h.field: [h.text[begin:end] for begin, end in h.ranges] for h in hit.highlights}
    assert marked == {"title": ["Neural", "parsing"], "abstract": ["parse", "neural"]}
    chinese = _ask(engine, "知识图谱").hits[0].highlights[0]
    assert [chinese.text[begin:end] for begin, end in chinese.ranges] == ["知识图谱"]
    loom = _ask(engine, "loom").hits
    assert [h.field for hit in loom for h in hit.highlights if hit.document.iri == "urn:work:3"] == ["body"]


def test_a_document_comes_back_as_it_went_in_but_for_its_body(engine: SearchEngine) -> None:
    assert _ask(engine, "neural networks").hits[0].document == LIBRARY[0]
    assert _ask(engine, "statistical translation").hits[0].document.body == ""


def test_pages_do_not_overlap(engine: SearchEngine) -> None:
    pages = [_found(_ask(engine, "neural parsing", mode="hybrid", limit=2, offset=offset)) for offset in (0, 2, 4)]
    assert sorted(number for page in pages for number in page) == [1, 2, 3, 4]
    assert _ask(engine, "", limit=0).total == 4


@pytest.mark.parametrize(
    "fields", [{"limit": 1001}, {"limit": -1}, {"offset": -1}, {"offset": 9_995}, {"facet_size": 0}]
)
def test_pages_out_of_reach_are_refused(engine: SearchEngine, fields: dict[str, int]) -> None:
    with pytest.raises(SearchError):
        _ask(engine, "parsing", **fields)


def test_more_like(engine: SearchEngine) -> None:
    near = engine.more_like("urn:work:1", 2)
    centred = np.array(VECTORS) - np.mean(VECTORS, axis=0)
    centred /= np.linalg.norm(centred, axis=1, keepdims=True)
    assert next(iter(near)) == "urn:work:4"
    assert near["urn:work:4"] == pytest.approx(float(centred[0] @ centred[3]), abs=1e-5)
    with pytest.raises(NotFound):
        engine.more_like("urn:work:99")


def test_without_encoder_words_are_searched_and_it_says_so(engine: SearchEngine, tmp_path: Path) -> None:
    with_words_only = SearchEngine.open(tmp_path)
    with_words_only.update([(LIBRARY[0], None)], [], 1)
    answer = _ask(with_words_only, "parsing", mode="hybrid")
    assert (answer.mode, _found(answer)) == ("lexical", [1])
    assert "no encoder" in answer.notes[0]
    with_words_only.close()


def test_threads_search_while_one_writes(tmp_path: Path) -> None:
    engine = SearchEngine.open(tmp_path, "toy", DIMENSIONS, encode_query=_encode)
    engine.update(zip(LIBRARY, VECTORS, strict=True), [], 1)

    def search() -> bool:
        return all(1 in _found(_ask(engine, "neural parsing", mode="hybrid")) for _ in range(60))

    with ThreadPoolExecutor(3) as pool:
        running = [pool.submit(search) for _ in range(3)]
        for sequence in range(2, 20):
            engine.update([(_work(100 + sequence, f"Extra {sequence}"), VECTORS[2])], [], sequence)
        assert all(one.result() for one in running)
    engine.close()
    assert len(engine) == len(LIBRARY) + 18


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    first, second = SearchEngine.open(tmp_path), SearchEngine.open(tmp_path)
    first.update([(LIBRARY[0], None)], [], 1)
    with pytest.raises(WriterBusy):
        second.update([(LIBRARY[1], None)], [], 2)
    first.close()
    second.update([(LIBRARY[1], None)], [], 2)
    second.close()
    reader = SearchEngine.open(tmp_path, read_only=True)
    assert (len(reader), reader.sequence) == (2, 2)
    with pytest.raises(SearchError):
        reader.update([], [], 3)
