"""BERT-style encoders as ONNX graphs, built from plain arrays and quantised once.

The graph is the encoder of Devlin et al. 2019 (post-layer-norm, exact GELU) with the inputs
`input_ids` and `attention_mask`, both int64 of shape (batch, length), and the output
`last_hidden_state`, float32 of shape (batch, length, width).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from ontology.errors import EncoderError

Array = NDArray[np.generic]
OPSET = 20


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """The sizes of a model; `width` is a multiple of `heads`."""

    layers: int
    heads: int
    width: int
    epsilon: float = 1e-12


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """Weights of one layer, each matrix of shape (inputs, outputs).

    `qkv` joins query, key and value side by side: one product of shape (width, 3 * width).
    """

    qkv: Array
    qkv_bias: Array
    out: Array
    out_bias: Array
    attention_norm: tuple[Array, Array]
    up: Array
    up_bias: Array
    down: Array
    down_bias: Array
    output_norm: tuple[Array, Array]


class Embeddings(msgspec.Struct, frozen=True, kw_only=True):
    """Word table, position table (token type 0 added in) and the norm after their sum.

    With `scales`, words are int8 in blocks of `words.shape[1] / scales.shape[1]` that share a scale.
    """

    words: Array
    positions: Array
    norm: tuple[Array, Array]
    scales: Array | None = None


class _Graph:
    """Collects nodes and initialisers; every method returns the name of what it computed."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.initialisers: list[TensorProto] = []
        self._constants: dict[tuple[object, ...], str] = {}

    def weight(self, array: Array) -> str:
        name = f"w{len(self.initialisers)}"
        self.initialisers.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def constant(self, *values: int | float) -> str:
        """A shared vector: int64 for integers, float32 for floats."""
        kind = np.int64 if isinstance(values[0], int) else np.float32
        key = (kind, *values)
        if key not in self._constants:
            self._constants[key] = self.weight(np.array(values, dtype=kind))
        return self._constants[key]

    def node(self, operator: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        output = name or f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [output], f"n{len(self.nodes)}", **attributes))
        return output

    def linear(self, x: str, matrix: Array, bias: Array) -> str:
        return self.node("Add", self.node("MatMul", x, self.weight(matrix)), self.weight(bias))

    def norm(self, x: str, weights: tuple[Array, Array], epsilon: float, name: str = "") -> str:
        scale, bias = weights
        return self.node(
            "LayerNormalization", x, self.weight(scale), self.weight(bias), name=name, axis=-1, epsilon=epsilon
        )

    def heads(self, x: str, count: int, order: list[int]) -> str:
        """(batch, length, width) → four axes, split by head and permuted by `order`."""
        split = self.node("Reshape", x, self.constant(0, 0, count, -1))
        return self.node("Transpose", split, perm=order)


