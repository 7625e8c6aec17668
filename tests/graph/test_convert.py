"""Entities to quads: known terms only, one owner each, true offsets, and nothing a parser refuses."""

from __future__ import annotations

from collections import Counter
from importlib.resources import files
from itertools import combinations
from pathlib import Path
from typing import Any

import msgspec
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st

from api.listing import fragment_documents
from graph import convert
from graph.convert import tables
from graph.convert.safe import literal, ref, tag, web
from graph.stores.hashing import store_hash
from graph.stores.oxigraph import OxigraphStore
from graph.terms import StoreHash, date, line, number, parts, text
from ontology.entities import ClaimSummary, Work
from ontology.identifiers import Identifier
from ontology.namespaces import PREFIXES, Base
from ontology.reason import check, own_ontology
from ontology.records import Document, Fragment, Link, Record, Subject, Title

GN = PREFIXES["gn"]
TYPE = f"<{PREFIXES['rdf']}type>"


def known_terms() -> set[str]:
    """Own terms that gnomon.ttl declares, and terms of others that terms.txt lists as verified."""
    own = {str(s) for s in rdflib.Graph().parse(data=own_ontology(), format="turtle").subjects()}
    listed = files("ontology").joinpath("terms.txt").read_text("utf-8").splitlines()
    others = {one for one in listed if one and not one.startswith("#")}
    return {one for one in own if one.startswith(GN)} | {
        PREFIXES[prefix] + name for prefix, _, name in (one.partition(":") for one in others)
    }


def test_only_known_terms_are_used(world: Any) -> None:
    used: set[str] = set()
    for subject, predicate, value, _ in map(parts, world.lines()):
        used.add(predicate[1:-1])
        if predicate == TYPE:
            used.add(value[1:-1])
        assert not subject.startswith("_:") and not value.startswith("_:"), "no blank nodes"
    assert used - known_terms() == set()


def test_every_class_and_relation_of_the_tables_is_known() -> None:
    from graph.convert import kinds
    from graph.convert import text as texts

    tables = [*kinds.TYPES.values(), *kinds.ROLES.values(), [*kinds.RELATIONS.values()], [*texts.TYPES.values()]]
    used = {one[1:-1] for row in [*tables, [*texts.ROLES.values()]] for one in row}
    assert used - known_terms() == set()


def test_each_statement_has_one_owner(world: Any) -> None:
    for (one, lines), (other, more) in combinations(world.owned().items(), 2):
        assert not lines & more, (one, other)


def test_no_statement_is_said_twice(world: Any, base: Base) -> None:
    for work in world.works.values():
        said = [*convert.work_lines(work, base), *convert.text_lines(work, base), *convert.reading_lines(work, base)]
        assert [line for line, times in Counter(said).items() if times > 1] == []


def test_it_agrees_with_the_ontology(world: Any) -> None:
    facts = [f"{s} {p} {o} ." for s, p, o, _ in map(parts, world.lines())]
    assert check(own_ontology(), facts).consistent


def test_mentions_are_lean_and_quote_their_sentence(world: Any, base: Base) -> None:
    work = world.works["article"]
    lines = [*convert.reading_lines(work, base)]
    mention = [one for one in lines if "/id/mention/" in one.split(" ")[0]]
    assert len(mention) == 12 + 14
    rows: dict[str, dict[str, str]] = {}
    for one in mention:
        subject, predicate, value, _ = parts(one)
        if subject.endswith("/selector>"):
            rows.setdefault(subject, {})[predicate.rpartition("#")[2][:-1]] = value.partition("^")[0].strip('"')
    said = work.document.text[work.reading.sentences[1].begin : work.reading.sentences[1].end]
    assert sorted(said[int(row["start"]) : int(row["end"])] for row in rows.values()) == ["nets", "parsing"]
    assert all(said[int(row["start"]) : int(row["end"])] == row["exact"] for row in rows.values())


def test_a_sentence_takes_six_statements(world: Any, base: Base) -> None:
    lines = [*convert.text_lines(world.works["article"], base)]
    sentence = f"<{world.works['article'].iri}/sec/1/p/1/s/1>"
    assert sum(one.startswith(sentence) for one in lines) == 5
    assert [parts(one)[0] for one in lines if f"contains> {sentence}" in one] == [sentence[:-5] + ">"]


