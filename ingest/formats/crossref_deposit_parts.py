"""Parts that all works of a Crossref deposit share: people, references, funding, relations, dates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

from ingest.formats.crossref_terms import NOTICES, RELATIONS
from ingest.formats.dates import iso_date
from ingest.formats.fields import Role, contributor, identified, in_web
from ingest.formats.markup import plain
from ingest.formats.xml import Element, attribute, text_of
from ontology.documents import clean
from ontology.identifiers import Identifier, identifier
from ontology.records import Affiliation, Contributor, Funding, Reference, Relation

_ROLES: Final[dict[str, Role]] = {"author": "author", "editor": "editor", "translator": "translator"}
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_ESCAPED: Final = re.compile(r"%20|%2[0-9A-F]|%[CE][0-9A-F]%[89AB]", re.IGNORECASE)
_ENDS: Final = " ,;"


def contributors(element: Element) -> tuple[Contributor, ...]:
    """People and organisations in print order; a thesis names its author without a list."""
    listed = element.find("contributors")
    people = [*(element if listed is None else listed)]
    return tuple(found for each in people if (found := _contributor(each)))


def _contributor(element: Element) -> Contributor | None:
    role = _ROLES.get(attribute(element, "contributor_role"), "contributor")
    if element.tag == "organization":
        return contributor(text_of(element), role=role, organisation=True)
    if element.tag != "person_name":
        return None
    return contributor(
        given=plain(text_of(element.find("given_name"))),
        family=plain(text_of(element.find("surname"))),
        suffix=text_of(element.find("suffix")),
        role=role if attribute(element, "contributor_role") else "author",
        identifiers=identified([("orcid", text_of(element.find("ORCID")))]),
        affiliations=tuple(dict.fromkeys(_affiliations(element))),
    )


def _affiliations(person: Element) -> Iterator[Affiliation]:
    for each in person.findall("affiliation"):
        if name := text_of(each):
            yield Affiliation(name=name)
    for each in person.findall("affiliations/institution"):
        parts = [text_of(each.find(tag)) for tag in ("institution_department", "institution_name", "institution_place")]
        pairs = [(attribute(one, "type").lower(), text_of(one)) for one in each.findall("institution_id")]
        known = identified((kind, value) for kind, value in pairs if kind in ("ror", "isni", "wikidata"))
        name = clean(", ".join(part.strip(_ENDS) for part in parts if part))
        if name or known:
            yield Affiliation(name=name, identifiers=tuple(one for one in known if one.scheme != "wikidata"))


def references(element: Element) -> tuple[Reference, ...]:
    """The citation list; a key used twice gets its number."""
    found: list[Reference] = []
    used: set[str] = set()
    for number, each in enumerate(element.findall("citation_list/citation"), 1):
        key = attribute(each, "key") or str(number)
        key = key if key not in used else f"{key}#{number}"
        used.add(key)
        found.append(_reference(each, key))
    return tuple(found)


def _reference(citation: Element, key: str) -> Reference:
    def said(*names: str) -> str:
        return next((text for name in names if (text := text_of(citation.find(name)))), "")

    year = re.search(r"\d{4}", said("cYear"))
    title = said("article_title", "volume_title", "series_title")
    raw = said("unstructured_citation")
    return Reference(
        key=key,
        raw=clean(unquote(raw)) if len(_ESCAPED.findall(raw)) > 2 else raw,
        identifiers=identified([("doi", said("doi")), ("isbn", said("isbn"))]),
        title=title,
        author=said("author"),
        year=int(year.group()) if year else 0,
        venue=said("journal_title") or (said("volume_title") if said("article_title") else ""),
        volume=said("volume"),
        page=said("first_page", "elocation_id"),
    )


def funding(element: Element) -> tuple[Funding, ...]:
    """Funders with their awards, whether asserted in groups ("fundgroup") or one after the other."""
    found: dict[tuple[str, tuple[Identifier, ...]], list[str]] = {}
    for assertion in element.iter("assertion"):
        if attribute(assertion, "name") not in ("funder_name", "ror"):
            continue
        group = assertion.getparent()
        if group is None or _owner(assertion) is not element:
            continue
        inner = [(attribute(each, "name"), text_of(each)) for each in assertion.findall("assertion")]
        beside = [(attribute(each, "name"), clean(each.text or "")) for each in group if each is not assertion]
        own = clean(assertion.text or "")
        is_ror = attribute(assertion, "name") == "ror"
        pairs = [("ror", own)] if is_ror else []
        pairs += [("doi", _registered(text)) for name, text in (*inner, *beside) if name == "funder_identifier"]
        awards = [text for name, text in beside if name == "award_number"]
        known = identified(pairs)
        if own or known:
            found.setdefault(("" if is_ror else own, known), []).extend(awards)
    return tuple(
        Funding(funder=name, identifiers=known, awards=tuple(dict.fromkeys(filter(None, awards))))
        for (name, known), awards in found.items()
    )


def _registered(identifier: str) -> str:
    """The DOI of a funder of which only the number in the Funder Registry is given."""
    return f"10.13039/{identifier}" if identifier.isdigit() else identifier


def _owner(assertion: Element) -> Element | None:
    """The work an assertion is about: the nearest element around it that has a DOI of its own."""
    return next((outer for outer in assertion.iterancestors() if outer.find("doi_data") is not None), None)


def relations(element: Element) -> tuple[Relation, ...]:
    """Typed links to other works, Crossmark's updates among them."""
    found: list[Relation] = []
    for update in element.findall("crossmark/updates/update"):
        forward, _ = NOTICES.get(attribute(update, "type").replace("-", "_").replace(" ", "_"), ("References", ""))
        found += [Relation(kind=forward, target=one) for one in identified([("doi", text_of(update))])]
    for item in (*element.findall("program/related_item"), *element.findall("crossmark/*/program/related_item")):
        for tag in ("intra_work_relation", "inter_work_relation"):
            for each in item.findall(tag):
                name = _CAMEL.sub("-", attribute(each, "relationship-type")).lower()
                scheme = attribute(each, "identifier-type").lower()
                target = in_web(text_of(each)) if scheme == "uri" else identifier(scheme, text_of(each))
                if target is not None and target.scheme not in ("issn", "other", ""):
                    found.append(Relation(kind=RELATIONS.get(name, "References"), target=target))
    return tuple(dict.fromkeys(found))


def license_of(element: Element) -> tuple[str, bool | None]:
    """The licence's address (a Creative Commons one, else one not only for mining), and whether it is open."""
    stated = [
        (attribute(each, "applies_to"), text_of(each))
        for path in ("program/license_ref", "crossmark/custom_metadata/program/license_ref")
        for each in element.findall(path)
    ]
    common = [url for _, url in stated if "creativecommons.org/" in url.lower()]
    if common:
        return common[0], True
    readable = [url for use, url in stated if use != "tdm" and url]
    free = True if element.find("program/free_to_read") is not None else None
    return (readable or [url for _, url in stated if url] or [""])[0], free


def date_of(element: Element | None) -> str:
    """An ISO date as precise as stated; seasons (21 to 34) leave the year."""
    if element is None:
        return ""
    return iso_date(*(text_of(element.find(name)) for name in ("year", "month", "day")))
