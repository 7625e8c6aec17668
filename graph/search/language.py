"""How text becomes search terms.

*Stemmed* (words in lower case without accents, English stems) finds inflections; *exact* (the same without
stems) finds words as written, in any language with spaces; *bigrams* find Chinese, Japanese, Korean and
Thai as written, *segments* find Chinese by its words. `local_terms` stems other languages by their own
rules, `compounds` are the long words of languages that write compounds as one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Final

import Stemmer
from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

MAX_TOKEN_BYTES: Final = 60
MIN_COMPOUND: Final = 8
"""Letters from which a word may be a compound."""

_UNSPACED: Final = re.compile(
    "[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f]+"
)
_STEMMERS: Final = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "es": "spanish",
    "et": "estonian", "eu": "basque", "fa": "persian", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi",
    "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian", "nb": "norwegian",
    "ne": "nepali", "nl": "dutch", "nn": "norwegian", "no": "norwegian", "pl": "polish", "pt": "portuguese",
    "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish",
}  # fmt: skip
COMPOUNDING: Final = ("da", "de", "fi", "hu", "nb", "nl", "nn", "no", "sv")

_FUNCTION_WORDS: Final = (
    "a about an and are as at be been but by can do does for from had has have how if in into is it its of on or "
    "such than that the their there these they this those to was we were what when where which who why will with "
    "would you your"
)
STOPWORDS: Final = frozenset(_FUNCTION_WORDS.split())
"""English words without meaning of their own: left out of loose queries, kept in phrases."""


def analysers() -> dict[str, TextAnalyzer]:
    """The analysers by the names the schema uses; to be registered on every opened index."""
    return {"stemmed": stemmed(), "exact": exact(), "spaced": TextAnalyzerBuilder(Tokenizer.whitespace()).build()}


@cache
def stemmed() -> TextAnalyzer:
    return _words().filter(Filter.stemmer("english")).build()


@cache
def exact() -> TextAnalyzer:
    return _words().build()


def _words() -> TextAnalyzerBuilder:
    builder = TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.remove_long(MAX_TOKEN_BYTES))
    return builder.filter(Filter.lowercase()).filter(Filter.ascii_fold())


def unspaced_runs(text: str) -> list[str]:
    """The stretches of `text` in scripts without spaces."""
    return [] if text.isascii() else _UNSPACED.findall(text)


def without_unspaced(text: str) -> str:
    """`text` with those stretches replaced by a space."""
    return text if text.isascii() else _UNSPACED.sub(" ", text)


def bigrams(run: str) -> list[str]:
    """Overlapping pairs of characters; a single character is its own term.

    >>> bigrams("图书馆")
    ['图书', '书馆']
    """
    return [run[i : i + 2] for i in range(len(run) - 1)] or [run]


def bigram_text(text: str) -> list[str]:
    """Each stretch without spaces as its bigrams joined by spaces: values for a "spaced" field."""
    return [" ".join(bigrams(run)) for run in unspaced_runs(text)]


def segments(run: str) -> list[str]:
    """The words of a stretch of Chinese, with the shorter words inside longer ones."""
    import rjieba  # reads its dictionary: only where there is Chinese

    return [word for word in rjieba.cut_for_search(run) if not word.isspace()]


def primary(language: str) -> str:
    """The language without region or script: "pt-BR" → "pt"."""
    return language.lower().partition("-")[0]


def has_stemmer(language: str) -> bool:
    return primary(language) in _STEMMERS


def local_terms(text: str, language: str) -> list[str]:
    """Stems by the rules of a language other than English, without accents; empty for languages without rules."""
    name = _STEMMERS.get(primary(language))
    if name is None:
        return []
    folded = _folding().analyze(" ".join(_stemmer(name).stemWords(_lowered().analyze(without_unspaced(text)))))
    return list(folded)


def compounds(text: str, language: str) -> list[str]:
    """The words long enough to be compounds, where the language writes compounds as one word."""
    if primary(language) not in COMPOUNDING:
        return []
    words: Iterable[str] = exact().analyze(without_unspaced(text))
    return list(dict.fromkeys(word for word in words if len(word) >= MIN_COMPOUND and word.isalpha()))


def _stemmer(name: str) -> Stemmer.Stemmer:
    """Not shared: a stemmer keeps state and threads search side by side."""
    return Stemmer.Stemmer(name)


@cache
def _lowered() -> TextAnalyzer:
    builder = TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.remove_long(MAX_TOKEN_BYTES))
    return builder.filter(Filter.lowercase()).build()


@cache
def _folding() -> TextAnalyzer:
    return TextAnalyzerBuilder(Tokenizer.whitespace()).filter(Filter.ascii_fold()).build()
