"""Pairs of works that look alike: which are one, which are versions, notices, translations, and which only seem so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from ingest.journal.database import Database
from ontology.identifiers import Identifier
from ontology.records import Record, Relation, Title, Venue
from tests.ingest.identities import TITLE, keep, person, work, works

JOURNAL = Venue(name="Journal of Shade")
BOB = (person("Bob", "Other"),)
ARTICLE = work("a", ids="doi=10.1000/a", venue=JOURNAL, volume="12", pages="100-110")
GERMAN = "Schatten der Sonnenuhr und wie sie gemessen werden"


def other(title: str = TITLE, **fields: Any) -> Record:
    return work("b", title=title, **fields)


def stating(kind: str, target: str) -> tuple[Relation, ...]:
    return (Relation(kind=kind, target=Identifier(*target.split("="))),)


def article(**fields: Any) -> Record:
    return msgspec.structs.replace(ARTICLE, **fields)


def translated(record: Record, first: str, second: str) -> Record:
    """A record whose title stands in two languages."""
    titles = (Title(first, record.language), Title(second))
    return msgspec.structs.replace(record, titles=titles)


ONE = [
    (ARTICLE, other("RETRACTED ARTICLE: " + TITLE, venue=JOURNAL)),
    (
        ARTICLE,
        other(TITLE + " (Retracted article. See vol. 13, pg. 300, 2020)", venue=JOURNAL, volume="12", pages="100"),
    ),
    (ARTICLE, other("WITHDRAWN: " + TITLE)),
    (ARTICLE, other(TITLE.upper() + ".", venue=Venue(name="J. Shade"), volume="12", pages="100")),
    (ARTICLE, other("Shadows of the sundial", venue=JOURNAL, volume="12", pages="100")),
    (ARTICLE, other(ids="handle=2027/1", year="2020")),
    (other(kind="book", ids="isbn=9780201134476"), other(kind="book", ids="isbn=9783161484100")),
    (work("a", kind="preprint", ids="doi=10.48550/arxiv.1801.00001"), other(kind="preprint", ids="arxiv=1801.00001")),
    (
        work("a", title="日晷的历史与测量方法研究", contributors=(person("伟", "张"),), venue=Venue(name="科学通报")),
        other("日晷的历史与测量方法研究", contributors=(person("Wei", "Zhang"),), venue=Venue(name="科学通报")),
    ),
]

NOTHING = [
    (ARTICLE, other(f"Comment on “{TITLE}”", ids="doi=10.1000/b", contributors=BOB)),
    (ARTICLE, other(f"Reply to Comment on “{TITLE}”", ids="doi=10.1000/b")),
    (ARTICLE, other(f"{TITLE}—Reply")),
    (ARTICLE, other(f"Decision letter: {TITLE}", kind="peer-review", contributors=BOB, ids="doi=10.1000/b")),
    (ARTICLE, other(f"Data from: {TITLE}", kind="dataset", ids="doi=10.5061/b")),
    (ARTICLE, other(contributors=BOB, venue=Venue(name="Nature News"))),
    (work("a", title=f"{TITLE}: study protocol", year="2017"), ARTICLE),
    (work("a", title=f"{TITLE} I", pages="1-10"), other(f"{TITLE} II", pages="11-20")),
    (work("a", title="Annual report 2018 of the society", year="2018"), other("Annual report 2019 of the society")),
    (work("a", title="Erratum", venue=JOURNAL, volume="1", pages="30"), other("Erratum", venue=JOURNAL, pages="9")),
    (
        work("a", title="Introduction", venue=JOURNAL, volume="1", pages="1"),
        other("Introduction", venue=JOURNAL, volume="2", pages="1"),
    ),
    (
        work("a", title="Introduction", kind="chapter", venue=Venue(name="Handbook of Shade"), pages="1-10"),
        other("Introduction", kind="chapter", venue=Venue(name="Handbook of Light"), pages="1-12"),
    ),
    (other(kind="book", ids="isbn=9780201134476"), other(kind="chapter", ids="doi=10.1000/b")),
]

RELATED = [
    ("Corrects", ARTICLE, other(f"Corrigendum to “{TITLE}” [J. Shade 12 (2019) 100–110]", ids="doi=10.1000/b")),
    ("Corrects", ARTICLE, other(f"Erratum for Nomon et al., “{TITLE}”", ids="doi=10.1000/b")),
    ("Corrects", ARTICLE, other(f"{TITLE} (Erratum)", year="2020", venue=JOURNAL, volume="13", pages="300")),
    ("Corrects", ARTICLE, other(f"{TITLE} (vol 12, pg 100, 2019)", venue=JOURNAL, volume="13", pages="300")),
    ("Corrects", ARTICLE, other(f"Author Correction: {TITLE}", ids="doi=10.1000/b", contributors=())),
    ("Corrects", ARTICLE, other(f"Berichtigung zu: {TITLE}", ids="doi=10.1000/b")),
    ("Corrects", ARTICLE, other(f"Expression of concern regarding “{TITLE}”", ids="doi=10.1000/b", contributors=())),
    ("Retracts", ARTICLE, other(f"Notice of Retraction: {TITLE}", ids="doi=10.1000/b", contributors=())),
    ("Retracts", ARTICLE, other(f"Retraction Note: {TITLE}", ids="doi=10.1000/b")),
    ("IsVersionOf", ARTICLE, other(kind="preprint", year="2018", ids="arxiv=1801.00001")),
    ("IsVersionOf", article(identifiers=(*ARTICLE.identifiers, Identifier("arxiv", "1801.00001"))),
     other("Something else by that number", kind="preprint", ids="arxiv=1801.00001")),
    ("HasVersion", ARTICLE, other(kind="conference-paper", year="2018", venue=Venue(name="Proc. ICS"), pages="1-8")),
    ("HasVersion", ARTICLE, other(kind="thesis", year="2017", contributors=(person("Ada", "Nomon"),))),
    ("IsTranslationOf", translated(work("a", language="de", ids="doi=10.1000/d", year="2018"), GERMAN, TITLE),
     other(language="en", ids="doi=10.1000/b")),
]  # fmt: skip
"""What the second work is to the first, found by comparison; a conference paper or thesis is the earlier version."""

STATED = [
    (ARTICLE, other("A notice", kind="retraction", ids="doi=10.1/r", relations=stating("Retracts", "doi=10.1000/a")),
     "Retracts", "IsRetractedBy"),
    (ARTICLE, other("Data", kind="dataset", ids="doi=10.5061/d", relations=stating("IsSupplementTo", "doi=10.1000/a")),
     "IsSupplementTo", "IsSupplementedBy"),
    (ARTICLE, other("Review 1", kind="peer-review", ids="doi=10.1/r", relations=stating("Reviews", "doi=10.1000/a")),
     "Reviews", "IsReviewedBy"),
    (other("Quite another title for it", kind="preprint", ids="arxiv=1801.00001"),
     article(relations=stating("HasVersion", "doi=10.48550/arxiv.1801.00001")), "HasVersion", "IsVersionOf"),
    (work("a", kind="software", ids="doi=10.5281/zenodo.99"),
     other(kind="software", ids="doi=10.5281/zenodo.1000", relations=stating("HasVersion", "doi=10.5281/zenodo.99")),
     "HasVersion", "IsVersionOf"),
    (translated(work("a", language="de", ids="doi=10.1000/d"), GERMAN, TITLE),
     other(language="en", ids="doi=10.1000/e", relations=stating("IsTranslationOf", "doi=10.1000/d")),
     "IsTranslationOf", "HasTranslation"),
]  # fmt: skip
"""Works, what the second states to be to the first, and what the first is to it: comparison does not overrule it."""


def made_of(folder: Path, first: Record, second: Record) -> dict[str, set[str]]:
    """Keys of the records of each work, joined → what it is to the other work."""
    with Database(folder / "journal.sqlite") as journal:
        keep(journal, first, locator="first")
        keep(journal, second, locator="second")
        found = works(journal)
        here = {w.iri for w in found}
        return {w.record.titles[0].text + w.iri: {r.kind for r in w.related if r.work in here} for w in found}


@pytest.mark.parametrize(("first", "second"), ONE)
def test_one_work_in_two_records(tmp_path: Path, first: Record, second: Record) -> None:
    assert len(made_of(tmp_path, first, second)) == 1


@pytest.mark.parametrize(("first", "second"), NOTHING)
def test_two_works_of_which_nothing_is_said(tmp_path: Path, first: Record, second: Record) -> None:
    assert list(made_of(tmp_path, second, first).values()) == [set(), set()]


@pytest.mark.parametrize(("kind", "first", "second"), RELATED)
def test_works_that_are_found_to_be_related(tmp_path: Path, kind: str, first: Record, second: Record) -> None:
    inverse = {
        "Corrects": "IsCorrectedBy", "Retracts": "IsRetractedBy", "IsVersionOf": "HasVersion",
        "HasVersion": "IsVersionOf", "IsTranslationOf": "HasTranslation",
    }  # fmt: skip
    assert list(made_of(tmp_path, first, second).values()) == [{inverse[kind]}, {kind}]


@pytest.mark.parametrize(("first", "second", "there", "here"), STATED)
def test_what_one_states_the_other_knows(tmp_path: Path, first: Record, second: Record, there: str, here: str) -> None:
    assert list(made_of(tmp_path, first, second).values()) == [{here}, {there}]


def test_who_stated_it_may_go_and_come_again(tmp_path: Path) -> None:
    """The work that is named is written again whenever that changes."""
    notice = other("Notice", kind="retraction", ids="doi=10.1/r", relations=stating("Retracts", "doi=10.1000/a"))
    with Database(tmp_path / "journal.sqlite") as journal:
        keep(journal, ARTICLE, locator="first")
        for relations, kinds in ((notice.relations, [{"IsRetractedBy"}, {"Retracts"}]), ((), [set(), set()])):
            journal.rows("UPDATE entity SET dirty = 0")
            keep(journal, msgspec.structs.replace(notice, relations=relations), locator="second")
            assert journal.one("SELECT dirty FROM entity WHERE kind = 'work' ORDER BY seq") == 1
            found = works(journal)
            assert [{r.kind for r in w.related} for w in found] == kinds
            assert found[0].record.retracted == bool(relations)
