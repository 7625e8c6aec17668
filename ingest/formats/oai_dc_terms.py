"""What fifteen untyped elements are used for: the words of repositories in the words of records.

Types follow the vocabularies of the OpenAIRE Guidelines for Literature Repositories 3.0 (info:eu-repo),
the DCMI Type Vocabulary, COAR resource types and what DSpace, EPrints and OJS write.
"""

from __future__ import annotations

import re
from typing import Final

from ingest.formats.datacite_terms import SPECIFIC
from ontology.records import WorkKind

KINDS: Final[dict[str, WorkKind]] = {
    **SPECIFIC,
    "bachelorthesis": "thesis", "dissertationthesis": "thesis", "etd": "thesis", "tesis": "thesis",
    "tese": "thesis", "dissertacao": "thesis", "dissertação": "thesis", "hochschulschrift": "thesis",
    "bookpart": "chapter", "bookreview": "review", "conferenceobject": "conference-paper",
    "conferencepresentation": "presentation", "conferenceposter": "poster",
    "conferenceproceedings": "proceedings", "conferenceitem": "conference-paper",
    "reportpart": "report", "technicaldocumentation": "report", "researchreport": "report",
    "contributiontoperiodical": "article", "researcharticle": "article", "originalarticle": "article",
    "peerreviewedarticle": "article", "artículo": "article", "artículorevisadoporpares": "article",
    "artigo": "article", "aufsatz": "article", "articlejournal": "article", "annotation": "other", "patent": "other",
    "image": "image", "stillimage": "image", "movingimage": "video", "sound": "audio", "musicrecording": "audio",
    "collection": "other", "computerprogram": "software", "learningobject": "other",
    "c6501": "article", "c2df8fbb1": "article", "cdcae04bc": "review", "c5794": "conference-paper",
    "c6670": "poster", "c2f33": "book", "c3248": "chapter", "c46ec": "thesis", "cdb06": "thesis",
    "cbdcc": "thesis", "c7a1f": "thesis", "c93fc": "report", "c18ws": "report", "c18gh": "report",
    "c8042": "report", "c816b": "preprint", "cddb1": "dataset", "c5ce6": "software", "cc513": "image",
    "c12ce": "video", "c18cc": "audio",
}  # fmt: skip
"""Types by their letters and digits in lower case ("info:eu-repo/semantics/doctoralThesis" → "doctoralthesis")."""

SETS: Final[dict[str, WorkKind]] = {
    "software": "software", "openaire_data": "dataset", "dataset": "dataset", "datasets": "dataset", "theses": "thesis",
}  # fmt: skip
"""Sets of repositories that hold one kind of work (OpenAIRE Guidelines, Zenodo)."""

_PREFIXES: Final = re.compile(
    r"(?:info:eu-repo/semantics/|https?://purl\.org/(?:coar/resource_type|dc/dcmitype)/|doc-type:|driver:)",
    re.IGNORECASE,
)


def type_name(text: str) -> str:
    """A type as a key of `KINDS`."""
    return "".join(filter(str.isalnum, _PREFIXES.sub("", text.lower())))


def kind_of(text: str) -> WorkKind | None:
    """What a type is: by name, else by the words in it ("Thesis or Dissertation", "Artigo avaliado pelos pares")."""
    name = type_name(text)
    return KINDS.get(name) or next((kind for part, kind in _PARTS.items() if part in name), None)


_PARTS: Final[dict[str, WorkKind]] = {
    "thesis": "thesis", "dissertation": "thesis", "thèse": "thesis", "tesis": "thesis", "tese": "thesis",
    "dissertação": "thesis", "trabajofindegrado": "thesis", "diplomarbeit": "thesis", "masterarbeit": "thesis",
    "revisadoporpares": "article", "avaliadopelospares": "article", "reviewedarticle": "article",
    "journalarticle": "article", "articledepériodique": "article", "zeitschriftenartikel": "article",
    "artículoderevista": "article", "conferencepaper": "conference-paper", "conferenceorworkshop": "conference-paper",
    "comunicacióndecongreso": "conference-paper", "bookchapter": "chapter", "capítulodelibro": "chapter",
    "capítulodelivro": "chapter", "chapitre": "chapter", "buchkapitel": "chapter", "booksection": "chapter",
    "workingpaper": "report", "discussionpaper": "report", "technicalreport": "report",
}  # fmt: skip
"""Parts of types as they are written in some languages, the most telling first."""


ORGANISATION: Final = re.compile(
    r"\b(?:universit\w+|universidad\w*|institut\w*|colla?boration|consortium|society|association|department"
    r"|ministry|centre|center|laborator\w+|faculty|faculdade|school|college|academy|committee|council|agency|hospital"
    r"|working group|study group|foundation|gmbh|inc\.|ltd)(?!\w)",
    re.IGNORECASE,
)
"""Words that occur in the names of organisations and not in those of people."""

NO_ABSTRACT: Final = re.compile(
    r"(?:comments?:|made available in dspace|submitted by|approved for entry|thesis ?[:(]|cataloged from|title from|"
    r"peer[- ]?reviewed\W*$|includes "
    r"bibliograph|\d+ (?:pages|p\.)|published version|open access\W*$|keywords?:|funding:|doi:)",
    re.IGNORECASE,
)
"""How descriptions begin that describe the file or its way into the repository."""

OPEN: Final = {
    "openaccess": True, "restrictedaccess": False, "closedaccess": False, "embargoedaccess": False,
    "metadataonlyaccess": False,
}  # fmt: skip
"""Access rights of info:eu-repo and COAR, by their letters in lower case."""
