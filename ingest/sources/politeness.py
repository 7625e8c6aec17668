"""How servers on the web are asked, as sources are told: apart from `web`, which brings all that HTTP needs."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

PerSecond = Annotated[
    float, Meta(ge=0, description="Most requests a second; 0 leaves it to the server to slow us down.")
]


class Politeness(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a server is asked. Times are in seconds."""

    contact: Annotated[
        str, Meta(description="Mail address sent along (default: the setting `contact`).", extra={"secret": True})
    ] = ""
    per_second: PerSecond = 0.0
    timeout: Annotated[float, Meta(gt=0, description="Seconds for each wait on the network.")] = 60.0
    answer_seconds: Annotated[float, Meta(gt=0, description="Seconds for one answer as a whole.")] = 600.0
    answer_bytes: Annotated[int, Meta(ge=1024, description="The most one answer may hold, unpacked.")] = 64 << 20
    retries: Annotated[
        int, Meta(ge=0, le=20, description="Tries after a cut connection, a malformed answer, or 429 and 5xx.")
    ] = 4
    wait: Annotated[
        float, Meta(ge=0, description="Seconds before a retry where the server names no time; shorter ones come first.")
    ] = 10.0
    longest_wait: Annotated[
        float, Meta(ge=0, description="A server that asks for more patience than these seconds gets them.")
    ] = 600.0
