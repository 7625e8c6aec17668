"""What is read of ORCID's JSON (API 2.0 to 3.0); all other keys are passed over."""

from __future__ import annotations

import msgspec

from ingest.formats.fields import Scalar


class _Kebab(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    pass


class Value(_Kebab, frozen=True):
    value: Scalar = None


class PersonName(_Kebab, frozen=True):
    given_names: Value | None = None
    family_name: Value | None = None
    credit_name: Value | None = None
    path: str | None = None


class Content(_Kebab, frozen=True):
    """Another name, a keyword or the biography."""

    content: str | None = None


class OtherNames(_Kebab, frozen=True):
    other_name: list[Content] | None = None


class Keywords(_Kebab, frozen=True):
    keyword: list[Content] | None = None


class Address(_Kebab, frozen=True):
    country: Value | None = None


class Addresses(_Kebab, frozen=True):
    address: list[Address] | None = None


class ResearcherUrl(_Kebab, frozen=True):
    url: Value | None = None


class ResearcherUrls(_Kebab, frozen=True):
    researcher_url: list[ResearcherUrl] | None = None


class External(_Kebab, frozen=True):
    external_id_type: str | None = None
    external_id_value: str | None = None
    external_id_relationship: str | None = None


class Externals(_Kebab, frozen=True):
    external_identifier: list[External] | None = None
    external_id: list[External] | None = None


class Person(_Kebab, frozen=True):
    name: PersonName | None = None
    other_names: OtherNames | None = None
    biography: Content | None = None
    researcher_urls: ResearcherUrls | None = None
    addresses: Addresses | None = None
    keywords: Keywords | None = None
    external_identifiers: Externals | None = None
    path: str | None = None


class Place(_Kebab, frozen=True):
    city: str | None = None
    region: str | None = None
    country: str | None = None


class Registered(_Kebab, frozen=True):
    disambiguated_organization_identifier: str | None = None
    disambiguation_source: str | None = None


class Organisation(_Kebab, frozen=True):
    name: str | None = None
    address: Place | None = None
    disambiguated_organization: Registered | None = None


class Date(_Kebab, frozen=True):
    year: Value | None = None
    month: Value | None = None
    day: Value | None = None


class Position(_Kebab, frozen=True):
    department_name: str | None = None
    role_title: str | None = None
    start_date: Date | None = None
    end_date: Date | None = None
    organization: Organisation | None = None


class Positions(_Kebab, frozen=True):
    """Employments, educations …: flat in API 2, in groups of summaries (each under its kind) in API 3."""

    affiliation_group: list[dict[str, msgspec.Raw]] | None = None
    employment_summary: list[Position] | None = None
    education_summary: list[Position] | None = None


class WorkTitle(_Kebab, frozen=True):
    title: Value | None = None
    subtitle: Value | None = None
    translated_title: dict[str, str | None] | None = None


class Who(_Kebab, frozen=True):
    path: str | None = None


class Attributes(_Kebab, frozen=True):
    contributor_role: str | None = None


class Contributor(_Kebab, frozen=True):
    credit_name: Value | None = None
    contributor_orcid: Who | None = None
    contributor_attributes: Attributes | None = None


class Contributors(_Kebab, frozen=True):
    contributor: list[Contributor] | None = None


class Citation(_Kebab, frozen=True):
    citation_type: str | None = None
    citation_value: str | None = None


class Work(_Kebab, frozen=True):
    put_code: Scalar = None
    citation: Citation | None = None
    title: WorkTitle | None = None
    journal_title: Value | None = None
    short_description: str | None = None
    type: str | None = None
    publication_date: Date | None = None
    external_ids: Externals | None = None
    url: Value | None = None
    contributors: Contributors | None = None
    language_code: str | None = None
    path: str | None = None
    display_index: Scalar = None


class Group(_Kebab, frozen=True):
    """What ORCID takes for one work: summaries from several sources."""

    external_ids: Externals | None = None
    work_summary: list[Work] | None = None


class Works(_Kebab, frozen=True):
    group: list[Group] | None = None


class Bulk(_Kebab, frozen=True):
    work: Work | None = None


class Activities(_Kebab, frozen=True):
    employments: Positions | None = None
    educations: Positions | None = None
    qualifications: Positions | None = None
    invited_positions: Positions | None = None
    memberships: Positions | None = None
    works: Works | None = None


class Answer(_Kebab, frozen=True):
    """Whatever the API answers: a record, its person, its works, one work or an error."""

    orcid_identifier: Who | None = None
    person: Person | None = None
    activities_summary: Activities | None = None
    name: msgspec.Raw = msgspec.field(default_factory=msgspec.Raw)
    group: list[Group] | None = None
    bulk: list[Bulk] | None = None
    put_code: Scalar = None
    path: str | None = None
    result: list[msgspec.Raw] | None = None
    num_found: int | None = None
    response_code: int | None = None
    user_message: str | None = None
