"""Formulas as one line of text: MathML in linear form, else TeX, else the words beside a picture."""

from __future__ import annotations

import re

from ingest.formats.xml import Element, attribute, text_of

_DOCUMENT = re.compile(r"\\begin\{document\}(.*?)(?:\\end\{document\}|$)", re.DOTALL)
_SCRIPTS = {"msub": "_", "msup": "^", "munder": "_", "mover": "^", "mfrac": "/"}
_DOUBLE_SCRIPTS = frozenset({"msubsup", "munderover"})
_SILENT = frozenset({"annotation", "annotation-xml", "mphantom"})


def formula_text(element: Element) -> str:
    """The text of a formula, a `math` or a `tex-math` element, uncleaned; empty for a mere picture."""
    if element.tag == "math":
        return linear(element)
    if element.tag == "tex-math":
        return _tex(element.text or "")
    if (math := element.find(".//math")) is not None and (text := linear(math)).strip():
        return text
    if (tex := element.find(".//tex-math")) is not None:
        return _tex(tex.text or "")
    plain = "".join(_plain(element))
    return plain if plain.strip() else text_of(element.find(".//alt-text"))


def linear(element: Element) -> str:
    """MathML (presentation) on one line: `a_i`, `x^2`, `(a+b)/c`, `√(x)`."""
    tag = str(element.tag)
    if tag in _SILENT:
        return ""
    parts = [linear(child) for child in element]
    if not parts:
        return " ".join((element.text or "").split())
    if tag in _SCRIPTS and len(parts) == 2:
        return f"{_group(parts[0])}{_SCRIPTS[tag]}{_group(parts[1])}"
    if tag in _DOUBLE_SCRIPTS and len(parts) == 3:
        return f"{_group(parts[0])}_{_group(parts[1])}^{_group(parts[2])}"
    if tag == "mroot" and len(parts) == 2:
        return f"root({parts[0]}, {parts[1]})"
    inner = (" " if tag in ("mtr", "mtable") else "").join(parts)
    if tag == "msqrt":
        return f"√({inner})"
    if tag == "mfenced":
        return f"{attribute(element, 'open') or '('}{','.join(parts)}{attribute(element, 'close') or ')'}"
    return inner


def _group(part: str) -> str:
    """An operand in brackets unless it is one word."""
    bare = part.isalnum() or len(part) <= 1 or (part[0], part[-1]) in (("(", ")"), ("[", "]"))
    return part if bare else f"({part})"


def _tex(source: str) -> str:
    found = _DOCUMENT.search(source)
    text = (found.group(1) if found else source).strip()
    for fence in ("$$", "$"):
        if text.startswith(fence) and text.endswith(fence) and len(text) > 2 * len(fence):
            return text[len(fence) : -len(fence)].strip()
    return text


def _plain(element: Element) -> list[str]:
    """Text of a formula written in ordinary markup, without its label."""
    parts = [element.text or ""]
    for child in element:
        if child.tag not in ("label", "alt-text", "long-desc", "object-id"):
            parts += _plain(child)
        parts.append(child.tail or "")
    return parts
