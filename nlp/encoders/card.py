"""What a model folder says of itself: its own `encoder.json`, or the files sentence-transformers writes.

Of the latter are read `modules.json` with the pooling's configuration, `sentence_bert_config.json` (how many tokens)
and `config_sentence_transformers.json` (prompts). Vectors are scaled to length one whatever the folder says; a model
with layers behind the pooling cannot be run from its transformer alone and is refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from ontology.errors import EncoderError

Pooling = Literal["mean", "cls", "max", "last"]
MAX_TOKENS: Final = 512
_MODES: Final[dict[str, Pooling]] = {
    "pooling_mode_cls_token": "cls", "pooling_mode_max_tokens": "max", "pooling_mode_lasttoken": "last",
    "pooling_mode_mean_tokens": "mean",
}  # fmt: skip
_KNOWN: Final = ("Transformer", "Pooling", "Normalize")
_PASSAGES: Final = ("passage", "document", "corpus", "text")


class ModelCard(msgspec.Struct, frozen=True, kw_only=True):
    """`pooling` says how token vectors become the text's; E5 models want the prefixes "query: " and "passage: "."""

    id: str
    dimensions: int
    max_tokens: int = MAX_TOKENS
    query_prefix: str = ""
    passage_prefix: str = ""
    pooling: Pooling = "mean"


def read_card(folder: Path, width: int | str | None) -> ModelCard:
    """The folder's card, or one made of its name, the model's last axis and what sentence-transformers left.
    Raises EncoderError for files that cannot be read or ask for more than can be done."""
    path = folder / "encoder.json"
    if path.is_file():
        try:
            return msgspec.json.decode(path.read_bytes(), type=ModelCard)
        except msgspec.DecodeError as error:
            raise EncoderError(f"the model's card cannot be read: {error}", place=str(path)) from error
    if not isinstance(width, int):
        raise EncoderError(
            "the model does not say how many dimensions it has", place=str(folder), hint="add an encoder.json"
        )
    prompts = _read(folder / "config_sentence_transformers.json").get("prompts") or {}
    length = _read(folder / "sentence_bert_config.json").get("max_seq_length")
    return ModelCard(
        id=folder.resolve().name, dimensions=width, pooling=_pooling(folder),
        max_tokens=min(length, MAX_TOKENS) if isinstance(length, int) and length > 0 else MAX_TOKENS,
        query_prefix=str(prompts.get("query") or ""),
        passage_prefix=next((str(prompts[name]) for name in _PASSAGES if prompts.get(name)), ""),
    )  # fmt: skip


def _pooling(folder: Path) -> Pooling:
    """How sentence-transformers would pool; the mean where it says nothing."""
    modules = _read(folder / "modules.json", list)
    kinds = {str(one.get("type", "")).rpartition(".")[2]: str(one.get("path", "")) for one in modules}
    if others := sorted(set(kinds) - set(_KNOWN)):
        raise EncoderError(
            f"the model has more than a transformer: {', '.join(others)}", place=str(folder / "modules.json"),
            hint="serve it elsewhere and name it as http:address#model",
        )  # fmt: skip
    said = _read(folder / (kinds.get("Pooling") or "1_Pooling") / "config.json")
    chosen = [mode for name, mode in _MODES.items() if said.get(name)]
    if len(chosen) > 1:
        raise EncoderError(
            f"the model joins several poolings: {', '.join(chosen)}", place=str(folder), hint="name a simpler model"
        )
    return chosen[0] if chosen else "mean"


def _read(path: Path, kind: type = dict) -> Any:
    """A JSON file; empty where it is missing."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError:
        return kind()
    except (OSError, msgspec.DecodeError) as error:
        raise EncoderError(f"the model's configuration cannot be read: {error}", place=str(path)) from error
