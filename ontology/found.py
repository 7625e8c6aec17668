"""What texts name and no loaded vocabulary has: its types and how it is named.

Two works that name the same thing in the same words mean the same IRI, and a catalogued dataset or
program answers to the names it is known by: that is how a mention finds its catalogue entry.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, Literal, get_args

from ontology.namespaces import Base

FoundType = Literal[
    "task",
    "method",
    "metric",
    "dataset",
    "material",
    "software",
    "gene",
    "chemical",
    "disease",
    "organism",
    "variant",
    "cell-line",
]
ResourceKind = Literal["dataset", "software"]
"""What can be used again, and is catalogued as such."""
TYPES: Final[tuple[str, ...]] = get_args(FoundType)
SCHEME: Final = "found"
"""The concept scheme of everything found in texts."""
_LONGEST: Final = 120
_BETWEEN: Final = re.compile(r"[\W_]+")


def found_name(text: str) -> str:
    """The words of a name in lower case with hyphens between; "" where it has none.

    >>> found_name("SQuAD 2.0")
    'squad-2-0'
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    return _BETWEEN.sub("-", plain).strip("-")[:_LONGEST].strip("-")


def found_iri(base: Base, kind: str, text: str) -> str:
    """IRI of the thing of type `kind` that goes by the name `text`."""
    return base.concept(SCHEME, f"{kind}:{found_name(text)}")


def found_type(iri: str) -> str:
    """The type in an IRI that `found_iri` made; "" for any other."""
    kind, mark, _ = iri.rpartition(f"/id/concept/{SCHEME}/")[2].partition(":")
    return kind if mark and kind in TYPES else ""
