"""The words of DataCite's Metadata Schema in the words of records."""

from __future__ import annotations

from typing import Final

from ingest.formats.fields import Role
from ontology.records import WorkKind

KINDS: Final[dict[str, WorkKind]] = {
    "audiovisual": "video", "film": "video", "book": "book", "bookchapter": "chapter",
    "computationalnotebook": "software", "conferencepaper": "conference-paper",
    "conferenceproceeding": "proceedings", "datapaper": "article", "dataset": "dataset", "dissertation": "thesis",
    "image": "image", "journal": "other", "journalarticle": "article", "outputmanagementplan": "report",
    "peerreview": "peer-review", "poster": "poster", "preprint": "preprint", "presentation": "presentation",
    "report": "report", "software": "software", "sound": "audio", "standard": "standard",
    "studyregistration": "other", "text": "other", "workflow": "software", "collection": "other",
}  # fmt: skip
"""`resourceTypeGeneral` without case and blanks; for "text" and the unknown the free type decides."""

SPECIFIC: Final[dict[str, WorkKind]] = {
    "article": "article", "journalarticle": "article", "publication": "article", "datapaper": "article",
    "reviewarticle": "review", "review": "review", "editorial": "editorial", "letter": "letter",
    "conferencepaper": "conference-paper", "conferenceproceeding": "conference-paper",
    "conferencecontribution": "conference-paper", "proceedings": "proceedings", "book": "book",
    "monograph": "book", "bookchapter": "chapter", "booksection": "chapter", "thesis": "thesis",
    "dissertation": "thesis", "phdthesis": "thesis", "doctoralthesis": "thesis", "masterthesis": "thesis",
    "mastersthesis": "thesis", "habilitation": "thesis", "report": "report", "technicalreport": "report",
    "workingpaper": "report", "policybrief": "report", "preprint": "preprint", "poster": "poster",
    "presentation": "presentation", "lecture": "presentation", "slides": "presentation", "dataset": "dataset",
    "software": "software", "peerreview": "peer-review", "erratum": "correction", "correction": "correction",
    "retraction": "retraction", "video": "video", "standard": "standard",
}  # fmt: skip
"""Free resource types that occur often, without case and blanks."""

SCHEMES: Final = {
    "doi": "doi", "arxiv": "arxiv", "pmid": "pmid", "pmcid": "pmcid", "handle": "handle", "isbn": "isbn",
    "issn": "issn", "eissn": "issn", "lissn": "issn", "url": "url", "purl": "url", "w3id": "url", "raid": "url",
    "orcid": "orcid", "ror": "ror", "isni": "isni", "gnd": "gnd", "viaf": "viaf", "wikidata": "wikidata",
    "crossref funder id": "doi", "crossref funder": "doi",
}  # fmt: skip
"""Types of identifiers by our schemes; others keep their own name in lower case."""

ROLES: Final[dict[str, Role]] = {"Editor": "editor", "Translator": "translator"}

ADMINISTRATIVE: Final = frozenset({
    "Distributor", "HostingInstitution", "RegistrationAgency", "RegistrationAuthority", "RightsHolder", "Sponsor",
})  # fmt: skip
"""Contributor types that had no part in making the work."""
