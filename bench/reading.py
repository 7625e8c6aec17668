"""`python -m bench.reading [--labels N] [--texts N] [--articles N] [--gold FOLDER]`: how fast texts are read.

Prints, as JSON, abstracts per second of processor time: dictionary matching alone against N labels (those of MeSH
and CSO, filled up with made names of real words), topics alone, and everything the reader does; full texts per second
(JATS, drawn at random, always the same); and the memory of the process with the loaded dictionary. One process; two
cores do nearly twice as much. `--prepare FILE` makes the dictionary only, `--matcher FILE` measures with one.
"""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from ingest.formats.detect import detect
from nlp.evaluation.gold.keywords import read_inspec
from nlp.matcher import Matcher
from nlp.reader import Reader
from ontology.documents import of_record
from ontology.namespaces import Base
from ontology.records import Document, Payload, Record
from ontology.scheme import Concept, Label, Scheme
from ontology.vocabularies.base import load_vocabulary

_FILES = ("mesh/mesh_id_label_mappings.tsv", "cso/cso.csv")


def invented(words: Sequence[str], count: int) -> Iterator[Concept]:
    """Concepts with one label each, of two to four of the words; always the same."""
    draw = random.Random(20261127)
    for number in range(count):
        text = " ".join(draw.choice(words) for _ in range(draw.choice((2, 2, 3, 4))))
        yield Concept(iri=f"http://example.org/invented/{number}", labels=(Label(text),))


def prepare(labels: int, vocabularies: Path, file: Path) -> int:
    """Write a matcher of about so many labels to `file`; returns how many word sequences it searches for."""
    schemes = [load_vocabulary(vocabularies / name, Base()) for name in _FILES]
    real = [label.text for scheme in schemes for concept in scheme for label in concept.labels]
    words = sorted({word for text in real for word in text.lower().split() if word.isalpha() and len(word) > 3})
    more = list(invented(words, max(0, labels - len(real))))
    matcher = Matcher.build([*schemes, Scheme("http://example.org/invented", "invented", more)])
    matcher.save(file)
    return len(matcher)


def articles(folder: Path, count: int) -> list[Document]:
    """So many full texts."""
    files = sorted(folder.glob("*/*.xml"))
    random.Random(20261127).shuffle(files)
    found = (of_record(r) for f in files[: 2 * count] for r in _records(f) if r.document is not None)
    return [document for document in found if document is not None and document.full][:count]


def _records(file: Path) -> Iterator[Record]:
    payload = Payload(source="bench", locator=file.name, body=file.read_bytes())
    return (entry for entry in detect(payload).parse(payload) if isinstance(entry, Record))


def rate(documents: Sequence[Document], work: Callable[[Document], object]) -> float:
    """Documents per second of processor time."""
    started = time.process_time()
    for document in documents:
        work(document)
    return round(len(documents) / (time.process_time() - started), 2)


def measured(file: Path, documents: Sequence[Document], full: Sequence[Document]) -> dict[str, float]:
    """Rates with the matcher of `file`, and megabytes of this process with nothing but it loaded."""
    matcher = Matcher.load(file)
    matching = rate(documents, lambda document: matcher.find(document.text))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    reader = Reader(matcher)
    reader.read_one(documents[0])
    return {
        "matching, abstracts/s": matching,
        "matching, peak MB": round(memory),
        "topics, abstracts/s": rate(documents, reader.topics_of),
        "everything, abstracts/s": rate(documents, reader.read_one),
        "everything, full texts/s": rate(full, reader.read_one) if full else 0.0,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labels", type=int, default=1_000_000)
    parser.add_argument("--texts", type=int, default=300)
    parser.add_argument("--articles", type=int, default=40)
    parser.add_argument("--gold", type=Path, default=Path("../shared/data/gold"))
    parser.add_argument("--matcher", type=Path, help="measure with this matcher only")
    parser.add_argument("--prepare", type=Path, help="write a matcher to this file and measure nothing")
    given = parser.parse_args()
    if given.prepare:
        print(prepare(given.labels, given.gold.parent / "vocab", given.prepare))
        return
    if given.matcher:
        works = read_inspec(given.gold / "inspec_controlled.tar.gz", "dev")[: given.texts]
        full = articles(given.gold.parent / "jats", given.articles)
        print(msgspec.json.encode(measured(given.matcher, [work.document() for work in works], full)).decode())
        return
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "labels.matcher"
        started = time.process_time()
        sequences = prepare(given.labels, given.gold.parent / "vocab", file)
        seconds = time.process_time() - started
        again = [sys.executable, "-m", "bench.reading", "--matcher", str(file), "--texts", str(given.texts)]
        again += ["--articles", str(given.articles)]
        done = subprocess.run([*again, "--gold", str(given.gold)], capture_output=True, text=True, check=True)
        size = file.stat().st_size
    shown = {"word sequences": sequences, "building, s": round(seconds, 1), "file, MB": round(size / 1e6)}
    print(msgspec.json.format(msgspec.json.encode(shown | msgspec.json.decode(done.stdout)), indent=1).decode())


if __name__ == "__main__":
    main()
