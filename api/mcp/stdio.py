"""The protocol over standard input and output: a message is a line."""

from __future__ import annotations

from typing import BinaryIO

from api.mcp.messages import MAX_MESSAGE, Session


def converse(session: Session, source: BinaryIO, sink: BinaryIO) -> None:
    """Answer line by line until the input ends. A line too long is refused and passed over."""
    while line := source.readline(MAX_MESSAGE + 1):
        if len(line) > MAX_MESSAGE:
            while not line.endswith(b"\n") and (rest := source.readline(MAX_MESSAGE)):
                line = line[:MAX_MESSAGE] + rest
        if not line.strip():
            continue
        answer = session.answer(line)
        if answer is not None:
            sink.write(answer + b"\n")
            sink.flush()