def test_title_and_abstract_have_parts_once_they_are_read(world: Any, base: Base) -> None:
    read = world.works["article"]
    whole = msgspec.structs.replace(read.document, full=True)
    short = msgspec.structs.replace(read, document=msgspec.structs.replace(read.document, full=False))
    for work in (msgspec.structs.replace(read, reading=None, document=whole), short):
        assert any("contains>" in one for one in convert.text_lines(work, base))
        assert [*fragment_documents(work)]
    unread = msgspec.structs.replace(short, reading=None)
    assert not [*convert.text_lines(unread, base)]
    assert not [*fragment_documents(unread)]


def test_a_table_is_one_grid_and_its_cells_are_no_nodes(world: Any, base: Base) -> None:
    work = world.works["article"]
    lines = [*convert.text_lines(work, base)]
    assert not any("/r/1" in one for one in lines)
    (grid,) = (parts(one)[2] for one in lines if f"{GN}cells>" in one)
    assert grid.endswith("rdf-syntax-ns#JSON>")
    said = rdflib.util.from_n3(grid)
    assert tables.read(str(said)) == [["net", None, "F1"], ["ours", None, "0.9"]]
    assert tables.cell_of(f"{work.iri}/tab/1/r/2/c/3") == (f"{work.iri}/tab/1", 2, 3)
    assert tables.cell_of(f"{work.iri}/tab/1") is None


def test_a_statement_points_at_what_it_names(world: Any, base: Base) -> None:
    work = world.works["article"]
    named = [parts(one) for one in convert.text_lines(work, base) if one.startswith(f"<{work.iri}/stmt/1>")]
    values = {
        p.rpartition("/")[2].rpartition("#")[2][:-1]: o for _, p, o, _ in named if "references" in p or "Award" in p
    }
    assert values["namesAward"] == '"A-1"'
    assert {o for _, p, o, _ in named if p.endswith("terms/references>")} == {
        "<http://x.test/data>", "<https://identifiers.org/geo:GSE1>",
    }  # fmt: skip


def test_structure_leads_from_the_work_to_every_fragment(world: Any, base: Base) -> None:
    work = world.works["article"]
    above = {parts(one)[2]: parts(one)[0] for one in convert.text_lines(work, base) if "pattern#contains>" in one}
    iri = f"<{work.iri}"
    assert above[f"{iri}/sec/1/p/1>"] == f"{iri}/sec/1>" == above[f"{iri}/fig/1>"]
    assert above[f"{iri}/sec/1>"] == f"{iri}>" == above[f"{iri}/title>"]


def test_two_works_with_the_same_text_share_no_mention(world: Any, base: Base) -> None:
    work = world.works["article"]
    twin = msgspec.structs.replace(work, iri=base.entity("work", "twin"))
    one, other = set(convert.reading_lines(work, base)), set(convert.reading_lines(twin, base))
    assert not one & other


def test_a_rerun_with_other_settings_keeps_the_names(world: Any, base: Base) -> None:
    work = world.works["article"]
    maker = msgspec.structs.replace(work.reading.maker, version="2", configuration="other")
    again = msgspec.structs.replace(work, reading=msgspec.structs.replace(work.reading, maker=maker))
    changed = set(convert.reading_lines(again, base)) ^ set(convert.reading_lines(work, base))
    assert {parts(one)[1] for one in changed} == {f"<{PREFIXES['prov']}wasAssociatedWith>"}


def test_references_are_resolved_or_kept(world: Any, base: Base) -> None:
    work = world.works["article"]
    lines = [*convert.work_lines(work, base)]
    assert f"<{work.iri}> <{PREFIXES['cito']}cites> <{base.entity('work', 'd')}> ." in lines
    kept = [one for one in lines if one.startswith(f"<{work.iri}/ref/b%202> ")]
    assert any("UnresolvedReference" in one for one in kept)
    assert any('"C (2011) T"' in one for one in kept) and any('"doi:10.1/c"' in one for one in kept)


@pytest.mark.parametrize(
    ("support", "dispute", "probability", "state", "plain"),
    [(1, 0, 0.75, "Accepted", 1), (1, 0, 0.74, "Auto", 0), (2, 1, 0.9, "Accepted", 1), (1, 1, 0.9, "Disputed", 0)],
)
def test_claims_are_plain_statements_once_accepted(
    support: int, dispute: int, probability: float, state: str, plain: int, base: Base
) -> None:
    claim = ClaimSummary(
        subject="http://v/a", predicate=GN + "uses", object="http://v/b", support=support, dispute=dispute,
        probability=probability,
    )  # fmt: skip
    lines = [*convert.claim_lines(claim, base)]
    assert lines.count(f"<http://v/a> <{GN}uses> <http://v/b> .") == plain
    assert any(f"<{GN}{state}>" in one for one in lines)


