"""Text out of the markup that metadata carries: HTML, JATS and MathML inside titles and abstracts.

Only elements of these languages are taken for markup ("p < 0.05" and "List<String>" stay as they
are). Both patterns stop at the next "<", so that time is linear in the length of the text.
"""

from __future__ import annotations

import re
from html import unescape
from typing import Final

from ontology.documents import clean

_BLOCK_NAMES: Final = (
    "p sec br li list list-item div h1 h2 h3 h4 h5 h6 ul ol dl dt dd def-list def-item table tr td th thead tbody "
    "disp-formula disp-quote blockquote pre hr abstract trans-abstract section article body "
)
_INLINE_NAMES: Final = (
    "i b u s em strong sub sup small big tt code span font a abbr cite q mark del ins kbd var center sc scp scr "
    "fi roman italic bold underline overline strike monospace sans-serif ext-link uri xref named-content "
    "styled-content fixed-case inline-formula alternatives label email inline-graphic graphic img sup2 inf hr fn break "
    "math mi mn mo ms mtext mrow mfrac msqrt mroot mstyle merror mpadded mphantom mfenced menclose msub msup "
    "msubsup munder mover munderover mmultiscripts mprescripts none mtable mtr mtd mspace maligngroup malignmark "
    "maction semantics annotation annotation-xml tex-math "
)
_BLOCKS: Final = frozenset(_BLOCK_NAMES.split())
_HEADINGS: Final = frozenset({"title", "h1", "h2", "h3", "h4", "h5", "h6"})
_KNOWN: Final = _BLOCKS | _HEADINGS | frozenset(_INLINE_NAMES.split())
_TAG: Final = re.compile(r"<(/?)(?:[A-Za-z]{1,8}:)?([A-Za-z][A-Za-z0-9-]*)(?:\s[^<>]*)?/?>")
_COMMENT: Final = re.compile(r"<!--(?:(?!<!--|-->).)*-->|<!\[CDATA\[|\]\]>", re.DOTALL)
_SOURCE: Final = re.compile(r"<((?:[A-Za-z]{1,8}:)?(?:annotation|tex-math))(?:\s[^<>]*)?>[^<]*</\1>", re.IGNORECASE)
_BLANK_LINE: Final = re.compile(r"\r?\n[ \t]*\r?\n")
_ABSTRACT_HEADING: Final = re.compile(r"(?:abstract|summary|résumé|zusammenfassung|resumo|resumen)\W*", re.IGNORECASE)

_LEADING: Final = re.compile(r"\A(?:Abstract|ABSTRACT)(?:\s*[:.]\s+|(?=[A-Z][a-z]|[A-Z]\s))")
"""The heading of an abstract that an exporter left before it ("AbstractYouth with …")."""
_PARAGRAPH, _HEADING, _TEXT = "\x1c", "\x1d", "\x1e"
_INDENT: Final = "\x1f"
"""Stands where a line was broken beside a tag. All four marks are white space to Python."""
_MARKS: Final = re.compile("[\x1c-\x1f\0]")
_BROKEN: Final = re.compile(r"(?<=>)[ \t]{0,200}\r?\n[ \t\r\n]{0,400}|[ \t]{0,200}\r?\n[ \t\r\n]{0,400}(?=<)")
_NO_SPACE: Final = re.compile("(?<=[(\\[/])\x1f+|\x1f+(?=[)\\],.;:/%])")


def plain(markup: str) -> str:
    """One line of text: tags gone, entities resolved, blocks set apart by a space."""
    if "<" not in markup and "&" not in markup:
        return clean(markup) if markup else ""
    return clean(_bare(markup)[0].translate(_SPACES))


def paragraphs(markup: str) -> str:
    """Paragraphs separated by one newline, the first of a titled part led by its title
    ("Methods: We …"). Without any block markup, blank lines separate paragraphs."""
    text, blocks = _bare(markup)
    if not blocks:
        return "\n".join(filter(None, map(clean, _BLANK_LINE.split(text)))) if "\n" in text else clean(text)
    lines: list[str] = []
    heading = ""
    for block in text.split(_PARAGRAPH):
        before, is_heading, titled = block.partition(_HEADING)
        title, _, after = titled.partition(_TEXT)
        if body := clean(before):
            lines.append(f"{heading}: {body}" if heading else body)
            heading = ""
        if is_heading:
            heading = "" if _ABSTRACT_HEADING.fullmatch(clean(title)) else clean(title).rstrip(":. ")
        if body := clean(after):
            lines.append(f"{heading}: {body}" if heading else body)
            heading = ""
    return "\n".join([*lines, heading] if heading else lines)


_SPACES: Final = str.maketrans({_PARAGRAPH: " ", _HEADING: " ", _TEXT: " "})


def _bare(markup: str) -> tuple[str, bool]:
    """The text with marks in place of blocks and headings, and whether there were any.

    Sources that indent their XML break the line around inline elements: no space is left of such a
    break beside brackets and stops.
    """
    text = _MARKS.sub(" ", markup)
    is_indented = "\n" in text and "<" in text
    if is_indented:
        text = _BROKEN.sub(_INDENT, text)
    for _ in range(3):
        if "<" in text:
            if "math" in text:
                text = _SOURCE.sub("", text) if "<mml:m" in text or "<math" in text else text
            text = _TAG.sub(_mark, _COMMENT.sub("", text))
        if "&" not in text:
            break
        if (resolved := unescape(text)) == text:
            break
        text = resolved
    if is_indented:
        text = _NO_SPACE.sub("", text)
    return text, _PARAGRAPH in text or _HEADING in text


def _mark(tag: re.Match[str]) -> str:
    name = tag[2].lower()
    if name in _HEADINGS:
        return _TEXT if tag[1] else _PARAGRAPH + _HEADING
    if name in _BLOCKS:
        return _PARAGRAPH
    return "" if name in _KNOWN else tag[0]


def unheaded(abstract: str) -> str:
    """An abstract without the word "Abstract" before it."""
    return _LEADING.sub("", abstract)
