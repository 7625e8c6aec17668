"""Hand-labelled citing sentences: `citing_labels.tsv` has the labels, the sentences stay where they are.

A row is a file of the shared articles, a hash of the sentence's letters and a class. The sentences are read again with
Gnomon's own formats and sentence splitter; those that are not found any more are counted.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import tarfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from ingest.formats.detect import detect
from nlp.citations import marked
from nlp.sentences import sentences
from ontology.records import Document, Payload, Record

LABELS: Final = Path(__file__).with_name("citing_labels.tsv")
CLASSES: Final = {"B": "background", "M": "method", "R": "result"}
_NO_LETTER: Final = re.compile(r"[^a-z]")


class Labelled(NamedTuple):
    """A sentence with its markers written as MARK, and its class."""

    text: str
    label: str


def labelled(data: Path) -> Iterator[Labelled]:
    """The sentences of the table, in the order of the articles below `data` (`shared/data`)."""
    wanted: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for line in LABELS.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            name, key, letter = line.split("\t")
            wanted[name][key] = CLASSES[letter]
    missing = sum(len(keys) for keys in wanted.values())
    for name, body in _articles(data):
        keys = wanted.pop(name, {})
        for key, text in _citing(name, body) if keys else ():
            label = keys.pop(key, "")
            if label:
                missing -= 1
                yield Labelled(text, label)
    if missing:
        print(f"intents: {missing} labelled sentences were not found")


def key_of(sentence: str) -> str:
    """What names a sentence in the table: its letters, hashed."""
    return hashlib.sha256(_NO_LETTER.sub("", sentence.lower()).encode()).hexdigest()[:12]


def _articles(data: Path) -> Iterator[tuple[str, bytes]]:
    for pattern in ("jats/*/*.xml", "elsevier_oa_stm/*xml"):
        for file in sorted(data.glob(pattern)):
            yield file.name, file.read_bytes()
    for file in sorted(data.glob("aclsum/paper_jsons/*.gz")):
        yield file.name, gzip.decompress(file.read_bytes())
    for file in sorted(data.glob("extra/epmc_500.tar.xz")):
        with tarfile.open(file) as archive:
            for member in archive:
                opened = archive.extractfile(member)
                if opened is not None:
                    yield Path(member.name).name, opened.read()


def _citing(name: str, body: bytes) -> Iterator[tuple[str, str]]:
    payload = Payload(source="bench", locator=name, body=body)
    for entry in detect(payload).parse(payload):
        if isinstance(entry, Record) and entry.document is not None:
            yield from _sentences(entry.document)


def _sentences(document: Document) -> Iterator[tuple[str, str]]:
    markers = sorted((f.begin, f.end) for f in document.fragments if f.kind == "citation")
    for sentence in sentences(document, "en"):
        inside = [(b, min(e, sentence.end)) for b, e in markers if sentence.begin <= b < sentence.end]
        if inside:
            text = document.text[sentence.begin : sentence.end]
            yield key_of(text), marked(text, [(b - sentence.begin, e - sentence.begin) for b, e in inside])
