"""The text encoder that the settings name."""

from __future__ import annotations

from collections.abc import Callable

from api.settings import Settings
from nlp.encoders.base import Encoder
from nlp.encoders.prepare import prepare_encoder
from ontology.errors import EncoderError, SourceError


def encoder_of(settings: Settings, progress: Callable[[str], None] = lambda _: None) -> Encoder | None:
    """The text encoder the settings name, ready to use; None for "none" and where it cannot be had,
    with the reason told to `progress`."""
    if settings.encoder == "none":
        return None
    name = f"http:{settings.encoder_url}" if settings.encoder == "http" else settings.encoder
    try:
        return prepare_encoder(name, settings.data / "models", progress, threads=settings.cores)
    except (EncoderError, SourceError) as error:
        progress(f"searching by words only: {error}")
        return None
