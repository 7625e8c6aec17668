"""MODS 3: records of repositories and library catalogues, alone, in a collection or an OAI answer.

Elements as in the Library of Congress's MODS 3.8. What a record says about the item it is part of
(`relatedItem type="host"`) becomes its venue, volume, issue and pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from ingest.formats.base import Rejected
from ingest.formats.dates import date_in
from ingest.formats.division import Division, elements
from ingest.formats.fields import Role, contributor, identified, in_web, language_code, page_range, says_retracted
from ingest.formats.many import one_by_one
from ingest.formats.marc_fields import ABOUT, ENDS, LABEL, NUMBERED
from ingest.formats.marc_hosts import Host, describe
from ingest.formats.markup import paragraphs
from ingest.formats.mods_terms import AGENT_SCHEMES, GENRES, RELATIONS, RESOURCES, ROLES, SCHEMES
from ingest.formats.xml import Element, attribute, parse_xml, place_of, text_of
from ontology.errors import MalformedPayload
from ontology.identifiers import Identifier
from ontology.records import (
    Affiliation,
    Contributor,
    Funding,
    Link,
    Payload,
    Record,
    Relation,
    Subject,
    Title,
    Venue,
    WorkKind,
)

_ROOT: Final = re.compile(rb"<(?:[\w.-]+:)?(?:mods|modsCollection)[\s>]")
_CONFERENCES: Final = frozenset({"conferencepublication", "conferenceproceedings"})
_FUNDER: Final = frozenset({"fnd", "funder"})
_SUFFIX: Final = re.compile(r"(?:Jr|Sr)\.?|II|III|IV", re.IGNORECASE)
_LATIN: Final = frozenset({"en", "de", "fr", "es", "it", "pt", "nl"})
_CODES: Final = frozenset({"hierarchicalGeographic", "geographicCode", "cartographics"})
"""Parts of headings that are codes, or repeat others."""
_OTHERS: Final = frozenset({"otherFormat", "otherVersion", "original", "reviewOf"})
_SIGNS: Final = re.compile(rb"loc\.gov/mods|<(?:[\w.-]+:)?(?:titleInfo|originInfo|typeOfResource)[\s>]")


class ModsFormat(msgspec.Struct, frozen=True):
    """One record per `mods`."""

    name: str = "mods"

    def recognises(self, head: bytes, media: str) -> bool:
        """An element `mods` (or a collection of them) with MODS's namespace or elements."""
        head = head.replace(b"\0", b"")
        return media == self.name or bool(_ROOT.search(head) and _SIGNS.search(head))

    def parse(self, payload: Payload) -> Iterator[Record | Rejected]:
        """Raises FormatError for what is not XML or holds no record."""
        root = parse_xml(payload.body)
        found = [root] if root.tag == "mods" else list(root.iter("mods"))
        if not found:
            raise MalformedPayload("there is no MODS record in this XML", place=place_of(root))
        yield from one_by_one(found, _read)

    def divide(self, body: bytes) -> Division | None:
        """Cut at its records."""
        return elements(body, "mods")


FORMAT: Final = ModsFormat()


def _read(mods: Element, number: str) -> Record:
    kind = _kind(mods)
    known, serial = _identifiers(mods, kind)
    spoken = (each for each in mods.findall("language") if not each.get("objectPart"))  # not of its defence or summary
    terms = (language_code(text_of(term)) for each in spoken for term in each.findall("languageTerm"))
    language = next(filter(None, terms), "")
    titles = tuple(dict.fromkeys(_titles(mods, language)))
    if not titles and not known:
        raise MalformedPayload("the record has neither title nor identifier", place=place_of(mods))
    host = next((each for each in mods.findall("relatedItem") if each.get("type") == "host"), None)
    part = next((p for holder in (host, mods) if holder is not None and (p := holder.find("part")) is not None), None)
    rights, is_open = _rights(mods)
    numbers = _numbers(mods, host, part)
    return Record(
        key=str(known[0])
        if known
        else text_of(mods.find("recordInfo/recordIdentifier")) or mods.get("ID", "") or number,
        format=FORMAT.name,
        kind=kind,
        identifiers=known,
        titles=titles,
        abstract="\n".join(filter(None, map(_abstract, _one_language(mods.findall("abstract"), language)))),
        abstracts=tuple(_translated(mods.findall("abstract"), language)),
        language=language,
        issued=_issued(mods, part) or (_issued(host, part) if host is not None else ""),
        venue=_venue(mods, host, kind, serial),
        volume=numbers.volume,
        issue=numbers.issue,
        pages=numbers.pages,
        publisher=_publisher(mods),
        license=rights,
        open_access=is_open,
        retracted=says_retracted(titles[0].text if titles else ""),
        contributors=tuple(_contributors(mods)),
        subjects=tuple(dict.fromkeys(_subjects(mods))),
        funding=tuple(Funding(funder=name) for name in _funders(mods)),
        relations=tuple(dict.fromkeys(r for r in _relations(mods) if r.target not in known)),
        links=tuple(dict.fromkeys(_links(mods))),
    )


