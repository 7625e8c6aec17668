"""Phrases that may be terms of a field, whatever vocabularies say: the linguistic half of C-value/NC-value.

Frantzi, Ananiadou and Mima, "Automatic recognition of multi-word terms: the C-value/NC-value method" (International
Journal on Digital Libraries, 2000). Noun phrases of title and abstract are gathered with the phrases inside them and
the words beside them; a catalogue adds them up over its works and ranks them (`ingest.journal.terms`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Final, NamedTuple

from nlp import model
from nlp.keyphrases import chinese
from nlp.keyphrases.candidates import Block
from nlp.keyphrases.english import Token, joined, noun_phrases
from nlp.lexicon import rows, word_specificity
from nlp.normalise import fold, fold_label, has_cjk
from ontology.reading import Term, TermPart
from ontology.records import Document, Fragment

MOST: Final = 60
"""Terms of one work, the most frequent ones."""
MOST_WORDS: Final = 6
_MOST_SENTENCES: Final = 3
_MOST_CONTEXT: Final = 12
_REACH: Final = 2
"""Words on either side that are context."""
_BLOCKS: Final = ("title", "abs")
_TELLING: Final = 0.5
"""A phrase needs a word at least so specific."""
_SHORTEST_WORD: Final = 4
_LEAST_CHINESE: Final = 0.2
_MOST_CHINESE: Final = 15
_CONTENT: Final = ("NN", "JJ", "VB")
_NOUNS: Final = ("NN", "NNS", "NNP", "NNPS")
LANGUAGES: Final = frozenset({"en", "zh"})


class _Place(NamedTuple):
    """One occurrence of a phrase."""

    key: str
    text: str
    sentence: str
    parts: tuple[tuple[str, str], ...] = ()
    context: tuple[str, ...] = ()


def terms(
    document: Document, sentences: Sequence[Fragment], language: str, known: Callable[[str], bool]
) -> tuple[Term, ...]:
    """At most MOST terms, in order of their keys; none in other languages than LANGUAGES. `known` says whether a
    phrase is a label of a vocabulary."""
    here = [s for s in sentences if s.path.split("/", 1)[0] in _BLOCKS]
    if language not in LANGUAGES or not here:
        return ()
    found: dict[str, list[_Place]] = {}
    for place in (_english if language == "en" else _chinese)(document, here):
        found.setdefault(place.key, []).append(place)
    most = sorted(found, key=lambda key: (-len(found[key]), key))[:MOST]
    return tuple(_term(key, found[key], known) for key in sorted(most))


def _term(key: str, places: Sequence[_Place], known: Callable[[str], bool]) -> Term:
    text = min(Counter(p.text for p in places).items(), key=lambda one: (-one[1], one[0]))[0]
    parts = dict(part for place in places for part in place.parts)
    context = Counter(word for place in places for word in place.context)
    return Term(
        key=key,
        text=text,
        count=len(places),
        sentences=tuple(dict.fromkeys(place.sentence for place in places))[:_MOST_SENTENCES],
        known=known(text),
        parts=tuple(TermPart(part, parts[part], known(parts[part])) for part in sorted(parts)),
        context=tuple(sorted(context, key=lambda word: (-context[word], word)))[:_MOST_CONTEXT],
    )


def _english(document: Document, sentences: Sequence[Fragment]) -> Iterator[_Place]:
    texts = [document.text[s.begin : s.end] for s in sentences]
    for sentence, tagged in zip(sentences, model.tags(texts), strict=True):
        tokens = joined([Token(*word) for word in tagged])
        for start, phrase in noun_phrases(tokens):
            text = document.text[sentence.begin : sentence.end]
            while phrase and phrase[0].text.lower() in _plain():
                start, phrase = start + 1, phrase[1:]
            if _fits(phrase):
                context = _context([*tokens[max(0, start - _REACH) : start], *tokens[start + len(phrase) :][:_REACH]])
                parts = tuple((_key(part), _text(part, text)) for part in _parts(phrase))
                yield _Place(_key(phrase), _text(phrase, text), sentence.path, parts, context)


def _fits(phrase: Sequence[Token]) -> bool:
    """Whether a phrase is short and telling enough; a single word must be no common one."""
    if not 0 < len(phrase) <= MOST_WORDS:
        return False
    words = fold_label(_plain_text(phrase))
    if not words or any(len(token.text) > 40 for token in phrase):
        return False
    best = max(word_specificity(word) for word in words if not word.isdigit()) if any(map(_letters, words)) else 0.0
    if len(words) == 1:
        return best == 1.0 and (len(words[0]) >= _SHORTEST_WORD or phrase[0].text.isupper()) and len(words[0]) > 1
    return best >= _TELLING


def _letters(word: str) -> bool:
    return any(char.isalpha() for char in word)


def _parts(phrase: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """The phrases of two words or more inside a phrase that might stand alone."""
    for first in range(len(phrase)):
        for last in range(first + 2, len(phrase) + 1):
            part = phrase[first:last]
            alone = part[-1].tag in _NOUNS and part[0].text.lower() not in _plain()
            if alone and len(part) < len(phrase) and _fits(part):
                yield part


def _context(tokens: Sequence[Token]) -> tuple[str, ...]:
    return tuple(
        fold(token.text) for token in tokens if token.tag.startswith(_CONTENT) and token.text[0].isalpha()
    )  # fmt: skip


def _key(phrase: Sequence[Token]) -> str:
    return "en:" + " ".join(fold_label(_plain_text(phrase)))


def _plain_text(phrase: Sequence[Token]) -> str:
    return " ".join(token.text for token in phrase)


def _text(phrase: Sequence[Token], sentence: str) -> str:
    return " ".join(sentence[phrase[0].begin : phrase[-1].end].split())


def _chinese(document: Document, sentences: Sequence[Fragment]) -> Iterator[_Place]:
    """The likeliest keyphrases, each as often as it stands in the sentences."""
    blocks = [Block(document.text[s.begin : s.end], s.begin, s.path.startswith("title")) for s in sentences]
    ranked = sorted(chinese.rank(blocks), key=lambda one: (-one.score, one.begin))[:_MOST_CHINESE]
    for one in ranked:
        text = document.text[one.begin : one.end]
        if one.score < _LEAST_CHINESE or not has_cjk(text):
            continue
        for sentence in sentences:
            for _ in range(document.text.count(text, sentence.begin, sentence.end)):
                yield _Place("zh:" + "".join(text.lower().split()), text, sentence.path)


@cache
def _plain() -> frozenset[str]:
    return frozenset(row[0] for row in rows("plain_modifiers.txt"))
