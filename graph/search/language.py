"""How text becomes search terms.

Three analyses: *stemmed* (words in lower case without accents, Porter's English stems) finds
inflections; *exact* (the same without stems) finds words as written, in any language with spaces;
*bigrams* finds Chinese, Japanese, Korean and Thai, whose words have no spaces between them.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

MAX_TOKEN_BYTES: Final = 60

_UNSPACED: Final = re.compile(
    "[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f]+"
)

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
    return _UNSPACED.findall(text)


def without_unspaced(text: str) -> str:
    """`text` with those stretches replaced by a space."""
    return _UNSPACED.sub(" ", text)


def bigrams(run: str) -> list[str]:
    """Overlapping pairs of characters; a single character is its own term.

    >>> bigrams("图书馆")
    ['图书', '书馆']
    """
    return [run[i : i + 2] for i in range(len(run) - 1)] or [run]


def bigram_text(text: str) -> list[str]:
    """Each stretch without spaces as its bigrams joined by spaces: values for a "spaced" field."""
    return [" ".join(bigrams(run)) for run in unspaced_runs(text)]
