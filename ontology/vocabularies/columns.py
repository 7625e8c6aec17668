"""What the columns of a table of concepts are, as a curator says it: `HEADER=ROLE` or `HEADER=ROLE@LANGUAGE`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import msgspec

from ontology.errors import ColumnError

SEPARATOR: Final = "|"
"""What stands between several values in a cell, where nothing else is said."""

ROLES: Final = {
    "id": "What names the concept: an IRI, or a name of which one is made. Without such a column IRIs are made of the"
    " first preferred label, and change with it.",
    "prefLabel": "The preferred label, in a language where one is said; at least one column is this.",
    "altLabel": "Other labels; several in a cell are divided by the separator.",
    "hiddenLabel": "Labels that are found but not shown; several as above.",
    "broader": "Concepts above, by id or preferred label; several as above.",
    "narrower": "Concepts below, likewise.",
    "related": "Related concepts, likewise.",
    "exactMatch": "The same concepts of other vocabularies, by IRI; several as above.",
    "closeMatch": "Nearly the same, likewise.",
    "broadMatch": "Broader ones, likewise.",
    "narrowMatch": "Narrower ones, likewise.",
    "relatedMatch": "Related ones, likewise.",
    "definition": "What it means; the whole cell, as in the columns that follow.",
    "scopeNote": "How it is used.",
    "example": "An example.",
    "historyNote": "What became of it.",
    "editorialNote": "A note for those who edit.",
    "changeNote": "What was changed.",
    "note": "Any other note.",
    "notation": "Its code; the id where there is no such column and the id is no IRI.",
    "deprecated": "Whether it is no longer used: true, yes, x or 1; false, no, 0 or nothing.",
    "replacedBy": "What is used instead, by id or preferred label.",
}
"""What a column can be → what its cells hold."""

ONCE: Final = ("id", "notation", "deprecated", "replacedBy")
_NO_LANGUAGE: Final = (*ONCE, "broader", "narrower", "related", "exactMatch", "closeMatch", "broadMatch", "narrowMatch",
                       "relatedMatch")  # fmt: skip
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")


class Column(msgspec.Struct, frozen=True):
    """`role` is one of ROLES; `language` a tag of BCP 47, "" for none."""

    header: str
    role: str
    language: str = ""


class Columns(msgspec.Struct, frozen=True):
    """What is said of a table; columns that are not named are passed over."""

    columns: tuple[Column, ...]
    separator: str = SEPARATOR

    def of(self, *roles: str) -> list[Column]:
        return [one for one in self.columns if one.role in roles]


def columns_said(said: Iterable[str], separator: str = SEPARATOR) -> Columns:
    """Columns as they are typed; ColumnError where they make no sense."""
    found = Columns(tuple(dict.fromkeys(map(_column, said))), separator)
    if not separator:
        raise ColumnError("the separator is empty", hint=f"it stands between the values in a cell, as in a{SEPARATOR}b")
    if not found.of("prefLabel"):
        raise ColumnError("no column is the preferred label", hint='say one, as in "Term=prefLabel@en"')
    for role in ONCE:
        if len(several := found.of(role)) > 1:
            names = " and ".join(f"“{one.header}”" for one in several)
            raise ColumnError(f"{names} cannot both be {role}", hint="a concept has one")
    return found


def _column(said: str) -> Column:
    header, _, what = said.rpartition("=")
    role, at, language = what.strip().partition("@")
    if not header.strip():
        raise ColumnError(f"“{said}” does not say what a column is", hint='say it as in "Preferred term=prefLabel@en"')
    if role not in ROLES:
        raise ColumnError(f"a column cannot be “{role}”", place=said, hint=f"it can be {', '.join(ROLES)}")
    if at and role in _NO_LANGUAGE:
        raise ColumnError(f"{role} has no language", place=said)
    if at and not _LANGUAGE.fullmatch(language):
        raise ColumnError(f"“{language}” is no language tag", place=said, hint="as in en, de or zh-Hant (BCP 47)")
    return Column(" ".join(header.split()), role, language.lower())
