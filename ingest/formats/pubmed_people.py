"""Who wrote and who paid, in PubMed XML."""

from __future__ import annotations

from collections.abc import Iterator

from ingest.formats.fields import Role, contributor, identified, without_address
from ingest.formats.xml import Element, text_of
from ontology.records import Affiliation, Contributor, Funding

_ROLES: dict[str, Role] = {"authors": "author", "editors": "editor"}


def contributors(article: Element) -> tuple[Contributor, ...]:
    """Authors and editors in order; a collective name is an organisation."""
    return tuple(_people(article))


def _people(article: Element) -> Iterator[Contributor]:
    for group in article.findall("AuthorList"):
        role = _ROLES.get(group.get("Type", "authors"), "author")
        for author in group.findall("Author"):
            if author.get("ValidYN") != "N" and (found := _person(author, role)):
                yield found


def _person(author: Element, role: Role) -> Contributor | None:
    collective = text_of(author.find("CollectiveName"))
    known = identified((each.get("Source", "").lower(), text_of(each)) for each in author.findall("Identifier"))
    return contributor(
        collective,
        given=text_of(author.find("ForeName")) or text_of(author.find("Initials")),
        family=text_of(author.find("LastName")),
        suffix=text_of(author.find("Suffix")),
        role=role,
        organisation=bool(collective),
        identifiers=tuple(one for one in known if one.scheme in ("orcid", "ror", "isni")),
        affiliations=tuple(_affiliations(author)),
    )


def _affiliations(author: Element) -> Iterator[Affiliation]:
    for info in author.findall("AffiliationInfo"):
        name = without_address(text_of(info.find("Affiliation")))
        known = identified((each.get("Source", "").lower(), text_of(each)) for each in info.findall("Identifier"))
        if name:
            yield Affiliation(name=name, identifiers=tuple(one for one in known if one.scheme in ("ror", "isni")))


def funding(article: Element) -> tuple[Funding, ...]:
    """Agencies in order, each once with all its grants."""
    grants: dict[str, list[str]] = {}
    for grant in article.findall("GrantList/Grant"):
        if agency := text_of(grant.find("Agency")):
            grants.setdefault(agency, []).append(text_of(grant.find("GrantID")))
    return tuple(
        Funding(funder=agency, awards=tuple(dict.fromkeys(filter(None, numbers)))) for agency, numbers in grants.items()
    )
