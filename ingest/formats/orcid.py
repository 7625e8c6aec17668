"""ORCID JSON: people and their works as the public API (2.0 to 3.0) answers them.

A record or `person` gives an agent record; each group of works, or a single work, gives a record of
a work by that person. Answers that describe nothing (search results, errors) are refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from ingest.formats.base import Rejected
from ingest.formats.fields import identified, line
from ingest.formats.json import read_json
from ingest.formats.many import one_by_one
from ingest.formats.orcid_model import Activities, Answer, Group, Person, Position, Positions, Work
from ingest.formats.orcid_works import date_of, record_of, value_of
from ontology.agents import AgentName, AgentRecord, AgentRelation, AnyRecord, Place
from ontology.documents import clean
from ontology.errors import FormatError, MalformedPayload
from ontology.identifiers import Identifier
from ontology.records import Contributor, Link, Payload, Subject

_SIGNS: Final = re.compile(
    rb'"orcid-identifier"|"(?:other-names|researcher-urls|external-identifiers|work-summary|contributor-orcid)"\s*:'
    rb'|"put-code"\s*:|"path"\s*:\s*"/?(?:\d{4}-){3}\d{3}[\dX]|"num-found"\s*:|"error-code"\s*:\s*9\d{3}'
)
_SCHEMES: Final = {
    "scopus author id": "scopus", "scopus id": "scopus", "researcherid": "researcherid", "isni": "isni",
    "researcher id": "researcherid", "loop profile": "loop", "gnd": "gnd", "viaf": "viaf",
    "ror": "ror", "grid": "grid", "fundref": "doi",
}  # fmt: skip
_OWNER: Final = re.compile(r"/?((?:\d{4}-){3}\d{3}[\dX])")


class OrcidFormat(msgspec.Struct, frozen=True):
    """One agent record for the person, one record for each work."""

    name: str = "orcid"

    def recognises(self, head: bytes, media: str) -> bool:
        """A JSON object with keys that only ORCID's API has."""
        return media == self.name or (head.lstrip()[:1] == b"{" and bool(_SIGNS.search(head)))

    def parse(self, payload: Payload) -> Iterator[AnyRecord | Rejected]:
        """Raises FormatError for what is not JSON and for an answer that describes nothing."""
        answer = read_json(payload.body, Answer)
        _refuse(answer)
        person = answer.person
        if person is None and bytes(answer.name):
            person = read_json(payload.body, Person)
        work = read_json(payload.body, Work) if answer.put_code is not None and person is None else None
        yield from told(answer, person, work, self.name)


FORMAT: Final = OrcidFormat()


def told(answer: Answer, person: Person | None, work: Work | None, name: str) -> Iterator[AnyRecord | Rejected]:
    """The person of an answer, where it has one, and the works: of a single `work` that one."""
    owner = _owner(answer, person)
    agent = _agent(person, owner, answer.activities_summary, name) if person else None
    if agent is not None:
        yield agent
    groups = [Group(work_summary=[work])] if work else [*_groups(answer)]
    claimant = _claimant(agent, owner)
    yield from one_by_one(groups, lambda group, number: record_of(group, claimant, number, name))


def _claimant(agent: AgentRecord | None, owner: Identifier | None) -> Contributor | None:
    """The owner as a contributor; under the ORCID itself where the answer does not say the name."""
    if owner is None:
        return None
    if agent is None or not agent.name:
        return Contributor(name=owner.value, identifiers=(owner,))
    return Contributor(name=agent.name, given=agent.given, family=agent.family, identifiers=(owner,))


def _refuse(answer: Answer) -> None:
    if answer.response_code is not None:
        raise MalformedPayload(
            f"ORCID answered with an error: {answer.user_message or answer.response_code}", place="$.response-code"
        )
    if answer.result is not None or answer.num_found is not None:
        raise MalformedPayload(
            "this ORCID answer lists search results and describes nobody", place="$.num-found",
            hint="Harvest from the API's routes /record, /person or /works.",
        )  # fmt: skip


def _owner(answer: Answer, person: Person | None) -> Identifier | None:
    """Whose record it is, by the record's identifier or the path it came from."""
    paths = [
        answer.orcid_identifier.path if answer.orcid_identifier else "",
        answer.path,
        person.path if person else "",
        person.name.path if person and person.name else "",
    ]
    found = (match.group(1) for path in paths if path and (match := _OWNER.match(path)))
    return next(iter(identified(("orcid", path) for path in found)), None)


