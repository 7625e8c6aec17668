"""Terms made of what strangers wrote: whatever comes in, a statement goes out that every parser takes.

Limits: characters that XML 1.0 cannot hold become U+FFFD, one for one, so that offsets stay true;
language tags keep language, script and region (RFC 5646) and are dropped where the language is no
two or three letters; addresses other than http, https and ftp with a plain host are no IRIs.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from urllib.parse import quote

from graph import terms
from ontology.namespaces import expand

_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_TAG: Final = re.compile(r"([a-z]{2,3})(-[a-z]{4})?(-[a-z]{2}|-\d{3})?(?:-|$)")
_NOT_IN_IRIS: Final = re.compile(
    r'[\x00-\x20<>"{}|^`\\\[\]\x7f-\x9f\ud800-\uf8ff\ufdd0-\ufdef\ufff0-\uffff\U000e0000-\U0010ffff]'
    r"|[\U0001fffe\U0001ffff]|%(?![0-9A-Fa-f]{2})"
)
_AUTHORITY: Final = re.compile(r"[^/?#@:\[\]\\\s]+(?::\d{1,5})?(?=[/?#]|$)")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_WEB: Final = ("http://", "https://", "ftp://")
_LONGEST_ADDRESS: Final = 4096


@lru_cache(1024)
def term(curie: str) -> str:
    """A term of a known vocabulary, written: `term("dct:title")`."""
    return f"<{expand(curie)}>"


def literal(value: str, language: str = "") -> str:
    """A string, tagged where `language` is a language tag."""
    if not value.isprintable():
        value = _UNWRITABLE.sub("\ufffd", value)
    return terms.text(value, tag(language) if language else "")


def day(value: str) -> str:
    """An ISO date as precise as it is; a plain string where it is none."""
    return terms.date(value) if value.isascii() and value.isprintable() else literal(value)


@lru_cache(4096)
def tag(language: str) -> str:
    """The language tag in lower case as far as it is well formed; empty where it is none."""
    found = _TAG.match(language.strip().replace("_", "-").lower())
    return "".join(part for part in found.groups() if part) if found else ""


@lru_cache(1 << 16)
def ref(value: str) -> str:
    """An IRI that a vocabulary or an entity goes by, written; what is no IRI becomes `urn:x-invalid:`."""
    found = _SCHEME.match(value)
    if not found or (value.startswith("//", found.end()) and not _AUTHORITY.match(value, found.end() + 2)):
        return f"<urn:x-invalid:{quote(value, safe='', errors='replace')}>"
    return f"<{_repaired(value)}>"


def web(address: str) -> str | None:
    """A web address somebody gave, written; None where it is none."""
    address = address.strip()
    if len(address) > _LONGEST_ADDRESS or not address.lower().startswith(_WEB):
        return None
    if not _AUTHORITY.match(address, address.index("//") + 2):
        return None
    return f"<{_repaired(address)}>"


def _repaired(value: str) -> str:
    head, mark, tail = value.partition("#")
    return _encoded(head) + mark + _encoded(tail).replace("#", "%23")


def _encoded(value: str) -> str:
    if not _NOT_IN_IRIS.search(value):
        return value
    return _NOT_IN_IRIS.sub(lambda m: "".join(f"%{b:02X}" for b in m.group().encode("utf-8", "replace")), value)
