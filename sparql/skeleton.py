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
_BASE: Final = re.compile(r"\bbase\b")
_PLAIN: Final = r"https?://[A-Za-z0-9._~:/%-]++>"
_PARTS: Final = re.compile(
    rf"""(<(?={_PLAIN})|"(?=[^"\r\n]*+")|<[^\x00-\x20<>"{{}}|^`\\]*+>|'[^'\r\n]*+'|\#[^\r\n]*+)"""
    rf"""(?:(?<=<){_PLAIN}|(?<=")[^"\r\n]*+")?"""
)
"""What stands between the rest of a text: an IRI or a string that makes no difference, of which the group has the
first sign only, or another IRI, another string or a comment, of which it has all."""
_PUT: Final = {"<": IRI, '"': STRING}


def skeleton(text: str) -> str | None:
    """The text with what makes no difference replaced by something of its kind; None where it has none.
    Reads strings, IRIs and comments as `sparql.lexer` does."""
    if len(text) > MOST or "\\" in text or "'''" in text or '"""' in text:
        return None
    low = text.lower()
    if "service" in low or ("base" in low and _BASE.search(low)):
        return None
    if not text.isascii() and any("\ud800" <= sign <= "\udfff" for sign in text):
        return None
    parts = _PARTS.split(text)
    parts[1::2] = [_PUT.get(part, part) for part in parts[1::2]]
    return "".join(parts)
