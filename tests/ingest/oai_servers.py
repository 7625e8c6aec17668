"""Starts `oai_server.py` in a process of its own and ends it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def oai_servers() -> Iterator[int]:
    """The port of the servers: `/oai` by `oai_repo`, `/classic` by `oaipmh`."""
    command = [sys.executable, str(Path(__file__).with_name("oai_server.py"))]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(timeout=10)
        process.stdout.close()
