"""What many queries have in common: their text with harmless IRIs and strings left out.

Programmes ask the same question about one thing after the other. Whether such a text may be evaluated, and
how, does not depend on which thing it is, so that is found out once for all of them. Only what can make no
difference is left out: IRIs of http(s) made of plain characters (none of the names that Gnomon gives a
meaning of its own: those have a `#`), and strings on one line. A text with a backslash, a long string or the
letters of SERVICE has no skeleton.
"""

from __future__ import annotations

import re
from typing import Final

MOST: Final = 4_000
"""Characters of a text that has a skeleton."""
IRI: Final = "<http://example.org/>"
STRING: Final = '""'
_HARD: Final = ("\\", "'''", '"""', "service")
_BASE: Final = re.compile(r"\bbase\b")
_PARTS: Final = re.compile(
    r"""(?P<iri><https?://[A-Za-z0-9._~:/%-]++>)|(?P<string>"[^"\r\n]*+")"""
    r"""|<[^\x00-\x20<>"{}|^`\\]*+>|'[^'\r\n]*+'|\#[^\r\n]*+"""
)
_PUT: Final = {"iri": IRI, "string": STRING}


def skeleton(text: str) -> str | None:
    """The text with what makes no difference replaced by something of its kind; None where it has none.
    Reads strings, IRIs and comments as `sparql.lexer` does."""
    if len(text) > MOST:
        return None
    low = text.lower()
    if any(hard in low for hard in _HARD) or ("base" in low and _BASE.search(low)):
        return None
    if not text.isascii() and any("\ud800" <= sign <= "\udfff" for sign in text):
        return None
    return _PARTS.sub(_bare, text)


def _bare(part: re.Match[str]) -> str:
    return _PUT.get(part.lastgroup or "") or part.group()
