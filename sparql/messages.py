"""What server and worker say to each other over their socket pair: one MessagePack value a message."""

from __future__ import annotations

from typing import Final

import msgspec

from ontology import errors


class Ask(msgspec.Struct, frozen=True, tag=True):
    """Evaluate a query on a checkpoint and send the answer in one format."""

    text: str
    snapshot: str
    """Path of the checkpoint; the worker opens it where it has another one open."""
    format: str
    """A key of `sparql.formats.FORMATS`."""
    default_graphs: list[str] | None
    """IRIs whose union is the default graph; None: the store's own."""
    named_graphs: list[str] | None
    rows: int
    bytes: int


class Ready(msgspec.Struct, frozen=True, tag=True):
    """The worker has started and is confined."""

    own_network: bool
    no_sockets: bool


class Chunk(msgspec.Struct, frozen=True, tag=True):
    data: bytes


class Done(msgspec.Struct, frozen=True, tag=True):
    """The answer is complete."""

    rows: int
    resident: int
    """Bytes of memory the worker holds after the query."""


class Failed(msgspec.Struct, frozen=True, tag=True):
    """The answer ends here, incomplete."""

    code: str
    """Name of a class in `ontology.errors`."""
    message: str
    place: str
    hint: str

    def error(self) -> errors.GnomonError:
        kind: type[errors.GnomonError] = getattr(errors, self.code)
        return kind(self.message, place=self.place, hint=self.hint)

    @classmethod
    def of(cls, error: errors.GnomonError) -> Failed:
        return cls(error.code, error.message, error.place, error.hint)


Reply = Ready | Chunk | Done | Failed

_encoder: Final = msgspec.msgpack.Encoder()
pack = _encoder.encode
read_ask: Final = msgspec.msgpack.Decoder(Ask).decode
read_reply: Final = msgspec.msgpack.Decoder(Reply).decode
