"""The words of Crossref in the words of records: types of work, relations, update notices."""

from __future__ import annotations

from typing import Final, Literal

from ontology.records import WorkKind

KINDS: Final[dict[str, WorkKind]] = {
    "journal-article": "article", "article-journal": "article", "article": "article", "article-magazine": "article",
    "article-newspaper": "article", "proceedings-article": "conference-paper", "paper-conference": "conference-paper",
    "posted-content": "preprint", "book-chapter": "chapter", "book-section": "chapter", "book-part": "chapter",
    "book-track": "chapter", "reference-entry": "chapter", "chapter": "chapter", "entry-encyclopedia": "chapter",
    "book": "book", "monograph": "book", "edited-book": "book", "reference-book": "book", "book-series": "book",
    "book-set": "book", "proceedings": "proceedings", "proceedings-series": "proceedings",
    "dissertation": "thesis", "thesis": "thesis", "report": "report", "report-series": "report",
    "report-component": "report", "standard": "standard", "standard-series": "standard", "dataset": "dataset",
    "database": "dataset", "software": "software", "peer-review": "peer-review", "review": "peer-review",
    "journal-issue": "journal-issue", "journal-volume": "journal-issue",
}  # fmt: skip
"""Crossref's work types and those of CSL; any other is "other"."""

VENUES: Final[dict[WorkKind, Literal["journal", "conference", "book", "repository", "other"]]] = {
    "article": "journal", "review": "journal", "editorial": "journal", "letter": "journal", "correction": "journal",
    "retraction": "journal", "journal-issue": "journal", "peer-review": "journal", "conference-paper": "conference",
    "proceedings": "conference", "chapter": "book", "book": "book", "preprint": "repository",
}  # fmt: skip

RELATIONS: Final = {
    "is-preprint-of": "IsVersionOf", "has-preprint": "HasVersion", "is-version-of": "IsVersionOf",
    "has-version": "HasVersion", "is-same-as": "IsIdenticalTo", "is-identical-to": "IsIdenticalTo",
    "is-manuscript-of": "IsVersionOf", "has-manuscript": "HasVersion", "is-replaced-by": "IsObsoletedBy",
    "replaces": "Obsoletes", "is-translation-of": "IsTranslationOf", "has-translation": "HasTranslation",
    "is-original-form-of": "IsOriginalFormOf", "is-variant-form-of": "IsVariantFormOf",
    "is-format-of": "IsVariantFormOf",
    "has-format": "IsOriginalFormOf", "is-review-of": "Reviews", "has-review": "IsReviewedBy",
    "is-comment-on": "Reviews", "has-comment": "IsReviewedBy", "is-reply-to": "References",
    "has-reply": "IsReferencedBy",
    "is-supplement-to": "IsSupplementTo", "is-supplemented-by": "IsSupplementedBy", "has-part": "HasPart",
    "is-part-of": "IsPartOf", "is-continued-by": "IsContinuedBy", "continues": "Continues",
    "is-derived-from": "IsDerivedFrom", "has-derivation": "IsSourceOf", "is-data-basis-for": "IsSourceOf",
    "is-based-on-data": "IsDerivedFrom", "is-related-material": "References", "has-related-material": "References",
    "references": "References", "is-referenced-by": "IsReferencedBy", "documents": "Documents",
    "is-documented-by": "IsDocumentedBy", "requires": "Requires", "is-required-by": "IsRequiredBy",
    "is-compiled-by": "IsCompiledBy", "compiles": "Compiles", "cites": "Cites", "is-cited-by": "IsCitedBy",
}  # fmt: skip
"""Crossref's intra-work and inter-work relations in DataCite's relation types."""

NOTICES: Final = {
    **dict.fromkeys(("correction", "corrigendum", "erratum"), ("Corrects", "IsCorrectedBy")),
    **dict.fromkeys(("addendum", "clarification", "expression_of_concern"), ("IsSupplementTo", "IsSupplementedBy")),
    **dict.fromkeys(("retraction", "withdrawal", "removal"), ("Retracts", "IsRetractedBy")),
    "partial_retraction": ("IsSupplementTo", "IsSupplementedBy"),
    **dict.fromkeys(("new_version", "new_edition"), ("IsNewVersionOf", "IsPreviousVersionOf")),
}
"""Crossmark update types: the relation of the notice to the work, and of the work to the notice."""

NOTICE_KINDS: Final[dict[str, WorkKind]] = {
    "correction": "correction", "corrigendum": "correction", "erratum": "correction", "addendum": "correction",
    "expression_of_concern": "correction", "retraction": "retraction", "withdrawal": "retraction",
    "removal": "retraction",
}  # fmt: skip
"""What a work is that gives such a notice of another one."""
