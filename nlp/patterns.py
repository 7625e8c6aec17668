"""Names that the words around them or their form give away: cell lines, addresses of data and code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from nlp.learned.tagger import Span

_LINE: Final = (
    r"(?:[A-Z][A-Za-z]{1,9}-)?[A-Z][A-Za-z]{0,20}-?\d[A-Za-z\d]{0,20}+(?>(?:-[A-Z\d]{1,20}+)?)|HeLa|Jurkat|Vero|CHO|COS"
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
_DOI: Final = re.compile(r"\b10\.\d{4,9}/[^\s\"<>\])},;]+[^\s\"<>\])},;.]")
_REPOSITORY: Final = re.compile(
    r"https?://(?:www\.)?(?P<host>github\.com|gitlab\.com|bitbucket\.org|zenodo\.org|figshare\.com|datadryad\.org|osf\.io"
    r"|huggingface\.co|kaggle\.com|sourceforge\.net|codeberg\.org|pypi\.org/project|bioconductor\.org/packages"
    r"|cran\.r-project\.org/(?:web/)?packages?)[/=][^\s\"<>\])},;]+[^\s\"<>\])},;.]",
    re.I,
)
_CODE_HOSTS: Final = ("git", "bitbucket", "sourceforge", "codeberg", "pypi", "bioconductor", "cran")
_DATA_DOIS: Final = ("10.5061/", "10.5281/", "10.6084/", "10.17632/", "10.7910/", "10.1594/", "10.15468/", "10.3886/")


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
