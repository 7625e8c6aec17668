"""How far a curator's word reaches: some vocabularies, labels and notes of some languages."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ontology.curation.comparing import Change
from ontology.curation.facts import Fact
from ontology.errors import Forbidden


class Scope(msgspec.Struct, frozen=True):
    """Vocabularies by short name, languages as BCP 47 ranges ("pt" holds "pt-BR", RFC 4647); empty for all."""

    vocabularies: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()

    def require(self, scheme: str, changes: Iterable[Change]) -> None:
        """Refuse changes that reach further; Forbidden names the first."""
        if self.vocabularies and scheme not in self.vocabularies:
            raise Forbidden(
                f"this key may edit {', '.join(self.vocabularies)} only", place=scheme, hint="propose a change set"
            )
        if self.languages:
            for change in changes:
                for fact in (*change.removed, *change.added):
                    if not self._speaks(fact):
                        raise Forbidden(
                            f"this key may edit what is said in {', '.join(self.languages)} only",
                            place=f"{change.iri} {fact.property} {fact.value}@{fact.language or 'no language'}",
                            hint="propose a change set",
                        )

    def _speaks(self, fact: Fact) -> bool:
        tag = fact.language.casefold()
        return any(tag == one.casefold() or tag.startswith(f"{one.casefold()}-") for one in self.languages)


class Author(msgspec.Struct, frozen=True):
    """Who asks for a change, and how far their word reaches in this one call: the same person may come by several keys,
    sessions and tokens, and each has its own scope."""

    name: str
    scope: Scope = Scope()
