"""The words of MODS in the words of records."""

from __future__ import annotations

from typing import Final

from ingest.formats.fields import Role
from ontology.records import WorkKind

GENRES: Final[dict[str, WorkKind]] = {
    "article": "article", "journalarticle": "article", "researcharticle": "article", "articlejournal": "article",
    "contributiontojournal": "article", "reviewarticle": "review", "review": "review", "bookreview": "review",
    "conferencepaper": "conference-paper", "conferencepublication": "conference-paper",
    "conferencecontribution": "conference-paper", "conferenceobject": "conference-paper",
    "conferenceitem": "conference-paper",
    "proceeding": "proceedings", "conferenceproceedings": "proceedings", "book": "book", "monograph": "book",
    "bookpart": "chapter", "bookchapter": "chapter", "bookitem": "chapter", "thesis": "thesis", "theses": "thesis",
    "academicthesis": "thesis", "academictheses": "thesis", "doctoralthesis": "thesis", "masterthesis": "thesis",
    "bachelorthesis": "thesis", "dissertation": "thesis", "doctoraldissertation": "thesis", "report": "report",
    "technicalreport": "report", "workingpaper": "report", "preprint": "preprint", "editorial": "editorial",
    "letter": "letter", "dataset": "dataset", "software": "software", "poster": "poster", "conferenceposter": "poster",
    "lecture": "presentation", "presentation": "presentation", "image": "image", "photograph": "image",
    "video": "video", "periodical": "journal-issue", "issue": "journal-issue", "standard": "standard",
}  # fmt: skip
"""Genres of the MARC genre list, of DINI, COAR and repositories, letters only."""

RESOURCES: Final[dict[str, WorkKind]] = {
    "still image": "image", "cartographic": "image", "moving image": "video", "sound recording": "audio",
    "sound recording-nonmusical": "audio", "sound recording-musical": "audio", "software, multimedia": "software",
    "dataset": "dataset",
}  # fmt: skip

ROLES: Final[dict[str, Role]] = {
    "aut": "author", "author": "author", "cre": "author", "creator": "author", "verfasser": "author", "dis": "author",
    "edt": "editor", "editor": "editor", "herausgeber": "editor", "trl": "translator", "translator": "translator",
}  # fmt: skip
"""Relator codes and terms; any other is a contributor."""

SCHEMES: Final = {
    "doi": "doi", "isbn": "isbn", "issn": "issn", "eissn": "issn", "issn-l": "issn", "hdl": "handle",
    "handle": "handle", "pmid": "pmid", "pubmed": "pmid", "pmc": "pmcid", "pmcid": "pmcid", "arxiv": "arxiv",
    "uri": "url", "url": "url",
}  # fmt: skip

AGENT_SCHEMES: Final = {
    "orcid": "orcid",
    "orcid.org": "orcid",
    "isni": "isni",
    "gnd": "gnd",
    "viaf": "viaf",
    "ror": "ror",
}

RELATIONS: Final = {
    "host": "IsPartOf", "constituent": "HasPart", "original": "IsVariantFormOf", "otherVersion": "HasVersion",
    "otherFormat": "IsVariantFormOf", "preceding": "Continues", "succeeding": "IsContinuedBy",
    "isReferencedBy": "IsReferencedBy", "references": "References", "reviewOf": "Reviews",
}  # fmt: skip
"""Types of related items in DataCite's terms."""
