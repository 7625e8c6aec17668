"""Runs of a server, watched to their end."""

from __future__ import annotations

import time
from typing import Any

from fastapi.testclient import TestClient


def finished(client: TestClient, address: str, seconds: float = 300.0) -> dict[str, Any]:
    """What a run says of itself when it is over; asked once a second, which is within every allowance."""
    end = time.monotonic() + seconds
    while (told := client.get(address).json()).get("state") == "running":
        assert time.monotonic() < end, f"still running after {seconds:.0f} s: {told}"
        time.sleep(1)
    return dict(told)
