"""The index that serves: opened when first asked for, and opened anew when a rebuild has switched to another."""

from __future__ import annotations

import threading
from pathlib import Path

from api.encoding import encoder_of
from api.indexing import generations
from api.reranking import rescorer_of
from api.settings import Settings
from graph.search.base import Expander, Namer, Recogniser
from graph.search.engine import SearchEngine
from nlp.encoders.base import Encoder
from ontology.errors import NotFound


class ServingIndex:
    """One engine at a time, with the encoder whose vectors it holds."""

    def __init__(self, settings: Settings, recognise: Recogniser, expand: Expander, name: Namer) -> None:
        self._settings = settings
        self._generations = generations(settings)
        self._recognise = recognise
        self._expand = expand
        self._name = name
        self._lock = threading.Lock()
        self._open: tuple[Path, SearchEngine] | None = None
        self._encoders: dict[str, Encoder | None] = {}

    @property
    def engine(self) -> SearchEngine:
        """The engine of the generation that serves now. NotFound before the first build."""
        current = self._generations.current()
        if current is None:
            raise NotFound(
                "there is no search index yet", place=str(self._generations.folder), hint="run `gnomon build`"
            )
        with self._lock:
            if self._open is None or self._open[0] != current:
                # Who still searches the old one keeps it; its files stay readable until then.
                self._open = current, self._opened(current)
            return self._open[1]

    def close(self) -> None:
        with self._lock:
            if self._open is not None:
                self._open[1].close()

    def _opened(self, folder: Path) -> SearchEngine:
        encoder = self._encoder(self._generations.encoder(folder))
        return SearchEngine.open(
            folder,
            encoder.id if encoder else "",
            encoder.dimensions if encoder else 0,
            read_only=True,
            encode_query=(lambda text: encoder.encode([text], "query")[0]) if encoder else None,
            recognise=self._recognise, expand=self._expand, rescore=rescorer_of(self._settings, encoder),
            name=self._name,
        )  # fmt: skip

    def _encoder(self, name: str) -> Encoder | None:
        """None where it cannot be had (searches say so)."""
        if name not in self._encoders:
            self._encoders[name] = encoder_of(self._settings.model_copy(update={"encoder": name}))
        return self._encoders[name]
