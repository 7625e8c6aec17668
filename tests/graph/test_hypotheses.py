"""Hypotheses: facts equal networkx, what is planted is found, probabilities are honest, and silence without support."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import combinations, pairwise
from math import log

import networkx as nx
import pytest

from graph.hypotheses.asking import KNOWN, LEAST, MOST, Foresight
from graph.hypotheses.facts import NAMES, SUPPORT
from graph.hypotheses.history import COMMON, EACH, FEW, History, Together, history, kindred
from graph.hypotheses.learning import HORIZON, calibration_error, drawn, learned, scoreboard, walker_at
from graph.hypotheses.logistic import Scale, fit
from graph.hypotheses.sides import sentences
from graph.stores.oxigraph import OxigraphStore
from ontology.errors import NotFound, QueryTooLarge
from ontology.namespaces import expand
from tests.graph.pets import ANIMAL, BASE, CAT, DOG, NEW, POODLE, lines


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OxigraphStore]:
    made = OxigraphStore(tmp_path_factory.mktemp("hypotheses") / "store")
    made.load(lines())
    yield made
    made.close()


def planted(seed: int = 1, years: int = 24, each: int = 60) -> History:
    """Things of ten fields; works pair those of one field, each thing from its own year on: what shares a field comes
    together sooner or later, what does not only by chance."""
    draw = random.Random(seed)
    born = {f"t{n}": draw.randrange(years) for n in range(200)}
    spoken = {}
    for year in range(years):
        for number in range(each):
            field = draw.randrange(10)
            alive = [one for one in born if born[one] <= year and int(one[1:]) % 10 == field]
            alive = alive if len(alive) > 2 and draw.random() < 0.9 else [one for one in born if born[one] <= year]
            things = frozenset(draw.sample(alive, min(3, len(alive))))
            spoken[f"w{year}-{number}"] = (2000 + year, things)
    return History(spoken)


def test_facts_equal_networkx() -> None:
    past = planted(years=6)
    walker = walker_at(past, 2005)
    graph: nx.Graph[str] = nx.Graph()
    for _, things in past.spoken.values():
        graph.add_edges_from(combinations(sorted(things), 2))
    checked = 0
    for start in sorted(graph)[:20]:
        between = walker.between(start)
        ends = {
            end for end in set(graph) - {start} - set(graph[start])
            if len(list(nx.common_neighbors(graph, start, end))) >= SUPPORT
        }  # fmt: skip
        assert set(between) == ends
        for _, end, allocation in nx.resource_allocation_index(graph, [(start, end) for end in sorted(ends)]):
            common = list(nx.common_neighbors(graph, start, end))
            assert between[end].common == len(common)
            assert between[end].allocation == pytest.approx(allocation)
            assert between[end].adamic_adar == pytest.approx(sum(1 / log(1 + graph.degree(b)) for b in common))
            assert len(walker.facts(start, end, between[end])) == len(NAMES)
            checked += 1
    assert checked > 100


def test_logistic_regression_finds_the_odds() -> None:
    draw = random.Random(3)
    facts = [[draw.gauss(5, 2), draw.gauss(0, 1)] for _ in range(20_000)]
    outcomes = [draw.random() < 1 / (1 + 2.718281828 ** -(0.8 * (a - 5) / 2 - 1)) for a, _ in facts]
    scale = Scale.of(facts)
    model = fit(scale.standard(facts), outcomes)
    assert model.weights == (pytest.approx(0.8, abs=0.08), pytest.approx(0, abs=0.08))
    assert model.bias == pytest.approx(-1, abs=0.08)
    assert calibration_error(model.probabilities(scale.standard(facts)), outcomes) < 0.02


def test_the_past_teaches_and_the_scoreboard_looks_at_the_future() -> None:
    past = planted()
    scores = scoreboard(past)
    assert (scores.learned_until, scores.horizon) == (past.years[-1] - HORIZON, HORIZON)
    ways = {one.way: one for one in scores.scores}
    assert ways["learned"].average_precision > ways["popularity"].average_precision
    assert ways["learned"].auc > 0.7
    assert scores.calibration_error < 0.05
    assert 0 < scores.came_true < scores.pairs
    hidden = History({work: said for work, said in past.spoken.items() if said[0] <= scores.learned_until})
    assert learned(hidden, scores.learned_until) == learned(past, scores.learned_until), "nothing later was looked at"


def test_pairs_stand_apart_at_their_time() -> None:
    past = planted(years=10)
    now, later = past.until(2005), past.until(2005 + HORIZON)
    for start, pairs in drawn(past, 2005):
        ends = sorted(walker_at(past, 2005).between(start))
        assert not set(ends) & set(now.near[start])
        assert pairs.outcomes == [end in later.near[start] for end in ends]


def test_too_little_teaches_nothing() -> None:
    with pytest.raises(NotFound, match="too small"):
        learned(planted(years=4, each=3), 2003)
    with pytest.raises(NotFound, match="too small"):
        scoreboard(History({}))


def test_kin_make_no_pairs(world: OxigraphStore) -> None:
    kin = kindred(world, {ANIMAL, DOG, POODLE, CAT})
    assert kin[POODLE] == {DOG, ANIMAL}
    assert kin[CAT] == {ANIMAL}
    pairs = [(one, other) for one in (POODLE, DOG, CAT) for other in "xy"]
    spoken = {f"w{n}": (2000, frozenset(pair)) for n, pair in enumerate(pairs)}
    assert set(walker_at(History(spoken), 2000).between(POODLE)) == {DOG, CAT}
    assert set(walker_at(History(spoken, kin), 2000).between(POODLE)) == {CAT}


def test_history_leaves_out_what_is_rare_or_everywhere(tmp_path_factory: pytest.TempPathFactory) -> None:
    store = OxigraphStore(tmp_path_factory.mktemp("history") / "store")
    work, year, subject = (expand(one) for one in ("gn:Work", "gn:year", "dct:subject"))
    found = []
    for number in range(FEW + 10):
        iri = f"http://test.example/id/work/w{number:03}"
        found.append(f"<{iri}> <{expand('rdf:type')}> <{work}> .")
        found.append(f'<{iri}> <{year}> "{1990 + number % 9}"^^<{expand("xsd:gYear")}> .')
        things = ["everywhere", "sometimes" if number % 2 else "rare" if number == 2 else "often"]
        things += [f"many{number % 3}-{n}" for n in range(EACH)] if number == 4 else []
        found += [f"<{iri}> <{subject}> <http://v.example/{one}> ." for one in things]
    store.load(found)
    past = history(store)
    assert FEW > COMMON * (FEW + 10)
    assert {one for _, things in past.spoken.values() for one in things} == {
        "http://v.example/often", "http://v.example/sometimes"
    }  # fmt: skip
    assert past.years == range(1990, 1999)
    assert not past.partial


def test_hypotheses_are_likely_explained_and_new(world: OxigraphStore) -> None:
    past = planted()
    foresight = Foresight(past)
    now: Together = past.until(past.years[-1])
    found = foresight.ask(world, "t7", MOST)
    assert found.hypotheses
    assert not found.abstained
    for one in found.hypotheses:
        assert one.iri not in now.near["t7"]
        assert max(LEAST, one.expected) <= one.probability < 1
        for bridge in one.bridges:
            assert bridge.near.count == now.near["t7"][bridge.iri]
            assert bridge.far.count == now.near[bridge.iri][one.iri]
            assert {"t7", bridge.iri} <= past.spoken[bridge.near.work.iri][1]
    gains = [one.probability * log(one.probability / one.expected) for one in found.hypotheses]
    assert max(later - sooner for sooner, later in pairwise(gains)) < 1e-3, "rounded probabilities may swap neighbours"
    assert foresight.ask(world, "t7", MOST) == found


def test_nothing_is_foretold_without_support(world: OxigraphStore) -> None:
    past = planted()
    rare = {"w-a": (2023, frozenset(("seldom", "t1"))), "w-b": (2023, frozenset(("seldom", "t2")))}
    foresight = Foresight(History({**past.spoken, **rare}))
    assert f"2 of at least {KNOWN}" in foresight.ask(world, "seldom").abstained
    small = planted(years=3, each=5)
    known = min(one for _, things in small.spoken.values() for one in things)
    assert "too small" in Foresight(small).ask(world, known).abstained
    assert foresight.ask(world, DOG).abstained
    with pytest.raises(NotFound):
        foresight.ask(world, "http://v.example/none")
    with pytest.raises(QueryTooLarge):
        foresight.ask(world, "t1", MOST + 1)


def test_the_sentence_that_names_both_is_shown(world: OxigraphStore) -> None:
    found = sentences(world, {(DOG, CAT): NEW, (DOG, POODLE): NEW})
    assert set(found) == {(DOG, CAT)}
    one = found[DOG, CAT]
    assert (one.text, one.work) == ("Dogs differ from cats.", NEW)
    assert one.iri.startswith(f"{BASE.iri}/id/work/new/")
