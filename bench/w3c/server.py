"""A server of our own on a free port of 127.0.0.1, over a small built graph, with a key that may write."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import socket
from typing import IO

import httpx2

from api.auth import Keys, Role

_PATIENCE = 180.0


def free_port() -> int:
    """A port that nobody listens on."""
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def serving(data: Path, log: IO[bytes] | None = None, **settings: object) -> Iterator[str]:
    """Its address; ended by process id. What it logs goes to `log`. RuntimeError where it does not come up."""
    port = free_port()
    given = {
        "data": data, "port": port, "encoder": "none", "queries_per_minute": 10**9, "requests_per_minute": 10**9,
        "query_cpu_per_minute": 1e9, "query_concurrent": 10**6, "query_errors_per_minute": 10**9,
        **settings,
    }  # fmt: skip
    environment = os.environ | {f"GNOMON_{name.upper()}": str(value) for name, value in given.items()}
    process = subprocess.Popen(
        [sys.executable, "-m", "api.cli.main", "serve"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=log or subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(process, address)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], address: str) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            if httpx2.get(f"{address}/sparql?query=ASK%7B%7D", trust_env=False).status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


def key_for(data: Path, role: Role = Role.admin) -> str:
    """A new key in this data folder."""
    return Keys(data / "keys.sqlite").add(f"bench-{os.getpid()}-{time.monotonic_ns()}", role)
