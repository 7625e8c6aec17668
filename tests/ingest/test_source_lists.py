"""Large JSON lists, handed over item by item: names, limits, what is broken."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ingest.harvest import HarvestReport, harvest
from ingest.journal.database import Database
from ingest.sources import archives, lists
from ingest.sources.base import Broken
from ingest.sources.files import FilesSource
from ontology.errors import PayloadTooLarge, SourceError
from ontology.records import Payload


class Dripping:
    """A stream that gives a few bytes at a time."""

    def __init__(self, body: bytes, size: int) -> None:
        self._body = io.BytesIO(body)
        self._size = size

    def read(self, size: int = -1, /) -> bytes:
        return self._body.read(self._size)


def cut(body: bytes, size: int = 1 << 20, limit: int = 1 << 20) -> list[tuple[str, bytes | PayloadTooLarge]]:
    return list(lists.items(Dripping(body, size), limit, "dump.json"))


THINGS: list[dict[str, Any]] = [
    {"id": "https://ror.org/1", "names": ["a [b] {c}", 'quoted "x" \\', "\\"], "deep": [{"a": [{}, {"b": "]"}]}]},
    {"DOI": "10.5555/x", "t": "\u00e9\u4e2d"}, {"_id": 7}, {"n": None}, {"doi": "10.5555/y"}, {"id": "https://ror.org/1"},
    {"id": {"no": "name"}}, {},
]  # fmt: skip
NAMES = ["https://ror.org/1", "10.5555/x", "7", "4", "10.5555/y", "https://ror.org/1#2", "7#2", "8"]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 1 << 20])
@pytest.mark.parametrize("indent", [None, 1])
def test_items_are_cut_wherever_the_stream_is(size: int, indent: int | None) -> None:
    found = cut(json.dumps(THINGS, indent=indent).encode(), size)
    assert [name for name, _ in found] == NAMES
    assert [json.loads(item) for _, item in found if isinstance(item, bytes)] == THINGS


@pytest.mark.parametrize(
    ("body", "whole"),
    [(b'[{"a": 1}, {"b"', 1), (b'[{"a": 1}, 3, {"b": 2}]', 1), (b'[{"a": 1}, "x" {"b": 2}]', 1), (b'[{"a": "', 0),
     (b'[{"a": 1}, 3]', 1)],
)  # fmt: skip
def test_a_broken_list_gives_what_came_before(body: bytes, whole: int) -> None:
    found: list[bytes] = []
    with pytest.raises(SourceError, match="JSON"):
        found += (item for _, item in lists.items(io.BytesIO(body), 100, "dump.json") if isinstance(item, bytes))
    seen = []
    with pytest.raises(SourceError):
        for _, item in lists.items(io.BytesIO(body), 100, "dump.json"):
            seen.append(item)
    assert len(seen) == whole


def test_an_item_beyond_the_limit_is_passed_over() -> None:
    body = json.dumps([{"id": "a"}, {"id": "b", "t": 'x\\"]' * 2000}, {"id": "c"}]).encode()
    for size in (100, 1 << 20):
        found = cut(body, size, limit=1000)
        assert [name for name, _ in found] == ["a", "2", "c"]
        assert isinstance(found[1][1], PayloadTooLarge)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists count as large from a few hundred bytes on."""
    monkeypatch.setattr(archives, "LISTED_FROM", 300)


def organisation(number: int, name: str = "House") -> dict[str, Any]:
    return {
        "id": f"https://ror.org/0{number:08}", "names": [{"value": f"{name} {number}", "types": ["ror_display"]}],
        "locations": [],
    }  # fmt: skip


def read(folder: Path, journal: Database) -> HarvestReport:
    return harvest(journal, FilesSource("ror", [folder], complete=True))


def as_dump(said: list[dict[str, object]]) -> bytes:
    return gzip.compress(json.dumps(said).encode())


def as_lines(said: list[dict[str, object]]) -> bytes:
    return "\n".join(map(json.dumps, said)).encode()


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(("name", "written"), [("ror.json.gz", as_dump), ("ror.jsonl", as_lines)])
def test_only_the_organisations_that_changed_are_read_again(
    tmp_path: Path, name: str, written: Callable[[list[dict[str, object]]], bytes]
) -> None:
    """One inserted at the top does not rename the others."""
    folder = tmp_path / "some"
    folder.mkdir()
    some = [organisation(number) for number in range(20)]
    with Database(tmp_path / "journal.sqlite") as journal:
        for said, counts in [
            (some, (20, 0, 0, 0)), ([organisation(99), *some], (1, 0, 0, 20)),
            ([organisation(3, "Hall"), *some[4:]], (0, 1, 4, 16)),
        ]:  # fmt: skip
            (folder / name).write_bytes(written(said))
            report = read(folder, journal)
            assert (report.new, report.changed, report.deleted, report.unchanged) == counts
            assert journal.one("SELECT count(*) FROM record") == len(said)
        assert journal.one("SELECT locator FROM payload WHERE id = 1") == f"{name}#https://ror.org/000000000"


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ('{"id": "W1", "DOI": "10.5555/a"}', "W1"), ('{"DOI": "10.5555/a"}', "10.5555/a"),
        ('{"paper_id": "P1"}', "P1"), ('{"corpusid": 7}', "7"), ('{"id": 0}', "L1"), ('{"id": "a\\u0000b"}', "L1"),
        ('{"id": "' + "x" * 201 + '"}', "L1"), ('{"id": ["a"]}', "L1"), ('{"id": " "}', "L1"), ("not json", "L1"),
        ('{"id": "\\ud800"}', "L1"), ('["a"]', "L1"),
    ],
)  # fmt: skip
def test_what_a_line_is_called(line: str, name: str) -> None:
    assert lists.Names().of(line.encode(), "L1") == name


def test_each_name_is_given_once() -> None:
    names = lists.Names()
    said = ['{"id": "a"}', '{"id": "a"}', '{"id": "a#2"}', '{"id": "a"}', "{}", '{"id": "L5"}']
    assert [names.of(line.encode(), f"L{n}") for n, line in enumerate(said, 1)] == [
        "a", "a#2", "a#2#2", "a#3", "L5", "L5#2",
    ]  # fmt: skip


@pytest.mark.usefixtures("small")
def test_small_lists_and_other_json_stay_whole(tmp_path: Path) -> None:
    bodies = {
        "small.json": json.dumps([{"id": 1}]).encode(), "object.json": json.dumps({"items": ["x" * 400]}).encode(),
        "numbers.json": json.dumps([*range(400)]).encode(), "text.txt": b"[{" + b"x" * 400,
    }  # fmt: skip
    for name, body in bodies.items():
        (tmp_path / name).write_bytes(body)
    found = {one.locator: one for one in _payloads(tmp_path)}
    assert {locator: one.body for locator, one in found.items() if isinstance(one, Payload)} == {
        name: body for name, body in bodies.items() if name != "text.txt"
    }
    assert isinstance(found["text.txt"], Broken)


def _payloads(folder: Path) -> Iterator[Payload | Broken]:
    return (one for one in FilesSource("x", [folder]).harvest() if isinstance(one, Payload | Broken))
