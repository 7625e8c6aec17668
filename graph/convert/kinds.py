"""Which classes and properties stand for the kinds, roles and relations of records."""

from __future__ import annotations

from typing import Final

from graph.convert.safe import term
from ontology.records import WorkKind

_ARTICLE: Final = "schema:ScholarlyArticle"
_CLASSES: Final[dict[WorkKind, tuple[str, str]]] = {
    "article": ("fabio:JournalArticle", _ARTICLE),
    "conference-paper": ("fabio:ConferencePaper", _ARTICLE),
    "preprint": ("fabio:Preprint", _ARTICLE),
    "book": ("fabio:Book", "schema:Book"),
    "chapter": ("fabio:BookChapter", "schema:Chapter"),
    "thesis": ("fabio:Thesis", "schema:Thesis"),
    "report": ("fabio:Report", "schema:Report"),
    "review": ("fabio:ReviewArticle", _ARTICLE),
    "editorial": ("fabio:Editorial", _ARTICLE),
    "letter": ("fabio:Letter", _ARTICLE),
    "correction": ("fabio:Correction", _ARTICLE),
    "retraction": ("fabio:Retraction", _ARTICLE),
    "dataset": ("dcat:Dataset", "schema:Dataset"),
    "software": ("fabio:ComputerProgram", "schema:SoftwareSourceCode"),
    "poster": ("fabio:ConferencePoster", "schema:Poster"),
    "presentation": ("fabio:Presentation", "schema:PresentationDigitalDocument"),
    "proceedings": ("fabio:ConferenceProceedings", "schema:CreativeWork"),
    "journal-issue": ("fabio:JournalIssue", "schema:PublicationIssue"),
    "image": ("fabio:StillImage", "schema:ImageObject"),
    "audio": ("fabio:SoundRecording", "schema:AudioObject"),
    "video": ("fabio:MovingImage", "schema:VideoObject"),
    "peer-review": ("fabio:Review", "schema:Review"),
    "standard": ("fabio:TechnicalStandard", "schema:CreativeWork"),
    "other": ("fabio:Expression", "schema:CreativeWork"),
}
TYPES: Final = {kind: (term("gn:Work"), *map(term, classes)) for kind, classes in _CLASSES.items()}
"""Kind of work → its classes; `gn:Work` is common to all."""

ROLES: Final = {
    "author": (term("pro:author"), term("dct:creator")),
    "editor": (term("pro:editor"), term("schema:editor")),
    "translator": (term("pro:translator"), term("schema:translator")),
    "contributor": (term("pro:contributor"), term("schema:contributor")),
}
"""Role of a contributor → the role in time, and the property that leads from work to person."""

RELATIONS: Final = {
    kind: term(name)
    for kind, name in {
        "IsVersionOf": "dct:isVersionOf", "HasVersion": "dct:hasVersion",
        "IsPartOf": "dct:isPartOf", "HasPart": "dct:hasPart",
        "IsVariantFormOf": "dct:isFormatOf", "IsOriginalFormOf": "dct:hasFormat",
        "IsNewVersionOf": "dct:replaces", "Obsoletes": "dct:replaces",
        "IsRequiredBy": "dct:isRequiredBy", "Requires": "dct:requires",
        "Cites": "cito:cites", "IsCitedBy": "cito:isCitedBy",
        "References": "dct:references", "IsReferencedBy": "dct:isReferencedBy",
        "Documents": "cito:documents", "IsDocumentedBy": "cito:isDocumentedBy",
        "Reviews": "cito:reviews", "IsReviewedBy": "cito:isReviewedBy",
        "IsDerivedFrom": "prov:wasDerivedFrom",
        "Corrects": "cito:corrects", "IsCorrectedBy": "cito:isCorrectedBy",
        "Retracts": "cito:retracts", "IsRetractedBy": "cito:isRetractedBy",
        "IsTranslationOf": "schema:translationOfWork", "HasTranslation": "schema:workTranslation",
    }.items()
}  # fmt: skip
"""DataCite relation type → property; any other type becomes `dct:relation`. IsObsoletedBy is left to
that too: `dct:isReplacedBy` is how a merged IRI names its survivor."""
