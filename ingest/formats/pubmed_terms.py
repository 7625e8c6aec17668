"""The words of PubMed in the words of records: publication types and links between citations."""

from __future__ import annotations

from typing import Final

from ontology.records import WorkKind

KINDS: Final[dict[str, WorkKind]] = {
    "D016440": "retraction", "Retraction of Publication": "retraction", "Retraction Notice": "retraction",
    "D016425": "correction", "Published Erratum": "correction", "D000075742": "correction",
    "Expression of Concern": "correction", "D000076942": "preprint", "Preprint": "preprint",
    "D000078182": "review", "Systematic Review": "review", "D016454": "review", "Review": "review",
    "D017418": "review", "Meta-Analysis": "review", "D000078202": "review", "Scoping Review": "review",
    "D016421": "editorial", "Editorial": "editorial", "D054711": "editorial",
    "Introductory Journal Article": "editorial",
    "D016422": "letter", "Letter": "letter", "D064886": "dataset", "Dataset": "dataset",
    "D016423": "proceedings", "Congress": "proceedings", "D016427": "report", "Technical Report": "report",
    "D019478": "thesis", "Academic Dissertation": "thesis", "D059040": "video", "Video-Audio Media": "video",
    "Webcast": "video",
}  # fmt: skip
"""Publication types (MeSH UI, or the name where a source leaves the UI out) that are more than an
article, the most telling first."""

RETRACTED: Final = frozenset({"D016441", "Retracted Publication", "RetractionIn"})
"""Publication types and links by which a citation says that it is retracted."""

RELATIONS: Final = {
    "CommentOn": "Reviews", "CommentIn": "IsReviewedBy", "ErratumFor": "Corrects",
    "ErratumIn": "IsCorrectedBy", "CorrectedandRepublishedFrom": "IsNewVersionOf",
    "CorrectedandRepublishedIn": "IsPreviousVersionOf", "ExpressionOfConcernFor": "IsSupplementTo",
    "ExpressionOfConcernIn": "IsSupplementedBy", "RetractionOf": "Retracts", "RetractionIn": "IsRetractedBy",
    "PartialRetractionOf": "IsSupplementTo", "PartialRetractionIn": "IsSupplementedBy",
    "RetractedandRepublishedFrom": "IsNewVersionOf", "RetractedandRepublishedIn": "IsPreviousVersionOf",
    "UpdateOf": "IsNewVersionOf", "UpdateIn": "IsPreviousVersionOf", "RepublishedFrom": "IsNewVersionOf",
    "RepublishedIn": "IsPreviousVersionOf", "OriginalReportIn": "References", "ReprintOf": "IsIdenticalTo",
    "ReprintIn": "IsIdenticalTo", "SummaryForPatientsIn": "IsSourceOf", "PatientSummary": "IsDerivedFrom",
    "AssociatedDataset": "IsSupplementedBy", "AssociatedPublication": "IsSupplementTo",
}  # fmt: skip
"""`RefType` in DataCite's relation types; "Cites" becomes a reference, others are not read."""
