"""Many identifiers at once: what each of them names now, or why it names nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from api.lookup import identified
from api.resolved import Batch, Resolved, State
from api.wiring import Services
from graph.discovery.concepts import is_concept
from graph.search.documents import SearchDocument
from ontology.errors import Gone, NotFound


def batch(here: Services, ids: Iterable[str], *, works: bool = False) -> Batch:
    """What identifiers and IRIs name; titles and labels are for a search."""
    items = tuple(_resolved(here, ids, works=works))
    states = [one.state for one in items]
    return Batch(
        found=states.count("found"), redirected=states.count("redirected"), withdrawn=states.count("withdrawn"),
        unknown=states.count("unknown"), items=items,
    )  # fmt: skip


def _resolved(here: Services, ids: Iterable[str], *, works: bool) -> Iterator[Resolved]:
    store = here.store
    for given in ids:
        wanted = given.strip()
        try:
            found = identified(here, wanted)
        except NotFound:
            yield Resolved(id=given, state="unknown")
        except Gone as gone:
            told = gone.tombstone
            yield Resolved(
                id=given, state="withdrawn", kind=told.get("kind", ""), iri=told.get("iri", ""),
                reason=told.get("reason", "no source speaks of it"),
            )  # fmt: skip
        else:
            if found is not None:
                kind = found.iri.split("/")[-2]
                work = _document(here, found.iri) if works and kind == "work" else None
                state: State = "redirected" if found.moved else "found"
                yield Resolved(id=given, state=state, kind=kind, iri=found.iri, work=work)
            elif "://" in wanted and is_concept(store, wanted):
                yield Resolved(id=given, state="found", kind="concept", iri=wanted)
            else:
                yield Resolved(id=given, state="unknown")


def _document(here: Services, iri: str) -> SearchDocument | None:
    """None for a work that the index does not have yet."""
    try:
        return here.engine.document(iri)
    except NotFound:
        return None
