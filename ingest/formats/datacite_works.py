"""From a DataCite resource, whether it was JSON or XML, to a record."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ingest.formats.datacite_model import Affiliation as Affiliated
from ingest.formats.datacite_model import Agent, Container, Item, Resource
from ingest.formats.datacite_terms import ADMINISTRATIVE, KINDS, ROLES, SCHEMES, SPECIFIC
from ingest.formats.dates import date_in, iso_date
from ingest.formats.fields import Role, contributor, identified, in_web, language_code, line, page_range
from ingest.formats.markup import paragraphs, plain
from ontology.errors import MalformedPayload
from ontology.identifiers import Identifier, identifier
from ontology.records import (
    Affiliation,
    Contributor,
    Funding,
    Link,
    Record,
    Reference,
    Relation,
    Subject,
    Title,
    Venue,
    WorkKind,
)

_CITING: Final = frozenset({"Cites", "References"})
_PAGE: Final = re.compile(r"\d|^[ivxlcdm]+\b", re.IGNORECASE)
_GRANT: Final = re.compile(r"grantAgreement/[^/]+/[^/]*/([^/\s]+)")
_MESH_CODE: Final = re.compile(r"[DCQ]\d{6,9}")
_UNAVAILABLE: Final = re.compile(r"\(?:(?:unac|unal|unap|unas|unav|unkn|none|null|tba|etal)\)?", re.IGNORECASE)
"""DataCite's standard values for unknown information (Metadata Schema, appendix 3)."""


def record_of(resource: Resource, key: str, format_name: str) -> Record:
    """The record of a resource; `key` is used where it has no identifier.

    Raises MalformedPayload for one with neither identifier nor title.
    """
    language = language_code(resource.language or "")
    known = _identifiers(resource)
    titles = _titles(resource, language)
    if not known and not titles:
        raise MalformedPayload("the resource has neither DOI nor title")
    license_text, is_open = _rights(resource)
    item = next((each for each in resource.related_items or () if each.relation_type == "IsPublishedIn"), None)
    place = _place(resource, item)
    references = tuple(_references(resource))
    abstract, others = _abstracts(resource)
    return Record(
        key=str(known[0]) if known else key,
        format=format_name,
        kind=_kind(resource),
        identifiers=known,
        titles=titles,
        abstract=abstract,
        abstracts=others,
        language=language,
        issued=_issued(resource),
        venue=_venue(place),
        volume=line(place.volume) if place else "",
        issue=line(place.issue) if place else "",
        pages=_pages(place),
        publisher=_publisher(resource),
        license=license_text,
        open_access=is_open,
        citation_count=resource.citation_count,
        contributors=tuple(dict.fromkeys(_contributors(resource))),
        references=references,
        subjects=tuple(dict.fromkeys(_subjects(resource))),
        funding=tuple(_funding(resource)),
        relations=tuple(dict.fromkeys(one for one in _relations(resource) if one.target not in known)),
        links=tuple(dict.fromkeys(_links(resource))),
    )


def _known(text: str | None) -> str:
    """A line of text that is not one of DataCite's words for "unknown"."""
    value = plain(text or "")
    return "" if _UNAVAILABLE.fullmatch(value) else value


def _identifiers(resource: Resource) -> tuple[Identifier, ...]:
    pairs: list[tuple[str, str | None]] = [("doi", resource.doi), ("doi", resource.id)]
    for each in resource.identifiers or ():
        scheme = SCHEMES.get((each.identifier_type or "").lower(), "")
        if scheme in ("doi", "arxiv", "pmid", "pmcid", "handle", "isbn"):
            pairs.append((scheme, each.identifier))
    found = identified(pairs)
    first = next((one for one in found if one.scheme == "doi"), None)
    return tuple(one for one in found if one.scheme != "doi" or one == first)


def _titles(resource: Resource, language: str) -> tuple[Title, ...]:
    found: list[Title] = []
    for each in resource.titles or ():
        text = _known(each.title)
        own = language_code(each.lang or "")
        if not text:
            continue
        if each.title_type == "Subtitle" and found:
            partner = next((at for at, one in enumerate(found) if one.language == (own or language)), 0)
            found[partner] = Title(f"{found[partner].text.rstrip(':')}: {text}", found[partner].language)
        else:
            own = own or ("" if each.title_type else language)
            found.append(Title(text, own))
    if not found and (text := _known(resource.title)):
        found.append(Title(text, language))
    return tuple(dict.fromkeys(found))


def _kind(resource: Resource) -> WorkKind:
    types = resource.types
    general = (types.resource_type_general or types.general if types else None) or resource.general or ""
    kind = KINDS.get(re.sub(r"[^a-z]", "", general.lower()))
    if kind is not None and kind != "other":
        return kind
    specific = re.sub(r"[^a-z]", "", ((types.resource_type if types else None) or "").lower())
    return SPECIFIC.get(specific, "other")


