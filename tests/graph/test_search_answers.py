"""What an answer holds beside its order: cursors, samples, facets, groups, parts, names, spelling, files, SPARQL."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
import rdflib
import rispy
from pybtex.database import parse_string

from graph.search.as_sparql import sparql_of
from graph.search.base import Candidate, ScorePart, SearchRequest, SearchResponse
from graph.search.documents import FragmentDocument, SearchDocument
from graph.search.engine import SearchEngine
from graph.search.export import EXPORTS
from ontology.errors import SearchError, SearchSyntaxError

MANY = 250
KINDS = ("article", "dataset", "thesis")


def _work(number: int) -> SearchDocument:
    return SearchDocument(
        iri=f"urn:w:{number}", title=f"Loom patterns number {number}", year=2000 + number % 10, kind=KINDS[number % 3],
        abstract="The jacquard loom weaves patterns." if number % 2 else "A shuttle carries the weft thread.",
        authors=(f"Ada Weaver{number % 7}",), author_iris=(f"urn:p:{number % 7}",), language="en",
        organisations=("University of Lyon",) if number % 5 == 0 else (),
        organisation_iris=("urn:o:lyon",) if number % 5 == 0 else (),
        topics=((f"urn:t:{number % 4}", f"topic {number % 4}"),), broader=(("urn:t:all", "everything"),),
        identifiers=(f"doi:10.1/{number}",), cites=(f"urn:w:{number - 1}",) if number else (),
        citation_count=number if number % 50 == 0 else 0, features=("abstract", "doi"), open_access=number % 2 == 0,
    )  # fmt: skip


GERMAN = SearchDocument(
    iri="urn:w:de", title="Bibliothekskataloge im Vergleich", abstract="Die Kataloge der Universitäten.", language="de"
)
PARTS = [
    FragmentDocument(iri="urn:w:1/fig/1", work="urn:w:1", kind="figure", text="A jacquard card.", label="Figure 1"),
    FragmentDocument(iri="urn:w:3/fig/1", work="urn:w:3", kind="figure", text="Threads of a loom.", label="Figure 1"),
    FragmentDocument(
        iri="urn:w:1/sec/1/p/1", work="urn:w:1", kind="paragraph", text="Cards are punched. A card moves the hooks.",
        heading="Methods", sentences=(("sec/1/p/1/s/1", 0, 18), ("sec/1/p/1/s/2", 19, 42)),
    ),
]  # fmt: skip


def _vector(number: int) -> np.ndarray:
    vector = np.random.default_rng(number).normal(size=8).astype(np.float32)
    return vector / np.linalg.norm(vector)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchEngine]:
    engine = SearchEngine.open(tmp_path_factory.mktemp("index"), "toy", 8, encode_query=lambda text: _vector(len(text)))
    works = [(_work(number), _vector(number)) for number in range(MANY)]
    engine.update([*works, (GERMAN, None)], [], 1, PARTS)
    yield engine
    engine.close()


def _ask(engine: SearchEngine, query: str = "", **fields: object) -> SearchResponse:
    return engine.search(SearchRequest(query=query, **{"highlight": False, **fields}))  # type: ignore[arg-type]


def _iris(answer: SearchResponse) -> list[str]:
    return [hit.document.iri for hit in answer.hits]


@pytest.mark.parametrize("query", ["loom patterns", "loom", "", "shuttle weft thread carries"])
@pytest.mark.parametrize("mode", ["hybrid", "lexical"])
def test_a_walk_meets_every_match_once_while_others_write(tmp_path: Path, query: str, mode: str) -> None:
    engine = SearchEngine.open(tmp_path, "toy", 8, encode_query=lambda text: _vector(len(text)))
    engine.update([(_work(number), _vector(number)) for number in range(MANY)], [], 1)
    first = _ask(engine, query, mode=mode, cursor="*", limit=40)
    wanted = first.total + first.dense_total

    def write() -> None:
        for sequence in range(2, 12):
            gone = [f"urn:w:{number}" for number in range(sequence * 10, sequence * 10 + 5)]
            engine.update([(_work(1000 + sequence), _vector(sequence))], gone, sequence)

    writer = Thread(target=write)
    writer.start()
    seen, answer = _iris(first), first
    while answer.cursor:
        answer = _ask(engine, query, mode=mode, cursor=answer.cursor, limit=40)
        seen += _iris(answer)
    writer.join()
    assert len(seen) == len(set(seen)) == wanted
    assert not any(iri.startswith("urn:w:10") and len(iri) > 9 for iri in seen)
    assert _ask(engine, query, mode=mode).total != first.total
    engine.close()


@pytest.mark.parametrize("cursor", ["nonsense", "gA", "kwEB"])
def test_a_wrong_cursor_is_refused(engine: SearchEngine, cursor: str) -> None:
    with pytest.raises(SearchError):
        _ask(engine, "loom", cursor=cursor)


def test_a_cursor_belongs_to_its_search(engine: SearchEngine) -> None:
    cursor = _ask(engine, "loom", cursor="*").cursor
    with pytest.raises(SearchError, match="another search"):
        _ask(engine, "shuttle", cursor=cursor)
    with pytest.raises(SearchError, match="offset"):
        _ask(engine, "loom", cursor=cursor, offset=10)


def test_pages_by_offset_are_the_walk(engine: SearchEngine) -> None:
    pages = [iri for at in range(0, 240, 30) for iri in _iris(_ask(engine, "loom patterns", limit=30, offset=at))]
    assert pages == _iris(_ask(engine, "loom patterns", limit=240))
    scores = [hit.score for hit in _ask(engine, "loom patterns", limit=240).hits]
    assert scores == sorted(scores, reverse=True)


def test_samples_are_the_same_for_the_same_seed(engine: SearchEngine) -> None:
    one, again, other = (_iris(_ask(engine, "type:dataset", sample=20, seed=seed, limit=50)) for seed in (7, 7, 8))
    assert one == again
    assert len(one) == len(set(one)) == 20
    assert one != other


def test_facets_count_around_what_is_chosen(engine: SearchEngine) -> None:
    answer = _ask(engine, filter="type:thesis|dataset,year:2003", facets=("kind", "year", "topic", "author"))
    kinds = Counter(_work(n).kind for n in range(MANY) if _work(n).year == 2003)
    years = Counter(str(_work(n).year) for n in range(MANY) if _work(n).kind != "article")
    counted = {facet.name: {value.value: value.count for value in facet.values} for facet in answer.facets}
    assert counted["kind"] == kinds
    assert counted["year"] == years
    chosen = {value.value for facet in answer.facets for value in facet.values if value.chosen}
    assert chosen == {"thesis", "dataset", "2003"}
    matching = [_work(n) for n in range(MANY) if _work(n).kind != "article" and _work(n).year == 2003]
    assert answer.total == len(matching)
    assert counted["topic"] == {**Counter(f"urn:t:{int(w.iri[6:]) % 4}" for w in matching), "urn:t:all": len(matching)}


def test_groups_count_every_value(engine: SearchEngine) -> None:
    groups = _ask(engine, "jacquard", mode="lexical", group_by="author").groups
    assert {g.value: g.count for g in groups} == Counter(f"urn:p:{n % 7}" for n in range(MANY) if n % 2)
    assert groups[0].label.startswith("Ada Weaver")


@pytest.mark.parametrize(
    ("sort", "key"),
    [("newest", lambda w: -w.year), ("oldest", lambda w: w.year), ("citations", lambda w: -w.citation_count)],
)
def test_sorts(engine: SearchEngine, sort: str, key: object) -> None:
    documents = [hit.document for hit in _ask(engine, "loom year:2000..", sort=sort, limit=100).hits]
    assert documents == sorted(documents, key=key)  # type: ignore[arg-type]
    titles = [hit.document.title for hit in _ask(engine, "jacquard", sort="title", limit=100).hits]
    assert titles == sorted(titles)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("cites:10.1/7", ["urn:w:8"]), ("citedby:urn:w:8", ["urn:w:7"]), ("doi:10.1/33", ["urn:w:33"]),
        ("affiliation:lyon year:2005 type:thesis", [f"urn:w:{n}" for n in range(MANY) if n % 30 == 5]),
        ("citations:>150", ["urn:w:200"]), ('"jacquard weaves"~3 title:7', ["urn:w:7"]), ("katalog", ["urn:w:de"]),
        ("Bibliothekskatalog", ["urn:w:de"]), ("Universität", ["urn:w:de"]), ("-has:doi", ["urn:w:de"]),
    ],
)  # fmt: skip
def test_fields_and_languages(engine: SearchEngine, query: str, expected: list[str]) -> None:
    assert sorted(_iris(_ask(engine, query, mode="lexical", limit=300))) == sorted(expected)


def test_an_unknown_work_is_an_error_not_nothing(engine: SearchEngine) -> None:
    for query in ("cites:10.9/none", "x like:10.9/none"):
        with pytest.raises(SearchSyntaxError) as caught:
            _ask(engine, query)
        assert caught.value.place


def test_like_finds_the_neighbours(engine: SearchEngine) -> None:
    near = engine.more_like("urn:w:7", 3)
    assert next(iter(near)) in _iris(_ask(engine, "like:10.1/7", mode="dense", limit=5))
    assert _ask(engine, "like:urn:w:7", mode="lexical").total > 0


def test_figures_are_found_by_caption_and_grouped_by_work(engine: SearchEngine) -> None:
    answer = _ask(engine, "type:figure jacquard", highlight=True)
    assert [(hit.document.iri, [f.iri for f in hit.fragments]) for hit in answer.hits] == [
        ("urn:w:1", ["urn:w:1/fig/1"])
    ]
    passage = answer.hits[0].fragments[0].passage
    assert [passage.text[begin:end] for begin, end in passage.ranges] == ["jacquard"]
    assert _ask(engine, "loom", filter="type:figure").fragment_total == 1
    assert _ask(engine, "type:figure").fragment_total == 2
    assert _ask(engine, "type:figure year:2003").fragment_total == 1
    with pytest.raises(SearchSyntaxError, match="parts"):
        _ask(engine, "loom OR type:figure")


def test_a_sentence_is_shown_where_it_is_asked_for(engine: SearchEngine) -> None:
    found = _ask(engine, "type:sentence hooks").hits[0].fragments[0]
    assert (found.iri, found.kind, found.passage.text) == (
        "urn:w:1/sec/1/p/1/s/2",
        "sentence",
        "A card moves the hooks.",
    )


def test_passages_show_where_in_the_work(engine: SearchEngine) -> None:
    hit = _ask(engine, "jacquard card title:1", passages=3).hits[0]
    assert {part.iri for part in hit.fragments} == {"urn:w:1/fig/1", "urn:w:1/sec/1/p/1"}


@pytest.mark.parametrize(
    ("typed", "kind", "label"),
    [
        ("ada weav", "person", "Ada Weaver"), ("weaver3", "person", "Ada Weaver3"),
        ("univ ly", "organisation", "University of Lyon"), ("univrsity", "organisation", "University of Lyon"),
        ("loom patterns number 17", "work", "Loom patterns number 17"),
    ],
)  # fmt: skip
def test_suggestions(engine: SearchEngine, typed: str, kind: str, label: str) -> None:
    assert any(one.kind == kind and one.label.startswith(label) for one in engine.suggest(typed))


def test_what_the_query_names_comes_first(engine: SearchEngine) -> None:
    named = _ask(engine, "Ada Weaver3 looms").entities
    assert [(one.kind, one.label) for one in named] == [("person", "Ada Weaver3")]
    assert _ask(engine, "10.1/12").entities[0].iri == "urn:w:12"


def test_spelling_is_offered_and_never_made(engine: SearchEngine) -> None:
    answer = _ask(engine, "jaquard loom", mode="lexical")
    assert answer.did_you_mean == "jacquard loom"
    assert _ask(engine, "jacquard loom", mode="lexical").did_you_mean == ""


def test_a_rescorer_moves_results_and_says_why(tmp_path: Path) -> None:
    def prefer(_: SearchRequest, candidates: object) -> list[tuple[ScorePart, ...]]:
        assert all(isinstance(one, Candidate) for one in candidates)  # type: ignore[attr-defined]
        return [
            (ScorePart(name="you follow Ada Weaver5", value=1.0),) if "urn:p:5" in one.document.author_iris else ()
            for one in candidates  # type: ignore[attr-defined]
        ]

    engine = SearchEngine.open(tmp_path, "toy", 8, encode_query=lambda text: _vector(len(text)), rescore=prefer)
    engine.update([(_work(number), _vector(number)) for number in range(30)], [], 1)
    plain = SearchEngine.open(tmp_path, "toy", 8, read_only=True, encode_query=lambda text: _vector(len(text)))
    moved, before = (_ask(one, "loom", limit=100, explain=True) for one in (engine, plain))
    assert sorted(_iris(moved)) == sorted(_iris(before))
    assert moved.hits[0].document.author_iris == ("urn:p:5",)
    assert "you follow Ada Weaver5" in moved.hits[0].reasons
    for hit in moved.hits:
        assert sum(part.value for part in hit.parts) == pytest.approx(hit.score, abs=1e-6)
    engine.close()


def test_files_say_what_the_works_say(engine: SearchEngine) -> None:
    other = SearchDocument(iri="urn:x", title='50% of "{it}" & more', authors=("Bo King", "C"), abstract="=1+1")
    works = [_work(1), other]
    texts = {name: "".join(write(works)) for name, (_, _, write) in EXPORTS.items()}
    entries = parse_string(texts["bibtex"], "bibtex").entries
    assert len(entries) == 2
    assert [e.persons["author"][0].last_names for e in entries.values()] == [["Weaver1"], ["King"]]
    assert [one["title"] for one in rispy.loads(texts["ris"])] == [work.title for work in works]
    assert [item["title"] for item in json.loads(texts["csl"])] == [work.title for work in works]
    rows = list(csv.DictReader(io.StringIO(texts["csv"])))
    assert (rows[0]["doi"], rows[1]["abstract"], rows[1]["authors"]) == ("10.1/1", "'=1+1", "Bo King; C")
    assert [json.loads(line)["iri"] for line in texts["jsonl"].splitlines()] == ["urn:w:1", "urn:x"]
    assert json.loads("".join(EXPORTS["csl"][2]([]))) == []


def test_a_walk_for_a_file_ends_where_it_should(engine: SearchEngine) -> None:
    assert len(list(engine.walk(SearchRequest(query="loom patterns"), 10_000))) == MANY
    assert len(list(engine.walk(SearchRequest(query="loom patterns"), 17))) == 17


@pytest.mark.parametrize(
    "query",
    ['loom a\\b author:"x } DROP" year:2001.. -type:thesis', "topic:http://x/y cites:http://x/z (a OR has:doi)", ""],
)
def test_sparql_is_sparql_whatever_was_typed(query: str) -> None:
    text = sparql_of(SearchRequest(query=query, filter="language:en,open:yes,source:acl"))
    rdflib.Graph().query(text)
    assert "left out" in text