def build(shape: Shape, embeddings: Embeddings, layers: list[Layer]) -> ModelProto:
    """The model in float32 (the word table as given)."""
    graph = _Graph()
    x = graph.norm(_embedded(graph, embeddings, shape), embeddings.norm, shape.epsilon)
    bias = _mask(graph)
    for index, layer in enumerate(layers):
        x = _layer(graph, x, bias, layer, shape, last=index == len(layers) - 1)
    axes = ["batch", "length"]
    proto = helper.make_graph(
        graph.nodes,
        "encoder",
        [helper.make_tensor_value_info(name, TensorProto.INT64, axes) for name in ("input_ids", "attention_mask")],
        [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, [*axes, shape.width])],
        graph.initialisers,
    )
    model = helper.make_model(proto, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
    # Tells the quantiser that nothing is left to fold, so that it does not warn.
    helper.set_model_props(model, {"onnx.quant.pre_process": "onnxruntime.quant"})
    return model


def save_quantised(model: ModelProto, path: Path) -> None:
    """Write `model` with its matrix products in int8: weights per output channel, symmetric, in seven
    bits (the eighth saturates on processors without VNNI); activations per tensor, at run time."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    try:
        quantize_dynamic(
            model,
            path,
            op_types_to_quantize=["MatMul"],
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
            extra_options={"MatMulConstBOnly": True, "DisableShapeInference": True},
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise EncoderError(f"the model could not be quantised: {error}", place=str(path)) from error


def from_huggingface(tensors: Mapping[str, NDArray[np.float32]], layers: int) -> tuple[Embeddings, list[Layer]]:
    """Weights under the names the `transformers` library gives them in `BertModel` (`embeddings.…`,
    `encoder.layer.0.…`), where matrices are (outputs, inputs). KeyError names what is missing."""

    def pair(prefix: str) -> tuple[Array, Array]:
        return tensors[f"{prefix}.weight"], tensors[f"{prefix}.bias"]

    def layer(prefix: str) -> Layer:
        attention = f"{prefix}.attention"
        parts = [pair(f"{attention}.self.{name}") for name in ("query", "key", "value")]
        out, up, down = (pair(f"{prefix}.{n}.dense") for n in ("attention.output", "intermediate", "output"))
        return Layer(
            qkv=np.concatenate([matrix.T for matrix, _ in parts], axis=1),
            qkv_bias=np.concatenate([bias for _, bias in parts]),
            out=out[0].T, out_bias=out[1], attention_norm=pair(f"{attention}.output.LayerNorm"),
            up=up[0].T, up_bias=up[1], down=down[0].T, down_bias=down[1],
            output_norm=pair(f"{prefix}.output.LayerNorm"),
        )  # fmt: skip

    positions = tensors["embeddings.position_embeddings.weight"]
    embeddings = Embeddings(
        words=tensors["embeddings.word_embeddings.weight"],
        positions=positions + tensors["embeddings.token_type_embeddings.weight"][0],
        norm=pair("embeddings.LayerNorm"),
    )
    return embeddings, [layer(f"encoder.layer.{index}") for index in range(layers)]


def _embedded(graph: _Graph, embeddings: Embeddings, shape: Shape) -> str:
    words = graph.node("Gather", graph.weight(embeddings.words), "input_ids", axis=0)
    if embeddings.scales is not None:
        blocks = embeddings.scales.shape[1]
        values = graph.node("Cast", words, to=TensorProto.FLOAT)
        values = graph.node("Reshape", values, graph.constant(0, 0, blocks, -1))
        scales = graph.node("Gather", graph.weight(embeddings.scales), "input_ids", axis=0)
        scales = graph.node("Unsqueeze", graph.node("Cast", scales, to=TensorProto.FLOAT), graph.constant(-1))
        words = graph.node("Reshape", graph.node("Mul", values, scales), graph.constant(0, 0, shape.width))
    length = graph.node("Shape", "input_ids", start=1, end=2)
    places = graph.node("Slice", graph.weight(embeddings.positions), graph.constant(0), length, graph.constant(0))
    return graph.node("Add", words, places)


def _mask(graph: _Graph) -> str:
    """0 where a token is, -10,000 where padding is: (batch, 1, 1, length), added to attention."""
    kept = graph.node("Cast", "attention_mask", to=TensorProto.FLOAT)
    bias = graph.node("Mul", graph.node("Sub", kept, graph.constant(1.0)), graph.constant(10000.0))
    return graph.node("Unsqueeze", bias, graph.constant(1, 2))


def _layer(graph: _Graph, x: str, mask: str, layer: Layer, shape: Shape, *, last: bool) -> str:
    joined = graph.linear(x, layer.qkv, layer.qkv_bias)
    parts = [graph.node("Slice", joined, *(graph.constant(v) for v in _third(shape.width, n))) for n in range(3)]
    query, value = (graph.heads(parts[n], shape.heads, [0, 2, 1, 3]) for n in (0, 2))
    key = graph.heads(parts[1], shape.heads, [0, 2, 3, 1])
    scale = graph.constant((shape.width // shape.heads) ** -0.5)
    likeness = graph.node("Add", graph.node("Mul", graph.node("MatMul", query, key), scale), mask)
    context = graph.node("MatMul", graph.node("Softmax", likeness, axis=-1), value)
    context = graph.node("Transpose", context, perm=[0, 2, 1, 3])
    context = graph.node("Reshape", context, graph.constant(0, 0, shape.width))
    attended = graph.linear(context, layer.out, layer.out_bias)
    x = graph.norm(graph.node("Add", x, attended), layer.attention_norm, shape.epsilon)
    inner = graph.node("Gelu", graph.linear(x, layer.up, layer.up_bias), approximate="none")
    fed = graph.linear(inner, layer.down, layer.down_bias)
    name = "last_hidden_state" if last else ""
    return graph.norm(graph.node("Add", x, fed), layer.output_norm, shape.epsilon, name)


def _third(width: int, index: int) -> tuple[int, int, int]:
    """Slice arguments (start, end, axis) of query, key or value in their joined product."""
    return index * width, (index + 1) * width, 2
