"""The reranker that the settings name, as search takes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from api.settings import Settings
from graph.search.base import Candidate, Rescorer, ScorePart, SearchRequest
from nlp.encoders.base import Encoder
from nlp.rerankers.base import RERANKERS, Passage, Preparation, Reranker

READ: Final = 20
"""So many of the best are read again."""
WEIGHT: Final = 0.3
"""What a standard deviation of its scores is worth, as that of meaning is worth 0.4."""


def rescorer_of(settings: Settings, encoder: Encoder | None) -> Rescorer | None:
    """What adds the reranker's part to the scores; None where none is set or there is no encoder."""
    name, _, argument = settings.reranker.partition(":")
    if name == "none" or encoder is None:
        return None
    preparation = Preparation(encoder=encoder, folder=settings.data / "models", argument=argument)
    return rescoring(RERANKERS.get(name)(preparation))


def rescoring(reranker: Reranker) -> Rescorer:
    """The reranker's scores as parts of the score: standard deviations above the worst of those read. Its EncoderError
    goes to the search, which stays with the order it had and says so."""

    def rescore(request: SearchRequest, candidates: Sequence[Candidate]) -> list[tuple[ScorePart, ...]]:
        head = candidates[:READ]
        passages = [Passage(c.document.title, c.document.abstract, c.document.language) for c in head]
        unread: list[tuple[ScorePart, ...]] = [()] * (len(candidates) - len(head))
        raw = np.asarray(reranker.score(request.query, passages), dtype=np.float64) if head else np.zeros(0)
        spread = float(raw.std()) if len(raw) else 0.0
        if spread == 0:
            return [()] * len(candidates)
        values = WEIGHT * (raw - raw.min()) / spread
        read = [
            (ScorePart(name=reranker.name, value=float(v), raw=float(r)),) for v, r in zip(values, raw, strict=True)
        ]
        return [*read, *unread]

    return rescore
