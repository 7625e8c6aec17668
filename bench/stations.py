"""`python -m bench.stations --data FOLDER [--encoder NAME]`: each station by itself, on a built data folder.

Prints, as JSON, what one process does per second (wall clock): payloads of each format parsed, full
texts and abstracts read, texts encoded (the encoder uses all cores), statements converted and
loaded into an empty store. Samples of at most 200 are taken in the order of harvest.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from api.encoding import encoder_of
from api.library import Library
from api.settings import load_settings
from graph.convert import reading_lines, text_lines, work_lines
from graph.stores.oxigraph import OxigraphStore
from ingest.formats.base import Rejected
from ingest.formats.detect import FORMATS
from ingest.identity.assemble import Assembler
from ingest.journal.database import Database
from ingest.journal.harvested import Harvested
from ontology.entities import Work
from ontology.namespaces import Base
from ontology.records import Document, Payload

SAMPLE = 200
T = TypeVar("T")


def rate(work: Callable[[], int]) -> float:
    """Things per second of something that returns how many it did."""
    started = time.perf_counter()
    done = work()
    return round(done / (time.perf_counter() - started), 1)


def parsing(database: Database) -> dict[str, float]:
    """Records per second for each format."""
    found: dict[str, float] = {}
    for name in FORMATS.names():
        rows = database.rows("SELECT source, locator FROM payload WHERE format = ? LIMIT ?", (name, SAMPLE)).fetchall()
        payloads = [p for row in rows if (p := Harvested(database).payload(*row)) is not None]
        if payloads:
            found[f"parse {name}"] = rate(lambda name=name, payloads=payloads: parsed(name, payloads))  # type: ignore[misc]
    return found


def parsed(name: str, payloads: Iterable[Payload]) -> int:
    reader = FORMATS.get(name)
    return sum(not isinstance(entry, Rejected) for payload in payloads for entry in reader.parse(payload))


def works_of(database: Database, base: Base) -> list[Work]:
    """Some works with full text and some with an abstract only."""
    numbers = [row[0] for row in database.rows("SELECT seq FROM entity WHERE kind = 'work' AND survivor IS NULL")]
    full: list[Work] = []
    brief: list[Work] = []
    for _, made in Assembler(database, base).works(numbers[: 40 * SAMPLE]):
        if made and made.work.document:
            kind = full if made.work.document.full else brief
            if len(kind) < SAMPLE and (made.work.document.full or made.work.record.abstract):
                kind.append(made.work)
    return full + brief


def reading(library: Library, works: Sequence[Work]) -> tuple[dict[str, float], list[Work]]:
    """Documents read per second; the works come back with their readings."""
    library.reader.read_one(Document(text="Warm up.", fragments=()))
    rates: dict[str, float] = {}
    done: list[Work] = []
    for name, full in (("read full texts", True), ("read abstracts", False)):
        some = [w for w in works if w.document and w.document.full is full]

        def read(some: list[Work] = some) -> int:
            documents = [w.document for w in some if w.document]
            for work, found in zip(some, library.reader.read(documents), strict=True):
                done.append(msgspec.structs.replace(work, reading=found))
            return len(some)

        if some:
            rates[name] = rate(read)
    return rates, done


def writing(works: Sequence[Work], base: Base) -> dict[str, float]:
    """Statements converted and loaded per second."""
    lines: list[str] = []

    def convert() -> int:
        for work in works:
            lines.extend((*work_lines(work, base), *text_lines(work, base), *reading_lines(work, base)))
        return len(lines)

    rates = {"convert statements": rate(convert)}
    with tempfile.TemporaryDirectory() as folder:
        store = OxigraphStore(Path(folder) / "store")

        def load() -> int:
            store.load(lines)
            return len(lines)

        rates["load statements"] = rate(load)
        store.close()
    return rates


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--encoder", default="e5-small")
    given = parser.parse_args()
    settings = load_settings(data=given.data, encoder=given.encoder)
    with Database(settings.journal, read_only=True) as database:
        rates = parsing(database)
        works = works_of(database, settings.base)
    read, works = reading(Library(settings.data, settings.base), works)
    rates |= read | writing(works, settings.base)
    encoder = encoder_of(settings)
    if encoder is not None:
        texts = [f"{w.record.title}. {w.record.abstract}" for w in works if w.record.abstract]
        rates[f"encode with {given.encoder}"] = rate(lambda: len(encoder.encode(texts, "passage")))
    print(msgspec.json.format(msgspec.json.encode(rates), indent=1).decode())


if __name__ == "__main__":
    main()