def _abstracts(resource: Resource) -> tuple[str, tuple[Title, ...]]:
    """The abstract in the resource's language (else the first), or the methods where there is none;
    and abstracts that declare another language."""
    described = [each for each in resource.descriptions or () if each.description]
    language = language_code(resource.language or "")
    for wanted in ("Abstract", "Methods"):
        found = [
            (language_code(each.lang or ""), each.description or "")
            for each in described
            if each.description_type == wanted
        ]
        if found:
            best = next((each for each in found if language and each[0] == language), found[0])
            others = [(code, text) for code, text in found if code and code not in (language, best[0])]
            return paragraphs(best[1]), tuple(Title(paragraphs(text), code) for code, text in others)
    return "", ()


def _issued(resource: Resource) -> str:
    """The date of issue; else that of availability where it lies in the year of publication; else that year."""
    dates = {each.date_type: date_in(str(each.date)) for each in reversed(resource.dates or []) if each.date}
    year = iso_date(resource.publication_year) or iso_date(resource.year)
    if issued := dates.get("Issued"):
        return issued
    available = dates.get("Available", "")
    return available if available[:4] == year or not year else year


def _publisher(resource: Resource) -> str:
    stated = resource.publisher
    return _known(stated if isinstance(stated, str) else stated.name if stated else "")


def _place(resource: Resource, item: Item | None) -> Container | None:
    """Where it appeared: a related item says more than DataCite's derived `container`."""
    if item is None:
        return resource.container
    own = item.related_item_identifier
    number = item.number if item.number_type == "Article" else None
    return Container(
        title=next((each.title for each in item.titles or () if each.title), None), type=item.related_item_type,
        identifier=own.related_item_identifier if own else None,
        identifier_type=own.related_item_identifier_type if own else None,
        volume=item.volume, issue=item.issue, first_page=item.first_page or number, last_page=item.last_page,
    )  # fmt: skip


def _pages(place: Container | None) -> str:
    """Pages; a word that was cut out of the series' name in their place ("Korea") is none."""
    pages = page_range(place.first_page, place.last_page) if place else ""
    return pages if _PAGE.search(pages) else ""


def _venue(place: Container | None) -> Venue | None:
    name = _known(place.title) if place else ""
    if not place or not name:
        return None
    kind = (place.type or "").lower()
    scheme = SCHEMES.get((place.identifier_type or "").lower(), "")
    known = identified([(scheme, place.identifier)]) if scheme in ("issn", "isbn", "doi") else ()
    if "repository" in kind:
        return Venue(name=name, kind="repository", identifiers=known)
    if "conference" in kind:
        return Venue(name=name, kind="conference", identifiers=known)
    return Venue(name=name, kind="book" if kind == "book" else "journal" if kind == "journal" else "other",
                 identifiers=known)  # fmt: skip


def _contributors(resource: Resource) -> Iterator[Contributor]:
    single = resource.creator
    creators = resource.creators or (single if isinstance(single, list) else [single] if single else [])
    for each in creators:
        if found := _contributor(each, "author"):
            yield found
    for each in resource.contributors or ():
        kind = each.contributor_type or ""
        is_person = kind not in ADMINISTRATIVE and kind != "Funder"
        if is_person and (found := _contributor(each, ROLES.get(kind, "contributor"))):
            yield found


def _contributor(agent: Agent, role: Role) -> Contributor | None:
    stated = agent.name_identifiers
    entries = stated if isinstance(stated, list) else [stated] if stated else []
    pairs = [(SCHEMES.get((each.name_identifier_scheme or "").lower(), ""), each.name_identifier) for each in entries]
    known = identified((scheme, raw) for scheme, raw in (*pairs, ("orcid", agent.id)) if scheme in _AGENT_SCHEMES)
    is_group = (agent.name_type or agent.type or "").startswith("Organi") or any(one.scheme == "ror" for one in known)
    return contributor(
        _known(agent.name),
        given=_known(agent.given_name),
        family=_known(agent.family_name),
        role=role,
        organisation=is_group and not agent.family_name,
        identifiers=known,
        affiliations=tuple(_affiliations(agent)),
    )


_AGENT_SCHEMES: Final = frozenset({"orcid", "ror", "isni", "gnd", "viaf", "wikidata"})


def _affiliations(agent: Agent) -> Iterator[Affiliation]:
    said = agent.affiliation
    for each in said if isinstance(said, list) else [said]:
        entry = Affiliated(name=each) if isinstance(each, str) else each
        if entry is None:
            continue
        scheme = (entry.affiliation_identifier_scheme or "").lower()
        stated = {"grid": "grid", "isni": "isni"}.get(scheme, "ror")
        known = identified([(stated, entry.affiliation_identifier)])
        name = _known(entry.name)
        if name or known:
            yield Affiliation(name=name, identifiers=known)


