"""A proxy on 127.0.0.1 between a harvester and a server, which spoils answers as it is told to.

Faults are dictionaries: {"when": part of a query, "times": how often, and one of
"status" (+ "headers"), "delay": seconds, "cut" (the connection ends in the middle), "truncate" (a short answer that
looks whole), "replace": [old, new], "raw": text (+ "headers", "repeat"), "token": "again" (the token that was asked
with is handed out once more) or "expired" (the server has forgotten it), "gzip" (packed, or with "half" cut off)}.
They are taken in order; a query that none fits goes through.
"""

from __future__ import annotations

import asyncio
import gzip
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import parse_qsl, urlsplit

_TOKEN = re.compile(rb"(<(?:\w+:)?resumptionToken[^>]*>)([^<]+)(</)")
_EXPIRED = (
    b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2024-01-01T00:00:00Z</responseDate>'
    b'<error code="badResumptionToken">it has expired</error></OAI-PMH>'
)


class FaultProxy:
    """One proxy; `faults` may be changed at any time. `log` holds the queries, `injected` counts what was done."""

    def __init__(self, upstream: str) -> None:
        split = urlsplit(upstream)
        self._upstream = (split.hostname or "", split.port or 80)
        self.faults: list[dict[str, Any]] = []
        self.log: list[str] = []
        self.injected = 0
        self.port = 0
        self._clients: set[asyncio.Task[None] | None] = set()

    async def serve(self, started: threading.Event, stop: asyncio.Event) -> None:
        server = await asyncio.start_server(self._client, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        await stop.wait()
        server.close()
        tasks = [task for task in self._clients if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients.add(asyncio.current_task())
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                target = head.split(b" ", 2)[1].decode()
                if not await self._answer(target, writer):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            await _closed(writer)

    async def _answer(self, target: str, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; returns whether the connection lives on."""
        query = urlsplit(target).query
        self.log.append(query)
        fault = next((one for one in self.faults if one["when"] in query and one["times"] > 0), {})
        if fault:
            fault["times"] -= 1
            self.injected += 1
        await asyncio.sleep(fault.get("delay", 0))
        headers = dict(fault.get("headers", {}))
        if "status" in fault:
            return await _send(writer, b"", fault["status"], headers)
        if "raw" in fault:
            return await _send(writer, fault["raw"].encode() * fault.get("repeat", 1), 200, headers)
        if fault.get("token") == "expired" and "resumptionToken" in query:
            return await _send(writer, _EXPIRED, 200, headers)
        body = _spoilt(await self._ask(target), fault, query)
        if fault.get("gzip"):
            body, headers = gzip.compress(body), {"Content-Encoding": "gzip"}
            body = body[: len(body) // 2] if fault["gzip"] == "half" else body
        if fault.get("cut"):
            await _send(writer, body[: len(body) // 2], 200, headers, length=len(body))
            return False
        return await _send(writer, body, 200, headers)

    async def _ask(self, target: str) -> bytes:
        reader, writer = await asyncio.open_connection(*self._upstream)
        writer.write(f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        assert length is not None
        body = await reader.readexactly(int(length[1]))
        await _closed(writer)
        return body


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError, asyncio.CancelledError):
        await writer.wait_closed()


def _spoilt(body: bytes, fault: dict[str, Any], query: str) -> bytes:
    if "replace" in fault:
        old, new = fault["replace"]
        return body.replace(old.encode(), new.encode())
    if fault.get("truncate"):
        return body[: len(body) // 2]
    if fault.get("token") == "again" and (asked := dict(parse_qsl(query)).get("resumptionToken")):
        again = asked.encode().replace(b"&", b"&amp;").replace(b"\\", b"\\\\")
        return _TOKEN.sub(rb"\g<1>" + again + rb"\g<3>", body)
    return body


async def _send(
    writer: asyncio.StreamWriter, body: bytes, status: int, headers: dict[str, str], length: int | None = None
) -> bool:
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body) if length is None else length}"]
    lines += ["Content-Type: text/xml; charset=utf-8", *(f"{name}: {value}" for name, value in headers.items())]
    writer.write("\r\n".join([*lines, "", ""]).encode() + body)
    await writer.drain()
    return True


@contextmanager
def between(upstream: str) -> Iterator[FaultProxy]:
    """A proxy before the server at `upstream`, in a thread of its own."""
    proxy, started = FaultProxy(upstream), threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(proxy.serve(started, stop)), daemon=True)
    thread.start()
    started.wait(10)
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()
