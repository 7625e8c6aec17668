"""Plain queries among the bytes of a connection: read at once, or left to the ordinary way.

A strict reading: one whole request and nothing else, its lines exactly as RFC 9112 has them, of its headers only
those named here and each once, of its parameters only the query and perhaps a snapshot. Whatever is not certainly
plain (a part of a request, a second one behind it, a key, a cookie, a proxy's headers, another coding) is for an
HTTP parser; so two readings of one message cannot differ.
"""

from __future__ import annotations

import re
from binascii import a2b_qp
from functools import lru_cache
from typing import Final

import msgspec

from sparql.protocol import FORM, QUERY, content_type

PATH: Final = "/sparql"
_SNAPSHOT: Final = r"snapshot=([A-Za-z0-9_.:-]{1,80})"
_POST: Final = re.compile(rf"POST {PATH}(?:\?{_SNAPSHOT})? HTTP/1\.1".encode())
_GET: Final = re.compile(rf"GET {PATH}\?([!-\"$%'-~]*)(?:&{_SNAPSHOT})? HTTP/1\.1".encode())
_HEAD_MOST: Final = 4_096
"""Bytes of the headers of a plain request."""
_BODY_MOST: Final = 64 << 10
"""Bytes of a plain request's body."""
_HEADS: Final = 512
"""Headers that are remembered: a client sends the same ones again and again."""
_KNOWN: Final = frozenset(
    f"{name}".encode()
    for name in (
        "host", "accept", "accept-encoding", "accept-language", "user-agent", "content-type", "content-length",
        "connection", "cache-control", "pragma", "if-none-match", "origin", "referer", "dnt", "priority",
        "sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest", "sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform",
    )
)  # fmt: skip
_VALUE: Final = re.compile(rb"[\t -~]*")
_HOST: Final = re.compile(r"[A-Za-z0-9.:\[\]_-]+")
_PARAMETER: Final = re.compile(rb"query=((?>[!\"$'-<>-~]*(?:%[0-9A-Fa-f]{2}[!\"$'-<>-~]*)*))")
"""A parameter as it should be: anything but `&`, `=`, `#`, spaces and what is not ASCII."""
_CHARSETS: Final = ("", "utf-8", "utf8", "us-ascii")


class Head(msgspec.Struct, frozen=True):
    """What the headers of a plain request say."""

    host: str
    accept: str
    kind: str
    """Media type of the body."""
    length: int
    known: str
    """If-None-Match."""
    unpacks: bool
    """Whether the client can unpack gzip."""
    crossing: bool
    """A page asks, perhaps another site's (Origin)."""


class Plain(msgspec.Struct, frozen=True):
    """A plain query."""

    text: str
    head: Head
    post: bool
    snapshot: str
    """Of what is asked; "" is the newest."""


class Begun(msgspec.Struct, frozen=True):
    """What may yet become a plain query, when the rest of its body comes: many clients send head and body apart."""

    head: Head
    body: bytes
    snapshot: str

    def with_more(self, more: bytes) -> Plain | Begun | None:
        """What it is with these bytes behind it; None where that is not plain."""
        body = self.body + more
        if len(body) < self.head.length:
            return Begun(self.head, body, self.snapshot)
        text = _text(body, self.head.kind) if len(body) == self.head.length else None
        return None if text is None else Plain(text, self.head, True, self.snapshot)


def plain_query(data: bytes) -> Plain | Begun | None:
    """The one query that these bytes are, or may yet be; None where they are anything else."""
    end = data.find(b"\r\n\r\n")
    line, _, block = data[: max(end, 0)].partition(b"\r\n")
    post = _POST.fullmatch(line)
    asked = None if post else _GET.fullmatch(line)
    head = read_head(block) if (post or asked) and len(block) <= _HEAD_MOST else None
    if head is None or head.length > _BODY_MOST:
        return None
    rest = data[end + 4 :]
    if post:
        return Begun(head, b"", _named(post[1])).with_more(rest)
    text = _only(asked[1]) if asked and not rest and not head.length else None
    return None if text is None or asked is None else Plain(text, head, False, _named(asked[2]))


def _named(snapshot: bytes | None) -> str:
    return snapshot.decode("ascii") if snapshot else ""


def _text(body: bytes, kind: str) -> str | None:
    if kind == FORM:
        return _only(body)
    try:
        return body.decode("utf-8") if kind == QUERY else None
    except UnicodeDecodeError:
        return None


def _only(raw: bytes) -> str | None:
    """The query, where it is the only parameter. Percent-encoding is quoted-printable with another sign, and for
    that there is a fast reader."""
    value = _PARAMETER.fullmatch(raw)
    if value is None:
        return None
    signs = value[1].replace(b"+", b" ").replace(b"%", b"=")
    try:
        return a2b_qp(signs).decode("utf-8")
    except UnicodeDecodeError:
        return None


@lru_cache(_HEADS)
def read_head(block: bytes) -> Head | None:
    """What header lines say; None where they are not plain."""
    found: dict[str, str] = {}
    for line in block.split(b"\r\n"):
        raw, colon, value = line.partition(b":")
        name = raw.lower()
        if not colon or name not in _KNOWN or name.decode("ascii") in found or not _VALUE.fullmatch(value):
            return None
        found[name.decode("ascii")] = value.decode("ascii").strip(" \t")
    kind, charset = content_type(found.get("content-type", ""))
    length, accept = found.get("content-length", "0"), found.get("accept", "")
    plain = (
        _HOST.fullmatch(found.get("host", "")) and length.isdecimal() and charset in _CHARSETS
        and found.get("connection", "keep-alive").lower() == "keep-alive" and "text/html" not in accept.lower()
    )  # fmt: skip
    if not plain:
        return None
    coding = found.get("accept-encoding", "")
    return Head(
        found["host"], accept, kind, int(length), found.get("if-none-match", ""), "gzip" in coding, "origin" in found
    )
