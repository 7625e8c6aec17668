"""Text of LaTeX as it stands in bibliographies: accents, symbols, simple formulas, in Unicode."""

from __future__ import annotations

import codecs
import re
from functools import lru_cache
from html import unescape
from typing import Final

import latexcodec  # noqa: F401 - registers the codec

from ontology.documents import clean

_FORMULA: Final = re.compile(r"(?<!\\)\$([^$]{0,2000})(?<!\\)\$")
_SCRIPT: Final = re.compile(r"\A\s*[_^](?=[\w{\\+−-])")
"""A formula that is a mere sub- or superscript of the text before it."""
_DOTLESS: Final = re.compile(r"(\\[\"'`^~=.]|\\[uvH])\s?\{\s*\\([ij])\s*\}")
r"""An accent over a dotless letter in braces, which latexcodec does not know: `\'{\i}`."""
_COMMAND: Final = re.compile(r"\\[A-Za-z]+\*?\s*|\\(.)|[{}]", re.DOTALL)
_ENTITY: Final = re.compile(r"\\?&(?:[A-Za-z]{2,8}|#\d{2,6}|#x[0-9A-Fa-f]{2,5});")
_BLANK_LINE: Final = re.compile(r"\n[ \t]*\n")
_TIES: Final = str.maketrans({"~": " ", "\u00a0": " "})
_SPACES: Final = frozenset(",;:\\ ~\n")
_NOTHING: Final = frozenset("!/-@")
_SYMBOLS: Final = {
    "textdollar": "$", "textless": "<", "textgreater": ">", "textasciitilde": "∼", "textbar": "|",
    "textquotesingle": "'", "textunderscore": "_", "textasteriskcentered": "*", "TeX": "TeX", "LaTeX": "LaTeX",
    "BibTeX": "BibTeX", "textmu": "µ", "textquoteright": "’", "textquoteleft": "‘", "dots": "…",
    "textquotedblleft": "“", "textquotedblright": "”", "textdegree": "°", "sim": "∼", "sin": "sin", "cos": "cos",
    "log": "log", "ln": "ln", "exp": "exp", "max": "max", "min": "min",
}  # fmt: skip
"""Symbols that latexcodec leaves alone."""


@lru_cache(maxsize=4096)
def plain_latex(value: str) -> str:
    """One line of text of a LaTeX value: accents and symbols as Unicode, mere sub- and superscripts on
    the line ("H$_2$O" → "H2O"), HTML's entities resolved; other commands, braces and dollars gone."""
    if "\\" in value:
        value = _decoded(_DOTLESS.sub(r"{\1\\\2}", value))
    if "&" in value:
        value = _ENTITY.sub(lambda found: unescape(found[0].lstrip("\\")), value)
    value = _FORMULA.sub(
        lambda found: _SCRIPT.sub("", found[1], count=1) if _SCRIPT.match(found[1]) else found[1], value
    )
    value = value.replace("---", "—").replace("--", "–").replace("``", "“").replace("''", "”")
    return clean(_COMMAND.sub(_plain_command, value).translate(_TIES))


def latex_paragraphs(value: str) -> str:
    """Paragraphs, which LaTeX parts by blank lines, separated by one newline."""
    return "\n".join(filter(None, map(plain_latex, _BLANK_LINE.split(value.replace(r"\par ", "\n\n")))))


def _plain_command(found: re.Match[str]) -> str:
    """A named command leaves nothing (or its symbol), an escaped character itself, a spacing command a space."""
    character = found[1]
    if character is None:
        return _SYMBOLS.get(found[0].strip("\\ \n"), "")
    if character in _NOTHING:
        return ""
    return " " if character in _SPACES else character


def _decoded(value: str) -> str:
    try:
        return codecs.decode(value, "ulatex")  # type: ignore[call-overload,no-any-return]
    except ValueError:
        return value