def _target(kind: str | None, raw: str | None) -> Identifier | None:
    scheme = SCHEMES.get((kind or "").lower(), (kind or "").lower())
    if scheme in ("url", ""):
        return in_web(raw or "")
    return identifier(scheme, raw)


def _references(resource: Resource) -> Iterator[Reference]:
    number = 0
    for each in resource.related_identifiers or ():
        target = _target(each.related_identifier_type, each.related_identifier)
        if each.relation_type in _CITING and target:
            number += 1
            yield Reference(key=str(number), identifiers=(target,))
    for item in resource.related_items or ():
        if item.relation_type not in _CITING:
            continue
        own = item.related_item_identifier
        target = _target(own.related_item_identifier_type, own.related_item_identifier) if own else None
        title = next((plain(each.title) for each in item.titles or () if each.title), "")
        if title or target:
            number += 1
            author = plain((item.creators[0].family_name or item.creators[0].name or "") if item.creators else "")
            year = iso_date(item.publication_year)
            yield Reference(
                key=str(number), identifiers=(target,) if target else (), title=title, author=author,
                year=int(year[:4]) if year else 0, volume=line(item.volume), page=line(item.first_page),
            )  # fmt: skip


def _relations(resource: Resource) -> Iterator[Relation]:
    for each in resource.related_identifiers or ():
        target = _target(each.related_identifier_type, each.related_identifier)
        if target and each.relation_type and each.relation_type not in _CITING and target.scheme != "issn":
            yield Relation(kind=each.relation_type, target=target)
    for item in resource.related_items or ():
        own = item.related_item_identifier
        target = _target(own.related_item_identifier_type, own.related_item_identifier) if own else None
        if target and item.relation_type and item.relation_type not in _CITING and target.scheme != "issn":
            yield Relation(kind=item.relation_type, target=target)


def _subjects(resource: Resource) -> Iterator[Subject]:
    for each in resource.subjects or ():
        label = _known(each.subject)
        if not label:
            continue
        address = (each.value_uri or "").strip()
        code = address if address.startswith("http") and not address.endswith(".pdf") else each.classification_code
        scheme = line(each.subject_scheme)
        if scheme.lower() == "mesh":
            found = _MESH_CODE.search(f"{each.classification_code or ''} {address}")
            scheme, code = "mesh", found.group() if found else ""
        yield Subject(label=label, scheme=scheme, code=line(code))


def _funding(resource: Resource) -> Iterator[Funding]:
    """Funders in order, each once with all its awards."""
    found: dict[tuple[str, tuple[Identifier, ...]], list[str]] = {}
    for each in resource.funding_references or ():
        scheme = SCHEMES.get((each.funder_identifier_type or "").lower(), "")
        known = identified([(scheme, each.funder_identifier)]) if scheme in ("doi", "ror", "isni") else ()
        if name := _known(each.funder_name):
            found.setdefault((name, known), []).append(line(each.award_number))
    for agent in resource.contributors or ():  # as funders were stated before version 4
        if agent.contributor_type == "Funder" and (name := _known(agent.name)):
            found.setdefault((name, ()), []).extend(_grants(agent))
    for (name, known), awards in found.items():
        yield Funding(funder=name, identifiers=known, awards=tuple(dict.fromkeys(filter(None, awards))))


def _grants(agent: Agent) -> Iterator[str]:
    stated = agent.name_identifiers
    for each in stated if isinstance(stated, list) else [stated] if stated else []:
        if found := _GRANT.search(each.name_identifier or ""):
            yield found[1]


def _rights(resource: Resource) -> tuple[str, bool | None]:
    """The licence (an address before a code before words), and whether access is open as far as stated."""
    stated = resource.rights_list or []
    addresses = [(each.rights_uri or "").strip() for each in stated]
    common = next((each for each in addresses if "creativecommons.org/" in each), "")
    words = " ".join(addresses)
    is_open = True if common or "semantics/openAccess" in words else None
    if is_open is None and re.search(r"semantics/(?:closed|restricted|embargoed)Access", words):
        is_open = False
    other = next((each for each in addresses if each.startswith("http")), "")
    codes = (line(each.rights_identifier) for each in stated)
    named = (plain(each.rights or "") for each in stated)
    return common or next(filter(None, codes), "") or other or next(filter(None, named), ""), is_open


def _links(resource: Resource) -> Iterator[Link]:
    if resource.url and resource.url.startswith("http"):
        yield Link(url=resource.url.strip())
    content = resource.content_url
    for url in content if isinstance(content, list) else [content]:
        if url and url.startswith("http"):
            yield Link(url=url.strip(), rel="fulltext")
