"""Works as files, whatever asks for them: one registry of formats, for searches and single works.

Formats of reference managers come from `graph.search.export`; N-Quads and JSON-LD hold what the graph states of each
work, the same statements in both; an RO-Crate is a package of such files that describes itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain, islice
from typing import Final, Literal, get_args

import msgspec

from api.crates import About, File, packed
from api.describing import listed_nodes, work_files, work_nodes
from api.wiring import Services
from graph.describe import whole
from graph.search.base import SearchRequest
from graph.search.documents import SearchDocument
from graph.search.export import EXPORTS as REFERENCES
from graph.search.export import Export as ReferenceWriter
from graph.serialise import FORMATS, dumps
from graph.stores.base import ReadableStore
from ontology.errors import SearchError

FileName = Literal["bibtex", "ris", "csl", "csv", "jsonl", "nquads", "jsonld", "rocrate"]
MOST: Final = 100_000
"""Works of a file."""
USUAL: Final = 1_000
"""Works of a file where nobody says how many, if the format takes as many."""
FEW: Final = 500
"""Works of a file for which the graph is asked about each."""
_PIECE: Final = 1 << 14
Works = Iterable[SearchDocument]


class Export(msgspec.Struct, frozen=True):
    """A format: what `write` gives is `media`, in a file that ends in `suffix`, of at most so many works."""

    media: str
    suffix: str
    write: Callable[[Works, Services, About], Iterator[bytes]]
    most: int = MOST


def found(here: Services, asked: SearchRequest, form: FileName, limit: int | None, address: str) -> Iterator[bytes]:
    """The first works of a search as a file, written while it is read; `address` is the path that gives it again. What
    is wrong shows before anything is written: SearchError, as the engine's and for more works than the format takes."""
    chosen = EXPORTS[form]
    limit = limit or min(USUAL, chosen.most)
    if limit > chosen.most:
        raise SearchError(f"{form} is written of {chosen.most:,} works at most", place="limit", hint="ask for less")
    works = here.engine.walk(asked, limit)
    first = next(works, None)
    said = f"What a search finds in {here.settings.title}: {asked.query or asked.filter or 'all works'}"
    return chosen.write(works if first is None else chain((first,), works), here, _about(here, said, said, address))


def single(here: Services, iri: str, form: FileName) -> Iterator[bytes]:
    """One work as a file; its crate holds its text and the statements it is evidence for, too. NotFound."""
    work = here.engine.document(iri)
    said = f"All that {here.settings.title} holds of this work."
    of = _about(here, work.title or iri, said, f"/v1/works/{iri.rpartition('/')[2]}/export?format={form}")
    if form != "rocrate":
        return EXPORTS[form].write([work], here, of)
    store, base = here.store, here.settings.base
    files = [*_references([work], ("bibtex", "csl")), *work_files(store, base, iri), _quads(store, [work])]
    return packed(of, files, [iri], work_nodes(store, base, iri))


def _about(here: Services, name: str, said: str, address: str) -> About:
    settings = here.settings
    return About(
        name=" ".join(name.split())[:200], description=said, address=f"{settings.base_iri}{address}",
        moment=datetime.now(UTC).isoformat(timespec="seconds"), license=settings.license_iri,
        publisher=(settings.base_iri, settings.title),
    )  # fmt: skip


def quads(works: Works, store: ReadableStore) -> Iterator[bytes]:
    """What the graph states of each work, in N-Quads."""
    return (dumps(whole(store, work.iri).lines, "nquads") for work in works)


def nodes(works: Works, store: ReadableStore) -> Iterator[bytes]:
    """The same as one JSON-LD array, written work by work."""
    before = b"["
    for work in works:
        inside = dumps(whole(store, work.iri).lines, "jsonld").strip()[1:-1]
        if inside:
            yield before + inside
            before = b",\n"
    yield b"]\n" if before != b"[" else b"[]\n"


def crate(works: Works, here: Services, of: About) -> Iterator[bytes]:
    """Works in formats of reference managers and as N-Quads, with `ro-crate-metadata.json`."""
    listed = list(islice(works, FEW))
    files = [*_references(listed, ("bibtex", "csl", "csv")), _quads(here.store, listed)]
    return packed(of, files, [work.iri for work in listed], listed_nodes(listed))


def _references(works: Works, names: Iterable[FileName]) -> Iterator[File]:
    for name in names:
        media, suffix, write = REFERENCES[name]  # type: ignore[index] # of those there
        named = "works.csl.json" if name == "csl" else f"works.{suffix}"
        yield File(named, media, f"The bibliographic data, as {name}.", _gathered(write(works)))


def _quads(store: ReadableStore, works: Works) -> File:
    said = "What the graph states of each work, in named graphs that tell who stated it."
    return File("works.nq", FORMATS["nquads"].media, said, quads(works, store))


def _reference(write: ReferenceWriter) -> Callable[[Works, Services, About], Iterator[bytes]]:
    return lambda works, _here, _about: _gathered(write(works))


def _gathered(pieces: Iterator[str]) -> Iterator[bytes]:
    """Pieces gathered to some kilobytes each."""
    waiting: list[str] = []
    size = 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size > _PIECE:
            yield "".join(waiting).encode()
            waiting, size = [], 0
    yield "".join(waiting).encode()


EXPORTS: Final[dict[FileName, Export]] = {
    **{name: Export(media, suffix, _reference(write)) for name, (media, suffix, write) in REFERENCES.items()},
    "nquads": Export(FORMATS["nquads"].media, "nq", lambda works, here, _: quads(works, here.store), FEW),
    "jsonld": Export(FORMATS["jsonld"].media, "jsonld", lambda works, here, _: nodes(works, here.store), FEW),
    "rocrate": Export("application/zip", "crate.zip", crate, FEW),
}
"""Name → how it is written."""
assert tuple(EXPORTS) == get_args(FileName)
OF_GRAPH: Final[tuple[FileName, ...]] = ("nquads", "jsonld", "rocrate")
"""Formats that hold what the graph states."""
BY_MEDIA: Final = {one.media.partition(";")[0]: name for name, one in EXPORTS.items()}
