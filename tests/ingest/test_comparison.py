"""The quick look at two records before the thorough one: it never turns away what would have counted."""

from __future__ import annotations

from itertools import combinations
from random import Random

from ingest.identity.comparison import GREY, comparable, compare, families
from ingest.identity.text import Name
from ingest.identity.titles import titles_bits, titles_most
from ingest.identity.works import WorkSays

WORDS = [
    "a", "the", "of", "shadow", "shadows", "shadowing", "sundial", "sundials", "gnomon", "noon", "noons", "method",
    "model", "models", "analysis", "part", "ii", "2", "3", "protocol", "correction", "to", "retracted", "erratum",
    "measuring", "measured", "measurement", "measurements", "of", "solstice", "proceedings",
]  # fmt: skip
IDS = ["doi:10.5555/1", "doi:10.5555/2", "arxiv:2101.00001", "pmid:1"]
PEOPLE = [Name(family, given) for family in ("noon", "noone", "marlow", "quill", "van quill") for given in ("ada", "b")]


def title(random: Random) -> str:
    return " ".join(random.choice(WORDS) for _ in range(random.choice([1, 3, 5, 8])))


def record(random: Random, number: int) -> WorkSays:
    return WorkSays(
        origin=number,
        container=random.choice([1, number]),
        kind=random.choice(["article", "article", "preprint", "book", "chapter", "dataset"]),
        ids=tuple(random.sample(IDS, random.choice([0, 1]))),
        titles=tuple(title(random) for _ in range(random.choice([0, 1, 1, 1, 2]))),
        people=tuple(random.sample(PEOPLE, random.choice([0, 1, 2, 3]))),
        year=random.choice([0, 2019, 2020, 2023]),
        venue=random.choice(["", "journal of shadows", "j shadows", "proceedings of noon"]),
        volume=random.choice(["", "1", "2"]),
        page=random.choice(["", "1", "12", "340"]),
    )  # fmt: skip


def revised(said: WorkSays, random: Random) -> WorkSays:
    """The same work in other words."""
    other = record(random, said.origin + 1)
    kept = {name: getattr(said, name) for name in random.sample(["titles", "people", "year", "venue", "page"], 3)}
    return WorkSays(**{name: kept.get(name, getattr(other, name)) for name in other.__struct_fields__})


def test_no_titles_agree_more_than_the_quick_look_allows() -> None:
    random = Random(3)
    titles = [title(random) for _ in range(220)]
    assert all(titles_bits(a, b) <= titles_most(a, b) for a, b in combinations(titles, 2))


def test_only_pairs_that_come_to_nothing_are_turned_away() -> None:
    random = Random(5)
    kept = turned = 0
    for number in range(0, 8000, 2):
        left = record(random, number)
        right = random.choice([revised(left, random), record(random, number + 1)])
        strangers = families(left).isdisjoint(families(right))
        shared = set(left.ids) & set(right.ids)
        if shared or (strangers and left.people and right.people and left.title != right.title):
            continue  # by rule, whatever they come to
        counts = compare(left, right).score >= GREY
        looked = comparable(left, right, strangers=strangers)
        assert looked or not counts, (left, right)
        kept, turned = kept + counts, turned + (not looked)
    assert kept > 100
    assert turned > 1000
