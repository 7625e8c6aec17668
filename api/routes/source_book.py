"""`/v1/sources`, its writing side: sources named, changed and given up; and the kinds there are."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import quote

import msgspec
from fastapi import Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.answers import answer, documented
from api.deps import Admin, Here, Reader
from api.harvesting.book import SourceBook
from api.harvesting.remote import from_afar
from api.harvesting.runs import RunView
from api.harvesting.starting import start_removal
from api.harvesting.views import SourceView, source_view
from api.routes.sources import Journal, Name, begun
from api.routing import Router
from ingest.sources.kinds import KINDS, KindOption, SourceDefinition, options_of

router = Router(prefix="/v1", tags=["sources"])

Value = str | int | float | bool | list[str]


class SourceWish(BaseModel):
    """What a source is to be. A secret that is shown as `***` stays what it was while the address does."""

    model_config = ConfigDict(extra="forbid")
    kind: str = Field(max_length=50, description="files, oai, crossref, …: /v1/source-kinds lists them.")
    address: list[Annotated[str, Field(max_length=2000)]] = Field([], max_length=1000)
    options: dict[str, Value] = Field({}, max_length=100)
    schedule: str = Field("", max_length=100, description="When to run it, as cron expression.")

    def named(self, name: str) -> SourceDefinition:
        """The definition under its name."""
        return SourceDefinition(
            name=name, kind=self.kind, address=tuple(self.address), options=self.options, schedule=self.schedule
        )


class NamedSourceWish(SourceWish):
    """A source that is to be named, for good."""

    name: str = Field(max_length=80, pattern=r"^\w[\w.:-]*$")


class SourceKind(msgspec.Struct, frozen=True):
    """A kind of source: `address` is where it lies if nothing else is said; empty where that has to be said."""

    name: str
    says: str
    address: str
    options: tuple[KindOption, ...]


class SourceKinds(msgspec.Struct, frozen=True):
    kinds: tuple[SourceKind, ...]


@router.get("/source-kinds", responses=documented(SourceKinds), operation_id="source_kinds")
def kinds(request: Request, _: Reader) -> Response:
    """The kinds of sources with their options."""
    found = ((name, KINDS.get(name)) for name in KINDS)
    listed = (SourceKind(name, kind.says, kind.address, tuple(options_of(kind))) for name, kind in found)
    return answer(request, SourceKinds(tuple(listed)))


@router.post("/sources", status_code=201, operation_id="add_source", responses=documented(SourceView, status=201))
def add(request: Request, here: Here, _: Admin, journal: Journal, wish: NamedSourceWish) -> Response:
    """Name a source; nothing is harvested yet. Its address is in Location. 409 where the name is taken.
    Files must lie in a folder of the setting `source_folders`. Needs the role admin."""
    added = SourceBook(here.settings).add(from_afar(wish.named(wish.name), here.settings))
    named = answer(request, source_view(here.settings, journal, added.name, inside=True))
    named.status_code = 201
    named.headers["Location"] = f"/v1/sources/{quote(added.name)}"
    return named


@router.put("/sources/{name}", operation_id="change_source", responses=documented(SourceView))
def change(request: Request, here: Here, _: Admin, journal: Journal, name: Name, wish: SourceWish) -> Response:
    """Say anew what a source is, whole. What was harvested stays; with another address or other options the
    next run begins from the start. Needs the role admin."""
    book = SourceBook(here.settings)
    book.replace(from_afar(wish.named(name), here.settings, book.get(name)))
    return answer(request, source_view(here.settings, journal, name, inside=True))


@router.delete("/sources/{name}", operation_id="remove_source", status_code=202, responses={
    **documented(RunView, status=202), 204: {"description": "It is given up, and its records stay."},
})  # fmt: skip
def remove(
    request: Request, here: Here, _: Admin, journal: Journal, name: Name,
    records: Annotated[Literal["keep", "delete"], Query(description="What becomes of what was harvested from it.")],
) -> Response:  # fmt: skip
    """Give a source up. Deleting its records is a run in a process of its own, whose address is in
    Location; 409 while another is under way. Needs the role admin."""
    known = source_view(here.settings, journal, name, inside=True)
    if records == "delete" and not known.configured:
        return begun(request, here, name, *start_removal(here.settings, name))
    SourceBook(here.settings).remove(name)
    return Response(status_code=204)
