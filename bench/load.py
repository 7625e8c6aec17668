"""Clients in processes of their own that ask one HTTP endpoint, and what they saw."""

from __future__ import annotations

import http.client
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import cycle
from multiprocessing import get_context
from urllib.parse import urlencode, urlsplit

import msgspec


class Seen(msgspec.Struct):
    """Milliseconds of each answer, answers a second over all clients, bytes, and statuses that were not 200."""

    latencies: list[float]
    rate: float
    bytes: int
    faults: int

    def percentile(self, share: float) -> float:
        """Milliseconds within which this share of the answers came; 0 without any."""
        ordered = sorted(self.latencies)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0

    @property
    def median(self) -> float:
        return statistics.median(self.latencies) if self.latencies else 0.0


def load(endpoint: str, queries: Sequence[str], clients: int, seconds: float, accept: str = "application/json") -> Seen:
    """Ask for so many seconds with so many clients, each over one connection. Every client has queries of its
    own, taken in turn: none is asked twice before all have been."""
    shares = [list(queries[number::clients]) or list(queries) for number in range(clients)]
    if clients == 1:
        return merged([_client(endpoint, shares[0], seconds, accept)], seconds)
    with ProcessPoolExecutor(clients, mp_context=get_context("fork")) as pool:
        futures = [pool.submit(_client, endpoint, share, seconds, accept) for share in shares]
        return merged([future.result() for future in futures], seconds)


def _client(endpoint: str, queries: list[str], seconds: float, accept: str) -> Seen:
    url = urlsplit(endpoint)
    connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=120)
    path = url.path + (url.query and f"?{url.query}")
    headers = {"Accept": accept, "Content-Type": "application/x-www-form-urlencoded"}
    seen = Seen([], 0.0, 0, 0)
    end = time.monotonic() + seconds
    turn = cycle(queries)
    while time.monotonic() < end:
        started = time.perf_counter()
        connection.request("POST", path, urlencode({"query": next(turn)}), headers)
        answer = connection.getresponse()
        seen.bytes += len(answer.read())
        seen.faults += answer.status != 200
        seen.latencies.append(1000 * (time.perf_counter() - started))
    connection.close()
    return seen


def merged(all_: Sequence[Seen], seconds: float) -> Seen:
    """What all of them saw within so many seconds."""
    latencies = [one for seen in all_ for one in seen.latencies]
    return Seen(latencies, len(latencies) / seconds, sum(s.bytes for s in all_), sum(s.faults for s in all_))
