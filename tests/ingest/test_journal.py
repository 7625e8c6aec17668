"""The journal: who may write, what is kept, and what a broken-off commit leaves behind."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ingest.formats.base import Rejected
from ingest.harvest import harvest
from ingest.journal.database import Database
from ingest.journal.harvested import Harvested
from ingest.journal.ledger import Evidence, Ledger, body_of, claim_name, lines_of
from ingest.journal.packing import pack
from ingest.journal.quarantine import Quarantine
from ingest.sources.base import Broken
from ontology.errors import JournalError, MalformedPayload, SourceError, WriterBusy
from ontology.reading import Claim, Maker, Reading
from ontology.records import Payload, Record, Title


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "journal.sqlite") as database:
        yield database


class Listed:
    """A source of exactly these payloads."""

    name = "listed"

    def __init__(self, *entries: Payload | Broken) -> None:
        self._entries = entries

    def harvest(self, since: str = "") -> Iterator[Payload | Broken]:
        yield from self._entries


def payload(body: bytes = b"one", locator: str = "a", **more: Any) -> Payload:
    return Payload(source="listed", locator=locator, body=body, **more)


def record(key: str, title: str = "A title") -> Record:
    return Record(key=key, format="invented", titles=(Title(title),))


def stored(journal: Database) -> dict[str, str]:
    """Title of each record by its key."""
    numbers = [number for (number,) in journal.rows("SELECT id FROM record").fetchall()]
    return {found.record.key: found.record.title for found in Harvested(journal).records(numbers)}


# --- the file ---------------------------------------------------------------------------------------


def test_a_second_writer_is_refused_and_readers_are_not(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with Database(path) as journal:
        journal.set_meta("colour", "blue")
        with pytest.raises(WriterBusy, match=str(os.getpid())):
            Database(path)
        with Database(path, read_only=True) as reader:
            assert reader.meta("colour") == "blue"
            with pytest.raises(JournalError, match="readonly"):
                reader.set_meta("colour", "red")
    with Database(path) as journal:
        assert journal.meta("colour") == "blue"


def test_the_lock_goes_with_the_process(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    code = (
        "import os; from pathlib import Path; from ingest.journal.database import Database\n"
        f"journal = Database(Path({str(path)!r})); print(1, flush=True); os.kill(os.getpid(), 9)"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, check=False)
    assert (done.stdout, done.returncode) == (b"1\n", -9)
    Database(path).close()


def test_there_must_be_a_journal_to_read(tmp_path: Path) -> None:
    with pytest.raises(JournalError) as caught:
        Database(tmp_path / "none.sqlite", read_only=True)
    assert "gnomon build" in caught.value.hint
    assert not list(tmp_path.iterdir())


def test_another_schema_is_refused_and_the_lock_let_go(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with Database(path) as journal:
        journal.set_meta("schema", "99")
    for _ in range(2):
        with pytest.raises(JournalError, match="schema 99"):
            Database(path)


def test_a_file_that_is_no_journal_is_named(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    path.write_bytes(b"This is a letter to the librarian. " * 40)
    for _ in range(2):
        with pytest.raises(JournalError) as caught:
            Database(path)
        assert str(path) in caught.value.place


def test_a_transaction_is_all_or_nothing(journal: Database) -> None:
    with pytest.raises(ZeroDivisionError), journal.transaction():
        journal.set_meta("colour", "blue")
        1 / 0  # noqa: B018
    assert journal.meta("colour", "none") == "none"
    with pytest.raises(JournalError), journal.transaction():
        journal.set_meta("colour", "blue")
        journal.rows("INSERT INTO nowhere VALUES (1)")
    assert journal.meta("colour", "none") == "none"
    with journal.transaction():
        journal.set_meta("colour", "green")
    assert journal.meta("colour") == "green"


# --- payloads and records ---------------------------------------------------------------------------


@pytest.mark.parametrize("body", [b"", b"\x00\xff" * 9, b"a\r\n\xef\xbb\xbf", random.Random(3).randbytes(200_000)])
def test_a_payload_is_kept_byte_for_byte(journal: Database, body: bytes) -> None:
    given = payload(body, media=".xml", datestamp="2024-01-02")
    Harvested(journal).keep(given, "invented", [])
    assert Harvested(journal).payload("listed", "a") == given
    assert Harvested(journal).payload("listed", "b") is None


def test_what_is_known_of_a_payload(journal: Database) -> None:
    harvested = Harvested(journal)
    gone = payload(b"", deleted=True)
    assert harvested.state(payload()) == "new"
    assert harvested.keep(payload(), "invented", [record("1"), record("2")]) == 2
    assert harvested.state(payload()) == "unchanged"
    assert harvested.state(payload(b"two")) == "changed"
    assert harvested.keep(payload(b"two"), "invented", [record("1"), record("2", "Another")]) == 1
    assert stored(journal) == {"1": "A title", "2": "Another"}
    assert harvested.state(gone) == "changed"
    harvested.keep(gone, "", ())
    assert harvested.state(gone) == "unchanged"
    assert stored(journal) == {}
    assert harvested.state(payload(b"two")) == "changed"
    assert harvested.keep(payload(b"two"), "invented", [record("1")]) == 1
    assert stored(journal) == {"1": "A title"}


def test_an_error_while_reading_leaves_the_journal_as_it_was(journal: Database) -> None:
    def broken() -> Iterator[Record]:
        yield record("1", "New")
        raise ZeroDivisionError

    Harvested(journal).keep(payload(), "invented", [record("1", "Old")])
    with pytest.raises(ZeroDivisionError), journal.transaction():
        Harvested(journal).keep(payload(b"two"), "invented", broken())
    assert stored(journal) == {"1": "Old"}
    assert Harvested(journal).state(payload()) == "unchanged"


def test_quarantine_says_why_and_is_left_by_a_better_payload(journal: Database) -> None:
    harvested = Harvested(journal)
    harvested.keep(payload(), "invented", [record("1")])
    harvested.quarantine(payload(b"bad"), MalformedPayload("not closed", place="line 3", hint="close it"))
    (found,) = Quarantine(journal).entries()
    assert (found.locator, found.error, found.message, found.place, found.hint) == (
        "a", "MalformedPayload", "not closed", "line 3", "close it",
    )  # fmt: skip
    assert stored(journal) == {}
    assert harvested.state(payload(b"bad")) == "unchanged"
    one_bad = Rejected(key="2", error="MalformedPayload", message="no title", place="row 2")
    assert harvested.keep(payload(b"better"), "invented", [record("1"), one_bad]) == 1
    assert [(found.key, found.place) for found in Quarantine(journal).entries()] == [("2", "row 2")]
    harvested.keep(payload(b"good"), "invented", [record("1"), record("2")])
    assert not list(Quarantine(journal).entries())


BIB = b"@article{x, title={The only one of one entry}}\n"


def pubmed(*numbers: int) -> bytes:
    """The beginning of a PubMed file."""
    return b"<PubmedArticleSet>" + b"".join(
        b"<PubmedArticle><MedlineCitation><PMID>%d</PMID><Article><ArticleTitle>Work %d</ArticleTitle></Article>"
        b"</MedlineCitation></PubmedArticle>" % (number, place)
        for place, number in enumerate(numbers, 1)
    )


class Careless:
    """A format that gives two records the same key."""

    name = "careless"

    def recognises(self, head: bytes, media: str) -> bool:
        return True

    def parse(self, payload: Payload) -> Iterator[Record | Rejected]:
        yield from (record("7", "First"), record("8", "Other"), record("7", "Second"))


def test_a_key_that_comes_twice_is_rejected_the_second_time(journal: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.parsing.detect", lambda _: Careless())
    report = harvest(journal, Listed(payload()))
    assert stored(journal) == {"7": "First", "8": "Other"}
    assert (report.records, report.quarantined) == (2, 1)
    assert [found.key for found in Quarantine(journal).entries()] == ["7 (again)"]


def test_what_was_read_before_an_error_is_kept_beside_it(journal: Database) -> None:
    report = harvest(journal, Listed(payload(pubmed(7, 8), media=".xml"), payload(BIB, "b", media=".bib")))
    assert {"Work 1", "Work 2"} <= set(stored(journal).values())
    assert {found.locator for found in Quarantine(journal).entries()} == {"a"}
    assert report.records == 3
    again = harvest(journal, Listed(payload(pubmed(7, 8), media=".xml"), payload(BIB, "b", media=".bib")))
    assert (again.unchanged, again.records) == (2, 0)


def test_what_could_not_be_fetched_is_quarantined(journal: Database) -> None:
    report = harvest(journal, Listed(Broken("listed", "a", SourceError("cut off")), payload(BIB, "b", media=".bib")))
    assert (report.seen, report.new) == (2, 1)
    assert ("a", "cut off") in {(found.locator, found.message) for found in Quarantine(journal).entries()}


# --- the ledger -------------------------------------------------------------------------------------


def test_lines_survive_packing() -> None:
    lines = ['<urn:a> <urn:b> "x\\ny" .', '<urn:a> <urn:b> "é😀" .']
    assert lines_of(body_of(lines)) == lines
    assert (body_of([]), lines_of(b"")) == (b"", [])


def test_what_is_announced_may_be_present_until_it_is_settled(journal: Database) -> None:
    ledger = Ledger(journal)
    ledger.settle({"w": body_of(["old"])}, [], 1)
    ledger.announce({"w": body_of(["first"]), "v": body_of(["v"])})
    ledger.announce({"w": body_of(["second"])})
    assert ledger.present(["w", "v", "u"]) == {"w": {"old", "first", "second"}, "v": {"v"}}
    ledger.settle({"w": body_of(["third"])}, [], 2)
    assert ledger.present(["w", "v"]) == {"w": {"third"}, "v": {"v"}}
    ledger.settle({"w": b"", "v": b""}, [], 3)
    assert ledger.present(["w", "v"]) == {}
    assert ledger.sequence == 3


def test_settled_entities_are_clean(journal: Database) -> None:
    journal.many("INSERT INTO entity (kind, name) VALUES (?, ?)", [("work", "a"), ("person", "b"), ("work", "c")])
    ledger = Ledger(journal)
    assert [row[:3] for row in ledger.dirty(["work"], 9)] == [(1, "work", "a"), (3, "work", "c")]
    ledger.settle({}, [1, 2], 1)
    assert [row[2] for row in ledger.dirty(["work", "person"], 9)] == ["c"]
    assert (ledger.count_dirty(["work"]), ledger.count_dirty(["person"])) == (1, 0)


def test_readings_and_vectors_are_known_by_text_and_maker(journal: Database) -> None:
    ledger, reading = Ledger(journal), Reading(maker=Maker("reader", "1", ""), text_version="t")
    ledger.keep_readings("m1", [("t", pack(msgspec.msgpack.encode(reading)))])
    ledger.keep_vectors("e1", {"t": b"12345678", "u": b"abcdefgh"})
    assert (ledger.reading("t", "m1"), ledger.reading("t", "m2"), ledger.reading("u", "m1")) == (reading, None, None)
    assert ledger.vectors(["t", "x"], "e1") == {"t": b"12345678"}
    assert ledger.vectors(["t"], "e2") == {}


def claim(polarity: str, confidence: float, object_: str = "urn:o") -> Claim:
    return Claim(
        subject="urn:s", predicate="urn:p", object=object_, sentence="s1", subject_mention=0, object_mention=1,
        polarity=polarity, confidence=confidence, cue="improves",
    )  # fmt: skip


def test_evidence_is_gathered_over_works_and_withdrawn_with_them(journal: Database) -> None:
    ledger = Ledger(journal)
    ledger.put_evidence(1, [claim("supports", 0.9), claim("disputes", 0.4), claim("supports", 0.5)])
    ledger.put_evidence(2, [claim("disputes", 0.8), claim("supports", 0.7, "urn:other")])
    names = {name: number for number, _, name, _ in ledger.dirty(["claim"], 9)}
    shared = names[claim_name("urn:s", "urn:p", "urn:o")]
    assert len(names) == 2
    (said,) = dict(ledger.evidence([shared])).values()
    assert said == [
        Evidence("urn:s", "urn:p", "urn:o", (0.9, 0.5), (0.4,), ("improves", "improves")),
            Evidence("urn:s", "urn:p", "urn:o", (), (0.8,)),
    ]  # fmt: skip
    ledger.settle({}, names.values(), 1)
    ledger.forget_evidence([1])
    assert [row[0] for row in ledger.dirty(["claim"], 9)] == [shared]
    assert [len(said) for _, said in ledger.evidence([shared])] == [1]
