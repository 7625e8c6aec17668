"""Identifiers of the scholarly world, normalised to one spelling each.

An identifier is a pair of scheme and value. `normalise` turns what sources write
(`https://doi.org/10.1/ABC`, `doi:10.1/abc`) into one value or None when it is not
an identifier of that scheme. Specifications: DOI Handbook 2.2, ISO 7064 mod 11-2
(ORCID, ISNI), ISSN and ISBN check digits, arXiv identifier scheme of 2007.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import blake2b
from typing import Final
from urllib.parse import unquote

import msgspec

WORK_SCHEMES = ("doi", "pmid", "pmcid", "arxiv", "acl", "openalex", "handle", "isbn", "s2")
"""Schemes that name a work; two values of one scheme (other than isbn) name two works."""


class Identifier(msgspec.Struct, frozen=True, order=True):
    """A normalised identifier, for instance `Identifier("doi", "10.1000/182")`."""

    scheme: str
    value: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.value}"


def identifier(scheme: str, raw: str | None) -> Identifier | None:
    """The normalised identifier, or None where `raw` is not one of this scheme."""
    if not raw:
        return None
    value = normalise(scheme, raw)
    if value:
        return Identifier(scheme, value)
    heard = _broken.get()
    if heard is not None and (looks := _LOOKS_LIKE.get(scheme)) and looks.search(raw.strip()):
        heard.append(f"{scheme}:{raw.strip()[:_SHOWN]}")
    return None


_SHOWN = 80
_LOOKS_LIKE = {
    "doi": re.compile(r"^10\.|doi", re.I), "orcid": re.compile(r"orcid\.org|^\d{4}-\d{4}-\d{4}-\w{3,5}$", re.I),
    "issn": re.compile(r"^\d{4}-?\d{3}[\dXx]$"), "isbn": re.compile(r"^(?:\d[ -]?){9,12}[\dXx]$"),
    "ror": re.compile(r"ror\.org", re.I), "pmcid": re.compile(r"^PMC", re.I), "arxiv": re.compile("arxiv", re.I),
}  # fmt: skip
"""What claims to be of a scheme, so that what only might have been is not counted as broken."""
_broken: ContextVar[list[str] | None] = ContextVar("broken identifiers", default=None)


@contextmanager
def broken_identifiers() -> Iterator[list[str]]:
    """While this is open, its list takes up what looks like an identifier of its scheme and is none,
    as "scheme:text"."""
    heard: list[str] = []
    token = _broken.set(heard)
    try:
        yield heard
    finally:
        _broken.reset(token)


_ARXIV_DOI = "10.48550/arxiv."


def same_as(one: Identifier) -> Identifier | None:
    """The identifier that an authority derives from this one: arXiv's number from the DOI it registers for it
    (10.48550/arXiv.2101.00001). None for any other."""
    if one.scheme == "doi" and one.value.startswith(_ARXIV_DOI):
        return identifier("arxiv", one.value.removeprefix(_ARXIV_DOI))
    return None


def normalise(scheme: str, raw: str) -> str | None:
    """One spelling for `raw` in `scheme`; None where it is malformed.

    Schemes without a rule of their own keep the stripped text.
    """
    text = raw.strip()
    rule = _RULES.get(scheme)
    if rule is None:
        return text or None
    return rule(text)


def opaque(kind: str, seed: str) -> str:
    """A short opaque name, the same for the same seed: 16 lower-case base32 characters (80 bits)."""
    number = int.from_bytes(blake2b(f"{kind}\x1f{seed}".encode(), digest_size=10).digest(), "big")
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(70, -1, -10)])


_PAIRS: Final = tuple(a + b for a in "abcdefghijklmnopqrstuvwxyz234567" for b in "abcdefghijklmnopqrstuvwxyz234567")
"""Two characters of base32 (RFC 4648) for each ten bits."""


_DOI = re.compile(r"(10\.\d{4,9}(?:\.\d+)*/\S+)", re.IGNORECASE)


def _doi(text: str) -> str | None:
    if "%" in text:
        text = unquote(text)
    found = _DOI.search(text)
    if not found:
        return None
    value = _without_punctuation(found.group(1).lower())
    return value if _DOI.fullmatch(value) else None


def _without_punctuation(value: str) -> str:
    """`value` without what the sentence around it put at its end; brackets it opened itself stay."""
    while True:
        stripped = value.rstrip(".,;:\"'>]}”’»“/")
        if stripped.endswith(")") and stripped.count(")") > stripped.count("("):
            stripped = stripped[:-1]
        if stripped == value:
            return value
        value = stripped


def _pattern(pattern: str, fold: Callable[[str], str] = str) -> Callable[[str], str | None]:
    compiled = re.compile(pattern, re.IGNORECASE)

    def rule(text: str) -> str | None:
        found = compiled.fullmatch(text)
        return fold(found.group(1)) if found else None

    return rule


def _digits_mod_11_2(digits: str) -> str:
    """Check character of ISO 7064 mod 11-2."""
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2
    rest = (12 - total % 11) % 11
    return "X" if rest == 10 else str(rest)


_ORCID = re.compile(r"(?:https?://)?(?:www\.)?(?:orcid\.org/)?(\d{4})-?(\d{4})-?(\d{4})-?(\d{3}[\dX])", re.I)


def _orcid(text: str) -> str | None:
    found = _ORCID.fullmatch(text.rstrip("/"))
    if not found:
        return None
    compact = "".join(found.groups()).upper()
    if _digits_mod_11_2(compact[:15]) != compact[15]:
        return None
    return "-".join(compact[i : i + 4] for i in range(0, 16, 4))


_ISNI = re.compile(r"(?:https?://(?:www\.)?isni\.org/(?:isni/)?|isni:?\s*)?((?:\d[\s-]?){15}[\dX])/?", re.I)


def _isni(text: str) -> str | None:
    found = _ISNI.fullmatch(text)
    if not found:
        return None
    compact = re.sub(r"[\s-]", "", found.group(1)).upper()
    return compact if _digits_mod_11_2(compact[:15]) == compact[15] else None


def _issn(text: str) -> str | None:
    compact = re.sub(r"[^0-9Xx]", "", text).upper()
    if not re.fullmatch(r"\d{7}[\dX]", compact):
        return None
    total = sum(int(digit) * weight for digit, weight in zip(compact[:7], range(8, 1, -1), strict=True))
    check = (11 - total % 11) % 11
    return f"{compact[:4]}-{compact[4:]}" if ("X" if check == 10 else str(check)) == compact[7] else None


def _isbn13_check(digits: str) -> str:
    total = sum(int(digit) * (1 if i % 2 == 0 else 3) for i, digit in enumerate(digits))
    return str((10 - total % 10) % 10)


def _isbn(text: str) -> str | None:
    compact = re.sub(r"[^0-9Xx]", "", text).upper()
    if re.fullmatch(r"\d{9}[\dX]", compact):
        total = sum((10 - i) * (10 if c == "X" else int(c)) for i, c in enumerate(compact))
        if total % 11:
            return None
        stem = "978" + compact[:9]
        return stem + _isbn13_check(stem)
    if re.fullmatch(r"\d{13}", compact) and _isbn13_check(compact[:12]) == compact[12]:
        return compact
    return None


def _handle(text: str) -> str | None:
    value = re.sub(r"^(?:https?://hdl\.handle\.net/|hdl:)", "", text, flags=re.I)
    return value if re.fullmatch(r"[\w.]+/\S+", value) else None


_RULES: dict[str, Callable[[str], str | None]] = {
    "doi": _doi,
    "pmid": _pattern(
        r"(?:(?:https?://)?(?:www\.)?(?:pubmed\.ncbi\.nlm\.nih\.gov/|ncbi\.nlm\.nih\.gov/pubmed/)|pmid:?\s*)?0*([1-9]\d{0,8})/?"
    ),
    "pmcid": _pattern(
        r"(?:(?:https?://)?(?:www\.)?(?:ncbi\.nlm\.nih\.gov/pmc/articles/|pmc\.ncbi\.nlm\.nih\.gov/articles/)|pmcid:?\s*)?(?:PMC)?(\d{2,9})(?:\.\d+)?/?",
        lambda digits: f"PMC{digits}",
    ),
    "arxiv": _pattern(
        r"(?:(?:https?://)?arxiv\.org/(?:abs|pdf)/|arxiv:\s*)?(\d{4}\.\d{4,5}|[a-z-]+(?:\.[a-z]{2})?/\d{7})(?:v\d+)?(?:\.pdf)?(?:\s*\[.*\])?",
        str.lower,
    ),
    "acl": _pattern(
        r"(?:(?:https?://)?(?:www\.)?(?:aclweb\.org/anthology/|aclanthology\.org/))?"
        r"((?:[A-Z]\d{2}-\d{4,5})|(?:\d{4}\.[a-z0-9_]+-[a-z0-9_]+\.\d+))(?:\.pdf|/)?"
    ),
    "openalex": _pattern(r"(?:https?://(?:api\.)?openalex\.org/(?:[a-z]+/)?)?([WASICVPFT]\d{3,12})", str.upper),
    "orcid": _orcid,
    "ror": _pattern(r"(?:(?:https?://)?ror\.org/)?(0[a-hj-km-np-tv-z0-9]{6}\d{2})", str.lower),
    "isni": _isni,
    "grid": _pattern(r"(?:https?://(?:www\.)?grid\.ac/institutes/)?(grid\.\d+\.[0-9a-f]+)", str.lower),
    "wikidata": _pattern(r"(?:https?://(?:www\.)?wikidata\.org/(?:wiki|entity)/)?(Q[1-9]\d*)", str.upper),
    "issn": _issn,
    "isbn": _isbn,
    "handle": _handle,
}
