"""Grants in Crossref: what they pay for stands in projects, whose words become those of the work."""

from __future__ import annotations

import msgspec

from ingest.formats.crossref_model import Funder, Project, Work


def granted(grant: Work) -> Work:
    """The grant with title, description, investigators and beginning of its (first) project, and its number
    as the award of those who fund it."""
    projects = grant.project or []
    if not projects:
        return grant
    first = projects[0]
    descriptions = [each.description for each in first.project_description or () if each.description]
    return msgspec.structs.replace(
        grant,
        title=grant.title or [each.title for each in first.project_title or () if each.title][:1],
        abstract=grant.abstract or (descriptions[0] if descriptions else None),
        author=grant.author
        or [
            *(first.lead_investigator or ()),
            *(first.co_lead_investigator or ()),
            *(first.investigator or ()),
        ],
        issued=grant.issued or first.award_start,
        funder=grant.funder or _funders(projects, grant),
    )


def _funders(projects: list[Project], grant: Work) -> list[Funder]:
    found = [each.funder for project in projects for each in project.funding or () if each.funder]
    return [msgspec.structs.replace(each, award=each.award or [grant.award]) for each in found]
