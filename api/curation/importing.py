"""A vocabulary file held against what stands, without loading it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from api.curation.showing import ChangeView, change_views
from ontology.curation.comparing import Change, Conflict, merged
from ontology.namespaces import Base
from ontology.scheme import Entry, Scheme
from ontology.vocabularies.base import VocabularyFile, read_vocabulary
from ontology.vocabularies.columns import Columns


class FileFault(msgspec.Struct, frozen=True):
    """What is broken in a file, and taken out of what is loaded; `code` is the kind of error."""

    code: str
    message: str
    place: str
    hint: str = ""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """What loading a file would do: concepts that are new, gone, changed and the same, the first changes, where the
    file and curators changed the same thing (there the curators' word stays), and what is broken in the file."""

    scheme: str
    edition: str
    new: int
    gone: int
    changed: int
    same: int
    changes: tuple[ChangeView, ...]
    conflicts: tuple[Conflict, ...]
    faults: tuple[FileFault, ...]


def compared(
    body: bytes, place: str, base: Base, file: Scheme, head: Mapping[str, Entry | None], now: Scheme, limit: int,
    columns: Columns | None = None,
) -> Comparison:  # fmt: skip
    """`file` is the edition that stands, `head` what curators changed in it, `now` both together; `columns` are those
    of a table. VocabularyError for a file that cannot be read."""
    wanted = read_vocabulary(VocabularyFile(body=body, place=place, base=base, name=file.name, columns=columns))
    after: dict[str, Entry | None] = dict(wanted.entries)
    was, here = file.entries, now.entries
    conflicts: list[Conflict] = []
    for iri, mine in head.items():
        outcome, found = merged(Change(iri, was.get(iri), mine), wanted.entries.get(iri))
        conflicts += found
        after[iri] = mine if found else outcome
    changes = [Change(iri, here.get(iri), after.get(iri)) for iri in sorted(here.keys() | after.keys())]
    different = [one for one in changes if one.removed or one.added or (one.before is None) != (one.after is None)]
    return Comparison(
        scheme=file.name, edition=wanted.version, new=sum(one.before is None for one in different),
        gone=sum(one.after is None for one in different),
        changed=sum(one.before is not None and one.after is not None for one in different),
        same=len(changes) - len(different), changes=change_views(different[:limit]), conflicts=tuple(conflicts),
        faults=tuple(FileFault(one.code, one.message, one.place, one.hint) for one in wanted.faults[:100]),
    )  # fmt: skip
