"""Names that the words around them or their form give away: programs, cell lines, addresses of data and code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from nlp.learned.tagger import Span

_NAME: Final = r"[A-Z][\w+.]{0,40}(?:[- ][A-Z\d][\w+.]{0,40}){0,2}"
_KIND: Final = r"(?:software|package|toolkit|library|toolbox|program|plug-?in|web server|pipeline)"
_SOFTWARE: Final = (
    (0.8, re.compile(rf"\b({_NAME}) (?:\w+ )?{_KIND}\b")),
    (0.8, re.compile(rf"\b{_KIND} (?:called |named )?({_NAME})")),
    (0.85, re.compile(rf"\b({_NAME}),? \(?(?:version|ver\.|v\.?) ?\d[\d.]*")),
    (0.7, re.compile(rf"\b(?:implemented|performed|analy[sz]ed) (?:in|using|with) ({_NAME})(?= \d|,? \(| software)")),
)  # fmt: skip
_LINE: Final = (
    r"(?:[A-Z][A-Za-z]{1,9}-)?[A-Z][A-Za-z]{0,20}-?\d[A-Za-z\d]{0,20}+(?:-[A-Z\d]{1,20}+)?+|HeLa|Jurkat|Vero|CHO|COS"
)
"""Every name in one way only: lists of accession numbers would take for ever otherwise."""
_TISSUE: Final = (
    r"(?:human|mouse|murine|rat|tumou?r|cancer|\w*carcinoma|\w*glioma|glioblastoma|\w*epithelial|\w*endothelial|leuka?emia"
    r"|lymphoma|melanoma|neuroblastoma|hepatoma|sarcoma|breast|colon|lung|kidney|liver|prostate|ovarian|neuronal)"
)
_CELLS: Final = re.compile(
    rf"(?<![\w-])({_LINE})(?=(?:,? (?:and |or )?(?:{_LINE})){{0,6}},? (?:{_TISSUE} ){{0,3}}cells?\b( lines?\b)?)"
)
_CALLED: Final = re.compile(
    rf"(?<![\w-])({_LINE})(?= (?:is|are|was|were) an? (?:[\w-]+ ){{0,5}}cell lines?\b)"
    rf"|\bcell lines?,? ({_LINE})(?![\w-])"
)
_KNOWN_LINES: Final = frozenset({"HeLa", "Jurkat", "Vero", "CHO", "COS", "T47D", "T98G"})
_NO_LINE: Final = re.compile(r"(?:(?:CD|IL-?|Th|TH|Tc|MHC-?|HLA-?|G|S|M)\d{1,3}[a-z]?|[A-Z]\d+[A-Z])$")
"""Surface markers, helper cells, phases of the cycle and variants (V600E), which go before "cells" too."""
_NO_NAME: Final = frozenset(
    {"the", "this", "our", "a", "an", "we", "all", "these", "each", "statistical", "open", "software", "commercial"}
)
_DOI: Final = re.compile(r"\b10\.\d{4,9}/[^\s\"<>\])},;]+[^\s\"<>\])},;.]")
_REPOSITORY: Final = re.compile(
    r"https?://(?:www\.)?(?P<host>github\.com|gitlab\.com|bitbucket\.org|zenodo\.org|figshare\.com|datadryad\.org|osf\.io"
    r"|huggingface\.co|kaggle\.com|sourceforge\.net)/[^\s\"<>\])},;]+[^\s\"<>\])},;.]",
    re.I,
)
_CODE_HOSTS: Final = ("git", "bitbucket", "sourceforge")
_DATA_DOIS: Final = ("10.5061/", "10.5281/", "10.6084/", "10.17632/", "10.7910/", "10.1594/", "10.15468/", "10.3886/")


def software(text: str) -> Iterator[Span]:
    """Programs: capitalised names beside "package", "version 2.1" and the like."""
    for confidence, pattern in _SOFTWARE:
        for match in pattern.finditer(text):
            name = match.group(1)
            begin = match.start(1)
            first, _, rest = name.partition(" ")
            if first.lower() in _NO_NAME:
                name, begin = rest, begin + len(first) + 1
            if name and name.lower() not in _NO_NAME:
                yield Span(begin, begin + len(name), "software", confidence)


def cell_lines(text: str) -> Iterator[Span]:
    """Names of lines before "cells": surer than a doubtful gene; where they are called lines: surer than any."""
    for match in _CALLED.finditer(text):
        yield Span(*match.span(match.lastindex or 0), "cell-line", 0.99)
    for match in _CELLS.finditer(text):
        name = match.group(1)
        known = name in _KNOWN_LINES or bool(match.group(2))
        if known or (not _NO_LINE.match(name) and (len(name) > 3 or sum(map(str.isdigit, name)) > 1)):
            yield Span(*match.span(1), "cell-line", 0.99 if known else 0.9)


def addresses(text: str) -> Iterator[Span]:
    """DOIs of data archives, and addresses of repositories of data or code."""
    for match in _DOI.finditer(text):
        if match.group().startswith(_DATA_DOIS):
            yield Span(*match.span(), "dataset", 0.9)
    for match in _REPOSITORY.finditer(text):
        code = match.group("host").lower().startswith(_CODE_HOSTS)
        yield Span(*match.span(), "software" if code else "dataset", 0.85)
