"""Abstracts of the ACL Anthology whose things and relations were marked by hand for Gnomon, in SciERC's scheme.

`nlp/data/annotated_abstracts.jsonl` holds the annotations: names of papers and places in their abstracts, no text. The
texts (CC BY 4.0, 2018 and later, so that none is in SciERC) are read from a copy of the Anthology's XML.
"""

from __future__ import annotations

import gzip
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from importlib.resources import files
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
from lxml import etree

from nlp.extracted import words_of
from nlp.joint.training import Annotated
from ontology.errors import SettingsError

TYPES: Final = {
    "T": "Task", "M": "Method", "E": "Metric", "D": "Material", "O": "OtherScientificTerm", "G": "Generic",
}  # fmt: skip
RELATIONS: Final = {
    "U": "USED-FOR", "F": "FEATURE-OF", "H": "HYPONYM-OF", "P": "PART-OF", "E": "EVALUATE-FOR", "C": "COMPARE",
    "J": "CONJUNCTION",
}  # fmt: skip
"""What the letters of the file stand for; of the last two, either way round is the same."""
EVEN: Final = frozenset("CJ")
_FILE: Final = "annotated_abstracts.jsonl"


class Annotation(msgspec.Struct, frozen=True):
    """What is marked in the abstract of the paper `id` (its name in the Anthology).

    Places are code points of the abstract with single blanks, whose hash is `text`: of the sentences, and of the marks
    with the letter of their type. A relation is the number of a mark, a letter, the number of another one.
    """

    id: str
    text: str
    sentences: tuple[tuple[int, int], ...]
    marks: tuple[tuple[int, int, str], ...]
    relations: tuple[tuple[int, str, int], ...]


_decode: Final = msgspec.json.Decoder(Annotation).decode


def shipped() -> list[Annotation]:
    """The annotations of `nlp/data`, in their order."""
    return [_decode(line) for line in files("nlp.data").joinpath(_FILE).read_bytes().splitlines() if line.strip()]


class Sentence(NamedTuple):
    """A sentence's text, its marks (begin and end within it, type) in text order, and relations: subject's number among
    the marks, name, object's number; from left to right where either way is the same."""

    text: str
    marks: tuple[tuple[int, int, str], ...]
    relations: tuple[tuple[int, str, int], ...]


def annotated_sentences(anthology: Path) -> Iterator[list[Sentence]]:
    """The sentences of each annotated abstract whose text is found below `anthology` (`xml/P19.xml.gz` or `P19.xml`)
    and is still what it was. SettingsError where not one is."""
    known = shipped()
    texts = abstracts(anthology, [one.id for one in known])
    found = 0
    for one in known:
        if one.id in texts and hash_of(texts[one.id]) == one.text:
            found += 1
            yield list(_sentences(one, texts[one.id]))
    if known and not found:
        raise SettingsError(
            "no annotated abstract is here", place=str(anthology), hint="name a copy of the ACL Anthology's XML"
        )


def annotated(anthology: Path) -> Iterator[Annotated]:
    """The same as words, cut as the reader cuts them; a mark takes the words it touches."""
    for sentences in annotated_sentences(anthology):
        words: list[list[str]] = []
        marks: dict[tuple[int, int, int], str] = {}
        relations: dict[tuple[int, int, int, int, int], str] = {}
        for number, sentence in enumerate(sentences):
            cut = words_of(sentence.text)
            words.append([sentence.text[b:e] for b, e in cut])
            places = [_within(cut, begin, end) for begin, end, _ in sentence.marks]
            marks |= {(number, *place): mark[2] for place, mark in zip(places, sentence.marks, strict=True)}
            for subject, name, object_ in sentence.relations:
                left, right = sorted((places[subject], places[object_]))
                if left != right:
                    relations[number, *left, *right] = f"{name}{'>' if left == places[subject] else '<'}"
        yield Annotated(words, marks, relations)


def _within(cut: Sequence[tuple[int, int]], begin: int, end: int) -> tuple[int, int]:
    """First and last word that a mark touches."""
    inside = [number for number, (b, e) in enumerate(cut) if b < end and begin < e]
    return inside[0], inside[-1]


def _sentences(annotation: Annotation, text: str) -> Iterator[Sentence]:
    for begin, end in annotation.sentences:
        here = sorted((b, e, n) for n, (b, e, _) in enumerate(annotation.marks) if begin <= b < end)
        number = {index: place for place, (_, _, index) in enumerate(here)}
        relations = []
        for one, letter, other in annotation.relations:
            if one in number and other in number:
                ends = number[one], number[other]
                subject, object_ = sorted(ends) if letter in EVEN else ends
                relations.append((subject, RELATIONS[letter], object_))
        marks = tuple((b - begin, e - begin, TYPES[annotation.marks[n][2]]) for b, e, n in here)
        yield Sentence(text[begin:end], marks, tuple(relations))


def abstracts(anthology: Path, names: Iterable[str]) -> Mapping[str, str]:
    """Abstracts with single blanks by the names of their papers, of those that are there."""
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for name in names:
        wanted[name.partition("-")[0]].add(name)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    found = {}
    for collection, some in wanted.items():
        path = next((p for p in _paths(anthology, collection) if p.is_file()), None)
        if path is None:
            continue
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        for paper in etree.fromstring(data, parser).iter("paper"):
            name, abstract = paper.findtext("url", ""), paper.find("abstract")
            if name in some and abstract is not None:
                found[name] = " ".join("".join(map(str, abstract.itertext())).split())
    return found


def _paths(anthology: Path, collection: str) -> Iterator[Path]:
    for folder in (anthology / "xml", anthology):
        yield from (folder / f"{collection}.xml.gz", folder / f"{collection}.xml")


def hash_of(text: str) -> str:
    """Eight hex digits that change with the text."""
    return blake2b(text.encode(), digest_size=4).hexdigest()
