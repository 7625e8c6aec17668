"""What abbreviations in a query stand for, as the works themselves define them ("neural machine translation (NMT)").

Where nearly all works that define a short form mean the same by it, it is looked for as well, and the other way
round. Where they mean several things, each is offered, switched off.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Final

import msgspec

from graph.search.base import Expansion, ExpansionTerm
from graph.search.language import STOPWORDS, exact, stemmed
from graph.search.query.tree import Word
from graph.search.works import Snapshot

PREFIX: Final = "abbreviation:"
"""Begins `Expansion.concept` of an abbreviation, which is no concept of a vocabulary."""
WEIGHT: Final = 0.7
LEAST_WORKS: Final = 2
"""Works that must define a form."""
DOMINANT: Final = 0.75
"""Share of them that mean the same, from which it is looked for unasked."""
OFFERED: Final = 0.15
MAX_OFFERED: Final = 4
KNOWN: Final = 0.1
"""Share of the works with a short form's letters in them that define it, from which a word typed in small letters is
taken for it ("nmt" is, "cat" is not)."""
MAX_LONG_WORDS: Final = 6
_READ: Final = 200

Found = tuple[Expansion, range]


class Sense(msgspec.Struct, frozen=True):
    """A long form as most works write it, the number of works that do so one way or another, and their share."""

    text: str
    works: int
    share: float


def abbreviations(
    words: Sequence[Word], taken: Collection[int], snapshot: Snapshot, without: Collection[str], also: Collection[str]
) -> tuple[list[Found], list[Expansion]]:
    """Abbreviations among the loose words of a query that name nothing else (`taken` are positions of words that do),
    each with the positions of its words, and those that are only offered. What `without` names (casefolded) is
    switched off, what `also` names on."""
    found: list[Found] = []
    offered: list[Expansion] = []
    used = set(taken)
    for group, sense, concept in _long_forms(words, used, snapshot):
        used.update(group)
        label = " ".join(words[at].text for at in group)
        found.append((_expansion(concept, label, sense, without), group))
    for at, word in enumerate(words):
        if at in used:
            continue
        for sense, sure in _meanings(word.text, snapshot):
            concept = f"{PREFIX}{word.text.lower()}={sense.text}"
            asked = bool({concept.casefold(), sense.text.casefold()} & set(also))
            if (sure or asked) and at not in used:
                used.add(at)
                found.append((_expansion(concept, word.text, sense, without), range(at, at + 1)))
            elif not sure:
                offered.append(Expansion(concept=concept, label=sense.text, terms=(_term(sense),), off=True))
    return found, offered


def _expansion(concept: str, label: str, sense: Sense, without: Collection[str]) -> Expansion:
    off = bool({concept.casefold(), label.casefold(), sense.text.casefold()} & set(without))
    return Expansion(concept=concept, label=label, off=off, terms=() if off else (_term(sense),))


def _term(sense: Sense) -> ExpansionTerm:
    return ExpansionTerm(text=sense.text, weight=round(WEIGHT * sense.share, 4), relation="abbreviation")


def _meanings(typed: str, snapshot: Snapshot) -> Iterator[tuple[Sense, bool]]:
    """The long forms of a short one, and whether it surely means that."""
    short = typed.lower()
    if len(short) < 2 or short in STOPWORDS:
        return
    senses = _senses(short, snapshot)
    if not senses or not (_looks_short(typed) or _known(short, snapshot, senses)):
        return
    if senses[0].share >= DOMINANT:
        yield senses[0], True
        return
    yield from ((sense, False) for sense in senses[:MAX_OFFERED] if sense.share >= OFFERED)


def _long_forms(
    words: Sequence[Word], taken: Collection[int], snapshot: Snapshot
) -> Iterator[tuple[range, Sense, str]]:
    """Runs of words that works abbreviate, longest first, with the short form, where it means little else."""
    used = set(taken)
    for size in range(min(len(words), MAX_LONG_WORDS), 1, -1):
        for begin in range(len(words) - size + 1):
            group = range(begin, begin + size)
            if used & set(group) or _is_function(words[begin]) or _is_function(words[group[-1]]):
                continue
            long = " ".join(words[at].text.lower() for at in group)
            shorts = _senses(long, snapshot)
            if not shorts or shorts[0].text in STOPWORDS:
                continue
            back = _senses(shorts[0].text, snapshot)
            same = bool(back) and back[0].share >= DOMINANT and _key(back[0].text) == _key(long)
            if same and _known(shorts[0].text, snapshot, back):
                used.update(group)
                yield group, shorts[0], f"{PREFIX}{long}={shorts[0].text}"


def _senses(form: str, snapshot: Snapshot) -> list[Sense]:
    """What works give for a form, spellings put together, the most frequent first; rare ones left out."""
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for pair, works in snapshot.terms("abbreviation", f"{form}\x1f", _READ):
        other = pair.partition("\x1f")[2]
        spellings[_key(other)][other] += works
    total = sum(sum(one.values()) for one in spellings.values())
    senses = [
        Sense(one.most_common(1)[0][0], works, works / total)
        for one in spellings.values()
        if (works := sum(one.values())) >= LEAST_WORKS
    ]
    return sorted(senses, key=lambda sense: (-sense.works, sense.text))


def _known(short: str, snapshot: Snapshot, senses: Sequence[Sense]) -> bool:
    """Whether the letters mostly are this abbreviation where works have them."""
    spelt = exact().analyze(short)
    written = snapshot.frequency("exact", spelt[0]) if len(spelt) == 1 else 0
    return sum(sense.works for sense in senses) >= KNOWN * written


def _looks_short(typed: str) -> bool:
    """Whether it is written as abbreviations are: "NMT", "mRNA", "BERT"."""
    return sum(character.isupper() for character in typed) >= 2


def _is_function(word: Word) -> bool:
    return word.text.lower() in STOPWORDS


def _key(form: str) -> str:
    """The same for "support-vector machines" and "support vector machine"."""
    return " ".join(stemmed().analyze(form))
