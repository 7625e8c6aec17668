"""A search in the reader's order, beside the neutral one."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from api.personal.order import WINDOW, Moved, reordered, tastes
from api.personal.profile import Profile
from graph.search.base import SearchRequest, SearchResponse
from graph.search.documents import SearchDocument
from graph.search.engine import SearchEngine

_CANNOT = "your interests order the first {} results by relevance; this page is in the neutral order"


class PersonalResponse(SearchResponse, frozen=True, kw_only=True, omit_defaults=True):
    """As SearchResponse; `personal`: the order is the reader's, and `moved` says what is elsewhere in
    the neutral one, and why."""

    personal: bool = False
    moved: tuple[Moved, ...] = ()


def personal_search(engine: SearchEngine, request: SearchRequest, profile: Profile) -> PersonalResponse:
    """The page that `request` asks for, out of the first WINDOW results put in the reader's order.
    Same works, same totals, same facets as the neutral search; pages beyond are neutral and say so."""
    end = request.offset + request.limit
    if request.sort != "relevance" or request.cursor or request.sample or end > WINDOW:
        found = engine.search(request)
        return _response(found, notes=(*found.notes, _CANNOT.format(WINDOW)))
    wide = msgspec.structs.replace(request, offset=0, limit=WINDOW)
    found = engine.search(wide)
    held = tastes(profile, _rated(engine, profile))
    hits, moved = reordered(found.hits, held, explain=request.explain)
    return _response(found, hits=tuple(hits[request.offset : end]), personal=True, moved=tuple(moved))


def _response(found: SearchResponse, **changed: object) -> PersonalResponse:
    fields = {name: getattr(found, name) for name in SearchResponse.__struct_fields__}
    return PersonalResponse(**{**fields, **changed})


def _rated(engine: SearchEngine, profile: Profile) -> Iterator[SearchDocument]:
    commit = engine.commit()
    for thumb in profile.thumbs if commit else ():
        place = commit.snapshot.place_of(thumb.work) if commit else None
        if commit and place is not None:
            yield commit.snapshot.document(place)
