"""The words of JATS attributes in the words of records: kinds of work, relations, dates, headings."""

from __future__ import annotations

import re
from typing import Final

from ontology.records import WorkKind

KINDS: Final[dict[str, WorkKind]] = {
    "review-article": "review", "systematic-review": "review", "scoping-review": "review",
    "meta-analysis": "review", "editorial": "editorial", "introduction": "editorial", "letter": "letter",
    "reply": "letter", "correction": "correction", "addendum": "correction", "erratum": "correction",
    "corrigendum": "correction", "expression-of-concern": "correction", "partial-retraction": "correction",
    "retraction": "retraction", "preprint": "preprint", "dissertation": "thesis",
    "reviewer-report": "peer-review", "referee-report": "peer-review", "decision-letter": "peer-review",
    "peer-review": "peer-review", "dataset": "dataset", "software": "software", "technical-report": "report",
    "abstract": "other", "announcement": "other", "book-review": "other", "product-review": "other",
    "calendar": "other", "obituary": "other", "news": "other", "collection": "journal-issue",
}  # fmt: skip
"""Values of `article-type` (JATS 1.3 and the PMC tagging guidelines) that are not plain articles."""

RELATIONS: Final = {
    "commentary": "IsReviewedBy", "article-commentary": "IsReviewedBy", "commentary-article": "Reviews",
    "peer-reviewed-article": "Reviews", "peer-reviewed-material": "Reviews", "reviewer-report": "IsReviewedBy",
    "referee-report": "IsReviewedBy", "decision-letter": "IsReviewedBy", "corrected-article": "Corrects",
    "correction-forward": "IsCorrectedBy", "addended-article": "IsSupplementTo",
    "addendum": "IsSupplementedBy", "retracted-article": "Retracts", "retraction-forward": "IsRetractedBy",
    "preprint": "HasVersion", "preprint-of": "IsVersionOf", "translated-article": "IsTranslationOf",
    "translation": "HasTranslation",
    "updated-article": "IsNewVersionOf", "update": "IsPreviousVersionOf", "continued-by": "IsContinuedBy",
    "continues": "Continues", "alt-language": "IsVariantFormOf",
}  # fmt: skip
"""Values of `related-article-type` in DataCite's relation types; any other is "References"."""

RETRACTED_BY: Final = frozenset({"retraction-forward", "retracted-by", "retraction-notice"})
"""Values of `related-article-type` by which a retracted article points at its notice."""

DATE_ORDER: Final = (
    "epub", "pub", "epub-ppub", "publication", "ppub", "epreprint", "preprint", "collection", "pmc-release", "",
)  # fmt: skip
"""Values of `pub-type` and `date-type`, best first, that date a publication."""

NO_TOPIC: Final = re.compile(
    r"(?:(?:original|research|brief|short|case|review|regular|full|mini|data|perspective|primary)\s*)*"
    r"(?:(?:research|review|meta-)?\s*articles?|papers?|reports?|reviews?|communications?|editorials?|letters?"
    r"|correspondence.*|commentary|news|essay|feature|opinion|perspectives?|synopsis|corrections?|foreword"
    r"|artigos?|artículos?|original)",
    re.IGNORECASE,
)
"""Headings of a journal's table of contents that name a genre and no subject."""

LICENSE: Final = re.compile(r"https?://(?:www\.)?creativecommons\.org/(?:licenses|publicdomain)/[\w.-]+(?:/[\w.-]+)*/?")
OPEN: Final = re.compile(r"\bopen[ -]access article\b|\bCreative Commons\b.{0,40}\bLicen[cs]e\b", re.IGNORECASE)
"""How permissions say in words that an article is open."""
