"""Field by field, what sources write and what records hold: languages, names, identifiers, pages (dates: `dates`).

Used by every metadata format, so that one thing is read in one way everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, Literal

from ontology.documents import clean
from ontology.identifiers import Identifier, identifier
from ontology.records import Affiliation, Contributor

Scalar = str | int | float | None
"""What JSON sources put where a text is meant: volumes and years come as numbers too."""

Role = Literal["author", "editor", "translator", "contributor"]


def line(value: Scalar) -> str:
    """A single-line text (`ontology.documents.clean`), empty for nothing."""
    if value is None or value == "":
        return ""
    return clean(value if isinstance(value, str) else str(value))


_WRITTEN: Final = (
    "afr:af alb:sq sqi:sq ara:ar arm:hy hye:hy aze:az baq:eu eus:eu bel:be ben:bn bos:bs bul:bg bur:my mya:my "
    "cat:ca  chi:zh zho:zh cmn:zh cze:cs ces:cs dan:da dut:nl nld:nl eng:en epo:eo est:et fin:fi fre:fr fra:fr "
    "geo:ka kat:ka  ger:de deu:de gle:ga glg:gl gre:el ell:el guj:gu heb:he hin:hi hrv:hr hun:hu ice:is isl:is "
    "ind:id ita:it jpn:ja  kan:kn kaz:kk khm:km kor:ko lat:la lav:lv lit:lt mac:mk mkd:mk mal:ml mar:mr may:ms "
    "msa:ms mon:mn nep:ne nor:no  nob:nb nno:nn pan:pa per:fa fas:fa pol:pl por:pt rum:ro ron:ro rus:ru scr:hr "
    "scc:sr srp:sr sin:si slo:sk slk:sk  slv:sl spa:es swa:sw swe:sv tam:ta tel:te tgl:tl tha:th tur:tr ukr:uk "
    "urd:ur uzb:uz vie:vi wel:cy cym:cy zul:zu  english:en german:de deutsch:de french:fr français:fr spanish:es "
    "español:es italian:it portuguese:pt dutch:nl  russian:ru chinese:zh japanese:ja korean:ko polish:pl "
    "turkish:tr arabic:ar swedish:sv czech:cs ukrainian:uk danish:da norwegian:no finnish:fi icelandic:is greek:el "
    "hungarian:hu hebrew:he hindi:hi persian:fa romanian:ro catalan:ca vietnamese:vi thai:th indonesian:id "
    "american:en british:en ukenglish:en usenglish:en canadian:en australian:en ngerman:de austrian:de naustrian:de "
    "swissgerman:de nswissgerman:de francais:fr acadian:fr canadien:fr brazilian:pt brazil:pt portuges:pt castilian:es "
)
"""ISO 639-2 codes (both kinds), and the names of the commonest languages, by ISO 639-1 code."""
_LANGUAGES: Final = dict(pair.split(":") for pair in _WRITTEN.split())
_TAG: Final = re.compile(r"([a-z]{2,3})(?:[-_]([A-Za-z0-9]{2,8}))?")
_NO_LANGUAGE: Final = frozenset({"und", "mul", "mis", "zxx", "xx"})


@lru_cache(maxsize=1024)
def language_code(written: str) -> str:
    """A BCP 47 tag: "eng" → "en", "EN_us" → "en-us", "German" → "de"; empty for what is none."""
    text = written.strip().lower()
    known = _LANGUAGES.get(text)
    if known:
        return known
    found = _TAG.fullmatch(text)
    if not found or found[1] in _NO_LANGUAGE:
        return ""
    primary = _LANGUAGES.get(found[1], found[1])
    return f"{primary}-{found[2]}" if found[2] else primary


def identified(pairs: Iterable[tuple[str, Scalar]]) -> tuple[Identifier, ...]:
    """The identifiers that are well formed, in order and each once, from pairs of scheme and text."""
    found = [one for scheme, raw in pairs if raw and (one := identifier(scheme, str(raw)))]
    return tuple(found) if len(found) < 2 else tuple(dict.fromkeys(found))


def in_web(url: str) -> Identifier | None:
    """What a web address identifies: a DOI, arXiv id, handle … or the address itself (scheme `url`)."""
    address = url.strip()
    if not address.lower().startswith(("http://", "https://")):
        return None
    host, _, _ = address.partition("//")[2].partition("/")
    scheme = _HOSTS.get(host.lower().removeprefix("www.").removeprefix("dx."), "")
    found = identifier(scheme, address) if scheme else None
    return found or (Identifier("url", address) if not set(address) & set(' "<>\n') else None)


_HOSTS: Final = {
    "doi.org": "doi", "arxiv.org": "arxiv", "hdl.handle.net": "handle", "pubmed.ncbi.nlm.nih.gov": "pmid",
    "pmc.ncbi.nlm.nih.gov": "pmcid", "aclanthology.org": "acl", "openalex.org": "openalex", "ror.org": "ror",
    "orcid.org": "orcid",
}  # fmt: skip


def contributor(
    name: str = "",
    *,
    given: str = "",
    family: str = "",
    suffix: str = "",
    role: Role = "author",
    organisation: bool = False,
    corresponding: bool = False,
    identifiers: tuple[Identifier, ...] = (),
    affiliations: tuple[Affiliation, ...] = (),
) -> Contributor | None:
    """Somebody with a readable name, or None without any.

    "Lovelace, Ada" is turned round, given and family names make a name and a name of one comma
    makes given and family; years of life are left out ("Nomon, Ada, 1960-"); Chinese, Japanese and
    Korean names begin with the family name. An organisation keeps its name as it is.
    """
    name, given, family = (clean(text) if text else "" for text in (name, given, family))
    if organisation:
        name, given, family = name or f"{given} {family}".strip(), "", ""
    elif not (given or family):
        name = _LIFE.sub("", name) if "-" in name else name
        if name.count(",") == 1:
            family, given = (part.strip() for part in name.split(","))
            name = ""
    if not organisation and (given or family):
        joined = f"{family}{given}"
        whole = f"{given}{family}" if given.endswith(_ELIDED) and family else f"{given} {family}".strip()
        is_joined = given and family and is_eastern(joined)
        name = joined if is_joined else f"{whole} {clean(suffix)}" if suffix else whole
    if not name:
        return None
    return Contributor(
        name=name, given=given, family=family, role=role, organisation=organisation, corresponding=corresponding,
        identifiers=identifiers, affiliations=affiliations,
    )  # fmt: skip


_ELIDED: Final = ("d'", "d’", "D'", "D’")
"""A particle that lost its vowel, behind the given names: "Jean Le Rond d'", "Alembert"."""
_LIFE: Final = re.compile(r",?\s*\(?\b(?:b\.|ca\.)?\s?1\d{3}\??\s*-\s*(?:[12]\d{3}\??)?\)?\s*[.,]?\s*$")
_EASTERN: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af々〆\U00020000-\U0003ffff]+")
"""Letters of Chinese, Japanese and Korean."""


def apart(name: str) -> tuple[str, str, str]:
    """Given names, family name with its particles, and suffix of a name in print order: "J. van der Zon Jr"."""
    words = name.split()
    suffix = words.pop() if len(words) > 2 and words[-1].rstrip(".").lower() in _SUFFIXES else ""
    at = len(words) - 1
    while at > 1 and words[at - 1] in _PARTICLES:
        at -= 1
    return " ".join(words[:at]), " ".join(words[at:]), suffix


def ended(name: str) -> tuple[str, str]:
    """A name without the suffix at its end, and the suffix: "Martin L Jr"."""
    before, _, last = name.rpartition(" ")
    return (before, last) if before and last.rstrip(".").lower() in _SUFFIXES else (name, "")


_SUFFIXES: Final = frozenset({"jr", "sr", "ii", "iii", "iv", "2nd", "3rd"})
_PARTICLES: Final = frozenset({
    "van", "der", "den", "de", "la", "le", "du", "di", "del", "della", "da", "das", "dos", "do", "von", "zu", "zum",
    "ter", "ten", "te", "af", "av", "bin", "ibn", "el", "al", "y", "e",
})  # fmt: skip


def is_eastern(name: str) -> bool:
    """Whether a name is written in Chinese, Japanese or Korean letters alone."""
    return bool(_EASTERN.fullmatch(name))


def page_range(first: Scalar, last: Scalar = None) -> str:
    """The range "285-296" in full ("1231", "8" as "1231-1238"; "S101", "9" as "S101-S109"), or the first page alone
    where there is no other last page."""
    begin, end = line(first), line(last)
    if (one := _NUMBERED.fullmatch(begin)) and end.isdecimal() and (one[1] or len(end) < len(one[2])):
        number = one[2][: len(one[2]) - len(end)] + end
        end = f"{one[1]}{number}" if int(number) > int(one[2]) else end
    return f"{begin}-{end}" if begin and end and begin != end else begin or end


def pages_in(printed: str) -> str:
    """A printed range in full: "296-302", "1231-8" as "1231-1238", "12-12" as "12"."""
    first, dash, last = (part.strip() for part in printed.partition("-"))
    return printed.strip() if "-" in last else page_range(first, last if dash else None)


_NUMBERED: Final = re.compile(r"([A-Za-z]{0,3})(\d{1,9})")
"""A page by its number, with the letters of a supplement before it."""


_ADDRESS: Final = re.compile(
    r"[;,(]? ?(?:\b(?:E-?mail|Electronic address): ?)?"
    r"(?:https?://orcid\.org/[\dXx-]{1,19}|[\w.+-]{1,64}@[\w-][\w.-]{0,250}\w)\)?\.?",
    re.IGNORECASE,
)


def without_address(affiliation: str) -> str:
    """A line that says where somebody works without their mail or number ("…, Belgium. a@vub.be")."""
    if "@" not in affiliation and "orcid.org/" not in affiliation:
        return affiliation
    return _ADDRESS.sub("", affiliation).strip(" ;,")


_RETRACTED: Final = re.compile(r"\W{0,2}(?:retracted|withdrawn)(?:\s+(?:article|paper))?\s*[:\]–—-]", re.IGNORECASE)


def says_retracted(title: str) -> bool:
    """Whether a publisher marked the title of a work as retracted ("RETRACTED: …")."""
    return bool(_RETRACTED.match(title))
