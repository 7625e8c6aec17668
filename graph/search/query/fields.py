"""The fields of the query language, by every name they go by. The documentation is made of this table."""

from __future__ import annotations

from typing import Final, Literal, get_args

import msgspec
from rapidfuzz import process

from ontology.records import WorkKind

FieldKind = Literal["text", "name", "value", "number", "identifier", "flag", "work", "like"]

WORK_KINDS: Final[tuple[str, ...]] = get_args(WorkKind)
FRAGMENT_KINDS: Final = (
    "section", "paragraph", "list", "figure", "table", "statement", "footnote", "formula", "media", "sentence",
)  # fmt: skip
"""Parts of works that `type:` may ask for."""
FEATURES: Final = (
    "abstract", "fulltext", "doi", "orcid", "references", "dataset", "figures", "topics", "keywords", "citations",
    "retraction",
)  # fmt: skip
"""What `has:` may ask for."""


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """A field: `name` in the tree, `aliases` typed for it, `filters` its names in `filter=`; `values`
    lists all it may hold, where that is fixed."""

    name: str
    kind: FieldKind
    says: str
    example: str
    aliases: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    values: tuple[str, ...] = ()


FIELDS: Final = (
    Field(name="title", kind="text", says="words of the title", example="title:parsing",
          filters=("title.search", "display_name.search")),
    Field(name="abstract", kind="text", says="words of the abstract", example='abstract:"hidden markov"',
          filters=("abstract.search",)),
    Field(name="body", kind="text", says="words of the full text", example="body:loom", aliases=("text", "fulltext"),
          filters=("fulltext.search",)),
    Field(name="keyword", kind="text", says="keywords as the source gave them", example="keyword:syntax",
          filters=("keywords.keyword",)),
    Field(name="topic", kind="name", says="concepts the work is about: words of the label, or an IRI",
          example='topic:"machine translation"', aliases=("concept", "subject"),
          filters=("topics.id", "concepts.id", "primary_topic.id", "concept.id")),
    Field(name="author", kind="name", says="authors: a name in either order, or an IRI",
          example='author:"Ada Lovelace"', aliases=("person", "by"),
          filters=("authorships.author.id", "author.id", "raw_author_name.search")),
    Field(name="affiliation", kind="name", says="organisations of the authors: words of the name, or an IRI",
          example='affiliation:"University of Cambridge"', aliases=("organisation", "organization", "institution"),
          filters=("authorships.institutions.id", "institutions.id", "institution.id",
                   "raw_affiliation_strings.search")),
    Field(name="venue", kind="name", says="journal, series or event: words of the name, or an IRI",
          example="venue:bioinformatics", aliases=("journal",),
          filters=("primary_location.source.id", "journal", "locations.source.id")),
    Field(name="year", kind="number", says="year of publication or a range of years",
          example="year:2015..2020", filters=("publication_year",)),
    Field(name="citations", kind="number", says="number of citations: what a source says or works here show",
          example="citations:10..", filters=("cited_by_count",)),
    Field(name="type", kind="value", says="kind of work; or of part, for parts as results",
          example="type:dataset", aliases=("kind",), values=(*WORK_KINDS, *FRAGMENT_KINDS)),
    Field(name="language", kind="value", says="language of the work, as BCP 47 writes it", example="language:de",
          aliases=("lang",)),
    Field(name="source", kind="value", says="name of the source it was harvested from", example="source:plos"),
    Field(name="id", kind="identifier", says="any identifier of the work", example="doi:10.1371/journal.pone.0000001",
          aliases=("doi", "pmid", "pmcid", "arxiv", "acl", "openalex"), filters=("ids.openalex", "openalex_id")),
    Field(name="orcid", kind="identifier", says="ORCID of an author", example="orcid:0000-0002-1825-0097",
          filters=("authorships.author.orcid", "author.orcid")),
    Field(name="dataset", kind="identifier", says="works that link to this dataset (IRI or identifier)",
          example="dataset:10.5061/dryad.234", filters=("datasets",)),
    Field(name="has", kind="flag", says=f"what the work comes with: {', '.join(FEATURES)}", example="has:fulltext",
          values=FEATURES),
    Field(name="open", kind="flag", says="open access, yes or no", example="open:yes", aliases=("oa", "is_oa"),
          filters=("open_access.is_oa",), values=("yes", "no")),
    Field(name="cites", kind="work", says="works that cite this one (IRI, DOI or other identifier)",
          example="cites:10.3115/1073083.1073135", filters=("referenced_works",)),
    Field(name="citedby", kind="work", says="works this one cites", example="citedby:10.3115/1073083.1073135",
          aliases=("cited_by",)),
    Field(name="like", kind="like", says="works near in meaning to this one", example="like:10.3115/1073083.1073135",
          aliases=("related", "similar"), filters=("related_to",)),
)  # fmt: skip

BY_NAME: Final = {name: field for field in FIELDS for name in (field.name, *field.aliases)}
BY_FILTER: Final = BY_NAME | {name: field for field in FIELDS for name in field.filters}
_WORDS_FOR_NO: Final = ("no", "false", "0", "closed")
_WORDS_FOR_YES: Final = ("yes", "true", "1", "open")


def nearest(name: str, known: tuple[str, ...], cutoff: float = 70.0) -> str:
    """The known name that `name` looks most like; empty where none does."""
    found = process.extractOne(name.lower(), known, score_cutoff=cutoff)
    return found[0] if found else ""


def value_of(field: Field, text: str) -> str | None:
    """A fixed value as it is kept ("Datasets" → "dataset"); None where the field has no such value."""
    value = text.strip().lower()
    if field.name == "open":
        return "yes" if value in _WORDS_FOR_YES else "no" if value in _WORDS_FOR_NO else None
    if not field.values:
        return value if field.name == "language" else text.strip()
    value = value.replace("_", "-").replace(" ", "-")
    return next((one for one in (value, value.removesuffix("s")) if one in field.values), None)
