"""Citations among the works here count, whatever sources say; totals that nobody asks for are not worked out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import rdflib

from graph.search.as_sparql import sparql_of
from graph.search.base import NOT_COUNTED, SearchRequest, SearchResponse
from graph.search.documents import SearchDocument
from graph.search.engine import SearchEngine


def _work(name: str, *cites: str, said: int = 0, title: str = "The loom") -> SearchDocument:
    return SearchDocument(
        iri=f"urn:w:{name}", title=title, cites=tuple(f"urn:w:{one}" for one in cites), citation_count=said,
        features=("citations",) if said else (),
    )  # fmt: skip


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[SearchEngine]:
    """`a` is cited by three works here, `b` by one and, a source says, by five, `c` by two elsewhere, `d` by nobody."""
    engine = SearchEngine.open(tmp_path)
    works = [
        _work("a"), _work("b", "a", said=5), _work("c", "a", said=2), _work("d", "a", "b", "elsewhere"),
    ]  # fmt: skip
    engine.update([(work, None) for work in works], [], 1)
    yield engine
    engine.close()


def _found(engine: SearchEngine, query: str = "", **fields: object) -> str:
    answer = _ask(engine, query, **fields)
    return "".join(hit.document.iri[-1] for hit in answer.hits)


def _ask(engine: SearchEngine, query: str = "", **fields: object) -> SearchResponse:
    return engine.search(SearchRequest(query=query, **fields))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("citations:3..", "ab"), ("citations:3", "a"), ("citations:..2", "cd"), ("citations:0", "d"),
        ("citations:1..4", "ac"), ("citations:2..2", "c"), ("has:citations", "abc"), ("NOT has:citations", "d"),
        ("loom citations:>3", "b"), ("citations:6..", ""),
    ],
)  # fmt: skip
def test_who_is_cited_here_counts(engine: SearchEngine, query: str, found: str) -> None:
    assert sorted(_found(engine, query)) == sorted(found)
    assert _ask(engine, query).total == len(found)


def test_order_facets_and_documents_know_it(engine: SearchEngine) -> None:
    answer = _ask(engine, sort="citations", facets=("has",))
    assert [(hit.document.iri[-1], hit.document.citation_count) for hit in answer.hits] == [
        ("b", 5), ("a", 3), ("c", 2), ("d", 0),
    ]  # fmt: skip
    assert {value.value: value.count for value in answer.facets[0].values} == {"citations": 3}
    assert _found(engine, sort="citations", limit=2, offset=1) == "ac"
    cited = _ask(engine, "loom", explain=True).hits
    assert {hit.document.iri[-1] for hit in cited} == set("abcd")


def test_a_work_that_goes_or_comes_changes_what_it_cites_at_once(engine: SearchEngine) -> None:
    engine.update([], ["urn:w:d"], 2)
    assert _found(engine, "citations:3..") == "b"
    engine.update([(_work("c", said=2), None), (_work("e", "c", "b"), None), (_work("f", "c"), None)], [], 3)
    assert sorted(_found(engine, "citations:2..")) == ["b", "c"]
    assert _found(engine, "citations:1") == "a"


def test_a_rebuilt_index_is_the_same_and_counts_the_same(engine: SearchEngine, tmp_path: Path) -> None:
    engine.update([(_work("e", "d"), None)], ["urn:w:b"], 2)
    anew = SearchEngine.open(tmp_path / "anew")
    works = [_work("e", "d"), _work("d", "a", "b", "elsewhere"), _work("c", "a", said=2), _work("a")]
    anew.update([(work, None) for work in works], [], 2)
    assert anew.checksum() == engine.checksum()
    for query in ("citations:2", "citations:1", "citations:0"):
        assert sorted(_found(anew, query)) == sorted(_found(engine, query))
    anew.close()


@pytest.mark.parametrize(("query", "found"), [("citations:3..", "ab"), ("citations:0", "d"), ("citations:2", "c")])
def test_the_same_question_in_sparql(query: str, found: str) -> None:
    graph = rdflib.Graph()
    graph.parse(data=_GRAPH, format="turtle")
    rows = graph.query(sparql_of(SearchRequest(query=query)))
    assert sorted(str(row[0])[-1] for row in rows) == sorted(found)  # type: ignore[index]


_GRAPH = """
PREFIX gn: <https://w3id.org/gnomon/ontology#> PREFIX dct: <http://purl.org/dc/terms/>
PREFIX cito: <http://purl.org/spar/cito/>
<urn:w:a> a gn:Work ; dct:title "a" .
<urn:w:b> a gn:Work ; dct:title "b" ; gn:reportedCitations 5 ; cito:cites <urn:w:a> .
<urn:w:c> a gn:Work ; dct:title "c" ; gn:reportedCitations 2 ; cito:cites <urn:w:a> .
<urn:w:d> a gn:Work ; cito:cites <urn:w:a>, <urn:w:b> .
"""


WORDS = ["loom", "shuttle", "weft", "warp", "thread", "heddle", "reed", "spindle", "bobbin"]


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchEngine]:
    """Works with every choice of nine words in title, abstract, keywords and names."""
    engine = SearchEngine.open(tmp_path_factory.mktemp("crowd"))
    works = []
    for number in range(512):
        had = [word for bit, word in enumerate(WORDS) if number >> bit & 1]
        works.append(
            SearchDocument(
                iri=f"urn:w:{number}", title=" ".join(had[::3]), abstract=" ".join(had[1::3]),
                **({"authors": (" ".join(had[2::3]),)} if number % 3 else {"body": " ".join(had[2::3])}),
            )
        )  # fmt: skip
    engine.update([(work, None) for work in works], [], 1)
    yield engine
    engine.close()


@pytest.mark.parametrize("count", [1, 2, 3, 5, 6, 9])
@pytest.mark.parametrize("limit", [0, 1, 7, 40])
def test_the_best_are_the_same_whether_all_are_counted_or_not(crowd: SearchEngine, count: int, limit: int) -> None:
    query = " ".join(WORDS[:count])
    for filter in ("", "author:thread", "author:nobody"):
        asked = SearchRequest(query=query, filter=filter, mode="lexical", limit=limit)
        whole = crowd.search(asked)
        quick = crowd.search(SearchRequest(query=query, filter=filter, mode="lexical", limit=limit, total=False))
        # The last bits of a sum depend on its order: works that are as good may change places.
        assert [round(hit.score, 4) for hit in quick.hits] == [round(hit.score, 4) for hit in whole.hits]
        assert whole.total >= len(whole.hits)
        assert quick.total in (NOT_COUNTED, whole.total)


def test_later_pages_and_walks_without_a_total(crowd: SearchEngine) -> None:
    query = " ".join(WORDS[:6])
    pages = [
        hit.document.iri
        for offset in range(0, 60, 20)
        for hit in crowd.search(SearchRequest(query=query, mode="lexical", limit=20, offset=offset, total=False)).hits
    ]
    whole = crowd.search(SearchRequest(query=query, mode="lexical", limit=60))
    assert len(set(pages)) == 60
    assert len(set(pages) & {hit.document.iri for hit in whole.hits}) >= 55
    walk = crowd.search(SearchRequest(query=query, mode="lexical", cursor="*", total=False))
    assert walk.total == whole.total
    assert walk.cursor
