"""What the graph says of one thing: a description that stands on its own as a document.

A symmetric concise bounded description (W3C member submission CBD) without blank nodes: every
statement about the thing in any graph, the same for the parts named below it (an authorship, a
citation pointer) that point back at it, and the statements that point at it, up to a stated number.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from graph.convert.safe import ref
from graph.stores.base import ReadableStore
from graph.terms import Iri, line

MAX_LINES: Final = 5_000
MAX_INCOMING: Final = 500
WHOLE_LINES: Final = 100_000
WHOLE_INCOMING: Final = 10_000
_OUTGOING: Final = (
    "SELECT ?p ?o WHERE { ?s ?p ?o } LIMIT {limit}",
    "SELECT ?p ?o ?g WHERE { GRAPH ?g { ?s ?p ?o } } LIMIT {limit}",
)
_INCOMING: Final = (
    "SELECT ?s ?p WHERE { ?s ?p ?o } LIMIT {limit}",
    "SELECT ?s ?p ?g WHERE { GRAPH ?g { ?s ?p ?o } } LIMIT {limit}",
)
"""The default graph before the named ones: of a long text, people and citations matter before sentences."""


class Description(msgspec.Struct, frozen=True):
    """Canonical lines, sorted; `limited` says that there are more statements than these."""

    iri: str
    lines: tuple[str, ...]
    limited: bool

    @property
    def known(self) -> bool:
        """Whether the graph says anything of it (not only points at it)."""
        return any(one.startswith(f"<{self.iri}> ") for one in self.lines)


def whole(store: ReadableStore, iri: str) -> Description:
    """What is said of `iri`, for a file: with room for every part of a long text."""
    return description(store, iri, WHOLE_LINES, WHOLE_INCOMING)


def description(
    store: ReadableStore, iri: str, most: int = MAX_LINES, most_incoming: int = MAX_INCOMING
) -> Description:
    """Everything said of `iri`, within `most` lines and `most_incoming` statements that point at it; no lines where
    nothing is."""
    iri = ref(iri)[1:-1]  # what strangers wrote becomes an IRI that every parser takes
    about = [*_about(store, iri, most)]
    incoming = [*_incoming(store, iri, most_incoming)]
    limited = len(about) > most or len(incoming) > most_incoming
    lines = set(about[:most])
    for part, statement in incoming[:most_incoming]:
        lines.add(statement)
        if part.startswith(f"{iri}/"):
            lines.update(_about(store, part, most))
        if len(lines) > most:
            limited = True
            break
    return Description(iri, tuple(sorted(lines)), limited)


def _about(store: ReadableStore, iri: str, most: int) -> Iterator[str]:
    subject = Iri(iri)
    for query in _OUTGOING:
        for row in store.select(query.replace("{limit}", str(most + 1)), {"s": subject}):
            yield line(str(subject), str(row["p"]), str(row["o"]), str(row.get("g", "")))


def _incoming(store: ReadableStore, iri: str, most: int) -> Iterator[tuple[str, str]]:
    """IRI of the subject and the statement, for statements that point at the thing."""
    target = Iri(iri)
    for query in _INCOMING:
        for row in store.select(query.replace("{limit}", str(most + 1)), {"o": target}):
            subject = row["s"]
            if isinstance(subject, Iri):
                yield subject.value, line(str(subject), str(row["p"]), str(target), str(row.get("g", "")))
