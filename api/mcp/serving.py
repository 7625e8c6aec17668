"""A server of one's own for one conversation: the API over a data folder, behind a Unix socket that only its owner can
open. Nothing listens on the network."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from api.settings import Settings
from ontology.errors import RemoteError

_PATIENCE: Final = 60.0


@contextmanager
def served(settings: Settings) -> Iterator[Path]:
    """The socket of a server over this data folder, in which whoever asks is an analyst: it is one's own folder."""
    import uvicorn

    from api.app import create_app

    own = settings.model_copy(update={"anonymous_role": "analyst"})
    with TemporaryDirectory(prefix="gnomon-") as folder:
        socket = Path(folder) / "api"
        server = uvicorn.Server(
            uvicorn.Config(create_app(own), uds=str(socket), log_level="error", access_log=False, log_config=None)
        )
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        try:
            _wait(server, thread)
            yield socket
        finally:
            server.should_exit = True
            thread.join(10)


def _wait(server: object, thread: threading.Thread) -> None:
    end = time.monotonic() + _PATIENCE
    while not getattr(server, "started", False):
        if time.monotonic() > end or not thread.is_alive():
            raise RemoteError("the server for this conversation did not start")
        time.sleep(0.02)