HOSTILE = st.text(st.characters(), max_size=40) | st.sampled_from(
    ["http://[x", "http://x/%zz", "http://a:b@c", "http://x/\ue000#a#b", "https://", "ftp://x y", "en-uk-foo", "\ud800"]
)


@given(HOSTILE, HOSTILE, HOSTILE)
def test_whatever_records_say_comes_out_as_statements(one: str, two: str, three: str) -> None:
    base = Base("http://x")
    document = Document(
        text=one, language=two,
        fragments=(Fragment(kind="figure", path="fig/1", begin=0, end=len(one), label=two, role=three, url=f"http://{two}"),),
    )  # fmt: skip
    record = Record(
        key=one, format="x", titles=(Title(one, two),), abstract=three, language=one, issued=two, license=f"https://{three}",
        identifiers=(Identifier("doi", one),), links=(Link(url=two), Link(url=f"http://{three}", rel="pdf", mime=one)),
        subjects=(Subject(label=one, code=f"http://{two}"), Subject(label=three, scheme="mesh", code=two)),
    )  # fmt: skip
    work = Work(iri="http://x/w", record=record, sources=(base.record(one, two),), document=document)
    lines = [*convert.work_lines(work, base), *convert.text_lines(work, base)]
    assert all(parts(line) for line in lines)
    ox = pytest.importorskip("pyoxigraph")
    body = "\n".join(lines).encode()
    assert sorted(f"{quad} ." for quad in ox.parse(body, format=ox.RdfFormat.N_QUADS)) == sorted(lines)


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("http://x/a b", "<http://x/a%20b>"), ("http://x/%zz%20", "<http://x/%25zz%20>"),
        ("http://x/#a#b", "<http://x/#a%23b>"), ("http://x:80/ü", "<http://x:80/ü>"),
        ("no iri", "<urn:x-invalid:no%20iri>"), ("http://[::1", "<urn:x-invalid:http%3A%2F%2F%5B%3A%3A1>"),
    ],
)  # fmt: skip
def test_iris_are_repaired(given: str, written: str) -> None:
    assert ref(given) == written


def test_addresses_and_tags_that_are_none() -> None:
    assert [web(one) for one in ("javascript:alert(1)", "http://", "//x", "http://u:p@x/", "x" * 5000)] == [None] * 5
    assert [tag(one) for one in ("en", "EN_us", "zh-Hans-CN", "english", "e", "en-uk-foo", "de-1996")] == [
        "en", "en-us", "zh-hans-cn", "", "", "en-uk", "de",
    ]  # fmt: skip


LITERALS = st.one_of(
    st.builds(literal, st.text()),
    st.builds(literal, st.text(), st.sampled_from(["en", "en-GB", "zh-Hant", "sr-latn-rs"])),
    st.builds(number, st.integers(-(2**63), 2**63 - 1)), st.builds(number, st.floats(-1e6, 1e6)),
    st.builds(date, st.dates().map(str)), st.builds(date, st.dates().map(lambda d: str(d)[:7])),
    st.builds(text, st.text(st.characters(exclude_categories=["Cs"]))),
)  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> OxigraphStore:
    return OxigraphStore(tmp_path_factory.mktemp("round") / "store")


@given(values=st.lists(LITERALS, max_size=8))
def test_the_store_gives_back_the_lines_it_got(store: OxigraphStore, values: list[str]) -> None:
    lines = {
        line(f"<http://x/{n}>", "<http://x/p>", value, graph)
        for n, value in enumerate(values)
        for graph in ("", "<http://x/g>")
    }
    store.apply(list(store.lines()), lines)
    assert set(store.lines()) == lines
    expected = StoreHash()
    expected.update(lines)
    assert store_hash(store) == expected.hexdigest() and expected.count == store.count()


def test_loading_a_world_gives_it_back(world: Any, tmp_path: Path) -> None:
    store = OxigraphStore(tmp_path / "s")
    store.load(world.lines())
    assert sorted(store.lines()) == world.lines()
