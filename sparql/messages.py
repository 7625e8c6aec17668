"""What server and worker say to each other over their socket pair: one MessagePack value a message."""

from __future__ import annotations

from typing import Final

import msgspec

from ontology import errors
from sparql.plan import Plan


class Ask(msgspec.Struct, frozen=True, tag=True):
    """Evaluate a query on a checkpoint and send the answer in one format."""

    text: str
    """As it was written."""
    plan: Plan | None
    """As it is to be evaluated, where that is otherwise."""
    snapshot: str
    """Path of the checkpoint; the worker opens it where it has another one open."""
    format: str
    """A key of `sparql.formats.FORMATS`."""
    default_graphs: list[str] | None
    """IRIs whose union is the default graph; None: the store's own."""
    named_graphs: list[str] | None
    base: str
    """What relative IRIs are relative to; empty: nothing."""
    rows: int
    bytes: int
    prefixes: tuple[str, ...] = ()
    """Well-known prefixes that the text uses and does not declare."""


class Open(msgspec.Struct, frozen=True, tag=True):
    """Have this checkpoint open for what comes next; never answered."""

    snapshot: str


class Update(msgspec.Struct, frozen=True, tag=True):
    """Apply an update to a copy of a checkpoint and say what became of some graphs."""

    text: str
    snapshot: str
    scratch: str
    """A folder that does not exist yet, on the same file system; gone afterwards."""
    base: str
    graphs: list[str] | None
    """Graphs that may change ("" is the default graph); None: any."""
    most: int
    """Bytes that the graphs may have."""


class Documents(msgspec.Struct, frozen=True, tag=True):
    """Read RDF documents into one graph: what is there is replaced or added to."""

    snapshot: str
    graph: str
    """Its IRI; "" is the default graph."""
    parts: list[tuple[str, bytes]]
    """Media type and body of each."""
    base: str
    replace: bool
    most: int
    """Bytes that the graphs may have."""


class Ready(msgspec.Struct, frozen=True, tag=True):
    """The worker has started and is confined."""

    own_network: bool
    no_sockets: bool
    pid: int


class Chunk(msgspec.Struct, frozen=True, tag=True):
    data: bytes


class Done(msgspec.Struct, frozen=True, tag=True):
    """The answer is complete with this last piece of it."""

    rows: int
    resident: int
    """Bytes of memory the worker holds after the query."""
    cpu: float
    """Seconds of processor time the query took."""
    data: bytes = b""


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


class Changed(msgspec.Struct, frozen=True):
    """What a change made of each graph that it touched: all its lines afterwards, sorted. The body of
    the answer to `Update` and `Documents`."""

    graphs: dict[str, list[str]]
    created: bool = False
    """The graph had no statement before (`Documents` only)."""
    added: int = 0
    removed: int = 0


Request = Ask | Open | Update | Documents
Reply = Ready | Chunk | Done | Failed

_encoder: Final = msgspec.msgpack.Encoder()
pack = _encoder.encode
read_request: Final = msgspec.msgpack.Decoder(Request).decode
read_reply: Final = msgspec.msgpack.Decoder(Reply).decode
read_changed: Final = msgspec.msgpack.Decoder(Changed).decode
