"""Views of works, topics, people and venues over the small world of `pets`."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from graph.discovery import tally
from graph.discovery.ask import names
from graph.discovery.concepts import concept_view
from graph.discovery.fragments import work_citations, work_fragments, work_mentions
from graph.discovery.paths import paths
from graph.discovery.people import organisation_view, person_view, venue_view
from graph.discovery.related import WEIGHTS, related
from graph.discovery.topics import topic_view
from graph.discovery.works import work_claims, work_view
from graph.stores.oxigraph import OxigraphStore
from ontology.errors import NotFound, QueryTooLarge
from ontology.namespaces import expand
from tests.graph.pets import (
    ADA,
    ANIMAL,
    BASE,
    BOB,
    CAT,
    CLAIM,
    DATA,
    DOG,
    JOURNAL,
    LAB,
    LONE,
    MID,
    NEW,
    OLD,
    POODLE,
    UNI,
    lines,
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OxigraphStore]:
    made = OxigraphStore(tmp_path_factory.mktemp("world") / "store")
    made.load(lines())
    yield made
    made.close()


def counts(some: tuple[object, ...]) -> list[tuple[str, int]]:
    return [(one.name, one.count) for one in some]  # type: ignore[attr-defined]


def test_work_view(store: OxigraphStore) -> None:
    view = work_view(store, BASE, NEW)
    assert (view.kind, view.title, view.year, view.abstract) == ("article", "New dogs", 2020, "Abs.")
    assert [(a.position, a.name, a.person, a.organisations[0].name) for a in view.authors] == [
        (1, "Ada", ADA, "University"),
        (2, "Bob", BOB, "Lab"),
    ]
    assert view.authors[0].role == "author"
    assert view.venue is not None
    assert view.venue.name == "Journal of Pets"
    assert {topic.iri: (topic.name, topic.score, topic.labels) for topic in view.topics} == {
        DOG: ("dogs", 0.5, ("x",)),
        CAT: ("cats", 0.5, ("x",)),
    }
    assert {one.iri for one in view.cites} == {OLD, MID, DATA}
    assert [(r.text, r.title, r.identifiers) for r in view.references if not r.work] == [
        ("Lost, 1999", "", ("doi:10.1/lost",))
    ]
    assert len(view.references) == 4
    assert [(one.source, one.format) for one in view.sources] == [("s", "jats")]
    assert view.identifiers == ("doi:10.1/2020",)
    old = work_view(store, BASE, OLD)
    assert [one.iri for one in old.cited_by] == [NEW, MID]
    assert (old.cited_by_count, old.cites, old.venue) == (2, (), None)
    assert work_view(store, BASE, DATA).kind == "dataset"
    assert msgspec.json.encode(view)


@pytest.mark.parametrize("iri", ["http://nowhere.example/x", "no iri at all", 'x"> } DROP ALL #', "", ADA, "http://["])
def test_what_is_no_work_is_not_found(store: OxigraphStore, iri: str) -> None:
    with pytest.raises(NotFound):
        work_view(store, BASE, iri)


def test_fragments_mentions_and_citations(store: OxigraphStore) -> None:
    title, section = work_fragments(store, NEW)
    assert (title.kind, title.text) == ("title", "New dogs")
    assert (section.kind, section.title, section.role) == ("section", "Results", "results")
    (paragraph,) = section.parts
    assert [sentence.text for sentence in paragraph.parts] == ["Dogs differ from cats.", "See [1]."]
    assert work_fragments(store, OLD) == ()
    assert [(m.text, m.name, m.begin, m.end) for m in work_mentions(store, NEW)] == [
        ("Dogs", "dogs", 0, 4),
        ("cats", "cats", 17, 21),
    ]
    (citation,) = work_citations(store, NEW)
    assert (citation.text, citation.work, citation.title) == ("See [1].", OLD, "Old animals")


def test_claims_with_their_sentence(store: OxigraphStore) -> None:
    (claim,) = work_claims(store, NEW)
    assert (claim.subject.name, claim.predicate, claim.object.name, claim.state) == (
        "dogs",
        CLAIM[1],
        "cats",
        "accepted",
    )
    (proof,) = claim.evidence
    assert (proof.text, proof.work.iri, proof.polarity, proof.cue) == (
        "Dogs differ from cats.",
        NEW,
        "supports",
        "differ from",
    )
    assert proof.sentence == f"{NEW}/sec/1/p/1/s/1"
    assert work_claims(store, OLD) == ()


def test_concept_view(store: OxigraphStore) -> None:
    view = concept_view(store, POODLE)
    assert [one.name for one in view.path] == ["animals", "dogs"]
    assert [one.name for one in view.broader] == ["dogs"]
    assert concept_view(store, CAT).related[0].iri == DOG
    top = concept_view(store, ANIMAL)
    assert [(label.text, label.language) for label in top.labels] == [("Tiere", "de"), ("animals", "en")]
    assert ([one.name for one in top.narrower], top.path, top.definition) == (["cats", "dogs"], (), "What moves.")
    assert names(store, [ANIMAL], "de") == {ANIMAL: "Tiere"}


def test_topic_view_counts_each_work_once_on_the_way_up(store: OxigraphStore) -> None:
    view = topic_view(store, ANIMAL)
    assert (view.works_direct, view.works) == (1, 4)
    assert [(one.year, one.works) for one in view.years] == [(2001, 1), (2010, 1), (2015, 1), (2020, 1)]
    assert counts(view.people) == [("Ada", 2), ("Cyd", 2), ("Bob", 1)]
    assert counts(view.organisations) == [("University", 3), ("Lab", 1)]
    assert counts(view.venues) == [("Journal of Pets", 2)]
    assert counts(view.datasets) == [("Cat data", 2)]  # itself on cats, and cited by the work on dogs
    assert [(one.name, one.count, one.share) for one in view.subtopics] == [("cats", 2, 0.5), ("dogs", 2, 0.5)]
    assert [(one.title, one.citations) for one in view.top_works] == [
        ("Old animals", 2),
        ("Cat data", 1),
        ("Middle poodles", 1),
        ("New dogs", 0),
    ]
    assert [claim.object.name for claim in view.claims] == ["cats"]
    assert view.neighbours == ()


def test_neighbours_leave_out_the_own_branch(store: OxigraphStore) -> None:
    view = topic_view(store, DOG)
    assert (view.works_direct, view.works) == (2, 2)
    (cat,) = view.neighbours
    assert (cat.name, cat.count, cat.lift) == ("cats", 1, round(1 * 5 / (2 * 2), 3))


def test_a_topic_without_works(store: OxigraphStore) -> None:
    made = topic_view(store, POODLE, limit=1)
    assert (made.works, len(made.people)) == (1, 1)
    with pytest.raises(NotFound):
        topic_view(store, ADA)


def test_people_organisations_and_venues(store: OxigraphStore) -> None:
    ada = person_view(store, ADA)
    assert (ada.name, ada.other_names, ada.work_count, ada.citations) == ("Ada", ("A.",), 2, 1)
    assert [line.title for line in ada.works] == ["New dogs", "Middle poodles"]
    assert counts(ada.people) == [("Bob", 1), ("Cyd", 1)]
    assert counts(ada.organisations) == [("University", 2)]
    assert dict(counts(ada.topics)) == {"dogs": 2, "cats": 1, "poodles": 1}
    university = organisation_view(store, UNI)
    assert (university.work_count, university.country) == (3, "DE")
    assert counts(university.people) == [("Ada", 2), ("Cyd", 1)]
    assert counts(university.organisations) == [("Lab", 1)]
    journal = venue_view(store, JOURNAL)
    assert (journal.work_count, counts(journal.people)[0]) == (2, ("Ada", 2))
    assert [(one.year, one.works) for one in journal.years] == [(2010, 1), (2020, 1)]
    for view in (person_view, organisation_view, venue_view):
        with pytest.raises(NotFound):
            view(store, NEW)


def test_paths_carry_their_evidence(store: OxigraphStore) -> None:
    found = paths(store, BOB, OLD, max_length=2, k=3)
    best = found.paths[0]
    assert [node.name for node in best.nodes] == ["Bob", "New dogs", "Old animals"]
    creator, cited = best.hops
    assert (creator.forward, creator.predicate, creator.evidence[0].text) == (False, expand("dct:creator"), "Bob")
    assert (cited.forward, cited.evidence[0].kind, cited.evidence[0].text) == (True, "citation", "See [1].")
    direct = paths(store, DOG, CAT, max_length=1).paths[0]
    assert direct.score == 1.0
    said = paths(store, DOG, CAT, max_length=1, predicates=(CLAIM[1],)).paths[0].hops[0]
    assert said.evidence[0].text == "Dogs differ from cats."
    about = paths(store, NEW, DOG, max_length=1).paths[0].hops[0]
    assert (about.evidence[0].kind, about.evidence[0].confidence, about.evidence[0].text) == ("topic", 0.5, "x")
    member = paths(store, BOB, LAB, max_length=1).paths[0].hops[0]
    assert (member.predicate, member.evidence[0].work) == (expand("org:memberOf"), NEW)
    assert paths(store, BOB, LONE).paths == ()
    assert paths(store, BOB, BOB).paths == ()
    with pytest.raises(NotFound):
        paths(store, BOB, "http://nowhere.example/")
    with pytest.raises(QueryTooLarge):
        paths(store, BOB, OLD, max_length=99)


def test_related_says_why(store: OxigraphStore) -> None:
    new = next(one for one in related(store, MID) if one.iri == NEW)
    parts = {part.name: part for part in new.parts}
    assert (parts["coupling"].count, parts["coupling"].shared[0].name) == (1, "Old animals")
    assert parts["topics"].shared[0].name == "dogs"
    assert [part.name for one in related(store, MID) if one.iri == OLD for part in one.parts] == ["cocitation"]
    assert related(store, LONE) == ()


def test_related_takes_meaning_from_whoever_knows_it(store: OxigraphStore) -> None:
    near = {OLD: 0.5, "http://test.example/id/work/not-here": 0.9}
    (found,) = related(store, LONE, near=near)
    assert (found.iri, [(part.name, part.value) for part in found.parts]) == (OLD, [("meaning", 0.5)])
    assert found.score == pytest.approx(0.5 * WEIGHTS["meaning"] / sum(WEIGHTS.values()))


def test_rankings_of_large_sets_say_what_they_rest_on(store: OxigraphStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally, "MOST", 2)
    view = topic_view(store, ANIMAL)
    assert (view.works, view.counted) == (4, 2)
    assert sum(one.works for one in view.years) == 4
    assert sum(one.citations for one in view.top_works) == 4
    assert max(one.count for one in view.people) <= 2
