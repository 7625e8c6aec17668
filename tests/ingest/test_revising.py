"""Payloads of many records that change in places: what is read, and that it comes to the same as reading all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from ingest.formats.acl import FORMAT as ACL
from ingest.formats.division import Division, differing, elements, list_items
from ingest.harvest import harvest
from ingest.journal.database import Database
from ingest.parsing import Parsed, parse_payload
from ingest.sources.base import NOTHING, Past
from ontology.records import Payload

Papers = dict[int, str]
"""Number of a paper → its title."""


def volume(papers: Papers, booktitle: str = "Proceedings of the Sundial Society", volume: str = "1") -> str:
    inside = "".join(
        f'<paper id="{n}"><title>{t}</title><author><last>Noon</last></author></paper>\n' for n, t in papers.items()
    )
    return f'<volume id="{volume}"><meta><booktitle>{booktitle}</booktitle><year>2020</year></meta>\n{inside}</volume>'


def acl(*volumes: str) -> bytes:
    return f'<?xml version="1.0"?>\n<collection id="2020.sun">\n{"".join(volumes)}\n</collection>\n'.encode()


def mods(*titles: str) -> bytes:
    inside = "".join(f"<mods><titleInfo><title>{title}</title></titleInfo></mods>" for title in titles)
    return f'<modsCollection xmlns="http://www.loc.gov/mods/v3">{inside}</modsCollection>'.encode()


def ror(*names: str) -> bytes:
    one = '{{"id":"https://ror.org/{0:09}","names":[{{"value":"{1}","types":["ror_display"]}}],"locations":[]}}'
    return ("[" + ",\n".join(one.format(5_000_000 + len(name), name) for name in names) + "]").encode()


class One:
    """A source of one payload."""

    name = "one"

    def __init__(self, body: bytes) -> None:
        self._body = body

    def harvest(self, past: Past = NOTHING) -> Iterator[Payload]:
        yield Payload(source=self.name, locator="volume.xml", body=self._body)


class Reading:
    """Reads here, and counts the records read."""

    def __init__(self) -> None:
        self.read = 0

    def __call__(self, payload: Payload) -> Callable[[], Parsed]:
        parsed = parse_payload(payload)
        self.read += len(parsed.entries)
        return lambda: parsed


def taken(path: Path, *bodies: bytes) -> tuple[int, list[tuple[object, ...]]]:
    """How many records the last body made it read, and what the journal says then."""
    with Database(path) as journal:
        for body in bodies:
            reading = Reading()
            harvest(journal, One(body), parse=reading)
        said = journal.rows(
            "SELECT r.key, r.sha256, f.fields, f.year FROM record r JOIN fact f ON f.record = r.id"
            " UNION ALL SELECT key, error, message, place FROM quarantine"
            " UNION ALL SELECT sha256, format, reader, stage FROM payload ORDER BY 1, 2"
        ).fetchall()
    return reading.read, said


PAPERS = {number: f"On the shadow of stone {number}" for number in range(1, 41)}
CHANGED = {**PAPERS, 7: "Revised", 30: "Revised too"}


LATER = volume({n: f"Later {n}" for n in range(1, 6)}, volume="2")
PART = LATER.replace("</booktitle>", "</booktitle><volume>39</volume>")
"""A volume whose number is given in an element of the same name: only its papers are cut."""


@pytest.mark.parametrize(
    ("before", "now", "read"),
    [
        (acl(volume(PAPERS)), acl(volume(CHANGED)), 3),
        (acl(volume(PAPERS)), acl(volume({0: "Foreword", **PAPERS})), 2),
        (acl(volume(PAPERS)), acl(volume({n: t for n, t in PAPERS.items() if n != 7})), 1),
        (acl(volume(PAPERS)), acl(volume(dict(reversed(PAPERS.items())))), 1),
        (acl(volume(PAPERS)), acl(volume(PAPERS), volume({1: "New"}, volume="2")), 2),
        (acl(volume(PAPERS), LATER), acl(volume(CHANGED), LATER), 3),
        (acl(volume(PAPERS, "One"), LATER), acl(volume(PAPERS, "Another"), LATER), 41),
        (acl(volume(PAPERS), LATER), acl(volume(PAPERS)), 0),
        (acl(volume(PAPERS), PART), acl(volume(CHANGED), PART), 4),
        (acl(volume(PAPERS), PART), acl(volume(PAPERS), PART.replace("39", "40")), 47),
        (ror("Noon", "Dawn House"), ror("Noon", "Dusk House"), 1),
    ],
    ids=[
        "changed",
        "inserted",
        "gone",
        "turned round",
        "a volume more",
        "in one volume",
        "meta of one volume",
        "a volume less",
        "in one volume beside a numbered one",
        "number of a volume",
        "ror",
    ],
)
def test_only_what_differs_is_read(before: bytes, now: bytes, read: int, tmp_path: Path) -> None:
    count, said = taken(tmp_path / "both.sqlite", before, now)
    assert said == taken(tmp_path / "now.sqlite", now)[1]
    assert count == read


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (acl(volume(PAPERS)), acl(volume(CHANGED, booktitle="Another"))),
        (acl(volume(PAPERS), volume({}, volume="2")), acl(volume({}), volume(PAPERS, volume="2"))),
        (acl(volume({**PAPERS, 3: ""})), acl(volume({**CHANGED, 3: ""}))),
        (acl(volume(PAPERS)), acl(volume({**CHANGED, 3: ""}))),
        (acl(volume(PAPERS)), acl(volume(PAPERS)).replace(b'id="9"', b'id="8"')),
        (acl(volume(PAPERS)).replace(b'id="9"', b'id="8"'), acl(volume(PAPERS))),
        (acl(volume(PAPERS)), acl(volume({**PAPERS, 7: "<!-- </paper> -->Cut"}))),
        (acl(volume(PAPERS)), acl(volume(CHANGED))[:-40]),
        (mods("Dawn", "Noon", "Dusk"), mods("Night", "Dawn", "Noon", "Dusk")),
        (ror("Noon", "Dawn House"), ror("Noon", "Dawn House", "Noon")),
    ],
    ids=[
        "meta", "moved to another volume", "rejected before", "rejected now", "key twice now",
        "key twice before", "comment over a border", "broken off", "keys are numbers", "an item twice",
    ],
)  # fmt: skip
def test_whatever_is_uncertain_is_read_whole(before: bytes, now: bytes, tmp_path: Path) -> None:
    read, said = taken(tmp_path / "both.sqlite", before, now)
    whole, expected = taken(tmp_path / "now.sqlite", now)
    assert said == expected
    assert read >= whole


def test_a_payload_twice_in_one_harvest_is_read_as_it_is_at_its_turn(tmp_path: Path) -> None:
    class Twice(One):
        def harvest(self, past: Past = NOTHING) -> Iterator[Payload]:
            for papers in (CHANGED, {**PAPERS, 9: "Later"}):
                yield Payload(source=self.name, locator="volume.xml", body=acl(volume(papers)))

    with Database(tmp_path / "twice.sqlite") as journal:
        harvest(journal, One(acl(volume(PAPERS))))
        harvest(journal, Twice(b""))
        found = journal.rows("SELECT key, sha256 FROM record ORDER BY key").fetchall()
    with Database(tmp_path / "once.sqlite") as journal:
        harvest(journal, One(acl(volume({**PAPERS, 9: "Later"}))))
        assert journal.rows("SELECT key, sha256 FROM record ORDER BY key").fetchall() == found


def test_after_any_changes_the_journal_says_what_a_new_one_would(tmp_path: Path) -> None:
    random = Random(7)
    bodies = [acl(volume(PAPERS))]
    for _ in range(12):
        papers = {n: random.choice([t, t, t, f"Turned {n}"]) for n, t in PAPERS.items() if random.random() > 0.1}
        numbers = random.sample(sorted(papers), len(papers))
        half = random.choice([0, len(numbers) // 2])
        bodies.append(
            acl(
                volume({n: papers[n] for n in numbers[half:]}),
                volume({n: papers[n] for n in numbers[:half]}, volume="2"),
            )
        )
        assert (
            taken(tmp_path / f"{len(bodies)}.sqlite", *bodies)[1]
            == taken(tmp_path / f"new{len(bodies)}.sqlite", bodies[-1])[1]
        )


def test_a_payload_is_put_together_again_from_its_parts() -> None:
    body = acl(volume(PAPERS), volume({1: "One", 2: "Two"}, volume="2"))
    papers, volumes = elements(body, "paper"), ACL.divide(body)
    assert papers is not None and volumes is not None
    assert [place for place, _ in papers.parts] == [0] * len(PAPERS) + [1] * 2
    assert [place for place, _ in volumes.parts] == [0, 0]
    for cut in (papers, volumes):
        assert b"".join(cut.whole(cut.parts).split()) == b"".join(body.split())
        assert differing(cut, cut) == (b"".join(cut.frame),) * 2


@pytest.mark.parametrize(
    "body",
    [b"<a><!-- <r> --><r>1</r></a>", b"<a><r>1<r>2</a>", b"<a><![CDATA[ <r> ]]><r/></a>", b"<a><?x <r> ?></r></a>"],
)
def test_xml_is_not_cut_where_a_border_is_uncertain(body: bytes) -> None:
    assert elements(body, "r") is None


def test_elements_are_found_with_prefixes_and_by_their_whole_name() -> None:
    assert elements(b"<m:a><m:r>1</m:r> <m:rs>2</m:rs></m:a>", "r") == Division(
        (b"<m:a>", b" <m:rs>2</m:rs></m:a>"), ((0, b"<m:r>1</m:r>"),)
    )


@pytest.mark.parametrize("body", [b'{"a": 1}', b"[1, 2", b"\xff[1]", b"[" * 5000])
def test_only_lists_are_cut_at_their_items(body: bytes) -> None:
    assert list_items(body) is None
