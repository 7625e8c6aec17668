"""The words and codes of MARC 21 in the words of records."""

from __future__ import annotations

from typing import Final

from ingest.formats.fields import Role
from ontology.records import WorkKind

KINDS: Final[dict[str, WorkKind]] = {
    "article": "article", "journalarticle": "article", "publicationarticle": "article",
    "zeitschriftenartikel": "article",
    "thesis": "thesis", "hochschulschrift": "thesis", "academictheses": "thesis", "dissertation": "thesis",
    "doctoralthesis": "thesis", "masterthesis": "thesis", "publicationthesis": "thesis",
    "conferencepaper": "conference-paper",
    "publicationconferencepaper": "conference-paper", "proceedings": "proceedings", "konferenzschrift": "proceedings",
    "conferencepapersandproceedings": "proceedings", "report": "report", "technicalreports": "report",
    "workingpaper": "report", "preprint": "preprint", "dataset": "dataset", "datasets": "dataset",
    "computerdataset": "dataset", "software": "software", "computerprograms": "software", "computerprogram": "software",
    "poster": "poster", "presentation": "presentation", "image": "image", "video": "video", "videorecording": "video",
    "soundrecording": "audio", "bookpart": "chapter", "publicationsection": "chapter", "book": "book",
    "review": "review",
    "bookreviews": "review", "rezension": "review", "editorial": "editorial", "standards": "standard",
}  # fmt: skip
"""Genre terms (655, 336) and collections of Invenio (980), letters only."""

ROLES: Final[dict[str, Role]] = {
    "aut": "author", "author": "author", "verfasser": "author", "verfasserin": "author", "cre": "author",
    "creator": "author", "joint author": "author", "dis": "author", "dissertant": "author", "edt": "editor",
    "editor": "editor", "ed": "editor", "hrsg": "editor", "herausgeber": "editor", "herausgeberin": "editor",
    "trl": "translator", "translator": "translator",
    "verfasser/in": "author", "herausgeber/in": "editor", "auteur": "author", "autor": "author", "autora": "author",
    "autore": "author", "éditeur intellectuel": "editor", "directeur de publication": "editor", "coord": "editor",
    "traducteur": "translator", "traductrice": "translator", "traductor": "translator", "traduttore": "translator",
    "übersetzer": "translator", "übersetzerin": "translator",
}  # fmt: skip
"""Relator codes and terms; any other is a contributor."""

SCHEMES: Final = {
    "doi": "doi", "hdl": "handle", "handle": "handle", "arxiv": "arxiv", "pmid": "pmid", "pmcid": "pmcid",
}  # fmt: skip
"""Sources of standard identifiers (024 $2, 037 $9)."""

SUBJECTS: Final = {"0": "lcsh", "1": "lcshac", "2": "mesh", "3": "nal", "5": "csh", "6": "rvm"}
"""Second indicator of subject headings: the vocabulary."""

RELATIONS: Final = {
    "iscitedby": "IsCitedBy", "cites": "Cites", "issupplementto": "IsSupplementTo",
    "issupplementedby": "IsSupplementedBy", "iscontinuedby": "IsContinuedBy", "continues": "Continues",
    "isnewversionof": "IsNewVersionOf", "ispreviousversionof": "IsPreviousVersionOf", "isversionof": "IsVersionOf",
    "hasversion": "HasVersion", "ispartof": "IsPartOf", "haspart": "HasPart", "isreferencedby": "IsReferencedBy",
    "references": "References", "isdocumentedby": "IsDocumentedBy", "documents": "Documents",
    "iscompiledby": "IsCompiledBy", "compiles": "Compiles", "isvariantformof": "IsVariantFormOf",
    "isoriginalformof": "IsOriginalFormOf", "isidenticalto": "IsIdenticalTo", "isreviewedby": "IsReviewedBy",
    "reviews": "Reviews", "isderivedfrom": "IsDerivedFrom", "issourceof": "IsSourceOf",
    "translationof": "IsTranslationOf", "isalternateidentifier": "IsIdenticalTo",
}  # fmt: skip
"""Relations as Invenio prints them (773 $i) in DataCite's terms."""

LINKS: Final = {
    "765": "IsTranslationOf", "767": "HasTranslation", "775": "IsVersionOf", "776": "IsVariantFormOf",
    "780": "Continues", "785": "IsContinuedBy",
}  # fmt: skip
"""What linking entries are by their tag: of the original, a translation, another edition, form, title."""

STATES: Final = frozenset({
    "Alabama", "Alaska", "Alberta", "Arizona", "Arkansas", "British Columbia", "California", "Colorado", "Connecticut",
    "DC", "D.C.", "Delaware", "Florida", "Hawaii", "Idaho", "Illinois", "Indiana", "Iowa", "Kansas", "Kentucky",
    "Louisiana", "Maine", "Manitoba", "Maryland", "Massachusetts", "Michigan", "Minnesota", "Mississippi", "Missouri",
    "Montana", "Nebraska", "Nevada", "New Brunswick", "New Hampshire", "New Jersey", "New Mexico", "New South Wales",
    "New York", "North Carolina", "North Dakota", "Nova Scotia", "Ohio", "Oklahoma", "Ontario", "Oregon",
    "Pennsylvania", "Quebec", "Queensland", "Rhode Island", "Saskatchewan", "South Australia", "South Carolina",
    "South Dakota", "Tasmania", "Tennessee", "Texas", "Utah", "Vermont", "Victoria", "Virginia", "Washington",
    "West Virginia", "Western Australia", "Wisconsin", "Wyoming",
})  # fmt: skip
"""States and provinces that stand behind a town without their country."""
