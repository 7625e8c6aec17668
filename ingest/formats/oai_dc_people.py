"""People and groups in `dc:creator` and `dc:contributor`, one or several to an element."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import msgspec

from ingest.formats.fields import Role, contributor, identified
from ingest.formats.markup import plain
from ingest.formats.oai_dc_terms import ORGANISATION
from ontology.identifiers import Identifier
from ontology.records import Affiliation, Contributor

_ORCID: Final = re.compile(
    r"[\s,;(\[{/|]{0,8}(?:orcid(?:\s*id)?\s*[:=]?\s*)?((?:https?://)?(?:orcid\.org/)?\b\d{4}-\d{4}-\d{4}-\d{3}[\dXx]\b)[)\]}\s]{0,4}",
    re.IGNORECASE,
)
_YEARS: Final = re.compile(r",?\s*\(?\b1\d{3}\s*-\s*(?:[12]\d{3})?\)?\s*$")
_DID: Final = re.compile(
    r"\s*(?:\((?:dir|eds?|hrsg|hg|coord|org|comp|trad|trans|supervisor|advisor|editor|translator)\.?\)"
    r"|,\s*(?:thesis |academic )?(?:supervisor|advisor|adviser|promotor|director|editor|translator))\s*$",
    re.IGNORECASE,
)
"""What somebody did, behind the name."""
_DEGREE: Final = re.compile(r", (?:Ph\. ?D\.|Sc\. ?D\.|[SM]\. ?[SBM]\.|M\. ?Eng\.|M\. ?B\. ?A\.|M\. ?Arch\.)( .*)?$")
"""What MIT adds to the name of who wrote a thesis: "Long, Mei, Ph. D. Massachusetts Institute of Technology"."""
_MAX_PARTS: Final = 500


def contributors(creators: Iterable[str], others: Iterable[str]) -> tuple[Contributor, ...]:
    """Authors, then contributors, each once and in order."""
    found = [*_people(creators, "author"), *_people(others, "contributor")]
    return tuple(dict.fromkeys(found))


def _people(texts: Iterable[str], role: Role) -> list[Contributor]:
    """A semicolon parts people, or a person and where they work (as OJS writes); an ORCID on its own
    belongs to whom it follows."""
    found: list[Contributor] = []
    for text in texts:
        if text.startswith("info:"):
            continue
        for number, part in enumerate(plain(text).split(";", _MAX_PARTS)[:_MAX_PARTS]):
            name, orcid = _parted(part)
            is_group = bool(ORGANISATION.search(name))
            if found and (not name or (is_group and number)):
                found[-1] = _extended(found[-1], name, orcid)
            elif one := contributor(name, role=role, organisation=is_group, identifiers=orcid):
                found.append(one)
    return found


def _parted(text: str) -> tuple[str, tuple[Identifier, ...]]:
    """(name without ORCID, years of life and what somebody did, the ORCID)."""
    orcid = _ORCID.search(text)
    name = f"{text[: orcid.start()]} {text[orcid.end() :]}" if orcid else text
    bare = _DID.sub("", _YEARS.sub("", _DEGREE.sub("", name))).strip(" ,")
    return bare, identified([("orcid", orcid[1])]) if orcid else ()


def _extended(person: Contributor, affiliation: str, known: tuple[Identifier, ...]) -> Contributor:
    return msgspec.structs.replace(
        person,
        identifiers=person.identifiers or known,
        affiliations=(*person.affiliations, Affiliation(name=affiliation)) if affiliation else person.affiliations,
    )
