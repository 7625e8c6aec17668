"""Repositories that speak OAI-PMH 2.0 as named sources."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta

from ingest.sources.base import Source
from ingest.sources.kinds import Kind, one_address
from ingest.sources.oai import OaiSource
from ingest.sources.oai_client import OaiSettings


class OaiOptions(OaiSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of a repository."""

    prefix: Annotated[str, Meta(description="Metadata prefix: oai_dc, oai_datacite, marcxml, mods, jats, arXiv …")] = (
        "oai_dc"
    )
    sets: Annotated[tuple[str, ...], Meta(description="OAI sets to harvest; none: everything.")] = ()


def _make(name: str, address: tuple[str, ...], options: OaiOptions) -> Source:
    return OaiSource(name, one_address(name, address), options.prefix, options.sets, options)


KIND: Final = Kind(
    says="Repositories that speak OAI-PMH 2.0, in any metadata format there is a reader for.",
    options=OaiOptions,
    make=_make,
)
