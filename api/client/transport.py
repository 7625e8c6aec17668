"""One server asked politely: waits where it says so, asks again where that may help, keeps what has not changed.

Problems (RFC 9457) come back as the errors of `ontology.errors` that the server raised; what has no such name, and a
server that does not answer, is a RemoteError.
"""

from __future__ import annotations

import inspect
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import httpx2
import msgspec

from ingest.sources.politeness import Politeness
from ingest.sources.web import retry_after
from ontology import errors
from ontology.errors import GnomonError, RemoteError

Value = str | int | float | bool | None
Parameters = Mapping[str, Value | Sequence[str]]
_RETRIED: Final = (429, 502, 503, 504)
_FINAL: Final = ("QueryTimeout", "QueryMemoryExceeded", "EncoderError")
"""Problems that the same request would have again."""
_ERRORS: Final = {
    name: kind for name, kind in vars(errors).items() if inspect.isclass(kind) and issubclass(kind, GnomonError)
}
_PAUSE: Final = 0.5
"""Seconds before the first retry after a cut connection; each later one is twice as long."""


class Answer(msgspec.Struct, frozen=True):
    """What came back: `url` asks for the same again."""

    url: str
    body: bytes
    headers: Mapping[str, str]


class Asker:
    """GET requests to one server. Not for several threads at once."""

    def __init__(
        self, address: str, key: str = "", *, timeout: float = 60.0, retries: int = 4, longest_wait: float = 60.0,
        kept: int = 256, most_bytes: int = 256 << 20, socket: Path | None = None,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:  # fmt: skip
        """`address` is that of the server, without a path; with `socket` it is asked through that Unix socket, or by
        another `transport`. `retries` after 429, 502 to 504 and cut connections, waiting as the server asks,
        `longest_wait` seconds at most. The `kept` last answers are asked for with their ETag; one answer may hold
        `most_bytes`."""
        self.address = address.rstrip("/")
        self._retries, self._most, self._room = retries, most_bytes, kept
        self._polite = Politeness(wait=_PAUSE, longest_wait=longest_wait)
        self.newest: Answer | None = None
        """The last answer that came."""
        self._kept: OrderedDict[tuple[str, str], Answer] = OrderedDict()
        headers = {"User-Agent": f"gnomon-client/{version('gnomon')}", **({"X-API-Key": key} if key else {})}
        self._http = httpx2.Client(
            headers=headers, timeout=timeout, follow_redirects=True, max_redirects=5,
            transport=httpx2.HTTPTransport(uds=str(socket)) if socket else transport,
        )  # fmt: skip

    def close(self) -> None:
        self._http.close()

    def url(self, path: str, parameters: Parameters | None = None) -> str:
        """The address of a request; parameters that are None or empty are left out."""
        given = {name: _text(value) for name, value in (parameters or {}).items() if value not in (None, "", ())}
        return str(httpx2.URL(self.address + path, params=given)) if given else self.address + path

    def get(self, path: str, parameters: Parameters | None = None, accept: str = "application/json") -> Answer:
        """The answer to a GET. GnomonError as the server raised it, RemoteError for what has no name here."""
        return self._asked("GET", self.url(path, parameters), accept, None)

    def post(self, path: str, form: Mapping[str, str], accept: str = "application/json") -> Answer:
        """The same for a question too long for an address; it is asked again like a GET, so it may change nothing."""
        return self._asked("POST", self.url(path), accept, {"data": dict(form)})

    def ask(self, path: str, question: object) -> Answer:
        """The same for a question in JSON."""
        body = {"content": msgspec.json.encode(question)}
        return self._asked("POST", self.url(path), "application/json", body, {"Content-Type": "application/json"})

    def _asked(
        self, method: str, url: str, accept: str, sent: dict[str, Any] | None, more: Mapping[str, str] | None = None
    ) -> Answer:
        known = self._kept.get((url, accept)) if sent is None else None
        headers = {"Accept": accept, **(more or {})} | ({"If-None-Match": known.headers["etag"]} if known else {})
        for tries in range(self._retries + 1):
            last = tries == self._retries
            try:
                with self._http.stream(method, url, headers=headers, **(sent or {})) as response:
                    if response.status_code == 304 and known is not None:
                        self.newest = known
                        return known
                    body = self._read(response)
            except httpx2.RequestError as error:
                if last:
                    raise RemoteError(f"the server does not answer: {error}", place=url[:300]) from error
                time.sleep(min(_PAUSE * 2**tries, self._polite.longest_wait))
                continue
            if response.status_code < 400:
                self.newest = Answer(url, body, dict(response.headers))
                return self._keep(self.newest, accept, sent is None)
            problem = problem_of(response.status_code, body, url)
            if last or response.status_code not in _RETRIED or problem.code in _FINAL:
                raise problem
            time.sleep(retry_after(response.headers.get("retry-after", ""), self._polite))
        raise RemoteError("the server was asked too often", place=url[:300])

    def _read(self, response: httpx2.Response) -> bytes:
        body = bytearray()
        for piece in response.iter_bytes():
            body += piece
            if len(body) > self._most:
                raise RemoteError(f"the answer is larger than {self._most:,} bytes", place=str(response.url)[:300],
                                  hint="ask for less")  # fmt: skip
        return bytes(body)

    def _keep(self, found: Answer, accept: str, keep: bool) -> Answer:
        if keep and found.headers.get("etag"):
            self._kept[found.url, accept] = found
            self._kept.move_to_end((found.url, accept))
            while len(self._kept) > self._room:
                self._kept.popitem(last=False)
        return found


def problem_of(status: int, body: bytes, url: str) -> GnomonError:
    """The error that a problem document tells of."""
    try:
        told: Any = msgspec.json.decode(body)
    except msgspec.DecodeError:
        told = None
    if not isinstance(told, dict) or not isinstance(told.get("detail"), str):
        return RemoteError(f"the server answered {status}", place=url[:300])
    place, hint = (str(told.get(name, "")) for name in ("place", "hint"))
    kind = _ERRORS.get(str(told.get("code")))
    if kind is None:
        return RemoteError(f"{told['detail']} ({told.get('code')})", place=place, hint=hint)
    return kind(told["detail"], place=place, hint=hint)


def _text(value: Value | Sequence[str]) -> str | list[str]:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    return list(value or ())
