"""The reader's order: what moves and why, and what never happens."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from api.personal.order import SHARE, reasons, reordered, tastes
from api.personal.profile import Interest, Profile, Thumb
from graph.search.base import ScorePart, SearchHit
from graph.search.documents import SearchDocument

EMPTY = Profile(consented="2026-01-01", interests=(), reading_list=(), thumbs=())
TOPICS = [(f"http://voc.test/{n}", f"Topic {n}") for n in range(4)]


def hit(number: int, score: float, topics: tuple[tuple[str, str], ...] = ()) -> SearchHit:
    document = SearchDocument(iri=f"w:{number}", title=f"Work {number}", topics=topics)
    return SearchHit(document=document, score=score, parts=(ScorePart(name="words", value=score),))


def profile(*topics: int, thumbs: tuple[Thumb, ...] = ()) -> Profile:
    held = tuple(Interest(TOPICS[n][0], "concept", TOPICS[n][1]) for n in topics)
    return Profile(consented="2026-01-01", interests=held, reading_list=(), thumbs=thumbs)


def test_a_work_of_interest_comes_earlier_and_says_why() -> None:
    hits = [hit(1, 1.0), hit(2, 0.9), hit(3, 0.85, (TOPICS[0],))]
    ordered, moved = reordered(hits, tastes(profile(0), ()), explain=True)
    assert [one.document.iri for one in ordered] == ["w:1", "w:3", "w:2"]
    assert moved[0].iri == "w:3"
    assert (moved[0].was, moved[0].now) == (3, 2)
    assert moved[0].reasons == ("Topic 0 is among your interests",)
    assert moved[1].reasons == ("others moved past it",)
    assert "Topic 0 is among your interests" in ordered[1].reasons


def test_what_was_not_liked_goes_down_and_stays() -> None:
    held = profile(thumbs=(Thumb("w:1", -1),))
    ordered, moved = reordered([hit(1, 1.0), hit(2, 0.95)], tastes(held, ()), explain=False)
    assert [one.document.iri for one in ordered] == ["w:2", "w:1"]
    assert {one.iri: one.reasons for one in moved}["w:1"] == ("you did not like it",)


def test_thumbs_speak_for_the_topics_of_their_works() -> None:
    rated = SearchDocument(iri="w:9", topics=(TOPICS[1],))
    held = tastes(profile(thumbs=(Thumb("w:9", 1),)), [rated])
    found = reasons(SearchDocument(iri="w:2", topics=(TOPICS[1],)), held)
    assert [one.text for one in found] == ["you liked works about Topic 1"]


def test_narrower_than_an_interest_counts_less_than_the_interest() -> None:
    held = tastes(profile(0), ())
    exactly = reasons(SearchDocument(iri="w:1", topics=(TOPICS[0],)), held)[0].weight
    below = reasons(SearchDocument(iri="w:2", broader=(TOPICS[0],)), held)[0].weight
    assert 0 < below < exactly


SCORES = st.lists(st.tuples(st.floats(0.01, 10), st.sets(st.integers(0, 3))), min_size=1, max_size=12)


@given(SCORES, st.sets(st.integers(0, 3)), st.dictionaries(st.integers(0, 11), st.sampled_from([-1, 1])))
def test_nothing_is_hidden_and_parts_sum(
    scores: list[tuple[float, set[int]]], interests: set[int], rated: dict[int, int]
) -> None:
    hits = [hit(n, score, tuple(TOPICS[t] for t in sorted(of))) for n, (score, of) in enumerate(scores)]
    hits.sort(key=lambda one: -one.score)
    thumbs = tuple(Thumb(f"w:{n}", value) for n, value in rated.items())  # type: ignore[arg-type]
    held = tastes(profile(*interests, thumbs=thumbs), (one.document for one in hits))
    ordered, moved = reordered(hits, held, explain=True)
    assert {one.document.iri for one in ordered} == {one.document.iri for one in hits}
    before = {one.document.iri: one.score for one in hits}
    best = hits[0].score
    for one in ordered:
        assert abs(sum(part.value for part in one.parts) - one.score) < 1e-9
        assert abs(one.score - before[one.document.iri]) <= best * SHARE + 1e-9
    places = {one.document.iri: at for at, one in enumerate(ordered, 1)}
    assert all(places[one.iri] == one.now and one.was != one.now for one in moved)


@given(SCORES)
def test_without_interests_the_order_is_the_neutral_one(scores: list[tuple[float, set[int]]]) -> None:
    hits = sorted((hit(n, score) for n, (score, _) in enumerate(scores)), key=lambda one: -one.score)
    assert reordered(hits, tastes(EMPTY, ()), explain=True) == (hits, [])