def _kind(mods: Element) -> WorkKind:
    """By genre, then by the type of resource; text in a host is an article or chapter."""
    for genre in mods.findall("genre"):
        written = re.sub(r"[^a-z]", "", text_of(genre).lower().rpartition("/")[2])
        if written in _CONFERENCES and mods.find("relatedItem[@type='host']") is None:
            return "proceedings"
        if kind := GENRES.get(written) or ("thesis" if "thesis" in written else None):
            return kind
    resource = text_of(mods.find("typeOfResource")).lower()
    if resource in ("text", "") and (host := mods.find("relatedItem[@type='host']")) is not None:
        if "conference" in text_of(host.find("genre")).lower():
            return "conference-paper"
        return (
            "article"
            if host.find("identifier[@type='issn']") is not None or _detail(host.find("part"), "volume")
            else "chapter"
        )
    issuance = text_of(mods.find("originInfo/issuance")).lower()
    return "book" if resource == "text" and issuance == "monographic" else RESOURCES.get(resource, "other")


def _identifiers(mods: Element, kind: str) -> tuple[tuple[Identifier, ...], tuple[Identifier, ...]]:
    """Identifiers of the work, and ISSNs that stand at top level and name its series."""
    pairs: list[tuple[str, str]] = []
    for each in mods.findall("identifier"):
        if each.get("invalid") == "yes":
            continue
        scheme, text = SCHEMES.get(attribute(each, "type").lower(), ""), text_of(each)
        if scheme in ("", "url") and (found := in_web(text)) and found.scheme != "url":
            scheme, text = found.scheme, found.value
        pairs.append((scheme, text))
    own = identified(pair for pair in pairs if pair[0] not in ("", "url", "issn"))
    return own, identified(pair for pair in pairs if pair[0] == "issn")


def _titles(mods: Element, language: str) -> Iterator[Title]:
    """The title proper first, then translated and alternative ones; abbreviated ones are left out."""
    stated = sorted(
        mods.findall("titleInfo"), key=lambda each: (bool(each.get("type")), each.get("usage") != "primary")
    )
    for each in stated:
        kind = each.get("type", "")
        if kind in ("abbreviated", "uniform") or not (text := _title(each)):
            continue
        is_foreign = each.get("script", "Latn") != "Latn" and language in _LATIN
        yield Title(text, language_code(attribute(each, "lang")) or ("" if kind or is_foreign else language))


def _title(info: Element | None, *, parts: bool = True) -> str:
    """With the number and name of the part, where these are asked for."""
    if info is None:
        return ""
    start, main, sub = (text_of(info.find(tag)) for tag in ("nonSort", "title", "subTitle"))
    joined = f"{start}{'' if start.endswith(chr(39)) else ' '}{main}".strip() if start else main
    named = [text_of(info.find(tag)) for tag in ("partNumber", "partName")] if parts else []
    text = ". ".join(filter(None, (joined, *named)))
    return f"{text.rstrip(':')}: {sub}" if sub and text else text or sub


def _one_language(abstracts: list[Element], language: str) -> list[Element]:
    """Abstracts in the work's language where they say so, else the first one."""
    said = [each for each in abstracts if language_code(attribute(each, "lang")) == language]
    if said and len(said) < len(abstracts):
        return said
    return abstracts if len({attribute(each, "lang") for each in abstracts}) <= 1 else abstracts[:1]


def _translated(abstracts: list[Element], language: str) -> Iterator[Title]:
    """The abstracts in other languages that are stated."""
    main = _one_language(abstracts, language)
    for each in abstracts:
        code = language_code(attribute(each, "lang"))
        if each not in main and code and code != language and (text := _abstract(each)):
            yield Title(text, code)


def _abstract(element: Element) -> str:
    """Some repositories write markup into it, escaped."""
    text = text_of(element)
    return paragraphs(text) if "</" in text else text


