"""The page docs/vocabularies.md: kinds of edits, conditions, checks."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import get_args

import msgspec

from ontology.checks import CHECKS
from ontology.curation import conditions, edits
from ontology.vocabularies import columns

Table = Callable[[Sequence[str], Iterable[Sequence[object]]], Iterator[str]]


def vocabularies_page(table: Table) -> Iterator[str]:
    """The lines of the page, but for its head; `table` writes one."""
    yield (
        "A change of a concept names the version that it is for (`If-Match`, the ETag of the concept): 428 without it,"
        " 412 with the differences on both sides where somebody was faster. Several edits that count together are a"
        " change set. `POST /v1/vocabularies/{scheme}/preview` and `gnomon vocabulary preview` say what edits will"
        " change in works; nothing is kept.\n"
    )
    yield f"## Edits\n\nJSON objects whose field `edit` names the kind; at most {edits.MAX_EDITS:,} together.\n"
    yield from table(("edit", "fields", "what it does"), map(_edit, get_args(edits.Edit)))
    yield (
        "## Tables\n\nA table (CSV, TSV; commas, semicolons or tabs) whose header Gnomon does not know is read once"
        ' somebody says what its columns are: `gnomon build … --vocabulary FILE --column "Preferred term=prefLabel@en"'
        ' --column "Broader=broader"`, with the same options in `gnomon vocabulary compare` and as parameters `column`'
        " of `POST /v1/vocabularies/{scheme}/compare`. What was said is kept for later files of that name. Columns that"
        " are not named are passed over; a name that the table lacks is a `ColumnError`. A row that repeats an id"
        " (`DuplicateConcept`), a link to nothing or to more than one (`UnknownConcept`) and a cycle (`HierarchyCycle`)"
        " are left out and told by line.\n"
    )
    yield from table(("role", "what the cells hold"), ((f"`{role}`", says) for role, says in columns.ROLES.items()))
    yield "## Conditions\n"
    yield inspect.cleandoc(conditions.__doc__ or "").partition("\n\n")[2] + "\n"
    yield "## Checks\n\n`gnomon vocabulary check NAME`; none of these stops an edit.\n"
    rows = ((f"`{name}`", " ".join((check.__doc__ or "").split())) for name, check in CHECKS.items())
    yield from table(("check", "what it finds"), rows)


def _edit(kind: type[msgspec.Struct]) -> tuple[str, str, str]:
    fields = (f"`{field.name}`" for field in msgspec.structs.fields(kind))
    return f"`{kind.__struct_config__.tag}`", ", ".join(fields), " ".join((kind.__doc__ or "").split())
