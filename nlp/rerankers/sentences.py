"""The sentence that says it: a result is as good as its title and its best sentence are near to the query.

MaxSim over sentences, as late interaction has it over words (Khattab and Zaharia, SIGIR 2020), with the encoder that
made the index: no model beside it is needed. Vectors of sentences that were read are kept, so that results that come
again cost nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlp.encoders.base import Encoder, Vectors
from nlp.rerankers.base import Passage, Preparation
from nlp.sentences import split

MAX_SENTENCES: Final = 12
"""Of a passage that are read, the first ones."""
MIN_CHARACTERS: Final = 20
KEPT: Final = 20_000
"""Sentences whose vectors are kept (30 MB at 384 dimensions)."""


class SentenceReranker:
    """See `Reranker`."""

    name = "a sentence says it"

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._kept: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = Lock()

    def score(self, query: str, passages: Sequence[Passage]) -> NDArray[np.float32]:
        """The cosine of the best sentence, the title being one."""
        texts = [sentences(passage) for passage in passages]
        vectors = self._vectors(list(dict.fromkeys(text for found in texts for text in found)))
        asked = self._encoder.encode([query], "query")[0]
        return np.array(
            [max((float(vectors[text] @ asked) for text in found), default=0.0) for found in texts], dtype=np.float32
        )

    def _vectors(self, texts: Sequence[str]) -> dict[str, Vectors]:
        with self._lock:
            found = {text: self._kept[text] for text in texts if text in self._kept}
        missing = [text for text in texts if text not in found]
        if missing:
            found |= dict(zip(missing, self._encoder.encode(missing, "passage"), strict=True))
        with self._lock:
            for text in texts:
                self._kept[text] = found[text]
                self._kept.move_to_end(text)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found


def sentences(passage: Passage) -> list[str]:
    """Title and sentences long enough to say something."""
    cut = [passage.text[begin:end] for begin, end in split(passage.text, passage.language or "en")]
    return [
        text for text in (passage.title, *cut[:MAX_SENTENCES]) if len(text) >= MIN_CHARACTERS or text == passage.title
    ]


def prepare(preparation: Preparation) -> SentenceReranker:
    """Plug "sentences"."""
    return SentenceReranker(preparation.encoder)
