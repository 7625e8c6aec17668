"""The codes of UNIMARC (IFLA, "UNIMARC Manual: Bibliographic Format") in the words of records."""

from __future__ import annotations

from typing import Final

from ingest.formats.fields import Role
from ontology.records import WorkKind

ROLES: Final[dict[str, Role]] = {
    "070": "author", "305": "author", "340": "editor", "651": "editor", "220": "editor", "730": "translator",
}  # fmt: skip
"""Relator codes ($4) of authors, dissertants, editors, compilers and translators; any other is a contributor."""

CONTENTS: Final[dict[str, WorkKind]] = {"m": "thesis", "v": "thesis", "p": "report", "l": "standard"}
"""What a monograph is by its coded contents (105 $a, positions 4 to 7)."""

GENRES: Final[dict[str, WorkKind]] = {
    "thèses et écrits académiques": "thesis", "actes de congrès": "proceedings", "rapports": "report",
    "academic theses": "thesis", "conference proceedings": "proceedings", "tesi": "thesis", "teses": "thesis",
}  # fmt: skip
"""Headings of form (608), in lower case."""

FORMS: Final[dict[str, WorkKind]] = {
    "a": "book", "b": "book", "l": "book", "e": "image", "f": "image", "g": "video", "i": "audio", "j": "audio",
    "k": "image",
}  # fmt: skip
"""Type of record (leader, position 6)."""

ELECTRONIC: Final[dict[str, WorkKind]] = {"a": "dataset", "b": "software"}
"""What an electronic resource is (135 $a, first position)."""

LINKS: Final = {
    "430": "Continues", "440": "IsContinuedBy", "451": "IsVersionOf", "452": "IsVariantFormOf",
    "453": "HasTranslation", "454": "IsTranslationOf", "455": "IsVariantFormOf", "456": "IsVariantFormOf",
}  # fmt: skip
"""What linking entries are by their tag: earlier and later title, other edition and form, translation, original."""
