"""Who made a work, in schema.org's terms: persons, organisations, and what identifies anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from ingest.formats.fields import Role, contributor, in_web
from ingest.formats.flat import people
from ingest.formats.jsonld import Node, addresses, text, text_of, types, values
from ontology.identifiers import Identifier, identifier
from ontology.records import Affiliation, Contributor

_GROUPS: Final = frozenset({
    "Organization", "Organisation", "Corporation", "CollegeOrUniversity", "ResearchOrganization", "NGO", "Project",
    "GovernmentOrganization", "EducationalOrganization", "ResearchProject", "Consortium", "LibrarySystem", "Library",
})  # fmt: skip
_SCHEMES: Final = {
    "doi": "doi", "pmid": "pmid", "pmcid": "pmcid", "arxiv": "arxiv", "isbn": "isbn", "orcid": "orcid", "ror": "ror",
    "grid": "grid", "isni": "isni", "handle": "handle", "wikidata": "wikidata", "issn": "issn",
}  # fmt: skip
_MAX_PEOPLE: Final = 50_000


def identifiers(node: object) -> tuple[Identifier, ...]:
    """What identifies a work, a person or an organisation, each once; web addresses that say no more are left out."""
    if not isinstance(node, dict):
        return ()
    found: list[Identifier | None] = [in_web(one) for one in addresses([{"@id": node.get("@id")}])]
    for one in values(node, "identifier"):
        if isinstance(one, dict):
            scheme = _SCHEMES.get(text(one, "propertyID").rstrip("/").rpartition("/")[2].lower(), "")
            value = text(one, "value")
            found.append((identifier(scheme, value) if scheme else None) or in_web(value))
            found += [in_web(url) for url in addresses([one])]
        else:
            found.append(in_web(text_of(one)) or _bare(text_of(one)))
    found += [in_web(one) for one in addresses(values(node, "sameAs"))]
    found += [identifier("isbn", text_of(one)) for one in values(node, "isbn")]
    found += [identifier("doi", text_of(one)) for one in values(node, "doi")]
    return tuple(dict.fromkeys(one for one in found if one is not None and one.scheme != "url"))


def _bare(value: str) -> Identifier | None:
    """An identifier that says of itself what it is: "doi:10.1/a", "10.1/a"."""
    scheme, mark, rest = value.partition(":")
    if mark and scheme.lower() in _SCHEMES:
        return identifier(_SCHEMES[scheme.lower()], rest)
    return identifier("doi", value) if value.startswith("10.") else None


def agents(found: Iterable[object], role: Role) -> Iterator[Contributor]:
    """Persons and organisations, in order; a mere text may name several."""
    for one in list(found)[:_MAX_PEOPLE]:
        if isinstance(one, dict):
            made = _agent(one, role)
            if made:
                yield made
        else:
            for name in people(text_of(one)):
                if made := contributor(name, role=role):
                    yield made


def _agent(node: Node, role: Role) -> Contributor | None:
    inner = values(node, "author", "creator", "contributor") if "Role" in types(node) else []
    if inner and isinstance(inner[0], dict):
        return _agent(inner[0], role)
    group = bool(_GROUPS & set(types(node)))
    given, family = text(node, "givenName"), text(node, "familyName")
    return contributor(
        text(node, "name") if group or not family else "",
        given=given if family else "",
        family=family,
        role=role,
        organisation=group,
        identifiers=tuple(i for i in identifiers(node) if i.scheme != "doi"),
        affiliations=tuple(_affiliations(node)),
    )


def _affiliations(node: Node) -> Iterator[Affiliation]:
    for one in values(node, "affiliation", "worksFor"):
        if name := text_of(one):
            yield Affiliation(name=name, identifiers=identifiers(one))
