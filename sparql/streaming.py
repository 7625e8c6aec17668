"""Answers on their way out, and how one that fails in its middle is kept from looking whole.

An ASGI server drops the connection, without the end of the chunked body, where the application
raises after the first byte. Starlette's BaseHTTPMiddleware (`@app.middleware("http")`) spoils
that: it ends the body properly first and raises later. An application that uses it adds
`CutAnswers` outside it. Servers log what is raised with its whole traceback; `OneLine` makes a line of it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from fastapi.responses import StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ontology.errors import GnomonError
from sparql.asking import Stream

_CUT: Final = "sparql.cut"


class StreamedAnswer(StreamingResponse):
    """Stops the query when it ends for whatever reason: complete, cut, or nobody there any more."""

    def __init__(
        self, stream: Stream, *, headers: dict[str, str], media_type: str, ended: Callable[[], None] = lambda: None
    ) -> None:
        """`ended` is called once, when all is over."""
        super().__init__(stream, headers=headers, media_type=media_type)
        self._stream = stream
        self._ended = ended

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except GnomonError as error:
            scope.get(_CUT, []).append(error)
            raise
        finally:
            self.close()

    def close(self) -> None:
        """Stop; also for whoever takes pieces from `body_iterator` and sends nothing."""
        self._stream.cancel()
        self._ended()


class OneLine(logging.Filter):
    """For the logger of an ASGI server: an answer that was cut on purpose is no fault of the programme."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always lets a record pass."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, RuntimeError):
            error = error.__cause__  # Starlette's, for what it caught after the first byte
        if isinstance(error, GnomonError):
            record.msg, record.args = "an answer was cut: %s", (str(error),)
            record.exc_info, record.exc_text = None, None
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True


class CutAnswers:
    """ASGI middleware that never lets a cut answer end properly; add it last, so that it is outermost."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        cut: list[GnomonError] = []

        async def pass_on(message: Message) -> None:
            if cut and message["type"] == "http.response.body" and not message.get("more_body", False):
                raise cut[0]
            await send(message)

        await self.app({**scope, _CUT: cut}, receive, pass_on)
