"""`python -m bench.annotated SOURCES FOLDER…`: make `nlp/data/annotated_abstracts.jsonl` of what annotators wrote.

SOURCES are files with the abstracts as they were given out: `# name of the paper`, then `s1 words…` for each sentence.
The folders hold what came back: the same headings; below `s1` (alone) a line for each thing, in the order of the text
(a letter and its words: T task, M method, E metric, D material, O other scientific term, G generic), and one for each
relation (`> 1 U 2`: the sentence's things by number; U used for, F feature of, H hyponym of, P part of, E evaluate for,
C compare, J conjunction). Files whose names begin with "dev" are left out: they repeat SciERC's own abstracts.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from nlp.evaluation.gold.annotated import EVEN, Annotation, abstracts, hash_of

TARGET: Final = Path(__file__).resolve().parents[1] / "nlp" / "data" / "annotated_abstracts.jsonl"
ANTHOLOGY: Final = Path("../shared/data/acl_anthology")
_SENTENCE: Final = re.compile(r"s\d+ (.*)")
_HEADING: Final = re.compile(r"s(\d+)\b.*")
_THING: Final = re.compile(r"([TMEDOG]) (\S.*)")
_RELATION: Final = re.compile(r"> (\d+) ([UFHPECJ]) (\d+)\s*")
Ends = tuple[int, int]


class _Sentence(msgspec.Struct):
    """First and last word of the things with their letters (None where the words are not there), and relations."""

    things: list[tuple[Ends, str] | None]
    relations: list[tuple[int, str, int]]


def given_out(files: Iterable[Path]) -> dict[str, list[list[str]]]:
    """Paper → its sentences as words."""
    found: dict[str, list[list[str]]] = {}
    for file in files:
        name = ""
        for line in file.read_text("utf-8").splitlines():
            if line.startswith("# "):
                name = line[2:].strip()
                found[name] = []
            elif match := _SENTENCE.fullmatch(line):
                found[name].append(match[1].split())
    return found


def came_back(file: Path, sources: dict[str, list[list[str]]]) -> Iterator[tuple[str, list[_Sentence]]]:
    """Paper and its sentences; what cannot be placed is told on standard error."""
    name, sentences, number, begin = "", list[_Sentence](), -1, 0
    for line in [*file.read_text("utf-8").splitlines(), "# "]:
        if line.startswith("# "):
            if name in sources and any(sentence.things for sentence in sentences):
                yield name, sentences
            name, number = line[2:].strip(), -1
            sentences = [_Sentence([], []) for _ in sources.get(name, ())]
        elif (match := _HEADING.fullmatch(line)) and int(match[1]) <= len(sentences):
            number, begin = int(match[1]) - 1, 0
        elif number >= 0 and (match := _THING.fullmatch(line)):
            place = _find(sources[name][number], match[2].split(), begin, sentences[number])
            begin = place[0] + 1 if place else begin
            sentences[number].things.append((place, match[1]) if place else None)
            if place is None:
                print(f"{file}: {name}, sentence {number + 1} has no “{match[2]}” here", file=sys.stderr)
        elif number >= 0 and (match := _RELATION.fullmatch(line)):
            sentences[number].relations.append((int(match[1]) - 1, match[2], int(match[3]) - 1))
        elif line.strip():
            print(f"{file}: {name}, sentence {number + 1}: not understood: {line}", file=sys.stderr)


def _find(words: Sequence[str], wanted: Sequence[str], begin: int, sentence: _Sentence) -> Ends | None:
    """Where the words stand: from `begin` on, or before it, where they are not yet marked."""
    taken = {thing[0] for thing in sentence.things if thing}
    places = [n for n in range(len(words) - len(wanted) + 1) if list(words[n : n + len(wanted)]) == list(wanted)]
    for first in [*(n for n in places if n >= begin), *places]:
        if (first, first + len(wanted) - 1) not in taken:
            return first, first + len(wanted) - 1
    return None


def annotation(name: str, words: Sequence[Sequence[str]], told: Sequence[_Sentence], text: str) -> Annotation | None:
    """With places in the text; None where the text has other words."""
    marks: list[tuple[int, int, str]] = []
    relations, bounds, place = [], [], 0
    for some, sentence in zip(words, told, strict=True):
        cut = []
        for word in some:
            begin = text.find(word, place)
            if begin < 0 or text[place:begin].strip():
                return None
            place = begin + len(word)
            cut.append((begin, place))
        bounds.append((cut[0][0], cut[-1][1]))
        numbers: list[int | None] = []
        for thing in sentence.things:
            numbers.append(len(marks) if thing else None)
            if thing:
                (first, last), letter = thing
                marks.append((cut[first][0], cut[last][1], letter))
        relations += list(_kept(sentence.relations, numbers))
    return Annotation(name, hash_of(text), tuple(bounds), tuple(marks), tuple(relations))


def _kept(relations: Iterable[tuple[int, str, int]], numbers: Sequence[int | None]) -> Iterator[tuple[int, str, int]]:
    """With the numbers of the whole text; symmetric ones from left to right."""
    for one, letter, other in relations:
        if max(one, other) < len(numbers) and one != other:
            first, last = numbers[one], numbers[other]
            if first is not None and last is not None:
                yield (min(first, last), letter, max(first, last)) if letter in EVEN else (first, letter, last)


def main() -> None:
    split = next(n for n, name in enumerate(sys.argv[1:], 1) if Path(name).is_dir())
    sources = given_out(map(Path, sys.argv[1:split]))
    texts = abstracts(ANTHOLOGY, sources)
    lines: dict[str, bytes] = {}
    for folder in map(Path, sys.argv[split:]):
        for file in sorted(folder.glob("*.txt")):
            for name, told in () if file.name.startswith("dev") else came_back(file, sources):
                found = annotation(name, sources[name], told, texts.get(name, ""))
                if found is None:
                    print(f"{file}: the text of {name} has other words", file=sys.stderr)
                elif name not in lines:
                    lines[name] = msgspec.json.encode(found)
    TARGET.write_bytes(b"".join(lines[name] + b"\n" for name in sorted(lines)))
    print(f"{len(lines)} abstracts, {TARGET.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
