"""Contributors of a JATS article and where they worked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, Literal

from ingest.formats.fields import is_eastern, without_address
from ingest.formats.xml import Element, attribute, text_of
from ontology.documents import clean
from ontology.identifiers import Identifier, identifier
from ontology.records import Affiliation, Contributor

Role = Literal["author", "editor", "translator", "contributor"]

_ROLES: Final[dict[str, Role]] = {"author": "author", "editor": "editor", "translator": "translator"}
_SCHEMES: Final = {"ror": "ror", "grid": "grid", "isni": "isni", "fundref": "doi", "funder-id": "doi", "doi": "doi"}
_ISNI: Final = re.compile(r"(?:https?://(?:www\.)?isni\.org/(?:isni/)?)?((?:\d\s?){15}[\dXx])$")
_STRUCTURAL: Final = frozenset({
    "addr-line", "city", "country", "department", "institution", "institution-wrap", "named-content", "postal-code",
    "state",
})  # fmt: skip
_UNSAID: Final = frozenset({"email", "ext-link", "fax", "institution-id", "label", "phone", "uri", "xref"})
_EDGES: Final = " ,;:"


def contributors(meta: Element) -> tuple[Contributor, ...]:
    """All contributors of `article-meta` (or a front stub), in print order, members of groups left out."""
    reader = _Reader(meta)
    return tuple(filter(None, map(reader.contributor, meta.findall("contrib-group/contrib"))))


def institution_identifiers(element: Element) -> tuple[Identifier, ...]:
    """ROR, GRID, ISNI and Funder Registry identifiers stated anywhere inside `element`."""
    stated = [(each.get("institution-id-type", ""), text_of(each)) for each in element.iter("institution-id")]
    stated += [
        ("fundref", text_of(each)) for each in element.iter("named-content") if each.get("content-type") == "fundref-id"
    ]
    return tuple(dict.fromkeys(filter(None, (_institution(kind.lower(), value) for kind, value in stated))))


class _Reader:
    """Resolves what contributors point at: affiliations by id, notes on correspondence."""

    def __init__(self, meta: Element) -> None:
        self._affiliations = {each.get("id", ""): each for each in meta.iter("aff")}
        for each in meta.iter("aff-alternatives"):
            self._affiliations |= {each.get("id", ""): one for one in each.findall("aff")[:1]}
        self._corresponding = {each.get("id", "") for each in meta.iter("corresp")} - {""}
        shared = [each for each in meta.iter("aff", "aff-alternatives") if _is_shared(each)]
        anyone = any(x.get("ref-type") == "aff" for x in meta.iter("xref"))
        self._anyone = anyone
        self._only = next(shared[0].iter("aff"), None) if len(shared) == 1 and not anyone else None

    def contributor(self, contrib: Element) -> Contributor | None:
        given, family, name, group = _name(contrib)
        if not name:
            return None
        return Contributor(
            name=name,
            variants=tuple(_variants(contrib, name)),
            given=given,
            family=family,
            role=_role(contrib),
            organisation=group,
            corresponding=contrib.get("corresp") == "yes" or self._is_corresponding(contrib),
            identifiers=tuple(_orcids(contrib)),
            affiliations=tuple(dict.fromkeys(filter(None, map(_affiliation, self._places(contrib))))),
        )

    def _is_corresponding(self, contrib: Element) -> bool:
        return any(
            each.get("ref-type") == "corresp" or not self._corresponding.isdisjoint(each.get("rid", "").split())
            for each in contrib.findall("xref")
        )

    def _places(self, contrib: Element) -> Iterator[Element]:
        """What stands in the contributor or is pointed at; else in its group; else the only one there is.
        Of one affiliation in several languages the first."""
        own = _stated(contrib)
        for xref in contrib.iter("xref"):
            own += [self._affiliations[rid] for rid in xref.get("rid", "").split() if rid in self._affiliations]
        group = contrib.getparent()
        if not own and not self._anyone and group is not None:
            own = _stated(group)
        if own:
            yield from own
        elif self._only is not None and _role(contrib) == "author":
            yield self._only


def _is_shared(place: Element) -> bool:
    parent = place.getparent()
    return parent is not None and parent.tag not in ("contrib", "aff-alternatives")


def _stated(element: Element) -> list[Element]:
    return [
        *element.findall("aff"),
        *(one for each in element.findall("aff-alternatives") for one in each.findall("aff")[:1]),
    ]


def _name(contrib: Element) -> tuple[str, str, str, bool]:
    """(given, family, full name, whether a group)."""
    if (name := contrib.find(".//name")) is not None and not _inside_group(name):
        return (*person_name(name), False)
    if (string := contrib.find(".//string-name")) is not None and not _inside_group(string):
        return (*person_name(string), False)
    if (group := contrib.find("collab")) is None:
        group = contrib.find("collab-alternatives/collab")
    if group is not None:
        parts = [group.text or "", *(_group_part(child) for child in group)]
        return "", "", clean("".join(parts)), True
    if contrib.find("anonymous") is not None:
        return "", "", "Anonymous", False
    return "", "", text_of(contrib.find("institution")), True


def person_name(name: Element) -> tuple[str, str, str]:
    """(given, family, name as it reads) of a `name` or `string-name`."""
    given, family = text_of(name.find("given-names")), text_of(name.find("surname"))
    if not (given or family):
        return "", "", text_of(name)
    if is_eastern(f"{family}{given}") and family and given:
        return given, family, f"{family}{given}"
    ordered = [family, given] if name.get("name-style") == "eastern" else [given, family]
    return given, family, " ".join(filter(None, [*ordered, text_of(name.find("suffix"))]))


def _variants(contrib: Element, name: str) -> Iterator[str]:
    """The name in other scripts (`name-alternatives`)."""
    for each in contrib.iterfind("name-alternatives/*"):
        other = person_name(each)[2] if each.tag in ("name", "string-name") else ""
        if other and other != name and each.get("specific-use") not in ("index", "search", "sort"):
            yield other


def _inside_group(name: Element) -> bool:
    return next(name.iterancestors("collab"), None) is not None


def _group_part(child: Element) -> str:
    named = child.tag not in ("contrib-group", "xref", "label", "email", "author-comment", "fn")
    return (" ".join(map(str, child.itertext())) if named else "") + (child.tail or "")


def _role(contrib: Element) -> Role:
    kind = contrib.get("contrib-type", "").lower()
    if not kind:
        group = contrib.getparent()
        kind = "" if group is None else group.get("content-type", "").rstrip("s").lower()
        return _ROLES.get(kind, "contributor" if kind in ("section", "reviewer") else "author")
    return _ROLES.get(kind, "contributor")


def _orcids(contrib: Element) -> Iterator[Identifier]:
    for each in (*contrib.findall("contrib-id"), *contrib.findall("ext-link"), *contrib.findall("uri")):
        raw = attribute(each, "href") or text_of(each)
        if each.tag == "contrib-id" and "orcid" not in each.get("contrib-id-type", "").lower():
            continue
        if found := identifier("orcid", text_of(each) if each.tag == "contrib-id" else raw):
            yield found


def _affiliation(aff: Element) -> Affiliation | None:
    name = _printed(aff)
    if not name:
        return None
    country = aff.find(".//country")
    code = attribute(country, "country").upper()
    return Affiliation(
        name=name, identifiers=institution_identifiers(aff), country=code if len(code) == 2 else text_of(country)
    )


def _printed(aff: Element) -> str:
    """The affiliation as printed: marked as original, or its parts, separated where markup alone did."""
    for each in aff.iter("institution"):
        if each.get("content-type") == "original":
            return without_address(text_of(each))
    return _joined(_pieces(aff))


def _pieces(element: Element, depth: int = 0) -> Iterator[tuple[str, bool]]:
    """(text, whether markup sets it apart) of each piece, labels and addresses of mail left out."""
    if element.text:
        yield element.text, element.tag in _STRUCTURAL
    for number, child in enumerate(element):
        label = child.tag in _UNSAID or (child.tag == "sup" and depth == 0 and number == 0)
        if not label:
            yield from _pieces(child, depth + 1)
        if child.tail:
            yield child.tail, False


def _joined(pieces: Iterable[tuple[str, bool]]) -> str:
    text, after = "", False
    for raw, apart in pieces:
        piece = clean(raw)
        if not piece:
            text += " "
            continue
        ended = not text.strip() or text.rstrip()[-1] in ",;:(/" or piece[0] in ",;:.)/"
        between = "" if ended or not (apart or after) else ", "
        gap = " " if not between and (raw[0].isspace() or text.endswith(" ")) and text else ""
        text = (text.rstrip() if between else text) + between + gap + piece + (" " if raw[-1].isspace() else "")
        after = apart
    return re.sub(r"\s+([,;.])", r"\1", clean(text)).strip(_EDGES)


def _institution(kind: str, value: str) -> Identifier | None:
    if "ror.org" in value:
        kind = "ror"
    scheme = _SCHEMES.get(kind)
    if scheme == "isni":
        found = _ISNI.match(value)
        return Identifier("isni", re.sub(r"\s", "", found.group(1)).upper()) if found else None
    return identifier(scheme, value) if scheme else None
