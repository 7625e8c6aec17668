"""`/v1/quality`: how good the data of each source is, as JSON and as measurements in RDF (DQV)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Request, Response

from api.answers import answer, documented
from api.deps import Here, Reader
from api.quality import dqv
from api.routing import Router
from graph.serialise import FORMATS
from ingest.quality import SourceQuality, quality

router = Router(prefix="/v1/quality", tags=["quality"])

_MEDIA = tuple(form.media for form in FORMATS.values())
Name = Annotated[str, Path(description="Name of the source.", max_length=300)]


def _documented(kind: Any) -> dict[int | str, dict[str, Any]]:
    found = documented(kind)
    found[200]["content"] |= {media: {} for media in _MEDIA}
    return found


@router.get("", responses=_documented(tuple[SourceQuality, ...]), operation_id="quality")
def all_sources(request: Request, here: Here, _: Reader) -> Response:
    """Completeness, duplicates, unresolved references, broken identifiers, freshness, quarantine,
    retractions and languages of each source; as DQV where an RDF format is asked for."""
    return _answer(request, here, quality(here.journal))


@router.get("/{name:path}", responses=_documented(SourceQuality), operation_id="source_quality")
def one_source(request: Request, here: Here, _: Reader, name: Name) -> Response:
    """The same of one source."""
    return _answer(request, here, quality(here.journal, name)[0])


def _answer(request: Request, here: Here, found: SourceQuality | list[SourceQuality]) -> Response:
    accepted = request.headers.get("accept", "")
    media = next((media for media in _MEDIA if media in accepted), "")
    if not media:
        return answer(request, found)
    reports = found if isinstance(found, list) else [found]
    return Response(dqv(reports, here.settings.base, media), media_type=media, headers={"Vary": "Accept"})
