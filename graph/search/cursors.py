"""Opaque cursors: a place in one order of one commit, so that a walk misses nothing and sees nothing twice."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from hashlib import blake2b
from typing import Final

import msgspec

from graph.search.base import SearchRequest
from ontology.errors import SearchError

START: Final = "*"


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """The commit walked over, how many results have been seen, and which search it was."""

    sequence: int
    position: int
    search: str


def name_of(request: SearchRequest) -> str:
    """Names what decides the order of a search and nothing else."""
    same = msgspec.structs.replace(
        request, cursor="", limit=10, offset=0, facets=(), facet_size=10, group_by=None, passages=0, highlight=True,
        explain=False,
    )  # fmt: skip
    return blake2b(msgspec.msgpack.encode(same), digest_size=8).hexdigest()


def write(cursor: Cursor) -> str:
    return urlsafe_b64encode(msgspec.msgpack.encode(cursor)).decode().rstrip("=")


def read(text: str, request: SearchRequest) -> Cursor:
    """The cursor handed out for this search. SearchError for anything else."""
    try:
        found = msgspec.msgpack.decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=Cursor)
    except (Error, msgspec.DecodeError, ValueError) as error:
        raise SearchError("this is no cursor", place="cursor", hint="begin with cursor=*") from error
    if found.search != name_of(request) or found.position < 0:
        raise SearchError(
            "the cursor belongs to another search", place="cursor", hint="change nothing but the cursor on the way"
        )
    return found
