"""Messages between two processes over a stream socket: four bytes of length, then the message.

Small messages go and come in one system call each. The end may be blocking or not: a full or empty
socket is waited for where the caller wants that.
"""

from __future__ import annotations

import os
import select
import socket
from contextlib import suppress
from typing import Final

_HEAD: Final = 4
_READ: Final = 64 << 10
"""Bytes taken from the socket at once."""


class Pipe:
    """One end; the socket is its own from now on. Only one thread at a time may use it, except for
    `hang_up`. The descriptor stays open until nobody refers to this any longer: an event loop may be
    watching it."""

    def __init__(self, end: socket.socket) -> None:
        self._descriptor = end.detach()
        self._buffer = bytearray()
        self._over = False

    def __del__(self) -> None:
        os.close(self._descriptor)

    def fileno(self) -> int:
        return self._descriptor

    def send(self, message: bytes) -> None:
        """Hand a message over, waiting while the other side does not read. BrokenPipeError or
        ConnectionResetError where it is gone."""
        rest = memoryview(len(message).to_bytes(_HEAD, "little") + message)
        while rest:
            try:
                rest = rest[os.write(self._descriptor, rest) :]
            except BlockingIOError:
                _wait(self._descriptor, select.POLLOUT)

    def receive(self) -> bytes:
        """The next message, waited for; EOFError where the other side is gone."""
        while (message := self.take()) is None:
            _wait(self._descriptor, select.POLLIN)
        return message

    def take(self) -> bytes | None:
        """The next message if all of it is here, of a socket that does not block: else None. EOFError."""
        while (message := self._whole()) is None:
            try:
                more = b"" if self._over else os.read(self._descriptor, _READ)
            except BlockingIOError:
                return None
            except ConnectionResetError:
                more = b""
            if not more:
                self._over = True
                raise EOFError
            if not self._buffer and len(more) == _HEAD + int.from_bytes(more[:_HEAD], "little"):
                return more[_HEAD:]  # one message and nothing else, as nearly always
            self._buffer += more
        return message

    def _whole(self) -> bytes | None:
        buffer = self._buffer
        end = _HEAD + int.from_bytes(buffer[:_HEAD], "little")
        if len(buffer) < _HEAD or len(buffer) < end:
            return None
        message = bytes(buffer[_HEAD:end])
        del buffer[:end]
        return message

    def hang_up(self) -> None:
        """Let both sides see the end, from any thread."""
        with suppress(OSError), socket.socket(fileno=os.dup(self._descriptor)) as end:
            end.shutdown(socket.SHUT_RDWR)


def _wait(descriptor: int, for_what: int) -> None:
    poll = select.poll()
    poll.register(descriptor, for_what)
    poll.poll()
