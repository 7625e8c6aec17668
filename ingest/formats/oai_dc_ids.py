"""What `dc:identifier` and `dc:relation` point at: identifiers, addresses, grants, other works."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import unquote

import msgspec

from ingest.formats.fields import in_web
from ontology.identifiers import WORK_SCHEMES, Identifier, identifier
from ontology.records import Funding, Relation

_PREFIXED: Final = re.compile(
    r"(?:info:|urn:)?(?P<scheme>doi|hdl|handle|arxiv|pmid|pmcid|pmc|isbn|e?issn|oai|s2|openalex)"
    r"\s?[:/ ]\s?(?P<value>\S.*)",
    re.IGNORECASE | re.DOTALL,
)
_SCHEMES: Final = {"hdl": "handle", "pmc": "pmcid", "eissn": "issn"}
_ALTERNATIVE: Final = re.compile(r"info:eu-repo/semantics/altIdentifier/(?P<scheme>\w+)/(?P<value>\S+)", re.IGNORECASE)
_REFERENCE: Final = re.compile(
    r"info:eu-repo/semantics/(?:reference|dataset)/(?P<scheme>\w+)/(?P<value>\S+)", re.IGNORECASE
)
_GRANT: Final = re.compile(r"info:eu-repo/grantAgreement/([^/]+)/([^/]*)/([^/\s]+)", re.IGNORECASE)
_PATH_DOI: Final = re.compile(r"/(?:doi|doi\.org)/(?:(?:abs|full|pdf|epdf|book)/)?(10\.\d{4,9}/\S+)", re.IGNORECASE)
_PATH_HANDLE: Final = re.compile(r"/handle/(\d[\d.]*/[\w.-]+)/?$")
_BARE_DOI: Final = re.compile(r"10\.\d{4,9}/\S+")
_ISBN: Final = re.compile(r"(?:97[89][- ]?)?\d(?:[- ]?\d){8}[- ]?[\dXx]")
_WORKS: Final = frozenset(WORK_SCHEMES)


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """What a record is called: identifiers of the work, ISSNs of its journal, web addresses."""

    identifiers: tuple[Identifier, ...]
    issns: tuple[Identifier, ...]
    addresses: tuple[str, ...]


def named(texts: Iterable[str], relations: Iterable[str]) -> Named:
    """Reads `dc:identifier`, and of `dc:relation` what OpenAIRE calls alternative identifiers.

    Of two DOIs the first is the work's; an OAI identifier (scheme "oai") comes last.
    """
    found: list[Identifier] = []
    addresses: list[str] = []
    for text in texts:
        one = _one(text.strip())
        if one and one.scheme != "url":
            found.append(one)
        if text.startswith(("http://", "https://")) and not set(text.strip()) & set(' "<>\n'):
            addresses.append(text.strip())
    alternatives = (_of_scheme(match) for text in relations if (match := _ALTERNATIVE.match(text)))
    found += [one for one in alternatives if one]
    works = list(_first_of_each([one for one in dict.fromkeys(found) if one.scheme in _WORKS]))
    works += [one for one in dict.fromkeys(found) if one.scheme == "oai"]
    issns = tuple(one for one in dict.fromkeys(found) if one.scheme == "issn")
    return Named(identifiers=tuple(works), issns=issns, addresses=tuple(dict.fromkeys(addresses)))


def related(text: str) -> Relation | None:
    """What a `dc:relation` says: a reference where OpenAIRE's prefix says so, else the type "Other"
    (DataCite 4.7), as Dublin Core does not tell in which way a work is related."""
    text = text.strip()
    if _ALTERNATIVE.match(text) or _GRANT.match(text) or "/communities/" in text:
        return None
    if reference := _REFERENCE.match(text):
        one = _of_scheme(reference)
        return Relation(kind="References", target=one) if one else None
    one = _one(text)
    return Relation(kind="Other", target=one) if one and (one.scheme in _WORKS or one.scheme == "url") else None


def grant(text: str) -> Funding | None:
    """Funder and project number of "info:eu-repo/grantAgreement/EC/FP7/244909"."""
    found = _GRANT.match(text.strip())
    if not found:
        return None
    return Funding(funder=unquote(found[1]), awards=(unquote(found[3]),))


def _one(text: str) -> Identifier | None:
    """The identifier a text is; None for prose and citations, even where they hold one."""
    if text.lower().startswith(("http://", "https://")):
        return _in_address(text)
    if prefixed := _PREFIXED.fullmatch(text):
        scheme = prefixed["scheme"].lower()
        value = text if scheme == "oai" else prefixed["value"]
        return identifier(_SCHEMES.get(scheme, scheme), value)
    if _BARE_DOI.fullmatch(text):
        return identifier("doi", text)
    return identifier("isbn", text) if _ISBN.fullmatch(text) else None


def _in_address(url: str) -> Identifier | None:
    """A DOI or handle that repositories put in their paths, else what the host tells."""
    if found := _PATH_DOI.search(url):
        return identifier("doi", found[1])
    if handle := _PATH_HANDLE.search(url):
        return identifier("handle", handle[1])
    return in_web(url)


def _of_scheme(found: re.Match[str]) -> Identifier | None:
    scheme = found["scheme"].lower()
    return identifier(_SCHEMES.get(scheme, scheme), found["value"])


def _first_of_each(found: list[Identifier]) -> Iterator[Identifier]:
    """One identifier of each scheme but any number of ISBNs: two DOIs would name two works."""
    seen: set[str] = set()
    for one in sorted(found, key=lambda each: each.scheme != "doi"):
        if one.scheme == "isbn" or one.scheme not in seen:
            seen.add(one.scheme)
            yield one