def _issued(item: Element, part: Element | None) -> str:
    """The key date of publication, else the date issued, of the part, of copyright, of creation; as
    precisely as any date of that kind says it ("March 2004" beside a coded "2004")."""
    origin = item.findall("originInfo")
    for tag in ("dateIssued", "copyrightDate", "dateCreated", "dateOther"):
        dates = [each for info in origin for each in info.findall(tag) if each.get("point") != "end"]
        ranked = sorted(dates, key=lambda one: (one.get("keyDate") != "yes", not one.get("encoding")))
        stated = [date for each in ranked if (date := date_in(text_of(each)))]
        if stated:
            return max((date for date in stated if date.startswith(stated[0])), key=len)
        if tag == "dateIssued" and part is not None and (date := date_in(text_of(part.find("date")))):
            return date
    return ""


def _venue(mods: Element, host: Element | None, kind: str, serial: tuple[Identifier, ...]) -> Venue | None:
    series = next((each for each in mods.findall("relatedItem") if each.get("type") == "series"), None)
    around = host if host is not None and _title(host.find("titleInfo")) else series
    name = _title(around.find("titleInfo"), parts=around is not series) if around is not None else ""
    name = NUMBERED.sub("", name) if around is series else name
    if not name or around is None:
        return None
    numbers = [
        (SCHEMES.get(attribute(each, "type").lower(), ""), text_of(each)) for each in around.findall("identifier")
    ]
    stated = identified(pair for pair in numbers if pair[0] in ("issn", "isbn"))
    of_kind = {"article": "journal", "review": "journal", "conference-paper": "conference", "chapter": "book"}
    return Venue(
        name=name,
        kind="book" if around is series else of_kind.get(kind, "other"),  # type: ignore[arg-type]
        identifiers=tuple(dict.fromkeys((*stated, *(serial if kind != "chapter" else ())))),
        publisher=text_of(around.find("originInfo/publisher")),
    )


def _detail(part: Element | None, *kinds: str) -> str:
    if part is None:
        return ""
    for kind in kinds:
        for each in part.findall("detail"):
            if each.get("type") == kind:
                return text_of(each.find("number")) or text_of(each.find("caption"))
    return ""


def _pages(part: Element | None) -> str:
    if part is None:
        return ""
    for extent in part.findall("extent"):
        if (extent.get("unit") or "pages").lower().startswith("p"):
            return page_range(text_of(extent.find("start")), text_of(extent.find("end"))) or text_of(
                extent.find("list")
            )
    return ""


def _numbers(mods: Element, host: Element | None, part: Element | None) -> Host:
    """Volume, issue and pages: one by one, or in one text ("Vol. 12, no. 3 (Mar. 2005), p. 45-60"); of a book the
    number in its series."""
    found = Host()
    printed = "" if part is None else text_of(part.find("text"))
    pages = re.sub(r"^(?:pp?|S|Seiten?)\.?\s*(?=\d)", "", _pages(part)).replace("–", "-")
    describe(found, printed, _detail(part, "volume"), _detail(part, "issue", "number"), pages)
    series = next((each for each in mods.findall("relatedItem") if each.get("type") == "series"), None)
    if host is None and series is not None and not found.volume:
        title = text_of(series.find("titleInfo/title"))
        stated = [text_of(series.find("titleInfo/partNumber"))]
        stated += [text_of(one) for one in series.findall("identifier") if one.get("type") == "issue number"]
        stated += [found[0].strip(" ;") for found in [NUMBERED.search(title)] if found]
        found.volume = LABEL.sub("", next(filter(None, stated), ""))
    return found


def _publisher(mods: Element) -> str:
    return next((text for each in mods.iterfind("originInfo/publisher") if (text := text_of(each).strip(ENDS))), "")


def _contributors(mods: Element) -> Iterator[Contributor]:
    """Everybody but who paid; a name that repeats another in its own script is that one's variant."""
    seen: dict[str, Contributor] = {}
    for number, each in enumerate(mods.findall("name")):
        found = None if not _FUNDER.isdisjoint(_roles(each)) else _contributor(each)
        if found is None:
            continue
        group = each.get("altRepGroup") or f"#{number}"
        first = seen.get(group)
        named = (*first.variants, found.name) if first else ()
        seen[group] = msgspec.structs.replace(first, variants=named) if first else found
    yield from seen.values()


def _funders(mods: Element) -> list[str]:
    groups = (_contributor(each) for each in mods.findall("name") if not _FUNDER.isdisjoint(_roles(each)))
    return list(dict.fromkeys(one.name for one in groups if one))


