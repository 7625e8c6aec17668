"""SERVICE, for endpoints that the installation allows: asked by us, over our own HTTP client, and joined in as VALUES.

The engine never sees SERVICE. Before each request the name of the endpoint is resolved here, every address it
has must be a public one, and the connection goes to the address that was checked, so that a name cannot point
elsewhere a moment later (DNS rebinding). Redirects are not followed. An endpoint that the list names by its
address (http://10.0.0.5/sparql) is taken as meant.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import httpx2
import msgspec

from graph.terms import Blank, Iri, Literal
from ontology.errors import QueryForbidden, QueryTooLarge, RemoteStoreError
from sparql.plan import Federated

ROWS: Final = 10_000
BYTES: Final = 8 << 20
SECONDS: Final = 10.0
_NOTHING: Final = "VALUES () { () }"
"""One solution that binds nothing: what SILENT makes of a failure (SPARQL 1.1 Federated Query, section 2.4)."""
Resolve = Callable[[str, int], Iterable[str]]


def addresses(host: str, port: int) -> list[str]:
    """What a name resolves to now; RemoteStoreError where it does not."""
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except OSError as error:
        raise RemoteStoreError(f"the endpoint's name cannot be resolved: {error}", place=host) from error


class Federation:
    """Endpoints that may be asked."""

    def __init__(self, allowed: Iterable[str], resolve: Resolve = addresses) -> None:
        self.allowed = frozenset(allowed)
        self._resolve = resolve

    def content(self, hole: Federated) -> str:
        """The VALUES block in the place of a SERVICE group. Blocking.

        Raises QueryForbidden (not on the list, not a public address), RemoteStoreError, QueryTooLarge;
        with SILENT only the first.
        """
        if hole.endpoint not in self.allowed:
            raise QueryForbidden("this endpoint is not on the list of those that may be asked", place=hole.endpoint)
        target = self._target(hole.endpoint)
        try:
            return _values(self._asked(hole, *target))
        except (RemoteStoreError, QueryTooLarge):
            if hole.silent:
                return _NOTHING
            raise

    def _target(self, endpoint: str) -> tuple[str, str]:
        """(address to connect to, name to ask for): the address is checked and fixed here."""
        url = urlsplit(endpoint)
        host = url.hostname or ""
        port = url.port or (443 if url.scheme == "https" else 80)
        if _literal(host):
            return endpoint, host
        found = list(self._resolve(host, port))
        for address in found:
            if not ipaddress.ip_address(address.partition("%")[0]).is_global:
                raise QueryForbidden(f"{host} leads to an address that is not public", place=endpoint)
        if not found:
            raise RemoteStoreError("the endpoint's name has no address", place=host)
        first = f"[{found[0]}]" if ":" in found[0] else found[0]
        return urlunsplit(url._replace(netloc=f"{first}:{port}")), host

    def _asked(self, hole: Federated, address: str, host: str) -> dict[str, Any]:
        headers = {"Accept": "application/sparql-results+json", "Host": urlsplit(hole.endpoint).netloc}
        body = b""
        try:
            with (
                httpx2.Client(timeout=SECONDS, trust_env=False, follow_redirects=False) as http,
                http.stream(
                    "POST", address, data={"query": hole.query}, headers=headers, extensions={"sni_hostname": host}
                ) as answer,
            ):
                if answer.status_code != 200:
                    raise RemoteStoreError(f"the endpoint answers {answer.status_code}", place=hole.endpoint)
                for piece in answer.iter_bytes():
                    body += piece
                    if len(body) > BYTES:
                        raise QueryTooLarge(
                            f"the endpoint's answer is larger than {BYTES:,} bytes", place=hole.endpoint
                        )
            found: dict[str, Any] = msgspec.json.decode(body)
        except (httpx2.HTTPError, msgspec.DecodeError) as error:
            raise RemoteStoreError(f"the endpoint cannot be asked: {error}", place=hole.endpoint) from error
        return found


def _literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _values(found: dict[str, Any]) -> str:
    try:
        names = [str(name) for name in found["head"]["vars"]]
        rows = found["results"]["bindings"]
    except (KeyError, TypeError) as error:
        raise RemoteStoreError("the endpoint's answer is no result of a SELECT", place="SERVICE") from error
    if len(rows) > ROWS:
        raise QueryTooLarge(f"the endpoint gives more than {ROWS:,} rows", place="SERVICE", hint="narrow its pattern")
    if not all(name.isidentifier() for name in names):
        raise RemoteStoreError("the endpoint names a column that is no variable", place="SERVICE")
    lines = (f"({' '.join(_term(row.get(name)) for name in names)})" for row in rows)
    return f"VALUES ({' '.join(f'?{name}' for name in names)}) {{ {' '.join(lines)} }}"


def _term(cell: dict[str, str] | None) -> str:
    """Written by us from its parts, so that no value can end its own quotation."""
    if cell is None:
        return "UNDEF"
    try:
        match cell["type"]:
            case "uri":
                return str(Iri(cell["value"]))
            case "literal" | "typed-literal":
                return str(Literal(cell["value"], cell.get("xml:lang", ""), cell.get("datatype", "")))
    except KeyError as error:
        raise RemoteStoreError("the endpoint's answer holds a term without a value", place="SERVICE") from error
    raise RemoteStoreError(
        f"the endpoint answers with {Blank('node')} or the like, which cannot be joined", place="SERVICE"
    )