def _groups(answer: Answer) -> Iterator[Group]:
    works = answer.activities_summary.works if answer.activities_summary else None
    yield from answer.group or ()
    yield from (works.group if works else None) or ()
    for each in answer.bulk or ():
        if each.work is not None:
            yield Group(work_summary=[each.work])


def _agent(
    person: Person, owner: Identifier | None, activities: Activities | None, format_name: str
) -> AgentRecord | None:
    names = tuple(dict.fromkeys(_names(person)))
    if not names and owner is None:
        return None
    name = person.name
    external = person.external_identifiers
    known = identified(
        (_SCHEMES.get((each.external_id_type or "").lower(), ""), each.external_id_value)
        for each in (external.external_identifier if external else None) or ()
        if (each.external_id_type or "").lower() in _SCHEMES
    )
    urls = person.researcher_urls.researcher_url if person.researcher_urls else None
    addresses = person.addresses.address if person.addresses else None
    keywords = person.keywords.keyword if person.keywords else None
    labels = (clean(part) for each in keywords or () for part in re.split(r"[,;]", each.content or ""))
    return AgentRecord(
        key=str(owner) if owner else "person",
        format=format_name,
        kind="person",
        identifiers=(*((owner,) if owner else ()), *known),
        names=names,
        given=value_of(name.given_names) if name else "",
        family=value_of(name.family_name) if name else "",
        places=tuple(Place(country_code=code) for each in addresses or () if (code := value_of(each.country))),
        relations=tuple(_positions(activities)) if activities else (),
        subjects=tuple(dict.fromkeys(Subject(label=label) for label in labels if label)),
        links=tuple(Link(url=url) for each in urls or () if (url := value_of(each.url)).startswith("http")),
        description=clean(person.biography.content or "") if person.biography else "",
    )


def _names(person: Person) -> Iterator[AgentName]:
    """The name published under (else given and family name, which otherwise come next), then other ones."""
    if (name := person.name) is not None:
        full = " ".join(filter(None, (value_of(name.given_names), value_of(name.family_name))))
        credit = value_of(name.credit_name)
        if credit or full:
            yield AgentName(text=credit or full)
        if full and credit and credit != full:
            yield AgentName(text=full, kind="alias")
    for other in (person.other_names.other_name if person.other_names else None) or ():
        if text := line(other.content):
            yield AgentName(text=text, kind="alias")


def _positions(activities: Activities) -> Iterator[AgentRelation]:
    employed = (activities.employments, activities.invited_positions, activities.memberships)
    studied = (activities.educations, activities.qualifications)
    for lists, kind in ((employed, "affiliation"), (studied, "education")):
        for positions in lists:
            for each in _summaries(positions) if positions else ():
                if (relation := _relation(each, kind)) is not None:
                    yield relation


def _summaries(positions: Positions) -> Iterator[Position]:
    yield from positions.employment_summary or ()
    yield from positions.education_summary or ()
    for group in positions.affiliation_group or ():
        try:
            summaries = read_json(bytes(group.get("summaries", b"[]")), list[dict[str, Position]])
        except FormatError:
            continue
        for summary in summaries:
            yield from summary.values()


def _relation(position: Position, kind: str) -> AgentRelation | None:
    organisation = position.organization
    if organisation is None or not organisation.name:
        return None
    registered = organisation.disambiguated_organization
    pairs: list[tuple[str, str]] = []
    if registered and registered.disambiguated_organization_identifier:
        scheme = _SCHEMES.get((registered.disambiguation_source or "").lower(), "")
        value = registered.disambiguated_organization_identifier
        pairs = [(scheme, f"10.13039/{value.rpartition('/')[2]}" if scheme == "doi" else value)] if scheme else []
    return AgentRelation(
        kind=kind,  # type: ignore[arg-type]
        name=line(organisation.name),
        identifiers=identified(pairs),
        role=", ".join(filter(None, (line(position.role_title), line(position.department_name)))),
        since=date_of(position.start_date),
        until=date_of(position.end_date),
    )
