"""Encoders behind an HTTP address that speaks the `/v1/embeddings` shape (OpenAI, vLLM, TEI, Ollama).

Request: `{"model": …, "input": [text, …], "encoding_format": "float"}`; answer: `{"data": [{"index": 0,
"embedding": [number, …]}, …]}`. A key, where one is needed, is read from `GNOMON_ENCODER_KEY`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

import httpx2
import msgspec
import numpy as np

from nlp.encoders.base import Preparation, Role, Vectors, unit_length
from ontology.errors import EncoderError

BATCH: Final = 32
MAX_CHARACTERS: Final = 8_000
"""Texts are cut here before they are sent; the server cuts at its own limit of tokens."""
MAX_ANSWER: Final = 64 << 20
MAX_DIMENSIONS: Final = 8_192
TIMEOUT_S: Final = 60.0


class _Embedding(msgspec.Struct, frozen=True):
    index: int
    embedding: list[float]


class _Answer(msgspec.Struct, frozen=True):
    data: list[_Embedding]


class HttpEncoder:
    """An `Encoder` that asks a server; the number of dimensions is learnt from its first answer."""

    def __init__(self, address: str, model: str, *, key: str = "", prefixes: tuple[str, str] = ("", "")) -> None:
        """`prefixes` go before queries and before passages. Raises EncoderError where nobody answers."""
        self.id = f"http/{model}"
        self._address = address
        self._model = model
        self._prefix: dict[Role, str] = {"query": prefixes[0], "passage": prefixes[1]}
        headers = {"authorization": f"Bearer {key}"} if key else {}
        self._client = httpx2.Client(timeout=TIMEOUT_S, headers=headers, follow_redirects=False)
        self.dimensions = self._ask(["dimensions"]).shape[1]

    def encode(self, texts: Sequence[str], role: Role) -> Vectors:
        """See `Encoder.encode`."""
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for begin in range(0, len(texts), BATCH):
            batch = [self._prefix[role] + text[:MAX_CHARACTERS] for text in texts[begin : begin + BATCH]]
            found = self._ask(batch)
            if found.shape[1] != self.dimensions:
                raise self._error(f"answered with {found.shape[1]} dimensions instead of {self.dimensions}")
            vectors[begin : begin + len(batch)] = found
        return unit_length(vectors)

    def _ask(self, texts: list[str]) -> Vectors:
        try:
            answer = msgspec.json.decode(self._post(texts), type=_Answer)
        except msgspec.DecodeError as error:
            raise self._error(f"answered with something else than embeddings: {error}") from error
        rows = sorted(answer.data, key=lambda one: one.index)
        width = len(rows[0].embedding) if rows else 0
        if [one.index for one in rows] != list(range(len(texts))) or {len(one.embedding) for one in rows} != {width}:
            raise self._error(f"did not answer with one embedding for each of {len(texts)} texts")
        if not 1 <= width <= MAX_DIMENSIONS:
            raise self._error(f"answered with {width} dimensions")
        vectors = np.array([one.embedding for one in rows], dtype=np.float32)
        if not np.isfinite(vectors).all():
            raise self._error("answered with numbers that are not finite")
        return vectors

    def _post(self, texts: list[str]) -> bytes:
        """The answer's body, at most `MAX_ANSWER` bytes."""
        body = {"model": self._model, "input": texts, "encoding_format": "float"}
        answer = bytearray()
        try:
            with self._client.stream("POST", self._address, json=body) as response:
                if response.status_code != httpx2.codes.OK:
                    raise self._error(f"answered with status {response.status_code}")
                for block in response.iter_bytes():
                    answer += block
                    if len(answer) > MAX_ANSWER:
                        raise self._error(f"answered with more than {MAX_ANSWER} bytes")
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise self._error(f"could not be asked: {error}") from error
        return bytes(answer)

    def _error(self, what: str) -> EncoderError:
        return EncoderError(
            f"the encoder's server {what}", place=self._address, hint="check the address, the model's name and the key"
        )


def prepare(preparation: Preparation) -> HttpEncoder:
    """Plug "http:<address>#<model>", for instance "http:http://127.0.0.1:8080/v1/embeddings#bge-m3"."""
    address, _, model = preparation.argument.partition("#")
    if not address.startswith(("http://", "https://")):
        raise EncoderError(
            "no address of an encoder is given", place=preparation.argument, hint="write http:<address>#<model>"
        )
    prefixes = ("query: ", "passage: ") if "e5" in model.lower() else ("", "")
    return HttpEncoder(address, model or "default", key=os.environ.get("GNOMON_ENCODER_KEY", ""), prefixes=prefixes)