def _contributor(name: Element) -> Contributor | None:
    parts: dict[str, list[str]] = {}
    for each in name.findall("namePart"):
        parts.setdefault(each.get("type", ""), []).append(text_of(each))
    group = name.get("type") in ("corporate", "conference")
    whole = (". " if group else " ").join(filter(None, parts.get("", [])))
    known = [(attribute(each, "type").lower(), text_of(each)) for each in name.findall("nameIdentifier")]
    known += [("", attribute(name, "valueURI")), (attribute(name, "authority").lower(), attribute(name, "href"))]
    return contributor(
        whole.strip(" ,") or text_of(name.find("displayForm")),
        given="" if group else " ".join(parts.get("given", [])),
        family="" if group else " ".join(parts.get("family", [])),
        suffix=next((one for one in parts.get("termsOfAddress", []) if _SUFFIX.fullmatch(one)), ""),
        role=_role(name),
        organisation=group,
        identifiers=tuple(_agent_ids(known)),
        affiliations=tuple(Affiliation(name=text) for each in name.findall("affiliation") if (text := text_of(each))),
    )


def _roles(name: Element) -> dict[str, None]:
    stated = (text_of(each).lower().rpartition("/")[2].strip(" .") for each in name.iterfind("role/roleTerm"))
    return dict.fromkeys(stated)


def _role(name: Element) -> Role:
    """As stated; without any, a person or group is an author, a conference is not."""
    stated = _roles(name)
    usual: Role = "contributor" if stated or name.get("type") == "conference" else "author"
    return next((ROLES[each] for each in stated if each in ROLES), usual)


def _agent_ids(stated: list[tuple[str, str]]) -> Iterator[Identifier]:
    for kind, text in stated:
        scheme = AGENT_SCHEMES.get(kind, "")
        if "d-nb.info/gnd/" in text:
            scheme, text = "gnd", text.rpartition("/")[2]
        scheme = next(
            (s for host, s in (("orcid.org", "orcid"), ("isni.org", "isni"), ("ror.org", "ror")) if host in text),
            scheme,
        )
        if scheme:
            yield from identified([(scheme, text)])


def _subjects(mods: Element) -> Iterator[Subject]:
    """Each heading with its vocabulary; the parts of a composed one joined by " -- "."""
    for each in mods.findall("subject"):
        parts = [text for part in each if part.tag not in _CODES and (text := _heading(part))]
        scheme = attribute(each, "authority") or next((attribute(part, "authority") for part in each), "")
        code = attribute(each, "valueURI") or next((attribute(part, "valueURI") for part in each), "")
        label = " -- ".join(parts) if len(parts) > 1 and scheme else ""
        for text in [label] if label else parts or ([] if len(each) else list(filter(None, [text_of(each)]))):
            for one in [text] if scheme else filter(None, map(str.strip, text.split(";"))):
                yield Subject(label=one, scheme=scheme, code=code)


def _heading(part: Element) -> str:
    """A part of a heading; of a name its parts, of a title with its own ones."""
    if part.tag == "name":
        return ", ".join(filter(None, map(text_of, part.findall("namePart"))))
    return _title(part) if part.tag == "titleInfo" else text_of(part)


def _rights(mods: Element) -> tuple[str, bool | None]:
    stated = [(attribute(each, "href"), text_of(each)) for each in mods.findall("accessCondition")]
    text = " ".join(f"{href} {words}" for href, words in stated)
    common = re.search(r"https?://creativecommons\.org/[^\s\"<>)]+", text)
    if common:
        return common.group().rstrip(".,"), True
    return next((href or words for href, words in stated if (href or words) and len(words) < 300), ""), None


def _relations(mods: Element) -> Iterator[Relation]:
    for item in mods.findall("relatedItem"):
        kind = RELATIONS.get(item.get("type", "") or attribute(item, "otherType"), "References")
        if item.get("type") == "series":
            continue
        for each in item.findall("identifier"):
            scheme, text = SCHEMES.get(attribute(each, "type").lower(), ""), text_of(each)
            is_other = scheme == "isbn" and item.get("type") in _OTHERS
            found = identified([(scheme, text)]) if scheme not in ("", "url", "issn", "isbn") or is_other else ()
            for target in found or filter(None, [in_web(text)]):
                yield Relation(kind=kind, target=target)


def _links(mods: Element) -> Iterator[Link]:
    for url in mods.iterfind("location/url"):
        text = text_of(url)
        if ABOUT.search(f"{url.get('displayLabel', '')} {url.get('note', '')}"):
            continue
        if re.fullmatch(r"https?://[^\s\"<>]+", text):
            is_raw = url.get("access") == "raw object"
            yield Link(url=text, rel="pdf" if text.lower().endswith(".pdf") else "fulltext" if is_raw else "landing")
