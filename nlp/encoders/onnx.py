"""Encoders that run an ONNX model with a Hugging Face tokenizer on this machine's processor.

A model is a folder with `model.onnx` (or `onnx/model.onnx`), `tokenizer.json` and what it says of itself
(`nlp.encoders.card`). Token vectors are pooled over the text and scaled to length one.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

import msgspec
import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors
from tokenizers import Encoding, Tokenizer

from nlp.encoders.base import Preparation, Role, Vectors, unit_length
from nlp.encoders.card import ModelCard, Pooling, read_card
from ontology.errors import EncoderError

BATCH: Final = 16
CHARACTERS_PER_TOKEN: Final = 20
"""A text is cut at this many characters per allowed token before it is split into tokens, so that
a book costs no more than the page of it that is read."""

ABANDONED_S: Final = 3_600.0

_FAILURES = (
    ort_errors.Fail, ort_errors.InvalidArgument, ort_errors.InvalidGraph, ort_errors.InvalidProtobuf,
    ort_errors.NoSuchFile, ort_errors.NotImplemented, ort_errors.RuntimeException,
)  # fmt: skip


class OnnxEncoder:
    """An `Encoder` over one model folder; the session and the tokenizer are safe to share."""

    def __init__(self, folder: Path, *, threads: int = 0, max_tokens: int = 512) -> None:
        """`threads` 0 takes all cores. Raises EncoderError where a file is missing or broken."""
        self._session = _session(folder, threads)
        self._inputs = {value.name for value in self._session.get_inputs()}
        card = read_card(folder, self._session.get_outputs()[0].shape[-1])
        self._pooling = card.pooling
        self._prefix: dict[Role, str] = {"query": card.query_prefix, "passage": card.passage_prefix}
        self._limit = min(max_tokens, card.max_tokens)
        self._tokenizer = _tokenizer(folder, self._limit)
        self.id = card.id
        self.dimensions = card.dimensions

    def encode(self, texts: Sequence[str], role: Role) -> Vectors:
        """See `Encoder.encode`."""
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        if not texts:
            return vectors
        prefix, cut = self._prefix[role], self._limit * CHARACTERS_PER_TOKEN
        encodings = self._tokenizer.encode_batch_fast([prefix + text[:cut] for text in texts])
        for rows in _batches([len(encoding) for encoding in encodings]):
            vectors[rows] = self._run([encodings[row] for row in rows])
        return unit_length(vectors)

    def _run(self, encodings: list[Encoding]) -> Vectors:
        """The vector of each text of a batch, not scaled."""
        longest = max(len(encoding) for encoding in encodings)
        ids = np.zeros((len(encodings), longest), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, encoding in enumerate(encodings):
            ids[row, : len(encoding)] = encoding.ids
            mask[row, : len(encoding)] = 1
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        try:
            states = self._session.run(None, {name: feed[name] for name in self._inputs})[0]
        except (*_FAILURES, KeyError) as error:
            raise EncoderError(f"the model could not be run: {error}", place=self.id) from error
        return pooled(states, mask, self._pooling)


def pooled(states: Vectors, mask: NDArray[np.int64], pooling: Pooling) -> Vectors:
    """Token vectors of shape (texts, tokens, dimensions) → (texts, dimensions); `mask` is 1 where a token is."""
    match pooling:
        case "cls":
            found = states[:, 0]
        case "last":
            found = states[np.arange(len(states)), mask.sum(axis=1) - 1]
        case "max":
            found = np.where(mask[:, :, None] == 1, states, -np.inf).max(axis=1)
        case "mean":
            weights = mask.astype(np.float32)
            found = np.einsum("bld,bl->bd", states, weights / weights.sum(axis=1, keepdims=True))
    return np.asarray(found, dtype=np.float32)


def prepare(preparation: Preparation) -> OnnxEncoder:
    """Plug "onnx:<folder>": a model somebody put on this machine."""
    if not preparation.argument:
        raise EncoderError("no model folder is named", hint="write onnx:/path/to/model")
    return OnnxEncoder(Path(preparation.argument), threads=preparation.threads, max_tokens=preparation.max_tokens)


def installed(name: str, card: ModelCard, preparation: Preparation, make: Callable[[Path], None]) -> OnnxEncoder:
    """The model kept as `name` in the models folder, made there first where it is missing.

    `make` writes `model.onnx` and `tokenizer.json` into the folder it is given; that folder is
    renamed into place when complete, so a killed preparation leaves nothing that could be mistaken
    for a model, and of two at the same time one wins.
    """
    home = preparation.folder / f"{name}-{card.id.rsplit('/', 1)[-1]}"
    if not (home / "encoder.json").is_file():
        try:
            preparation.folder.mkdir(parents=True, exist_ok=True)
            _sweep(preparation.folder, name)
            fresh = Path(mkdtemp(prefix=f".{name}-", dir=preparation.folder))
            try:
                make(fresh)
                (fresh / "encoder.json").write_bytes(msgspec.json.encode(card))
                _move(fresh, home)
            finally:
                shutil.rmtree(fresh, ignore_errors=True)
        except OSError as error:
            raise EncoderError(
                f"the model {name} cannot be kept: {error}", place=str(home), hint="free space or choose another folder"
            ) from error
    return OnnxEncoder(home, threads=preparation.threads, max_tokens=preparation.max_tokens)


def _sweep(folder: Path, name: str) -> None:
    """Remove what killed preparations of this model left behind long ago."""
    for left in [*folder.glob(f".{name}-*"), *folder.glob(".unpacked-*")]:
        with suppress(FileNotFoundError):  # another process sweeps too
            if time.time() - left.stat().st_mtime > ABANDONED_S:
                shutil.rmtree(left, ignore_errors=True)


def _move(fresh: Path, home: Path) -> None:
    try:
        fresh.rename(home)
    except OSError:
        if not (home / "encoder.json").is_file():
            raise


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Row numbers in batches of texts of like length, longest first (so that memory peaks early)."""
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    for begin in range(0, len(order), BATCH):
        yield order[begin : begin + BATCH]


def _session(folder: Path, threads: int) -> onnxruntime.InferenceSession:
    found = next((p for p in (folder / "model.onnx", folder / "onnx" / "model.onnx") if p.is_file()), None)
    if found is None:
        raise EncoderError("there is no model.onnx", place=str(folder), hint="name a folder that holds a model")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(str(found), options, providers=["CPUExecutionProvider"])
    except _FAILURES as error:
        raise EncoderError(
            f"the model cannot be loaded: {error}", place=str(found), hint="delete its folder and prepare it again"
        ) from error


def _tokenizer(folder: Path, limit: int) -> Tokenizer:
    path = folder / "tokenizer.json"
    try:
        tokenizer = Tokenizer.from_buffer(path.read_bytes())
    except (OSError, ValueError) as error:
        raise EncoderError(f"the tokenizer cannot be loaded: {error}", place=str(path)) from error
    tokenizer.no_padding()
    tokenizer.enable_truncation(limit)
    return tokenizer
