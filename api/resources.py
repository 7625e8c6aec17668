"""The catalogue of datasets and software as somebody wants it: shared by API, page and command line."""

from __future__ import annotations

from api.lookup import resolve
from api.wiring import Services
from graph.discovery.resources import Resources, Wanted, resources
from ontology.found import ResourceKind


def resources_of(
    services: Services, *, kind: ResourceKind | None = None, topic: str = "", organisation: str = "", licence: str = "",
    words: str = "", catalogued: bool = False, limit: int = 20, offset: int = 0,
) -> Resources:  # fmt: skip
    """Topic and organisation are named as anywhere. NotFound for names that nothing has, QueryTooLarge as from
    `resources`."""
    wanted = Wanted(
        kind=kind or "", topic=resolve(services, topic) if topic.strip() else "",
        organisation=resolve(services, organisation) if organisation.strip() else "", licence=licence.strip(),
        words=words, catalogued=catalogued, limit=limit, offset=offset,
    )  # fmt: skip
    return resources(services.store, services.resources, wanted)
