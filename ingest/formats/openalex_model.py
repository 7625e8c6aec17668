"""What is read of OpenAlex's works, as typed structs; all other keys are passed over."""

from __future__ import annotations

import msgspec

from ingest.formats.fields import Scalar


class Answer(msgspec.Struct, frozen=True):
    """An API answer; a plain entity has no `results`."""

    results: list[msgspec.Raw] | None = None
    error: str | None = None
    message: str | None = None


class Institution(msgspec.Struct, frozen=True):
    id: str | None = None
    display_name: str | None = None
    ror: str | None = None
    country_code: str | None = None


class Affiliation(msgspec.Struct, frozen=True):
    raw_affiliation_string: str | None = None
    institution_ids: list[str | None] | None = None


class Author(msgspec.Struct, frozen=True):
    id: str | None = None
    display_name: str | None = None
    orcid: str | None = None


class Authorship(msgspec.Struct, frozen=True):
    author: Author | None = None
    raw_author_name: str | None = None
    is_corresponding: bool | None = None
    institutions: list[Institution] | None = None
    affiliations: list[Affiliation] | None = None
    raw_affiliation_strings: list[str | None] | None = None
    raw_affiliation_string: str | None = None


class Source(msgspec.Struct, frozen=True):
    id: str | None = None
    display_name: str | None = None
    issn: list[str | None] | None = None
    issn_l: str | None = None
    host_organization_name: str | None = None
    type: str | None = None


class HostVenue(msgspec.Struct, frozen=True):
    """Where a work stood in the records before 2023."""

    id: str | None = None
    display_name: str | None = None
    publisher: str | None = None
    issn: list[str | None] | None = None
    issn_l: str | None = None
    type: str | None = None
    url: str | None = None
    license: str | None = None

    def location(self) -> Location:
        """The same as a location of today."""
        source = Source(
            id=self.id,
            display_name=self.display_name,
            issn=self.issn,
            issn_l=self.issn_l,
            host_organization_name=self.publisher,
            type=self.type or ("journal" if self.issn_l else None),
        )
        return Location(landing_page_url=self.url, source=source if self.display_name else None, license=self.license)


class Location(msgspec.Struct, frozen=True):
    landing_page_url: str | None = None
    pdf_url: str | None = None
    source: Source | None = None
    license: str | None = None
    raw_source_name: str | None = None


class Ids(msgspec.Struct, frozen=True):
    pmid: str | None = None
    pmcid: str | None = None
    mag: Scalar = None


class OpenAccess(msgspec.Struct, frozen=True):
    is_oa: bool | None = None


class Biblio(msgspec.Struct, frozen=True):
    volume: Scalar = None
    issue: Scalar = None
    first_page: Scalar = None
    last_page: Scalar = None


class Tagged(msgspec.Struct, frozen=True):
    """A concept, topic or keyword with its score in [0, 1]."""

    id: str | None = None
    display_name: str | None = None
    score: float | None = None


class Mesh(msgspec.Struct, frozen=True):
    descriptor_ui: str | None = None
    descriptor_name: str | None = None
    is_major_topic: bool | None = None


class Funder(msgspec.Struct, frozen=True):
    id: str | None = None
    display_name: str | None = None
    ror: str | None = None


class Grant(msgspec.Struct, frozen=True):
    """A grant (`funder` is an id) and, since 2025, an award (`funder_id`)."""

    funder: str | None = None
    funder_id: str | None = None
    funder_display_name: str | None = None
    award_id: str | None = None
    funder_award_id: str | None = None


class Work(msgspec.Struct, frozen=True, kw_only=True):
    id: str | None = None
    doi: str | None = None
    title: str | None = None
    display_name: str | None = None
    publication_year: Scalar = None
    publication_date: str | None = None
    language: str | None = None
    type: str | None = None
    type_crossref: str | None = None
    ids: Ids | None = None
    primary_location: Location | None = None
    locations: list[Location] | None = None
    host_venue: HostVenue | None = None
    open_access: OpenAccess | None = None
    authorships: list[Authorship] | None = None
    biblio: Biblio | None = None
    is_retracted: bool | None = None
    cited_by_count: int | None = None
    concepts: list[Tagged] | None = None
    topics: list[Tagged] | None = None
    primary_topic: Tagged | None = None
    keywords: list[Tagged] | None = None
    mesh: list[Mesh] | None = None
    referenced_works: list[str | None] | None = None
    abstract_inverted_index: dict[str, list[int]] | None = None
    abstract: str | None = None
    funders: list[Funder] | None = None
    grants: list[Grant] | None = None
    awards: list[Grant] | None = None


class Geo(msgspec.Struct, frozen=True):
    city: str | None = None
    region: str | None = None
    country: str | None = None
    country_code: str | None = None
    geonames_city_id: Scalar = None
    latitude: float | None = None
    longitude: float | None = None


class International(msgspec.Struct, frozen=True):
    display_name: dict[str, str | None] | None = None


class Associated(msgspec.Struct, frozen=True):
    """Another institution and what it is to this one (parent, child, related)."""

    id: str | None = None
    ror: str | None = None
    display_name: str | None = None
    relationship: str | None = None


class Employed(msgspec.Struct, frozen=True):
    institution: Institution | None = None
    years: list[int] | None = None


class Agent(msgspec.Struct, frozen=True, kw_only=True):
    """An author, institution, publisher, funder or source; none has all of these."""

    id: str | None = None
    display_name: str | None = None
    display_name_alternatives: list[str | None] | None = None
    display_name_acronyms: list[str | None] | None = None
    alternate_titles: list[str | None] | None = None
    abbreviated_title: str | None = None
    orcid: str | None = None
    ror: str | None = None
    issn: list[str | None] | None = None
    issn_l: str | None = None
    ids: dict[str, Scalar | list[Scalar]] | None = None
    type: str | None = None
    country_code: str | None = None
    country_codes: list[str | None] | None = None
    geo: Geo | None = None
    description: str | None = None
    homepage_url: str | None = None
    international: International | None = None
    associated_institutions: list[Associated] | None = None
    affiliations: list[Employed] | None = None
    last_known_institution: Institution | None = None
    last_known_institutions: list[Institution] | None = None
    parent_publisher: Associated | str | None = None
    host_organization: str | None = None
    host_organization_name: str | None = None
    topics: list[Tagged] | None = None
